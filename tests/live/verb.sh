#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# lbsim live as people and scripts use it, over loopback. Nothing depends on how fast this machine
# is: whether a run was VALID is not asked. verb.sh BUILD
set -u
build=$(readlink -f "$1")
top=$(readlink -f "$(dirname "$0")/../..")
. "$top/tests/lib.sh"
work=$(mktemp -d)
lbsim=$build/lbsim
cd "$work" || exit 1
trap 'rm -rf "$work"' EXIT

if ! python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()' 2>why; then
    skip "lbsim live: no sockets on 127.0.0.1: $(tail -n 1 why)"
    total "live"
    exit
fi

cat >web.json <<'J'
{ "name": "web", "load": 0.5,
  "clients": { "name": "user", "service": { "distribution": "exponential", "mean": "5ms" }, "timeout": "5s" },
  "servers": { "name": "app", "count": 4 },
  "policies": [ "random", "least_conn" ],
  "run": { "seed": 3, "requests": 400, "warmup": 40, "percentiles": [ 75 ] },
  "live": { "tries": 1 } }
J
export PYTHONDONTWRITEBYTECODE=1
lacks() { case $2 in *"$3"*) fail "$1: found: $3" ;; *) pass ;; esac; }

# ---- A run, and what it leaves.
exits "a run" 0 "$lbsim" live web.json -o out --trace-requests log.csv
has "the order is told" "$said" 'in this order: random, least_conn'
has "every try is told" "$said" 'ping 1 of 1 +(VALID|SUSPECT|OVERLOADED)'
has "the account" "$said" '400 issued = 400 completed \+ 0 rejected'
has "the attempts" "$said" '400 sent = 400 ok'
exits "JSON" 0 "$lbsim" live web.json -o out --format json -q --transport tcp
printf '%s' "$said" >run.json
python3 - <<'P' >told 2>&1 || fail "numbers: $(tail -n 3 told)"
import csv, json
run = json.load(open('run.json'))
assert run['format'] == 'lbsim-live/1' and run['transport'] == 'tcp' and run['complete']
assert [r['label'] for r in run['runs']] == ['random', 'least_conn']
assert json.load(open('out/live.json')) == run
for r in run['runs']:
    q, a, m = r['requests'], r['attempts'], r['metrics']
    assert q.pop('issued') == sum(q.values()) == 400 and q['in_system'] == 0, q
    assert a.pop('sent') == sum(a.values()) == 400 and a['in_flight'] == 0, a
    assert r['measured']['requests'] == 360 and r['measured']['warmup'] == 40
    assert [t['phase'] for t in r['tries']] == ['ping', 'run']
    value = lambda name: m[name]['value']
    assert value('latency_uncorrected.mean') <= value('latency.mean')
    assert value('latency.p50') <= value('latency.p75') <= value('latency.p90') <= value('latency.max')
    assert value('latency.p99.9') is None and m['latency.p99.9']['why'] == 'told from 100,000 requests on'
    assert abs(sum(value('share{app[%d]}' % i) for i in range(4)) - 1) < 1e-9
    overhead = value('latency.mean') - value('wait.mean') - value('service.mean')
    assert 0 < overhead < 1 and value('path.overhead.p50') > 0, overhead
    assert value('rate.target') > 0 and value('utilization.mean') > 0
rows = list(csv.DictReader(open('out/live.csv')))
assert {r['metric'] for r in rows} >= {'latency', 'share{app[3]}', 'goodput', 'path.overhead'}
log = list(csv.DictReader(open('log.csv')))
assert len(log) == 800 and all(r['ended'] == 'completed' for r in log)
order = [x + '_s' for x in ('issued', 'sent', 'arrived', 'forwarded', 'reached', 'due', 'answered', 'returned', 'replied', 'done')]
for r in log:
    times = [float(r[k]) for k in order]
    assert times == sorted(times), r
P
pass
head -n 1 out/live-random-latency.hgrm | grep -q 'Value *Percentile' && pass || fail "a spectrum"

# ---- The requests are those of the simulation, to the nanosecond: instants and sizes.
"$lbsim" run web.json --policy random --replications 1 -q -o sim --trace-requests sim.csv >/dev/null 2>&1
python3 - <<'P' >told 2>&1 || fail "the same requests: $(tail -n 3 told)"
import csv
live = [r for r in csv.DictReader(open('log.csv')) if r['policy'] == 'random']
sim = sorted(csv.DictReader(open('sim.csv')), key=lambda r: float(r['issued_s']))
assert len(live) == len(sim) == 400
for l, s in zip(live, sim):
    for same in 'policy', 'replication', 'request', 'client', 'balancer', 'ended', 'key', 'point', 'server':
        assert l[same] == s[same], (same, l, s) # the server, too: random draws by request, and nothing can shift it
    for same in 'issued_s', 'work_s', 'service_s':
        assert abs(float(l[same]) - float(s[same])) < 2e-9, (same, l, s)
    assert l['server_name'] == 'app[%s]' % s['server'], (l, s)
    assert abs(float(l['latency_s']) - float(l['done_s']) + float(l['issued_s'])) < 2e-9, l
