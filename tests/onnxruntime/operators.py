#!/usr/bin/env python3
"""Compares the operators that ONNX Runtime knows with `nestwright ops`. Needs
the PyPI package onnxruntime, 1.30.0; no part of ./check.

    python3 -m venv V && V/bin/pip install onnxruntime==1.30.0
    V/bin/python tests/onnxruntime/operators.py [NESTWRIGHT]

Prints, domain by domain, the operators that our table lacks and those that only
it has. Exit status 1 when one is lacking that LEFT_ALONE does not give a reason
for.
"""
import subprocess
import sys

from onnxruntime import __version__ as version
import onnxruntime.capi.onnxruntime_pybind11_state as state

PINNED = "1.30.0"
# Domains of which no file that is handed on has a node.
LEFT_ALONE = {
    "com.ms.internal.nhwc": "a layout that a session makes for itself",
}


def known(program):
    rows = subprocess.run([program, "ops"], check=True, capture_output=True, text=True).stdout
    return {tuple(row.split()[:2]) for row in rows.splitlines()[1:]}


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else "build/nestwright"
    ours, theirs = known(program), {}
    for schema in state.get_all_operator_schema():
        key = (schema.domain or "ai.onnx", schema.name)
        theirs.setdefault(key, set()).add(schema.since_version)
    lacking = 0
    if version != PINNED:
        print(f"onnxruntime {version}; the table is compared with {PINNED}")
    for domain in sorted({d for d, _ in theirs} | {d for d, _ in ours}):
        have = {n for d, n in ours if d == domain}
        want = {n for d, n in theirs if d == domain}
        print(f"{domain}: {len(want)} in ONNX Runtime {version}, {len(have)} in the table")
        for name in sorted(want - have):
            since = ", ".join(str(v) for v in sorted(theirs[domain, name]))
            print(f"    lacking  {name} ({since})")
            lacking += domain not in LEFT_ALONE
        if domain in LEFT_ALONE:
            print(f"    left alone: {LEFT_ALONE[domain]}")
        for name in sorted(have - want):
            print(f"    only ours  {name}")
    print(f"{lacking} lacking")
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())
