#!/usr/bin/env python3
"""Energy of 2-D dataflow mechanisms for ResNet conv5_2 (batch 4): a mechanism
is the pair of loops that run across the PEs. For each, the mapping of least
energy of all that have it, proven: the searches for every pair of factors. Writes results.csv and chart.svg.

    python3 examples/experiments/energy-validation/run.py [DIR]
"""
import itertools
import math
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..'))
import chart
import nestwright

BOUNDS = {'N': 4, 'M': 512, 'C': 512, 'Ox': 7, 'Oy': 7, 'Fx': 3, 'Fy': 3}
PES = 256
NAMES = {('M', 'C'): 'coarse weight stationary',
         ('Ox', 'Oy'): 'output stationary',
         ('Ox', 'Fx'): 'row stationary',
         ('Fx', 'Fy'): 'weight stationary'}
COMPONENTS = ['MAC', 'RF', 'NoC', 'SPM', 'DRAM']
layer = nestwright.conv('conv5_2', 4, 512, 512, 7, 3)


def least_energy(pair, *options):
    """Of all factors of the pair's loops, each above 1 and on the array."""
    factors = [[d for d in range(2, BOUNDS[l] + 1) if BOUNDS[l] % d == 0]
               for l in pair]
    found = []
    for chosen in itertools.product(*factors):
        if math.prod(chosen) > PES:
            continue
        fixed = ','.join(f'{l}={f}' for l, f in zip(pair, chosen))
        fix = ['--fix', 'SPATIAL:' + fixed] if pair else []
        nest = nestwright.compile(
            layer, '--objective', 'energy', *fix, *options)['nests'][0]
        best = nest['best']['energy']
        assert best['proven']
        found.append([best['energy_pj'], best['cycles'], best['use']['pes']] +
                     [round(best['component_pj'][c]) for c in COMPONENTS])
    return min(found)


rows = []
for pair in itertools.combinations(BOUNDS, 2):
    others = [l for l in BOUNDS if l not in pair]
    rows.append(['|'.join(pair), NAMES.get(pair, ''), *least_energy(
        pair, '--forbid', 'SPATIAL:' + ','.join(others))])
# The same with other loops beside them, to fill the array.
for pair, name in NAMES.items():
    rows.append(['|'.join(pair) + '+', name + ', replicated',
                 *least_energy(pair)])
rows.append(['any', 'the optimum', *least_energy(())])

folder = sys.argv[1] if len(sys.argv) > 1 else HERE
nestwright.table(
    os.path.join(folder, 'results.csv'),
    ['mechanism', 'name', 'energy_pj', 'cycles', 'pes'] +
    [c + '_pj' for c in COMPONENTS], rows)
with open(os.path.join(folder, 'chart.svg'), 'w') as file:
    file.write(chart.stacked_bars(
        'ResNet conv5_2, batch 4: least energy of each dataflow mechanism',
        'mJ', COMPONENTS,
        [(f'{r[0]}  {r[1]}', [pj / 1e9 for pj in r[5:]]) for r in rows]))
