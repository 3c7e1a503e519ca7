#!/usr/bin/env python3
"""What dMazeRunner's auto-optimiser loses against the optimum on eight models:
EDPs over the distinct layers, each counted once, as it sums them, and of the
whole network. Writes results.csv and layers.csv.

    python3 examples/experiments/pruning-loss/run.py [DIR [MODELS]]

MODELS: a folder with specifications of the same names, such as the models/ of
a copy of dMazeRunner; by default examples/models, which are ours.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..'))
import nestwright

NETWORKS = ['alexnet', 'vgg16', 'resnet18', 'resnet50', 'mobilenetv2',
            'efficientnetb0', 'bert-base-uncased', 'transformer']


def pruned(path, optimum):
    """The auto-optimiser's result, and the distinct nests it gives up on."""
    walked = nestwright.compile(path, '--search', 'pruned', '--auto-optimize')
    skipped = {layer['index'] for layer in walked.get('skipped', [])}
    return walked, {n['nest'] for layer in optimum['layers']
                    for n in layer['nests'] if layer['index'] in skipped}


def percent(a, b):
    return f'{100 * (a / b - 1):.2f}'


folder = sys.argv[1] if len(sys.argv) > 1 else HERE
source = sys.argv[2] if len(sys.argv) > 2 else nestwright.MODELS
models, layers = [], []
for name in NETWORKS:
    path = os.path.join(source, name + '.json')
    optimum = nestwright.compile(path)
    walked, lost = pruned(path, optimum)
    best = [n for i, n in enumerate(optimum['nests']) if i not in lost]
    pairs = []
    for mine, theirs in zip(best, walked['nests']):
        assert mine['bounds'] == theirs['bounds']
        edp, least = (n['best']['edp']['value'] for n in (theirs, mine))
        pairs.append((edp, least))
        layers.append([name, mine['example'], theirs['evaluated'],
                       theirs['relaxations'], f'{edp:.10g}', f'{least:.10g}',
                       percent(edp, least)])
    total, least = (sum(p[i] for p in pairs) for i in range(2))
    losses = [a / b for a, b in pairs]
    models.append([
        name, len(pairs), len(lost), sum(n['evaluated'] for n in
                                         walked['nests']),
        f'{total:.6g}', f'{least:.6g}', percent(total, least),
        percent(sum(losses) / len(losses), 1), percent(max(losses), 1),
        percent(walked['totals']['edp'], optimum['totals']['edp'])
        if not lost else ''])
models.append(['mean of models', '', '', '', '', ''] + [
    f'{sum(float(m[i]) for m in models) / len(models):.2f}' for i in (6, 7)] +
    ['', ''])

nestwright.table(
    os.path.join(folder, 'results.csv'),
    ['model', 'layers', 'given_up', 'evaluated', 'pruned_sum_edp',
     'optimum_sum_edp', 'sum_loss_percent', 'mean_layer_loss_percent',
     'worst_layer_loss_percent', 'network_edp_loss_percent'], models)
nestwright.table(
    os.path.join(folder, 'layers.csv'),
    ['model', 'layer', 'evaluated', 'relaxations', 'pruned_edp', 'optimum_edp',
     'loss_percent'], layers)
