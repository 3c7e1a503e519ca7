#!/bin/sh
# Compiles that are ended early: the best found so far, marked as not proven.
. tests/cli/common

# Brute force would take years over it.
cat >"$tmp/large.json" <<'END'
{"CONV": [{"name": "large", "size_tensor_A": [4, 128, 58, 58],
           "size_tensor_B": [256, 128, 3, 3], "strides": [1, 1]}]}
END
# begin OUT OPTION...: starts a compile that ends only when it is told to, and
# waits until it searches; its process is $pid. Signals are handled from before
# the output folder is made.
begin() {
	out=$1
	shift
	# What a shell starts in the background ignores SIGINT, nohup SIGHUP.
	env --default-signal=INT,TERM,HUP "$nestwright" compile "$tmp/large.json" \
		--search brute -o "$out" "$@" >"$tmp/text" 2>"$tmp/err" &
	pid=$!
	until [ -d "$out" ]; do
		sleep 0.05
	done
}
# files OUT: all outputs are there, and say that nothing is proven.
files() {
	[ -s "$1/large.nwcfg" ] && [ -s "$1/large_summary.csv" ] &&
		grep -q '"proven": false' "$1/large.json" &&
		! grep -q '"proven": true' "$1/large.json"
}

for name in INT TERM HUP; do
	begin "$tmp/$name" --quiet
	kill -s $name $pid
	wait $pid
	[ $? -eq 3 ] && files "$tmp/$name"
	result $? "SIG$name ends the search, and what was found is written"
	grep -q "large.json: warning: SIG$name ended the search: 1 of 1 distinct \
nests not proven" "$tmp/err"
	result $? "the warning names SIG$name and what is not proven, even with -q"
	"$nestwright" check-proof "$tmp/$name/large.json" >"$tmp/text" 2>&1
	[ $? -ne 2 ] && ! grep -q 'large.json: error' "$tmp/text"
	result $? "check-proof reads what SIG$name left"
	grep -q 'not proven (no bound is known)' \
		"$tmp/$name"/large_methods/*.txt
	result $? 'the method says so'
done

"$nestwright" compile "$tmp/large.json" --search brute --time-limit 0.3 \
	-o "$tmp/limit" >"$tmp/text" 2>"$tmp/err"
[ $? -eq 3 ] && files "$tmp/limit" &&
	grep -q 'warning: the time limit ended the search' "$tmp/err"
result $? '--time-limit ends the search'
"$nestwright" compile "$tmp/large.json" --search brute --time-limit 0.3 \
	--accept-unproven -o "$tmp/accept" >"$tmp/text" 2>"$tmp/err" &&
	files "$tmp/accept" && grep -q 'warning: the time limit' "$tmp/err"
result $? '--accept-unproven makes that status 0'
"$nestwright" compile "$tmp/large.json" --search brute --time-limit 0.3 \
	--require-proof -o "$tmp/require" >"$tmp/text" 2>"$tmp/err"
[ $? -eq 1 ] && [ ! -e "$tmp/require" ] &&
	grep -q '1 of 1 distinct nests are not proven' "$tmp/err"
result $? '--require-proof makes it 1, and nothing is written'
"$nestwright" compile tests/models/mixed.onnx --search pruned \
	--auto-optimize --require-proof -o "$tmp/require" 2>"$tmp/err"
[ $? -eq 1 ] && [ ! -e "$tmp/require" ] &&
	grep -q 'the pruned search proves nothing' "$tmp/err"
result $? '--require-proof refuses the pruned search'
"$nestwright" compile tests/models/mixed.onnx --tiles perfect \
	--require-proof -o "$tmp/proven" -q 2>"$tmp/err"
[ $? -eq 0 ] && [ -s "$tmp/proven/mixed.nwcfg" ] && [ ! -s "$tmp/err" ]
result $? '--require-proof lets pass what is proven'
for command in compile dse verify check-proof; do
	"$nestwright" $command x --accept-unproven --require-proof \
		--space x >"$tmp/err" 2>&1
	[ $? -eq 2 ]
	result $? "$command refuses both options together"
done

# The exact search knows a bound. Nothing is as short as this limit.
"$nestwright" compile "$tmp/large.json" --time-limit 0.000001 \
	-o "$tmp/exact" >"$tmp/text" 2>"$tmp/err"
[ $? -eq 3 ] && files "$tmp/exact" &&
	grep -q '% above the least' "$tmp/err" &&
	grep -q 'within [0-9.e+]*%' "$tmp/text" &&
	grep -q 'not proven (at most [0-9.e+]* % above the least)' \
		"$tmp/exact"/large_methods/*.txt
result $? 'the gap of the exact search is told'
# value / bound of the objective, in all three tables
sed -n '/"edp": {/,/tiles_v/s/.*"\(value\|gap\|bound\)": \([^,]*\),.*/\2/p' \
	"$tmp/exact/large.json" | head -n 3 | tr '\n' ' ' >"$tmp/numbers"
