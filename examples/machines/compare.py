#!/usr/bin/env python3
"""Compiles networks for every machine of this folder and the default one, with
perfect and with padded tiles, and prints the table of docs/machines.md.

    python3 examples/machines/compare.py [--verify] [NESTWRIGHT]

With --verify every blob is executed by 'nestwright verify', too.
"""

import csv
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
MODELS = os.path.join(HERE, "..", "models")
NETWORKS = ["resnet50", "mobilenetv2"]
MACHINES = ["default", "eyeriss", "tpu", "nvdla", "shidiannao", "ethos_u"]


def read(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def verify(program, network, out):
    """Ends the comparison if the blob does not compute what it should."""
    subprocess.run([program, "verify", os.path.join(out, network + ".nwcfg")],
                   check=True, stdout=subprocess.DEVNULL)


def compile_for(program, machine, network, tiles, out):
    """The summary's row, the layers' rows, and the seconds it took."""
    command = [program, "compile", os.path.join(MODELS, network + ".json"),
               "-q", "-o", out, "--tiles", tiles, "-j", "1"]
    if machine != "default":
        command += ["--arch-spec", os.path.join(HERE, machine + ".json")]
    start = time.monotonic()
    subprocess.run(command, check=True)
    seconds = time.monotonic() - start
    return (read(os.path.join(out, network + "_summary.csv"))[0],
            read(os.path.join(out, network + "_per-layer.csv")), seconds)


def row(machine, network, tiles, summary, layers, seconds):
    cycles = float(summary["cycles"])
    busy = sum(float(r["pe_use"]) * float(r["cycles"]) for r in layers)
    peak = float(summary["mapped_macs"]) / cycles / float(summary["pes"])
    poor = sum(1 for r in layers if r["poor_fit"])
    return [network, machine, tiles, "%.4g" % float(summary["energy_pj"]),
            "%.4g" % cycles, "%.4g" % float(summary["edp"]),
            "%.1f %%" % (100 * busy / cycles), "%.1f %%" % (100 * peak),
            "%d of %d" % (poor, len(layers)), "%.2f" % seconds]


def main():
    names = [name for name in sys.argv[1:] if name != "--verify"]
    program = names[0] if names else "build/nestwright"
    print("| network | machine | tiles | energy | cycles | energy x cycles |"
          " PEs busy | of peak | poor fits | seconds |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for network in NETWORKS:
        for machine in MACHINES:
            for tiles in ["perfect", "padded"]:
                with tempfile.TemporaryDirectory() as out:
                    made = compile_for(program, machine, network, tiles, out)
                    if "--verify" in sys.argv:
                        verify(program, network, out)
                cells = row(machine, network, tiles, *made)
                print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
