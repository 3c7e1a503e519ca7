#!/bin/sh
# compile -d: what each stage leaves, as it stands in tests/dumps.
. tests/cli/common

model=tests/models/mixed.onnx
for stage in graph shapes layers nests plan; do
	"$nestwright" compile "$model" -d $stage -o "$tmp/out" >"$tmp/$stage" \
		2>"$tmp/err"
	[ $? -eq 0 ] && cmp -s "$tmp/$stage" "tests/dumps/mixed.$stage"
	result $? "compile -d $stage"
	"$nestwright" compile --help | grep -q "[^a-z]$stage[^a-z]"
	result $? "--help names $stage"
done
[ ! -e "$tmp/out" ]
result $? 'nothing is written'

sort -u "$tmp/nests" >"$tmp/sorted"
"$nestwright" compile "$model" "$model" -d nests | awk 'NF' | sort -u |
	cmp -s - "$tmp/sorted"
result $? 'of several models, one after the other'

"$nestwright" compile "$model" -d mapping >"$tmp/none" 2>"$tmp/err"
[ $? -eq 2 ] && [ ! -s "$tmp/none" ] &&
	grep -q "'--dump': expected one of graph, shapes, layers, nests, plan, found 'mapping'" \
		"$tmp/err"
result $? 'an unknown stage is refused'

spec=examples/models/alexnet.json
"$nestwright" compile "$spec" -d shapes >"$tmp/none" 2>"$tmp/err"
[ $? -eq 1 ] && grep -q "alexnet.json: error: a model specification has no graph" "$tmp/err"
result $? 'a specification has no graph'
"$nestwright" compile "$spec" -d nests | grep -q '^nest 0: '
result $? 'but nests'

"$nestwright" completion bash | grep -q 'graph shapes layers nests plan'
result $? 'stages complete'
finish
