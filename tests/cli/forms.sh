#!/bin/sh
# Products that have forms: the best is written with all its figures, whatever
# the objective, and check-proof covers the others.
. tests/cli/common

model=tests/models/grouped.onnx
out=$tmp/out

"$nestwright" layers "$model" >"$tmp/text" &&
	grep -q '2 x N16 M10 C6' "$tmp/text" &&
	grep -q '2 x N16 M6 C10' "$tmp/text"
result $? "layers shows the form with the most rows"

# forms FOLDER: every layer once, in the best form that its nests have.
forms() {
	command -v python3 >/dev/null 2>&1 || return 0
	python3 - "$out/$1/grouped.json" <<'END'
import json, sys
result = json.load(open(sys.argv[1]))
nests, goal = result['nests'], result['options']['objective']
assert [l['name'] for l in result['layers']] == ['scores', 'result']
used = set()
for layer in result['layers']:
    nest, = layer['nests']
    used.add(nest['nest'])
    forms = nest['forms']
    assert len(forms) > 3
    assert any(f['nest'] == nest['nest'] and f['instances'] == nest['instances']
               for f in forms)
    if goal.startswith('network'):
        continue
    power = 2 if goal == 'edp' else 1
    value = lambda f: (f['instances'] ** power *
                       nests[f['nest']]['best'][goal]['value'])
    assert value(nest) == min(map(value, forms))
    assert layer[{'energy': 'energy_pj'}.get(goal, goal)] == value(nest)
assert used == set(range(result['totals']['distinct_nests']))
assert all((n['instances'] > 0) == (i in used) for i, n in enumerate(nests))
END
}

# tried NAME OPTION...: compiles, and everything that reads the outputs agrees.
tried() {
	name=$1
	shift
	"$nestwright" compile -q --tiles perfect -o "$out/$name" "$@" "$model" &&
		"$nestwright" check-proof --time-limit 1 \
			"$out/$name/grouped.json" >"$tmp/text" &&
		! grep -q '[1-9][0-9]* refuted' "$tmp/text" &&
		grep -q '^not checked again: which forms' "$tmp/text" &&
		"$nestwright" verify "$out/$name/grouped.nwcfg" \
			--model "$model" >"$tmp/text" &&
		"$nestwright" replay "$out/$name"/grouped_methods/*.json \
			>"$tmp/text" &&
		! grep -q differ "$tmp/text" &&
		"$nestwright" inspect "$out/$name/grouped.nwcfg" >"$tmp/text" &&
		forms "$name"
	result $? "$name: written, verified, replayed, proven"
}
tried edp
tried energy --objective energy
tried cycles --objective cycles
tried network --objective network-edp
tried front --pareto
tried pruned --search pruned
tried brute --search brute
tried compat --compat
tried sensitivity --sensitivity

[ "$(wc -l <"$out/edp/grouped_per-layer.csv")" = 3 ]
result $? "a layer is one row"
"$nestwright" compile -q --tiles perfect --cache "$tmp/cache" -o "$out/one" \
	"$model" && "$nestwright" compile -q --tiles perfect \
	--cache "$tmp/cache" -j 1 -o "$out/two" "$model" &&
	diff -r "$out/edp" "$out/one" && diff -r "$out/edp" "$out/two"
result $? "the same with a cache, and on any number of threads"

# A form that is not the best is told.
if command -v python3 >/dev/null 2>&1; then
	python3 - "$out/edp/grouped.json" "$tmp/worse.json" "$tmp/odd.json" \
		<<'END'
import copy, json, sys
result = json.load(open(sys.argv[1]))
worse, odd = copy.deepcopy(result), copy.deepcopy(result)
nest = worse['layers'][0]['nests'][0]
other = max(nest['forms'], key=lambda f: f['instances'] ** 2 *
            worse['nests'][f['nest']]['best']['edp']['value'])
nest['nest'], nest['instances'] = other['nest'], other['instances']
odd['layers'][0]['nests'][0]['forms'][0]['instances'] += 1
json.dump(worse, open(sys.argv[2], 'w'))
json.dump(odd, open(sys.argv[3], 'w'))
END
	! "$nestwright" check-proof "$tmp/worse.json" >"$tmp/text" \
		2>"$tmp/err" && grep -q 'of the objective, forms\[' "$tmp/err"
	result $? "a layer in a worse form is told"
	! "$nestwright" check-proof "$tmp/odd.json" >"$tmp/text" \
		2>"$tmp/err" && grep -q 'does not multiply as often' "$tmp/err"
	result $? "so is a form of something else"
fi

# dse takes the best form on every design: on one, what compile has.
cat >"$tmp/space.json" <<'END'
{"base": {"missing": "default"}, "keys": {"CGRA_SIZE": [64, 256]}}
END
for objective in edp energy cycles; do
	"$nestwright" dse -q --all --objective $objective --space \
		"$tmp/space.json" -o "$tmp/dse_$objective" "$model" &&
		edp=$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) {
			if ($i == "edp") c = i; if ($i == "CGRA_SIZE") k = i } }
			$k == 256 { printf "%.6g", $c }' \
			"$tmp/dse_$objective/designs.csv") &&
		want=$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++)
			if ($i == "edp") c = i } NR == 2 { printf "%.6g", $c }' \
			"$out/$objective/grouped_summary.csv") &&
		[ -n "$want" ] && [ "$edp" = "$want" ]
	result $? "dse has compile's $objective"
done

finish
