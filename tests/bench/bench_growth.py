#!/usr/bin/env python3
"""How time grows with the numbers in a file, over four doublings.

    ninja && python3 tests/bench/bench_growth.py [CASE...]
    ninja -f tests/bench/bench.ninja bench_growth

  names         layers of a specification, each with a name of its own
  compiled      the same, compiled with perfect tiles
  nests         layers with bounds of their own, in an exploration of one design
  nodes         a chain of products in an ONNX model
  initializers  weights in an ONNX model of few nodes
  values        a list of a design space, of which a rule leaves four
  rows          a table of a design space, likewise
  designs       machines that are searched
  journal       the same, merged from the journal of a shard

Prints for each size the least CPU seconds of three runs, and against those of
half the size, less what the program takes for the smallest of files: 2 where
time grows as the numbers do, 4 where it grows as their square. Exits 1 when
the last doubling takes three times as long or more.
"""
import json
import os
import resource
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import onnx_bytes as ob  # noqa: E402

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
PROGRAM = os.environ.get("NESTWRIGHT", os.path.join(TOP, "build", "nestwright"))
RUNS, DOUBLINGS = 3, 4


def write(name, value):
    with open(name, "w") as f:
        json.dump(value, f)


def spec(count, own_bounds=False):
    depth = lambda i: i + 1 if own_bounds else 4
    write("model.json", {"GEMM": [
        {"name": f"layer{i}", "size_tensor_A": [1, depth(i)],
         "size_tensor_B": [depth(i), 4]} for i in range(count)]})


def space(**keys):
    write("space.json", {"base": {"missing": "default"}, **keys})


def names(count):
    spec(count)
    return ["layers", "model.json"]


def compiled(count):
    spec(count)
    return ["compile", "model.json", "--tiles", "perfect", "-o", "output", "-q"]


def nests(count):
    spec(count, own_bounds=True)
    space(keys={"RF_SIZE": [512]})
    return EXPLORE


def model(nodes, weights):
    """A chain of so many products with one weight, and more weights."""
    graph = b"".join(
        ob.field(1, ob.field(1, f"v{i}") + ob.field(1, "w") +
                 ob.field(2, f"v{i + 1}") + ob.field(3, f"n{i}") +
                 ob.field(4, "MatMul")) for i in range(nodes))
    graph += ob.field(2, "g")
    for name in ["w"] + [f"w{i}" for i in range(weights)]:
        graph += ob.field(5, ob.tensor(name, [4, 4]))
    with open("model.onnx", "wb") as f:
        f.write(ob.field(1, 8) + ob.field(7, graph + value(11, "v0") +
                                          value(12, f"v{nodes}")) +
                ob.field(8, ob.field(2, 17)))
    return ["layers", "model.onnx"]


def value(number, name):
    dims = b"".join(ob.field(1, ob.field(1, 4)) for _ in range(2))
    return ob.field(number, ob.field(1, name) + ob.field(
        2, ob.field(1, ob.field(1, 1) + ob.field(2, dims))))


EXPLORE = ["dse", "model.json", "--space", "space.json", "-o", "output", "-q"]


def values(count):
    spec(1)
    space(keys={"RF_SIZE": list(range(8, 8 + count))}, rules=["RF_SIZE < 12"])
    return EXPLORE


def rows(count):
    spec(1)
    space(keys={"x": list(range(count))}, rules=["x < 4"],
          tables=[{"columns": ["x", "RF_SIZE"],
                   "rows": [[i, i + 8] for i in range(count)]}])
    return EXPLORE


def designs(count):
    spec(1)
    space(keys={"RF_SIZE": list(range(8, 8 + count))})
    return EXPLORE + ["--all"]


CASES = {
    "names": (6250, names), "compiled": (125, compiled),
    "nests": (500, nests),
    "nodes": (1250, lambda n: model(n, 0)),
    "initializers": (2500, lambda n: model(1, n)),
    "values": (20000, values), "rows": (5000, rows),
    "designs": (1000, designs), "journal": (1000, designs),
}


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def program(arguments):
    subprocess.run([PROGRAM, *arguments], check=True,
                   stdout=subprocess.DEVNULL)


def least_seconds(case, count):
    """Of three runs, each into a new folder; a journal is written first."""
    arguments = CASES[case][1](count)
    best = float("inf")
    for _ in range(RUNS):
        if case == "journal":
            program(arguments + ["--shard", "0/1"])
        before = cpu_seconds()
        program(["dse", "merge", *arguments[1:]] if case == "journal"
                else arguments)
        best = min(best, cpu_seconds() - before)
        subprocess.run(["rm", "-rf", "output"], check=True)
    return best


def main():
    failed = False
    print(f"{'case':<13} {'count':>8} {'CPU s':>8} {'growth':>7}")
    for case in sys.argv[1:] or CASES:
        count = CASES[case][0]
        base, last = least_seconds(case, 1), None
        for _ in range(DOUBLINGS + 1):
            seconds = least_seconds(case, count)
            own = max(seconds - base, 1e-3)
            growth = own / last if last else 0
            print(f"{case:<13} {count:>8} {seconds:>8.3f} "
                  f"{f'{growth:.2f}' if last else '':>7}", flush=True)
            count, last = 2 * count, own
        failed |= growth >= 3
    sys.exit(failed)


if __name__ == "__main__":
    PROGRAM = os.path.abspath(PROGRAM)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        main()
