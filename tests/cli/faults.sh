#!/bin/sh
# Outputs whose writing is killed or fails, and commands without memory, at a
# few of the many calls that tests/long.sh tries all of.
set -u
top=$(pwd)
at=$top/build/release/tests
# In memory where that is possible: every run waits for the disk.
dir=$(mktemp -d -p /dev/shm 2>/dev/null) || dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

# stride CALLS CASES: every CALLS-th call of the cases whose names have this.
stride() {
	(cd "$dir" && "$at/drive" "$top/build/nestwright" "$at/fault.so" \
		"$top/tests/models/mixed.onnx" "$top/tests/fault/space.json" \
		"$1" "$2")
}

# verdict STATUS WHAT
verdict() {
	[ "$1" -eq 0 ] && echo "ok - $2" && return
	echo "not ok - $2"
	status=1
}

# together ROUNDS: four compiles into one folder at once.
together() {
	n=0 bad=0
	while [ $n -lt "$1" ]; do
		pids=
		rm -rf "$dir/four"
		for tiles in perfect padded perfect padded; do
			build/nestwright compile -q -j 1 --tiles $tiles \
				-o "$dir/four" tests/models/mixed.onnx &
			pids="$pids $!"
		done
		for pid in $pids; do
			wait "$pid" || bad=$((bad + 1))
		done
		build/nestwright inspect "$dir/four/mixed.nwcfg" >/dev/null ||
			bad=$((bad + 1))
		n=$((n + 1))
	done
	verdict $bad "$1 rounds of four compiles into one folder: $bad failed"
}

# A file that would be longer than 'ulimit -f' allows.
too_long() {
	(ulimit -f 4 && build/nestwright compile -q tests/models/mixed.onnx \
		-o "$dir/long") 2>"$dir/err"
	[ $? -eq 1 ] && grep -q 'cannot write: File too large' "$dir/err" &&
		[ ! -e "$dir/long" ]
	verdict $? "a file beyond ulimit -f is an error, and nothing is left"
}

status=0
if [ $# -eq 2 ] && [ "$2" = together ]; then
	together "$1"
elif [ $# -eq 2 ]; then
	stride "$1" "$2" || status=1
else
	stride 23 'links over links' || status=1
	stride 43 'plain files over plain files' || status=1
	stride 43 'plain files over links' || status=1
	stride 67 'over nothing' || status=1
	stride 1009 'memory' || status=1
	together 4
	too_long
fi
exit $status
