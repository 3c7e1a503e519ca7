#!/bin/sh
# Guess: Cast of a float to int4 does as Cast to int8: it cuts off the fraction.
# What happens: ONNX Runtime rounds, halves away from zero (0.5 is 1, 2.5 is 3,
# -2.5 is -3), and keeps the low bits of what does not fit (9.5 is 10 is -6); to
# int8 it cuts off. onnx's own reference evaluator cuts off for int4, too.
# Right: "rounding to the nearest integer (with ties to even) and truncating" of
# onnx's page on 4-bit integers: 0, 2, 2, 4, -2. No two of the three agree on all.
# Advice: Round before such a Cast, which leaves nothing to choose.
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
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

x = np.array([0.5, 1.5, 2.5, 3.5, -2.5, 9.5], np.float32)


def cast(kind):
    model = helper.make_model(
        helper.make_graph(
            [helper.make_node("Cast", ["x"], ["c"], to=kind),
             helper.make_node("Cast", ["c"], ["y"], to=TensorProto.FLOAT)], "g",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, x.shape)]),
        opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"])
    return (session.run(None, {"x": x})[0].tolist(),
            ReferenceEvaluator(model).run(None, {"x": x})[0].tolist())


(four, reference), (eight, _) = cast(TensorProto.INT4), cast(TensorProto.INT8)
print("float          :", *x)
print("int4           :", *four)
print("int4, reference:", *reference)
print("int8           :", *eight)
sys.exit((four, reference, eight) != (
    [1, 2, 3, 4, -3, -6], [0, 1, 2, 3, -2, -7], [0, 1, 2, 3, -2, 9]))
END
