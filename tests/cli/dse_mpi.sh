#!/bin/sh
# Exploring with several processes of one MPI program: the bytes of one process,
# also after one of them has died.
. tests/cli/common
. tests/cli/dse_common

if ! [ -x build/nestwright-mpi ]; then
	echo 'not ok - dse_mpi # SKIP no Open MPI'
	exit 0
fi
# Root, and more ranks than CPUs: only where Open MPI is asked to.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
# explore PROCESSES FOLDER OPTION...
explore() {
	processes=$1
	folder=$2
	shift 2
	mpirun --oversubscribe -n "$processes" build/nestwright-mpi dse \
		"$@" -o "$folder" >"$tmp/text" 2>&1
}

tune="examples/models/alexnet.json --space tests/spaces/memory.json --top 2 -q"
build/nestwright dse $tune -o "$tmp/one"
for processes in 2 3; do
	explore $processes "$tmp/mpi.$processes" $tune
	same "$tmp/one" "$tmp/mpi.$processes" \
		"$processes processes write the same bytes"
	head -n 5 "$tmp/text"
done
build/nestwright-mpi dse $tune -o "$tmp/alone"
same "$tmp/one" "$tmp/alone" 'so does that program alone'
explore 2 "$tmp/none" --space "$tmp/none.json"
[ $? -ne 0 ] && [ "$(grep -c 'none.json' "$tmp/text")" -eq 1 ]
result $? 'one of several processes says what is wrong'

# Kills a rank in mid run: mpirun ends all others, too. What they had finished
# is in the journal, and the same command goes on from there.
slow="examples/models/vgg16.json examples/models/resnet50.json
	--space tests/spaces/memory.json --all -q"
build/nestwright dse $slow -o "$tmp/slow"
for victim in 0 1 2; do
	died=$tmp/died.$victim
	explore 3 "$died" $slow &
	job=$!
	until_searched 5 "$died/designs.journal" $job
	for environ in $(grep -lsz "^OMPI_COMM_WORLD_RANK=$victim$" \
		/proc/[0-9]*/environ); do
		grep -qsz "^$died$" "${environ%/*}/cmdline" || continue
		pid=${environ%/*}
		kill -9 "${pid#/proc/}"
	done
	wait $job
	[ $? -ne 0 ]
	result $? "rank $victim dies: the run ends"
	now=$(date -u '+%Y-%m-%d %H:%M:%S.%N')
	finished=$(($(grep -c '#........$' "$died/designs.journal")))
	[ "$finished" -ge 5 ]
	result $? "rank $victim dies: $finished finished designs are journalled"
	cp -r "$died" "$died.times"
	explore 3 "$died" $slow
	same "$tmp/slow" "$died" "rank $victim dies: the next run ends the same"
	explore 3 "$died.times" $slow --times
	[ "$(column start_time "$died.times/designs.csv" |
		awk -v now="$now" '$0 != "" && $0 < now' | wc -l)" -eq \
		"$finished" ]
	result $? "rank $victim dies: and searches none of these again"
done
finish
