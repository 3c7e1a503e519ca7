#!/bin/sh
# The options by which dMazeRunner names models and layers.
. tests/cli/common

alexnet=examples/models/alexnet.json
mobilenet=examples/models/mobilenetv2.json
out=$tmp/out

# rows FILE: number of its layers
rows() {
	[ -e "$out/$1_per-layer.csv" ] &&
		echo $(($(wc -l <"$out/$1_per-layer.csv") - 1))
}

"$nestwright" compile --files-model-spec $alexnet examples/models/vgg16.json \
	--search pruned --auto-optimize -q -o "$out" &&
	[ "$(rows alexnet) $(rows vgg16)" = "8 13" ]
result $? '--files-model-spec takes several files'

"$nestwright" compile $mobilenet --operations DW_CONV --search pruned \
	--auto-optimize -q -o "$out" &&
	! grep -v ',DW_CONV,' "$out/mobilenetv2_per-layer.csv" | grep -q ',CONV,'
result $? '--operations DW_CONV leaves depthwise layers alone'
depthwise=$(rows mobilenetv2)
"$nestwright" compile $mobilenet --operations CONV GEMM --search pruned \
	--auto-optimize -q -o "$out"
others=$(rows mobilenetv2)
[ $((depthwise + others)) -eq "$("$nestwright" layers $mobilenet --json |
	grep -c '"index"')" ]
result $? '--operations CONV GEMM takes the others'

cat >"$tmp/twice.json" <<'END'
{"CONV": [
  {"name": "a", "size_tensor_A": [1, 4, 6, 6], "size_tensor_B": [8, 4, 3, 3], "strides": [1, 1]},
  {"name": "b", "size_tensor_A": [1, 4, 6, 6], "size_tensor_B": [8, 4, 3, 3], "strides": [1, 1], "instances": 3},
  {"name": "c", "size_tensor_A": [1, 4, 6, 6], "size_tensor_B": [6, 4, 3, 3], "strides": [1, 1]}
]}
END
"$nestwright" compile "$tmp/twice.json" -q -o "$out"
cp "$out/twice_summary.csv" "$tmp/all.csv"
[ "$(rows twice)" = 3 ]
result $? 'equal layers are written each'
"$nestwright" compile "$tmp/twice.json" --filter-redundant-layers -q -o "$out"
[ "$(rows twice)" = 2 ] && grep -q '^0,a,CONV,.*,4,' "$out/twice_per-layer.csv"
result $? '--filter-redundant-layers writes equal layers once' ||
	cat "$out/twice_per-layer.csv"

# column FILE NAME
column() {
	awk -F, -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++)
		if ($i == name) at = i } NR == 2 { print $at }' "$1"
}
for total in energy_pj cycles edp seed_edp macs; do
	[ "$(column "$tmp/all.csv" $total)" = \
		"$(column "$out/twice_summary.csv" $total)" ] || total=
	[ "$total" ]
	result $? "... and $total stays"
done

"$nestwright" compile $alexnet --list-layers -o "$tmp/none" >"$tmp/listed" &&
	"$nestwright" layers $alexnet | cmp -s - "$tmp/listed" &&
	[ ! -e "$tmp/none" ]
result $? '--list-layers lists and writes nothing'

# Its summary: the sum of the layers' EDPs, instances not counted.
"$nestwright" compile "$tmp/twice.json" -o "$out" >"$tmp/printed"
grep -q 'sum of EDPs' "$tmp/printed" &&
	grep -q " $(printf %.6g "$(column "$out/twice_summary.csv" seed_edp)") " \
		"$tmp/printed"
result $? "the table has dMazeRunner's sum beside the network's EDP"
finish
