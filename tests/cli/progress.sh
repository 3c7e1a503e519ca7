#!/bin/sh
# The line that shows on a terminal how far a search is.
. tests/cli/common

command -v script >/dev/null || {
	echo "not ok - progress # SKIP no 'script' to make a terminal"
	exit 0
}

# One layer is done at once; the other would take years.
cat >"$tmp/two.json" <<'END'
{"CONV": [{"name": "small", "size_tensor_A": [1, 2, 4, 4],
           "size_tensor_B": [2, 2, 3, 3], "strides": [1, 1]},
          {"name": "large", "size_tensor_A": [4, 128, 58, 58],
           "size_tensor_B": [256, 128, 3, 3], "strides": [1, 1]}]}
END
# on_terminal OPTION...: what a terminal sees of a compile.
on_terminal() {
	script -qec "$nestwright compile $tmp/two.json -o $tmp/out $*" \
		/dev/null >"$tmp/seen" </dev/null
}

on_terminal --search brute --time-limit 3.5 -j 1
line='two: searching: 1 of 2 nests, [0-9]* s, [0-9.]* nests/s, about [1-9][0-9]* s left'
tr '\r' '\n' <"$tmp/seen" | grep -q "$line\$"
result $? 'nests, seconds, rate and time left are shown'
# Back to the line's start, and what was there cleared.
cr=$(printf '\r')
esc=$(printf '\033')
grep -q "$cr$esc\[K" "$tmp/seen" &&
	tr '\r' '\n' <"$tmp/seen" | grep -q "^$esc\[K.*warning: the time limit"
result $? 'the line goes when the search ends'

# A signal is acknowledged there, at once. What a shell starts in the background
# ignores SIGINT, and so does all that it starts.
{ sleep 0.7; printf '\003'; sleep 2; } |
	script -qec "env --default-signal=INT $nestwright compile \
		$tmp/two.json -o $tmp/out -j 1 --search brute --time-limit 20" \
		/dev/null >"$tmp/seen"
tr '\r' '\n' <"$tmp/seen" | grep -q "SIGINT: ending; once more ends at once"
result $? 'SIGINT is acknowledged'

# The exact search knows how far it is from the least; unless it is done before
# anything is shown.
script -qec "build/nestwright compile examples/models/vgg16.json -o $tmp/out \
	-j 1 --time-limit 2.5" /dev/null >"$tmp/seen" </dev/null
if grep -q 'searching: ' "$tmp/seen"; then
	tr '\r' '\n' <"$tmp/seen" | grep -q 'searching: .*, gap [0-9.e+]* %'
	result $? 'the gap is shown'
fi
! grep -q 'about 0 s left' "$tmp/seen"
result $? 'it is never about to end in 0 s'

script -qec "$nestwright verify $tmp/out/vgg16.nwcfg --full -j 1 \
	--time-limit 1.5" /dev/null >"$tmp/seen" </dev/null
tr '\r' '\n' <"$tmp/seen" | grep -q 'verifying: [0-9]* of 1[0-9] layers, ' &&
	! grep -q ' 0 of 0 ' "$tmp/seen"
result $? 'verify tells of how many layers'

on_terminal --search brute --time-limit 2.5 -j 1 --quiet
! grep -q searching "$tmp/seen"
result $? '--quiet shows none'

"$nestwright" compile "$tmp/two.json" -o "$tmp/out" --search brute \
	--time-limit 2.5 >"$tmp/text" 2>&1
! grep -q 'searching' "$tmp/text"
result $? 'nor does a run without a terminal'
finish
