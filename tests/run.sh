#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# All tests. run.sh BUILD [--full | --sanitized]: --full takes an hour, fuzzing included;
# --sanitized leaves out what a sanitizer makes pointless or endless.
set -u
build=$(readlink -f "$1")
mode=${2:-}
top=$(readlink -f "$(dirname "$0")/..")
cd "$top" || exit 1
log=$build/tests.log
: >"$log"
good=0 bad=0
export PYTHONDONTWRITEBYTECODE=1

step() { # name, command ...
    local name=$1 start=$SECONDS
    shift
    printf '== %s\n' "$name"
    if "$@" >"$build/step.log" 2>&1; then
        good=$((good + 1))
        grep -E '^(skipped|properties|oracles|all files|papers|coverage|units|command line|launcher|live:|validate:|ranks|studies|replayed|kills|refusals|identity|damage|watch|express|report|plots|films|player|Done [0-9]+ runs)' "$build/step.log"
    else
        bad=$((bad + 1))
        tail -n 60 "$build/step.log"
        printf 'FAILED: %s\n' "$name"
    fi
    cat "$build/step.log" >>"$log"
    printf '   %d s\n' $((SECONDS - start))
}

step "layers" tests/layers.sh
step "units" "$build/lbsim-unit"
case $mode in
--full) ;;
--sanitized) step "express" "$build/lbsim-express" --count 60 ;;
*) step "express" "$build/lbsim-express" --count 600 ;;
esac
step "launcher" tests/cli/launcher.sh
step "ranks" tests/ranks/run.sh "$build" "$mode"
step "command line" tests/cli/run.sh "$build" "$mode"
step "studies" tests/cli/study.sh "$build"
step "results" tests/cli/results.sh "$build"
step "plots" tests/charts/plot.sh "$build"
step "live" tests/live/run.sh "$build"
step "validate" tests/live/validate.sh "$build"
[ "$mode" = --sanitized ] || step "live, as it is used" tests/live/verb.sh "$build"
step "reports" tests/charts/report.sh "$build"
[ "$mode" = --sanitized ] || step "reports in a browser" tests/charts/report.py "$build"
step "live, among strangers" tests/live/strangers.sh "$build"
step "watch" tests/charts/watch.py "$build"
step "player" /usr/bin/python3 tests/charts/player.py "$build"
step "stores: refusals" tests/store/refusals.py "$build"
step "stores: identity" tests/store/identity.py "$build"
step "fuzz corpus" bash -c "find tests/fuzz/corpus_scenario tests/cli/bad scenarios -type f -print0 | xargs -0 '$build/lbsim-replay-scenario'"
step "fuzz corpus of traces" bash -c "find tests/fuzz/corpus_trace tests/cli/logs -type f -print0 | xargs -0 '$build/lbsim-replay-trace'"
step "fuzz corpus of HTTP" bash -c "find tests/fuzz/corpus_http -type f -print0 | xargs -0 '$build/lbsim-replay-http'"
step "fuzz corpus of datagrams" bash -c "find tests/fuzz/corpus_datagram -type f -print0 | xargs -0 '$build/lbsim-replay-datagram'"
step "fuzz corpus of decisions" bash -c "find tests/fuzz/corpus_decisions -type f -print0 | xargs -0 '$build/lbsim-replay-decisions'"
case $mode in
--sanitized)
    step "live in threads" tests/live/threads.sh "$build"
    step "stores: kills" tests/store/kills.py "$build" 5
    step "stores: damage" tests/store/damage.py "$build" 20000 100000
    step "properties" "$build/lbsim-property" --out "$build" --count 40 --plugins "$build/plugins"
    ;;
--full)
    step "stores: kills" tests/store/kills.py "$build" 50
    step "stores: damage" tests/store/damage.py "$build" 1000 4000
    step "express" "$build/lbsim-express" --count 10000
    step "properties" "$build/lbsim-property" --out "$build" --count 2000 --plugins "$build/plugins"
    step "same bytes without FMA and AVX" tests/property/tunables.sh "$build/lbsim" tests/property/tunables.json
    step "oracles, long" "$build/lbsim-oracles" --full
    step "scenarios of theory" "$build/lbsim" verify scenarios/theory -q
    step "papers, long" tests/theory/papers.sh "$build" --full
    step "coverage, long" tests/coverage/coverage.py "$build/lbsim" --full
    step "instructions of the references" tests/bench/instructions.sh "$build/lbsim-reference"
    step "a sweep's own cost" bash -c "'$build/lbsim' bench --sweep --format json | grep -E '^\\{\"trials\": 16, .*\"coordination\": 0\.[0-9]+\}$'"
    step "fuzzing" tests/fuzz/run.sh 600
    ;;
*)
    step "stores: kills" tests/store/kills.py "$build" 10
    step "stores: damage" tests/store/damage.py "$build" 10000 40000
    step "properties" "$build/lbsim-property" --out "$build" --count 130 --plugins "$build/plugins"
    step "same bytes without FMA and AVX" tests/property/tunables.sh "$build/lbsim" tests/property/tunables.json
    step "oracles" "$build/lbsim-oracles"
    step "scenarios of theory" "$build/lbsim" verify scenarios/theory -q
    step "papers" tests/theory/papers.sh "$build"
    step "coverage" tests/coverage/coverage.py "$build/lbsim"
    ;;
esac

skips=$(grep -hE '^skipped: ' "$log" | sort -u)
[ -z "$skips" ] || printf '\n%s\n' "$skips"
printf '\n%d passed, %d failed\n' $good $bad
[ $bad -eq 0 ]
