#!/usr/bin/env bash
# Every script answers --help with its usage and does nothing else: those of scripts/ and tests/ that can be run.
# usage: tests/help.sh
[[ ${1:-} != -h && ${1:-} != --help ]] || { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" && exit; }
set -uo pipefail
cd "$(dirname "$0")/.."
bad=0 n=0
for script in $(find .ci scripts tests -type f -perm -u+x | sort); do
    n=$((n + 1))
    if ! out=$(timeout 30 "$script" --help 2>&1 </dev/null) || ! grep -qi usage <<<"$out"; then
        printf '%s --help gives: %s\n' "$script" "$(tail -n 3 <<<"$out")"
        bad=$((bad + 1))
    fi
done
echo "help: $n scripts, $bad bad"
[ $bad = 0 ]
