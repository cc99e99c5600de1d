
# Values that depend on other words of the line, and lists: hnsplan knows them.
_hnsplan_values() {
    local found value
    COMPREPLY=()
    if found=$("${COMP_WORDS[0]}" complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null); then
        while IFS=$'\t' read -r value _; do
            [[ -z $value ]] || COMPREPLY+=("$value")
        done <<<"$found"
    else
        _hnsplan "$@"
    fi
}

complete -F _hnsplan_values -o bashdefault -o default hnsplan
