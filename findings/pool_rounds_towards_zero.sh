#!/bin/sh
# A pooling window that is larger than its input (2026-12-01, onnxruntime
# 1.32.0, onnx 1.22.0).
#
# The guess: without ceil_mode the number of windows is rounded down, so a window
# of 3 in 2 elements by steps of 2 fits floor((2 - 3) / 2) + 1 = 0 times, and the
# model is refused; ceil_mode 1 gives ceil(-1 / 2) + 1 = 1.
# What happens: ONNX Runtime divides integers, which rounds towards zero: -1 / 2
# is 0 there, and MaxPool gives one element whatever ceil_mode says. A step of 1
# gives none, and one of 4 again one: how much too large a window may be hangs on
# the step. A network that is run at a small resolution seems to work with
# ceil_mode 0, too, until another runtime rounds as the text says.
# Right by the text: no window, an error. Advice: set ceil_mode 1 where such a
# resolution is meant.
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

onnxruntime.set_default_logger_severity(4)


def pooled(step, ceil):
    node = helper.make_node("MaxPool", ["x"], ["y"], kernel_shape=[3],
                            strides=[step], ceil_mode=ceil)
    graph = helper.make_graph(
        [node], "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, 2])],
        [helper.make_empty_tensor_value_info("y")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": np.ones((1, 1, 2), np.float32)})[0].shape[2]


found = [(step, ceil, pooled(step, ceil)) for step in (1, 2, 4) for ceil in (0, 1)]
for step, ceil, size in found:
    text = (-(1 // step) if ceil else -1 // step) + 1
    print("step %d, ceil_mode %d: %d elements, by the text %d" % (step, ceil, size, text))
sys.exit([size for _, _, size in found] != [0, 0, 1, 1, 1, 1])
PY
