#!/bin/sh
# Guess: Resize takes its axes from either end, with keep_aspect_ratio_policy, too.
# What happens: with a policy other than stretch, ONNX Runtime leaves negative axes
# out: the sizes asked for along them neither set the ratio nor are applied. 4x3 to
# 8x6 over axes (0, 1) is 8x6; over (-2, -1) nothing is resized, in silence; over
# (-2, 1) one axis is. With stretch, negative axes work.
# Right: "Accepted range is [-r, r-1]" and one formula for the policy in Resize's
# text: 8x6 each time.
# Advice: write the axes of a Resize from the front.
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
x = np.ones((4, 3), f32)
shown = []
for policy, axes in (("not_larger", (0, 1)), ("not_larger", (-2, -1)),
                     ("not_larger", (-2, 1)), ("stretch", (-2, -1))):
    made = run("Resize", 18, [x, None, None, np.array([8, 6], i64)],
               axes=axes, keep_aspect_ratio_policy=policy)
    shown.append(made[0].shape)
    print("4x3 to 8x6, %s, axes %s:" % (policy, axes), shown[-1])
sys.exit(shown != [(8, 6), (4, 3), (4, 6), (8, 6)])
END
