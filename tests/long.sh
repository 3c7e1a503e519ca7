#!/bin/sh
# What takes too long for ./check, to be run from the repository's top after a
# build:
#
#   sh tests/long.sh [CASES [FIRST]]
#
# executes CASES random mappings of random layers (100,000), numbered from FIRST
# on, lets every libc call of a small compile fail and every allocation of the
# other commands, and executes the blobs of whole models, in NESTWRIGHT_SHARED
# (../shared), in perfect and in padded tiles: two blocks of BERT and all else
# that is small enough in full, the rest as samples. Then 40 to 100 times
# the random cases of ./check, and every damage to a file instead of samples.
set -u
models=${NESTWRIGHT_SHARED-../shared}/models
out=$(mktemp -d) || exit 1
trap 'rm -rf "$out"' EXIT
status=0

# verified MODEL ARGUMENT...
verified() {
	model=$1
	shift
	build/nestwright compile "$models/$model.onnx" --tiles "$tiles" \
		-o "$out" -q &&
		build/nestwright verify "$out/$model.nwcfg" \
			--model "$models/$model.onnx" "$@" >"$out/text"
	result=$?
	echo "$model, $tiles tiles $*: $(tail -n 1 "$out/text")"
	[ $result -eq 0 ] || status=1
}

if [ -d "$models" ]; then
	for tiles in perfect padded; do
		verified resnet18 --full
		verified mobilenet_v2 --full
		verified dcgan_generator --full
		verified bert_base --full --layer 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
		verified bert_base
		verified r3d_18
		verified vit_b_16
	done
else
	echo "no models in $models: skipped"
fi
# Every call that can fail, and every one at which the program can be killed.
for case in 'links over links' 'plain files over plain files' \
	'plain files over links' 'over nothing' memory; do
	sh tests/cli/faults.sh 1 "$case" || status=1
done
sh tests/cli/faults.sh 100 together || status=1
build/checked/test_verify_random "${1-100000}" "${2-1}" || status=1
sh tests/cli/moments.sh 1000 || status=1
NESTWRIGHT_EVERY=1 sh tests/cli/inspect.sh || status=1
# times TIMES TEST...: what ./check tries, that many times; all of what it
# tries samples of.
times() {
	NESTWRIGHT_TIMES=$1
	export NESTWRIGHT_TIMES
	shift
	for test; do
		build/checked/test_$test || status=1
	done
	unset NESTWRIGHT_TIMES
}
# Bounds a little too tight.
sh tests/mutants/run || status=1
times 100 dse_bound arch_rules
times 40 blob_damage cost dse_journal nwcfg padding proof_check search \
	search_cache shape_rules verify_mutation
exit $status
