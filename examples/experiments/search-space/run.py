#!/usr/bin/env python3
"""dMazeRunner's strategies for pruning the search space, each alone and all
combinations, on six layers of ResNet (batch 4): how many mappings the strategy
leaves, the best EDP among them, and what it loses against the proven optimum.
Writes results.csv, and measured.csv with times, which differ from run to run.

    python3 examples/experiments/search-space/run.py [DIR]
"""
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..'))
import nestwright

LAYERS = [nestwright.conv(*shape) for shape in (
    ('conv1', 4, 64, 3, 112, 7, 2), ('conv2_2', 4, 64, 64, 56, 3),
    ('conv3_2', 4, 128, 128, 28, 3), ('conv4_2', 4, 256, 256, 14, 3),
    ('conv5_1', 4, 512, 256, 7, 3, 2), ('conv5_2', 4, 512, 512, 7, 3))]
STRATEGIES = {'utilization': ['--opt-min-utilization', '0.8', '0.8', '0.5'],
              'no feature DRAM': ['--opt-no-feature-dram'],
              'no spatial reduction': ['--opt-no-spatial-reduction']}
SUBSETS = [[n for i, n in enumerate(STRATEGIES) if bits & 1 << i]
           for bits in (0, 1, 2, 4, 3, 5, 6, 7)]

results, measured = [], []
for layer in LAYERS:
    name = layer['CONV'][0]['name']
    for subset in SUBSETS:
        options = [word for n in subset for word in STRATEGIES[n]]
        label = ' + '.join(subset) or 'none'
        start = time.perf_counter()
        try:
            nest = nestwright.compile(layer, *options)['nests'][0]
        except nestwright.Refused:
            results.append([name, label, 0, 0, '', ''])
            continue
        seconds = [time.perf_counter() - start]
        space, edp = nest['mapspace'], nest['best']['edp']['value']
        if not subset:
            optimum = edp
        # The spaces that utilization prunes are small enough to cost whole.
        if 'utilization' in subset:
            start = time.perf_counter()
            walked = nestwright.compile(
                layer, '--search', 'pruned', *options)['nests'][0]
            seconds.append(time.perf_counter() - start)
            assert walked['evaluated'] == space['tilings_fit']
            assert walked['best']['edp']['value'] == edp
        results.append([name, label, space['tilings_fit'],
                        space['mappings_fit'], f'{edp:.10g}',
                        f'{100 * (edp / optimum - 1):.2f}'])
        measured.append([name, label] + [f'{s:.3f}' for s in seconds])

folder = sys.argv[1] if len(sys.argv) > 1 else HERE
nestwright.table(
    os.path.join(folder, 'results.csv'),
    ['layer', 'strategies', 'tilings', 'mappings', 'best_edp', 'loss_percent'],
    results)
nestwright.table(
    os.path.join(folder, 'measured.csv'),
    ['layer', 'strategies', 'exact_seconds', 'enumerating_seconds'], measured)
