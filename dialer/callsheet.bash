# Completion of callsheet in bash: verbs, and what each takes.  The lists are
# those of "callsheet --help"; a test compares them.

_callsheet()
{
	local verbs="init run status why dnc credits call outcome pause resume stop
	    reconcile replay evidence erase prune export backup agents
	    test-webhook doctor config"
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
	local verb= word words= i

	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-c|-o) ((i++)) ;;
		-*) ;;
		*) verb=${COMP_WORDS[i]}; break ;;
		esac
	done
	case $prev in
	-c) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	--format) words="json ndjson csv" ;;
	esac
	if [[ -z $words ]]; then
		case $verb in
		"") words="$verbs --help -c -o -s -v" ;;
		run) words="--once --dry-run --json" ;;
		status) words="--account --json" ;;
		why) words="--account --country --json" ;;
		dnc) words="add remove import list scrub --account --country
		    --note --reference --date --numbers --json" ;;
		credits) words="add take --account --note --json" ;;
		call) words="--campaign --name --wait --json" ;;
		outcome) words="--at --note --campaign --json" ;;
		pause|resume|stop|backup|test-webhook) words="--json" ;;
		reconcile) words="--days --placed --not-placed --json" ;;
		replay) words="--since --dry-run --json" ;;
		evidence|erase) words="--account --country --json" ;;
		prune) words="--dry-run --json" ;;
		export) words="--format --account --campaign --since
		    --until" ;;
		agents) words="list webhook set check --account --json" ;;
		doctor) words="--database --online --json" ;;
		esac
		[[ -n $verb ]] && words+=" --help"
	fi
	COMPREPLY=($(compgen -W "$words" -- "$cur"))
	# files and directories, where a verb takes one
	[[ $verb =~ ^(backup|dnc|evidence)$ ]] &&
		COMPREPLY+=($(compgen -f -- "$cur"))
	return 0
}
complete -F _callsheet callsheet
