#!/bin/sh
# Bad input: each gets its exit status and a line that says what is wrong, and
# leaves nothing behind. Models come from tests/tools/make_models.py.
. tests/cli/common

work=$tmp/work
mkdir "$work"
cp tests/models/*.onnx "$work"
cp examples/arch/default.json "$work/arch.json"
case $nestwright in
/*) ;;
*) nestwright=$top/$nestwright ;;
esac
cd "$work" || exit 1

# arch NAME SED-EXPRESSION: a changed copy of the default accelerator.
arch() {
	sed "$2" arch.json >"arch_$1.json"
}
arch missing '/"RF_SIZE"/d'
arch misspelt 's/"RF_SIZE"/"RF_SIZ"/'
arch text 's/"RF_SIZE": 512/"RF_SIZE": "512"/'
arch zero 's/"CGRA_SIZE": 256/"CGRA_SIZE": 0/'
arch negative 's/"dram_energy": 200/"dram_energy": -200/'
arch fraction 's/"CGRA_SIZE": 256/"CGRA_SIZE": 256.5/'
arch huge 's/"CGRA_SIZE": 256/"CGRA_SIZE": 1e300/'
arch syntax 's/"RF_SIZE": 512,/"RF_SIZE": 512/'
arch twice 's/"RF_SIZE": 512,/"RF_SIZE": 512, "RF_SIZE": 256,/'
arch small_rf 's/"RF_SIZE": 512/"RF_SIZE": 4/'
arch small_spm 's/"TOTAL_BANKS_IN_SPM": 32/"TOTAL_BANKS_IN_SPM": 2/'
: >empty.onnx
printf '\211PNG\r\n\032\n\000\000\000\rIHDR' >picture.onnx
printf 'Not a model at all\n' >text.onnx
head -c 150 conv.onnx >truncated.onnx
head -c 6 conv.onnx >stump.onnx
head -c 200000 /dev/zero >zeros.onnx
mkdir folder.onnx twin readonly
cp conv.onnx twin/conv.onnx
: >file
printf '{' >open.json
printf '{}' >nothing.json
printf '[1]' >list.json
printf '{"CONF": []}' >kind.json
printf '{"GEMM": [{"name": "l", "size_tensor_A": [4, 5], "size_tensor_B": [0, 6]}]}' >zero.json

found() {
	find . ! -name .err | sort
}

# refused STATUS FRAGMENT ARGUMENT...
refused() {
	status=$1 fragment=$2
	shift 2
	found >../before
	"$nestwright" "$@" >../out 2>../err </dev/null
	code=$?
	found >../after
	why=
	[ $code -eq "$status" ] || why="exit $code, not $status"
	grep -qF -- "$fragment" ../err || why="$why; other message"
	cmp -s ../before ../after || why="$why; something was written"
	[ -z "$why" ]
	result $? "nestwright $*: $fragment"
	[ -z "$why" ] || {
		echo "$why"
		cat ../err
		diff ../before ../after
	}
}

while IFS='|' read -r status fragment arguments; do
	case $status in
	'' | '#'*) continue ;;
	esac
	# shellcheck disable=SC2086
	refused "$status" "$fragment" $arguments
done <<'END'
# the file
1|missing.onnx|compile missing.onnx
1|empty.onnx: error: |compile empty.onnx
1|folder.onnx|compile folder.onnx
1|picture.onnx: error: |compile picture.onnx
1|text.onnx: error: |compile text.onnx
1|truncated.onnx: error: |compile truncated.onnx
1|stump.onnx: error: |compile stump.onnx
1|zeros.onnx: error: |compile zeros.onnx
1|missing.onnx|layers missing.onnx
1|picture.onnx: error: |layers picture.onnx
# the model
1|empty_graph.onnx: error: |compile empty_graph.onnx
1|opset|compile opset_none.onnx
1|its opset is 5, expected 6 or newer|compile opset5.onnx
1|'batch'|compile batch.onnx
1|--dim batch=|compile batch.onnx
1|'conv' (Conv)|compile channels.onnx
1|'conv' (Conv)|compile group.onnx
1|'conv' (Conv)|compile kernel.onnx
1|'conv' (Conv)|compile window.onnx
1|zero.onnx|compile zero.onnx
1|negative.onnx|compile negative.onnx
1|no convolution or matrix product|compile not_lowered.onnx
# options for the model
2|option '--dim': |compile batch.onnx --dim batch
1|batch.onnx: error: the model has no convolution or matrix product|compile batch.onnx --dim batch=0
2|option '--dim': |compile batch.onnx --dim batch=-1
2|option '--dim': |compile batch.onnx --dim batch=x
2|option '--dim': |compile batch.onnx --dim =4
2|option '--batch-size': |compile batch.onnx --batch-size 0
2|option '--batch-size': |compile batch.onnx --batch-size 1.5
2|option '--input': |compile batch.onnx --input x=1x2x
2|option '--input': |compile batch.onnx --input x
1|--input x: [] has 0 dimensions, the input is |compile batch.onnx --input x=
2|option '--value': expected NAME=V[,V...], as in sr=16000, found 'x'|compile batch.onnx --value x
2|option '--value': |compile batch.onnx --value =1
1|--value z: the model has no such input; it has: x|compile batch.onnx --value z=1
1|--value x: 1 value, input 'x' is ?x|compile batch.onnx --value x=1
1|--value x: 1 value, input 'x' is |compile conv.onnx --value x=1
1|--value|compile --value x=1 zero.json
1|--dim bath=4: the model has no such dimension; open are: batch|compile batch.onnx --dim bath=4
1|--input z: the model has no such input; it has: x|compile batch.onnx --input z=1x2x9x8
1|batch.onnx|compile batch.onnx --input x=1x2x9
1|batch.onnx|compile batch.onnx --input x=1x3x9x8
1|--layer-index 1 is out of range: the model has 1 layer, 0 to 0|compile conv.onnx --layer-index 1
1|--layer-index 4 is out of range: the model has 4 layers, 0 to 3|compile mixed.onnx --layer-index 0 3 4
1|--layer-index 'x': no layer has that name|compile conv.onnx --layer-index x
1|--layer-index 99999999999999999999 is out of range|compile conv.onnx --layer-index 99999999999999999999
2|option '--layer-index' wants LAYER...|compile conv.onnx --layer-index
# model specifications
1|open.json:1:|compile open.json
1|nothing.json|compile nothing.json
1|list.json|compile list.json
1|'CONF'|compile kind.json
1|zero.json:1:|compile zero.json
1|--batch-size|compile --batch-size 2 zero.json
# the accelerator
1|missing.json|compile conv.onnx --arch-spec missing.json
1|'RF_SIZE'|compile conv.onnx --arch-spec arch_missing.json
1|arch_misspelt.json:18:3: error: |compile conv.onnx --arch-spec arch_misspelt.json
1|did you mean 'RF_SIZE'?|compile conv.onnx --arch-spec arch_misspelt.json
1|arch_text.json:18:|compile conv.onnx --arch-spec arch_text.json
1|arch_zero.json:17:|compile conv.onnx --arch-spec arch_zero.json
1|arch_negative.json:|compile conv.onnx --arch-spec arch_negative.json
1|arch_fraction.json:17:|compile conv.onnx --arch-spec arch_fraction.json
1|arch_huge.json:17:|compile conv.onnx --arch-spec arch_huge.json
1|arch_syntax.json:19:|compile conv.onnx --arch-spec arch_syntax.json
1|arch_twice.json:18:|compile conv.onnx --arch-spec arch_twice.json
1|RF_SIZE|arch arch_misspelt.json
1|needs 6 bytes of the register file, there are 4|compile conv.onnx --arch-spec arch_small_rf.json
1|needs 3 banks of the scratchpad|compile conv.onnx --arch-spec arch_small_spm.json
# where to write
1|file|compile conv.onnx -o file
1|file|compile conv.onnx -o file/below
1|twin/conv.onnx: error: its outputs would be named 'conv'|compile conv.onnx twin/conv.onnx
1|file|compile conv.onnx --depfile file/below.d -o out
2|option '--auto-optimize' is of --search pruned|compile conv.onnx --auto-optimize
2|option '--opt-min-exec-methods' is of --search pruned|compile conv.onnx --opt-min-exec-methods 3
1|the pruned search gives up|compile conv.onnx --search pruned --opt-min-exec-methods 999999999
2|option '--output': DIR is empty|compile conv.onnx -o=
# dMazeRunner's options
2|leave out '--opt-min-exec-methods'|compile conv.onnx --search pruned --auto-optimize --opt-min-exec-methods 3
1|none of its 1 layers is of a kind of --operations|compile conv.onnx --operations GEMM DW_CONV
2|expected one of CONV, GEMM, DW_CONV, found 'POOL'|compile conv.onnx --operations=POOL
1|--filter-redundant-layers is for model specifications|compile conv.onnx --filter-redundant-layers
2|MODEL... is missing|compile --auto-optimize
2|option '--files-model-spec' wants FILE...|compile --files-model-spec --quiet
1|missing.json|compile --files-model-spec missing.json
1|open.json:1:|compile --files-model-spec open.json nothing.json
2|expected one of mxnet, keras, found 'torch'|compile --frontend torch --model resnet18
2|option '--frontend' wants --models|compile --frontend mxnet
2|option '--models' names networks of a framework and goes with --frontend|compile --models alexnet
2|option '--frontend' only tells how to export|compile --frontend mxnet --model alexnet conv.onnx
1|'alexnet' of mxnet: Nestwright downloads nothing; hybridize and export('alexnet') it in MXNet, call mxnet.onnx.export_model(|compile --frontend mxnet --models alexnet vgg16
1|network 'resnet50' of keras: Nestwright downloads nothing; save it in Keras as resnet50.keras, run 'python -m tf2onnx.convert --keras resnet50.keras --output resnet50.onnx' and compile resnet50.onnx|compile --frontend keras --model resnet50
# the command line
2|MODEL... is missing|compile
2|did you mean '--batch-size'?|compile conv.onnx --batchsize 4
2|option '--output' wants DIR|compile conv.onnx -o
2|option '--output' wants DIR|compile conv.onnx -o --quiet
2|option '--threads': |compile conv.onnx --threads 0
2|option '--threads': |compile conv.onnx --threads=-1
2|expected one of edp, energy, cycles, network-edp, found 'power'|compile conv.onnx --objective power
2|expected one of exact, brute|compile conv.onnx --search guess
2|expected one of perfect|compile conv.onnx --tiles any
2|wants PE RF SPM|compile conv.onnx --opt-min-utilization 0.5 0.5
2|option '--opt-min-utilization': |compile conv.onnx --opt-min-utilization 0.5 1.5 0
2|option '--opt-min-utilization': |compile conv.onnx --opt-min-utilization 0.5 nan 0
1|no mapping satisfies the limits|compile conv.onnx --opt-min-utilization 1 1 1
1|no mapping satisfies the limits|compile conv.onnx --fix SPATIAL:M=999
1|no mapping satisfies the limits|compile conv.onnx --max-cycles 1
2|expected LOOP=N|compile conv.onnx --fix SPATIAL:M
2|expected LOOP=N|compile conv.onnx --fix SPATIAL:M=0
2|the level one of DRAM, SPM, RF, SPATIAL, found 'L2:M=4'|compile conv.onnx --fix L2:M=4
2|expected a loop (N, M, C, Ox, Oy, Fx or Fy), found 'K'|compile conv.onnx --forbid SPATIAL:C,K
2|the factor of C at RF is given twice, and differs|compile conv.onnx --fix RF:C=2 --forbid RF:C
2|the level one of DRAM, SPM, found 'RF:M'|compile conv.onnx --order RF:M
2|loop M stands twice|compile conv.onnx --order SPM:M,C,M
2|the order of SPM is given twice|compile conv.onnx --order SPM:M --order SPM:C
2|expected an energy in pJ above 0|compile conv.onnx --max-energy -1
2|option '--max-cycles': |compile conv.onnx --max-cycles 0
END

# One bad model keeps all from being written.
refused 1 'missing.onnx' compile conv.onnx missing.onnx
refused 1 'picture.onnx' compile picture.onnx conv.onnx

# A disk that fills up: a limit on the size of files, and a small real one.
(
	trap '' XFSZ
	ulimit -f 1
	exec "$nestwright" compile mixed.onnx -o out
) >../out 2>../err
[ $? -eq 1 ] && grep -q 'out/.*error: ' ../err && [ ! -e out ]
result $? 'a file that cannot grow leaves nothing behind'

mkdir disk
# shellcheck disable=SC2016
if unshare -rm mount -t tmpfs -o size=16k none disk 2>/dev/null; then
	unshare -rm sh -c 'mount -t tmpfs -o size=16k none disk &&
		"$1" compile names.onnx -o disk/out 2>../err
		[ $? -eq 1 ] && grep -q "No space left" ../err &&
		[ -z "$(ls -A disk)" ]' sh "$nestwright"
	result $? 'a full disk leaves nothing behind'
else
	echo '# skipped: a full disk (no permission to mount one)'
fi

# What an earlier run wrote stays when a later one fails.
"$nestwright" compile mixed.onnx -o kept -q
cp -R kept kept_before
(
	trap '' XFSZ
	ulimit -f 1
	exec "$nestwright" compile mixed.onnx -o kept
) >../out 2>../err
diff -r kept kept_before >../diff
result $? 'a failed run leaves the files of the one before'
finish
