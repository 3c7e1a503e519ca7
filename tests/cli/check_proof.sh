#!/bin/sh
# nestwright check-proof: good results are confirmed, tampered ones are not.
. tests/cli/common

"$nestwright" compile -q -o "$tmp" tests/models/mixed.onnx
good=$tmp/mixed.json

"$nestwright" check-proof "$good" >"$tmp/text" 2>"$tmp/err" &&
	grep -q '^9 claims: 9 confirmed by brute force' "$tmp/text" &&
	! test -s "$tmp/err"
result $? "a good result is confirmed"

"$nestwright" check-proof --json "$good" >"$tmp/json" &&
	grep -q '"consistent":[[:space:]]*true' "$tmp/json"
result $? "--json says so"
if command -v python3 >/dev/null 2>&1; then
	python3 -m json.tool "$tmp/json" >/dev/null
	result $? "--json is JSON"
fi

# Layers too large for the exhaustive search, without sanitizers, which take
# long here; constraints, caps, other searches.
fast=build/nestwright
model=examples/models/resnet18.onnx
$fast compile -q -o "$tmp" $model &&
	$fast check-proof --time-limit 1 "$tmp/resnet18.json" >"$tmp/text" &&
	grep -q '^36 claims: .* 0 refuted, 0 not decided in time$' "$tmp/text" &&
	! grep -q ', 0 confirmed by bounds' "$tmp/text"
result $? "ResNet-18 is confirmed, by bounds too"
$fast compile -q -o "$tmp" $model --layer-index 3 7 --max-energy 800000000 \
	--fix RF:Fy=1 --order DRAM:C,N,M,Ox,Oy,Fx,Fy &&
	$fast check-proof --time-limit 1 "$tmp/resnet18.json" >"$tmp/text" &&
	grep -q ' 0 refuted, 0 not decided in time$' "$tmp/text"
result $? "optima within limits are confirmed"
$fast compile -q -o "$tmp" --time-limit 0.001 $model &&
	$fast check-proof --time-limit 1 "$tmp/resnet18.json" >"$tmp/text" &&
	grep -q ' 0 refuted, 0 not decided in time$' "$tmp/text"
result $? "bounds of a search that was ended early are confirmed"
"$nestwright" compile -q -o "$tmp/pruned" --search pruned --auto-optimize \
	tests/models/mixed.onnx &&
	"$nestwright" check-proof "$tmp/pruned/mixed.json" >"$tmp/text" &&
	grep -q '^0 claims' "$tmp/text"
result $? "the pruned search claims nothing"

# tampered NAME SED-EXPRESSION MESSAGE: a changed result gets exit status 1 and
# the message.
tampered() {
	sed "$2" "$good" >"$tmp/$1.json"
	"$nestwright" check-proof "$tmp/$1.json" >"$tmp/out" 2>&1
	[ $? -eq 1 ] && grep -q "$3" "$tmp/out"
	result $? "tampered: $1"
}
tampered value '0,/"value": [0-9]*/s//"value": 12345/' \
	'best.edp.value is 12345, computed anew'
tampered count '0,/"tilings_fit": /s//&1/' 'mapspace.tilings_fit is 1'
tampered bound '0,/"bound": /s//&1/' 'proof.bound is 1'
# The machine is no longer the one that the winners are best for.
tampered machine 's/"spm_energy": 13.5/"spm_energy": 1/' refuted
tampered format 's/nestwright-result/nestwright-/' 'this is no result of compile'
tampered tiling '0,/"tiling": \[\[1/s//"tiling": [[7/' 'multiply to'
head -c 3000 "$good" >"$tmp/cut.json"
"$nestwright" check-proof "$tmp/cut.json" >"$tmp/out" 2>&1
[ $? -eq 1 ] && [ "$(wc -l <"$tmp/out")" -eq 1 ]
result $? "a cut file gets one line"
"$nestwright" check-proof "$tmp/none.json" >"$tmp/out" 2>&1
[ $? -eq 1 ] && [ "$(wc -l <"$tmp/out")" -eq 1 ]
result $? "a missing file gets one line"
"$nestwright" check-proof --time-limit 0 "$good" >"$tmp/out" 2>&1
[ $? -eq 2 ]
result $? "a time limit of 0 is wrong usage"
finish
