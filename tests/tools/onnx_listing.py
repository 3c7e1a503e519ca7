#!/usr/bin/env python3
"""Lists ONNX models as python3-onnx reads them, one fact a line.

usage: onnx_listing.py PATH...     (files, or folders searched for *.onnx)

tests/test_onnx_listing.c prints the same of what the importer reads: the two
programs share nothing but the files.
"""
import os
import sys

import onnx
from onnx import numpy_helper

VALUES = 1000  # tensors of at most so many elements are listed with values
SHOWN = 8  # of them, the first ones


def dims_text(dims):
    return "[%s]" % ",".join(str(d) for d in dims)


def number_text(value):
    return "%.9g" % float(value)


def elements(tensor):
    count = 1
    for d in tensor.dims:
        count *= d
    if count > VALUES or tensor.data_type == onnx.TensorProto.STRING:
        return ""
    flat = numpy_helper.to_array(tensor).reshape(-1)[:SHOWN]
    if flat.dtype.kind == "f":
        return "".join(" " + number_text(v) for v in flat)
    return "".join(" %d" % v for v in flat)


def tensor_text(tensor):
    return "type %d %s%s" % (
        tensor.data_type, dims_text(tensor.dims), elements(tensor))


def shape_text(type_proto, symbols, add):
    """Open dimensions of inputs are numbered as they come."""
    if not type_proto.tensor_type.HasField("shape"):
        return "?"
    dims = []
    for d in type_proto.tensor_type.shape.dim:
        if d.HasField("dim_value") and d.dim_value >= 0:
            dims.append(d.dim_value)
            continue
        name = d.dim_param
        if add and (not name or name not in symbols):
            key = name or "#%d" % len(symbols)
            symbols[key] = len(symbols)
            dims.append("$%d" % symbols[key])
        else:
            dims.append("$%d" % symbols[name] if name in symbols else "?")
    return dims_text(dims)


def attr_text(a, indent, out, symbols):
    kind = onnx.AttributeProto
    if a.type == kind.FLOAT:
        return "float " + number_text(a.f)
    if a.type == kind.INT:
        return "int %d" % a.i
    if a.type == kind.STRING:
        return "string " + a.s.decode("utf-8")
    if a.type == kind.FLOATS:
        return "floats" + "".join(" " + number_text(v) for v in a.floats)
    if a.type == kind.INTS:
        return "ints" + "".join(" %d" % v for v in a.ints)
    if a.type == kind.STRINGS:
        return "strings" + "".join(" " + s.decode("utf-8") for s in a.strings)
    if a.type == kind.TENSOR:
        return "tensor " + tensor_text(a.t)
    if a.type == kind.GRAPH:
        return "graph " + a.g.name
    return "other"


def graph_lines(graph, indent, symbols, outer, opsets, out):
    say = lambda text: out.append("  " * indent + text)
    constants = {t.name for t in graph.initializer}
    for v in graph.input:
        if v.name in constants:
            continue
        if v.type.HasField("tensor_type"):
            say("input %s type %d %s" % (
                v.name, v.type.tensor_type.elem_type,
                shape_text(v.type, symbols, not outer)))
        else:
            say("input %s sequence" % v.name)
    for t in graph.initializer:
        say("initializer %s %s" % (t.name, tensor_text(t)))
    stored = {v.name: v.type for v in graph.value_info}
    stored.update((v.name, v.type) for v in graph.output)
    for index, n in enumerate(graph.node):
        domain = "" if n.domain == "ai.onnx" else n.domain
        say("node %d '%s' %s:%s %d: %s -> %s" % (
            index, n.name, domain, n.op_type, opsets.get(domain, 0),
            " ".join(i or "-" for i in n.input),
            " ".join(o or "-" for o in n.output)))
        for a in n.attribute:
            say(" %s %s" % (a.name, attr_text(a, indent, out, symbols)))
            if a.type == onnx.AttributeProto.GRAPH:
                graph_lines(a.g, indent + 2, symbols, True, opsets, out)
        for o in n.output:
            if o in stored and stored[o].tensor_type.HasField("shape"):
                say(" stored %s type %d %s" % (
                    o, stored[o].tensor_type.elem_type,
                    shape_text(stored[o], symbols, False)))
    for v in graph.output:
        say("output %s" % v.name)


def model_lines(path):
    model = onnx.load(path)
    opsets = {("" if o.domain == "ai.onnx" else o.domain): o.version
              for o in model.opset_import}
    out = ["model %s" % path,
           "ir %d opset %d" % (model.ir_version, opsets.get("", 0))]
    graph_lines(model.graph, 0, {}, False, opsets, out)
    return out


def files(path):
    if not os.path.isdir(path):
        return [path]
    return sorted(os.path.join(folder, name)
                  for folder, _, names in os.walk(path)
                  for name in names if name.endswith(".onnx"))


def main():
    for path in sys.argv[1:]:
        for name in files(path):
            sys.stdout.write("\n".join(model_lines(name)) + "\n")
    print("end")


if __name__ == "__main__":
    main()
