#!/bin/sh
# Pad with a negative pad in onnx's reference evaluator (2026-12-01, onnx 1.22.0,
# onnxruntime 1.32.0).
#
# The guess: the reference evaluator runs whatever the operator's text allows,
# and for Pad it allows to "remove (if negative)" elements at either end.
# What happens: the reference hands the pads to numpy.pad, which knows none below
# 0, and raises a ValueError; shape inference and ONNX Runtime take the same
# model. Exporters write such pads for crops, so a test suite that compares with
# the reference alone never sees one.
# Right by the text: the crop. Advice: take ONNX Runtime as the oracle for Pad, or
# slice first, then pad: that is what it does, also where one end is cropped and
# the other padded ("wrap" repeats what is left).
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q onnx==1.22.0 onnxruntime==1.32.0
"$work/venv/bin/python" - <<'PY'
import sys
import numpy as np
import onnxruntime
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

onnxruntime.set_default_logger_severity(4)
node = helper.make_node("Pad", ["x", "pads"], ["y"], mode="wrap")
graph = helper.make_graph(
    [node], "g",
    [helper.make_tensor_value_info("x", TensorProto.INT64, [5])],
    [helper.make_tensor_value_info("y", TensorProto.INT64, [6])],
    [helper.make_tensor("pads", TensorProto.INT64, [2], [-2, 3])])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)])
model.ir_version = 9
x = {"x": np.arange(1, 6)}
session = onnxruntime.InferenceSession(
    model.SerializeToString(), providers=["CPUExecutionProvider"])
got = session.run(None, x)[0].tolist()
try:
    reference = ReferenceEvaluator(model).run(None, x)[0].tolist()
except ValueError as error:
    reference = "ValueError: %s" % error
print("ONNX Runtime:", got)
print("reference:   ", reference)
sys.exit(got != [3, 4, 5, 3, 4, 5] or not isinstance(reference, str))
PY
