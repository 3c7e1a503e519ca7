# Completion of nestwright for bash; printed by 'nestwright completion bash'.
_nestwright() {
	local word=${COMP_WORDS[COMP_CWORD]}
	local command=${COMP_WORDS[1]}
	local before=${COMP_WORDS[COMP_CWORD - 1]}
	if [ "$COMP_CWORD" -eq 1 ]; then
		COMPREPLY=($(compgen -W 'compile layers spec eval replay check-proof inspect verify run dse arch ops help manual completion --help --version' -- "$word"))
		return
	fi
	case "$command $before" in
	'compile --arch-spec' | 'compile -a')
		COMPREPLY=($(compgen -f -- "$word"))
		return ;;
	'compile --output' | 'compile -o')
		COMPREPLY=($(compgen -d -- "$word"))
		return ;;
	'compile --batch-size')
		COMPREPLY=()
		return ;;
	'compile --dim')
		COMPREPLY=()
		return ;;
	'compile --input')
		COMPREPLY=()
		return ;;
	'compile --value')
		COMPREPLY=()
		return ;;
	'compile --files-model-spec')
		COMPREPLY=()
		return ;;
	'compile --operations')
		COMPREPLY=($(compgen -W 'CONV GEMM DW_CONV' -- "$word"))
		return ;;
	'compile --frontend')
		COMPREPLY=($(compgen -W 'mxnet keras' -- "$word"))
		return ;;
	'compile --models')
		COMPREPLY=()
		return ;;
	'compile --model')
		COMPREPLY=()
		return ;;
	'compile --layer-index')
		COMPREPLY=()
		return ;;
	'compile --objective')
		COMPREPLY=($(compgen -W 'edp energy cycles network-edp' -- "$word"))
		return ;;
	'compile --max-network-cycles')
		COMPREPLY=()
		return ;;
	'compile --max-network-energy')
		COMPREPLY=()
		return ;;
	'compile --search')
		COMPREPLY=($(compgen -W 'exact brute pruned' -- "$word"))
		return ;;
	'compile --tiles')
		COMPREPLY=($(compgen -W 'perfect padded' -- "$word"))
		return ;;
	'compile --threads' | 'compile -j')
		COMPREPLY=()
		return ;;
	'compile --time-limit')
		COMPREPLY=()
		return ;;
	'compile --cache')
		COMPREPLY=($(compgen -d -- "$word"))
		return ;;
	'compile --opt-min-exec-methods')
		COMPREPLY=()
		return ;;
	'compile --opt-min-utilization')
		COMPREPLY=()
		return ;;
	'compile --fix')
		COMPREPLY=()
		return ;;
	'compile --forbid')
		COMPREPLY=()
		return ;;
	'compile --order')
		COMPREPLY=()
		return ;;
	'compile --max-cycles')
		COMPREPLY=()
		return ;;
	'compile --max-energy')
		COMPREPLY=()
		return ;;
	'compile --depfile')
		COMPREPLY=($(compgen -f -- "$word"))
		return ;;
	'compile --dump' | 'compile -d')
		COMPREPLY=($(compgen -W 'graph shapes layers nests plan' -- "$word"))
		return ;;
	'layers --batch-size')
		COMPREPLY=()
		return ;;
	'layers --dim')
		COMPREPLY=()
		return ;;
	'layers --input')
		COMPREPLY=()
		return ;;
	'layers --value')
		COMPREPLY=()
		return ;;
	'spec --batch-size')
		COMPREPLY=()
		return ;;
	'spec --dim')
		COMPREPLY=()
		return ;;
	'spec --input')
		COMPREPLY=()
		return ;;
	'spec --value')
		COMPREPLY=()
		return ;;
	'eval --arch-spec' | 'eval -a')
		COMPREPLY=($(compgen -f -- "$word"))
		return ;;
	'eval --objective')
		COMPREPLY=($(compgen -W 'edp energy cycles' -- "$word"))
		return ;;
	'replay --arch-spec' | 'replay -a')
		COMPREPLY=($(compgen -f -- "$word"))
		return ;;
	'check-proof --time-limit')
		COMPREPLY=()
		return ;;
	'inspect --arch-spec')
		COMPREPLY=($(compgen -f -- "$word"))
		return ;;
	'verify --model')
		COMPREPLY=($(compgen -f -- "$word"))
		return ;;
	'verify --batch-size')
		COMPREPLY=()
		return ;;
	'verify --dim')
		COMPREPLY=()
		return ;;
	'verify --input')
		COMPREPLY=()
		return ;;
	'verify --value')
		COMPREPLY=()
		return ;;
	'verify --layer')
		COMPREPLY=()
		return ;;
	'verify --seed')
		COMPREPLY=()
		return ;;
	'verify --threads' | 'verify -j')
		COMPREPLY=()
		return ;;
	'verify --time-limit')
		COMPREPLY=()
		return ;;
	'run --model')
		COMPREPLY=($(compgen -f -- "$word"))
		return ;;
	'run --data')
		COMPREPLY=($(compgen -d -- "$word"))
		return ;;
	'run --input')
		COMPREPLY=($(compgen -f -- "$word"))
		return ;;
	'run --value')
		COMPREPLY=()
		return ;;
	'run --output')
		COMPREPLY=($(compgen -f -- "$word"))
		return ;;
	'run --expect')
		COMPREPLY=($(compgen -f -- "$word"))
		return ;;
	'run --tolerance')
		COMPREPLY=()
		return ;;
	'dse --space' | 'dse -s')
		COMPREPLY=($(compgen -f -- "$word"))
		return ;;
	'dse --output' | 'dse -o')
		COMPREPLY=($(compgen -d -- "$word"))
		return ;;
	'dse --batch-size')
		COMPREPLY=()
		return ;;
	'dse --dim')
		COMPREPLY=()
		return ;;
	'dse --input')
		COMPREPLY=()
		return ;;
	'dse --value')
		COMPREPLY=()
		return ;;
	'dse --objective')
		COMPREPLY=($(compgen -W 'edp energy cycles' -- "$word"))
		return ;;
	'dse --tiles')
		COMPREPLY=($(compgen -W 'perfect padded' -- "$word"))
		return ;;
	'dse --front')
		COMPREPLY=()
		return ;;
	'dse --top')
		COMPREPLY=()
		return ;;
	'dse --time-limit')
		COMPREPLY=()
		return ;;
	'dse --shard')
		COMPREPLY=()
		return ;;
	'dse --threads' | 'dse -j')
		COMPREPLY=()
		return ;;
	esac
	case "$word" in
	-*) ;;
	*)
		COMPREPLY=($(compgen -f -- "$word"))
		return ;;
	esac
	case "$command" in
	compile) COMPREPLY=($(compgen -W '--arch-spec --output --batch-size --dim --input --value --allow-external-links --files-model-spec --operations --filter-redundant-layers --list-layers --frontend --models --model --layer-index --objective --max-network-cycles --max-network-energy --pareto --search --tiles --threads --time-limit --accept-unproven --require-proof --cache --auto-optimize --opt-min-exec-methods --opt-min-utilization --opt-no-feature-dram --opt-no-spatial-reduction --fix --forbid --order --max-cycles --max-energy --sensitivity --compat --allow-unresolved --strict --plain-files --depfile --dump --quiet --help' -- "$word")) ;;
	layers) COMPREPLY=($(compgen -W '--json --strict --batch-size --dim --input --value --allow-external-links --help' -- "$word")) ;;
	spec) COMPREPLY=($(compgen -W '--batch-size --dim --input --value --allow-external-links --allow-unresolved --quiet --help' -- "$word")) ;;
	eval) COMPREPLY=($(compgen -W '--arch-spec --objective --compat --json --help' -- "$word")) ;;
	replay) COMPREPLY=($(compgen -W '--arch-spec --json --help' -- "$word")) ;;
	check-proof) COMPREPLY=($(compgen -W '--time-limit --accept-unproven --require-proof --json --help' -- "$word")) ;;
	inspect) COMPREPLY=($(compgen -W '--json --hex --rebuild --arch-spec --help' -- "$word")) ;;
	verify) COMPREPLY=($(compgen -W '--model --batch-size --dim --input --value --allow-external-links --layer --full --seed --threads --time-limit --accept-unproven --require-proof --json --help' -- "$word")) ;;
	run) COMPREPLY=($(compgen -W '--model --data --input --value --allow-external-links --output --expect --tolerance --help' -- "$word")) ;;
	dse) COMPREPLY=($(compgen -W '--space --output --batch-size --dim --input --value --allow-external-links --objective --tiles --front --top --all --time-limit --accept-unproven --require-proof --times --shard --threads --quiet --help' -- "$word")) ;;
	arch) COMPREPLY=($(compgen -W '--json --keys --help' -- "$word")) ;;
	ops) COMPREPLY=($(compgen -W '--markdown --help' -- "$word")) ;;
	help) COMPREPLY=($(compgen -W '--help' -- "$word")) ;;
	manual) COMPREPLY=($(compgen -W '--help' -- "$word")) ;;
	completion) COMPREPLY=($(compgen -W '--help' -- "$word")) ;;
	esac
}
complete -o filenames -F _nestwright nestwright
