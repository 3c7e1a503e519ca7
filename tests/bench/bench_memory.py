#!/usr/bin/env python3
"""Peak memory and time of 'layers' on graphs of many nodes.

    tests/bench/bench_memory.py [--base PROGRAM] [--nodes N] [KIND]...

Models of one kind of graph each are made in build/bench, of 20,000 nodes unless
told. With the program of another version the two run in turn, and the table
ends with the ratio of their memory and time; exits 1 where the ratio is above
a third or 0.7. Time is user and system time, the least of RUNS.
"""
import argparse
import os
import subprocess
import sys

from onnx_bytes import (BOOL, INT64, function, graph, model, node,
                        tensor, value)

FOLDER = "build/bench"
PROGRAM, PEAK = "build/nestwright", "build/release/peak"
RUNS = 5
MOST_MEMORY, MOST_TIME = 1 / 3, 0.7


def conv_relu(count):
    """Every Conv has a weight and a bias of its own."""
    nodes, tensors, last = [], [], "x"
    for i in range(count // 2):
        tensors += [tensor("block.%d.weight" % i, [8, 8, 3, 3]),
                    tensor("block.%d.bias" % i, [8])]
        nodes += [node("Conv", [last, "block.%d.weight" % i,
                                "block.%d.bias" % i], ["c%d" % i],
                       "/block.%d/Conv" % i, kernel_shape=[3, 3],
                       pads=[1, 1, 1, 1], strides=[1, 1], group=1),
                  node("Relu", ["c%d" % i], ["r%d" % i],
                       "/block.%d/Relu" % i)]
        last = "r%d" % i
    return graph("conv_relu", nodes, [value("x", [1, 8, 32, 32])],
                 [value(last, [1, 8, 32, 32])], tensors)


def one_weight(count):
    """A chain of Conv and Relu that share one weight, with short names."""
    nodes = []
    for i in range(count):
        last = "v%d" % i if i else "x"
        nodes.append(
            node("Conv", [last, "w"], ["v%d" % (i + 1)], "node_%d" % i,
                 kernel_shape=[3, 3], pads=[1, 1, 1, 1]) if i % 2 else
            node("Relu", [last], ["v%d" % (i + 1)], "node_%d" % i))
    return graph("one_weight", nodes, [value("x", [1, 8, 32, 32])],
                 [value("v%d" % count, [1, 8, 32, 32])],
                 [tensor("w", [8, 8, 3, 3])])


def elementwise(count):
    """No layer at all, every value with its shape in the file."""
    ops = ["Relu", "Sigmoid", "Mul", "Add"]
    nodes, infos = [], []
    for i in range(count):
        last = "v%d" % i if i else "x"
        nodes.append(node(ops[i % 4], [last, "x"][:1 + i % 4 // 2],
                          ["v%d" % (i + 1)], "/act/node_%d" % i))
        infos.append(value("v%d" % (i + 1), [1, 8, 32, 32]))
    return graph("elementwise", nodes, [value("x", [1, 8, 32, 32])],
                 [value("v%d" % count, [1, 8, 32, 32])], (), infos)


def initializers(count):
    nodes, tensors = [], []
    for i in range(count):
        tensors.append(tensor("layers.%d.scale" % i, [1, 8]))
        nodes.append(node("Mul", ["v%d" % i if i else "x",
                                  "layers.%d.scale" % i], ["v%d" % (i + 1)],
                          "/layers.%d/Mul" % i))
    return graph("initializers", nodes, [value("x", [1, 8])],
                 [value("v%d" % count, [1, 8])], tensors)


def constants(count):
    """Sizes worked out with Shape, Gather, Concat, as exporters write it."""
    nodes, last = [], "x"
    for i in range(count // 10):
        p = "/b%d/" % i
        nodes += [
            node("Shape", [last], [p + "Shape_out"], p + "Shape"),
            node("Constant", [], [p + "C0"], p + "C0",
                 value=tensor("", [], [0])),
            node("Gather", [p + "Shape_out", p + "C0"], [p + "Gather_out"],
                 p + "Gather", axis=0),
            node("Constant", [], [p + "C1"], p + "C1",
                 value=tensor("", [1], [0])),
            node("Unsqueeze", [p + "Gather_out", p + "C1"],
                 [p + "Unsqueeze_out"], p + "Unsqueeze"),
            node("Constant", [], [p + "C2"], p + "C2",
                 value=tensor("", [1], [-1])),
            node("Constant", [], [p + "C3"], p + "C3",
                 value=tensor("", [1], [32 if i % 2 else 64])),
            node("Concat", [p + "Unsqueeze_out", p + "C2", p + "C3"],
                 [p + "Concat_out"], p + "Concat", axis=0),
            node("Reshape", [last, p + "Concat_out"], [p + "Reshape_out"],
                 p + "Reshape"),
            node("Relu", [p + "Reshape_out"], [p + "Relu_out"], p + "Relu")]
        last = p + "Relu_out"
    return graph("constants", nodes, [value("x", ["batch", 16, 64])],
                 [value(last, ["batch", "a", "b"])])


def attention_block(p, last, width, heads, nodes, tensors, infos):
    """One layer of a transformer; the names as PyTorch's exporter has them."""
    def add(op, inputs, short, dims, **attrs):
        out = p + short + "_output_0"
        nodes.append(node(op, inputs, [out], p + short, **attrs))
        infos.append(value(out, dims))
        return out

    def dense(inner, short, rows, columns):
        tensors.append(tensor(p + short + ".weight", [rows, columns]))
        tensors.append(tensor(p + short + ".bias", [columns]))
        inner = add("MatMul", [inner, p + short + ".weight"],
                    short + "/MatMul", [1, 16, columns])
        return add("Add", [p + short + ".bias", inner], short + "/Add",
                   [1, 16, columns])

    def norm(inner, short):
        tensors.extend([tensor(p + short + ".weight", [width]),
                        tensor(p + short + ".bias", [width])])
        return add("LayerNormalization",
                   [inner, p + short + ".weight", p + short + ".bias"],
                   short + "/LayerNormalization", [1, 16, width],
                   axis=-1, epsilon=1e-5)

    each = width // heads
    inner, split = norm(last, "input_layernorm"), []
    for short, perm in (("q", [0, 2, 1, 3]), ("k", [0, 2, 3, 1]),
                        ("v", [0, 2, 1, 3])):
        out = dense(inner, "self_attn/%s_proj" % short, width, width)
        out = add("Reshape", [out, "heads"], "self_attn/Reshape_" + short,
                  [1, 16, heads, each])
        split.append(add("Transpose", [out], "self_attn/Transpose_" + short,
                         [[1, 16, heads, each][k] for k in perm], perm=perm))
    out = add("MatMul", split[:2], "self_attn/MatMul", [1, heads, 16, 16])
    out = add("Div", [out, "root"], "self_attn/Div", [1, heads, 16, 16])
    out = add("Softmax", [out], "self_attn/Softmax", [1, heads, 16, 16],
              axis=-1)
    out = add("MatMul", [out, split[2]], "self_attn/MatMul_1",
              [1, heads, 16, each])
    out = add("Transpose", [out], "self_attn/Transpose", [1, 16, heads, each],
              perm=[0, 2, 1, 3])
    out = add("Reshape", [out, "joined"], "self_attn/Reshape", [1, 16, width])
    out = dense(out, "self_attn/out_proj", width, width)
    last = add("Add", [last, out], "Add", [1, 16, width])
    out = dense(norm(last, "post_layernorm"), "mlp/fc1", width, 2 * width)
    out = add("Gelu", [out], "mlp/Gelu", [1, 16, 2 * width])
    out = dense(out, "mlp/fc2", 2 * width, width)
    return add("Add", [last, out], "Add_1", [1, 16, width])


def transformer(count, prefix="/model/layers.%d/"):
    nodes, infos, last, i = [], [], "x", 0
    tensors = [tensor("heads", [4], [0, 0, 4, 8]),
               tensor("joined", [3], [0, 0, 32]), tensor("root", [])]
    while len(nodes) < count:
        last = attention_block(prefix % i, last, 32, 4, nodes, tensors, infos)
        i += 1
    return graph("transformer", nodes, [value("x", [1, 16, 32])],
                 [value(last, [1, 16, 32])], tensors, infos)


def long_names(count):
    return transformer(count, "/base_model/model/model/language_model/decoder/"
                       "block_with_a_rather_descriptive_name/layers.%d/")


def branches(count):
    """An If every ten nodes, each branch with nodes that use values around."""
    nodes, last = [], "x"
    for i in range(count // 10):
        p = "/if%d/" % i

        def branch(short, op):
            return graph(p + short, [
                node(op, [last], [p + short + "0"], p + short + "/0"),
                node("Add", [p + short + "0", last], [p + short + "1"],
                     p + short + "/1"),
                node("Conv", [p + short + "1", "w"], [p + short + "2"],
                     p + short + "/2", kernel_shape=[3, 3],
                     pads=[1, 1, 1, 1])],
                [], [value(p + short + "2", [1, 8, 32, 32])])
        nodes += [node("Relu", [last], [p + "0"], p + "Relu"),
                  node("Neg", [p + "0"], [p + "1"], p + "Neg"),
                  node("Add", [p + "1", p + "0"], [p + "2"], p + "Add"),
                  node("If", ["c"], [p + "3"], p + "If",
                       then_branch=branch("then", "Sigmoid"),
                       else_branch=branch("else", "Tanh"))]
        last = p + "3"
    return graph("branches", nodes,
                 [value("x", [1, 8, 32, 32]), value("c", [], BOOL)],
                 [value(last, [1, 8, 32, 32])], [tensor("w", [8, 8, 3, 3])])


def loops(count):
    nodes, last = [], "x"
    for i in range(count // 10):
        p = "/loop%d/" % i
        body = [node("Conv" if k == 4 else "Relu",
                     [p + "s%d" % k, "w"][:1 + (k == 4)], [p + "s%d" % (k + 1)],
                     p + "body/%d" % k, **({"pads": [1, 1, 1, 1]} if k == 4
                                           else {})) for k in range(8)]
        body.append(node("Identity", [p + "go"], [p + "on"], p + "body/go"))
        nodes.append(node(
            "Loop", ["trips", "", last], [p + "out"], p + "Loop",
            body=graph(p + "body", body,
                       [value(p + "i", [], INT64), value(p + "go", [], BOOL),
                        value(p + "s0", [1, 8, 32, 32])],
                       [value(p + "on", [], BOOL),
                        value(p + "s8", [1, 8, 32, 32])])))
        last = p + "out"
    return graph("loops", nodes, [value("x", [1, 8, 32, 32])],
                 [value(last, [1, 8, 32, 32])],
                 [tensor("w", [8, 8, 3, 3]), tensor("trips", [], [3])])


def functions(count):
    """Calls of a function of ten nodes."""
    nodes, tensors, last = [], [], "x"
    for i in range(count // 10):
        tensors.append(tensor("w%d" % i, [8, 8, 3, 3]))
        nodes.append(node("Block", [last, "w%d" % i], ["v%d" % i],
                          "/stage/block_%d" % i, "bench"))
        last = "v%d" % i
    body = [node("Conv", ["x", "w"], ["t0"], "conv", pads=[1, 1, 1, 1])]
    body += [node(["Relu", "Sigmoid", "Tanh"][k % 3], ["t%d" % k],
                  ["t%d" % (k + 1)], "act_%d" % k) for k in range(8)]
    body.append(node("Add", ["t8", "x"], ["y"], "add"))
    return model(graph("functions", nodes, [value("x", [1, 8, 32, 32])],
                       [value(last, [1, 8, 32, 32])], tensors), 17, ["bench"],
                 [function("bench", "Block", ["x", "w"], ["y"], body)])


def quantised(count):
    """Convolutions between QuantizeLinear and DequantizeLinear."""
    nodes, tensors, last = [], [], "x"
    for i in range(count // 4):
        p = "conv%d_" % i
        tensors += [tensor(p + "w", [8, 8, 1, 1]), tensor(p + "s", []),
                    tensor(p + "z", [])]
        nodes += [node("QuantizeLinear", [last, p + "s"], [p + "q"],
                       p + "quant"),
                  node("DequantizeLinear", [p + "q", p + "s"], [p + "d"],
                       p + "dequant"),
                  node("Conv", [p + "d", p + "w"], [p + "c"], p + "conv",
                       kernel_shape=[1, 1]),
                  node("Relu", [p + "c"], [p + "r"], p + "relu")]
        last = p + "r"
    return graph("quantised", nodes, [value("x", [1, 8, 16, 16])],
                 [value(last, [1, 8, 16, 16])], tensors)


def wide(count):
    """Concatenations of hundreds of values, and Splits into as many."""
    nodes, last, each = [], "x", 200
    for i in range(count // each):
        parts = ["p%d_%d" % (i, k) for k in range(each - 2)]
        nodes.append(node("Split", [last], parts, "split_%d" % i, axis=1))
        nodes += [node("Relu", [t], ["r" + t], "relu_" + t) for t in parts]
        nodes.append(node("Concat", ["r" + t for t in parts], ["v%d" % i],
                          "concat_%d" % i, axis=1))
        last = "v%d" % i
    return graph("wide", nodes, [value("x", [1, 198, 8, 8])],
                 [value(last, [1, 198, 8, 8])])


KINDS = [conv_relu, one_weight, elementwise, initializers, constants,
         transformer, long_names, branches, loops, functions, quantised, wide]


def make(kind, count):
    path = os.path.join(FOLDER, "%s_%d.onnx" % (kind.__name__, count))
    content = kind(count)
    with open(path, "wb") as file:
        file.write(content if kind is functions else model(content, 20))
    return path


def measure(program, path):
    """Peak KiB and milliseconds."""
    return [float(f) for f in subprocess.run(
        [PEAK, program, "layers", path], check=True,
        stdout=subprocess.PIPE).stdout.split()]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--base", help="program of another version")
    parser.add_argument("--nodes", type=int, default=20000)
    parser.add_argument("kind", nargs="*", help="of graphs; default all")
    options = parser.parse_args()
    os.makedirs(FOLDER, exist_ok=True)
    subprocess.run(["ninja", "-f", "tests/bench/bench.ninja", PROGRAM, PEAK],
                   check=True, stdout=subprocess.DEVNULL)
    programs = ([options.base] if options.base else []) + [PROGRAM]
    print("%-14s %6s" % ("graph", "MB") + "".join(
        " %9s %8s" % (name + " MiB", "ms") for name in
        (["base", "ours"] if options.base else ["ours"])) +
        ("  x mem  x time" if options.base else "") + "  B/node")
    missed = 0
    for kind in KINDS:
        if options.kind and kind.__name__ not in options.kind:
            continue
        path = make(kind, options.nodes)
        runs = [[measure(p, path) for p in programs] for _ in range(RUNS)]
        best = [(min(r[k][0] for r in runs), min(r[k][1] for r in runs))
                for k in range(len(programs))]
        line = "%-14s %6.1f" % (kind.__name__, os.path.getsize(path) / 1e6)
        for kib, ms in best:
            line += " %9.1f %8.0f" % (kib / 1024, ms)
        if options.base:
            memory, spent = (best[1][k] / best[0][k] for k in (0, 1))
            line += " %6.3f %7.2f" % (memory, spent)
            if memory > MOST_MEMORY or spent > MOST_TIME:
                missed = 1
        print(line + " %7.0f" % (best[-1][0] * 1024 / options.nodes),
              flush=True)
    return missed


if __name__ == "__main__":
    sys.exit(main())
