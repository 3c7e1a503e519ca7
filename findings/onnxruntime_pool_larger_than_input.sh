#!/bin/sh
# Guess: a pooling whose window is larger than its padded input has no output, or
# is an error, whatever its stride.
# What happens: ONNX Runtime divides (input - window) by the stride with C's
# rounding towards zero. A window of 4 on an input of 2: with stride 1 the size is
# -1, an error; with stride 2 it is 0, an empty output; with stride 3 it is 1, the
# maximum over the two elements that are there. A network that is fed too small an
# image so fails, or goes on with windows that never fitted, depending on strides.
# Right: floor((input + pads - window) / stride) + 1 of MaxPool's text: floor(-2/3)
# is -1, so stride 3 gives 0, as stride 2 does. onnx's shape inference rounds
# towards zero, too; its reference evaluator gives 0.
# Advice: check that each pooling's padded input is as large as its window.
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
x = np.array([[[1, 2]]], f32)
shown = []
for stride in (1, 2, 3):
    made = run("MaxPool", 13, [x], kernel_shape=[4], strides=[stride])
    shown.append("error" if isinstance(made, str) else made[0].tolist())
    print("window 4, input 2, stride %d:" % stride, shown[-1])
sys.exit(shown != ["error", [[[]]], [[[2.0]]]])
END
