#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Live runs over real sockets: every request accounted for under every fault, those that are drawn
# by request exactly as in simulation; bad manners refused; interrupts, limits, people with curl and
# nc. Nothing is said of times. run.sh BUILD
set -u
build=$(readlink -f "$1")
self=$(readlink -f "$0")
top=$(readlink -f "$(dirname "$0")/../..")
. "$top/tests/lib.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
lbsim=$build/lbsim
peer=$top/tests/live/peer.py
scenarios=$top/scenarios/live
cd "$work" || exit 1

if ! said=$("$peer" can 2>&1); then
    skip "live: sockets are barred here: $said"
    total live
    exit
fi

# ---- What all of it is made of.

# simulate NAME SCENARIO OPTION ... : the same requests, simulated, in NAME.sim
simulate() {
    local name=$1 scenario=$2
    shift 2
    "$lbsim" run "$scenarios/$scenario.json" "$@" --replications 1 -q -o "$name.results" --format json >"$name.sim" 2>/dev/null
}
# accounted NAME CONDITION ... : of NAME.json, see account.py
accounted() {
    local name=$1
    shift
    is "$name: the account" "$("$top/tests/live/account.py" "$name.json" "$name.sim" "$@" 2>&1)" good
}
# live NAME SCENARIO CONDITION -- OPTION ... : runs it, and its simulation; looks at the account
live() {
    local name=$1 scenario=$2 condition=$3 status
    shift 4
    simulate "$name" "$scenario" "$@"
    timeout 120 "$lbsim" live "$scenarios/$scenario.json" "$@" --tries 1 -q -o "$name.live" --format json >"$name.json" 2>"$name.err"
    status=$?
    is "$name: exit status" "$status, $(cat "$name.err")" "0, "
    accounted "$name" "$condition"
}
# serve NAME SCENARIO OPTION ... : in the background; its port in $port, its process in $server
serve() {
    local name=$1 scenario=$2 i
    shift 2
    "$lbsim" live "$scenarios/$scenario.json" "$@" --serve -q -o "$name.live" >"$name.out" 2>&1 &
    server=$!
    port=
    for i in $(seq 100); do
        port=$(sed -nE 's/^ *balancer .*[ :]([0-9]+)(\/.*)?$/\1/p' "$name.out" 2>/dev/null)
        [ -n "$port" ] && break
        sleep 0.1
    done
    [ -n "$port" ] || fail "$name: it does not serve: $(cat "$name.out")"
}
# served NAME : ends it; it must end well
served() {
    local status
    kill -INT "$server"
    wait "$server"
    status=$?
    is "$1: the end of serving" $status 0
}
# Many requests, few seconds; time-outs far beyond what a busy machine may need.
short=(--requests 1000)
patient=(--set 'clients[web].timeout=6s')
policies=(--policy random --policy p2c --policy least_conn)
answers='^app\[[0-9]\] ok waited [0-9.]+ ms served [0-9.]+ ms$'

# ---- Faults. What is drawn by request is the same in both worlds; so is what random picks.

live F0 first 'completed == issued == 1000 == sent == ok' -- "${short[@]}" --set run.warmup=0 --policy jiq --policy round_robin
live F1-killed killed 'live["kills"] == 4 and issued == 1000 and failed <= 60 and rejected == timed_out == 0' -- "${short[@]}" "${patient[@]}" \
    --set timeline.at=0.4s --set timeline.until=0.8s "${policies[@]}"
live F2-refused refused 'failed == by.http_5xx and (policy != "random" or failed == s.failed) and failed > issued / 3' -- \
    "${short[@]}" "${patient[@]}" "${policies[@]}"
live F2-ejected ejected 'failed < issued / 10' -- "${short[@]}" "${patient[@]}" --policy least_conn
live F3-hang hang 'timed_out == s.timed_out == timeout > 0 and completed == s.completed' -- "${short[@]}" "${patient[@]}" \
    --set balancers.attempts.timeout=2s --policy random --policy least_conn
live F3b-hang-unseen hang_unseen 'timed_out == s.timed_out == cancelled_attempts(live) > 0 and completed == s.completed' -- "${short[@]}" \
    --set 'clients[web].timeout=2s' --policy least_conn
live F4-reset reset 'failed == s.failed == by.http_5xx == error > 0 and completed == s.completed' -- "${short[@]}" "${patient[@]}" \
    --policy random --policy least_conn
live F4-retried retried 'completed == issued == s.completed and error > 0 and sent == issued + error' -- "${short[@]}" "${patient[@]}" \
    --policy p2c
live F11-all-killed all_killed 'live["kills"] == 8 and rejected > 0 and completed > 0 and (policy != "random" or abs(rejected - s.rejected) <= 60)' -- \
    "${short[@]}" "${patient[@]}" --set timeline.at=0.6s --policy random

