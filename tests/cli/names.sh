#!/bin/sh
# Layer names that a terminal or a spreadsheet would act on.
. tests/cli/common
cat >"$tmp/names.json" <<'END'
{"CONV": [
  {"name": "=1+cmd", "size_tensor_A": [1, 3, 9, 9],
   "size_tensor_B": [4, 3, 3, 3], "strides": [1, 1]},
  {"name": "+2", "size_tensor_A": [1, 3, 9, 9],
   "size_tensor_B": [5, 3, 3, 3], "strides": [1, 1]},
  {"name": "-3", "size_tensor_A": [1, 3, 9, 9],
   "size_tensor_B": [6, 3, 3, 3], "strides": [1, 1]},
  {"name": "@4", "size_tensor_A": [1, 3, 9, 9],
   "size_tensor_B": [7, 3, 3, 3], "strides": [1, 1]},
  {"name": "\u001b[31mred\u009b0m\u007f", "size_tensor_A": [1, 3, 9, 9],
   "size_tensor_B": [8, 3, 3, 3], "strides": [1, 1]},
  {"name": "two\nlines\t\r", "size_tensor_A": [1, 3, 9, 9],
   "size_tensor_B": [9, 3, 3, 3], "strides": [1, 1]}
]}
END
cat >"$tmp/space.json" <<'END'
{"keys": {"RF_SIZE": [256, 512]}}
END
out=$tmp/out

# clean FILE: no control character but line feeds, C1 ones included.
clean() {
	[ -s "$1" ] && ! tr -d '\n' <"$1" |
		grep -q "$(printf '[\001-\037\177]\\|\302[\200-\237]')"
}
escape=$(printf '\033')
for command in "layers $tmp/names.json" \
	"compile $tmp/names.json --pareto --sensitivity -o $out" \
	"inspect $out/names.nwcfg" "verify $out/names.nwcfg" \
	"verify $out/names.nwcfg --model $tmp/names.json --layer 4 5" \
	"check-proof $out/names.json" "replay $out/names_methods/004_31mred_0m.json" \
	"dse $tmp/names.json --space $tmp/space.json -o $tmp/dse" \
	"compile $tmp/names.json --fix PE=${escape}3 -o $tmp/none" \
	"layers $tmp/$escape[2J.onnx"; do
	# shellcheck disable=SC2086
	"$nestwright" $command >"$tmp/said" 2>&1
	clean "$tmp/said"
	result $? "${command%% *} prints no control character"
done
for file in "$out"/*.csv "$out"/names_methods/*.txt "$tmp/dse"/*.csv; do
	clean "$file"
	result $? "$(basename "$file") has no control character"
done
cut -d , -f 1,2 "$out/names_per-layer.csv" | tail -n +2 >"$tmp/names"
cat >"$tmp/want" <<'END'
0,'=1+cmd
1,'+2
2,'-3
3,'@4
4,\x1b[31mred\xc2\x9b0m\x7f
5,two\x0alines\x09\x0d
END
cmp -s "$tmp/names" "$tmp/want"
result $? 'names are neutral in the tables'
! cat "$out"/*.csv "$tmp/dse"/*.csv | tr ',' '\n' | grep -q '^"*[=+@]' &&
	! cat "$out"/*.csv "$tmp/dse"/*.csv | tr ',' '\n' |
		grep -v '^-[0-9]*\( \|$\)' | grep -q '^"*-'
result $? 'no field of a table begins like a formula'
for name in '=1+cmd' '+2' '-3' '@4' 'two\\u000alines\\u0009\\u000d'; do
	grep -q "\"name\": *\"$name\"" "$out/names.json"
	result $? 'the JSON has every name as it is'
done
unzip -p "$tmp/dse/designs.xlsx" xl/sharedStrings.xml | tr '>' '\n' \
	>"$tmp/strings"
for name in "'=1+cmd<" "'+2<" "'-3<" "'@4<" 'two\\x0alines\\x09\\x0d<'; do
	grep -q "^$name" "$tmp/strings"
	result $? "the workbook has $name/t>"
done
! grep -q '^[-=+@]' "$tmp/strings"
result $? 'no text of the workbook begins like a formula'
finish
