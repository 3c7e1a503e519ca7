#!/bin/sh
# Limits that leave nothing: which of them, and why.
. tests/cli/common

# The layer is N1 M3 C2 Ox7 Oy7 Fx3 Fy2; the least of everything from a compile
# without limits, the energy within 600 cycles from one with that limit.
model=tests/models/conv.onnx
"$nestwright" compile $model -q -o "$tmp/all"
"$nestwright" compile $model -q -o "$tmp/capped" --max-cycles 600
# value FOLDER OBJECTIVE: its least value
value() {
	sed -n "/\"$2\": {/,/value/s/.*\"value\": \([0-9]*\),.*/\1/p" \
		"$tmp/$1/conv.json"
}
cycles=$(value all cycles)
energy=$(value all energy)
capped=$(value capped energy)

sed 's/"TOTAL_BANKS_IN_SPM": *32/"TOTAL_BANKS_IN_SPM": 4/
	s/"TOTAL_BYTES_IN_BANK": *2048/"TOTAL_BYTES_IN_BANK": 128/' \
	examples/arch/default.json >"$tmp/small.json"

# options|the reason that is given
while IFS='|' read -r options reason; do
	# shellcheck disable=SC2086
	"$nestwright" compile $model -q -o "$tmp/none" $options 2>"$tmp/err"
	[ $? -eq 1 ] && [ ! -e "$tmp/none/conv.json" ] &&
		[ "$(wc -l <"$tmp/err")" -eq 1 ] &&
		grep -qF "no mapping satisfies the limits (nest N1 M3 C2 Ox7 \
Oy7 Fx3 Fy2): $reason" "$tmp/err"
	result $? "$options"
done <<END
--fix SPATIAL:M=2|the factors of M (SPATIAL 2) do not divide its bound 3
--fix SPM:Ox=7 --fix RF:Ox=7|the factors of Ox (SPM 7, RF 7) do not divide its bound 7
--fix RF:M=999999999999999 --fix SPM:M=999999999999999|the factors of M (SPM 999999999999999, RF 999999999999999) do not divide its bound 3
--forbid DRAM:M --forbid SPM:M --forbid RF:M --forbid SPATIAL:M|the factors of M make 1 of its bound 3, and no level is left for the rest
--opt-no-spatial-reduction --fix SPATIAL:C=2|--opt-no-spatial-reduction keeps C out of SPATIAL, where its factor is to be 2
--opt-no-feature-dram --fix DRAM:Fx=all|--opt-no-feature-dram keeps Fx out of DRAM, where its factor is to be 3
--fix SPATIAL:M=all,C=all,Ox=all,Oy=all|the factors at SPATIAL need 294 PEs, there are 256
--fix RF:M=all,C=all,Ox=all,Oy=all,Fx=all,Fy=all|the factors at RF need 654 bytes of the register file, there are 512
--fix SPM:M=all,Ox=all,Oy=all --arch-spec $tmp/small.json|the factors at SPM, SPATIAL and RF need 5 banks of the scratchpad (128 bytes each), there are 4
--max-cycles 1|the fewest cycles are $cycles, --max-cycles allows 1
--max-energy 1|the least energy is $energy pJ, --max-energy allows 1
--max-cycles 600 --max-energy $energy|within --max-cycles the least energy is $capped pJ, --max-energy allows $energy
--opt-min-utilization 1 0 0|there would be mappings without the least use of the PEs (1)
--opt-min-utilization 0.7 0 0 --fix SPATIAL:M=3,Ox=7,Oy=7|there would be mappings without the least use of the PEs (0.7), or the factor 3 of M at SPATIAL, or the factor 7 of Ox at SPATIAL, or the factor 7 of Oy at SPATIAL
--opt-min-utilization 1 1 1|they exclude each other: at least two of them have to go
--opt-min-utilization 1 0 0 --search brute|there would be mappings without the least use of the PEs (1)
END
finish
