#!/bin/sh
# Guess: a ConvTranspose with auto_pad SAME_UPPER makes stride times its input.
# What happens: ONNX Runtime pads by max(0, what the window reaches too far). Where
# the window is smaller than the stride it reaches too little, and the output is
# (input - 1) * stride + window: 4 elements with stride 2 and window 1 become 7.
# onnx's shape inference follows.
# Right: "pad the input so that output_shape[i] = input_shape[i] * strides[i]" of
# ConvTranspose's text: 8, as onnx's reference evaluator gives it.
# Advice: write output_padding and explicit pads instead of SAME.
# onnxruntime 1.30.0, onnx 1.23.2, 2026-12-01.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check \
	onnxruntime==1.30.0 onnx==1.23.2 numpy
"$dir/venv/bin/python" - <<'END'
import sys

import numpy as np
import onnxruntime
from onnx import ValueInfoProto, helper


def run(op, opset, inputs, outputs=1, **attributes):
    """Outputs of one node, or the error. None: an input that is left out."""
    names = ["" if x is None else "x%d" % i for i, x in enumerate(inputs)]
    feeds = {n: x for n, x in zip(names, inputs) if n}
    results = ["y%d" % i for i in range(outputs)]
    model = helper.make_model(
        helper.make_graph(
            [helper.make_node(op, names, results, **attributes)], "g",
            [helper.make_tensor_value_info(
                n, helper.np_dtype_to_tensor_dtype(x.dtype), x.shape)
             for n, x in feeds.items()],
            [ValueInfoProto(name=r) for r in results]),
        opset_imports=[helper.make_opsetid("", opset)], ir_version=10)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(
            model.SerializeToString(), options,
            providers=["CPUExecutionProvider"])
        return session.run(None, feeds)
    except Exception as error:
        return str(error)


f32, i64 = np.float32, np.int64
x = np.ones((1, 1, 4), f32)
shown = []
for window in (1, 2, 3):
    made = run("ConvTranspose", 11, [x, np.ones((1, 1, window), f32)],
               strides=[2], auto_pad="SAME_UPPER")
    shown.append(made[0].shape[2])
    print("4 elements, stride 2, window %d:" % window, shown[-1])
sys.exit(shown != [7, 8, 8])
END
