#!/bin/sh
# --sensitivity: what a compile for the doubled machine finds.
. tests/cli/common

model=tests/models/mixed.onnx
default=examples/arch/default.json
"$nestwright" compile "$model" --sensitivity -o "$tmp/one" >"$tmp/text"
table=$tmp/one/mixed_sensitivity.csv

# summary FOLDER: the model's energy, cycles and EDP
summary() {
	head -n 1 "$1/mixed_summary.csv" | tr , '\n' >"$tmp/names"
	for name in energy_pj cycles edp; do
		column=$(grep -n "^$name\$" "$tmp/names" | cut -d : -f 1)
		tail -n 1 "$1/mixed_summary.csv" | cut -d , -f "$column"
	done
}

# The table's energy, cycles and EDP against those of a machine of its own.
# twice RESOURCE KEY VALUE TWICE
twice() {
	"$nestwright" arch "$default" --json |
		sed "s/\"$2\": $3\([,}]\|\$\)/\"$2\": $4\1/" >"$tmp/$1.json"
	"$nestwright" compile "$model" --arch-spec "$tmp/$1.json" -q \
		-o "$tmp/$1"
	cut -d , -f 1,13-15 "$tmp/$1/mixed_per-layer.csv" | tail -n +2 \
		>"$tmp/want"
	grep "^[0-9].*,$1,$2,$4," "$table" | cut -d , -f 1,6-8 >"$tmp/found"
	[ -s "$tmp/want" ] && cmp -s "$tmp/want" "$tmp/found"
	result $? "twice the $1, layer by layer"
	summary "$tmp/$1" >"$tmp/want"
	grep "^,mixed.onnx,$1," "$table" | cut -d , -f 6-8 | tr , '\n' \
		>"$tmp/found"
	cmp -s "$tmp/want" "$tmp/found"
	result $? "twice the $1, the model"
}
twice pes CGRA_SIZE 256 512
twice register_file RF_SIZE 512 1024
twice scratchpad TOTAL_BANKS_IN_SPM 32 64
twice dma_bandwidth dma_cycles_per_byte 0.24 0.12

# The gain is the value now over that value: more of anything costs nothing.
awk -F , 'NR > 1 && !($9 >= 1 && $10 == "true") { bad++ }
	END { exit bad > 0 || NR < 5 }' "$table"
result $? 'nothing is lost, and all is proven'
tail -n +2 "$tmp/one/mixed_per-layer.csv" | cut -d , -f 1,15 |
	tr , ' ' >"$tmp/now"
awk -F '[ ,]' 'NR == FNR { now[$1] = $2; next }
	$1 != "" && $3 == "pes" {
		if ($9 * $8 < now[$1] * 0.999999 || $9 * $8 > now[$1] * 1.000001)
			bad++
		seen++
	}
	END { exit bad > 0 || seen < 3 }' "$tmp/now" "$table"
result $? 'the gain is the ratio of the EDPs'

grep -q '^twice the .*gain of edp' "$tmp/text" &&
	grep -q '^DMA bandwidth ' "$tmp/text" &&
	grep -q '^scratchpad  .* x ' "$tmp/one/mixed_methods/"000*.txt &&
	[ "$(grep -c '"sensitivity"' "$tmp/one/mixed.json")" -eq \
		$(($(grep -c '"method"' "$tmp/one/mixed.json") + 2)) ]
result $? 'terminal, methods and NAME.json have it'

"$nestwright" compile "$model" --sensitivity --cache "$tmp/cache" -j 3 -q \
	-o "$tmp/two"
"$nestwright" compile "$model" --sensitivity --cache "$tmp/cache" -q \
	-o "$tmp/three"
diff -r "$tmp/one" "$tmp/two" >/dev/null &&
	diff -r "$tmp/one" "$tmp/three" >/dev/null
result $? 'the same with a cache and on several threads'

# No tile of this layer fills nine tenths of twice the register file.
"$nestwright" compile tests/models/conv.onnx --fix SPATIAL:M=1 \
	--opt-min-utilization 0.01 0.9 0 --sensitivity -q -o "$tmp/none"
grep -q ',register_file,RF_SIZE,1024,,,,,$' "$tmp/none/conv_sensitivity.csv" &&
	grep -q '"register_file": null' "$tmp/none/conv.json" &&
	grep -q 'register file *nothing fits' "$tmp/none/conv_methods/"*.txt
result $? 'limits that leave nothing on the doubled machine'

# Chosen for the model as a whole, on each machine anew.
"$nestwright" compile "$model" --objective network-edp --sensitivity -q \
	-o "$tmp/network"
"$nestwright" compile "$model" --objective network-edp -q \
	--arch-spec "$tmp/scratchpad.json" -o "$tmp/network-twice"
summary "$tmp/network-twice" >"$tmp/want"
grep '^,mixed.onnx,scratchpad,' "$tmp/network/mixed_sensitivity.csv" |
	cut -d , -f 6-8 | tr , '\n' >"$tmp/found"
cmp -s "$tmp/want" "$tmp/found"
result $? '--objective network-edp chooses again'

"$nestwright" compile "$model" -q -o "$tmp/one"
[ ! -e "$table" ] && [ -e "$tmp/one/mixed.json" ]
result $? 'a run without it removes the table of an earlier one'

"$nestwright" compile "$model" --sensitivity -q -o "$tmp/early" \
	--time-limit 0.0001 2>"$tmp/err"
[ $? -eq 3 ] && [ ! -e "$tmp/early/mixed_sensitivity.csv" ] &&
	[ -e "$tmp/early/mixed.json" ] &&
	grep -q 'the time limit ended the search: no gains' "$tmp/err"
result $? 'a search that was ended early has no gains'
finish
