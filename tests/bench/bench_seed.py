#!/usr/bin/env python3
"""dMazeRunner's optimiser against ours, on its own models and machine.

    python3 tests/bench/bench_seed.py [THREADS]

The CPU seconds of the original program are those recorded with its results in
NESTWRIGHT_SHARED/conformance/pruned_public.json, on another machine; ours are
the least wall time of five runs of build/nestwright here, starting the program
and writing its files included. Gain: by how much the proven optimum's sum of
layer EDPs lies below the pruned search's.
"""
import json
import os
import subprocess
import sys
import tempfile
import time

SHARED = os.environ.get('NESTWRIGHT_SHARED', '../shared')
THREADS = sys.argv[1] if len(sys.argv) > 1 else '2'


def entry(layer):
    shape = layer['layer']
    if shape['type'] == 'GEMM':
        return 'GEMM', {'name': layer['name'],
                        'size_tensor_A': [shape['M'], shape['K']],
                        'size_tensor_B': [shape['K'], shape['N']]}
    side = shape['in'] + 2 * shape['padding']
    return shape['type'], {
        'name': layer['name'],
        'size_tensor_A': [shape['N'], shape['C'], side, side],
        'size_tensor_B': [shape.get('M', 1), shape['C'], shape['kernel'],
                          shape['kernel']],
        'strides': [shape['stride']] * 2}


def run(folder, spec, *options):
    """Least seconds of five runs, and the sum of layer EDPs."""
    least = None
    for _ in range(5):
        begin = time.monotonic()
        subprocess.run(['build/nestwright', 'compile', spec, '-o', folder,
                        '-q', '-j', THREADS, '--compat', *options],
                       check=True)
        seconds = time.monotonic() - begin
        least = seconds if least is None else min(least, seconds)
    name = os.path.splitext(os.path.basename(spec))[0]
    with open(os.path.join(folder, name + '.json')) as file:
        return least, json.load(file)['totals']['seed_sums']['edp']


with open(os.path.join(SHARED, 'conformance', 'pruned_public.json')) as file:
    recorded = json.load(file)['auto']
print(f'{"model":10} {"dMazeRunner":>11} {"pruned":>8} {"faster":>7} '
      f'{"exact":>8} {"faster":>7} {"gain":>7}')
for model in recorded:
    with tempfile.TemporaryDirectory() as folder:
        lists = {}
        for layer in model['layers']:
            kind, made = entry(layer)
            lists.setdefault(kind, []).append(made)
        spec = os.path.join(folder, model['model'] + '.json')
        with open(spec, 'w') as file:
            json.dump(lists, file)
        seed = model['summary']['cpu_seconds']
        pruned, pruned_edp = run(os.path.join(folder, 'pruned'), spec,
                                 '--search', 'pruned', '--auto-optimize')
        exact, exact_edp = run(os.path.join(folder, 'exact'), spec)
        print(f'{model["model"]:10} {seed:9.1f} s {pruned:6.3f} s '
              f'{seed / pruned:6.0f}x {exact:6.3f} s {seed / exact:6.0f}x '
              f'{100 * (1 - exact_edp / pruned_edp):5.2f} %')
