#!/usr/bin/env python3
"""Writes models of tests/cases whose operators only ONNX Runtime has, and one of
an expert that is written out; needs python3-onnx.

    python3 tests/tools/make_ms_cases.py [FOLDER]
"""
import os
import sys

from onnx import TensorProto, helper

FLOAT, UINT8, INT32 = TensorProto.FLOAT, TensorProto.UINT8, TensorProto.INT32


def model(name, op, inputs, weights, outputs, attributes, opset=17, domain="com.microsoft"):
    """One node. inputs and weights: (name, type, dims), '' is left out; the
    order is that of the node's inputs."""
    order = [v[0] if v else "" for v in inputs]
    given = [v for v in inputs if v and v[0] not in weights]
    stored = [v for v in inputs if v and v[0] in weights]
    bytes_of = {FLOAT: 4, UINT8: 1, INT32: 4}
    tensors = []
    for n, t, dims in stored:
        count = 1
        for d in dims:
            count *= d
        tensors.append(helper.make_tensor(n, t, dims, bytes(count * bytes_of[t]), raw=True))
    node = helper.make_node(op, order, outputs, domain=domain, **attributes)
    graph = helper.make_graph(
        [node], "g", [helper.make_tensor_value_info(n, t, d) for n, t, d in given],
        [helper.make_tensor_value_info(o, FLOAT, None) for o in outputs if o], tensors)
    opsets = [helper.make_opsetid("", opset)]
    if domain:
        opsets.append(helper.make_opsetid(domain, 1))
    made = helper.make_model(graph, opset_imports=opsets)
    made.ir_version = 8
    return name, made


def moe(name, x, experts, hidden, inter, fused, third, **attributes):
    tokens = 1
    for d in x[:-1]:
        tokens *= d
    inputs = [("x", FLOAT, x), ("router", FLOAT, (tokens, experts)),
              ("fc1", FLOAT, (experts, inter * (2 if fused else 1), hidden)), None,
              ("fc2", FLOAT, (experts, hidden, inter))]
    if third:
        inputs += [None, ("fc3", FLOAT, (experts, inter, hidden))]
    return model(name, "MoE", inputs, ("fc1", "fc2", "fc3"), ["y"], attributes)


def qmoe(name, x, experts, hidden, inter, bits, fused, third, **attributes):
    tokens = 1
    for d in x[:-1]:
        tokens *= d
    pack, rows = 8 // bits, inter * (2 if fused else 1)
    inputs = [("x", FLOAT, x), ("router", FLOAT, (tokens, experts)),
              ("fc1", UINT8, (experts, rows, hidden // pack)), ("s1", FLOAT, (experts, rows)), None,
              ("fc2", UINT8, (experts, hidden, inter // pack)), ("s2", FLOAT, (experts, hidden)), None]
    if third:
        inputs += [("fc3", UINT8, (experts, inter, hidden // pack)), ("s3", FLOAT, (experts, inter))]
    return model(name, "QMoE", inputs, ("fc1", "s1", "fc2", "s2", "fc3", "s3"), ["y"],
                 dict(attributes, expert_weight_bits=bits))


def packed(name, op, weights, depth, block, skip, attributes, outputs):
    blocks = (depth + block - 1) // block
    inputs = [("x", FLOAT, (2, 5, depth)), None, ("norm", FLOAT, (depth,)) if skip else None]
    names = ["norm"]
    for n, columns in weights:
        inputs += [(n, UINT8, (columns, blocks, block // 2)), ("s" + n, FLOAT, (columns * blocks,)), None]
        names += [n, "s" + n]
    return model(name, op, inputs[:-1], names, outputs, attributes)


def routed(name):
    """The rows that a mask names, by a matrix: their number hangs on data."""
    nodes = [helper.make_node("NonZero", ["mask"], ["rows"]),
             helper.make_node("Squeeze", ["rows", "zero"], ["flat"]),
             helper.make_node("Gather", ["x", "flat"], ["chosen"]),
             helper.make_node("MatMul", ["chosen", "w"], ["y"])]
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("mask", TensorProto.BOOL, (10,)),
                     helper.make_tensor_value_info("x", FLOAT, (10, 6))],
        [helper.make_tensor_value_info("y", FLOAT, None)],
        [helper.make_tensor("zero", TensorProto.INT64, (1,), [0]),
         helper.make_tensor("w", FLOAT, (6, 7), bytes(4 * 6 * 7), raw=True)])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    made.ir_version = 8
    return name, made


MODELS = [
    routed("routed_rows"),
    moe("ms_moe_relu", (10, 6), 4, 6, 7, False, False, k=2),
    moe("ms_moe_silu_3d", (2, 3, 6), 4, 6, 7, False, True, k=2, activation_type="silu"),
    moe("ms_moe_gelu_one", (1, 6), 4, 6, 7, False, False, activation_type="gelu"),
    moe("ms_moe_swiglu", (5, 6), 4, 6, 7, True, False, k=2, activation_type="swiglu", swiglu_fusion=1),
    qmoe("ms_qmoe_4bit", (5, 8), 4, 8, 6, 4, False, False, k=2),
    qmoe("ms_qmoe_8bit_3d", (2, 3, 8), 4, 8, 6, 8, True, False, activation_type="swiglu", swiglu_fusion=2),
    qmoe("ms_qmoe_fc3", (5, 8), 4, 8, 12, 4, False, True, k=2, activation_type="silu"),
    model("causal_conv", "CausalConvWithState",
          [("x", FLOAT, (2, 3, 8)), ("w", FLOAT, (3, 1, 4))], ("w",), ["y", "state"], {}, 27, ""),
    model("ms_causal_conv_state", "CausalConvWithState",
          [("x", FLOAT, (2, 8, 3)), ("w", FLOAT, (3, 1, 4)), None, ("past", FLOAT, (2, 6, 3))], ("w",),
          ["y", "state"], dict(channels_last=1, dilation=2, activation="silu")),
    model("ms_causal_conv_varlen", "VarlenCausalConvWithState",
          [("x", FLOAT, (9, 4)), ("w", FLOAT, (4, 1, 3)), ("ends", INT32, (3,)), None,
           ("past", FLOAT, (2, 4, 2))], ("w",), ["y", "state"], {}),
    model("ms_attn_lstm", "AttnLSTM",
          [("x", FLOAT, (5, 2, 3)), ("w", FLOAT, (1, 16, 8)), ("r", FLOAT, (1, 16, 4)), None, None, None,
           None, None, ("qw", FLOAT, (1, 4, 7)), ("mw", FLOAT, (1, 6, 7)), ("v", FLOAT, (1, 7)),
           ("m", FLOAT, (2, 8, 6)), None, ("aw", FLOAT, (1, 10, 5))],
          ("w", "r", "qw", "mw", "v", "aw"), ["y", "y_h"], dict(hidden_size=4)),
    packed("ms_nbits_mlp", "MatMulNBitsMlp", [("gate", 3), ("up", 3)], 32, 32, True,
           dict(K=32, N=3, bits=4, block_size=32, activation="silu"), ["y"]),
    packed("ms_nbits_qkv", "MatMulNBitsQkv", [("q", 7), ("k", 3), ("v", 3)], 20, 16, False,
           dict(K=20, Nq=7, Nkv=3, bits=4, block_size=16), ["q_out", "k_out", "v_out"]),
]


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else "tests/cases"
    for name, made in MODELS:
        with open(os.path.join(folder, name + ".onnx"), "wb") as f:
            f.write(made.SerializeToString(deterministic=True))


if __name__ == "__main__":
    main()
