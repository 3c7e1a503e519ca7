#!/bin/sh
# nestwright check-proof: good results are confirmed, tampered ones are not.
. tests/cli/common

"$nestwright" compile -q -o "$tmp" --tiles perfect tests/models/mixed.onnx
good=$tmp/mixed.json

# tampered NAME SED-EXPRESSION MESSAGE: a changed result gets exit status 1 and
# the message.
tampered() {
	sed "$2" "$good" >"$tmp/$1.json"
	"$nestwright" check-proof "$tmp/$1.json" >"$tmp/out" 2>&1
	[ $? -eq 1 ] && grep -q "$3" "$tmp/out"
	result $? "tampered: $1"
}
"$nestwright" check-proof "$good" >"$tmp/text" 2>"$tmp/err" &&
	grep -q '^9 claims: .* 0 refuted, 0 not decided in time$' "$tmp/text" &&
	! test -s "$tmp/err"
result $? "a good result is confirmed"

"$nestwright" check-proof --json "$good" >"$tmp/json" &&
	grep -q '"consistent":[[:space:]]*true' "$tmp/json"
result $? "--json says so"
if command -v python3 >/dev/null 2>&1; then
	python3 -m json.tool "$tmp/json" >/dev/null
	result $? "--json is JSON"
fi

"$nestwright" compile -q -o "$tmp/padded" tests/models/mixed.onnx &&
	"$nestwright" check-proof --time-limit 2 "$tmp/padded/mixed.json" \
		>"$tmp/text" &&
	grep -q '^9 claims: .* bounds, 0 refuted, 0 not decided in time$' \
		"$tmp/text"
result $? "a good result with padded tiles is confirmed"
grep -q '^perfect tiles, 9 values: 9 confirmed, 0 not' "$tmp/text"
result $? "what perfect tiles reach is, too"
good=$tmp/padded/mixed.json
tampered reach '/"perfect"/,$ s/"value": \([0-9]*\),/"value": 9\1,/' \
	'perfect.edp: value, energy, cycles and ratio do not agree'
good=$tmp/mixed.json

# Fronts: of a good one every point is confirmed; one that lacks a point, and
# one with a point that is not what the mapping costs, are told.
"$nestwright" compile -q -o "$tmp/front" --pareto --tiles perfect \
	tests/models/mixed.onnx &&
	"$nestwright" check-proof "$tmp/front/mixed.json" >"$tmp/text" &&
	grep -q '^12 claims: .* 0 refuted, 0 not decided in time$' "$tmp/text"
result $? "good fronts are confirmed"
if command -v python3 >/dev/null 2>&1; then
	python3 - "$tmp/front/mixed.json" "$tmp/lacks.json" "$tmp/costs.json" \
		<<'END'
import copy, json, sys
result = json.load(open(sys.argv[1]))
nest = max(range(len(result['nests'])),
           key=lambda n: len(result['nests'][n]['front']))
lacks, costs = copy.deepcopy(result), copy.deepcopy(result)
del lacks['nests'][nest]['front'][-1]
costs['nests'][nest]['front'][0]['energy_pj'] -= 1
json.dump(lacks, open(sys.argv[2], 'w'))
json.dump(costs, open(sys.argv[3], 'w'))
END
	! "$nestwright" check-proof "$tmp/lacks.json" >"$tmp/text" \
		2>"$tmp/err" &&
		grep -q 'front: it lacks' "$tmp/text" &&
		grep -q 'network_front' "$tmp/err"
	result $? "a front that lacks a point is refuted"
	! "$nestwright" check-proof "$tmp/costs.json" >"$tmp/text" \
		2>"$tmp/err" && grep -q 'computed anew it is' "$tmp/err"
	result $? "a point of other costs is told"
fi

# Layers too large for the exhaustive search, without sanitizers, which take
# long here; constraints, caps, other searches.
fast=build/nestwright
model=examples/models/resnet18.onnx
$fast compile -q -o "$tmp" --tiles perfect $model &&
	$fast check-proof --time-limit 1 "$tmp/resnet18.json" >"$tmp/text" &&
	grep -q '^36 claims: .* 0 refuted, 0 not decided in time$' "$tmp/text" &&
	! grep -q ', 0 confirmed by bounds' "$tmp/text"
result $? "ResNet-18 is confirmed, by bounds too"
$fast compile -q -o "$tmp" $model --layer-index 3 7 --tiles perfect \
	--max-energy 800000000 --fix RF:Fy=1 --order DRAM:C,N,M,Ox,Oy,Fx,Fy &&
	$fast check-proof --time-limit 1 "$tmp/resnet18.json" >"$tmp/text" &&
	grep -q ' 0 refuted, 0 not decided in time$' "$tmp/text"
result $? "optima within limits are confirmed"
$fast compile -q -o "$tmp" $model --pareto --layer-index 3 7 11 &&
	$fast check-proof --time-limit 30 "$tmp/resnet18.json" >"$tmp/text" &&
	grep -q ' 0 refuted, 0 not decided in time$' "$tmp/text" &&
	! grep -q ', 0 confirmed by bounds' "$tmp/text"
result $? "optima with padded tiles are confirmed, by bounds too"
$fast compile -q -o "$tmp" --time-limit 0.001 --tiles perfect $model \
	--accept-unproven 2>"$tmp/err" &&
	$fast check-proof --time-limit 1 "$tmp/resnet18.json" >"$tmp/text" &&
	grep -q ' 0 refuted, 0 not decided in time$' "$tmp/text"