# The same over lines, datagrams and TLS. A datagram that is torn is one that never comes.
live reset-lines reset 'failed == s.failed == error and completed == s.completed' -- "${short[@]}" "${patient[@]}" --set live.transport=tcp --policy p2c
live hang-datagrams hang 'timed_out == s.timed_out == timeout and completed == s.completed' -- "${short[@]}" "${patient[@]}" \
    --set balancers.attempts.timeout=2s --set live.transport=udp --policy p2c
live reset-tls reset 'failed == s.failed == error and completed == s.completed' -- "${short[@]}" "${patient[@]}" --set live.tls=true --policy p2c
live killed-tls killed 'live["kills"] == 4 and failed <= 60' -- "${short[@]}" "${patient[@]}" --set live.tls=true --set live.transport=tcp --set timeline.at=0.4s \
    --set timeline.until=0.8s --policy p2c

# All at once: only that it adds up, whoever tries again, hedges, hangs, comes up or goes down.
cat >"$work/mixed.json" <<'J'
{ "name": "mixed",
  "links": [ { "name": "lan", "latency": "0.5ms", "loss": 0.01 } ],
  "clients": [
    { "name": "web", "arrivals": { "process": "poisson", "rate": 300 }, "service": { "distribution": "exponential", "mean": "4ms" },
      "timeout": "400ms", "retry": { "attempts": 3, "backoff": "5ms" }, "cancel": {}, "to": "edge", "link": "lan" },
    { "name": "users", "arrivals": { "process": "closed", "population": 6, "think": "30ms" }, "service": "3ms", "timeout": "1s", "to": "side" },
    { "name": "wide", "arrivals": { "process": "poisson", "rate": 40 }, "service": "2ms", "fan_out": { "parts": 4, "need": 3 }, "timeout": "1s", "cancel": {},
      "sessions": { "requests": { "distribution": "geometric", "mean": 4 }, "think": "5ms" }, "key": { "distribution": "zipf", "items": 100, "exponent": 1 }, "to": "side" } ],
  "servers": [
    { "name": "app", "count": 6, "errors": { "error": 0.02, "reset": 0.02, "hang": 0.02 }, "queue_limit": 20, "slow_start": { "window": "500ms" } },
    { "name": "db", "count": 3, "cores": 2, "discipline": "ps" } ],
  "balancers": [
    { "name": "edge", "count": 2, "servers": [ "app" ], "link": "lan", "outlier": { "like": "envoy" }, "panic": 0.3,
      "attempts": { "timeout": "150ms", "retry": { "attempts": 2 }, "hedge": { "after": "12ms", "budget": { "like": "envoy" } } } },
    { "name": "side", "servers": [ "db" ], "limits": { "in_flight": 12 }, "queue": { "limit": 50, "time_limit": "200ms" },
      "health": { "like": "haproxy", "interval": "100ms", "timeout": "50ms" } } ],
  "timeline": [
    { "at": "0.3s", "until": "0.7s", "server": "app[0]", "state": "hang" },
    { "at": "0.4s", "until": "0.8s", "server": "db[1]", "state": "down" },
    { "at": "0.5s", "server": "app", "count": 4 },
    { "at": "0.6s", "until": "0.9s", "server": "app[1]", "state": "refuse" },
    { "at": "0.7s", "until": "1s", "server": "app[2]", "state": "black_hole" },
    { "at": "0.8s", "until": "1.1s", "server": "db[0]", "state": "drain" },
    { "at": "0.9s", "until": "1.2s", "link": "lan", "latency": "3ms" } ],
  "policies": [ "p2c" ],
  "run": { "seed": 1, "requests": 1000, "warmup": 0 } }
J
for over in http tcp udp; do
    scenarios=$work live "mixed-$over" mixed 'issued == 1000 and completed > 500' -- --set live.transport=$over
done

# Too few connections: what finds none has failed, is counted, and the run is no good.
live few-connections first 'by.client_overload == failed > 0 and live["verdict"] == "OVERLOADED"' -- "${short[@]}" --set run.warmup=0 \
    --set live.connections=1 --policy random

# F6b: clients that run out of descriptors, as servers that stand still keep all they get: what finds none
# has failed, is counted, and the run is no good.
cat >"$work/crowded.json" <<'J'
{ "name": "crowded",
  "clients": { "name": "web", "arrivals": { "process": "poisson", "rate": 400 }, "service": "2ms", "timeout": "4s" },
  "servers": { "name": "app", "count": 4 },
  "timeline": [ { "at": "0.2s", "server": "app", "state": "hang" } ],
  "policies": [ "random" ], "run": { "seed": 1, "requests": 400, "warmup": 0 } }
J
printf '#!/bin/sh\nulimit -n 100\nexec "%s" "$@"\n' "$lbsim" >limited
chmod +x limited
lbsim=$work/limited scenarios=$work live F6b-crowded crowded \
    'by.fd_exhausted == failed > 100 and completed > 0 and issued == 400 and live["verdict"] == "OVERLOADED"' --

