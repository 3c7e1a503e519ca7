#!/bin/sh
# Guess: an end far beyond the data is clamped, in each direction of a Slice.
# What happens: with a negative step ONNX Runtime takes the ends 2^31 - 1 and
# 2^63 - 1, and no others, for "through the first element". [-1 : 2^31 - 1 : -1]
# turns a tensor around, [-1 : 2^31 - 2 : -1] is empty.
# Right: "for negative stepping it is clamped to [-1, dims-1]" (Slice's text): the
# end becomes the last element, and nothing is left of it. onnx's shape inference
# and reference evaluator say so.
# Advice: to go through the first element write an end of -2^63 (or any number
# below -size).
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
x = np.arange(4, dtype=f32)
shown = []
for end in (2**31 - 2, 2**31 - 1, 2**31, 2**63 - 1, -2**63):
    made = run("Slice", 13, [x] + [np.array([n], i64) for n in (-1, end, 0, -1)])
    shown.append(made[0].tolist())
    print("[-1 : %d : -1]:" % end, shown[-1])
back = [3.0, 2.0, 1.0, 0.0]
sys.exit(shown != [[], back, [], back, back])
END