result $? "bounds of a search that was ended early are confirmed"
"$nestwright" compile -q -o "$tmp/pruned" --search pruned --auto-optimize \
	tests/models/mixed.onnx &&
	"$nestwright" check-proof "$tmp/pruned/mixed.json" >"$tmp/text" &&
	grep -q '^0 claims' "$tmp/text"
result $? "the pruned search claims nothing"

tampered value '0,/"value": [0-9]*/s//"value": 12345/' \
	'best.edp.value is 12345, computed anew'
tampered count '0,/"tilings_fit": /s//&1/' 'mapspace.tilings_fit is 1'
tampered bound '0,/"bound": /s//&1/' 'proof.bound is 1'
tampered arrays '0,/"arrays_cut": /s//&9/' \
	'array tiles are not those of so many scratchpad tiles'
tampered splits '0,/"splits_cut": /s//&99999/' \
	'splits are not those of so many array tiles'
tampered visited '0,/"splits_visited": /s//&999999999/' 'splits'
tampered pairs '0,/"pairs_evaluated": /s//&99/' 'more pairs than orders'
# The machine is no longer the one that the winners are best for.
tampered machine 's/"spm_energy": 13.5/"spm_energy": 1/' refuted
tampered format 's/nestwright-result/nestwright-/' 'this is no result of compile'
tampered tiling '0,/"tiling": \[\[1/s//"tiling": [[7/' 'expected a product'
head -c 3000 "$good" >"$tmp/cut.json"
"$nestwright" check-proof "$tmp/cut.json" >"$tmp/out" 2>&1
[ $? -eq 1 ] && [ "$(wc -l <"$tmp/out")" -eq 1 ]
result $? "a cut file gets one line"
"$nestwright" check-proof "$tmp/none.json" >"$tmp/out" 2>&1
[ $? -eq 1 ] && [ "$(wc -l <"$tmp/out")" -eq 1 ]
result $? "a missing file gets one line"

# What is not decided in time, and what is not even claimed.
$fast compile -q -o "$tmp" $model --layer-index 3
$fast check-proof --time-limit 0.01 "$tmp/resnet18.json" >"$tmp/text" 2>"$tmp/err"
[ $? -eq 3 ] && grep -q 'of 6 claims are not decided: ended by' "$tmp/err"
result $? "status 3: not all is decided"
$fast check-proof --time-limit 0.01 "$tmp/resnet18.json" --accept-unproven \
	>"$tmp/text" 2>&1
result $? "--accept-unproven makes it 0"
$fast check-proof --time-limit 0.01 "$tmp/resnet18.json" --require-proof \
	>"$tmp/text" 2>&1
[ $? -eq 1 ]
result $? "--require-proof makes it 1"
"$nestwright" check-proof --require-proof "$tmp/pruned/mixed.json" \
	>"$tmp/text" 2>"$tmp/err"
[ $? -eq 1 ] && grep -q '9 of 9 optima are not claimed' "$tmp/err"
result $? "--require-proof refuses what is not claimed"
$fast compile -q -o "$tmp" $model
env --default-signal=INT $fast check-proof --time-limit 60 \
	"$tmp/resnet18.json" >"$tmp/text" 2>"$tmp/err" &
pid=$!
sleep 0.1
kill -s INT $pid
wait $pid
[ $? -eq 3 ] && grep -q 'of 72 claims are not decided: ended by SIGINT' \
	"$tmp/err"
result $? "SIGINT ends it, status 3"

"$nestwright" check-proof --time-limit 0 "$good" >"$tmp/out" 2>&1
[ $? -eq 2 ]
result $? "a time limit of 0 is wrong usage"

# A choice for the network is proven again; one that is not the best is not.
cat >"$tmp/three.json" <<'END'
{"CONV": [
  {"name": "a", "size_tensor_A": [1, 4, 9, 9],
   "size_tensor_B": [4, 4, 3, 3], "strides": [1, 1]},
  {"name": "b", "size_tensor_A": [1, 4, 7, 7],
   "size_tensor_B": [8, 4, 1, 1], "strides": [1, 1]},
  {"name": "c", "size_tensor_A": [1, 8, 7, 7],
   "size_tensor_B": [4, 8, 3, 3], "strides": [2, 2]}]}
END
for goal in '--objective network-edp' \
	'--objective energy --max-network-cycles 4000' \
	'--objective network-edp --max-network-cycles 3000' \
	'--objective cycles --max-network-energy 1500000'; do
	# shellcheck disable=SC2086
	"$nestwright" compile "$tmp/three.json" --tiles perfect $goal \
		-o "$tmp/three" -q 2>"$tmp/err" || {
		cat "$tmp/err"
		result 1 "compiles for $goal"
		continue
	}
	"$nestwright" check-proof "$tmp/three/three.json" >"$tmp/text" &&
		grep -q '^choice for the network, .*: confirmed' "$tmp/text"
	result $? "the choice of $goal is confirmed"
done
mkdir "$tmp/alone"
sed '/"network_choice"/,/}/s/"cycles": [0-9]*/"cycles": 1/' \
	"$tmp/three/three.json" >"$tmp/alone/three.json"
"$nestwright" check-proof "$tmp/alone/three.json" >"$tmp/text" 2>"$tmp/err"
[ $? -eq 1 ] && grep -q 'network_choice has .* and 1 cycles' "$tmp/err" &&
	grep -q '^choice for the network, .*: not decided' "$tmp/text"
result $? "a choice with other sums is refused"
finish