# ---- Interrupts and ends.

# during NAME SIGNAL WHOM OPTION ... : a run whose process gets a signal; $status
during() {
    local name=$1 signal=$2 whom=$3 port process i run
    shift 3
    port=$("$peer" hold 0)
    simulate "$name" first --requests 6000 "$@"
    timeout 120 "$lbsim" live "$scenarios/first.json" --requests 6000 --policy random --tries 1 --port "$port" -v -o "$name.live" --format json "$@" \
        >"$name.json" 2>"$name.err" &
    run=$!
    for i in $(seq 200); do # the ping phase is over, and the run tells how it goes
        grep -q ' in flight' "$name.err" && break
        sleep 0.1
    done
    process=$(pgrep -P $run)
    [ "$whom" = balancer ] && process=$("$peer" owner "$port")
    kill "-$signal" "$process" || fail "$name: nobody to signal"
    wait $run
    status=$?
}
during F8-interrupt INT lbsim
is "F8: exit status" $status 130
accounted F8-interrupt '0 < issued < 6000 and completed == issued'
has "F8: said to be incomplete" "$(cat F8-interrupt.json)" '"complete": false'
during F10-drain TERM balancer
is "F10: exit status" $status 0
accounted F10-drain 'issued == 6000 and ok == sent and completed > 0 and by.connect_refused > 0 and failed == issued - completed'
during killed-balancer KILL balancer
is "a balancer that is killed: exit status" $status 3
has "a balancer that is killed is named" "$(cat killed-balancer.err)" 'the process of the balancer \([0-9]+\) was ended by signal 9'

# Where no request comes in all the time that there is, nothing is waited for.
exits "no request at all" 0 timeout 25 "$lbsim" live "$scenarios/first.json" --policy random --tries 1 -q --load 0.01 --duration 1ms --set run.warmup=0 -o none.live
has "no request at all" "$said" 'SUSPECT: not to be believed: no measured request completed$'

# Pings meet no errors, and those that are lost are not awaited: the run begins long before a client
# would give up. An interrupt before that ends it at once.
# patient NAME WORD OPTION ... : in the background until it says WORD; then it is interrupted, and has to end
patient() {
    local name=$1 word=$2 i run
    shift 2
    "$lbsim" live "$work/patient.json" --requests 400 --tries 1 -v -o "$name.live" "$@" >"$name.out" 2>"$name.err" &
    run=$!
    for i in $(seq 300); do
        grep -q "$word" "$name.err" && break
        sleep 0.1
    done
    has "$name: it comes to that" "$(cat "$name.err")" "$word"
    kill -INT $run
    [ "$word" = ' in flight' ] && sleep 0.3 && kill -INT $run
    for i in $(seq 70); do # a drain would last 10 s
        kill -0 $run 2>/dev/null || break
        sleep 0.1
    done
    is "$name: it ends" "$(kill -0 $run 2>&1 | grep -c 'No such process')" 1
    wait $run
    is "$name: exit status" $? 130
}
cat >"$work/patient.json" <<'J'
{ "name": "patient", "load": 0.3,
  "links": [ { "name": "wire", "loss": 0 } ],
  "clients": { "name": "web", "service": "5ms", "timeout": "100s", "link": "wire" },
  "servers": { "name": "app", "count": 4, "errors": { "hang": 0.3 } },
  "policies": [ "random" ], "run": { "warmup": 0 }, "live": { "tries": 1 } }
J
patient hanging ' in flight'
has "hanging: the summary" "$(cat hanging.out)" ' issued = [0-9]+ completed .* [0-9]+ cancelled'
patient lossy ' in flight' --set 'links[wire].loss=0.2' --set servers.errors=0
patient pinging 'pings, [0-9]* of them' --set 'links[wire].loss=0.2'
has "pinging: nothing was measured" "$(cat pinging.err)" 'interrupted before the run began: nothing was measured'
exits "patience is counted" 0 "$lbsim" live "$work/patient.json" --requests 400 --dry-run
has "patience is counted" "$said" 'at most 10[0-9] s with 1 tries each'

"$peer" hold 20 >held &
holder=$!
for i in $(seq 100); do
    [ -s held ] && break
    sleep 0.1
