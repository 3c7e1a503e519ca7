#!/usr/bin/env python3
"""Perfect tiles against padded ones: networks x machines.

    python3 tests/bench/bench_tiles.py [THREADS]

Networks are the exported models in NESTWRIGHT_SHARED/models where they are
there, else the specifications in examples/models. EDP is energy x cycles of the
network, pJ x cycles; PEs: the share of all that have work, over the cycles;
seconds: wall time of one run of build/nestwright, reading the model, proving
and writing all files included.
"""
import csv
import os
import subprocess
import sys
import tempfile
import time

THREADS = sys.argv[1] if len(sys.argv) > 1 else '2'
SHARED = os.environ.get('NESTWRIGHT_SHARED', '../shared')
# Name, exported model, specification.
NETWORKS = [('AlexNet', 'alexnet', 'alexnet'),
            ('VGG-16', 'vgg16', 'vgg16'),
            ('ResNet-18', 'resnet18', 'resnet18'),
            ('ResNet-50', 'resnet50', 'resnet50'),
            ('MobileNetV2', 'mobilenet_v2', 'mobilenetv2'),
            ('EfficientNet-B0', 'efficientnet_b0', 'efficientnetb0'),
            ('ViT-B/16', 'vit_b_16', None),
            ('BERT-base', 'bert_base', 'bert-base-uncased')]
MACHINES = ['default', 'eyeriss', 'tpu', 'nvdla', 'shidiannao', 'ethos_u']
TILES = ['perfect', 'padded']


def model(exported, specification):
    path = os.path.join(SHARED, 'models', exported + '.onnx')
    if os.path.exists(path):
        return path
    return specification and f'examples/models/{specification}.json'


def read(path):
    with open(path, newline='') as file:
        return list(csv.DictReader(file))


def run(path, machine, tiles):
    """EDP, cycles, share of PEs in use, seconds."""
    spec = [] if machine == 'default' else [
        '--arch-spec', f'examples/machines/{machine}.json']
    name = os.path.splitext(os.path.basename(path))[0]
    with tempfile.TemporaryDirectory() as folder:
        begin = time.monotonic()
        subprocess.run(['build/nestwright', 'compile', path, '-q', '-o', folder,
                        '-j', THREADS, '--tiles', tiles, *spec], check=True)
        seconds = time.monotonic() - begin
        total = read(os.path.join(folder, name + '_summary.csv'))[0]
        layers = read(os.path.join(folder, name + '_per-layer.csv'))
    cycles = float(total['cycles'])
    busy = sum(float(r['pe_use']) * float(r['cycles']) for r in layers)
    return float(total['edp']), cycles, busy / cycles, seconds


print(f'{"":15} {"":10} {"EDP":>20} {"":>6} {"cycles":>19} {"PEs":>11} '
      f'{"seconds":>11}')
print(f'{"network":15} {"machine":10}' + ''.join(
    f' {TILES[0]:>{w}} {TILES[1]:>{w}}{gain}'
    for w, gain in ((9, '   less'), (9, ''), (7, ''), (7, ''))))
for name, exported, specification in NETWORKS:
    path = model(exported, specification)
    for machine in MACHINES if path else []:
        a, b = (run(path, machine, tiles) for tiles in TILES)
        print(f'{name:15} {machine:10} {a[0]:9.4g} {b[0]:9.4g} '
              f'{100 * (1 - b[0] / a[0]):5.1f}% {a[1]:9.4g} {b[1]:9.4g} '
              f'{100 * a[2]:6.1f}% {100 * b[2]:6.1f}% {a[3]:7.2f} {b[3]:7.2f}',
              flush=True)
