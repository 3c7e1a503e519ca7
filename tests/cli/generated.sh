#!/bin/sh
# What is generated from the tables of the code and kept in docs/ is up to date.
#
#   sh tests/cli/generated.sh --write    writes it
. tests/cli/common

# generated FILE COMMAND...
generated() {
	file=$1
	shift
	if [ "$write" ]; then
		"$nestwright" "$@" >"$file"
	else
		"$nestwright" "$@" >"$tmp/out"
		cmp -s "$tmp/out" "$file"
		result $? "$file is what 'nestwright $*' prints"
	fi
}

write=
[ "${1-}" = --write ] && write=yes
mkdir -p docs/completion
generated docs/operators.md ops --markdown
generated docs/nestwright.1 manual
generated docs/completion/nestwright.bash completion bash
generated docs/completion/_nestwright completion zsh
finish
