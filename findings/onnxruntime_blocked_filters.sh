#!/bin/sh
# ONNX Runtime 1.32.0 (onnxruntime from PyPI, with onnx 1.23.2), 2026-12-01.
#
# Guess: in a model that ONNX Runtime saves at its optimisation level 'all', the
# filter of a com.microsoft.nchwc Conv is an initializer like any other: its
# dims say [outputs, inputs, rows, columns], its elements lie in that order, and
# outputs that were added to fill up a block are filters (rows of dims[0]) of
# zeros at the end.
#
# Real behaviour: dims are those of the filled-up filter, but the elements lie
# in blocks, [outputs / B][inputs / B][rows][columns][B inputs][B outputs] with
# B = 16 on a CPU with AVX-512 and 8 on others (without the blocks of inputs
# where the convolution reads the unblocked input). Read in the order of dims,
# no filter is zero, and every number lands on another output. Neither dims nor
# a value_info nor an attribute says so, and B is nowhere in the file.
#
# By the ONNX text, TensorProto.raw_data holds the elements in row-major order
# of dims; a domain of its own may mean something else by them, but a tool that
# prunes, counts zeros or converts layouts cannot know.
#
# Advice: of a com.microsoft.nchwc Conv, look for padding in the last index of
# [outputs / B][...][B], and take B = 8 only where a stored number of channels
# is no multiple of 16. Better still: save models at level 'extended'.
#
# Exits non-zero when filters are found in the order of their dims.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env >env.log
env/bin/pip -q install onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6 >pip.log
cat >look.py <<'END'
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

rng = np.random.default_rng(1)
# 20 outputs of 16 inputs, 1 x 1: every filter a number of its own.
filters = np.repeat(np.arange(1, 21, dtype=np.float32), 16).reshape(20, 16, 1, 1)
value = helper.make_tensor_value_info
graph = helper.make_graph(
    [helper.make_node("Conv", ["x", "w"], ["y"])], "g",
    [value("x", TensorProto.FLOAT, [1, 16, 6, 6])],
    [value("y", TensorProto.FLOAT, [1, 20, 6, 6])],
    [numpy_helper.from_array(filters, "w")])
onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), "plain.onnx")
options = onnxruntime.SessionOptions()
options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
options.optimized_model_filepath = "all.onnx"
options.log_severity_level = 4
session = onnxruntime.InferenceSession("plain.onnx", options)

model = onnx.load("all.onnx")
conv = [n for n in model.graph.node if n.domain == "com.microsoft.nchwc" and n.op_type == "Conv"]
if not conv:
    print("this CPU has no blocked convolutions: nothing to see")
    raise SystemExit(0)
stored = [numpy_helper.to_array(i) for i in model.graph.initializer if i.name == conv[0].input[1]][0]
flat = stored.reshape(-1)
for block in (16, 8):
    if stored.shape[0] % block == 0 and stored.shape[0] - 20 < block:
        last = flat[-(flat.size // stored.shape[0]) * block:].reshape(-1, block)
        print(f"dims {stored.shape}; in blocks of {block}, the last one has "
              f"{int((last == 0).all(axis=0).sum())} outputs of zeros")
        in_blocks = (last == 0).all(axis=0).sum() == stored.shape[0] - 20
        break
rows = stored.reshape(stored.shape[0], -1)
print(f"in the order of dims, {int((rows == 0).all(axis=1).sum())} filters are zero, "
      f"and {int(sum(len(set(r)) > 1 for r in rows))} of {len(rows)} mix numbers of several")
right = numpy_helper.to_array(onnx.load("plain.onnx").graph.initializer[0])
in_order = np.array_equal(stored[:20], right) and not rows[20:].any()
raise SystemExit(1 if in_order or not in_blocks else 0)
END
env/bin/python look.py
