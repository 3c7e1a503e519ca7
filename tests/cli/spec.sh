#!/bin/sh
# Model specifications: those that are shipped, and 'nestwright spec', which
# writes one from any model.
. tests/cli/common

if ! command -v python3 >/dev/null 2>&1; then
	echo '# skipped: no python3'
	finish
	exit
fi
mkdir "$tmp/specs"
python3 tests/tools/make_specs.py "$tmp/specs"
for spec in "$tmp"/specs/*.json; do
	cmp -s "$spec" "examples/models/$(basename "$spec")"
	result $? "$(basename "$spec") is what its shapes make"
done

# macs MODEL: of all its layers
macs() {
	"$nestwright" layers "$1" --json | python3 -c '
import json, sys
print(json.load(sys.stdin)["total_macs"])'
}

# The multiplications of torchvision's networks, to the last one.
while read -r spec wanted; do
	[ "$(macs "examples/models/$spec.json")" = "$wanted" ]
	result $? "$spec has $wanted multiplications"
done <<'END'
alexnet 714188480
vgg16 15470264320
resnet18 1814073344
resnet50 4089184256
mobilenetv2 300774272
efficientnetb0 385814752
END
[ "$(macs examples/models/resnet18.json)" = \
	"$(macs examples/models/resnet18.onnx)" ]
result $? "the specification of ResNet-18 has the model's multiplications"

# nests FILE: bounds, steps and runs of every nest, sorted
nests() {
	"$nestwright" layers "$@" --json | python3 -c '
import json, sys
for layer in json.load(sys.stdin)["layers"]:
    for nest in layer["nests"]:
        print(sorted(nest["bounds"].items()), nest["stride"],
              nest["dilation"], nest["instances"] * layer["executions"])' |
		sort
}
shared=${NESTWRIGHT_SHARED-../shared}/models
for model in examples/models/resnet18.onnx tests/models/*.onnx \
	"$shared"/mobilenet_v2.onnx "$shared"/dcgan_generator.onnx \
	"$shared"/ds_cnn_kws.onnx "$shared"/r3d_18.onnx \
	"$shared"/bert_base.onnx "$shared"/convtranspose_attribute_zoo.onnx; do
	[ -e "$model" ] || continue
	"$nestwright" spec "$model" -q >"$tmp/spec.json" 2>/dev/null || continue
	nests "$model" >"$tmp/wanted"
	nests "$tmp/spec.json" >"$tmp/found"
	cmp -s "$tmp/wanted" "$tmp/found"
	result $? "the specification of $(basename "$model") has its nests"
done
[ -d "$shared" ] || echo '# skipped: the reference models'

"$nestwright" spec examples/models/resnet18.onnx >/dev/null 2>"$tmp/err"
grep -q "1 entry .*/fc/Gemm" "$tmp/err"
result $? "what a specification does not say is told"
finish
