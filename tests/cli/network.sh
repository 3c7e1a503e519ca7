#!/bin/sh
# Fronts, and execution methods chosen for the model as a whole.
. tests/cli/common

model=examples/models/resnet18.onnx

# compiles WHAT OPTION...: into $tmp/out, with perfect tiles: their fronts are
# short enough to look at every choice.
compiles() {
	what=$1
	shift
	rm -rf "$tmp/out"
	build/nestwright compile $model -o "$tmp/out" --tiles perfect -q "$@"
	result $? "compiles $what"
}

# usage PATTERN OPTION...: wrong usage, one message that matches.
usage() {
	pattern=$1
	shift
	"$nestwright" compile $model -o "$tmp/none" "$@" 2>"$tmp/err"
	[ $? -eq 2 ] && grep -q -e "$pattern" "$tmp/err" &&
		[ ! -e "$tmp/none" ]
	result $? "refuses $*"
}

usage "goes with --objective energy or network-edp" --max-network-cycles 9
usage "goes with --objective energy or network-edp" \
	--objective cycles --max-network-cycles 9
usage "goes with --objective cycles" --max-network-energy 9
"$nestwright" compile $model --objective energy --max-network-cycles 19000000 \
	--tiles perfect -o "$tmp/none" 2>"$tmp/err"
[ $? -eq 1 ] && grep -q 'takes at least 19227877 cycles' "$tmp/err" &&
	[ ! -e "$tmp/none/resnet18.json" ]
result $? "a cap below the least is refused and the least named"

if ! command -v python3 >/dev/null 2>&1; then
	echo '# skipped: no python3'
	finish
	exit
fi

cat >"$tmp/check.py" <<'END'
"""Fronts against the optima, and the choice against all weights and, where it
has a cap, against all choices with one point changed."""
import json, sys

result = json.load(open(sys.argv[1]))
nests = result['nests']
runs = [n['instances'] for n in nests]


def totals(points):
    chosen = [n['front'][p] for n, p in zip(nests, points)]
    return (sum(r * c['energy_pj'] for r, c in zip(runs, chosen)),
            sum(r * c['cycles'] for r, c in zip(runs, chosen)))


for nest in nests:
    front, best = nest['front'], nest['best']
    for a, b in zip(front, front[1:]):
        assert a['energy_pj'] < b['energy_pj'] and a['cycles'] > b['cycles']
    assert front[0]['energy_pj'] == best['energy']['energy_pj']
    assert front[-1]['cycles'] == best['cycles']['cycles']
    assert min(p['edp'] for p in front) == best['edp']['edp']

for vertex in result['network_front']:
    assert totals(vertex['points']) == (vertex['energy_pj'], vertex['cycles'])

choice = result.get('network_choice')
if not choice:
    sys.exit()
points = [n['chosen']['point'] for n in nests]
energy, cycles = totals(points)
assert (energy, cycles) == (choice['energy_pj'], choice['cycles'])
assert choice['proven']
assert result['totals']['edp'] == float(energy) * cycles
assert (result['totals']['energy_pj'], result['totals']['cycles']) == \
    (energy, cycles)
aim = choice['aim']


def value(e, c):
    return {'network-edp': e * c, 'network-energy': e, 'network-cycles': c}[aim]


def allowed(e, c):
    return e <= choice.get('max_energy_pj', e) and \
        c <= choice.get('max_cycles', c)


assert allowed(energy, cycles)
for i, nest in enumerate(nests):
    for p in range(len(nest['front'])):
        other = totals(points[:i] + [p] + points[i + 1:])
        assert not allowed(*other) or value(*other) >= value(energy, cycles)
for step in range(-400, 401):
    weight = 10 ** (step / 40)
    other = totals([min(range(len(n['front'])),
                        key=lambda p: n['front'][p]['energy_pj'] +
                        weight * n['front'][p]['cycles']) for n in nests])
    assert not allowed(*other) or value(*other) >= value(energy, cycles)
END

# chosen WHAT: what was compiled last is the best
chosen() {
	python3 "$tmp/check.py" "$tmp/out/resnet18.json"
	result $? "$1"
}

compiles "with fronts" --pareto
chosen "fronts hold the optima"
rows=$(wc -l <"$tmp/out/resnet18_pareto.csv")
[ "$rows" -gt 60 ] && [ -s "$tmp/out/resnet18_network-pareto.csv" ]
result $? "a row a point in NAME_pareto.csv"
build/nestwright compile $model --tiles perfect -o "$tmp/out" -q &&
	[ ! -e "$tmp/out/resnet18_pareto.csv" ] &&
	[ ! -e "$tmp/out/resnet18_network-pareto.csv" ]
result $? "a run without fronts removes the tables of the one before"
compiles "for the network" --pareto --objective network-edp
chosen "no other choice has less network EDP"
grep -q "chosen for the model's network-edp" \
	"$tmp"/out/resnet18_methods/*1_layer1_layer1.0_conv1_Conv.txt
result $? "the execution method says what it was chosen for"
compiles "padded tiles of three layers" --pareto --objective network-edp \
	--tiles padded --layer-index 3 7 20
chosen "no other choice with padded tiles has less network EDP"
! grep -q '"perfect_edp": *[1-9]' "$tmp/out/resnet18.json" &&
	[ -z "$(sed -n 's/.*,padded,\([^,]*\),.*/\1/p' \
		"$tmp/out/resnet18_summary.csv")" ]
result $? "it is not compared with perfect tiles of another objective"
compiles "within cycles" --pareto --objective energy \
	--max-network-cycles 20000000
chosen "no other choice within the cycles has less energy"
compiles "network EDP within cycles" --pareto --objective network-edp \
	--max-network-cycles 19300000
chosen "no other choice within the cycles has less network EDP"
compiles "within energy" --pareto --objective cycles \
	--max-network-energy 12000000000
chosen "no other choice within the energy has fewer cycles"
finish
