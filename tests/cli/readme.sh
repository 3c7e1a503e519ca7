#!/bin/sh
# What README.md and docs/ show of the program is what it prints: every line
# '$ COMMAND' of a 'console' block is run, in the order of the file, from the
# repository's top with output/ elsewhere, and its output stands behind it.
#
#   sh tests/cli/readme.sh --write    writes the outputs anew
. tests/cli/common

mkdir "$tmp/bin" "$tmp/home"
ln -s "$top/build/nestwright" "$tmp/bin/nestwright"
for entry in "$top"/*; do
	case ${entry##*/} in
	output | build) ;;
	*) ln -s "$entry" "$tmp/home/" ;;
	esac
done
PATH=$tmp/bin:$PATH

# shown FILE: the file with the outputs as they are now.
shown() {
	block=
	while IFS= read -r line; do
		case $block$line in
		'```console') block=console: ;;
		'console:```') block= ;;
		'console:$ '*)
			printf '%s\n' "$line"
			(cd "$tmp/home" && eval "${line#\$ }" 2>&1 </dev/null)
			continue
			;;
		console:*) continue ;;
		esac
		printf '%s\n' "$line"
	done <"$1"
}

for file in README.md docs/*.md; do
	grep -q '^```console$' "$file" || continue
	shown "$file" >"$tmp/new"
	if [ "${1-}" = --write ]; then
		cat "$tmp/new" >"$file"
	else
		diff "$file" "$tmp/new" >"$tmp/diff"
		result $? "$file shows what the program prints"
		head -n 20 "$tmp/diff"
	fi
done

# Links to files of the repository lead somewhere.
for file in README.md docs/*.md; do
	grep -o '](\([^)#]*\)' "$file" | sed 's/](//' | grep -v '^http' |
		sort -u >"$tmp/links"
	while read -r link; do
		[ -e "$(dirname "$file")/$link" ]
		result $? "$file: link to $link"
	done <"$tmp/links"
done
finish
