#!/bin/sh
# The experiments in examples/ give the results that lie beside them. Runs the
# release build: some of them enumerate.
NESTWRIGHT=${NESTWRIGHT-build/nestwright}
. tests/cli/common
export NESTWRIGHT PYTHONDONTWRITEBYTECODE=1

if ! command -v python3 >/dev/null 2>&1; then
	echo '# skipped: no python3'
	finish
	exit
fi
for folder in examples/experiments/*/; do
	name=$(basename "$folder")
	mkdir "$tmp/$name"
	[ -e "$folder/run.py" ] || continue
	python3 "$folder/run.py" "$tmp/$name"
	result $? "$name runs"
	for file in "$folder"*.csv "$folder"*.svg; do
		case $file in
		*'*'* | */measured.csv) continue ;;
		esac
		cmp "$file" "$tmp/$name/$(basename "$file")"
		result $? "$name: $(basename "$file") is what it writes"
	done
done
finish