columns = lambda name: open(name).readline().strip().split(',')
assert columns('log.csv')[:len(columns('sim.csv'))] == columns('sim.csv')
P
pass
exits "a live log makes a trace" 0 "$lbsim" import log.csv --policy random -o live.trace
exits "as that of the simulation" 0 "$lbsim" import sim.csv -o sim.trace
is "the same trace" "$(cmp live.trace sim.trace 2>&1)" ""

# ---- Decisions are kept, and played back; what picks otherwise is shown with what it saw.
exits "decisions" 0 "$lbsim" live web.json -q -o out --requests 200 --decisions both.log
exits "played back" 0 "$lbsim" validate web.json --replay both.log
is "played back" "$said" "random: 200 of 200 picks identical
least_conn: 200 of 200 picks identical"
exits "of a policy that is not there" 2 "$lbsim" validate web.json --replay both.log --policy p2c
has "of a policy that is not there" "$said" 'the log is of random\(\), not of p2c'
sed 's/^answer 0 server=[0-3]/answer 0 server=9/' both.log >damaged.log
exits "a damaged log" 2 "$lbsim" validate web.json --replay damaged.log
has "a damaged log" "$said" 'record [0-9]+: it is damaged: its checksum is another'
exits "no log" 3 "$lbsim" validate web.json --replay nowhere.log
exits "a log and results" 2 "$lbsim" validate web.json --replay both.log --format json
has "a log and results" "$said" 'plays a log to the policies, and runs nothing'
cat >turns.c <<'C'
#include <stdlib.h>
#include "models/policy.h"
struct turns { const struct lb_view *view; uint32_t next; };
static void *turns_open(const struct lb_setup *setup)
{
    struct turns *t = calloc(1, sizeof *t);
    if (t)
        t->view = setup->view;
    return t;
}
static lb_server turns_pick(void *self, const struct lb_request *r, struct lb_random *random)
{
    struct turns *t = self;
    (void)random;
    return r->id < MENDED_FROM ? t->next++ % t->view->n : t->view->n - 1 - t->next++ % t->view->n;
}
static const struct lb_policy turns = { .abi = LB_ABI, .size = sizeof turns, .name = "turns",
    .family = "test", .summary = "in turn", .param_size = sizeof(struct lb_param),
    .open = turns_open, .close = free, .pick = turns_pick };
const struct lb_policy *const lbsim_policies[] = { &turns, NULL };
C
exits "a plug-in" 0 cc -shared -fPIC -DMENDED_FROM=1000 -I"$top" -o turns.so turns.c
exits "its decisions" 0 "$lbsim" live web.json -q -o out --policy ./turns.so --requests 100 --decisions turns.log
exits "its decisions, played back" 0 "$lbsim" validate web.json --policy ./turns.so --replay turns.log
exits "the plug-in, mended" 0 cc -shared -fPIC -DMENDED_FROM=40 -I"$top" -o turns.so turns.c
exits "the log, to the mended one" 1 "$lbsim" validate web.json --policy ./turns.so --replay turns.log
has "what is the same" "$said" '^turns: 40 of 100 picks identical'
has "the first that is not" "$said" 'first difference: .*: request 40 at [0-9.]+ s: the log picks 0 after 0 draws, the policy 3 after 0'
has "its request" "$said" '^    request    id=40 at=[0-9.]+s random=[0-9]+$'
has "what it saw" "$said" '^    inflight   ( +[0-9]+){4}$'

# ---- Other transports.
exits "datagrams" 0 "$lbsim" live web.json -q --transport udp --requests 200 --policy random
has "datagrams: the account" "$said" '200 issued = '
exits "TLS" 0 "$lbsim" live web.json -q --tls --requests 200 --policy random
has "TLS: the account" "$said" '200 issued = 200 completed'
exits "time is stretched" 0 "$lbsim" live web.json -q --set live.time_scale=2 --requests 100 --policy random
has "time is stretched: the account" "$said" '100 issued = 100 completed'

# ---- Real-time scheduling: granted or refused, it is said which.
exits "real time" 0 "$lbsim" live web.json -v -q --requests 100 --policy random --realtime
has "real time: it is told" "$said" 'scheduler .*SCHED_FIFO( \(refused: .*\))?$'
exits "as usual" 0 "$lbsim" live web.json -v -q --requests 100 --policy random
lacks "as usual: it is not asked for" "$said" 'SCHED_FIFO'

