#!/bin/sh
# The machine files of examples/machines: each compiles ResNet-50 and
# MobileNetV2, says which layers fit it poorly, and its blob runs as proven.
. tests/cli/common

# Whole models on the program without sanitizers, but for the smaller one on the
# machine that has most to say.
fast=build/nestwright
for file in examples/machines/*.json; do
	machine=$(basename "$file" .json)
	"$nestwright" arch "$file" --json >"$tmp/again.json" &&
		"$nestwright" arch "$tmp/again.json" --json |
		cmp -s - "$tmp/again.json"
	result $? "$machine: printed, it reads back"
	grep -q "^## .*\`$machine.json\`" docs/machines.md
	result $? "$machine: docs/machines.md describes it"
	for model in resnet50 mobilenetv2; do
		program=$fast
		[ "$machine-$model" = eyeriss-mobilenetv2 ] &&
			program=$nestwright
		"$program" compile examples/models/$model.json \
			--arch-spec "$file" -o "$tmp/$machine" >/dev/null \
			2>"$tmp/err"
		result $? "$machine: $model compiles"
		grep -q '"proven": false' "$tmp/$machine/$model.json"
		[ $? -eq 1 ]
		result $? "$machine: $model is proven"
	done
	# Where channels lie on rows that add them up.
	if [ "$machine" = shidiannao ] || [ "$machine" = eyeriss ]; then
		continue
	fi
	grep -q 'rows take only C, which indexes O here' "$tmp/err" ||
		grep -q 'rows take only C, which indexes O here' \
			"$tmp/$machine/mobilenetv2_per-layer.csv"
	result $? "$machine: depthwise layers are told of"
done

# Blobs with grids: two depthwise layers.
for file in examples/machines/*.json; do
	machine=$(basename "$file" .json)
	"$nestwright" verify "$tmp/$machine/mobilenetv2.nwcfg" \
		--layer 49 50 >"$tmp/out"
	result $? "$machine: verify passes"
done

# A method of a machine that can run everything, on one that cannot.
cat >"$tmp/rows.json" <<END
{"missing": "default", "arch_basic": {"PE_ROWS": 16},
 "dataflow": {"rows": {"loops": ["M"], "most_loops": 1},
  "columns": {"loops": ["M"]}}}
END
"$nestwright" compile tests/models/conv.onnx -q -o "$tmp/free" \
	--fix SPATIAL:C=2,M=3 --forbid SPATIAL:Ox,Oy,Fx,Fy
"$nestwright" replay "$tmp"/free/conv_methods/*.json \
	--arch-spec "$tmp/rows.json" 2>"$tmp/err"
[ $? -eq 1 ] && grep -qF "machine 'rows' cannot run the mapping, because of \
dataflow.rows.loops leaving out C" "$tmp/err"
result $? 'replay: a mapping that a dataflow leaves out is refused'
finish
