#!/usr/bin/env python3
"""Writes examples/models/*.json: the networks that dMazeRunner ships, as model
specifications, from the shapes of their publications:

  alexnet             Krizhevsky, "One weird trick", 2014 (torchvision's)
  vgg16               Simonyan, Zisserman, 2015, configuration D
  resnet18, resnet50  He et al., 2016; stride in the 3x3 convolution
  mobilenetv2         Sandler et al., 2018, width 1
  efficientnetb0      Tan, Le, 2019
  bert-base-uncased   Devlin et al., 2019; 128 tokens
  transformer         Vaswani et al., 2017, base; 128 tokens in and out

    python3 tests/tools/make_specs.py examples/models

Batch 1. Inputs are padded already; unused border rows are left out. Equal
layers that follow each other in a stage are one entry with instances.
"""
import json
import sys


class Spec:
    def __init__(self):
        self.lists = {}

    def add(self, kind, entry, instances):
        if instances > 1:
            entry['instances'] = instances
        self.lists.setdefault(kind, []).append(entry)

    def conv(self, name, m, c, out, filter, stride=1, instances=1):
        side = (out - 1) * stride + filter
        self.add('CONV', {'name': name, 'size_tensor_A': [1, c, side, side],
                          'size_tensor_B': [m, c, filter, filter],
                          'strides': [stride, stride]}, instances)

    def depthwise(self, name, c, out, filter, stride=1, instances=1):
        side = (out - 1) * stride + filter
        self.add('DW_CONV', {'name': name,
                             'size_tensor_A': [1, c, side, side],
                             'size_tensor_B': [c, 1, filter, filter],
                             'strides': [stride, stride]}, instances)

    def gemm(self, name, rows, columns, depth, instances=1):
        self.add('GEMM', {'name': name, 'size_tensor_A': [rows, depth],
                          'size_tensor_B': [depth, columns]}, instances)


def alexnet(s):
    s.conv('conv1', 64, 3, 55, 11, 4)
    s.conv('conv2', 192, 64, 27, 5)
    s.conv('conv3', 384, 192, 13, 3)
    s.conv('conv4', 256, 384, 13, 3)
    s.conv('conv5', 256, 256, 13, 3)
    s.gemm('fc6', 1, 4096, 9216)
    s.gemm('fc7', 1, 4096, 4096)
    s.gemm('fc8', 1, 1000, 4096)


def vgg16(s):
    c, out = 3, 224
    for block, (m, count) in enumerate(
            [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)], 1):
        s.conv(f'conv{block}_1', m, c, out, 3)
        s.conv(f'conv{block}_2', m, m, out, 3, instances=count - 1)
        c, out = m, out // 2
    s.gemm('fc6', 1, 4096, 25088)
    s.gemm('fc7', 1, 4096, 4096)
    s.gemm('fc8', 1, 1000, 4096)


def resnet18(s):
    s.conv('conv1', 64, 3, 112, 7, 2)
    c, out = 64, 56
    for stage, m in enumerate([64, 128, 256, 512], 2):
        stride = 1 if stage == 2 else 2
        out //= stride
        if stride == 2:
            s.conv(f'conv{stage}_1', m, c, out, 3, 2)
            s.conv(f'conv{stage}_shortcut', m, c, out, 1, 2)
        s.conv(f'conv{stage}_2', m, m, out, 3, instances=5 - stride)
        c = m
    s.gemm('fc', 1, 1000, 512)


def resnet50(s):
    s.conv('conv1', 64, 3, 112, 7, 2)
    c, out = 64, 56
    for stage, (m, blocks) in enumerate(
            [(64, 3), (128, 4), (256, 6), (512, 3)], 2):
        stride = 1 if stage == 2 else 2
        s.conv(f'conv{stage}_1_reduce', m, c, out, 1)
        out //= stride
        s.conv(f'conv{stage}_1', m, m, out, 3, stride)
        s.conv(f'conv{stage}_shortcut', 4 * m, c, out, 1, stride)
        s.conv(f'conv{stage}_expand', 4 * m, m, out, 1, instances=blocks)
        s.conv(f'conv{stage}_reduce', m, 4 * m, out, 1, instances=blocks - 1)
        s.conv(f'conv{stage}_2', m, m, out, 3, instances=blocks - 1)
        c = 4 * m
    s.gemm('fc', 1, 1000, 2048)


