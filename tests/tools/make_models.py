#!/usr/bin/env python3
"""Writes the small models of tests/models; needs python3-onnx.

    python3 tests/tools/make_models.py [FOLDER]
"""
import os
import sys

from onnx import TensorProto, helper

FLOAT = TensorProto.FLOAT


def value(name, shape):
    return helper.make_tensor_value_info(name, FLOAT, shape)


def weight(name, dims):
    count = 1
    for dim in dims:
        count *= dim
    return helper.make_tensor(name, FLOAT, dims, bytes(4 * count), raw=True)


def model(nodes, inputs, outputs, weights, opset=13):
    graph = helper.make_graph(nodes, "g", inputs, outputs, weights)
    made = helper.make_model(graph, producer_name="nestwright-tests",
                             opset_imports=[helper.make_opsetid("", opset or 1)])
    made.ir_version = 7
    if opset is None:
        del made.opset_import[:]
    return made


def conv(shape=(1, 2, 9, 8), dims=(3, 2, 3, 2), opset=13, name="conv",
         **attributes):
    """One convolution: of x by w into y, whose shape is left open."""
    nodes = [helper.make_node("Conv", ["x", "w"], ["y"], name=name, **attributes)]
    return model(nodes, [value("x", shape)], [value("y", None)],
                 [weight("w", dims)], opset)


def chain(names):
    """Convolutions in a row, one of each name, all different in size."""
    nodes, weights, before, channels = [], [], "x", 2
    for k, name in enumerate(names):
        nodes.append(helper.make_node("Conv", [before, f"w{k}"], [f"y{k}"], name=name))
        weights.append(weight(f"w{k}", (k + 3, channels, 1, 1)))
        before, channels = f"y{k}", k + 3
    return model(nodes, [value("x", (1, 2, 3, 4))], [value(before, None)], weights)


def mixed():
    """A model with a folded node, a node that does not multiply, equal layers,
    a grouped convolution and a matrix product."""
    nodes = [
        helper.make_node("Conv", ["x", "w0"], ["a"], name="first", pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["a"], ["b"], name="relu"),
        helper.make_node("Conv", ["b", "w1"], ["c"], name="second", pads=[1, 1, 1, 1]),
        helper.make_node("Conv", ["c", "w2"], ["d"], name="grouped", group=2),
        helper.make_node("Identity", ["w3"], ["w4"], name="same"),
        helper.make_node("Flatten", ["d"], ["e"], name="flat"),
        helper.make_node("Gemm", ["e", "w4"], ["y"], name="head", transB=1),
    ]
    weights = [weight("w0", (4, 4, 3, 3)), weight("w1", (4, 4, 3, 3)),
               weight("w2", (6, 2, 3, 1)), weight("w3", (10, 6 * 4 * 8))]
    return model(nodes, [value("x", (1, 4, 6, 8))], [value("y", None)], weights)


def grouped():
    """Attention of 4 heads that share 2 of K and V, step by step: products
    whose rows no one loop can run over, and so have forms."""
    nodes = [
        helper.make_node("Einsum", ["q", "k"], ["scores"], name="scores",
                         equation="skgd,tkd->kgst"),
        helper.make_node("Softmax", ["scores"], ["p"], name="softmax", axis=-1),
        helper.make_node("Einsum", ["p", "v"], ["y"], name="result",
                         equation="kgst,tkd->skgd"),
    ]
    return model(nodes, [value("q", (8, 2, 2, 6)), value("k", (10, 2, 6)),
                         value("v", (10, 2, 6))],
                 [value("y", (8, 2, 2, 6))], [], opset=13)


MODELS = {
    "grouped": grouped(),
    "conv": conv(),
    "mixed": mixed(),
    "batch": conv(("batch", 2, 9, 8)),
    "names": chain(["with space", "a/b", "a_b", "quote'\"", "größe",
                    "x" * 300, "x" * 299 + "y", "-rf", "..", ""]),
    "opset5": conv(opset=5),
    "opset6": conv(opset=6),
    "opset_none": conv(opset=None),
    "opset99": conv(opset=99),
    "zero": conv((1, 2, 0, 8)),
    "negative": conv((1, 2, -9, 8)),
    "channels": conv(dims=(3, 5, 3, 2)),
    "group": conv(dims=(3, 1, 3, 2), group=2),
    "kernel": conv(kernel_shape=[3, 3]),
    "window": conv(dims=(3, 2, 10, 2)),
    "empty_graph": model([], [], [], []),
    "not_lowered": model(
        [helper.make_node("Relu", ["x"], ["y"], name="relu")],
        [value("x", (1, 2))], [value("y", None)], []),
}


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(
        os.path.dirname(__file__), "..", "models")
    for name, made in MODELS.items():
        with open(os.path.join(folder, name + ".onnx"), "wb") as out:
            out.write(made.SerializeToString())


main()
