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
printf '{"arch_details": {}, "arch_basic": {"CGRA_SIZE": 7}, "missing": "default"}' >"$tmp/seven.json"
refuses "a blob for another machine" \
	"not for 'seven'.*PEs are 4 in the blob, 7 in the machine" \
	--arch-spec "$tmp/seven.json" $blob
"$nestwright" inspect --json --hex $blob >/dev/null 2>&1
[ $? -eq 2 ]
result $? "two forms at once are a wrong command line"
finish
