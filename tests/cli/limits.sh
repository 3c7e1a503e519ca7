#!/bin/sh
# Limits that leave nothing: which of them, and why.
. tests/cli/common

# The layer is N1 M3 C2 Ox7 Oy7 Fx3 Fy2; the least of everything from a compile
# without limits, the energy within 600 cycles from one with that limit.
model=tests/models/conv.onnx
"$nestwright" compile $model --tiles perfect -q -o "$tmp/all"
"$nestwright" compile $model --tiles perfect -q -o "$tmp/capped" --max-cycles 600
"$nestwright" compile $model --tiles padded -q -o "$tmp/padded"
# value FOLDER OBJECTIVE: its least value
value() {
	sed -n "/\"$2\": {/,/value/s/.*\"value\": \([0-9]*\),.*/\1/p" \
		"$tmp/$1/conv.json" | head -n 1
}
cycles=$(value all cycles)
energy=$(value all energy)
capped=$(value capped energy)
padded=$(value padded cycles)

sed 's/"TOTAL_BANKS_IN_SPM": *32/"TOTAL_BANKS_IN_SPM": 4/
	s/"TOTAL_BYTES_IN_BANK": *2048/"TOTAL_BYTES_IN_BANK": 128/' \
	examples/arch/default.json >"$tmp/small.json"

# explained TILES LIMITS: each line of the input is 'options|the reason that is
# given', when no mapping with these tiles satisfies LIMITS.
explained() {
	while IFS='|' read -r options reason; do
		# shellcheck disable=SC2086
		"$nestwright" compile $model --tiles "$1" -q -o "$tmp/none" \
			$options 2>"$tmp/err"
		[ $? -eq 1 ] && [ ! -e "$tmp/none/conv.json" ] &&
			[ "$(wc -l <"$tmp/err")" -eq 1 ] &&
			grep -qF "no mapping satisfies $2 (nest N1 M3 C2 Ox7 \
Oy7 Fx3 Fy2): $reason" "$tmp/err"
		result $? "$1 tiles: $options"
	done
}

explained perfect 'the limits' <<END
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

explained padded 'the limits' <<END
--fix SPATIAL:Ox=5|the factor of Ox (SPATIAL 5): 5 trips of 7 leave one empty; 4 do
--fix DRAM:Ox=6|the factor of Ox (DRAM 6): 6 trips of 7 leave one empty; 4 do
--fix RF:Ox=5|the factor of Ox (RF 5): 2 tiles of 4 cover its bound 7, too
--fix SPATIAL:M=4|the factor 4 of M at SPATIAL is more than its bound 3
--fix SPM:Ox=7 --fix RF:Ox=7|the factors of Ox (SPM 7, RF 7) are those of no tiles of its bound 7: one would be empty
--fix RF:M=999999999999999 --fix SPM:M=999999999999999|the factor 999999999999999 of M at SPM is more than its bound 3
--forbid DRAM:M --forbid SPM:M --forbid RF:M --fix SPATIAL:M=2|the factors of M make 2 of its bound 3, and no level is left for the rest
--fix SPATIAL:M=all,C=all,Ox=all,Oy=all|the factors at SPATIAL need 294 PEs, there are 256
--max-cycles 1|the fewest cycles are $padded, --max-cycles allows 1
END

# machine NAME DATAFLOW: the default one of 16 x 16 PEs with a dataflow
machine() {
	echo "{\"missing\": \"default\", \"arch_basic\": {\"PE_ROWS\": 16}," \
		"\"dataflow\": {$2}}" >"$tmp/$1.json"
}
machine none '"RF": {"loops": []}, "SPM": {"loops": []},
	"DRAM": {"loops": []}, "rows": {"loops": ["M"], "most_loops": 1},
	"columns": {"loops": ["C"]}, "reduction": ["columns"]'
machine rows '"rows": {"loops": ["M"]}, "columns": {"loops": ["M"]}'
machine reduce '"reduction": []'
machine inner '"RF": {"loops": ["Fx"], "most": {"Fx": 2}}, "SPM":
	{"order": ["C", "M"]}, "SPATIAL": {"fix": {"M": 3}}'
machine bare '"RF": {"loops": []}, "SPM": {"loops": []}, "DRAM": {"loops":
	["M", "Ox", "Oy", "Fx", "Fy"]}, "SPATIAL": {"loops": ["M"]}'

explained perfect "the limits and the machine's dataflow" <<END
--arch-spec $tmp/bare.json|there would be mappings without dataflow.SPATIAL.loops leaving out C, or dataflow.RF.loops leaving out C, or dataflow.SPM.loops leaving out C, or dataflow.DRAM.loops leaving out C
--arch-spec $tmp/none.json|the factors at SPATIAL need 1764 PEs, there are 256
--arch-spec $tmp/rows.json --fix SPATIAL:C=2|there would be mappings without the factor 2 of C at SPATIAL, or dataflow.rows.loops leaving out C, or dataflow.columns.loops leaving out C
--arch-spec $tmp/reduce.json --fix SPATIAL:C=2|there would be mappings without the factor 2 of C at SPATIAL, or dataflow.reduction leaving out rows, or dataflow.reduction leaving out columns
--arch-spec $tmp/inner.json --fix RF:C=2|the dataflow of machine 'inner' keeps C out of RF, where it is to be 2
--arch-spec $tmp/inner.json --fix RF:Fx=3|the dataflow of machine 'inner' has at most factor 2 of Fx at RF, where it is to be 3
--arch-spec $tmp/inner.json --forbid SPATIAL:M|the dataflow of machine 'inner' has factor 3 of M at SPATIAL, where it is to be 1
--arch-spec $tmp/inner.json --order SPM:M,C|the dataflow of machine 'inner' has another order than --order
END
finish
