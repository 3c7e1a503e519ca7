#!/usr/bin/python3
"""Asks the onnx package for the shapes in tests/shape_cases.txt.

Prints every line where its shape inference and the file disagree, and how many
agree. It knows nothing of newer opsets and other domains (counted as unknown),
and infers no values. Needs python3-onnx.

  tests/tools/shape_oracle.py [tests/shape_cases.txt]
"""
import multiprocessing
import sys

import onnx
from onnx import TensorProto, helper, shape_inference

# Where onnx 1.12 is known to be wrong; the file says how.
WRONG = {"STFT"}
TYPES = {"float": 1, "uint8": 2, "int8": 3, "int32": 6, "int64": 7, "bool": 9}


def dims_of(text):
    if text == "*":
        return None
    if text == "[]":
        return []
    return [("s" + d[1:] if d[1:] else None) if d[0] == "?" else int(d)
            for d in text.split("x")]


def attribute(text):
    name, value = text.split("=", 1)
    if value.endswith(",") and name != "equation":
        return name, [int(v) for v in value[:-1].split(",")]
    for convert in (int, float):
        try:
            return name, convert(value)
        except ValueError:
            pass
    return name, value


def model_of(line):
    op, inputs, attrs, outputs = [p.strip() for p in line.split("|", 3)]
    name, opset = op.split()
    if name in WRONG or "(" in line:  # sequences: infers no length
        return None
    if ":" in name or int(opset) > onnx.defs.onnx_opset_version():
        return None
    names, infos, constants = [], [], []
    for k, text in enumerate(t.strip() for t in inputs.split(";") if t.strip()):
        if text == "-":
            names.append("")
            continue
        what, _, values = text.partition("=")
        kind, shape = what.split()
        names.append("i%d" % k)
        dims = dims_of(shape)
        if values:
            numbers = [float(v) if kind == "float" else int(v)
                       for v in values.split(",")]
            constants.append(helper.make_tensor(
                names[-1], TYPES[kind], dims, numbers))
        else:
            infos.append(helper.make_tensor_value_info(
                names[-1], TYPES[kind], dims))
    wants = [w.strip() for w in outputs.split(";")]
    outs = ["o%d" % k for k in range(len(wants))]
    node = helper.make_node(name, names, outs,
                            **dict(attribute(a) for a in attrs.split()))
    graph = helper.make_graph([node], "g", infos, [], constants)
    return helper.make_model(graph, opset_imports=[
        helper.make_opsetid("", int(opset))]), wants, outs


def shapes(model):
    infos = shape_inference.infer_shapes(
        model, strict_mode=True, data_prop=True).graph.value_info
    found = {}
    for info in infos:
        tensor = info.type.tensor_type
        if info.type.HasField("sequence_type"):
            tensor = info.type.sequence_type.elem_type.tensor_type
        if tensor.HasField("shape"):
            found[info.name] = [
                d.dim_value if d.HasField("dim_value")
                else d.dim_param or None for d in tensor.shape.dim]
    return found


def answer(model, queue):
    try:
        queue.put(shapes(model))
    except Exception as error:
        queue.put(str(error).replace("\n", " "))


def ask(model):
    """In a process of its own: some refusals of ours are crashes there."""
    queue = multiprocessing.SimpleQueue()
    process = multiprocessing.Process(target=answer, args=(model, queue))
    process.start()
    process.join()
    return "it crashed" if queue.empty() else queue.get()


def agrees(want, got):
    """Both may know more than the other; what both know must be equal."""
    if want is None or got is None:
        return True
    return len(want) == len(got) and all(
        not isinstance(w, int) or not isinstance(g, int) or w == g
        for w, g in zip(want, got))


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else "tests/shape_cases.txt"
    same = known = unknown = different = 0
    for number, line in enumerate(open(path), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        made = model_of(line)
        if made is None:
            unknown += 1
            continue
        model, wants, outs = made
        refusal = wants[0].startswith("!")
        found = ask(model)
        if isinstance(found, str):
            if "No Op registered" in found or "No schema" in found:
                unknown += 1
            elif refusal:
                same += 1
            else:
                different += 1
                print("%d: %s\n    onnx refuses: %s" % (
                    number, line, found[:200]))
            continue
        if refusal:
            known += 1  # a check of ours that onnx does not make
            continue
        for want, out in zip(wants, outs):
            dims = dims_of(want.partition("=")[0].split()[-1])
            if not agrees(dims, found.get(out)):
                different += 1
                print("%d: %s\n    onnx: %s is %s" % (
                    number, line, out, found[out]))
                break
        else:
            same += 1
    print("%d agree, %d refusals are ours alone, %d unknown to onnx %s, "
          "%d differ" % (same, known, unknown, onnx.__version__, different))
    return 1 if different else 0


sys.exit(main())
