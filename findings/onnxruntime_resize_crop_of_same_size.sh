#!/bin/sh
# Guess: tf_crop_and_resize crops, whatever the output's size is.
# What happens: along an axis whose output is as long as its input ONNX Runtime
# copies the elements and looks at no roi. The crop 0 .. 0.5 of four elements
# comes out when it is stretched to 5 or 8; to 4 all four elements come out
# unchanged. A region that happens to have the image's own size is not cropped.
# Right: "x_original = start_x * (length_original - 1) + x_resized * (end_x -
# start_x) * (length_original - 1) / (length_resized - 1)" of Resize's text, for
# any size: 0 0 1 1 for four (nearest, half rounded down).
# Advice: crop with Slice, then resize.
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
for size in (4, 5, 8):
    made = run("Resize", 13,
               [x, np.array([0, 0.5], f32), None, np.array([size], i64)],
               coordinate_transformation_mode="tf_crop_and_resize",
               mode="nearest")
    shown.append(made[0].tolist())
    print("0 1 2 3, roi 0 .. 0.5, to %d:" % size, *shown[-1])
sys.exit(shown != [[0, 1, 2, 3], [0, 0, 1, 1, 1], [0, 0, 0, 1, 1, 1, 1, 1]])
END
