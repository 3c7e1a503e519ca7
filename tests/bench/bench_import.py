#!/usr/bin/python3
"""Time and memory of importing large models, beside python3-onnx.

usage: tests/bench/bench_import.py [--shapes]

Models are made in build/bench: VGG-16 with real weights as initializers, the
same with weights in Constant nodes, as many bytes in more and smaller tensors,
and chains of nodes whose number doubles.
--shapes runs onnx.shape_inference behind onnx.load too. Exits 1 when an import
misses its limit.
"""
import os
import subprocess
import sys

import onnx
from onnx import TensorProto, helper

FOLDER = "build/bench"
PROGRAM = "build/release/bench_import"
RUNS = 5

# What the import of each model may take: milliseconds, KiB.
LIMITS = {
    "vgg16": (100, 40 * 1024),
    "vgg16_constants": (100, 40 * 1024),
    "tensors_400": (100, 40 * 1024),
    "tensors_2000": (100, 40 * 1024),
    "chain_20000": (200, 64 * 1024),
}

PYTHON = """
import re, sys, time, onnx
start = time.perf_counter()
model = onnx.load(sys.argv[1])
if sys.argv[2] == "--shapes":
    try:
        onnx.shape_inference.infer_shapes(model)
    except Exception:
        pass  # beyond 2 GB: the time until then
print((time.perf_counter() - start) * 1e3,
      re.search(r"VmHWM:\\s*(\\d+)", open("/proc/self/status").read())[1])
"""


def weight(name, dims):
    count = 1
    for d in dims:
        count *= d
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=dims)
    tensor.raw_data = os.urandom(4096) * (count * 4 // 4096 + 1)
    tensor.raw_data = tensor.raw_data[:count * 4]
    return tensor


def save(name, nodes, tensors, dims, constants=False):
    if constants:
        nodes = [helper.make_node("Constant", [], [t.name], value=t)
                 for t in tensors] + nodes
        tensors = []
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes, name, [value("x", TensorProto.FLOAT, dims)],
        [value(nodes[-1].output[0], TensorProto.FLOAT, None)], tensors)
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 13)])
    path = os.path.join(FOLDER, name + ".onnx")
    with open(path, "wb") as f:
        f.write(model.SerializeToString())
    return path


def vgg16(name, constants):
    nodes, tensors, last, channels = [], [], "x", 3
    for i, size in enumerate([64, 64, 0, 128, 128, 0, 256, 256, 256, 0,
                              512, 512, 512, 0, 512, 512, 512, 0]):
        out = "v%d" % i
        if not size:
            nodes.append(helper.make_node(
                "MaxPool", [last], [out], kernel_shape=[2, 2],
                strides=[2, 2]))
        else:
            tensors += [weight("w%d" % i, [size, channels, 3, 3]),
                        weight("b%d" % i, [size])]
            nodes += [helper.make_node(
                "Conv", [last, "w%d" % i, "b%d" % i], ["c%d" % i],
                kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
                helper.make_node("Relu", ["c%d" % i], [out])]
            channels = size
        last = out
    nodes.append(helper.make_node("Flatten", [last], ["flat"]))
    last, columns = "flat", 512 * 7 * 7
    for i, rows in enumerate([4096, 4096, 1000]):
        tensors += [weight("f%d" % i, [rows, columns]),
                    weight("g%d" % i, [rows])]
        nodes.append(helper.make_node(
            "Gemm", [last, "f%d" % i, "g%d" % i], ["d%d" % i], transB=1))
        last, columns = "d%d" % i, rows
    return save(name, nodes, tensors, [1, 3, 224, 224], constants)


def chain(name, count):
    nodes = [helper.make_node(
        "Conv" if i % 2 else "Relu", ["v%d" % i if i else "x"] +
        ["w"] * (i % 2), ["v%d" % (i + 1)], name="/block/node_%d" % i,
        **({"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]} if i % 2 else {}))
        for i in range(count)]
    return save(name, nodes, [weight("w", [8, 8, 3, 3])], [1, 8, 32, 32])


def tensors(name, count, size):
    nodes = [helper.make_node(
        "Add", ["v%d" % i if i else "x", "w%d" % i], ["v%d" % (i + 1)])
        for i in range(count)]
    return save(name, nodes, [weight("w%d" % i, [size])
                              for i in range(count)], [1, 8])


def run(command):
    return [float(f) for f in subprocess.run(
        command, check=True, stdout=subprocess.PIPE).stdout.split()]


def main():
    shapes = "--shapes" if "--shapes" in sys.argv[1:] else "--load"
    os.makedirs(FOLDER, exist_ok=True)
    subprocess.run(["ninja", "-f", "tests/bench/bench.ninja", PROGRAM],
                   check=True, stdout=subprocess.DEVNULL)
    models = [("vgg16", lambda n: vgg16(n, False)),
              ("vgg16_constants", lambda n: vgg16(n, True))]
    models += [("tensors_400", lambda n: tensors(n, 400, 350000)),
               ("tensors_2000", lambda n: tensors(n, 2000, 70000))]
    models += [("chain_%d" % c, lambda n, c=c: chain(n, c))
               for c in (5000, 10000, 20000, 40000, 80000)]
    missed = 0
    print("%-16s %8s %8s %9s %8s %11s %9s %7s %7s" % (
        "model", "MB", "nodes", "ms", "MB peak", "onnx ms", "MB peak",
        "x time", "x mem"))
    for name, make in models:
        path = os.path.join(FOLDER, name + ".onnx")
        if not os.path.exists(path):
            make(name)
        ours = [run([PROGRAM, path]) for _ in range(RUNS)]
        ms = min(r[0] for r in ours)
        kib = max(r[1] for r in ours)
        theirs = run([sys.executable, "-c", PYTHON, path, shapes])
        print("%-16s %8.1f %8d %9.2f %8.1f %11.1f %9.1f %7.0f %7.0f" % (
            name, os.path.getsize(path) / 1e6, ours[0][2], ms, kib / 1024,
            theirs[0], theirs[1] / 1024, theirs[0] / ms, theirs[1] / kib))
        limit = LIMITS.get(name)
        if limit and (ms > limit[0] or kib > limit[1]):
            print("  missed: at most %d ms and %d MB" % (
                limit[0], limit[1] // 1024))
            missed = 1
    return missed


if __name__ == "__main__":
    sys.exit(main())
