"""Calls nestwright for the experiments in this folder. NESTWRIGHT names the
program; by default it is the one that the build makes."""
import csv
import json
import os
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
MODELS = os.path.join(HERE, '..', 'models')
PROGRAM = os.environ.get('NESTWRIGHT') or os.path.join(
    HERE, '..', '..', 'build', 'nestwright')


class Refused(Exception):
    """Its text is what the program said."""


def compile(model, *options):
    """NAME.json of a model compiled with perfect tiles, dMazeRunner's. model: a
    path, or a specification."""
    with tempfile.TemporaryDirectory() as folder:
        path = model
        if not isinstance(model, str):
            path = os.path.join(folder, 'model.json')
            with open(path, 'w') as file:
                json.dump(model, file)
        out = os.path.join(folder, 'out')
        done = subprocess.run(
            [PROGRAM, 'compile', path, '-q', '-o', out,
             '--tiles', 'perfect', *options],
            capture_output=True, text=True)
        if done.returncode:
            raise Refused(done.stderr)
        name = os.path.splitext(os.path.basename(path))[0]
        with open(os.path.join(out, name + '.json')) as file:
            return json.load(file)


def conv(name, n, m, c, out, filter, stride=1):
    """A specification of one square convolution, its input padded."""
    side = (out - 1) * stride + filter
    return {'CONV': [{'name': name, 'size_tensor_A': [n, c, side, side],
                      'size_tensor_B': [m, c, filter, filter],
                      'strides': [stride, stride]}]}


def table(path, heading, rows):
    """Writes rows as CSV, numbers so that they read well."""
    with open(path, 'w', newline='') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(heading)
        writer.writerows(rows)