done
exits "F7: a port that is in use" 3 "$lbsim" live "$scenarios/first.json" --policy random --port "$(cat held)" -q -o F7.live
has "F7: it is named" "$said" "bind 127\.0\.0\.1:$(cat held): Address already in use"
kill $holder
exits "all the world is not let in" 2 "$lbsim" live "$scenarios/first.json" --policy random --port 0.0.0.0:0 -q -o world.live
has "all the world is not let in" "$said" '--allow-remote'
exits "others are no targets" 2 "$lbsim" live "$scenarios/first.json" --policy random --set live.through=192.0.2.1:80 -q -o target.live
exits "nobody behind through" 3 "$lbsim" live "$scenarios/first.json" --policy random --set live.through=127.0.0.1:1 -q -o nobody.live
has "nobody behind through" "$said" 'connect_refused'
if unshare -rn true 2>/dev/null; then
    exits "without a network" 3 unshare -rn "$lbsim" live "$scenarios/first.json" --policy random -q -o alone.live
    is "the tests without a network" "$(unshare -rn "$self" "$build" 2>&1 | grep -c '^skipped: live: sockets are barred here')" 1
else
    skip "live: no name spaces here to take the network away in"
fi
exits "too few descriptors" 2 bash -c "ulimit -n 40 && '$lbsim' live '$scenarios/first.json' --policy random -q -o few.live"
has "too few descriptors" "$said" 'ulimit -n'

# ---- People and peers: HTTP.

serve http reset --policy random
for i in 1 2 3 4 5; do # one in fifty fails, as ordered
    said=$(curl -s -m 10 "http://127.0.0.1:$port/anything") && printf '%s' "$said" | grep -qE "$answers" && break
done
has "curl" "$said" "$answers"
has "curl sees who answered" "$(curl -si -m 10 "http://127.0.0.1:$port/7"; curl -si -m 10 "http://127.0.0.1:$port/8")" '^X-Lbsim-Server: app\[[0-9]\]'
is "F9: manners" "$("$peer" manners "$port" | grep -v ^good)" "$(
    cat <<'E'
big header: 431
many headers: 431
long path: 414
unknown method: 400
garbage: 400
NUL in a header: 400
NUL in the path: 400
bare LF: 400
folded header: 400
space before a colon: 400
two lengths: 400
length and chunks: 400
negative length: 400
length that is no number: 400
immense length: 400
too long a body: 413
HTTP/2: 400
E
)"
"$peer" slow "$port" 30 12.0 >slow.out &
slow=$!
"$peer" silent "$port" 7.0 >silent.out &
silent=$!
has "after an error the next answer is the next request's" "$("$peer" keep "$port" 400)" '^200:[0-9]+ 502:[0-9]+ strays:0$'
is "clients that leave" "$("$peer" late "$port" 100)" left
has "and others are served" "$("$peer" keep "$port" 20)" 'strays:0$'
wait $slow $silent
is "F5: slow clients are cut off" "$(cat slow.out)" "30 of 30 cut off"
has "silent ones are not" "$(cat silent.out)" '^(200|502)$'
served http

printf '#!/bin/sh\nulimit -n 100\nexec "%s" "$@"\n' "$lbsim" >limited
chmod +x limited
lbsim=$work/limited serve crowd first --policy least_conn
is "F6: more clients than descriptors" "$("$peer" crowd "$port" 300)" "200:300"
served crowd

# The last answer of a drain is read slowly: who serves it waits for its end, and no longer.
serve long first --policy random --set 'clients[web].bytes={"response":1000000}'
"$peer" sip "$port" >sip.out &
sip=$!
for i in $(seq 100); do
    grep -q begun sip.out && break
    sleep 0.1
done
kill -INT "$server"
wait $sip
is "F10: the last answer is whole" "$(tail -n 1 sip.out)" 1000000
for i in $(seq 60); do # it would wait for 10 s after the interrupt otherwise
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
done
is "F10: who has answered all ends" "$(kill -0 "$server" 2>&1 | grep -c 'No such process')" 1
wait "$server"
is "F10: and well" $? 0

serve tls tls --policy p2c
has "curl over TLS" "$(curl -s -m 10 --cacert tls.live/authority.pem "https://localhost:$port/x")" "$answers"
exits "TLS is verified" 60 curl -s -m 10 "https://127.0.0.1:$port/x"
exits "old TLS is refused" 35 curl -s -m 10 --tls-max 1.1 --cacert tls.live/authority.pem "https://127.0.0.1:$port/x"
served tls
is "the authority goes with it" "$(ls tls.live)" ""

# ---- Lines and datagrams.

serve lines lines --policy round_robin
has "a line that is typed" "$("$peer" line "$port" hello)" "$answers"
is "lines in turn" "$("$peer" line "$port" a b c | grep -cE "$answers")" 3
if command -v nc >/dev/null; then
    has "nc" "$(echo hello | timeout 10 nc -q 5 127.0.0.1 "$port")" "$answers"
else
    skip "live: nc is not installed"
fi
served lines

serve datagrams datagrams --policy p2c
has "U: a burst of datagrams" "$("$peer" burst "$port" 20000 512)" '^sent 20000 answered [0-9]+$'
has "U: it is still there" "$("$peer" datagram "$port" hello)" "$answers"
served datagrams

total live
