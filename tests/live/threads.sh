#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The roles of a live run as threads of one process, with ThreadSanitizer watching: whatever two of
# them share without saying so, and whatever is used after it is gone, ends the run. Time-outs are
# about as long as answers take, so that both come at once. threads.sh BUILD
set -u
build=$(readlink -f "$1")/threads
top=$(readlink -f "$(dirname "$0")/../..")
. "$top/tests/lib.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export TSAN_OPTIONS="exitcode=66"
export PYTHONDONTWRITEBYTECODE=1

unless() { # REASON COMMAND ... : what cannot be done here is no failure of ours
    local reason=$1
    shift
    said=$("$@" 2>&1) && return
    skip "live in threads: $reason: $(printf '%s' "$said" | head -n 1)"
    total live
    exit
}
printf 'int main(void) { return 0; }\n' >probe.c
unless "no sockets" "$top/tests/live/peer.py" can
unless "no ThreadSanitizer" "${CC:-cc}" -fsanitize=thread probe.c -o probe
unless "ThreadSanitizer does not run here" ./probe

cmake -S "$top" -B "$build" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG="-O1 -g1" -DLBSIM_TSAN=ON -DLBSIM_MPI=OFF >cmake.log &&
    cmake --build "$build" --target lbsim --parallel "$(nproc)" >build.log 2>&1 || {
    fail "the build: $(cat cmake.log build.log | tail -n 20)"
    total live
    exit 1
}

cat >web.json <<'J'
{ "clients": { "name": "web", "arrivals": { "process": "poisson", "rate": 400 }, "service": { "distribution": "exponential", "mean": "3ms" },
    "timeout": "8ms", "cancel": {}, "retry": { "attempts": 3, "on": [ "error", "timeout" ] } },
  "servers": { "name": "app", "count": 8, "errors": { "reset": 0.02, "hang": 0.01 } },
  "balancers": { "name": "edge", "count": 1,
    "attempts": { "timeout": "4ms", "retry": { "attempts": 3, "on": [ "error", "timeout" ] }, "hedge": { "after": "2ms" } },
    "health": { "like": "haproxy", "interval": "100ms", "fast": "50ms", "down": "50ms" }, "outlier": { "like": "envoy" } },
  "timeline": { "at": "0.5s", "until": "1s", "server": "app[0]", "state": "down" },
  "policies": [ "jiq" ],
  "run": { "seed": 1, "requests": 1500, "warmup": 0 } }
J
# threads NAME OPTION ... : every request must be accounted for, and nothing said by the sanitizer
threads() {
    local name=$1
    shift
    exits "$name" 0 timeout -k 5 120 "$build/lbsim" live web.json --threads --tries 1 -o "$name.live" -q --format json "$@"
    printf '%s' "$said" >"$name.json"
    is "$name: the account" "$("$top/tests/live/account.py" "$name.json" none.json 'issued == 1500 and completed > 0' 2>&1)" good
}
printf '{ "runs": [] }' >none.json
threads http
threads tls --transport tcp --tls --policy p2c --set balancers.count=2 --set clients.timeout=4s --set balancers.attempts.timeout=1s
threads datagrams --transport udp --set balancers.count=2 --policy approx_pull
total live
