#!/bin/sh
# ONNX Runtime 1.32.0 (onnxruntime from PyPI, with onnx 1.23.2), 2026-12-01.
#
# Guess: com.microsoft.GroupQueryAttention attends to total_sequence_length keys,
# and refuses a seqlens_k that says otherwise: by the operator's text the one is
# the largest total (past and new rows) of the batch, the other each sequence's
# total less one.
#
# Real behaviour, on the CPU: seqlens_k alone decides. With a past of 8 rows and
# one new row, seqlens_k = 3 gives the mean of 3 old values and the new one
# whether total_sequence_length is 4, 8 or 9, and the new row lies at row 3 of the
# present; seqlens_k = 7 with a total of 4, less than its own 8 keys, is computed
# with 8. total_sequence_length decides how many rows the present has: the larger
# of it and of the past's rows.
#
# Right by the text is a model in which both agree; of others the text says
# nothing.
#
# Advice: to know how much work the operator does, read seqlens_k first and
# total_sequence_length only where that is not known; give a shared buffer's
# present the past's size.
#
# Exits non-zero when total_sequence_length changes the result or is checked.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env >env.log
env/bin/pip -q install onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6 >pip.log
cat >look.py <<'END'
import numpy as np
import onnxruntime
from onnx import TensorProto, helper

onnxruntime.set_default_logger_severity(4)
PAST, SIZE = 8, 8
SHAPES = {"q": [1, 1, SIZE], "k": [1, 1, SIZE], "v": [1, 1, SIZE],
          "past_k": [1, 1, PAST, SIZE], "past_v": [1, 1, PAST, SIZE]}


def run(last, total):
    """Keys are all zero, so that the result is the mean of the values in use."""
    value = helper.make_tensor_value_info
    node = helper.make_node("GroupQueryAttention", [*SHAPES, "last", "total"], ["y", "k2", "v2"],
                            domain="com.microsoft", num_heads=1, kv_num_heads=1)
    graph = helper.make_graph(
        [node], "g", [value(n, TensorProto.FLOAT, s) for n, s in SHAPES.items()],
        [value(n, TensorProto.FLOAT, None) for n in ("y", "k2", "v2")],
        [helper.make_tensor("last", TensorProto.INT32, [1], [last]),
         helper.make_tensor("total", TensorProto.INT32, [], [total])])
    model = helper.make_model(graph, ir_version=8, opset_imports=[
        helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)])
    feeds = {n: np.zeros(s, np.float32) for n, s in SHAPES.items()}
    feeds["past_v"] += np.arange(1, PAST + 1, dtype=np.float32).reshape(1, 1, PAST, 1)
    feeds["v"] += 100
    session = onnxruntime.InferenceSession(model.SerializeToString(),
                                           providers=["CPUExecutionProvider"])
    y, _, present = session.run(None, feeds)
    print(f"seqlens_k {last}, total {total}: result {y[0, 0, 0]}, present has "
          f"{present.shape[2]} rows: {present[0, 0, :, 0]}")
    return float(y[0, 0, 0])


agree = run(8, 9)
few = [run(3, total) for total in (4, 8, 9)]
more = run(7, 4)
same = abs(agree - 136 / 9) < 1e-4 and all(abs(r - 26.5) < 1e-4 for r in few)
raise SystemExit(0 if same and abs(more - 16) < 1e-4 else 1)
END
env/bin/python look.py
