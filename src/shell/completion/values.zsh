
# Values that depend on other words of the line, and lists: hnsplan knows them.
_hnsplan_values() {
    local found line
    local -a values
    if found=$("$words[1]" complete -- "${(@)words[2,CURRENT]}" 2>/dev/null); then
        for line in ${(f)found}; do
            values+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
        done
        _describe -V value values
    else
        _hnsplan "$@"
    fi
}

compdef _hnsplan_values hnsplan
if [ "$funcstack[1]" = "_hnsplan" ]; then
    _hnsplan_values "$@"
fi
