#!/bin/sh
# The loader and the runtime of examples/firmware with every C99 compiler that is
# installed, without a library; and run, on the processors that qemu-user has:
# the same lines everywhere. Big-endian and 32-bit ones are among them with
#
#   apt-get install gcc-mips-linux-gnu libc6-dev-mips-cross \
#       gcc-arm-linux-gnueabihf libc6-dev-armhf-cross qemu-user
. tests/cli/common

strict='-std=c99 -Wall -Wextra -Werror -pedantic'
source=examples/firmware

# freestanding COMPILER [FLAG...]
freestanding() {
	# shellcheck disable=SC2086
	"$@" $strict -ffreestanding -I. -Os -c $source/runtime.c \
		-o "$tmp/runtime.o" 2>"$tmp/err"
	result $? "$* compiles the runtime freestanding"
}

# runs WHAT COMMAND...: prints what the native program does.
runs() {
	what=$1
	shift
	"$@" $source/conv.nwcfg >"$tmp/out" 2>&1 &&
		cmp -s "$tmp/native" "$tmp/out"
	result $? "$what runs the blob"
}

for compiler in gcc clang; do
	command -v $compiler >/dev/null 2>&1 || continue
	freestanding $compiler
	freestanding $compiler -m32
done

# Many runtimes are C++.
for compiler in g++ clang++; do
	command -v $compiler >/dev/null 2>&1 || continue
	echo '#include "codegen/nwcfg.h"
	struct nwcfg cfg;
	int main() { return nwcfg_open(&cfg, "", 0) != NWCFG_TOO_SHORT; }' \
		>"$tmp/loader.cpp"
	$compiler -std=c++11 -Wall -Wextra -Werror -I. -o "$tmp/loader" \
		"$tmp/loader.cpp" 2>"$tmp/err" && "$tmp/loader"
	result $? "$compiler compiles the loader"
done

# Its checks once for several files: in C, called from C++, too.
printf '%s\n' '#define NWCFG_EXTERN' '#define NWCFG_IMPLEMENTATION' \
	'#include "codegen/nwcfg.h"' >"$tmp/checks.c"
if command -v gcc >/dev/null 2>&1 && command -v g++ >/dev/null 2>&1; then
	# shellcheck disable=SC2086
	gcc $strict -I. -Os -c -o "$tmp/checks.o" "$tmp/checks.c" &&
		g++ -std=c++11 -Wall -Wextra -Werror -DNWCFG_EXTERN -I. -Os \
			-o "$tmp/loader" "$tmp/loader.cpp" "$tmp/checks.o" &&
		"$tmp/loader"
	result $? "the loader's checks are compiled once"
fi

# shellcheck disable=SC2086
${CC:-cc} $strict -I. -o "$tmp/firmware" $source/main.c $source/board.c \
	$source/runtime.c && "$tmp/firmware" $source/conv.nwcfg >"$tmp/native"
result $? "the native runtime runs the blob"
# The first outputs by the definition, with x[k] = w[k] = 5k mod 7 - 3.
grep -q "^y: $(python3 - <<'PY' 2>/dev/null || echo .
def v(k):
    return k * 5 % 7 - 3
def y(m, r, c):
    return sum(v((ch * 4 + r + i - 1) * 6 + c + j - 1) *
               v(((m * 2 + ch) * 3 + i) * 3 + j)
               for ch in range(2) for i in range(3) for j in range(3)
               if 0 <= r + i - 1 < 4 and 0 <= c + j - 1 < 6)
print(' '.join(str(y(0, k // 6, k % 6)) for k in range(12)))
PY
)" "$tmp/native"
result $? "its output is the convolution's"

skipped=
for target in mips-linux-gnu:mips powerpc-linux-gnu:ppc s390x-linux-gnu:s390x \
	arm-linux-gnueabihf:arm; do
	triple=${target%:*} qemu=qemu-${target#*:}
	if ! command -v "$triple-gcc" >/dev/null 2>&1 ||
		! command -v "$qemu" >/dev/null 2>&1; then
		skipped="$skipped $triple"
		continue
	fi
	freestanding "$triple-gcc"
	# shellcheck disable=SC2086
	"$triple-gcc" $strict -static -I. -o "$tmp/$triple" $source/main.c \
		$source/board.c $source/runtime.c 2>"$tmp/err"
	result $? "$triple-gcc builds the example"
	runs "$triple" "$qemu" "$tmp/$triple"
done
[ -z "$skipped" ] || echo "# skipped, not installed:$skipped"
finish
