#!/bin/sh
# SplitToSequence with a scalar split and keepdims 0 (2026-12-01, onnxruntime
# 1.32.0, onnx 1.22.0).
#
# The guess: a split is given, so keepdims counts for nothing, as the operator's
# text says: "If input 'split' is specified, this attribute is ignored."
# What happens: ONNX Runtime ignores keepdims beside a list of sizes, but not
# beside one number. With 1 it takes the axis away: two elements of [3] come out
# of [2, 3], where onnx's reference evaluator makes two of [1, 3]. With 2 it tries
# to take away an axis of 2 elements, and the run fails.
# Right by the text: the axis stays. Advice: write keepdims 1 beside a split, and
# leave the input out where single elements are wanted without their axis.
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


def shapes(part, dims):
    """Of the elements: what ONNX Runtime makes, and the reference."""
    node = helper.make_node("SplitToSequence", ["x", "part"], ["y"], axis=0, keepdims=0)
    graph = helper.make_graph(
        [node], "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 3])],
        [helper.make_tensor_sequence_value_info("y", TensorProto.FLOAT, None)],
        [helper.make_tensor("part", TensorProto.INT64, dims, part)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    x = {"x": np.zeros((2, 3), np.float32)}
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"])
    try:
        found = [e.shape for e in session.run(None, x)[0]]
    except Exception as error:
        found = type(error).__name__
    return found, [e.shape for e in ReferenceEvaluator(model).run(None, x)[0]]


right = True
for text, part, dims, runtime, reference in [
        ("the number 1", [1], [], [(3,), (3,)], [(1, 3), (1, 3)]),
        ("the number 2", [2], [], "Fail", [(2, 3)]),
        ("a list 1, 1 ", [1, 1], [2], [(1, 3), (1, 3)], [(1, 3), (1, 3)])]:
    found = shapes(part, dims)
    print("split %s: ONNX Runtime %s, reference %s" % (text, *found))
    right = right and found == (runtime, reference)
sys.exit(not right)
PY
