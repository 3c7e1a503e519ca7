#!/bin/sh
# What compile writes: which files, safe names, the same bytes on every run.
. tests/cli/common

out=$tmp/out

# same FOLDER FOLDER WHAT
same() {
	diff -r "$1" "$2" >"$tmp/diff" 2>&1
	result $? "$3"
	head -n 5 "$tmp/diff"
}

model=examples/models/resnet18.onnx
for threads in 1 2 7; do
	build/nestwright compile $model -j $threads -o "$out.$threads" \
		--quiet
	result $? "compiles ResNet-18 on $threads threads"
done
same "$out.1" "$out.2" '1 and 2 threads write the same bytes'
same "$out.1" "$out.7" '1 and 7 threads write the same bytes'
build/nestwright compile "$(pwd)/$model" \
	--arch-spec "$(pwd)/examples/arch/default.json" -o "$out.again" -q
same "$out.1" "$out.again" 'paths and the default accelerator leave no trace'

for file in resnet18.json resnet18_summary.csv resnet18_per-layer.csv \
	resnet18.nwcfg resnet18_methods; do
	[ -s "$out.1/$file" ]
	result $? "$file is written"
done
[ "$(find "$out.1/resnet18_methods/" -name '*.txt' | wc -l)" -eq 21 ] &&
	[ "$(find "$out.1/resnet18_methods/" -name '*.json' | wc -l)" -eq 21 ]
result $? 'each of the 21 layers has its method, as text and JSON'
! find "$out.1" -name ".*.tmp" | grep -q .
result $? 'no temporary file is left'

# Names: spaces, slashes, quotes, UTF-8, 300 characters, '..', none at all.
"$nestwright" compile tests/models/names.onnx -o "$out.names" -q
result $? 'odd names compile'
files=$(ls "$out.names/names_methods" | wc -l)
[ "$files" -eq 20 ]
result $? "10 oddly named layers get 20 files ($files)"
! ls "$out.names/names_methods" | grep -vE '^[A-Za-z0-9][A-Za-z0-9._~-]{0,99}$'
result $? 'their names are safe'
cp tests/models/conv.onnx "$tmp/a b;'\$(x) ü.onnx"
"$nestwright" compile "$tmp/a b;'\$(x) ü.onnx" -o "$out.odd dir" -q &&
	! ls "$out.odd dir" | grep -vE '^[A-Za-z0-9][A-Za-z0-9._~-]*$'
result $? 'so are those of an oddly named model'

# Several models, one run; the same files as one by one.
"$nestwright" compile tests/models/conv.onnx tests/models/mixed.onnx \
	-o "$out.both" -q
"$nestwright" compile tests/models/conv.onnx -o "$out.each" -q
"$nestwright" compile tests/models/mixed.onnx -o "$out.each" -q
same "$out.both" "$out.each" 'two models in one run are as one by one'

# exact and brute agree, under every objective and limit.
for limits in '' '--opt-no-spatial-reduction' \
	'--opt-no-feature-dram --opt-min-utilization 0.01 0.02 0.0005' \
	'--compat'; do
	rm -rf "$out.exact" "$out.brute" "$tmp/exact" "$tmp/brute"
	for search in exact brute; do
		# shellcheck disable=SC2086
		"$nestwright" compile tests/models/conv.onnx --search $search \
			$limits -o "$out.$search" -q
		grep -A1 '"\(edp\|energy\|cycles\)": {' \
			"$out.$search/conv.json" >"$tmp/$search"
	done
	[ -s "$tmp/exact" ] && cmp -s "$tmp/exact" "$tmp/brute"
	result $? "exact and brute search agree ($limits)"
done

# One layer of several; the objective's own optimum.
"$nestwright" compile tests/models/mixed.onnx --layer-index 3 1 \
	--objective cycles -o "$out.some" -q
ls "$out.some/mixed_methods" >"$tmp/some"
[ "$(wc -l <"$tmp/some")" -eq 4 ] && grep -q '^0*1_second' "$tmp/some" &&
	grep -q '^0*3_head' "$tmp/some"
result $? '--layer-index keeps the layers asked for, under their numbers'

# A dimension left open, filled in three ways.
"$nestwright" compile tests/models/batch.onnx --dim batch=4 -o "$out.dim" -q
"$nestwright" compile tests/models/batch.onnx --batch-size 4 -o "$out.size" -q
"$nestwright" compile tests/models/batch.onnx --input x=4x2x9x8 \
	-o "$out.input" -q
same "$out.dim" "$out.size" '--batch-size is --dim batch'
same "$out.dim" "$out.input" '--input is --dim batch'

# The oldest opset is read like any other.
"$nestwright" compile tests/models/opset6.onnx -o "$out.old" -q \
	>"$tmp/text" 2>&1 && [ ! -s "$tmp/text" ]
result $? 'opset 6 compiles'

# The newest opsets are a warning.
"$nestwright" compile tests/models/opset99.onnx -o "$out.new" \
	>"$tmp/text" 2>"$tmp/err" && grep -q 'warning: .*opset' "$tmp/err"
result $? 'an unknown opset is a warning'
"$nestwright" compile tests/models/opset99.onnx -o "$out.new" -q \
	>"$tmp/text" 2>&1 && [ ! -s "$tmp/text" ]
result $? '--quiet prints nothing'

# The depfile, with a name that needs escapes.
mkdir "$tmp/in dir"
cp tests/models/conv.onnx "$tmp/in dir/a #\$b.onnx"
(
	cd "$tmp" || exit 1
	case $nestwright in
	/*) ;;
	*) nestwright=$top/$nestwright ;;
	esac
	cp "$top/examples/arch/default.json" arch.json
	"$nestwright" compile 'in dir/a #$b.onnx' -o 'out dir' \
		--arch-spec arch.json --depfile deps.d -q &&
		"$nestwright" compile 'in dir/a #$b.onnx' -o 'out dir' \
			--arch-spec arch.json --depfile 'out dir/deps.d' -q
)
cat >"$tmp/want" <<'END'
out\ dir/a_b.nwcfg: \
  in\ dir/a\ \#$$b.onnx \
  arch.json
END
cmp -s "$tmp/want" "$tmp/deps.d" && cmp -s "$tmp/want" "$tmp/out dir/deps.d"
result $? 'the depfile escapes what Make and Ninja read differently'
finish
