#!/usr/bin/env bash
# Prints as Markdown what differs between a commit and the work tree: report.sh COMMIT MANIFESTS [ASSUMPTIONS]
#
# The rules are those of the first Linux node and of the first Windows node, of the manifests or else of the assumptions.
# The exit code is 0 whatever differs: a report shows a change, and a person decides about it. It is 2 where something
# cannot be read.
set -euo pipefail

commit=$1
manifests=$2
assumptions=${3:-}
assume=--assume${assumptions:+=$assumptions}

old=$(mktemp -d)
trap 'git worktree remove --force "$old" >/dev/null 2>&1; rm -rf "$old" "$old.nodes"' EXIT
git worktree add --quiet --force --detach "$old" "$commit"
name=$(git rev-parse --short "$commit")

if ! [ -e "$old/$manifests" ]; then
    echo "$manifests is new: there is nothing to compare with."
    exit 0
fi

# The name of the first node that runs an operating system; nothing where there is none. `fill` prints one document a node.
first_node() {
    hnsplan fill --quiet -f "$manifests" --recursive ${assumptions:+--assumptions "$assumptions"} --only nodes --out "$old.nodes" || [ $? -eq 1 ]
    awk -v os="$1" '
        function close_document() { if (runs == os && found == "") found = name; name = runs = "" }
        /^---/ { close_document() }
        /^  name: / { name = $2 }
        $1 == "kubernetes.io/os:" { runs = $2 }
        END { close_document(); print found }' "$old.nodes"
}

for pair in iptables:linux hns:windows; do
    target=${pair%:*}
    node=$(first_node "${pair#*:}")
    if [ -z "$node" ]; then
        echo "No node runs ${pair#*:}, so nothing is said about $target."
        echo
        continue
    fi
    compare=(hnsplan diff --old "$old/$manifests" --new "$manifests" --recursive "$assume" --target "$target" --node "$node" --output md)
    # What becomes of packets, then the rules; 1 says that something differs.
    for kind in --semantic ""; do
        # The old files are those of the commit, not of a folder that is gone when the report is read.
        { "${compare[@]}" $kind || [ $? -eq 1 ]; } | sed "s|$old/|$name:|g"
        echo
    done
done
