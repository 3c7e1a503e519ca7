#!/usr/bin/env python3
"""Writes the attention models of tests/cases that are not from a report; needs
python3-onnx.

    python3 tests/tools/make_cases.py [FOLDER]
"""
import os
import sys

from onnx import TensorProto, helper

FLOAT, INT32, INT64 = TensorProto.FLOAT, TensorProto.INT32, TensorProto.INT64
FLOAT16, INT8, UINT8 = TensorProto.FLOAT16, TensorProto.INT8, TensorProto.UINT8


class Model:
    """One node, its inputs and outputs."""

    def __init__(self):
        self.inputs, self.constants = [], []

    def input(self, name, shape, kind=FLOAT):
        self.inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def constant(self, name, numbers, kind=INT32):
        self.constants.append(helper.make_tensor(name, kind, [len(numbers)], numbers))
        return name

    def node(self, op, inputs, outputs, domain="com.microsoft", kind=FLOAT, **attributes):
        node = helper.make_node(op, inputs, outputs, name="node", domain=domain, **attributes)
        results = [helper.make_tensor_value_info(name, kind, None) for name in outputs]
        graph = helper.make_graph([node], "g", self.inputs, results, self.constants)
        return helper.make_model(graph, producer_name="nestwright-tests", ir_version=10,
                                 opset_imports=[helper.make_opsetid("", 24),
                                                helper.make_opsetid("com.microsoft", 1)])


def gqa_lengths():
    m = Model()
    inputs = [m.input("qkv", [2, 1, 64]), "", "", m.input("pk", [2, 2, 24, 8]),
              m.input("pv", [2, 2, 24, 8]), m.constant("lengths", [6, 10]),
              m.constant("total", [24])]
    return m.node("GroupQueryAttention", inputs, ["y", "k", "v"], num_heads=4, kv_num_heads=2)


def gqa_values():
    m = Model()
    inputs = [m.input("q", [2, 3, 32]), m.input("k", [2, 3, 16]), m.input("v", [2, 3, 16]),
              m.input("pk", [2, 2, 24, 8]), m.input("pv", [2, 2, 24, 8]),
              m.input("lengths", [2], INT32), m.input("total", [1], INT32)]
    return m.node("GroupQueryAttention", inputs, ["y", "pk2", "pv2"], num_heads=4, kv_num_heads=2)


def mha_packed_kv():
    m = Model()
    inputs = [m.input("q", [2, 5, 24]), m.input("kv", [2, 9, 3, 2, 8]), "", "",
              m.constant("lengths", [4, 7])]
    return m.node("MultiHeadAttention", inputs, ["y"], num_heads=3)


def mha_packed_qkv():
    m = Model()
    inputs = [m.input("qkv", [2, 5, 3, 3, 8]), "", "", m.input("bias", [72]), "", "",
              m.input("pk", [2, 3, 6, 8]), m.input("pv", [2, 3, 6, 8])]
    return m.node("MultiHeadAttention", inputs, ["y", "k", "v"], num_heads=3)


def attention_past():
    m = Model()
    inputs = [m.input("x", [2, 5, 10]), m.input("w", [10, 36]), m.input("b", [36]), "",
              m.input("past", [2, 2, 3, 6, 4])]
    return m.node("Attention", inputs, ["y", "present"], num_heads=3)


def attention_nonpad():
    m = Model()
    inputs = [m.input("q", [2, 4, 5, 8]), m.input("k", [2, 2, 9, 8]), m.input("v", [2, 2, 9, 6]),
              "", "", "", m.constant("lengths", [3, 7], INT64)]
    return m.node("Attention", inputs, ["y"], domain="")


def qattention_past():
    m = Model()
    inputs = [m.input("x", [2, 5, 10], UINT8), m.input("w", [10, 36], INT8), m.input("b", [36]),
              m.input("xs", []), m.input("ws", [36]), m.constant("mask", [9, 10]),
              m.input("xz", [], UINT8), m.input("wz", [36], INT8),
              m.input("past", [2, 2, 3, 6, 4])]
    return m.node("QAttention", inputs, ["y", "present"], num_heads=3)


def decoder_shared():
    m = Model()
    inputs = [m.input("q", [2, 1, 32], FLOAT16), m.input("k", [2, 1, 32], FLOAT16),
              m.input("v", [2, 1, 32], FLOAT16), "", "", m.input("pk", [2, 2, 24, 16], FLOAT16),
              m.input("pv", [2, 2, 24, 16], FLOAT16), m.constant("past", [10])]
    return m.node("DecoderMaskedMultiHeadAttention", inputs, ["y", "k2", "v2"], kind=FLOAT16,
                  num_heads=2, past_present_share_buffer=1)


def packed_attention():
    m = Model()
    inputs = [m.input("x", [9, 10]), m.input("w", [10, 36]), m.input("b", [36]),
              m.input("offset", [3, 4], INT32), m.constant("sums", [0, 4, 8, 9])]
    return m.node("PackedAttention", inputs, ["y"], num_heads=3)


def paged_attention():
    m = Model()
    inputs = [m.input("q", [7, 32]), m.input("k", [7, 16]), m.input("v", [7, 16]),
              m.input("kc", [9, 4, 2, 8]), m.input("vc", [9, 4, 2, 8]),
              m.constant("sums", [0, 2, 7]), m.constant("past", [6, 0]),
              m.input("table", [2, 4], INT32)]
    return m.node("PagedAttention", inputs, ["y"], num_heads=4, kv_num_heads=2)


MODELS = [gqa_lengths, gqa_values, mha_packed_kv, mha_packed_qkv, attention_past,
          attention_nonpad, qattention_past, decoder_shared, packed_attention, paged_attention]


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else "tests/cases"
    for make in MODELS:
        path = os.path.join(folder, make.__name__ + ".onnx")
        with open(path, "wb") as file:
            file.write(make().SerializeToString())


main()
