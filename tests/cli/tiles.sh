#!/bin/sh
# Tiles that do not divide: what they gain, and that every command knows them.
. tests/cli/common

# ViT-B/16's product of 197 tokens; 197 is a prime.
cat >"$tmp/vit.json" <<'END'
{"GEMM": [{"name": "product", "size_tensor_A": [197, 768],
	"size_tensor_B": [768, 768]}]}
END
fast=build/nestwright

# value FOLDER COLUMN: of the summary
value() {
	awk -F, -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++)
		if ($i == name) c = i; next } { print $c }' \
		"$tmp/$1/vit_summary.csv"
}
$fast compile "$tmp/vit.json" -o "$tmp/padded" >"$tmp/text"
result $? 'the product compiles'
$fast compile "$tmp/vit.json" -o "$tmp/perfect" --tiles perfect -q
[ "$(value perfect tiles)" = perfect ] && [ "$(value padded tiles)" = padded ]
result $? 'padded tiles are the default'
# 2.585e15 and, of 198 tokens with perfect factors, 1.337e15, from an exact
# search written apart.
awk -v edp="$(value perfect edp)" \
	'BEGIN { exit !(2.5845e15 < edp && edp < 2.5855e15) }'
result $? 'the EDP of perfect tiles is known'
awk -v edp="$(value padded edp)" 'BEGIN { exit !(0 < edp && edp < 1.337e15) }'
result $? 'padded tiles are better than 198 tokens'

ratio=$(value padded perfect_ratio)
[ "$(value padded perfect_edp)" = "$(value perfect edp)" ] &&
	awk -v ratio="$ratio" -v a="$(value perfect edp)" \
		-v b="$(value padded edp)" \
		'BEGIN { exit !(ratio * b > a * .999999 && ratio * b < a * 1.000001) }'
result $? 'NAME_summary.csv has both and their ratio'
[ -z "$(value perfect perfect_ratio)" ]
result $? 'nothing to compare with among perfect tiles'
printf 'vit: EDP of perfect tiles %.6g, %.4g times as much\n' \
	"$(value perfect edp)" "$ratio" >"$tmp/want"
grep -qxFf "$tmp/want" "$tmp/text"
result $? 'compile prints it'
grep -q "\"ratio\": *$(echo "$ratio" | cut -c1-8)" "$tmp/padded/vit.json"
result $? 'NAME.json has it'
grep -q '^padded  *198 ' "$tmp"/padded/vit_methods/*.txt
result $? 'the execution method tells how far it pads'

$fast verify "$tmp/padded/vit.nwcfg" >"$tmp/text"
result $? 'verify passes'
$fast check-proof "$tmp/padded/vit.json" >"$tmp/text" &&
	grep -q '^3 claims: .* 0 refuted, 0 not decided in time$' "$tmp/text"
result $? 'check-proof confirms'
method=$(ls "$tmp"/padded/vit_methods/*.json)
"$nestwright" replay "$method" --json >"$tmp/replay.json" &&
	grep -q "\"cycles\": *$(value padded cycles)\b" "$tmp/replay.json"
result $? 'replay costs the method alike'

# The best mapping by hand: two tiles of 99 tokens in the scratchpad, nine PEs of
# 11 each.
hand() {
	cat <<END
{"name": "by hand", "layer": {"type": "GEMM", "M": 197, "N": 768, "K": 768},
 "tiling": {"X": $1, "Y": [4, 1, 16, 12], "K": [21, 37, 1, 1]},
 "order": {"DRAM": ["X", "Y", "K"], "SPM": ["X", "Y", "K"]}}
END
}
hand '[2, 1, 11, 9]' >"$tmp/hand.json"
"$nestwright" eval "$tmp/hand.json" --json >"$tmp/eval.json" &&
	grep -q "\"cycles\": *$(value padded cycles)\b" "$tmp/eval.json"
result $? 'eval costs the same mapping written by hand'
hand '[2, 1, 11, 5]' >"$tmp/hand.json"
"$nestwright" eval "$tmp/hand.json" 2>"$tmp/err"
[ $? -eq 1 ] && grep -q 'hand.json:2:13: error: .* padded tiles: 20 at RF$' "$tmp/err"
result $? 'factors that cover too little are refused'
"$nestwright" compile tests/models/conv.onnx --search pruned --tiles padded \
	-o "$tmp/none" 2>"$tmp/err"
[ $? -eq 2 ] && grep -q 'pruned knows perfect tiles only' "$tmp/err"
result $? 'the pruned search has no padded tiles'
"$nestwright" compile tests/models/conv.onnx --search pruned --auto-optimize \
	-o "$tmp/pruned" -q &&
	grep -q '"tiles": *"perfect"' "$tmp/pruned/conv.json"
result $? 'it takes perfect ones'

# Factors that leave a tile empty.
sed '/"tiling"/s/\[\[2, /[[3, /' "$method" >"$tmp/bad.json"
"$nestwright" replay "$tmp/bad.json" 2>"$tmp/err"
[ $? -eq 1 ] && [ "$(wc -l <"$tmp/err")" -eq 1 ] &&
	grep -q 'expected a product of 197, or padded tiles: ' "$tmp/err"
result $? 'factors that are of no tiles are refused'

# A nest with more than 2^24 vectors of tiles is searched like any other; what
# looks at them all says that they are too many.
cat >"$tmp/large.json" <<'END'
{"CONV": [{"name": "large", "size_tensor_A": [4, 512, 114, 114],
	"size_tensor_B": [512, 512, 3, 3], "strides": [1, 1]}]}
END
$fast compile "$tmp/large.json" -o "$tmp/large" >"$tmp/text" \
	2>"$tmp/err" && [ ! -s "$tmp/err" ] &&
	[ "$(grep '"tiles": "' "$tmp/large/large.json" | tr -d ' \n')" = \
		'"tiles":"padded","tiles":"padded",' ]
result $? 'no nest has too many tiles to search'
$fast check-proof "$tmp/large/large.json" >"$tmp/text" 2>"$tmp/err"
[ $? -eq 3 ] &&
	grep -q ' 3 not decided, too many tiles$' "$tmp/text" &&
	grep -q 'warning: 3 of 6 claims .* with too many tiles$' "$tmp/err"
result $? 'what is not decided for too many tiles says so'
$fast compile "$tmp/large.json" --tiles perfect -o "$tmp/none" -q \
	--fix SPATIAL:M=3 2>"$tmp/err"
[ $? -eq 1 ] && grep -q "do not divide its bound 512$" "$tmp/err"
result $? 'limits that leave none of them are explained'
finish
