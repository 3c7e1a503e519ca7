#!/bin/sh
# Who includes whom is what the table of docs/development.md allows: each folder
# those that it names, which stand above it, and single headers of others.
. tests/cli/common

# FOLDER THING a line, of the rows '| `FOLDER/` | THINGS | HEADERS | why |', in
# their order.
awk -F '|' '
/^<!-- includes: begin -->$/ { on = 1 }
/^<!-- includes: end -->$/ { on = 0 }
on && $2 ~ /`/ {
	gsub(/[`\/ ]/, "", $2)
	gsub(/[`,]/, "", $3)
	gsub(/[`,]/, "", $4)
	print $2, $2
	n = split($3 " " $4, things, " ")
	for (i = 1; i <= n; i++)
		print $2, things[i]
}' docs/development.md >"$tmp/table"
[ -s "$tmp/table" ]
result $? 'docs/development.md has the table'

# FOLDER HEADER FILE a line.
folders=$(awk '$1 == $2 { print $1 }' "$tmp/table")
# shellcheck disable=SC2086
find $folders -name '*.[ch]' -exec grep -H '^# *include "' {} + -o \
	-name '*.def' -exec grep -H '^# *include "' {} + |
	sed 's/^\([^:/]*\)\([^:]*\):[^"]*"\([^"]*\)".*/\1 \3 \1\2/' >"$tmp/found"
[ "$(wc -l <"$tmp/found")" -gt 500 ]
result $? 'there is something to look at'

# check WHAT PROGRAM: prints nothing for what is as it must be.
check() {
	awk "$2" "$tmp/table" "$tmp/found" >"$tmp/wrong"
	[ ! -s "$tmp/wrong" ]
	result $? "$1"
	sort -u "$tmp/wrong" | sed 's/^/# /'
}
# A folder of files that are copied out of here includes them by name alone.
# shellcheck disable=SC2016
check 'folders include what they may' '
NR == FNR { may[$1, $2]; next }
{ split($2, part, "/") }
!(($1, part[1]) in may) && !(($1, $2) in may) &&
	!($1 == "examples" && $2 !~ /\//) { print $3 " includes " $2 }'
# shellcheck disable=SC2016
check 'single headers that a folder may include are included' '
NR == FNR { if ($2 ~ /\//) may[$1 " " $2]; next }
{ delete may[$1 " " $2] }
END { for (row in may) print row }'
# shellcheck disable=SC2016
check 'no folder includes one that stands below it' '
NR != FNR { exit }
$1 == $2 { above[$1] }
$2 !~ /\// && !($2 in above) { print }'

for folder in */; do
	folder=${folder%/}
	[ "$folder" = build ] || [ "$folder" = output ] ||
		[ -z "$(find "$folder" -name '*.[ch]' | head -n 1)" ] ||
		echo "$folders" | grep -qx "$folder" || echo "$folder"
done >"$tmp/wrong"
[ ! -s "$tmp/wrong" ]
result $? 'the table has each folder'
sed 's/^/# /' "$tmp/wrong"

finish