def mobilenetv2(s):
    s.conv('conv1', 32, 3, 112, 3, 2)
    c, out, block = 32, 112, 0
    for t, m, count, first in [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2),
                               (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2),
                               (6, 320, 1, 1)]:
        for i in range(count):
            stride = first if i == 0 else 1
            block += 1
            if t > 1:
                s.conv(f'block{block}_expand', t * c, c, out, 1)
            out //= stride
            s.depthwise(f'block{block}', t * c, out, 3, stride)
            s.conv(f'block{block}_project', m, t * c, out, 1)
            c = m
    s.conv('conv2', 1280, 320, 7, 1)
    s.gemm('fc', 1, 1000, 1280)


def efficientnetb0(s):
    s.conv('stem', 32, 3, 112, 3, 2)
    c, out, block = 32, 112, 0
    for t, m, count, first, k in [
            (1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5),
            (6, 80, 3, 2, 3), (6, 112, 3, 1, 5), (6, 192, 4, 2, 5),
            (6, 320, 1, 1, 3)]:
        for i in range(count):
            stride = first if i == 0 else 1
            block += 1
            if t > 1:
                s.conv(f'block{block}_expand', t * c, c, out, 1)
            out //= stride
            s.depthwise(f'block{block}', t * c, out, k, stride)
            s.conv(f'block{block}_squeeze', c // 4, t * c, 1, 1)
            s.conv(f'block{block}_excite', t * c, c // 4, 1, 1)
            s.conv(f'block{block}_project', m, t * c, out, 1)
            c = m
    s.conv('head', 1280, 320, 7, 1)
    s.gemm('fc', 1, 1000, 1280)


def attention(s, name, layers, heads, rows, columns, width):
    s.gemm(f'{name}_query', rows, width, width, layers)
    s.gemm(f'{name}_key_value', columns, width, width, 2 * layers)
    s.gemm(f'{name}_scores', rows, columns, width // heads, heads * layers)
    s.gemm(f'{name}_context', rows, width // heads, columns, heads * layers)
    s.gemm(f'{name}_output', rows, width, width, layers)


def feed_forward(s, name, layers, rows, width, inner):
    s.gemm(f'{name}_inner', rows, inner, width, layers)
    s.gemm(f'{name}_outer', rows, width, inner, layers)


def bert_base_uncased(s):
    attention(s, 'attention', 12, 12, 128, 128, 768)
    feed_forward(s, 'feed_forward', 12, 128, 768, 3072)
    s.gemm('pooler', 1, 768, 768)


def transformer(s):
    attention(s, 'encoder', 6, 8, 128, 128, 512)
    feed_forward(s, 'encoder', 6, 128, 512, 2048)
    attention(s, 'decoder', 6, 8, 128, 128, 512)
    attention(s, 'decoder_encoder', 6, 8, 128, 128, 512)
    feed_forward(s, 'decoder', 6, 128, 512, 2048)
    s.gemm('vocabulary', 128, 37000, 512)


def text(spec):
    lists = []
    for kind, entries in spec.lists.items():
        rows = ',\n    '.join(json.dumps(e) for e in entries)
        lists.append(f'  "{kind}": [\n    {rows}\n  ]')
    return '{\n' + ',\n'.join(lists) + '\n}\n'


for network in (alexnet, vgg16, resnet18, resnet50, mobilenetv2,
                efficientnetb0, bert_base_uncased, transformer):
    spec = Spec()
    network(spec)
    name = network.__name__.replace('_', '-')
    with open(f'{sys.argv[1]}/{name}.json', 'w') as file:
        file.write(text(spec))
