#!/bin/sh
# nestwright eval on execution methods: those that are shipped, what is refused
# and where, and every method against the same mapping in the form of cases.
. tests/cli/common

# figure FILE OBJECTIVE KEY
figure() {
	"$nestwright" eval "$1" --compat --json | python3 -c '
import json, sys
print(json.load(sys.stdin)["best"][sys.argv[1]]["estimate"][sys.argv[2]])' \
		"$2" "$3"
}

# refused STATUS FRAGMENT ARGUMENT...
refused() {
	status=$1 fragment=$2
	shift 2
	"$nestwright" eval "$@" >"$tmp/out" 2>"$tmp/err"
	[ $? -eq "$status" ] && grep -qF -- "$fragment" "$tmp/err" &&
		[ ! -s "$tmp/out" ]
	result $? "eval refuses: $fragment" || cat "$tmp/err"
}

# method SED-EXPRESSION: a changed copy of the shipped product.
method() {
	sed "$1" examples/methods/gemm.json >"$tmp/method.json"
}

while IFS='|' read -r expression fragment; do
	method "$expression"
	refused 1 "$fragment" "$tmp/method.json"
done <<'END'
s/250, 2, *1, 2/250, 2, 1, 3/|method.json:5:5: error: the factors of loop X are 250 (DRAM), 2 (SPM), 1 (RF), 3 (SPATIAL), expected a product of 1000
/"X"/d|loop X is missing, expected four factors (DRAM, SPM, RF, SPATIAL) with a product of 1000
s/"X": /"Z": /|method.json:5:5: error: unknown key 'Z'
s/"X", "K"\]/"X", "X"]/|the order of the SPM loops: expected each of X, Y, K once
s/\["Y", "K", "X"\]/["Y", "K"]/|the order of the DRAM loops: expected each of X, Y, K once
s/"layer"/"later"/|unknown key 'later', did you mean 'layer'?
/"layer"/d|expected 'layer' (a kind and its sizes) or 'nest' (as compile writes it), found neither
s/GEMM/GEMV/|expected CONV, DW_CONV or GEMM, found 'GEMV'
s/"DRAM":/"L2":/|unknown key 'L2'
s/250, 2,/0, 2,/|method.json:5:
END
refused 2 '--arch-spec is for an execution method' \
	tests/fuzz/seeds/eval.json --arch-spec examples/arch/default.json
refused 2 '--objective chooses what is printed for people' \
	examples/methods/conv.json --objective edp --json
refused 2 'expected one of edp, energy, cycles' \
	examples/methods/conv.json --objective power

"$nestwright" eval examples/methods/conv.json >"$tmp/out"
grep -q '^scratchpad / B *97,408  *65,536  *148.6 %  NO$' "$tmp/out"
result $? 'a constraint that does not hold is told with its numbers'
"$nestwright" eval examples/methods/gemm.json >"$tmp/out"
grep -q '^given orders ' "$tmp/out" && ! grep -q '^least ' "$tmp/out"
result $? 'orders that are given are the only ones costed'

if ! command -v python3 >/dev/null 2>&1; then
	echo '# skipped: no python3'
	finish
	exit
fi

# pJ and cycles that dMazeRunner's own three examples print.
while read -r name energy cycles; do
	[ "$(figure "examples/methods/$name.json" energy energy_pj) \
$(figure "examples/methods/$name.json" cycles cycles)" = "$energy $cycles" ]
	result $? "$name.json takes $energy pJ and $cycles cycles"
done <<'END'
conv 3066431734 19529728
gemm 13479500000 25064560
dwconv 125470138 317952
END

if python3 -c 'import jsonschema' 2>/dev/null; then
	python3 - <<'END'
import copy, glob, json, sys
import jsonschema
schema = json.load(open("docs/method.schema.json"))
check = jsonschema.Draft7Validator(schema)
jsonschema.Draft7Validator.check_schema(schema)
good = [json.load(open(f)) for f in sorted(glob.glob("examples/methods/*.json"))]
bad = []
for change in ({"layer": {"type": "GEMV"}}, {"tiling": {"X": [1, 2, 3]}},
               {"nest": {}}, {"order": {"L2": []}}, {"extra": 1}):
    bad.append({**copy.deepcopy(good[0]), **change})
sys.exit(not (good and all(map(check.is_valid, good))
              and not any(map(check.is_valid, bad))))
END
	result $? 'the schema takes the shipped methods, and none that is broken'
else
	echo '# skipped: the schema (no python3-jsonschema)'
fi

# A method is costed as a case is: every twentieth of the reference cases.
cases=${NESTWRIGHT_SHARED-../shared}/conformance/dmazerunner_public.json
if [ -e "$cases" ]; then
	python3 - "$nestwright" "$cases" "$tmp" <<'END'
import json, os, subprocess, sys
binary, path, folder = sys.argv[1:]
truth, failed = json.load(open(path)), 0
method, machine = (os.path.join(folder, n) for n in ("m.json", "a.json"))
for case in truth["cases"][::20]:
    loops = "XYK" if case["layer"]["type"] == "GEMM" else \
        ["N", "M", "C", "Ox", "Oy", "Fx", "Fy"]
    tiling = {l: [level[i] for level in case["tiling"]]
              for i, l in enumerate(loops)}
    json.dump({"layer": case["layer"], "tiling": tiling}, open(method, "w"))
    json.dump(truth["archs"][case["arch"]], open(machine, "w"))
    out = json.loads(subprocess.run(
        [binary, "eval", method, "-a", machine, "--compat", "--json"],
        check=True, capture_output=True, text=True).stdout)
    for mine, theirs, key in (("edp", "edp", "edp"),
                              ("energy", "energy", "energy_pj"),
                              ("cycles", "cycle", "cycles")):
        value, wanted = out["best"][mine]["estimate"][key], case["min"][theirs][0]
        if abs(value - wanted) > 1e-12 * wanted:
            print(case["id"], mine, value, wanted)
            failed = 1
    fits = [out["constraints"][k]["fits"] for k in ("pes", "rf_bytes")]
    fits.append(out["constraints"]["spm_bytes"]["fits"]
                and out["constraints"]["spm_banks"]["fits"])
    if fits != [bool(v) for v in case["valid"]["size"][:3]]:
        print(case["id"], "fits", fits, case["valid"])
        failed = 1
sys.exit(failed)
END
	result $? 'methods cost and fit as the reference cases do'
else
	echo '# skipped: the reference cases'
fi
finish
