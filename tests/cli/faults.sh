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

status=0
if [ $# -eq 2 ]; then
	stride "$1" "$2" || status=1
else
	stride 23 'links over links' || status=1
	stride 43 'plain files over plain files' || status=1
	stride 43 'plain files over links' || status=1
	stride 67 'over nothing' || status=1
	stride 1009 'memory' || status=1
fi
exit $status
