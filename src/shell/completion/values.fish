
# Values that depend on other words of the line, and lists: hnsplan knows them.
function __hnsplan_values
    set -l words (commandline -opc) (commandline -ct)
    $words[1] complete -- $words[2..] 2>/dev/null | string replace -r -- '^--[^=]*=' ''
end
complete -c hnsplan -n "__fish_hnsplan_using_subcommand explain" -f -a "(__hnsplan_values)"
