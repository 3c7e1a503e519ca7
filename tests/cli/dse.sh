#!/bin/sh
# Design spaces: every design against compile, bounds, journals, shards.
. tests/cli/common
. tests/cli/dse_common

models='tests/models/conv.onnx tests/models/mixed.onnx'

# A small space: 3 x 3 x 3, one combination left out, three infeasible ones.
cat >"$tmp/small.json" <<'END'
{
	"base": {"missing": "default"},
	"keys": {"CGRA_SIZE": [4, 16, 64], "RF_SIZE": [4, 32, 128],
		"banks": [2, 3, 8]},
	"tables": [{"columns": ["RF_SIZE", "rf_energy"],
		"rows": [[4, 0.01], [32, 0.06], [128, 0.24]]}],
	"set": {"TOTAL_BANKS_IN_SPM": "banks", "TOTAL_BYTES_IN_BANK": "256"},
	"rules": ["!(CGRA_SIZE == 64 && RF_SIZE == 128 && banks == 8)"],
	"area": "CGRA_SIZE * (1 + RF_SIZE / 64) + banks",
	"power": "energy / cycles"
}
END
"$nestwright" dse $models --space "$tmp/small.json" -o "$tmp/all" --all -q
result $? 'a small space is explored'
csv=$tmp/all/designs.csv
[ "$(column status "$csv" | sort | uniq -c | tr -s ' ' | tr '\n' ,)" = \
	' 15 infeasible, 11 searched,' ]
result $? 'a rule leaves one design out; others do not fit'
for file in designs.csv designs.xlsx designs.html sensitivity.csv best.json; do
	[ -s "$tmp/all/$file" ]
	result $? "$file is written"
done
grep -q '>cycles</text>' "$tmp/all/designs.html" &&
	grep -q '>energy / pJ</text>' "$tmp/all/designs.html"
result $? 'the page names its axes and their units'
if command -v unzip >/dev/null; then
	# The first row's texts, by their numbers among the workbook's.
	unzip -p "$tmp/all/designs.xlsx" xl/sharedStrings.xml |
		grep -o '<si>[^/]*</t>' | sed 's/<[^>]*>//g' >"$tmp/texts"
	unzip -p "$tmp/all/designs.xlsx" xl/worksheets/sheet1.xml |
		grep -o '<row r="1".*<row r="2"' | grep -o '<v>[0-9]*' |
		while read -r cell; do
			sed -n "$((${cell#<v>} + 1))p" "$tmp/texts"
		done | tr '\n' ' ' >"$tmp/heads"
	grep -qx 'spm_size rf_size n_PE edp total_evaluated start_time end_time design CGRA_SIZE RF_SIZE banks rf_energy TOTAL_BANKS_IN_SPM TOTAL_BYTES_IN_BANK status energy_pj cycles area power on_front rank reason ' \
		"$tmp/heads"
	result $? "the workbook has dMazeRunner's columns, then ours, none empty"
else
	echo '# skipped: no unzip to read the workbook'
fi

# Every design by compile, with perfect tiles and with padded ones: sums over the
# models are those of its summaries.
"$nestwright" dse $models --space "$tmp/small.json" -o "$tmp/all.padded" \
	--all -q --tiles padded
for name in CGRA_SIZE RF_SIZE banks rf_energy; do
	column $name "$csv" >"$tmp/$name"
done
compiled() {
	paste "$tmp/CGRA_SIZE" "$tmp/RF_SIZE" "$tmp/banks" "$tmp/rf_energy" |
	while read -r pes rf banks pj; do
		echo "{\"missing\": \"default\", \"arch_basic\":" \
			"{\"CGRA_SIZE\": $pes, \"RF_SIZE\": $rf," \
			"\"TOTAL_BANKS_IN_SPM\": $banks," \
			"\"TOTAL_BYTES_IN_BANK\": 256}," \
			"\"arch_details\": {\"rf_energy\": $pj}}" \
			>"$tmp/arch.json"
		rm -rf "$tmp/compiled"
		if build/nestwright compile $models -a "$tmp/arch.json" \
			--tiles "$1" -o "$tmp/compiled" -q 2>/dev/null; then
			for sum in "$tmp"/compiled/*_summary.csv; do
				column energy_pj "$sum"
				column cycles "$sum"
			done | awk -v area=$((pes * (64 + rf) / 64 + banks)) '
				NR % 2 { e += $1; next } { c += $1 }
				END { printf "%.0f %.0f %s\n", e, c, area }'
		else
			echo infeasible
		fi
	done >"$tmp/compile"
}
# explored FILE
explored() {
	column energy_pj "$1" >"$tmp/energy"
	column cycles "$1" >"$tmp/cycles"
	column area "$1" >"$tmp/area"
	paste -d' ' "$tmp/energy" "$tmp/cycles" "$tmp/area" |
		sed 's/^  .*/infeasible/' >"$tmp/dse"
}
compiled padded
explored "$tmp/all.padded/designs.csv"
cmp "$tmp/compile" "$tmp/dse" && ! cmp -s "$csv" "$tmp/all.padded/designs.csv"
result $? 'with padded tiles every design is that of compile with these'
compiled perfect
explored "$csv"
cmp "$tmp/compile" "$tmp/dse"
result $? 'energy and cycles of every design are those of compile'

