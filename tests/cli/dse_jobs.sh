#!/bin/sh
# The examples for schedulers do what they say: their own commands, run as a
# scheduler would, write the bytes of one process.
. tests/cli/common
. tests/cli/dse_common

mkdir "$tmp/bin" "$tmp/data"
ln -s "$top/build/nestwright" "$tmp/bin/nestwright"
PATH=$tmp/bin:$PATH
space=$tmp/data/space.json
sed "s|^{|{ \"workloads\": [{\"model\": \"$top/examples/models/alexnet.json\"}],|" \
	tests/spaces/memory.json >"$space"
nestwright dse --space "$space" -o "$tmp/one" -q
result $? 'one process explores the space'

# Slurm: an sbatch that runs each task of the job at once, the last one first.
cat >"$tmp/bin/sbatch" <<'END'
#!/bin/sh
tasks=1
for argument; do
	case $argument in
	--array=0-*) tasks=$((${argument#--array=0-} + 1)) ;;
	--cpus-per-task=*) export SLURM_CPUS_PER_TASK=${argument#*=} ;;
	--dependency=*) [ "$argument" = --dependency=afterok:4711 ] || exit 1 ;;
	esac
done
while [ $((tasks -= 1)) -ge 0 ]; do
	SLURM_ARRAY_TASK_ID=$tasks sh -c "$argument" >&2 || exit 1
done
echo 4711
END
chmod +x "$tmp/bin/sbatch"
SPACE=$space OUT=$tmp/slurm sh examples/dse/slurm.sh >"$tmp/text" 2>&1
result $? 'examples/dse/slurm.sh runs'
[ "$(ls "$tmp/slurm" | grep -c 'of-10.journal$')" -eq 10 ]
result $? 'it runs ten shards'
rm -f "$tmp"/slurm/*.journal
same "$tmp/one" "$tmp/slurm" 'and writes the same bytes'

# Kubernetes: the commands of both jobs, which are folded over lines.
yaml=examples/dse/kubernetes.yaml
awk '/- exec / { sub(/.*- exec /, ""); command = $0; next }
	command != "" && /^ *-*[A-Za-z]+:/ { print command; command = ""; next }
	command != "" { sub(/^ */, ""); command = command " " $0 }' $yaml |
	sed "s|/data/|$tmp/data/|g" >"$tmp/commands"
[ "$(wc -l <"$tmp/commands")" -eq 2 ]
result $? "$yaml has two commands"
completions=$(sed -n 's/^ *completions: //p' $yaml)
index=0
while [ $index -lt "$completions" ]; do
	JOB_COMPLETION_INDEX=$index sh -c "$(sed -n 1p "$tmp/commands")" ||
		break
	index=$((index + 1))
done
[ "$index" -eq 10 ]
result $? 'its first job runs ten shards'
sh -c "$(sed -n 2p "$tmp/commands")" >"$tmp/text" 2>&1
result $? 'its second one merges them'
rm -f "$tmp"/data/output/*.journal
same "$tmp/one" "$tmp/data/output" 'and writes the same bytes'
finish
