#!/bin/sh
# nestwright verify: executes blobs, and tells a wrong one from a right one.
. tests/cli/common

blob=examples/firmware/conv.nwcfg

# The inputs of 'compile' and 'verify' that take long are for the program
# without sanitizers.
fast=build/nestwright

"$nestwright" verify $blob >"$tmp/text" &&
	grep -q '^1 layer verified: every output equal' "$tmp/text"
result $? "a blob is verified"

"$nestwright" verify --json $blob >"$tmp/json" &&
	grep -q '"holds":[[:space:]]*true' "$tmp/json"
result $? "--json says so"
if command -v python3 >/dev/null 2>&1; then
	python3 -m json.tool "$tmp/json" >/dev/null
	result $? "--json is JSON"
fi

model=examples/models/resnet18.onnx
$fast compile $model -o "$tmp" -q
for threads in 1 2 5; do
	$fast verify "$tmp/resnet18.nwcfg" --model $model --layer 7 12 20 \
		-j $threads >"$tmp/layers.$threads"
	result $? "layers of ResNet-18 against their operators, $threads threads"
done
cmp -s "$tmp/layers.1" "$tmp/layers.2" && cmp -s "$tmp/layers.1" "$tmp/layers.5"
result $? "the same output on any number of threads"
[ "$(grep -c ' model$' "$tmp/layers.1")" -eq 3 ]
result $? "the model's operators are the referee"
$fast verify "$tmp/resnet18.nwcfg" --layer 20 --seed 7 | grep -q ' nest$'
result $? "without a model the nest is"

$fast verify "$tmp/resnet18.nwcfg" --model $model >"$tmp/text" &&
	grep -q '^21 layers verified: every output equal' "$tmp/text"
result $? "every output of ResNet-18 against its operators"
models=${NESTWRIGHT_SHARED-../shared}/models
for name in mobilenet_v2 dcgan_generator lstm_bi2; do
	[ -e "$models/$name.onnx" ] || {
		echo '# skipped: the reference models'
		break
	}
	$fast compile "$models/$name.onnx" -o "$tmp" -q
	$fast verify "$tmp/$name.nwcfg" --model "$models/$name.onnx" \
		>"$tmp/text"
	result $? "every output of $name against its operators"
done
$fast compile $model --compat -o "$tmp/compat" -q
$fast verify "$tmp/compat/resnet18.nwcfg" --layer 7 >"$tmp/out" &&
	grep -q ' seed-bursts$' "$tmp/out"
result $? "a blob with the seed's bursts is explained"

# Tiles that do not divide their loops.
$fast compile $model --tiles padded -o "$tmp/padded" -q
$fast verify "$tmp/padded/resnet18.nwcfg" --model $model --layer 0 5 20 \
	>"$tmp/out" && grep -q ' edge-word$' "$tmp/out" &&
	grep -q ' edge-burst$' "$tmp/out"
result $? "layers of ResNet-18 in padded tiles"
$fast compile $model --tiles padded --compat -o "$tmp/padded" -q
$fast verify "$tmp/padded/resnet18.nwcfg" --model $model --layer 17 \
	>"$tmp/out" && grep -q ' seed-tiles$' "$tmp/out"
result $? "padded tiles that are charged whole are explained"

# One field at a time, in a blob that is right otherwise: its JSON makes it.
# wrong WHAT PATTERN SED: exit 1, and a line that matches.
wrong() {
	what=$1 pattern=$2
	"$nestwright" inspect --json $blob | sed "$3" >"$tmp/wrong.json"
	"$nestwright" inspect --rebuild "$tmp/wrong.json" >"$tmp/wrong.nwcfg" 2>/dev/null
	"$nestwright" verify "$tmp/wrong.nwcfg" >"$tmp/out" 2>&1
	[ $? -eq 1 ] && grep -q -e "$pattern" "$tmp/out"
	result $? "$what"
}
wrong "a wrong estimate is found" 'unexplained' \
	's/"noc_cycles": *\[24,/"noc_cycles": [25,/'
wrong "operands in the same banks are found" 'stopped: .*O and I share banks' \
	's/"bank_first": *1/"bank_first": 0/'

wrong "an output over an input is found" "'y' is written over 'x'" \
	's/"offset": 384/"offset": 0/'

# refuses WHAT PATTERN ARGUMENT...: exit 1, one line that matches, no output.
refuses() {
	what=$1 pattern=$2
	shift 2
	"$nestwright" verify "$@" >"$tmp/out" 2>"$tmp/err"
	[ $? -eq 1 ] && [ ! -s "$tmp/out" ] &&
		[ "$(wc -l <"$tmp/err")" -eq 1 ] &&
		grep -q -e "$pattern" "$tmp/err"
	result $? "$what"
}
head -c 1000 $blob >"$tmp/cut"
refuses "a truncated blob" 'truncated (1000 bytes)' "$tmp/cut"
refuses "another file" 'not a configuration blob' README.md
refuses "a layer that there is not" 'there is no layer 1: the blob has 1' \
	$blob --layer 1
refuses "a blob of another model" \
	"not made from resnet18.onnx: layer 0 of the blob, .* none of its 21" \
	$blob --model $model
finish
