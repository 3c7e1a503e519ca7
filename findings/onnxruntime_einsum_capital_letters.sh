#!/bin/sh
# Guess: an Einsum equation takes capital letters everywhere.
# What happens: ONNX Runtime takes them in the terms and in an output that is
# written. Where the output is not written and would have one, the node is refused
# when it runs, with "The only subscript labels allowed are lower-cased letters
# (a-z) and upper-cased letters (A-Z)" - which is what the equation has.
# Right: "the labels ... (upper or lower case)" and, without "->", "the output
# term is computed by alphabetical order": 'Ba,ac' gives Bc. numpy and onnx's
# reference evaluator do.
# Advice: write the output of each equation.
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
a, b = np.ones((2, 3), f32), np.ones((3, 4), f32)
shown = {}
for equation in ("Ba,ac->Bc", "bA,Ac", "Ba,ac"):
    made = run("Einsum", 13, [a, b], equation=equation)
    shown[equation] = made if isinstance(made, str) else made[0].shape
    print(equation, ":", str(shown[equation]).splitlines()[0])
print("numpy, of Ba,ac :", np.einsum("Ba,ac", a, b).shape)
sys.exit(shown["Ba,ac->Bc"] != (2, 4) or shown["bA,Ac"] != (2, 4) or
         "only subscript labels allowed" not in shown["Ba,ac"])
END
