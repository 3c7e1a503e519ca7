"""ONNX files, written byte by byte as the schema says: no package is needed,
and models of any size are made in one go."""
import struct

FLOAT, INT64, BOOL = 1, 7, 9


def varint(number):
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number, content):
    """A field with a whole number, a float, a text or bytes."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    if isinstance(content, float):
        return varint(number << 3 | 5) + struct.pack("<f", content)
    if isinstance(content, str):
        content = content.encode()
    return varint(number << 3 | 2) + varint(len(content)) + content


def fields(number, contents):
    return b"".join(field(number, c) for c in contents)


def tensor(name, dims, numbers=None):
    """Of INT64 numbers, or of floats that are all zero."""
    count = 1
    for d in dims:
        count *= d
    raw = (bytes(4 * count) if numbers is None
           else struct.pack("<%dq" % count, *numbers))
    return (fields(1, dims) + field(2, FLOAT if numbers is None else INT64) +
            (field(8, name) if name else b"") + field(9, raw))


def value(name, dims, kind=FLOAT):
    shape = fields(1, [field(2 if isinstance(d, str) else 1, d) for d in dims])
    return field(1, name) + field(2, field(1, field(1, kind) + field(2, shape)))


class Graph(bytes):
    """The bytes of a GraphProto, which an attribute tells from a tensor's."""


def attribute(name, content):
    if isinstance(content, list):
        body = fields(8, content) + field(20, 7)
    elif isinstance(content, Graph):
        body = field(6, content) + field(20, 5)
    elif isinstance(content, bytes):
        body = field(5, content) + field(20, 4)
    elif isinstance(content, float):
        body = field(2, content) + field(20, 1)
    elif isinstance(content, int):
        body = field(3, content) + field(20, 2)
    else:
        body = field(4, content) + field(20, 3)
    return field(1, name) + body


def node(op, inputs, outputs, name="", domain="", **attrs):
    return (fields(1, inputs) + fields(2, outputs) + field(3, name) +
            field(4, op) +
            fields(5, [attribute(k, v) for k, v in attrs.items()]) +
            (field(7, domain) if domain else b""))


def graph(name, nodes, inputs, outputs, tensors=(), infos=()):
    return Graph(fields(1, nodes) + field(2, name) + fields(5, tensors) +
                 fields(11, inputs) + fields(12, outputs) + fields(13, infos))


def function(domain, name, inputs, outputs, nodes, opset=17):
    return (field(1, name) + fields(4, inputs) + fields(5, outputs) +
            fields(7, nodes) + field(9, field(1, "") + field(2, opset)) +
            field(10, domain))


def model(content, opset=17, domains=(), functions=()):
    opsets = [field(1, "") + field(2, opset)]
    opsets += [field(1, d) + field(2, 1) for d in domains]
    return (field(1, 8) + field(2, "bench") + field(7, content) +
            fields(8, opsets) + fields(25, functions))
