#!/bin/sh
# --cache: the same outputs, whatever is in the folder.
. tests/cli/common

model=tests/models/mixed.onnx
compile() {
	"$nestwright" compile "$model" -q "$@"
}
# same A B WHAT: folders of outputs are equal.
same() {
	diff -r "$1" "$2" >"$tmp/diff" 2>&1
	result $? "$3"
}

compile -o "$tmp/plain"
compile -o "$tmp/cold" --cache "$tmp/cache"
same "$tmp/plain" "$tmp/cold" 'an empty cache changes nothing'
[ -n "$(ls "$tmp/cache")" ] && [ -z "$(ls -A "$tmp/cache" | grep '^\.')" ]
result $? 'entries are kept, and no temporary files'

ls -i "$tmp/cache" >"$tmp/before"
compile -o "$tmp/warm" --cache "$tmp/cache" --threads 3
same "$tmp/plain" "$tmp/warm" 'a full cache changes nothing'
ls -i "$tmp/cache" | cmp -s - "$tmp/before"
result $? 'what is found is not written again'

# Another machine of the same values, of another name; a machine of others.
"$nestwright" arch examples/arch/default.json --json >"$tmp/other.json"
compile -o "$tmp/renamed" --cache "$tmp/cache" --arch-spec "$tmp/other.json"
ls -i "$tmp/cache" | cmp -s - "$tmp/before"
result $? "the machine's name is not part of the key"
sed 's/"CGRA_SIZE": *256/"CGRA_SIZE": 128/' examples/arch/default.json \
	>"$tmp/half.json"
compile -o "$tmp/half" --cache "$tmp/cache" --arch-spec "$tmp/half.json"
compile -o "$tmp/half-plain" --arch-spec "$tmp/half.json"
same "$tmp/half" "$tmp/half-plain" 'its values are'

for entry in "$tmp/cache"/*.search; do
	echo broken >"$entry"
done
compile -o "$tmp/broken" --cache "$tmp/cache"
same "$tmp/plain" "$tmp/broken" 'broken entries change nothing'

# Several runs fill one cache.
rm -r "$tmp/cache"
for run in 1 2 3; do
	compile -o "$tmp/run$run" --cache "$tmp/cache" &
done
wait
for run in 1 2 3; do
	same "$tmp/plain" "$tmp/run$run" "run $run of three at once"
done

compile -o "$tmp/none" --cache /dev/null/cache 2>"$tmp/err"
[ $? -eq 1 ] && grep -q '^/dev/null/cache: error: cannot make the cache' \
	"$tmp/err" && [ ! -e "$tmp/none/mixed.json" ]
result $? 'a folder that cannot be made is an error'
finish
