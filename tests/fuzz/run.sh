#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Fuzzes every target for so many seconds and prints the number of executions. run.sh SECONDS
set -euo pipefail
top=$(readlink -f "$(dirname "$0")/../..")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
CC=clang cmake -S "$top" -B "$work/build" -DLBSIM_FUZZ=ON -DLBSIM_ASAN=ON -DLBSIM_UBSAN=ON \
    -DCMAKE_BUILD_TYPE=RelWithDebInfo >"$work/log" 2>&1
cmake --build "$work/build" -j "$(nproc)" --target fuzz-scenario >>"$work/log" 2>&1 || { tail "$work/log"; exit 1; }
mkdir "$work/corpus"
"$work/build/fuzz-scenario" -max_total_time="$1" -timeout=20 -rss_limit_mb=4096 -print_final_stats=1 \
    "$work/corpus" "$top/tests/fuzz/corpus_scenario" 2>&1 | tail -n 12
