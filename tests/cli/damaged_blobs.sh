#!/bin/sh
# Blobs that were cut, mixed up, enlarged or changed on their way: inspect and
# verify say in one clear line what is wrong.
. tests/cli/common

blob=examples/firmware/conv.nwcfg
bytes=$(wc -c <$blob)
table=48    # where the section table starts, of 16 entries
sections=560 # where the first section starts

# put OFFSET OCTAL...: changes bytes of $tmp/blob.
put() {
	at=$1
	shift
	for octal; do
		printf '%b' "\\0$octal" | dd of="$tmp/blob" bs=1 seek="$at" \
			conv=notrunc status=none
		at=$((at + 1))
	done
}
# part FIRST COUNT: those bytes of the blob.
part() {
	tail -c +$(($1 + 1)) $blob | head -c "$2"
}

# refused WHAT PATTERN: what all commands say of $tmp/blob.
refused() {
	for command in inspect 'inspect --json' 'inspect --hex' verify; do
		# shellcheck disable=SC2086
		"$nestwright" $command "$tmp/blob" >"$tmp/out" 2>"$tmp/err"
		if [ $? -ne 1 ] || [ -s "$tmp/out" ] ||
			[ "$(wc -l <"$tmp/err")" -ne 1 ] ||
			! grep -q "^$tmp/blob: error: .*$2" "$tmp/err"; then
			result 1 "$1: $command"
			sed 's/^/# /' "$tmp/err"
			return
		fi
	done
	result 0 "$1"
}

for length in 0 1 8 47 48 559 560 1000 $((bytes - 1)); do
	head -c "$length" $blob >"$tmp/blob"
	refused "cut after $length bytes" "truncated ($length bytes)"
done

{ cat $blob && echo; } >"$tmp/blob"
refused 'a byte more' 'longer than its header says'
cat $blob $blob >"$tmp/blob"
refused 'the blob twice' 'longer than its header says'
{ echo && cat $blob; } >"$tmp/blob"
refused 'a byte before it' 'not a configuration blob'
sed 's/$/\r/' $blob | head -c "$bytes" >"$tmp/blob"
refused 'transferred as text' 'not a configuration blob'

{
	part 0 $table
	part $((table + 32)) 32
	part $table 32
	part $((table + 64)) $bytes
} >"$tmp/blob"
refused 'two entries of the section table swapped' 'checksum mismatch'
{
	part 0 $sections
	part $((sections + 8)) 8
	part $sections 8
	part $((sections + 16)) $bytes
} >"$tmp/blob"
refused 'eight bytes of a section swapped' 'checksum mismatch.*(arch'
{
	part 0 $sections
	part $((sections + 160)) 72
	part $sections 160
	part $((sections + 232)) $bytes
} >"$tmp/blob"
refused 'two sections swapped' 'checksum mismatch'
{ part 0 $sections && part $((sections + 8)) $bytes && part 0 8; } >"$tmp/blob"
refused 'eight bytes lost on the way' 'checksum mismatch'

cp $blob "$tmp/blob"
put 0 156
refused 'another magic' 'not a configuration blob'
cp $blob "$tmp/blob"
put 8 7
refused 'another version' 'another major version .*found 7, this program reads 2'
cp $blob "$tmp/blob"
put 24 0
refused 'another fingerprint' 'checksum mismatch'
cp $blob "$tmp/blob"
put 32 377 377 377 377
refused 'sections without end' 'the header contradicts itself'
cp $blob "$tmp/blob"
put $((bytes - 1)) 377
refused 'another last byte' 'checksum mismatch'
finish
