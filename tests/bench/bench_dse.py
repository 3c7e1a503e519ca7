#!/usr/bin/env python3
"""How fast designs are explored: ResNet-50 on spaces of 125 to 1,000 designs.

    ninja && python3 tests/bench/bench_dse.py [--threads N] [--all]
    ninja -f tests/bench/bench.ninja bench_dse

Register files of 32 to 1,024 B, scratchpads of 32 to 1,024 kB and 64 to 4,096
PEs, each pair of sizes with the energy that dMazeRunner gives it; every space
spans the same sizes, the larger ones in finer steps. --all searches every
design; without it bounds settle those that cannot be on the front. Prints for
each space what became of the designs, the time, the CPUs' time together, the
designs in a second of time, and the CPUs' time against that of the space
before: 2 where it grows as the designs do.
"""
import argparse
import csv
import json
import os
import resource
import subprocess
import tempfile
import time

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
SPACES = [(5, 5, 5), (5, 5, 10), (5, 10, 10), (10, 10, 10)]


def sizes(low, high, count, step):
    """So many from low to high, spaced evenly in their logarithms."""
    ratio = (high / low) ** (1 / (count - 1))
    return sorted({round(low * ratio**i / step) * step for i in range(count)})


def space(counts):
    pes, rf, spm = counts
    return {
        "base": {"missing": "default"},
        "keys": {
            "CGRA_SIZE": sizes(64, 4096, pes, 8),
            "SPM_KB": sizes(32, 1024, spm, 4),
            "RF_SIZE": sizes(32, 1024, rf, 8),
        },
        "set": {
            "TOTAL_BANKS_IN_SPM": "SPM_KB * 512 / TOTAL_BYTES_IN_BANK",
            "spm_energy": "4 * pow(1.5, log2(SPM_KB / 16))",
            "rf_energy": "0.03 * RF_SIZE / 16",
        },
        "workloads": [
            {"model": os.path.join(TOP, "examples", "models", "resnet50.json")}
        ],
    }


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def explore(folder, counts, options):
    """Seconds of one exploration, of its CPUs, and its designs by status."""
    path = os.path.join(folder, "space.json")
    with open(path, "w") as f:
        json.dump(space(counts), f)
    program = os.path.join(TOP, "build", "nestwright")
    began, cpu = time.monotonic(), cpu_seconds()
    subprocess.run(
        [program, "dse", "--space", path, "-o", folder, "-q"] + options,
        check=True,
    )
    seconds, cpu = time.monotonic() - began, cpu_seconds() - cpu
    status = {}
    with open(os.path.join(folder, "designs.csv")) as f:
        for row in csv.DictReader(f):
            status[row["status"]] = status.get(row["status"], 0) + 1
    return seconds, cpu, status


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--threads", help="by default one per CPU")
    parser.add_argument("--all", action="store_true")
    arguments = parser.parse_args()
    options = ["--all"] if arguments.all else []
    if arguments.threads:
        options += ["--threads", arguments.threads]
    print("designs  searched  settled  infeasible  seconds  CPU s  designs/s  ratio")
    before = None
    for counts in SPACES:
        with tempfile.TemporaryDirectory() as folder:
            seconds, cpu, status = explore(folder, counts, options)
        designs = sum(status.values())
        ratio = f"{cpu / before:5.2f}" if before else "    -"
        before = cpu
        print(
            f"{designs:7}  {status.get('searched', 0):8}"
            f"  {status.get('settled', 0):7}"
            f"  {status.get('infeasible', 0):10}  {seconds:7.2f}  {cpu:5.2f}"
            f"  {designs / seconds:9.1f}  {ratio}",
            flush=True,
        )


if __name__ == "__main__":
    main()