# ---- Roles as threads, where the build has them: a sanitizer sees what they share.
if "$lbsim" live web.json --threads --dry-run >/dev/null 2>&1; then
    exits "threads" 0 "$lbsim" live web.json --threads -q --requests 200
    has "threads: the account" "$said" '200 issued = 200 completed'
fi

# ---- What simulated links lose has been sent, by clients and balancers.
exits "links that lose" 0 "$lbsim" live web.json -q --policy random --format json --set run.warmup=0 --set clients.timeout=200ms \
    --set 'links={"name":"l","loss":0.1}' --set clients.link=l --set servers.link=l
printf '%s' "$said" >lossy.json
python3 - <<'P' >told 2>&1 || fail "links that lose: $(tail -n 3 told)"
import json
r = json.load(open('lossy.json'))['runs'][0]
value = lambda name: r['metrics'][name]['value']
q, a = r['requests'], r['attempts']
assert q['timed_out'] > 40 and a['sent'] - a['ok'] > 20, (q, a)
assert a['sent'] < q['issued'] and abs(value('attempts.per_request') - a['sent'] / q['issued']) < 1e-12
assert 'of the intended rate' not in str(r), r
P
pass

# ---- What cannot be is refused, with a sentence.
no() { exits "$1" 2 "$lbsim" live web.json "${@:3}"; has "$1" "$said" "$2"; }
no "another address" 'other hosts could reach it: say --allow-remote' --port 0.0.0.0:9000
no "another host's balancer" 'is another host: say --i-own-the-target' --policy random --set live.through=192.0.2.1:80
no "too much for another host" 'requests a second are too many for another host' --policy random --load 2.5 --set servers.count=8 \
    --set live.through=192.0.2.1:80 --i-own-the-target
no "true queue lengths" 'needs true queue lengths' --policy jsq
no "replications" 'instead of --replications' --replications 3
no "two lengths" 'one length is enough' --requests 10 --duration 1s
no "a port that is none" 'expected a whole number from 1 to 65535' --server-port 99999
no "ports beyond the last" 'the last port is 65535' --server-port 65534
no "sharing" 'cannot be shared with others' --shard 1/2
no "side by side" 'one after the other' -j2
no "until precise" '--requests N or --duration T make it more' --precision 0.1
no "selecting" 'lbsim run --select finds the best policy' --select
no "picks" 'lbsim run --trace-picks' --trace-picks picks
no "datagrams to the world" 'whoever sends one can give a false sender' --port 0.0.0.0:9000 --allow-remote --transport udp
no "results of serving" '--serve has no results' --serve --policy random --format json
exits "results into a file" 3 "$lbsim" live web.json -o web.json
has "results into a file" "$said" 'directory web.json: Not a directory; choose one that you may write to with -o'
lacks "results into a file: nothing was run" "$said" 'ping'
exits "a log that cannot be" 3 "$lbsim" live web.json --trace-requests nowhere/log
lacks "a log that cannot be: nothing was run" "$said" 'ping'
no "two logs in one file" 'want a file each' --decisions log --trace-requests log
no "decisions of another's balancer" 'live.through is another one' --policy random --decisions log --set live.through=127.0.0.1:1
exits "decisions that cannot be kept" 3 "$lbsim" live web.json --decisions nowhere/log
lacks "decisions that cannot be kept: nothing was run" "$said" 'ping'
no "serving two policies" '--serve is for one policy' --serve
exits "how long" 0 "$lbsim" live web.json --dry-run
has "how long" "$said" 'requests +800'

# ---- A port in use.
python3 -c '
import socket, time
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(); print(s.getsockname()[1], flush=True); time.sleep(60)' >port &
holder=$!
until [ -s port ]; do sleep 0.05; done
exits "a port in use" 3 "$lbsim" live web.json --policy random --port "$(cat port)"
has "a port in use" "$said" "bind 127.0.0.1:$(cat port): Address already in use"
exits "a server's port in use" 3 "$lbsim" live web.json --policy random --server-port "$(cat port)"
has "a server's port in use" "$said" "server app\[0\]: .*Address already in use"
kill $holder