# The front and the best of these, the long way.
front() {
	awk -v area="$1" '$1 == "infeasible" { e[NR] = -1; next }
		{ e[NR] = $1; c[NR] = $2; a[NR] = area ? $3 : 0 }
		END { for (i = 1; i <= NR; i++) {
			on = e[i] >= 0
			for (j = 1; on && j <= NR; j++)
				if (e[j] >= 0 && e[j] <= e[i] && c[j] <= c[i] &&
					a[j] <= a[i] && (e[j] < e[i] ||
					c[j] < c[i] || a[j] < a[i]))
					on = 0
			if (on) print i - 1
		} }' "$tmp/compile"
}
on_front() {
	column on_front "$1" | awk '$1 == "yes" { print NR - 1 }'
}
front 1 >"$tmp/want"
on_front "$csv" | cmp - "$tmp/want"
result $? 'the front of energy, cycles and area is exact'
front 0 >"$tmp/want"
"$nestwright" dse $models --space "$tmp/small.json" -o "$tmp/bound" -q \
	--front cycles,energy --top 1
on_front "$tmp/bound/designs.csv" | cmp - "$tmp/want"
result $? 'so is that of two metrics, with bounds'
best=$(awk '$1 != "infeasible" { print $1 * $2, NR - 1 }' "$tmp/compile" |
	sort -g | head -n 1 | cut -d' ' -f2)
[ "$(column rank "$tmp/bound/designs.csv" |
	awk '$1 == 1 { print NR - 1 }')" = "$best" ]
result $? 'and the best design'
build/nestwright compile tests/models/conv.onnx -a "$tmp/bound/best.json" \
	-o "$tmp/compiled" -q
result $? 'compile takes best.json'

# A dataflow of the base is one of every design; one that it leaves nothing says
# so, and is not searched again. All PEs along M: as many as the layer has.
cat >"$tmp/flow.json" <<'END'
{
	"base": {"missing": "default",
		"dataflow": {"SPATIAL": {"fix": {"M": "all"}}}},
	"keys": {"CGRA_SIZE": [1, 64], "RF_SIZE": [64, 256]}
}
END
"$nestwright" dse tests/models/conv.onnx --space "$tmp/flow.json" \
	-o "$tmp/flow" -q --all
result $? 'a space with a dataflow is explored'
[ "$(column status "$tmp/flow/designs.csv" | tr '\n' ' ')" = \
	'infeasible infeasible searched searched ' ] &&
	[ "$(grep -c 'layer conv has no mapping that the dataflow allows' \
		"$tmp/flow/designs.csv")" -eq 2 ] &&
	grep -q '"dataflow"' "$tmp/flow/best.json"
result $? 'designs that it leaves nothing say so'

# A space of which no design does: no best one, nor an earlier run's.
echo '{"keys": {"RF_SIZE": [1, 2]}}' >"$tmp/tiny.json"
"$nestwright" dse tests/models/conv.onnx --space "$tmp/tiny.json" \
	-o "$tmp/flow" >"$tmp/text" 2>&1 &&
	grep -q '2 designs: 0 searched, 2 infeasible' "$tmp/text" &&
	[ ! -e "$tmp/flow/best.json" ] && ! grep -q WARN "$tmp/text" &&
	! grep -q '<table>' "$tmp/flow/designs.html"
result $? 'a space of which no design does has no best one'

