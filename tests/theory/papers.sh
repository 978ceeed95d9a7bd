#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The papers among the scenarios: every claim holds, none is undecided. papers.sh BUILD [--full]
#
# Without --full they are run at a tenth of their length. The exact values of a file are judged
# together at the level of its confidence, so a faultless program refutes one of them with
# probability 0.05 at most; a file that does not hold is tried once more with another seed, 0.0025
# each: about 3 % for a dozen files, whenever the random numbers change. Tolerances leave room for
# more. Seeds are fixed: one and the same program always comes to the same verdict.
set -u
build=$(readlink -f "$1")
mode=${2:-}
top=$(readlink -f "$(dirname "$0")/../..")
. "$top/tests/lib.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
lbsim=$build/lbsim
length=(--quick)
[ "$mode" = --full ] && length=()

for file in "$top"/scenarios/papers/*.json; do
    said=$("$lbsim" verify "${length[@]}" --quiet "$file" 2>&1)
    status=$?
    if [ $status -eq 1 ]; then
        printf '%s: again, with a second seed, after:\n%s\n' "$(basename "$file")" "$said"
        said=$("$lbsim" verify "${length[@]}" --quiet --seed 2 "$file" 2>&1)
        status=$?
    fi
    is "exit status of $(basename "$file")" $status 0
    [ $status -eq 0 ] || printf '%s\n' "$said"
    has "claims of $(basename "$file")" "$said" '[1-9][0-9]* of [1-9][0-9]* (exact|numeric|limit)'
done

# ---- What is false does not pass: the same runs, and claims a little off.
cat >"$work/false.json" <<'J'
[ { "metric": "latency.mean", "policy": "round_robin", "at": { "clients.service": "exponential" },
    "value": 6.0, "tolerance": "ci", "kind": "exact", "source": "6 % too much" },
  { "order": [ "round_robin", "jsq" ], "by": "latency.mean",
    "at": { "clients.service": "exponential" }, "source": "the wrong way round" },
  { "order": [ "jsq", "round_robin" ], "by": "latency.mean",
    "at": { "clients.service": "constant" }, "source": "the wrong way round" } ]
J
exits "false claims" 1 "$lbsim" verify --quick --claims "$work/false.json" \
    --policy round_robin --policy jsq "$top/scenarios/papers/rr_random_two_jsq.json"
is "false claims, all of them" "$(printf '%s\n' "$said" | grep -c '^ *FAIL ')" 3
total "papers"