# ---- Signals. Each run is a session of its own, so that who is left can be seen.
begin() { setsid "$lbsim" live web.json "$@" >begun.out 2>begun.err & begun=$!; }
left() { # who has ended, and is only waiting for init to hear of it, is not left
    ps -s "$begun" -o pid=,stat= | awk -v self="$begun" '$1 != self && $2 !~ /^Z/ { printf "%s ", $1 }'
}
child() { # NUMBER: of the processes that a run consists of, in the order of their start
    local n=$1 i
    for i in $(seq 200); do
        found=$(pgrep -P "$begun" | sed -n "${n}p")
        [ -n "$found" ] && [ -n "$(pgrep -P "$begun" | sed -n 3p)" ] && return
        sleep 0.05
    done
}
begin --policy random --duration 60s
sleep 6 # pings take 3 s
kill -INT $begun
wait $begun
is "interrupted" $? 130
has "interrupted: the summary" "$(cat begun.out)" '[0-9]+ issued = [0-9]+ completed'
has "interrupted: it says so" "$(cat begun.err)" 'interrupted'
is "interrupted: nobody is left" "$(left)" ""

begin --policy random --duration 60s --set clients.timeout=60s --set servers.speed=0.0001 --set load=null --set clients.arrivals.rate=100
sleep 5
kill -INT $begun
sleep 0.3
kill -INT $begun
wait $begun
is "interrupted twice" $? 130
is "interrupted twice: nobody is left" "$(left)" ""

begin --duration 3s --set live.tries=1 -o killed
for i in $(seq 400); do grep -q '^least_conn' begun.out && break; sleep 0.05; done
child 2
kill -9 "$found"
wait $begun
is "the second policy is killed" "$?, $(grep -c 'was ended by signal 9' begun.err)" "3, 1"
is "the second policy is killed: what is told" "$(python3 -c "
import json
d = json.load(open('killed/live.json'))
print([r['label'] for r in d['runs']], d['complete'])" 2>&1)" "['random'] False"

begin --policy random --duration 60s
child 2
kill -9 "$found"
wait $begun
is "the balancer is killed" $? 3
has "the balancer is killed" "$(cat begun.err)" 'the process of the balancer \([0-9]+\) was ended by signal 9'
is "the balancer is killed: nobody is left" "$(left)" ""

begin --policy random --duration 60s
child 3
kill -9 $begun
wait $begun 2>/dev/null
for i in $(seq 100); do [ -z "$(left)" ] && break; sleep 0.1; done
is "the supervisor is killed: nobody is left" "$(left)" ""

# ---- Serving, and being driven by another lbsim.
begin --policy random --serve --decisions served.log
for i in $(seq 200); do grep -q 'app\[3\]' begun.out && break; sleep 0.05; done
balancer=$(grep balancer begun.out | grep -o '127.0.0.1:[0-9]*')
servers=$(grep 'app\[' begun.out | grep -o '127.0.0.1:[0-9]*' | sed 's/.*/"&"/' | paste -sd,)
said=$(python3 -c "import urllib.request as u; print(u.urlopen('http://$balancer/x').read().decode())" 2>&1)
has "a stranger is served" "$said" '^app\[[0-3]\] ok waited 0\.000 ms served [0-9.]+ ms$'
exits "a balancer that is another's" 0 "$lbsim" live web.json --policy random -q --set "live.through=$balancer" --format json
printf '%s' "$said" >through.json
exits "servers that are another's" 0 "$lbsim" live web.json --policy least_conn -q --set "live.backends={\"app\":[$servers]}"
has "servers that are another's" "$said" '400 sent = 400 ok'
exits "straight to a server" 0 python3 -c "import urllib.request as u; u.urlopen('http://' + [$servers][2] + '/x').read()"
kill -INT $begun
wait $begun
is "serving ends well" $? 0
lacks "serving: nobody sends" "$(cat begun.out)" 'a second'
has "serving: what was served" "$(cat begun.out)" '801 requests came to the balancer: 801 served, 0 failed, 0 left'
has "serving: by whom" "$(cat begun.out)" '^801 of strangers came straight to a server, 0 were not understood' # another lbsim's too
has "serving: by whom" "$(cat begun.out)" '^  app\[2\] +[0-9]+, and [0-9]+ that came straight to it'
is "serving: no complaint" "$(cat begun.err)" ""
is "serving: nobody is left" "$(left)" ""
exits "what was served, played back" 0 "$lbsim" validate web.json --policy random --replay served.log
is "what was served, played back" "$said" "random: 801 of 801 picks identical"
python3 - <<'P' >told 2>&1 || fail "through: $(tail -n 3 told)"
import json
r = json.load(open('through.json'))['runs'][0]
assert r['requests']['completed'] == 400 and r['attempts']['sent'] == 0, r['requests']
assert r['metrics']['path.in_balancer.p50']['value'] is None
P
pass
is "what is null says why" "$("$top/tests/live/nulls.py" run.json lossy.json through.json killed/live.json 2>&1)" ""
total "live"
