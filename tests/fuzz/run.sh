#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Fuzzes every target for so many seconds in all and prints the number of executions. run.sh SECONDS
set -euo pipefail
top=$(readlink -f "$(dirname "$0")/../..")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
CC=clang cmake -S "$top" -B "$work/build" -DLBSIM_FUZZ=ON -DLBSIM_ASAN=ON -DLBSIM_UBSAN=ON \
    -DCMAKE_BUILD_TYPE=RelWithDebInfo >"$work/log" 2>&1
targets=(scenario trace http datagram decisions)
cmake --build "$work/build" -j "$(nproc)" --target "${targets[@]/#/fuzz-}" >>"$work/log" 2>&1 || { tail "$work/log"; exit 1; }
for target in "${targets[@]}"; do
    mkdir "$work/$target"
    "$work/build/fuzz-$target" -max_total_time=$(($1 / ${#targets[@]})) -timeout=20 -rss_limit_mb=4096 \
        -print_final_stats=1 "$work/$target" "$top/tests/fuzz/corpus_$target" 2>&1 | tail -n 12
done
