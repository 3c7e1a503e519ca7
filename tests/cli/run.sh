#!/bin/sh
# nestwright run: blobs of one operator on given tensors. The cases of tests/run
# are exact; those that the ONNX project recorded (NESTWRIGHT_SHARED, Debian's
# libonnx-testdata) come within the rounding of float.
. tests/cli/common

# compiled NAME MODEL [OPTION]...: into $tmp/NAME.
compiled() {
	into=$tmp/$1 model=$2
	shift 2
	"$nestwright" compile -q "$model" -o "$into" "$@" 2>"$tmp/err"
}

# refuses WHAT PATTERN ARGUMENT...: exit 1, one line that matches.
refuses() {
	what=$1 pattern=$2
	shift 2
	"$nestwright" run "$@" >"$tmp/out" 2>"$tmp/err"
	[ $? -eq 1 ] && [ "$(wc -l <"$tmp/err")" -eq 1 ] &&
		grep -q -e "$pattern" "$tmp/err"
	result $? "$what"
}

for case in tests/run/*; do
	name=$(basename "$case") dims='' value=
	[ "$name" = conv ] && dims='--dim batch=2'
	[ "$name" = if ] && value='--value sr=16000'
	# shellcheck disable=SC2086 # two words
	compiled "$name" "$case/model.onnx" $dims $value &&
		"$nestwright" run "$tmp/$name/model.nwcfg" \
			--model "$case/model.onnx" --data "$case" \
			$value --tolerance 0 >"$tmp/out"
	result $? "$name is exact"
	# shellcheck disable=SC2086
	compiled padded "$case/model.onnx" $dims $value --tiles padded &&
		"$nestwright" run "$tmp/padded/model.nwcfg" \
			--model "$case/model.onnx" --data "$case" \
			$value --tolerance 0 >"$tmp/out"
	result $? "$name is exact in padded tiles"
done

# An If that a value decides: its branch is run, the others' inputs are read.
blob=$tmp/if/model.nwcfg model=tests/run/if/model.onnx
"$nestwright" run "$blob" --model $model --input tests/run/if/input_0.pb \
	--expect tests/run/if/output_0.pb --value sr=16000 >"$tmp/out"
result $? 'a value stands in place of a file'
refuses 'an If that nothing decides is the host'\''s' "node 'rate' (If)" \
	"$blob" --model $model --data tests/run/if
refuses 'a value of no input' '--value q: the model has no such input' \
	"$blob" --model $model --data tests/run/if --value q=1

# recorded MODEL DATA: a model of the ONNX project and a folder with what it
# gave. Those without a layer, and operators that are the host's, are refused.
recorded() {
	name=$(basename "$(dirname "$1")")
	[ "$name" = onnx_pytorch ] && name=$(basename "$1" .onnx)
	case $name in
	test_operator_basic | test_operator_params) # additions, activations
		compiled recorded "$1"
		[ $? -eq 1 ] && grep -q 'no convolution or matrix' "$tmp/err"
		result $? "$name has no layer"
		return
		;;
	test_einsum_batch_diagonal | test_einsum_sum | test_einsum_transpose)
		compiled recorded "$1"
		refuses "$name multiplies nothing" 'multiplies nothing' \
			"$tmp/recorded/model.nwcfg" --model "$1" --data "$2"
		return
		;;
	esac
	blob=$tmp/recorded/$(basename "$1" .onnx).nwcfg
	compiled recorded "$1" && "$nestwright" run "$blob" --model "$1" \
		--data "$2" --tolerance 1e-6 >"$tmp/out" 2>"$tmp/err"
	result $? "$name as recorded"
	head -n 1 "$tmp/err"
	# What was recorded is what verify compares with.
	"$nestwright" verify "$blob" --model "$1" >"$tmp/out" 2>"$tmp/err" &&
		! grep -q 'not compared with its operator' "$tmp/out"
	result $? "$name verified by its operator"
}

# By PyTorch, as the shared folder has them.
shared=${NESTWRIGHT_SHARED:-../shared}/models
if [ -d "$shared/node_data" ]; then
	for data in "$shared"/node_data/*; do
		recorded "$shared/onnx_pytorch/$(basename "$data").onnx" \
			"$data"
	done
else
	echo "# skipped: no recordings in $shared/node_data"
fi

# By PyTorch and NumPy, as Debian has them.
debian=/usr/share/libonnx-testdata/data
if [ -d $debian ]; then
	for case in $debian/node/test_*conv* $debian/node/test_gemm* \
		$debian/node/test_matmul* $debian/node/test_einsum* \
		$debian/node/test_qlinear* $debian/node/test_lstm* \
		$debian/node/test_gru* $debian/node/test_*rnn_*; do
		recorded "$case/model.onnx" "$case/test_data_set_0"
	done
else
	echo '# skipped: libonnx-testdata is not installed'
fi

blob=$tmp/matmul/model.nwcfg case=tests/run/matmul
given="--input $case/input_0.pb --input $case/input_1.pb"
# shellcheck disable=SC2086 # words
"$nestwright" run "$blob" --model $case/model.onnx $given \
	--output "$tmp/y.pb" >"$tmp/out" 2>"$tmp/err" &&
	cmp -s "$tmp/y.pb" $case/output_0.pb && ! [ -s "$tmp/err" ]
result $? 'writes outputs that are those expected, byte by byte'
# shellcheck disable=SC2086
"$nestwright" run "$blob" --model $case/model.onnx $given \
	--expect "$tmp/y.pb" --tolerance 0 >"$tmp/out" &&
	grep -q 'y  *float  *2x5x3x2  *0$' "$tmp/out"
result $? 'reads what it has written'

# The last element's last byte: the sign of a float.
size=$(($(wc -c <"$tmp/y.pb") - 1))
{
	head -c $size "$tmp/y.pb"
	tail -c 1 "$tmp/y.pb" | tr '\000-\177\200-\377' '\200-\377\000-\177'
} >"$tmp/other.pb"
# shellcheck disable=SC2086
refuses 'an output that differs' \
	"other.pb: error: element 59 of output 'y' is -2.25, expected 2.25" \
	"$blob" --model $case/model.onnx $given --expect "$tmp/other.pb"
# shellcheck disable=SC2086
refuses 'a folder that cannot be written' 'error:' \
	"$blob" --model $case/model.onnx $given --output README.md/y.pb

refuses 'too few inputs' 'has 2 inputs (x0, x1), 1 file is given' \
	"$blob" --model $case/model.onnx --input $case/input_0.pb
refuses 'too many outputs' 'has 1 output (y), 2 files to write' \
	"$blob" --model $case/model.onnx --input $case/input_0.pb \
	--input $case/input_1.pb --output "$tmp/a" --output "$tmp/b"
refuses 'a tensor of another shape' \
	"input_1.pb: error: it is 5x4x2 of float, input 'x0' of the model is 2x1x3x4" \
	"$blob" --model $case/model.onnx --input $case/input_1.pb \
	--input $case/input_1.pb
refuses 'a tensor of another type' 'int32, .* of float' \
	"$blob" --model $case/model.onnx \
	--input tests/run/matmul_integer/output_0.pb \
	--input $case/input_1.pb
refuses 'a file that is no tensor' 'README.md: error:' \
	"$blob" --model $case/model.onnx --input README.md \
	--input $case/input_1.pb
refuses 'a missing file' 'none.pb: error: No such file' \
	"$blob" --model $case/model.onnx --input none.pb \
	--input $case/input_1.pb
refuses 'a folder without tensors' '0 files are given' \
	"$blob" --model $case/model.onnx --data tests/cli
refuses 'a blob of another model' \
	"not made from .*einsum/model.onnx: .*'node' (MatMul)" \
	"$blob" --model tests/run/einsum/model.onnx --data tests/run/einsum
compiled sized tests/run/conv/model.onnx --dim batch=3
refuses 'a blob of another size' "tensor 'x0' has 504 elements" \
	"$tmp/sized/model.nwcfg" --model tests/run/conv/model.onnx \
	--data tests/run/conv
refuses 'no blob' 'not a configuration blob' \
	README.md --model $case/model.onnx --data $case

"$nestwright" run "$blob" >/dev/null 2>"$tmp/err"
[ $? -eq 2 ] && grep -q 'model is missing' "$tmp/err"
result $? 'without a model it is a wrong command line'
"$nestwright" run "$blob" --model m --data d --input f >/dev/null 2>&1
[ $? -eq 2 ]
result $? '--data with --input is a wrong command line'
"$nestwright" run "$blob" --model m --tolerance -1 >/dev/null 2>&1
[ $? -eq 2 ]
result $? 'a tolerance below 0 is a wrong command line'

# What the host would have to do is said by name.
compiled mixed tests/models/mixed.onnx
head -c 0 /dev/null >"$tmp/x.pb"
printf '\010\001\010\004\010\006\010\010\020\001\112\200\006' >"$tmp/x.pb"
head -c 768 /dev/zero >>"$tmp/x.pb"
refuses "a step of the host's" "'relu' (Relu): error: .*host's alone" \
	"$tmp/mixed/mixed.nwcfg" --model tests/models/mixed.onnx \
	--input "$tmp/x.pb"
finish
