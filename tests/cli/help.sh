#!/bin/sh
# Help, version, and what a mistyped command line is told.
. tests/cli/common

# says STATUS FRAGMENT ARGUMENT...: the exit status, and the fragment in what
# is printed, on standard output for status 0 and as a message otherwise.
says() {
	status=$1 fragment=$2
	shift 2
	"$nestwright" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	found=$?
	if [ "$status" -eq 0 ]; then
		text=$tmp/out
	else
		text=$tmp/err
	fi
	[ "$found" -eq "$status" ] && grep -qF -- "$fragment" "$text"
	bad=$?
	result $bad "nestwright $* ($status: $fragment)"
	[ $bad -eq 0 ] || { echo "exit $found"; cat "$tmp/out" "$tmp/err"; }
}

says 0 'nestwright 0.' --version
says 0 'commands:' --help
says 0 'commands:' help
says 2 'commands:'
says 2 "unknown command 'comple', did you mean 'compile'?" comple
says 2 "unknown option '--versoin', did you mean '--version'?" --versoin
says 2 "unknown command 'frobnicate'" frobnicate
says 2 "expected bash or zsh, found 'fish'" completion fish
says 2 'SHELL is missing' completion
says 2 "'x' is one too many" ops x
says 2 "option '--markdown' takes no value" ops --markdown=1
says 2 "unknown option '-x'" ops -x

for command in $("$nestwright" --help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
do
	says 0 "usage: nestwright $command" "$command" --help
	says 0 "usage: nestwright $command" help "$command"
	says 2 "unknown option '--no-such'" "$command" --no-such
done

"$nestwright" ops >/dev/full 2>"$tmp/err"
[ $? -eq 1 ] && grep -q 'cannot write to standard output' "$tmp/err"
result $? 'a full standard output is noticed'
finish
