#!/bin/sh
# The build files of examples/integration work: a first build compiles, a second
# does nothing, and a change to the accelerator compiles again.
. tests/cli/common

mkdir -p "$tmp/bin"
ln -s "$top/build/nestwright" "$tmp/bin/nestwright"
PATH=$tmp/bin:$PATH

# flow TOOL FILE COMMAND...: in a folder of its own
flow() {
	tool=$1 file=$2
	shift 2
	if ! command -v "$tool" >/dev/null 2>&1; then
		echo "# skipped: $tool is not installed"
		return
	fi
	mkdir "$tmp/$tool"
	cp "examples/integration/$file" examples/models/resnet18.onnx \
		examples/arch/default.json "$tmp/$tool"
	(
		cd "$tmp/$tool" && "$@" >log 2>&1 || exit 1
		blob=$(find . -name resnet18.nwcfg -type l)
		[ -s "$blob" ] || exit 1
		stamp=$(stat -L -c %y "$blob")
		sleep 1
		"$@" >log 2>&1 && [ "$stamp" = "$(stat -L -c %y "$blob")" ] ||
			exit 1
		touch default.json
		"$@" >log 2>&1 && [ "$stamp" != "$(stat -L -c %y "$blob")" ]
	)
	result $? "examples/integration/$file builds, rests, builds again"
	[ -e "$tmp/$tool/log" ] && tail -n 5 "$tmp/$tool/log"
}

flow make Makefile make
flow ninja build.ninja ninja
flow cmake CMakeLists.txt sh -c 'cmake -S . -B build && cmake --build build'
finish