awk '{ exit !($2 > 1 && $1 / $3 / $2 > 0.999999 && $1 / $3 / $2 < 1.000001) }' \
	"$tmp/numbers"
result $? 'the gap is the value over the bound'
gap=$(cut -d ' ' -f 2 "$tmp/numbers")
grep -q "false,$gap," "$tmp/exact/large_summary.csv" &&
	grep -q "false,$gap," "$tmp/exact/large_per-layer.csv"
result $? 'the tables have it'

"$nestwright" compile "$tmp/large.json" --time-limit 1000000 \
	-o "$tmp/ample" >"$tmp/text" 2>"$tmp/err"
"$nestwright" compile "$tmp/large.json" -o "$tmp/none" >"$tmp/text" 2>&1
diff -r "$tmp/ample" "$tmp/none" >/dev/null && [ ! -s "$tmp/err" ] &&
	grep -q '"gap": 1,' "$tmp/none/large.json"
result $? 'a limit that is not reached changes nothing'

# Without a mapping there is nothing to write: a signal ends the program.
begin "$tmp/none_found" --max-cycles 1
kill -s TERM $pid
wait $pid
[ $? -eq 143 ] && [ ! -e "$tmp/none_found" ] &&
	grep -q 'SIGTERM ended the search before a mapping was found' "$tmp/err"
result $? 'without any mapping SIGTERM ends the program, nothing is written'
"$nestwright" compile "$tmp/large.json" --search brute --max-cycles 1 \
	--time-limit 0.2 -o "$tmp/none_found" 2>"$tmp/err"
[ $? -eq 1 ] && [ ! -e "$tmp/none_found" ] &&
	grep -q 'the time limit ended the search before a mapping was' "$tmp/err"
result $? 'the time limit then is an error'
begin "$tmp/second" --max-cycles 1
kill -s INT $pid
kill -s INT $pid
wait $pid
[ $? -eq 130 ] && [ ! -e "$tmp/second/large.json" ]
result $? 'a second SIGINT ends the program'

# Blobs: what is verified counts, and a difference goes before the end.
"$nestwright" verify "$tmp/limit/large.nwcfg" --time-limit 0.000001 \
	>"$tmp/text" 2>"$tmp/err"
[ $? -eq 3 ] && grep -q 'ended by the time limit: 1 of 1 layers' "$tmp/err" &&
	grep -q '1 layer not verified: ended early' "$tmp/text"
result $? 'verify --time-limit'
"$nestwright" verify "$tmp/limit/large.nwcfg" --time-limit 0.000001 \
	--accept-unproven >"$tmp/text" 2>&1
result $? 'verify --accept-unproven'
env --default-signal=INT "$nestwright" verify "$tmp/limit/large.nwcfg" --full \
	-j 1 >"$tmp/text" 2>"$tmp/err" &
pid=$!
sleep 0.5
kill -s INT $pid
wait $pid
[ $? -eq 3 ] && grep -q 'ended by SIGINT: 1 of 1 layers' "$tmp/err"
result $? 'SIGINT ends verify'

for limit in 0 -1 nan 0x10 1e3 ''; do
	"$nestwright" compile "$tmp/large.json" --time-limit "$limit" \
		-o "$tmp/bad" 2>"$tmp/err"
	[ $? -eq 2 ] && [ ! -e "$tmp/bad" ]
	result $? "--time-limit '$limit' is refused"
done
finish
