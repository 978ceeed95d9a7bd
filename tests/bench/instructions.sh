#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# usage: instructions.sh PATH/TO/lbsim-reference
#
# Counts the instructions per request of the two reference loops under p2c without links, and fails
# if one has become slow: a slow reference flatters whatever is measured against it. The count is
# the difference of two runs divided by the difference of their requests, so set-up falls out; it
# does not depend on how busy the machine is. Needs valgrind (exit 77, skipped, without) and an
# optimised build.
set -eu

SHORT=400000
LONG=800000
SKELETON_LIMIT=295
FLOOR_LIMIT=186

if [ $# -ne 1 ] || [ ! -x "$1" ]; then
    echo "usage: instructions.sh PATH/TO/lbsim-reference" >&2
    exit 2
fi
program=$1
if ! command -v valgrind > /dev/null; then
    echo "skipped: valgrind is not installed"
    exit 77
fi

# instructions LOOP SERVERS REQUESTS
instructions()
{
    log=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$1" --policy p2c \
        --servers "$2" --links 0 --requests "$3" --seed 1 2>&1) || {
        echo "$log" >&2
        return 1
    }
    count=$(echo "$log" | sed -n 's/.*Collected : \([0-9][0-9]*\).*/\1/p')
    if [ -z "$count" ]; then
        echo "valgrind printed no count: $log" >&2
        return 1
    fi
    echo "$count"
}

status=0
for loop in skeleton floor; do
    limit=$SKELETON_LIMIT
    if [ "$loop" = floor ]; then
        limit=$FLOOR_LIMIT
    fi
    for servers in 10 100 1000; do
        short=$(instructions "$loop" "$servers" "$SHORT")
        long=$(instructions "$loop" "$servers" "$LONG")
        # In tenths of an instruction, rounded up.
        tenths=$((((long - short) * 10 + LONG - SHORT - 1) / (LONG - SHORT)))
        verdict=ok
        if [ "$tenths" -gt $((limit * 10)) ]; then
            verdict="TOO SLOW"
            status=1
        fi
        echo "$loop, $servers servers: $((tenths / 10)).$((tenths % 10)) instructions a request" \
            "(at most $limit): $verdict"
    done
done
exit $status