# Bounds settle designs of a larger space and change nothing else.
tune="examples/models/alexnet.json --space tests/spaces/memory.json"
build/nestwright dse $tune -o "$tmp/tune.all" --all -q
build/nestwright dse $tune -o "$tmp/tune" -q -j 1 --top 2
column status "$tmp/tune/designs.csv" | grep -q settled
result $? 'bounds settle designs without a search'
# best NAME: the place and design of the two best.
best() {
	column rank "$tmp/$1/designs.csv" | grep -nE '^[12]$'
}
[ "$(on_front "$tmp/tune/designs.csv")" = \
	"$(on_front "$tmp/tune.all/designs.csv")" ]
result $? 'the front is that of searching all'
[ "$(best tune)" = "$(best tune.all)" ] &&
	cmp "$tmp/tune/best.json" "$tmp/tune.all/best.json"
result $? 'so are the best designs'
cut -d, -f1-14 "$tmp/tune/sensitivity.csv" >"$tmp/some"
cut -d, -f1-14 "$tmp/tune.all/sensitivity.csv" | cmp - "$tmp/some"
result $? 'so is what one key changes'
# A bound is below what the search finds.
paste -d, "$tmp/tune/designs.csv" "$tmp/tune.all/designs.csv" >"$tmp/pairs"
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) {
		if ($i == "bound_energy_pj" && !e) e = i
		if ($i == "bound_cycles" && !c) c = i
		if ($i == "energy_pj") ae = i
		if ($i == "cycles") ac = i
	} next }
	$e != "" { n++; if ($e > $ae || $c > $ac) bad = 1 }
	END { exit bad || !n }' "$tmp/pairs"
result $? 'bounds are below what a search finds'

build/nestwright dse $tune -o "$tmp/threads" -q -j 3 --top 2
same "$tmp/tune" "$tmp/threads" '1 and 3 threads write the same bytes'

# kill -9, ten times.
for i in 1 2 3 4 5 6 7 8 9 10; do
	build/nestwright dse $tune -o "$tmp/killed" -q -j 1 --top 2 &
	pid=$!
	sleep "0.$(awk -v seed=$i$$ 'BEGIN { srand(seed)
		printf "%02d", 2 + rand() * 20 }')"
	kill -9 $pid 2>/dev/null
	wait $pid 2>/dev/null
done
build/nestwright dse $tune -o "$tmp/killed" -q -j 1 --top 2
same "$tmp/tune" "$tmp/killed" 'a run that was killed ten times ends the same'

# Shards, of which one is damaged at its end and resumed.
for i in 0 1 2; do
	build/nestwright dse $tune -o "$tmp/shards" -q --top 2 \
		--shard $i/3
done
journal=$tmp/shards/shard-1-of-3.journal
[ "$(ls "$tmp/shards" | wc -l)" -eq 3 ]
result $? 'a shard writes its journal'
head -c 1500 "$journal" >"$tmp/cut" && cp "$tmp/cut" "$journal"
"$nestwright" dse merge $tune -o "$tmp/shards" --top 2 \
	>"$tmp/text" 2>&1
