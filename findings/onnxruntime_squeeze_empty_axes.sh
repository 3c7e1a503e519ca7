#!/bin/sh
# Guess: Squeeze with a list of no axes removes none, as numpy's does.
# What happens: ONNX Runtime takes an empty list for none given, and removes every
# axis of size 1. 1x3x1 becomes 3.
# Right: all axes of size 1 go only "if axes is not provided" (Squeeze's text);
# onnx's reference evaluator keeps 1x3x1. Tools that compute the axes, as a filter
# over sizes does, mean none by an empty list.
# Advice: leave the node out instead of writing an empty list.
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
x = np.ones((1, 3, 1), f32)
none = run("Squeeze", 13, [x, np.array([], i64)])[0].shape
first = run("Squeeze", 13, [x, np.array([0], i64)])[0].shape
absent = run("Squeeze", 13, [x])[0].shape
print("axes (), (0), not given:", none, first, absent)
print("numpy, axes ():", np.squeeze(x, axis=()).shape)
sys.exit((none, first, absent) != ((3,), (3, 1), (3,)))
END
