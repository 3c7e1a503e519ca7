#!/usr/bin/env python3
"""Networks as ONNX Runtime saves them at level `all`, against the networks they were made from.

    python3 tests/tools/nchwc_corpus.py build/nestwright [--models FOLDER] [--keep FOLDER] [--compile]

Builds ShuffleNet V2, RegNet X and Y, MobileNet V2 and V3, SqueezeNet, DenseNet, Inception modules and ResNet by hand
(torchvision's layers and sizes, random weights, BatchNormalizations folded), has ONNX Runtime optimise each and every
.onnx file of --models, and compares `nestwright layers`: as many layers, the same multiset of MACs. With --compile,
every optimised model is compiled with perfect tiles and its blob verified against it. Blocks are of 16 channels on
a CPU with AVX-512 and of 8 on others: the first line says which. A model of --models with equal weights in equal
layers is no fair case: ONNX Runtime joins what it finds to be computed twice.

    pip install onnx onnxruntime numpy
"""
import argparse
import collections
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper


class Net:
    """A graph being built; values are (name, channels, rows, columns)."""

    def __init__(self, name, size=224, channels=3):
        self.name, self.nodes, self.weights, self.count = name, [], [], 0
        self.rng = np.random.default_rng(len(name))
        self.size, self.channels = size, channels

    def input(self):
        return ("x", self.channels, self.size, self.size)

    def weight(self, array):
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, op, inputs, **attributes):
        self.count += 1
        out = f"v{self.count}"
        self.nodes.append(helper.make_node(op, inputs, [out], name=f"{op}_{self.count}", **attributes))
        return out

    def conv(self, x, m, k=1, stride=1, group=1, act=None, pad=None, bias=True):
        name, c, rows, columns = x
        pad = (k - 1) // 2 if pad is None else pad
        scale = 1 / np.sqrt(c // group * k * k)
        inputs = [name, self.weight((self.rng.standard_normal((m, c // group, k, k)) * scale).astype(np.float32))]
        if bias:
            inputs.append(self.weight(self.rng.standard_normal(m).astype(np.float32)))
        out = self.node("Conv", inputs, kernel_shape=[k, k], strides=[stride, stride], pads=[pad] * 4, group=group,
                        dilations=[1, 1])
        size = [(n + 2 * pad - k) // stride + 1 for n in (rows, columns)]
        return self.act((out, m, *size), act)

    def act(self, x, act):
        if act is None:
            return x
        if act == "HardSwish":
            out = self.node("HardSwish", [x[0]])
        elif act == "Swish":
            out = self.node("Mul", [x[0], self.node("Sigmoid", [x[0]])])
        elif act == "Relu6":
            out = self.node("Clip", [x[0], self.weight(np.float32(0)), self.weight(np.float32(6))])
        else:
            out = self.node(act, [x[0]])
        return (out, *x[1:])

    def pool(self, x, k, stride, pad=0, op="MaxPool", ceil=0):
        out = self.node(op, [x[0]], kernel_shape=[k, k], strides=[stride, stride], pads=[pad] * 4, ceil_mode=ceil)
        up = stride - 1 if ceil else 0
        return (out, x[1], *[(n + 2 * pad - k + up) // stride + 1 for n in x[2:]])

    def mean(self, x):
        return (self.node("GlobalAveragePool", [x[0]]), x[1], 1, 1)

    def add(self, a, b):
        return (self.node("Add", [a[0], b[0]]), *a[1:])

    def concat(self, *xs):
        return (self.node("Concat", [x[0] for x in xs], axis=1), sum(x[1] for x in xs), *xs[0][2:])

    def norm(self, x):
        c = x[1]
        more = [self.weight(self.rng.uniform(0.5, 1.5, c).astype(np.float32)) for _ in range(4)]
        return (self.node("BatchNormalization", [x[0], *more]), *x[1:])

    def squeeze_excite(self, x, squeezed, act, gate):
        s = self.conv(self.conv(self.mean(x), squeezed, act=act), x[1], act=gate)
        return (self.node("Mul", [x[0], s[0]]), *x[1:])

    def linear(self, x, m, act=None):
        if len(x) > 2:
            x = (self.node("Flatten", [x[0]], axis=1), x[1] * x[2] * x[3])
        out = self.node("Gemm", [x[0], self.weight(self.rng.standard_normal((m, x[1])).astype(np.float32)),
                                 self.weight(np.zeros(m, np.float32))], transB=1)
        return self.act((out, m), act)

    def model(self, y):
        out = helper.make_tensor_value_info(y[0], TensorProto.FLOAT, [1, *y[1:]])
        x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, self.channels, self.size, self.size])
        graph = helper.make_graph(self.nodes, self.name, [x], [out], self.weights)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def shufflenet_v2(name, widths):
    net = Net(name)
    x = net.pool(net.conv(net.input(), widths[0], 3, 2, act="Relu"), 3, 2, 1)

    def shuffle(x):
        _, c, rows, columns = x
        out = net.node("Reshape", [x[0], net.weight(np.array([1, 2, c // 2, rows, columns]))])
        out = net.node("Transpose", [out], perm=[0, 2, 1, 3, 4])
        return (net.node("Reshape", [out, net.weight(np.array([1, c, rows, columns]))]), *x[1:])

    def branch(x, m, stride):
        return net.conv(net.conv(net.conv(x, m, act="Relu"), m, 3, stride, m), m, act="Relu")

    for repeats, width in zip((4, 8, 4), widths[1:4]):
        half = width // 2
        left = net.conv(net.conv(x, x[1], 3, 2, x[1]), half, act="Relu")
        x = shuffle(net.concat(left, branch(x, half, 2)))
        for _ in range(repeats - 1):
            parts = [f"{x[0]}_{i}" for i in range(2)]
            net.nodes.append(helper.make_node("Split", [x[0], net.weight(np.array([half, half]))], parts, axis=1))
            a, b = [(p, half, *x[2:]) for p in parts]
            x = shuffle(net.concat(a, branch(b, half, 1)))
    return net.model(net.linear(net.mean(net.conv(x, widths[4], act="Relu")), 1000))


def regnet(name, depth, w_0, w_a, w_m, group_width, se=None):
    net = Net(name)
    widths = w_0 + w_a * np.arange(depth)
    ks = np.round(np.log(widths / w_0) / np.log(w_m))
    widths = (np.round(w_0 * np.power(w_m, ks) / 8) * 8).astype(int)
    widths = [int(np.round(w / min(w, group_width)) * min(w, group_width)) for w in widths]
    x = net.conv(net.input(), 32, 3, 2, act="Relu")
    last = None
    for w in widths:
        stride = 1 if w == last else 2
        left = x if w == last else net.conv(x, w, 1, 2)
        y = net.conv(net.conv(x, w, act="Relu"), w, 3, stride, w // min(w, group_width), act="Relu")
        if se:
            y = net.squeeze_excite(y, int(round(se * x[1])), "Relu", "Sigmoid")
        x = net.act(net.add(left, net.conv(y, w)), "Relu")
        last = w
    return net.model(net.linear(net.mean(x), 1000))


def divisible(v):
    new = max(8, int(v + 4) // 8 * 8)
    return new + 8 if new < 0.9 * v else new


MOBILENET_V3 = {  # kernel, expanded, out, squeeze and excite, activation, stride
    "small": ([(3, 16, 16, 1, "Relu", 2), (3, 72, 24, 0, "Relu", 2), (3, 88, 24, 0, "Relu", 1),
               (5, 96, 40, 1, "HardSwish", 2), (5, 240, 40, 1, "HardSwish", 1), (5, 240, 40, 1, "HardSwish", 1),
               (5, 120, 48, 1, "HardSwish", 1), (5, 144, 48, 1, "HardSwish", 1), (5, 288, 96, 1, "HardSwish", 2),
               (5, 576, 96, 1, "HardSwish", 1), (5, 576, 96, 1, "HardSwish", 1)], 1024),
    "large": ([(3, 16, 16, 0, "Relu", 1), (3, 64, 24, 0, "Relu", 2), (3, 72, 24, 0, "Relu", 1),
               (5, 72, 40, 1, "Relu", 2), (5, 120, 40, 1, "Relu", 1), (5, 120, 40, 1, "Relu", 1),
               (3, 240, 80, 0, "HardSwish", 2), (3, 200, 80, 0, "HardSwish", 1), (3, 184, 80, 0, "HardSwish", 1),
               (3, 184, 80, 0, "HardSwish", 1), (3, 480, 112, 1, "HardSwish", 1), (3, 672, 112, 1, "HardSwish", 1),
               (5, 672, 160, 1, "HardSwish", 2), (5, 960, 160, 1, "HardSwish", 1), (5, 960, 160, 1, "HardSwish", 1)],
              1280)}


def mobilenet_v3(kind):
    net = Net(f"mobilenet_v3_{kind}")
    rows, last = MOBILENET_V3[kind]
    x = net.conv(net.input(), 16, 3, 2, act="HardSwish")
    for kernel, expanded, out, se, act, stride in rows:
        y = x if expanded == x[1] else net.conv(x, expanded, act=act)
        y = net.conv(y, expanded, kernel, stride, expanded, act=act)
        if se:
            y = net.squeeze_excite(y, divisible(expanded // 4), "Relu", "HardSigmoid")
        y = net.conv(y, out)
        x = net.add(x, y) if stride == 1 and out == x[1] else y
    x = net.mean(net.conv(x, 6 * x[1], act="HardSwish"))
    return net.model(net.linear(net.linear(x, last, "HardSwish"), 1000))


def mobilenet_v2(width=1.0):
    net = Net(f"mobilenet_v2_{width}")
    x = net.conv(net.input(), divisible(32 * width), 3, 2, act="Relu6")
    for t, c, n, s in ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2),
                       (6, 320, 1, 1)):
        for i in range(n):
            stride, hidden, m = s if i == 0 else 1, x[1] * t, divisible(c * width)
            y = x if t == 1 else net.conv(x, hidden, act="Relu6")
            y = net.conv(net.conv(y, hidden, 3, stride, hidden, act="Relu6"), m)
            x = net.add(x, y) if stride == 1 and m == x[1] else y
    return net.model(net.linear(net.mean(net.conv(x, 1280, act="Relu6")), 1000))


def squeezenet():
    net = Net("squeezenet1_1")
    x = net.pool(net.conv(net.input(), 64, 3, 2, act="Relu", pad=0), 3, 2, ceil=1)

    def fire(x, s, e):
        x = net.conv(x, s, act="Relu")
        return net.concat(net.conv(x, e, act="Relu"), net.conv(x, e, 3, act="Relu"))

    x = net.pool(fire(fire(x, 16, 64), 16, 64), 3, 2, ceil=1)
    x = net.pool(fire(fire(x, 32, 128), 32, 128), 3, 2, ceil=1)
    x = fire(fire(fire(fire(x, 48, 192), 48, 192), 64, 256), 64, 256)
    return net.model(net.mean(net.conv(x, 1000, act="Relu")))


def densenet(growth=12, first=20):
    """Its BatchNormalizations stand in front of the convolutions and stay: as depthwise 1x1 Convs."""
    net = Net(f"densenet_{growth}", 64)
    x = net.pool(net.conv(net.input(), first, 7, 2), 3, 2, 1)
    for block, repeats in enumerate((3, 4, 3)):
        if block:
            x = net.pool(net.conv(net.act(net.norm(x), "Relu"), x[1] // 2), 2, 2, op="AveragePool")
        for _ in range(repeats):
            y = net.conv(net.act(net.norm(x), "Relu"), 4 * growth, act="Relu")
            x = net.concat(x, net.conv(y, growth, 3))
    return net.model(net.linear(net.mean(net.act(net.norm(x), "Relu")), 100))


def inception():
    """Branches of odd widths, a pool behind the input, an Upsample."""
    net = Net("inception", 64, 20)
    x = net.pool(net.input(), 3, 2, 1)
    for widths in ((18, 10, 27, 7), (33, 21, 44, 12)):
        a, b, c, d = widths
        x = net.concat(net.conv(x, a, act="Relu"), net.conv(net.conv(x, b, act="Relu"), b, 3, act="Relu"),
                       net.conv(net.conv(x, c), c, 5, act="Sigmoid"), net.conv(net.pool(x, 3, 1, 1), d, act="Tanh"))
    y = net.conv(x, 37, 3, act="Relu")
    up = net.node("Resize", [y[0], "", net.weight(np.array([1, 1, 2, 2], np.float32))], mode="nearest",
                  coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    y = net.conv((up, 37, 64, 64), 19, 3)
    return net.model(net.mean(net.act(net.add(y, net.conv(y, 19, 3)), "Relu")))


def resnet18(width=64):
    net = Net(f"resnet18_{width}")
    x = net.pool(net.conv(net.input(), width, 7, 2, act="Relu"), 3, 2, 1)
    for stage in range(4):
        m = width << stage
        for block in range(2):
            stride = 2 if stage and not block else 1
            y = net.conv(net.conv(x, m, 3, stride, act="Relu"), m, 3)
            x = net.act(net.add(y, x if m == x[1] and stride == 1 else net.conv(x, m, 1, stride)), "Relu")
    return net.model(net.linear(net.mean(x), 1000))


NETWORKS = [
    lambda: shufflenet_v2("shufflenet_v2_x0_5", (24, 48, 96, 192, 1024)),
    lambda: shufflenet_v2("shufflenet_v2_x1_0", (24, 116, 232, 464, 1024)),
    lambda: shufflenet_v2("shufflenet_v2_x1_5", (24, 176, 352, 704, 1024)),
    lambda: regnet("regnet_x_400mf", 22, 24, 24.48, 2.54, 16),
    lambda: regnet("regnet_y_400mf", 16, 48, 27.89, 2.09, 8, 0.25),
    lambda: regnet("regnet_y_800mf", 14, 56, 38.84, 2.4, 16, 0.25),
    lambda: mobilenet_v3("small"),
    lambda: mobilenet_v3("large"),
    mobilenet_v2,
    lambda: mobilenet_v2(0.35),
    squeezenet,
    densenet,
    lambda: densenet(10, 24),
    lambda: densenet(16, 32),
    inception,
    resnet18,
    lambda: resnet18(20),
]


def optimise(source, target):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.optimized_model_filepath = target
    options.log_severity_level = 4
    onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])


def run(*command):
    p = subprocess.run(command, capture_output=True, text=True)
    return p.returncode, p.stdout, p.stderr


def layers(binary, path):
    code, out, err = run(binary, "layers", path, "--json")
    if code:
        raise RuntimeError(f"layers: exit {code}: {err.strip().splitlines()[-1]}")
    return json.loads(out)


def compare(binary, source, target):
    """What is wrong with the optimised model, or None; and a note."""
    before, after = layers(binary, source), layers(binary, target)
    norms = [l for l in after["layers"] if l.get("stands_for") == "BatchNormalization"]
    rest = [l for l in after["layers"] if l not in norms]
    ours, theirs = [collections.Counter(l["macs"] for l in ls) for ls in (rest, before["layers"])]
    padded = after.get("padding_macs", 0)
    nodes = onnx.load(target, load_external_data=False).graph.node
    blocked = sum(n.domain == "com.microsoft.nchwc" for n in nodes)
    note = f"{len(rest)} layers, {blocked} blocked nodes, {len(norms)} norms, {padded} MACs of padding"
    if len(rest) < len(before["layers"]) and after["total_macs"] == before["total_macs"]:
        return None, f"joined into {note}"  # Q, K and V of an Attention
    if len(rest) != len(before["layers"]):
        return f"{len(rest)} layers, expected {len(before['layers'])}", note
    if ours != theirs:
        return f"MACs: {dict(ours - theirs)}, expected {dict(theirs - ours)}", note
    return None, note


def compiled(binary, target, folder):
    code, _, err = run(binary, "compile", target, "--tiles", "perfect", "-o", folder, "--quiet")
    if code:
        return f"compile: exit {code}: {err.strip().splitlines()[-1]}"
    name = os.path.basename(target)[:-5]
    code, _, err = run(binary, "verify", os.path.join(folder, name + ".nwcfg"), "--model", target)
    return f"verify: exit {code}: {err.strip().splitlines()[-1]}" if code else None


def main():
    args = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    args.add_argument("binary")
    args.add_argument("--models", help="optimise the models of this folder, too")
    args.add_argument("--keep", help="leave the models in this folder")
    args.add_argument("--compile", action="store_true", help="compile each and verify its blob")
    args = args.parse_args()
    wide = "avx512f" in open("/proc/cpuinfo").read() if os.path.exists("/proc/cpuinfo") else False
    print(f"ONNX Runtime {onnxruntime.__version__}, {'with' if wide else 'without'} AVX-512")
    failed = compared = 0
    with tempfile.TemporaryDirectory() as tmp:
        folder = args.keep or tmp
        sources = sorted(glob.glob(os.path.join(args.models, "*.onnx"))) if args.models else []
        for make in NETWORKS:
            model = make()
            sources.append(os.path.join(folder, model.graph.name + ".onnx"))
            onnx.save(model, sources[-1])
        os.makedirs(os.path.join(folder, "all"), exist_ok=True)
        for source in sources:
            name = re.sub(r"\.onnx$", "", os.path.basename(source))
            target = os.path.join(folder, "all", name + ".onnx")
            try:
                optimise(source, target)
                layers(args.binary, source)
            except Exception as e:  # an operator it lacks, or a size that is open
                print(f"{name}: left alone: {str(e).splitlines()[0][:120]}")
                continue
            try:
                fault, note = compare(args.binary, source, target)
                if not fault and args.compile:
                    fault = compiled(args.binary, target, os.path.join(tmp, "out"))
            except RuntimeError as e:
                fault, note = str(e)[:200], ""
            print(f"{name}: {fault or 'equal'}{'; ' + note if note else ''}")
            failed += fault is not None
            compared += 1
    print(f"{compared - failed} equal, {failed} not")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