[ $? -eq 1 ] && grep -q 'are in no journal' "$tmp/text"
result $? 'merge says which designs are missing'
build/nestwright dse $tune -o "$tmp/shards" -q --top 2 --shard 1/3
"$nestwright" dse merge $tune -o "$tmp/shards" -q --top 2
rm -f "$tmp"/shards/*.journal
same "$tmp/tune" "$tmp/shards" 'shards merge to the same bytes'

# Another exploration's journal is refused.
build/nestwright dse $tune -o "$tmp/other" -q --shard 0/9
cp "$tmp/other/shard-0-of-9.journal" "$tmp/other/designs.journal"
"$nestwright" dse $tune -o "$tmp/other" --objective cycles \
	>"$tmp/text" 2>&1
[ $? -eq 1 ] && grep -q 'of another exploration' "$tmp/text"
result $? "another exploration's journal is refused"
"$nestwright" dse $tune -o "$tmp/other" --tiles padded >"$tmp/text" 2>&1
[ $? -eq 1 ] && grep -q 'of another exploration' "$tmp/text"
result $? 'so is that of other tiles'

# Ctrl-C writes what is known, and the same command goes on from there.
slow="examples/models/vgg16.json --space tests/spaces/memory.json --all"
build/nestwright dse $slow -o "$tmp/slow" -q
for name in INT TERM HUP; do
	# What a shell starts in the background ignores SIGINT, nohup SIGHUP.
	env --default-signal=INT,TERM,HUP build/nestwright dse $slow -o "$tmp/$name" \
		-j 1 >"$tmp/text" 2>"$tmp/err" &
	pid=$!
	until_searched 3 "$tmp/$name/designs.journal" $pid
	kill -s $name $pid
	wait $pid
	[ $? -eq 3 ] &&
		grep -q "warning: ended by SIG$name: [0-9]* of 64" "$tmp/err"
	result $? "SIG$name ends a run"
	csv=$tmp/$name/designs.csv
	column status "$csv" | grep -q searched &&
		column status "$csv" | grep -q open &&
		column on_front "$csv" | grep -q yes
	result $? "SIG$name: the table has what is known, and what is open"
	[ -s "$tmp/$name/designs.xlsx" ] && [ -s "$tmp/$name/best.json" ] &&
		grep -q 'not searched yet' "$tmp/$name/designs.html" &&
		grep -q 'least edp so far' "$tmp/text"
	result $? "SIG$name: so have the other files"
	build/nestwright dse $slow -o "$tmp/$name" -q
	same "$tmp/slow" "$tmp/$name" "SIG$name: the next run ends the same"
done
build/nestwright dse $slow -o "$tmp/limit" -q --time-limit 0.05 2>"$tmp/err"
[ $? -eq 3 ] && [ -s "$tmp/limit/designs.csv" ] &&
	grep -q 'warning: ended by the time limit: [0-9]* of 64' "$tmp/err"
result $? '--time-limit ends a run'
build/nestwright dse $slow -o "$tmp/accept" -q --time-limit 0.05 \
	--accept-unproven 2>"$tmp/err" && [ -s "$tmp/accept/designs.csv" ]
result $? '--accept-unproven makes that status 0'
build/nestwright dse $slow -o "$tmp/require" -q --time-limit 0.05 \
	--require-proof 2>"$tmp/err"
[ $? -eq 1 ] && [ ! -e "$tmp/require/designs.csv" ]
result $? '--require-proof writes nothing'

# A full disk, here as a limit on the size of files (in units of 512 bytes): all
# files, or none. The workbook goes through temporary files that are larger than
# itself, and its library does not see that one of them is cut off.
wide="tests/models/conv.onnx --space examples/dse/seed.json --all -q"
build/nestwright dse $wide -o "$tmp/room"
cut=0 bad=0
for blocks in 60 100 160 250 350 450 600 900; do
	rm -rf "$tmp/full"
	(
		trap '' XFSZ
		ulimit -f $blocks
		"$nestwright" dse $wide -o "$tmp/full" 2>>"$tmp/err"
	)
	if [ $? -eq 0 ]; then
		diff -r "$tmp/room" "$tmp/full" || bad=1
	else
		cut=$((cut + 1))
		[ "$(ls -A "$tmp/full")" = designs.journal ] || bad=1
	fi
done
[ $bad -eq 0 ] && [ $cut -gt 1 ] && [ $cut -lt 8 ]
result $? 'a full disk leaves the journal and no other file'
grep -q 'designs.xlsx: error: cannot be written: no room' "$tmp/err"
result $? 'half a workbook is noticed'

# refused SPACE MESSAGE
refused() {
	printf '%s' "$1" >"$tmp/bad.json"
	"$nestwright" dse tests/models/conv.onnx --space "$tmp/bad.json" \
		-o "$tmp/bad" >"$tmp/text" 2>&1
	[ $? -eq 1 ] && grep -qF "bad.json$2" "$tmp/text"
	result $? "refused: $2"
	grep -qF "bad.json$2" "$tmp/text" || cat "$tmp/text"
}
refused '{"keys": {"RF_SIZ": [1]}}' \
	":1:11: error: key 'RF_SIZ' is none of the machine's, and no table or expression uses it; did you mean 'RF_SIZE'?"
refused '{"keys": {"RF_SIZE": [8]}, "rules": ["RF_SIZE <"]}' ":1:38: error: 'RF_SIZE <', column 10: expected a number, a key or '(', found the end"
refused '{"keys": {"RF_SIZE": [8]}, "rules": ["RF_SIZE < 1"]}' ": error: the rules leave out every one of the 1 designs"

"$nestwright" dse $tune --shard 3/3 >"$tmp/text" 2>&1
[ $? -eq 2 ] && grep -q "option '--shard'" "$tmp/text"
result $? 'a shard out of range is wrong usage'
"$nestwright" dse $tune --front area -o "$tmp/bad" >"$tmp/text" 2>&1
[ $? -eq 1 ] && grep -q "no expression for it (key 'area')" "$tmp/text"
result $? 'a front of areas needs areas'
finish
