# Completion of nestwright for bash; printed by 'nestwright completion bash'.
_nestwright() {
	local word=${COMP_WORDS[COMP_CWORD]}
	local command=${COMP_WORDS[1]}
	local before=${COMP_WORDS[COMP_CWORD - 1]}
	if [ "$COMP_CWORD" -eq 1 ]; then
		COMPREPLY=($(compgen -W 'layers eval replay inspect arch ops help manual completion --help --version' -- "$word"))
		return
	fi
	case "$command $before" in
	'layers --batch-size')
		COMPREPLY=()
		return ;;
	'layers --dim')
		COMPREPLY=()
		return ;;
	'layers --input')
		COMPREPLY=()
		return ;;
	'replay --arch-spec' | 'replay -a')
		COMPREPLY=($(compgen -f -- "$word"))
		return ;;
	'inspect --arch-spec')
		COMPREPLY=($(compgen -f -- "$word"))
		return ;;
	esac
	case "$word" in
	-*) ;;
	*)
		COMPREPLY=($(compgen -f -- "$word"))
		return ;;
	esac
	case "$command" in
	layers) COMPREPLY=($(compgen -W '--json --strict --batch-size --dim --input --help' -- "$word")) ;;
	eval) COMPREPLY=($(compgen -W '--json --help' -- "$word")) ;;
	replay) COMPREPLY=($(compgen -W '--arch-spec --json --help' -- "$word")) ;;
	inspect) COMPREPLY=($(compgen -W '--json --hex --rebuild --arch-spec --help' -- "$word")) ;;
	arch) COMPREPLY=($(compgen -W '--json --keys --help' -- "$word")) ;;
	ops) COMPREPLY=($(compgen -W '--markdown --help' -- "$word")) ;;
	help) COMPREPLY=($(compgen -W '--help' -- "$word")) ;;
	manual) COMPREPLY=($(compgen -W '--help' -- "$word")) ;;
	completion) COMPREPLY=($(compgen -W '--help' -- "$word")) ;;
	esac
}
complete -o filenames -F _nestwright nestwright
