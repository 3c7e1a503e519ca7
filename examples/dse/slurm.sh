#!/bin/sh
# A design space on a Slurm cluster: an array of shards, and a job that merges
# them when all have succeeded.
#
#     SPACE=examples/dse/seed.json OUT=output sh examples/dse/slurm.sh
#
# OUT lies on a file system that all nodes share. A shard that was ended early
# goes on from its journal in OUT: run this again.
set -eu
space=${SPACE:-examples/dse/seed.json}
out=${OUT:-output}
shards=10

array=$(sbatch --parsable --job-name=dse --array=0-$((shards - 1)) \
	--cpus-per-task=4 --requeue \
	--wrap "nestwright dse --space '$space' -o '$out' --quiet \
--shard \$SLURM_ARRAY_TASK_ID/$shards --threads \$SLURM_CPUS_PER_TASK")
sbatch --job-name=dse-merge --dependency="afterok:$array" \
	--wrap "nestwright dse merge --space '$space' -o '$out'"
