#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Whoever is not of a run: strangers who say that they are and bring immense work, backends that are
# gone or fail all, and who is told of it. strangers.sh BUILD
set -u
build=$(readlink -f "$1")
top=$(readlink -f "$(dirname "$0")/../..")
. "$top/tests/lib.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
lbsim=$build/lbsim
peer=$top/tests/live/peer.py
export PYTHONDONTWRITEBYTECODE=1
cd "$work" || exit 1

if ! said=$("$peer" can 2>&1); then
    skip "strangers: sockets are barred here: $said"
    total strangers
    exit
fi

# ---- Strangers who forge what lbsim's own say. Their work is drawn, never believed; they are told of
# apart, and what they took part in is SUSPECT.

cat >web.json <<'J'
{ "name": "web", "load": 0.2,
  "clients": { "name": "user", "service": { "distribution": "exponential", "mean": "5ms" }, "timeout": "20s" },
  "servers": { "name": "app", "count": 4 },
  "balancers": { "health": { "like": "haproxy", "interval": "100ms" } },
  "policies": [ "round_robin" ],
  "run": { "seed": 3, "requests": 300, "warmup": 0 },
  "live": { "tries": 1 } }
J
# forged OVER : at the balancer, and straight at a server
forged() {
    local over=$1 port straight a b
    port=$("$peer" hold 0)
    straight=$("$peer" hold 0)
    "$peer" forge "$over" "$port" 5.0 >a &
    a=$!
    "$peer" forge "$over" "$straight" 5.0 >b &
    b=$!
    exits "forged over $over" 0 timeout 60 "$lbsim" live web.json -q -o "$over" --transport "$over" --port "$port" --server-port "$straight" \
        --trace-requests log.csv
    wait $a $b
    has "forged over $over: the account" "$said" '300 issued = 300 completed \+ 0 rejected'
    has "forged over $over: the attempts" "$said" '300 sent = 300 ok'
    has "forged over $over: strangers are told of" "$said" 'strangers +[0-9]{2,} requests came to the balancer, [0-9]{2,} straight to a server'
    has "forged over $over: and make it SUSPECT" "$said" 'not to be believed: [0-9]+ requests of strangers, whose load nobody has predicted'
    python3 - "$over" <<'P' >told 2>&1 || fail "forged over $over: $(tail -n 3 told)"
import csv, json, sys
run = json.load(open(sys.argv[1] + '/live.json'))['runs'][0]
assert run['strangers']['balancer'] > 9 and run['strangers']['straight'] > 9, run['strangers']
assert run['requests']['completed'] == 300 and run['attempts']['sent'] == run['attempts']['ok'] == 300
for r in csv.DictReader(open('log.csv')):
    assert int(r['attempts']) == 1 and float(r['service_s']) < 1, r
    times = [float(r[k]) for k in ('issued_s', 'sent_s', 'arrived_s', 'forwarded_s', 'reached_s', 'due_s', 'answered_s', 'returned_s', 'replied_s', 'done_s')]
    assert times == sorted(times), r # nobody else wrote into its record
P
    pass
}
forged http
forged tcp
forged udp

# ---- Servers that are not lbsim's.

cat >alien.json <<'J'
{ "name": "alien", "load": 0.4,
  "clients": { "name": "user", "service": "20ms", "timeout": "20s" },
  "servers": { "name": "app", "count": 2 },
  "policies": [ "round_robin" ],
  "run": { "seed": 3, "requests": 40, "warmup": 0 },
  "live": { "tries": 1 } }
J
# web STATUS SECONDS [WORDS] : in the background; its process in $web, its port in $port
web() {
    rm -f "web$1"
    "$peer" web "$@" >"web$1" &
    web=$!
    until [ -s "web$1" ]; do sleep 0.05; done
    port=$(cat "web$1")
}
# alien NAME PORT PORT OPTION ... : exits well; the numbers in NAME/live.json
alien() {
    exits "$1" 0 timeout 60 "$lbsim" live alien.json -q -o "$1" --set "live.backends={\"app\":[\"127.0.0.1:$2\",\"127.0.0.1:$3\"]}" "${@:4}"
}
web 200 0.02
good=$web
well=$port
web 404 0.0
bad=$web
lost=$port
gone=$("$peer" hold 0)
alien well "$well" "$well"
has "well: the account" "$said" '40 issued = 40 completed'
python3 - <<'P' >told 2>&1 || fail "well: $(tail -n 3 told)"
import json
run = json.load(open('well/live.json'))['runs'][0]
t = [t for t in run['tries'] if t['phase'] == 'run'][0]
assert run['metrics']['latency.p50']['value'] > 0.02
# the 20 ms that these servers take are theirs, and no overhead
assert run['metrics']['path.overhead.p50']['value'] < 0.015, run['metrics']['path.overhead.p50']
assert run['metrics']['path.in_balancer.p50']['value'] < 0.015
P
pass
alien lost "$lost" "$lost"
has "lost: the cause" "$said" 'failed +40 http_4xx'
has "lost: not to be believed" "$said" 'SUSPECT: not to be believed: no measured request completed'
has "lost: who" "$said" "backends +no request was served by 127.0.0.1:$lost, 127.0.0.1:$lost\$"
alien gone "$gone" "$gone"
has "gone: not to be believed" "$said" 'SUSPECT: not to be believed: no measured request completed'
has "gone: who" "$said" "backends +no request was served by 127.0.0.1:$gone, 127.0.0.1:$gone\$"
alien half "$well" "$gone"
has "half: who" "$said" "backends +no request was served by 127.0.0.1:$gone\$"
exits "a balancer that finds fault" 0 timeout 60 "$lbsim" live alien.json -q -o through --set "live.through=127.0.0.1:$lost"
has "a balancer that finds fault: the cause" "$said" 'failed +40 http_4xx'
kill $good $bad

# What such servers say of themselves is not believed: times would be taken off the overhead, and a cut
# would be tried again at once, for ever.
web 200 0.0 'status=ok wait=3000000000 service=9223372036854775807 work=9223372036854775807'
boast=$web
alien boast "$port" "$port"
has "boast: the account" "$said" '40 sent = 40 ok'
exits "boast-through" 0 timeout 60 "$lbsim" live alien.json -q -o boast-through --through "127.0.0.1:$port"
python3 - <<'P' >told 2>&1 || fail "boast: $(tail -n 3 told)"
import json
for name in 'boast', 'boast-through':
    m = json.load(open(name + '/live.json'))['runs'][0]['metrics']
    assert m['wait.mean']['value'] + m['service.mean']['value'] <= m['latency.mean']['value'], (name, m['wait.mean'])
assert json.load(open('boast/live.json'))['runs'][0]['metrics']['path.overhead.p50']['value'] > 0
P
pass
kill $boast
web 200 0.0 'status=cut'
alien cut "$port" "$port"
has "cut: the account" "$said" '40 sent = 0 ok \+ 40 error'
kill $web

total strangers
