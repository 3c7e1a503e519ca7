#!/bin/sh
# nestwright inspect: prints a blob, gives it back from its JSON, and has one
# clear line for everything else.
. tests/cli/common

blob=examples/firmware/conv.nwcfg

# refuses WHAT PATTERN ARGUMENT...: exit 1, one line that matches, no output.
refuses() {
	what=$1 pattern=$2
	shift 2
	"$nestwright" inspect "$@" >"$tmp/out" 2>"$tmp/err"
	[ $? -eq 1 ] && [ ! -s "$tmp/out" ] &&
		[ "$(wc -l <"$tmp/err")" -eq 1 ] &&
		grep -q -e "$pattern" "$tmp/err"
	result $? "$what"
}

"$nestwright" inspect $blob >"$tmp/text" && grep -q '^steps' "$tmp/text"
result $? "prints a blob"

"$nestwright" inspect --json $blob >"$tmp/blob.json" &&
	"$nestwright" inspect --rebuild "$tmp/blob.json" >"$tmp/again" &&
	cmp -s $blob "$tmp/again"
result $? "a blob rebuilt from its own inspection is identical"

# A JSON whose blob no firmware would load: each number of a record out of
# place, one at a time.
loaded=0 refused=0 torn=0
for line in $(grep -n '": [0-9]*,*' "$tmp/blob.json" | cut -d : -f 1 |
	awk 'NR % '"${NESTWRIGHT_EVERY-37}"' == 0'); do
	sed "${line}s/: \([0-9]\)/: 7\1/" "$tmp/blob.json" >"$tmp/changed"
	if "$nestwright" inspect --rebuild "$tmp/changed" >"$tmp/made" \
		2>"$tmp/err"; then
		loaded=$((loaded + 1))
		"$nestwright" inspect "$tmp/made" >"$tmp/text" 2>&1 ||
			torn=$((torn + 1))
	else
		refused=$((refused + 1))
		[ ! -s "$tmp/made" ] && [ -s "$tmp/err" ] || torn=$((torn + 1))
	fi
done
[ $torn -eq 0 ] && [ $refused -gt 0 ] && [ $loaded -gt 0 ]
result $? "what is rebuilt can be loaded, or nothing is written"

# The architecture's grid and alignment.
sed -e 's/"BYTES_PER_DATA"/"PE_ROWS": 16, &/' \
	-e 's/"rf_energy"/"DRAM_ALIGNMENT": 4096, &/' \
	examples/arch/default.json >"$tmp/grid.json"
"$nestwright" compile tests/models/conv.onnx --arch-spec "$tmp/grid.json" \
	-o "$tmp/grid" -q &&
	"$nestwright" inspect "$tmp/grid/conv.nwcfg" >"$tmp/text" &&
	grep -q '256 PEs (16 x 16)' "$tmp/text" &&
	grep -q 'aligned to 4096 B' "$tmp/text"
result $? "rows of PEs and alignment come from the architecture"
refuses "a blob for another grid" 'rows of PEs' \
	--arch-spec examples/arch/default.json "$tmp/grid/conv.nwcfg"

# Every model's blob, where they are.
models=${NESTWRIGHT_SHARED-../shared}/models
for model in examples/models/resnet18.onnx tests/models/*.onnx \
	"$models"/*.onnx; do
	[ -e "$model" ] || continue
	rm -rf "$tmp/all"
	build/nestwright compile "$model" -o "$tmp/all" -q 2>/dev/null ||
		build/nestwright compile "$model" --batch-size 1 \
			-o "$tmp/all" -q 2>/dev/null || continue
	for made in "$tmp"/all/*.nwcfg; do
		build/nestwright inspect --json "$made" >"$tmp/blob.json2" &&
			build/nestwright inspect --rebuild "$tmp/blob.json2" |
			cmp -s - "$made" || echo "$model" >>"$tmp/differ"
		echo >>"$tmp/rebuilt"
	done
done
[ ! -e "$tmp/differ" ] && [ "$(wc -l <"$tmp/rebuilt")" -ge 4 ]
result $? "$(wc -l <"$tmp/rebuilt") models' blobs are rebuilt byte for byte"
[ -d "$models" ] || echo '# skipped: the reference models'

if command -v python3 >/dev/null 2>&1; then
	python3 -m json.tool "$tmp/blob.json" >/dev/null
	result $? "--json is JSON"
fi

head -c 1000 $blob >"$tmp/cut"
refuses "a truncated blob" 'truncated (1000 bytes)' "$tmp/cut"
{
	cat $blob
	echo
} >"$tmp/long"
refuses "an enlarged blob" 'longer than its header says' "$tmp/long"
{
	head -c 2000 $blob
	printf x
	tail -c +2002 $blob
} >"$tmp/damaged"
refuses "a damaged blob" 'checksum mismatch: damaged' "$tmp/damaged"
refuses "another file" 'not a configuration blob' README.md
: >"$tmp/empty"
refuses "an empty file" 'truncated (0 bytes)' "$tmp/empty"
refuses "a missing file" 'No such file' "$tmp/none"
refuses "a folder" 'directory' "$tmp"
"$nestwright" compile -q --plain-files tests/models/mixed.onnx \
	-o "$tmp/unread" && rm "$tmp/unread/mixed.json" &&
	mkdir "$tmp/unread/mixed.json"
"$nestwright" inspect "$tmp/unread/mixed.nwcfg" >"$tmp/out" 2>"$tmp/err"
[ $? -eq 1 ] && grep -q 'mixed.json: error: cannot read' "$tmp/err"
result $? "beside a NAME.json that cannot be read, a blob's set is not known"
printf '{"arch_details": {}, "arch_basic": {"CGRA_SIZE": 7}, "missing": "default"}' >"$tmp/seven.json"
refuses "a blob for another machine" \
	"not for 'seven'.*PEs are 4 in the blob, 7 in the machine" \
	--arch-spec "$tmp/seven.json" $blob
"$nestwright" inspect --json --hex $blob >/dev/null 2>&1
[ $? -eq 2 ]
result $? "two forms at once are a wrong command line"
finish
