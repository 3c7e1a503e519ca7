#!/bin/sh
# Guess: an axis of a reduction means the same counted from either end, for a
# tensor without elements, too.
# What happens: where the input has a size of 0, ONNX Runtime reduces over the
# axes that are 0 or more and leaves out the negative ones: the sum of 2x0x3 over
# axis -2 is 2x0x3, over axis 1 it is 2x1x3. ArgMax of 5x0 over axis -1 is 5x0.
# Right: "Accepted range is [-r, r-1]" of the operators' text: 2x1x3 either way
# (zeros, the sum of nothing); onnx's reference evaluator gives that.
# Advice: write the axes of reductions from the front when a size may be 0, as an
# empty past or no detections make it.
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
empty = np.zeros((2, 0, 3), f32)
shapes = {axis: run("ReduceSum", 13, [empty, np.array([axis], i64)])[0].shape
          for axis in (1, -2)}
shapes["both"] = run("ReduceSum", 13, [empty, np.array([0, -2], i64)])[0].shape
shapes["full"] = run("ReduceSum", 13, [np.zeros((2, 4, 3), f32),
                                       np.array([-2], i64)])[0].shape
print("ReduceSum over axis 1, -2, (0, -2), and -2 of a tensor with elements:",
      *shapes.values())
arg = run("ArgMax", 13, [np.zeros((5, 0), f32)], axis=-1)[0].shape
print("ArgMax of 5x0 over axis -1:", arg)
sys.exit(list(shapes.values()) !=
         [(2, 1, 3), (2, 0, 3), (1, 0, 3), (2, 1, 3)] or arg != (5, 0))
END
