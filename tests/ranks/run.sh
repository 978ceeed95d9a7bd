#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Work shared over the ranks of mpirun comes out as alone. run.sh BUILD [--full]: --full waits for
# ranks that fall silent.
set -u
build=$(readlink -f "$1")
mode=${2:-}
top=$(readlink -f "$(dirname "$0")/../..")
. "$top/tests/lib.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
program=$build/lbsim-ranks
ulimit -c 0
export ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 # MPI's own

dozen=(12 20 crash=5 once=7 huge=3)
"$program" "${dozen[@]}" >alone 2>/dev/null
is "alone: all tasks" "$(grep -c '^0\.' alone)" 12
is "alone: a number" "$(grep '^0\.7:' alone)" "0.7: 7000021 in 8 bytes"
has "alone: a crash is named" "$(grep '^0\.5:' alone)" 'crashed twice: |ended twice with'
is "alone: all is well" "$(tail -n 1 alone)" "returned 0"

# A launcher that this program does not belong to, or no MPI at all.
said=$(env OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_SIZE=3 "$program" 1 1 2>&1)
status=$?
if printf '%s' "$said" | grep -q 'built without MPI'; then
    is "without MPI: refused" $status 2
    is "without MPI: told once" "$(env PMI_RANK=2 PMI_SIZE=3 "$program" 1 1 2>&1)" ""
    is "without MPI: one of one is alone" \
        "$(env PMI_RANK=0 PMI_SIZE=1 "$program" "${dozen[@]}" 2>/dev/null | cmp - alone 2>&1)" ""
    skip "ranks: this build is without MPI"
    total "ranks"
    exit
fi
has "a launcher of another MPI" "$said" 'returned -71'
if ! command -v mpirun >/dev/null 2>&1; then
    skip "ranks: no mpirun"
    total "ranks"
    exit
fi
launcher=(mpirun)
recovers=
if mpirun --version 2>/dev/null | grep -q 'Open MPI'; then
    launcher+=(--oversubscribe)
    [ "$(id -u)" -ne 0 ] || launcher+=(--allow-run-as-root)
    "${launcher[@]}" --enable-recovery -n 1 true >/dev/null 2>&1 && recovers=1
fi

# NAME RANKS OPTION ... -- WORD ... : the same as alone
same() {
    local name=$1 ranks=$2 options=()
    shift 2
    while [ "$1" != -- ]; do options+=("$1"); shift; done
    shift
    timeout -k 5 200 "${launcher[@]}" "${options[@]}" -n "$ranks" "$program" "$@" >out 2>err
    status=$?
    is "$name: what came of it" "$(diff alone out)" ""
    [ "$status" -eq 0 ] && pass || fail "$name: exit $status: $(cat err)"
}
same "three ranks" 3 -- "${dozen[@]}"
same "one rank" 1 -- "${dozen[@]}"
same "more ranks than tasks" 14 -- "${dozen[@]}"
same "a rank that leaves before the work" 3 -- "${dozen[@]}" absent=1
same "the starter of workers dies, first task" 3 -- "${dozen[@]}" foreman=0
same "the starter of workers dies, in between" 3 -- "${dozen[@]}" foreman=4

timeout -k 5 100 "${launcher[@]}" -n 2 "$program" "${dozen[@]}" rounds=3 >out 2>err
is "three rounds" "$(grep -cE '^[012]\.([0-46-9]|1.): [0-9]+ in ' out) $(tail -n 1 out)" "33 returned 0"
timeout -k 5 100 "${launcher[@]}" -n 3 "$program" 300 20 end=4 rounds=2 >out 2>err
is "ended early: no second round" "$(grep -c '^1\.' out) $(tail -n 1 out)" "0 returned 1"
taken=$(grep -c ' in 8 bytes' out)
[ "$taken" -ge 4 ] && [ "$taken" -le 12 ] && pass || fail "ended early: $taken taken"

"${launcher[@]}" -n 3 "$program" 900 100 >out 2>err &
job=$!
for _ in $(seq 600); do grep -q 'first result' err && break; sleep 0.1; done
kill -TERM $job
wait $job
has "a signal to mpirun ends all" "$(tail -n 1 out)" 'returned 1'
has "a signal to mpirun: some are taken" "$(grep -c ' in 8 bytes' out)" '^[1-9]'

# NAME TASKS MS WHOM: all is done, though a rank falls silent with a task in hand
struck() {
    timeout -k 5 300 "${launcher[@]}" --enable-recovery -n 3 "$program" "$2" "$3" "$4" >out 2>err
    is "$1: what came of it" "$(diff out <(for ((i = 0; i < $2; i++)); do
        echo "0.$i: $((i * 1000003)) in 8 bytes"
    done; echo "returned 0"))" ""
    has "$1: it was" "$(cat err)" 'rank 1 is struck'
}
if [ "$mode" != --full ]; then
    skip "ranks: those that fall silent are in --full"
elif [ -z "$recovers" ]; then
    skip "ranks: this mpirun has no --enable-recovery"
else
    struck "a rank is killed" 100 100 kill=1
    struck "a rank stands still and comes back" 120 1000 stop=1
    timeout -k 5 200 "${launcher[@]}" --enable-recovery -n 3 "$program" 900 1000 kill=0 >out 2>err
    is "rank 0 is killed: the others end" $? 0
    has "rank 0 is killed: it was" "$(cat err)" 'rank 0 is struck'
fi
total "ranks"
