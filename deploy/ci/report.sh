#!/usr/bin/env bash
# Prints as Markdown what differs between a commit and the work tree: report.sh COMMIT MANIFESTS [ASSUMPTIONS]
#
# The exit code is 0 whatever differs: a report shows a change, and a person decides about it. It is 2 where something
# cannot be read.
set -euo pipefail

commit=$1
manifests=$2
assume=--assume${3:+=$3}

old=$(mktemp -d)
trap 'git worktree remove --force "$old" >/dev/null 2>&1; rm -rf "$old"' EXIT
git worktree add --quiet --force --detach "$old" "$commit"

if ! [ -e "$old/$manifests" ]; then
    echo "$manifests is new: there is nothing to compare with."
    exit 0
fi
for target in iptables hns; do
    compare=(hnsplan diff --old "$old/$manifests" --new "$manifests" --recursive "$assume" --target "$target" --output md)
    # What becomes of packets, then the rules; 1 says that something differs.
    "${compare[@]}" --semantic || [ $? -eq 1 ]
    echo
    "${compare[@]}" || [ $? -eq 1 ]
    echo
done
