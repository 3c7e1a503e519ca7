#!/bin/sh
# Signals at random moments of a compile: the exit status tells what is there.
#
#   sh tests/cli/moments.sh [N]    N moments, 20 by default
. tests/cli/common

moments=${1-20}
# A copy: one that is linked anew meanwhile cannot be run, which is status 126.
fast=$tmp/nestwright
cp build/nestwright "$fast" || exit 1
model=examples/models/resnet18.onnx
# Takes the place of the shell: signals reach the program itself. What a compile
# with perfect tiles, or one of a few layers with padded ones,
# takes, in seconds: moments are drawn from a little more.
compile() {
	exec env --default-signal=INT,TERM,HUP $fast compile $model -o "$1" -q -j 1 \
		$2 2>"$tmp/err"
}
seconds() {
	start=$(date +%s%N)
	(compile "$tmp/first" "$1")
	echo $(($(date +%s%N) - start))
}
perfect='--tiles perfect'
padded='--layer-index 3 7 --objective energy'
long_perfect=$(seconds "$perfect")
long_padded=$(seconds "$padded")

# holds STATUS SIGNAL OUT: the status is the truth.
holds() {
	case $1 in
	0) [ -s "$3/resnet18.nwcfg" ] && ! grep -q 'warning' "$tmp/err" &&
		! grep -q '"proven": false' "$3/resnet18.json" ;;
	3) [ -s "$3/resnet18.nwcfg" ] && [ -s "$3/resnet18.json" ] &&
		grep -q "warning: SIG$2 ended the" "$tmp/err" ;;
	129 | 130 | 143)
		! [ -e "$3/resnet18.json" ] && ! [ -e "$3/resnet18.nwcfg" ] ;;
	*) false ;;
	esac
}

wrong=0 i=0
while [ $i -lt "$moments" ]; do
	i=$((i + 1))
	case $((i % 2)) in
	0) options=$perfect long=$long_perfect ;;
	*) options=$padded long=$long_padded ;;
	esac
	case $((i % 3)) in
	0) name=INT ;;
	1) name=TERM ;;
	*) name=HUP ;;
	esac
	after=$(awk "BEGIN { srand($i); print rand() * 1.2e-9 * $long }")
	rm -rf "$tmp/out"
	compile "$tmp/out" "$options" &
	pid=$!
	sleep "$after"
	kill -s $name $pid 2>/dev/null
	wait $pid 2>/dev/null
	status=$?
	holds $status $name "$tmp/out" || {
		echo "# moment $i: SIG$name after $after s: status $status:" \
			"$(head -n 1 "$tmp/err")"
		wrong=$((wrong + 1))
	}
done 2>/dev/null
[ $wrong -eq 0 ]
result $? "$moments signals: the exit status tells what is there"
finish
