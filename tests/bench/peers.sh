#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What a balancer costs: CPU time a request of lbsim's, of nginx's and of HAProxy's, as Debian
# packages them, on the same requests over loopback, in turns. Printed, never a test.
#
#     tests/bench/peers.sh [BUILD] [ROUNDS] [REQUESTS]
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${1:-build} rounds=${2:-3} requests=${3:-20000}
work=$(mktemp -d)
pid=
stop() { [ -n "$pid" ] && kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null; pid=; }
trap 'stop; rm -rf "$work"' EXIT
servers=8 base=23400 front=23390 rate=2000

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
    printf 'global\n nbthread 1\n maxconn 8000\ndefaults\n mode http\n http-reuse always\n retries 0\n'
    printf ' timeout connect 5s\n timeout client 60s\n timeout server 60s\n timeout http-request 60s\n timeout queue 60s\n timeout http-keep-alive 60s\n'
    printf 'listen front\n bind 127.0.0.1:%s\n balance leastconn\n' "$front"
    for ((i = 0; i < servers; i++)); do printf ' server s%s 127.0.0.1:%s\n' "$i" $((base + i)); done
}
nginx_config >"$work/nginx.conf"
haproxy_config >"$work/haproxy.cfg"

ticks=$(getconf CLK_TCK)
cpu_us() { awk -v t="$ticks" '{ sub(/.*\) /, ""); printf "%.0f", ($12 + $13) / t * 1e6 }' "/proc/$1/stat"; }
answers() { local i; for i in $(seq 50); do (exec 3<>"/dev/tcp/127.0.0.1/$front") 2>/dev/null && return; sleep 0.1; done; return 1; }

# A run and its ping phase, through somebody else's balancer: CPU us a request of that process.
through() { # NAME COMMAND...
    local name=$1 before after n
    shift
    "$@" >"$work/$name.out" 2>&1 &
    pid=$!
    answers || { echo "$name does not listen:"; cat "$work/$name.out"; stop; return; }
    before=$(cpu_us $pid)
    "$build/lbsim" live "$work/scenario.json" --through "127.0.0.1:$front" --server-port $base --format json -q -o "$work/$name" >"$work/$name.json"
    after=$(cpu_us $pid)
    stop
    n=$(requests_of "$work/$name.json")
    awk -v us=$((after - before)) -v n="$n" -v name="$name" 'BEGIN { printf "%-8s %6.1f us a request\n", name, us / n }'
}
requests_of() { python3 -c 'import json,sys; d=json.load(open(sys.argv[1]))
print(sum(t["issued"] for r in d["runs"] for t in r["tries"]))' "$1"; }
own() {
    "$build/lbsim" live "$work/scenario.json" --server-port $base --format json -q -o "$work/lbsim" >"$work/lbsim.json"
    python3 -c 'import json,sys; d=json.load(open(sys.argv[1]))
t=[t for r in d["runs"] for t in r["tries"]]
print("%-8s %6.1f us a request" % ("lbsim", 1e6*sum(x["balancer_cpu_s"] for x in t)/sum(x["issued"] for x in t)))' "$work/lbsim.json"
}

echo "least_conn, $servers servers, $rate requests a second, $requests requests: CPU time of the balancer, user and system"
nginx -v 2>&1; haproxy -v 2>/dev/null | head -n 1
for ((round = 1; round <= rounds; round++)); do
    own
    if command -v nginx >/dev/null; then through nginx nginx -c "$work/nginx.conf"; else echo "nginx is not installed"; fi
    if command -v haproxy >/dev/null; then through haproxy haproxy -db -f "$work/haproxy.cfg"; else echo "haproxy is not installed"; fi
done
