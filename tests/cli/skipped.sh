#!/bin/sh
# compile --search pruned goes on without layers that it has no mapping for;
# --layer-index takes names.
. tests/cli/common

cat >"$tmp/m.json" <<'END'
{"CONV": [
  {"name": "conv", "size_tensor_A": [1, 16, 18, 18],
   "size_tensor_B": [32, 16, 3, 3], "strides": [1, 1],
   "names_repeated_layers": ["conv again"], "comment": "first"}],
 "GEMM": [
  {"name": "tiny", "size_tensor_A": [1, 8], "size_tensor_B": [8, 16]},
  {"name": "fc", "size_tensor_A": [16, 64], "size_tensor_B": [64, 96]},
  {"name": "tiny too", "size_tensor_A": [1, 8], "size_tensor_B": [8, 16]}],
 "DW_CONV": [
  {"name": "dw", "size_tensor_A": [1, 32, 18, 18],
   "size_tensor_B": [32, 1, 3, 3], "strides": [1, 1]}],
 "comment": "a model"}
END
out=$tmp/out
pruned() {
	"$nestwright" compile "$tmp/m.json" --search pruned --auto-optimize \
		-o "$out" "$@" >"$tmp/text" 2>"$tmp/err"
}

pruned
[ $? -eq 0 ] && [ "$(wc -l <"$tmp/err")" -eq 1 ] &&
	grep -q "node 'tiny': warning: skipped: the pruned search gives up" \
		"$tmp/err" &&
	grep -q "^m: 2 of 5 layers skipped, without a mapping: 'tiny', 'tiny too'$" \
		"$tmp/text"
result $? 'layers without a mapping are skipped with a warning'
[ "$(grep -c '"skipped": true' "$out/m.json")" -eq 2 ] &&
	grep -q '"skipped": \[' "$out/m.json" &&
	[ "$(ls "$out/m_methods" | wc -l)" -eq 6 ]
result $? 'the result lists them, and has no method of them'
head -1 "$out/m_summary.csv" | grep -q ',skipped$' &&
	tail -1 "$out/m_summary.csv" | grep -q ',2$'
result $? 'the summary counts them'
cut -d, -f1,2 "$out/m_per-layer.csv" >"$tmp/rows"
printf 'index,name\n0,conv\n1,tiny\n2,fc\n3,tiny too\n4,dw_depthwise\n' |
	cmp -s - "$tmp/rows" &&
	[ "$(grep -c ',"the pruned search gives up' "$out/m_per-layer.csv")" -eq 2 ]
result $? 'the table has them in their places'

"$nestwright" replay "$out"/m_methods/*.json >"$tmp/text" &&
	"$nestwright" check-proof "$out/m.json" >"$tmp/text"
result $? 'replay and check-proof look at the others'
"$nestwright" verify "$out/m.nwcfg" --model "$tmp/m.json" >"$tmp/text" &&
	grep -q '^3 layers verified' "$tmp/text" &&
	"$nestwright" inspect "$out/m.nwcfg" | grep -q 'host GEMM tiny:.*gives up'
result $? 'in the blob they are steps of the host'

# The others alone are mapped as they are beside skipped ones.
mv "$out" "$tmp/whole"
pruned --layer-index conv fc dw
[ $? -eq 0 ] && [ ! -s "$tmp/err" ] && [ -s "$out/m.nwcfg" ] &&
	diff -r -I '"set": ' "$out/m_methods/" "$tmp/whole/m_methods/"
result $? '--layer-index takes names, of a DW_CONV as the file has it'
"$nestwright" compile -q -o "$tmp/named" --layer-index conv fc \
	"$tmp/m.json" --layer-index=4 2>"$tmp/err" &&
	ls "$tmp/named/m_methods" | grep -c json >"$tmp/text" &&
	[ "$(cat "$tmp/text")" -eq 3 ]
result $? 'a model may stand behind the names'
pruned --layer-index conv nothing 7
[ $? -eq 1 ] && grep -q "'nothing': no layer has that name" "$tmp/err" &&
	grep -q -e '--layer-index 7 is out of range' "$tmp/err"
result $? 'every name that is none is refused'

# refused WHAT OPTION...: exit 1, nothing written.
refused() {
	what=$1
	shift
	rm -rf "$out"
	pruned "$@"
	[ $? -eq 1 ] && grep -q "error: the pruned search gives up" "$tmp/err" &&
		! [ -e "$out/m.json" ] && [ ! -s "$tmp/text" ]
	result $? "$what"
}
refused 'none mapped: nothing is written' --layer-index tiny 'tiny too'
refused '--strict refuses what is skipped' --strict

# In a model of operators, too: the blob has the node for the host.
"$nestwright" compile tests/models/mixed.onnx --search pruned \
	--opt-min-utilization 1 0 0 -o "$tmp/mixed" >"$tmp/text" 2>"$tmp/err" &&
	grep -q '^mixed: 2 of 4 layers skipped' "$tmp/text" &&
	"$nestwright" verify "$tmp/mixed/mixed.nwcfg" \
		--model tests/models/mixed.onnx >"$tmp/text" &&
	grep -q '^2 layers verified' "$tmp/text"
result $? 'a blob with such steps is verified against its model'
# What --allow-unresolved lets pass is told, node by node, even with -q.
"$nestwright" compile tests/cases/routed_rows.onnx -q --allow-unresolved \
	-o "$tmp/open" >"$tmp/text" 2>"$tmp/err"
grep -q 'warning: left out: .*--dim gives such a size' "$tmp/err" &&
	! grep -q 'allow-unresolved' "$tmp/err"
result $? '--allow-unresolved warns of each node that is left out'
finish
