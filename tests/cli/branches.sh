#!/bin/sh
# An If whose condition is not known: every command counts one of its branches,
# and says what the other one has. tests/cases/if_exclusive_total.onnx has a
# convolution of 992 MACs in its else_branch, one of 960 in its then_branch.
. tests/cli/common

model=tests/cases/if_exclusive_total.onnx
out=$tmp/out
line="If 'rate' counts with its else_branch"

# says WHAT FRAGMENT COMMAND...
says() {
	what=$1 fragment=$2
	shift 2
	"$nestwright" "$@" >"$tmp/said" 2>&1
	grep -qF -- "$fragment" "$tmp/said"
	result $? "$what"
}

# number FILE KEY: the first number with that key, in a pretty-printed JSON.
number() {
	sed -n "s/.*\"$2\": \([0-9.e+]*\).*/\1/p" "$1" | head -n 1
}

says 'layers counts the larger branch' "$line, 992 MACs; the then_branch in its place has 960" \
	layers "$model"
says 'and says so to programs' '"total_macs": 992' layers "$model" --json
says 'a value decides' ' 960 MACs, 100%' layers "$model" --value sr=16000
says 'and another one' ' 992 MACs, 100%' layers "$model" --value sr=8000
says 'a value that is none' "expected a whole number, input 'sr' is of int64; found '8k'" \
	layers "$model" --value sr=8k
"$nestwright" spec "$model" 2>"$tmp/err" | grep -q conv_16k
[ $? -eq 1 ] && grep -q '1 layer is left out' "$tmp/err"
result $? 'a specification has the branch that counts'

# The two branches one by one, and together.
for rate in 8000 16000; do
	"$nestwright" compile -q "$model" --value sr=$rate -o "$out$rate"
	result $? "compile with sr=$rate"
done
says 'compile says what the other one costs' "$line; the then_branch in its place has 960 MACs" \
	compile "$model" -o "$out"
"$nestwright" compile -q "$model" --objective network-edp --pareto -o "$out.network"
result $? 'compile for the whole network'
one=$out/if_exclusive_total.json
for key in energy_pj cycles edp; do
	for json in "$one" "$out.network/if_exclusive_total.json"; do
		[ "$(sed -n '/"totals"/,$p' "$json" >"$tmp/t"; number "$tmp/t" $key)" = \
			"$(sed -n '/"totals"/,$p' "${out}8000/if_exclusive_total.json" >"$tmp/t"; number "$tmp/t" $key)" ]
		result $? "totals.$key is of the larger branch"
		[ "$(sed -n '/"branches"/,$p' "$json" >"$tmp/t"; number "$tmp/t" $key)" = \
			"$(sed -n '/"totals"/,$p' "${out}16000/if_exclusive_total.json" >"$tmp/t"; number "$tmp/t" $key)" ]
		result $? "branches.other.$key is of the smaller one"
		says 'the file is consistent' ' 0 refuted, 0 not decided' \
			check-proof "$json"
	done
done
grep -q '^conv_8k\|,conv_8k,.*,true$' "$out/if_exclusive_total_per-layer.csv" &&
	grep -q ',conv_16k,.*,false$' "$out/if_exclusive_total_per-layer.csv"
result $? 'the table says which layers do not count'
says 'so does the blob' ' 992 MACs, ' inspect "$out/if_exclusive_total.nwcfg"
says 'all layers are in the blob' '2 layers verified' \
	verify "$out/if_exclusive_total.nwcfg" --model "$model"

# A file that counts both is found out.
sed 's/"in_totals": false/"in_totals": true/' "$one" >"$tmp/wrong.json"
says 'a layer that should not count' 'in_totals is not false' check-proof "$tmp/wrong.json"
sed 's/"taken": "else_branch"/"taken": "then_branch"/' "$one" >"$tmp/wrong.json"
says 'the wrong branch' 'branches[0].taken' check-proof "$tmp/wrong.json"
sed 's/"entry": 0/"entry": 1/' "$one" >"$tmp/wrong.json"
says 'a branch that is not there' 'entry 1 of the branches' check-proof "$tmp/wrong.json"

# A branch that cannot take the sizes, and none that can.
dead=tests/cases/if_dead_branch.onnx
says 'a branch that is left out is told of' \
	"node 'rate' (If): warning: its else_branch is left out, it cannot take the inputs: Reshape 'rs': cannot reshape 1x1x20" \
	compile "$dead" --dim n=20 -o "$out"
grep -q "but the else_branch is left out: Reshape 'rs': cannot reshape" "$out/if_dead_branch.json"
result $? 'with its reason in the file'
! grep -q '"branches"' "$out/if_dead_branch.json"
result $? 'and is no alternative'
"$nestwright" layers "$dead" --dim n=3 >"$tmp/said" 2>&1
[ $? -eq 1 ] && [ "$(wc -l <"$tmp/said")" -eq 1 ] &&
	grep -q "neither branch can take its inputs: then_branch: Conv 'conv_16k': .*; else_branch: Reshape 'rs': " "$tmp/said"
result $? 'neither branch'

# An exploration: the designs cost what the larger branch costs.
printf '{"base": "%s", "keys": {"RF_SIZE": [512]}}\n' \
	"$top/examples/arch/default.json" >"$tmp/space.json"
says 'dse says which branch counts' "if_exclusive_total.onnx: $line" \
	dse --space "$tmp/space.json" "$model" -o "$tmp/dse"
"$nestwright" dse --space "$tmp/space.json" "$model" --value sr=8000 -o "$tmp/dse8" |
	sed -n '/^rank/,/^$/p' >"$tmp/rank8"
sed -n '/^rank/,/^$/p' "$tmp/said" | cmp -s - "$tmp/rank8" && [ -s "$tmp/rank8" ]
result $? 'and counts it alone'
finish
