#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What a balancer costs: CPU time a request of lbsim's, of nginx's and of HAProxy's, as Debian
# packages them, on the same requests over loopback, in turns. Printed, never a test. Needs no
# privileges; a balancer that is not installed is passed over.
#
#     tests/bench/peers.sh [BUILD] [ROUNDS] [REQUESTS]
set -u
cd "$(dirname "$0")/../.." || exit 1
PATH=$PATH:/usr/sbin:/sbin
build=${1:-build} rounds=${2:-3} requests=${3:-20000}
servers=8
lbsim=$build/lbsim
[ -x "$lbsim" ] || { echo "peers.sh: $lbsim is not there: cmake -S . -B $build && cmake --build $build --target lbsim" >&2; exit 2; }
command -v python3 >/dev/null || { echo "peers.sh: python3 reads the results, and is not installed" >&2; exit 2; }
work=$(mktemp -d) || exit 3
pid=
stop() { [ -n "$pid" ] && kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null; pid=; }
trap 'stop; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# ---- Ports: one for the balancer, and the servers' behind it.
listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
are_free() { local i; for ((i = $1; i <= $1 + servers; i++)); do listens "$i" && return 1; done; return 0; }
front=23390
until are_free $front; do
    front=$((front + servers + 1))
    [ $front -gt 30000 ] && { echo "peers.sh: no free ports" >&2; exit 3; }
done
base=$((front + 1))

# ---- The same requests, and the same policy.
cat >"$work/scenario.json" <<JSON
{ "name": "peers", "load": 0.5,
  "clients": { "service": { "distribution": "exponential", "mean": "2ms" } },
  "servers": { "name": "app", "count": $servers },
  "policies": [ "least_conn" ],
  "run": { "seed": 1, "requests": $requests, "warmup": 100 },
  "live": { "tries": 1 } }
JSON
nginx_config() {
    echo "worker_processes 1; daemon off; master_process off; pid $work/nginx.pid; error_log $work/nginx.log;"
    echo "events { worker_connections 4096; }"
    echo "http { access_log off; tcp_nodelay on; keepalive_requests 1000000; server_tokens off;"
    for kind in client_body proxy fastcgi uwsgi scgi; do echo "${kind}_temp_path $work/$kind;"; done
    echo "upstream app { least_conn; keepalive 512; keepalive_requests 1000000;"
    for ((i = 0; i < servers; i++)); do echo "server 127.0.0.1:$((base + i)) max_fails=0;"; done
    echo "} server { listen 127.0.0.1:$front; location / { proxy_pass http://app;"
    echo 'proxy_http_version 1.1; proxy_set_header Connection ""; } } }'
}
haproxy_config() {
    printf 'global\n nbthread 1\n maxconn 4000\ndefaults\n mode http\n http-reuse always\n retries 0\n'
    for what in connect client server http-request queue http-keep-alive; do printf ' timeout %s 60s\n' $what; done
    printf 'listen front\n bind 127.0.0.1:%s\n balance leastconn\n' "$front"
    for ((i = 0; i < servers; i++)); do printf ' server s%s 127.0.0.1:%s\n' "$i" $((base + i)); done
}
nginx_config >"$work/nginx.conf"
haproxy_config >"$work/haproxy.cfg"

# ---- A run and its ping phase: CPU us a request of the balancer, user and system.
ticks=$(getconf CLK_TCK)
cpu_us() { awk -v t="$ticks" '{ sub(/.*\) /, ""); printf "%.0f", ($12 + $13) / t * 1e6 }' "/proc/$1/stat"; }
waits_for() { # until our process listens, as long as it lives
    local i
    for i in $(seq 100); do
        kill -0 "$pid" 2>/dev/null || return 1
        listens $front && return 0
        sleep 0.1
    done
    return 1
}
told() { # FILE [CPU_US]: of the balancer that the run had, or of another
    python3 - "$@" <<'P'
import json, sys
tries = [t for r in json.load(open(sys.argv[1]))['runs'] for t in r['tries']]
cpu = float(sys.argv[2]) if len(sys.argv) > 2 else 1e6 * sum(t['balancer_cpu_s'] for t in tries)
print('%.2f' % (cpu / sum(t['issued'] for t in tries)))
P
}
note() { printf '  %-8s %7.1f us a request\n' "$1" "$2"; echo "$2" >>"$work/$1.us"; }
run() { # NAME OPTION...
    local name=$1
    shift
    "$lbsim" live "$work/scenario.json" --server-port $base --format json -q -o "$work/$name" "$@" \
        >"$work/$name.json" 2>"$work/$name.err" && return 0
    echo "  $name: lbsim live has failed: $(tail -n 1 "$work/$name.err")"
    return 1
}
own() { run lbsim --port $front && note lbsim "$(told "$work/lbsim.json")"; }
other() { # NAME COMMAND...
    local name=$1 before after
    shift
    command -v "$1" >/dev/null || { echo "  $name is not installed"; return; }
    "$@" >"$work/$name.out" 2>&1 &
    pid=$!
    if waits_for; then
        before=$(cpu_us $pid)
        if run "$name" --through "127.0.0.1:$front"; then
            after=$(cpu_us $pid)
            note "$name" "$(told "$work/$name.json" $((after - before)))"
        fi
    else
        echo "  $name does not listen: $(tail -n 1 "$work/$name.out")"
    fi
    stop
}

echo "least_conn, $servers servers, $requests requests at 2000 a second: CPU time of the balancer, user and system"
command -v nginx >/dev/null && nginx -v 2>&1
command -v haproxy >/dev/null && haproxy -v 2>/dev/null | head -n 1
for ((round = 1; round <= rounds; round++)); do
    echo "round $round of $rounds"
    own
    other nginx nginx -e "$work/nginx.log" -c "$work/nginx.conf"
    other haproxy haproxy -db -f "$work/haproxy.cfg"
done

# ---- Side by side: medians of the rounds.
median() { sort -n "$work/$1.us" | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
[ -s "$work/lbsim.us" ] || exit 3
echo "medians"
for name in lbsim nginx haproxy; do
    [ -s "$work/$name.us" ] || continue
    awk -v name=$name -v us="$(median $name)" -v own="$(median lbsim)" 'BEGIN {
        printf "  %-8s %7.1f us a request", name, us
        if (name != "lbsim") printf "   lbsim takes %.2f of it", own / us
        print "" }'
done
