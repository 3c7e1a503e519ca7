#!/usr/bin/env python3
"""Writes tests/run: models of one operator with inputs and outputs.

    python3 tests/tools/make_run_cases.py [FOLDER]

Outputs are worked out here from the operators' definitions, with loops over
single numbers. All inputs are small multiples of 1/2 and activations are
linear, so that floats hold every sum exactly, in whatever order it is added up. Files are written byte by byte as the ONNX
schema says; no package is needed.
"""
import os
import struct
import sys
from itertools import product

FLOAT, UINT8, INT8, INT32 = 1, 2, 3, 6
PACK = {FLOAT: "f", UINT8: "B", INT8: "b", INT32: "i"}


# --- the ONNX files -----------------------------------------------------------

def varint(number):
    number &= (1 << 64) - 1
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def field(number, content):
    """A field with a whole number, a text, bytes or a float."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    if isinstance(content, float):
        return varint(number << 3 | 5) + struct.pack("<f", content)
    if isinstance(content, str):
        content = content.encode()
    return varint(number << 3 | 2) + varint(len(content)) + content


def tensor(name, t):
    raw = b"".join(struct.pack("<" + PACK[t.type], x) for x in t.data)
    return (b"".join(field(1, d) for d in t.dims) + field(2, t.type) +
            field(8, name) + field(9, raw))


def value(name, kind, dims):
    shape = b"".join(
        field(1, field(2, d) if isinstance(d, str) else field(1, d))
        for d in dims)
    return field(1, name) + field(2, field(1, field(1, kind) + field(2, shape)))


def attribute(name, content):
    if isinstance(content, list) and isinstance(content[0], str):
        return field(1, name) + b"".join(field(9, x) for x in content) + field(20, 8)
    if isinstance(content, list) and isinstance(content[0], float):
        return field(1, name) + b"".join(field(7, x) for x in content) + field(20, 6)
    if isinstance(content, list):
        return field(1, name) + b"".join(field(8, x) for x in content) + field(20, 7)
    if isinstance(content, int):
        return field(1, name) + field(3, content) + field(20, 2)
    if isinstance(content, float):
        return field(1, name) + field(2, content) + field(20, 1)
    return field(1, name) + field(4, content) + field(20, 3)


def node(op, names, results, attrs, domain):
    out = b"".join(field(1, n) for n in names)
    out += b"".join(field(2, n) for n in results)
    out += field(3, "node") + field(4, op)
    out += b"".join(field(5, attribute(k, v)) for k, v in attrs.items())
    return out + (field(7, domain) if domain else b"")


# --- tensors and their definitions ---------------------------------------------

class Tensor:
    def __init__(self, kind, dims, data):
        self.type, self.dims, self.data = kind, dims, list(data)

    def at(self, *index):
        k = 0
        for i, d in zip(index, self.dims):
            k = k * d + i
        return self.data[k]


def size(dims):
    out = 1
    for d in dims:
        out *= d
    return out


def numbers(kind, *dims, low=-4, step=1):
    """Different numbers in a fixed order that looks like none."""
    data = [low + step * (k * 7 % 11) for k in range(size(dims))]
    if kind == FLOAT:
        data = [x / 2 for x in data]
    return Tensor(kind, dims, data)


def scalar(kind, number):
    return Tensor(kind, (), [number])


def filled(kind, dims, of):
    return Tensor(kind, dims, [of(*i) for i in product(*map(range, dims))])


def conv(x, w, pads, strides=(1, 1), dilations=(1, 1), group=1, a=0, b=lambda m: 0):
    """Sums of (x - a)(w - b[m]) by gathering; padding stands for a."""
    out = [(x.dims[2 + k] + pads[k] + pads[2 + k] -
            (w.dims[2 + k] - 1) * dilations[k] - 1) // strides[k] + 1 for k in (0, 1)]
    outs = w.dims[0] // group

    def one(n, m, i, j):
        total = 0
        for c, p, q in product(*map(range, w.dims[1:])):
            r = i * strides[0] + p * dilations[0] - pads[0]
            s = j * strides[1] + q * dilations[1] - pads[1]
            if 0 <= r < x.dims[2] and 0 <= s < x.dims[3]:
                channel = m // outs * w.dims[1] + c
                total += (x.at(n, channel, r, s) - a) * (w.at(m, c, p, q) - b(m))
        return total
    return filled(FLOAT, (x.dims[0], w.dims[0], *out), one)


def conv_transpose(x, w, strides, pads, dilations, group, output_padding):
    """By scattering: every input pixel adds the filter around its place."""
    n, channels = x.dims[:2]
    out = [(x.dims[2 + k] - 1) * strides[k] + (w.dims[2 + k] - 1) * dilations[k] + 1 +
           output_padding[k] - pads[k] - pads[2 + k] for k in (0, 1)]
    y = Tensor(FLOAT, (n, w.dims[1] * group, *out), [0] * (n * w.dims[1] * group * size(out)))
    for b, c, r, s in product(*map(range, x.dims)):
        for m, p, q in product(*map(range, w.dims[1:])):
            i = r * strides[0] + p * dilations[0] - pads[0]
            j = s * strides[1] + q * dilations[1] - pads[1]
            if 0 <= i < out[0] and 0 <= j < out[1]:
                channel = c // (channels // group) * w.dims[1] + m
                at = ((b * y.dims[1] + channel) * out[0] + i) * out[1] + j
                y.data[at] += x.at(b, c, r, s) * w.at(c, m, p, q)
    return y


def plus(y, of):
    return filled(y.type, y.dims, lambda *i: y.at(*i) + of(*i))


def as_type(kind, y, of=lambda *i: 0):
    return filled(kind, y.dims, lambda *i: int(y.at(*i)) + of(*i))


def quantised(kind, low, high, y, scale, zero):
    """Halves to even, as Python rounds."""
    return filled(kind, y.dims, lambda *i: max(low, min(
        high, round(y.at(*i) * scale(i[1])) + zero)))


def hard(x):
    """HardSigmoid of alpha 1/4 and beta 1/2: exact."""
    return max(0, min(1, x / 4 + 0.5))


def relu(x):
    return max(0, x)


def rnn(gate, state, memory, p):
    return relu(gate(0, 1)), memory


def gru(gate, state, memory, p):
    """The reset gate works on the sum, linear_before_reset 1."""
    z, r = hard(gate(0, 1)), hard(gate(1, 1))
    return (1 - z) * relu(gate(2, r)) + z * state, memory


def lstm(gate, state, memory, p):
    i, f = hard(gate(0, 1) + p(0) * memory), hard(gate(2, 1) + p(2) * memory)
    memory = f * memory + i * relu(gate(3, 1))
    return hard(gate(1, 1) + p(1) * memory) * relu(memory), memory


def cell(update, x, w, r, b, lengths, h0, c0=None, peephole=None):
    """Y, Y_h and Y_c of a cell in one direction, or in two, the second from the
    end of each sequence. gate(g, s): of X, plus s times that of the state."""
    (steps, batch, inputs), (directions, rows, hidden) = x.dims, r.dims
    y, last, kept = {}, {}, {}
    for d, n in product(range(directions), range(batch)):
        h = [h0.at(d, n, k) for k in range(hidden)]
        c = [c0.at(d, n, k) if c0 else 0 for k in range(hidden)]
        for s in range(lengths.at(n)):
            t = lengths.at(n) - 1 - s if d else s
            new = []
            for k in range(hidden):
                def gate(g, scale):
                    row = g * hidden + k
                    a = b.at(d, row) + sum(
                        x.at(t, n, i) * w.at(d, row, i) for i in range(inputs))
                    return a + scale * (b.at(d, rows + row) + sum(
                        h[j] * r.at(d, row, j) for j in range(hidden)))
                new.append(update(gate, h[k], c[k], lambda q: peephole.at(
                    d, q * hidden + k)))
            h, c = [list(z) for z in zip(*new)]
            for k in range(hidden):
                y[t, d, n, k] = h[k]
        for k in range(hidden):
            last[d, n, k], kept[d, n, k] = h[k], c[k]
    states = (directions, batch, hidden)
    return [filled(FLOAT, (steps, *states), lambda *i: y.get(i, 0)),
            filled(FLOAT, states, lambda *i: last[i]),
            filled(FLOAT, states, lambda *i: kept[i])]


# --- the cases ------------------------------------------------------------------

def case_conv():
    x, w, b = numbers(FLOAT, 2, 4, 6, 7), numbers(FLOAT, 6, 2, 3, 2), numbers(FLOAT, 6)
    attrs = {"pads": [1, 0, 2, 1], "strides": [2, 1], "dilations": [1, 2], "group": 2}
    y = conv(x, w, (1, 0, 2, 1), (2, 1), (1, 2), 2)
    return "Conv", [x], {"w": w, "b": b}, attrs, plus(y, lambda n, m, i, j: b.at(m))


def case_conv_transpose():
    x, w, b = numbers(FLOAT, 1, 4, 3, 2), numbers(FLOAT, 4, 3, 3, 2), numbers(FLOAT, 6)
    attrs = {"strides": [2, 3], "pads": [1, 0, 0, 1], "dilations": [1, 2], "group": 2,
             "output_padding": [1, 0]}
    y = conv_transpose(x, w, (2, 3), (1, 0, 0, 1), (1, 2), 2, (1, 0))
    return "ConvTranspose", [x], {"w": w, "b": b}, attrs, plus(
        y, lambda n, m, i, j: b.at(m))


def case_fused_conv():
    x, w = numbers(FLOAT, 1, 2, 4, 5), numbers(FLOAT, 3, 2, 2, 3)
    b, z = numbers(FLOAT, 3), numbers(FLOAT, 1, 3, 3, 3)
    y = plus(conv(x, w, (0, 0, 0, 0)), lambda n, m, i, j: b.at(m) + z.at(n, m, i, j))
    y = filled(FLOAT, y.dims, lambda *i: y.at(*i) if y.at(*i) > 0 else y.at(*i) / 4)
    attrs = {"activation": "LeakyRelu", "activation_params": [0.25]}
    return "com.microsoft.FusedConv", [x, z], {"w": w, "b": b}, attrs, y


def case_conv_integer():
    x, w = numbers(UINT8, 1, 2, 5, 4, low=0, step=9), numbers(UINT8, 3, 2, 3, 2, low=1)
    zero = Tensor(UINT8, (3,), [5, 2, 7])
    y = conv(x, w, (1, 1, 1, 0), a=40, b=lambda m: zero.at(m))
    return "ConvInteger", [x], {"w": w, "xz": scalar(UINT8, 40), "wz": zero}, {
        "pads": [1, 1, 1, 0]}, as_type(INT32, y)


def case_qlinear_conv():
    x, w = numbers(UINT8, 1, 2, 5, 4, low=0, step=9), numbers(INT8, 3, 2, 3, 2)
    scales, b = Tensor(FLOAT, (3,), [0.5, 0.25, 1.0]), Tensor(INT32, (3,), [30, -50, 7])
    y = plus(conv(x, w, (1, 1, 1, 0), a=40), lambda n, m, i, j: b.at(m))
    y = quantised(UINT8, 0, 255, y, lambda m: 0.25 * scales.at(m) / 0.5, 100)
    weights = {"xs": scalar(FLOAT, 0.25), "xz": scalar(UINT8, 40), "w": w, "ws": scales,
               "wz": scalar(INT8, 0), "ys": scalar(FLOAT, 0.5), "yz": scalar(UINT8, 100),
               "b": b}
    return "QLinearConv", [x], weights, {"pads": [1, 1, 1, 0]}, y


def case_gemm():
    a, b, c = numbers(FLOAT, 5, 3), numbers(FLOAT, 4, 5), numbers(FLOAT, 3, 1)
    y = filled(FLOAT, (3, 4), lambda i, j: 0.5 * sum(
        a.at(k, i) * b.at(j, k) for k in range(5)) + 2 * c.at(i, 0))
    return "Gemm", [a], {"b": b, "c": c}, {
        "alpha": 0.5, "beta": 2.0, "transA": 1, "transB": 1}, y


def case_matmul():
    a, b = numbers(FLOAT, 2, 1, 3, 4), numbers(FLOAT, 5, 4, 2)
    y = filled(FLOAT, (2, 5, 3, 2), lambda p, q, i, j: sum(
        a.at(p, 0, i, k) * b.at(q, k, j) for k in range(4)))
    return "MatMul", [a, b], {}, {}, y


def case_matmul_integer():
    a, b = numbers(UINT8, 3, 4, low=3), numbers(INT8, 4, 5)
    zeros = Tensor(INT8, (5,), [1, -2, 3, 0, 4])
    y = filled(INT32, (3, 5), lambda i, j: sum(
        (a.at(i, k) - 6) * (b.at(k, j) - zeros.at(j)) for k in range(4)))
    return "MatMulInteger", [a], {"b": b, "az": scalar(UINT8, 6), "bz": zeros}, {}, y


def case_einsum():
    a, b = numbers(FLOAT, 2, 3, 4), numbers(FLOAT, 2, 5, 4)
    y = filled(FLOAT, (2, 5, 3), lambda n, j, i: sum(
        a.at(n, i, k) * b.at(n, j, k) for k in range(4)))
    return "Einsum", [a, b], {}, {"equation": "nik,njk->nji"}, y


def cells(update, gates, names, steps, directions, **attrs):
    batch, inputs, hidden = 3, 2, 4
    rows = gates * hidden
    x = numbers(FLOAT, steps, batch, inputs)
    w = numbers(FLOAT, directions, rows, inputs)
    r = numbers(FLOAT, directions, rows, hidden, low=-5)
    b = numbers(FLOAT, directions, 2 * rows, low=-3)
    lengths = Tensor(INT32, (batch,), [steps, 1, steps])
    h0 = numbers(FLOAT, directions, batch, hidden, low=-2)
    weights = {"w": w, "r": r, "b": b, "lengths": lengths, "h0": h0}
    attrs.update(hidden_size=hidden, activations=names * directions,
                 direction="bidirectional" if directions == 2 else "forward")
    return x, weights, attrs


def case_rnn():
    x, weights, attrs = cells(rnn, 1, ["Relu"], 3, 2)
    y = cell(rnn, x, *weights.values())
    return "RNN", [x], weights, attrs, y[:2]


def case_gru():
    x, weights, attrs = cells(gru, 3, ["HardSigmoid", "Relu"], 2, 2, linear_before_reset=1,
                              activation_alpha=[0.25, 0.25], activation_beta=[0.5, 0.5])
    y = cell(gru, x, *weights.values())
    return "GRU", [x], weights, attrs, y[:2]


def case_lstm():
    x, weights, attrs = cells(lstm, 4, ["HardSigmoid", "Relu", "Relu"], 2, 2,
                              activation_alpha=[0.25, 0.25], activation_beta=[0.5, 0.5])
    weights["c0"] = numbers(FLOAT, *weights["h0"].dims)
    weights["p"] = numbers(FLOAT, 2, 3 * 4, low=-1)
    y = cell(lstm, x, *weights.values())
    return "LSTM", [x], weights, attrs, y


# Order of the node's inputs where it is not: inputs, weights.
ORDER = {"fused_conv": ["x0", "w", "b", "x1"], "conv_integer": ["x0", "w", "xz", "wz"],
         "matmul_integer": ["x0", "b", "az", "bz"]}
# Models whose first dimension is open.
OPEN = ["conv"]


def write(folder, name, made):
    op, inputs, weights, attrs, outputs = made
    if isinstance(outputs, Tensor):
        outputs = [outputs]
    results = {"y" if not k else f"y{k}": y for k, y in enumerate(outputs)}
    domain, _, op = op.rpartition(".")
    given = {f"x{k}": x for k, x in enumerate(inputs)}
    names = ORDER.get(name, [*given, *weights])
    graph = field(1, node(op, names, results, attrs, domain)) + field(2, "g")
    graph += b"".join(field(5, tensor(k, t)) for k, t in weights.items())
    for k, t in given.items():
        dims = ("batch", *t.dims[1:]) if name in OPEN else t.dims
        graph += field(11, value(k, t.type, dims))
    for k, t in results.items():
        dims = ("batch", *t.dims[1:]) if name in OPEN else t.dims
        graph += field(12, value(k, t.type, dims))
    model = field(1, 7) + field(2, "nestwright-tests") + field(7, graph)
    model += field(8, field(2, 13))
    if domain:
        model += field(8, field(1, domain) + field(2, 1))
    folder = os.path.join(folder, name)
    os.makedirs(folder, exist_ok=True)
    files = {"model.onnx": model}
    files.update({f"output_{k}.pb": tensor(n, t) for k, (n, t) in enumerate(results.items())})
    files.update({f"input_{k}.pb": tensor(f"x{k}", t) for k, t in enumerate(inputs)})
    for file, content in files.items():
        with open(os.path.join(folder, file), "wb") as out:
            out.write(content)


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(
        os.path.dirname(__file__), "..", "run")
    for name, case in sorted(globals().items()):
        if name.startswith("case_"):
            write(folder, name[len("case_"):], case())


main()
