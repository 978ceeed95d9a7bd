#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# lbsim validate over loopback, and its results. How good this machine is decides nothing here: runs
# are too short for a verdict, and what is asked holds on any machine: decisions are the same when
# played back, and ENV-REPLAY gives the run back: usually every request, but two events of one
# nanosecond may change places, so a few in a hundred are let pass. validate.sh BUILD
set -u
build=$(readlink -f "$1")
top=$(readlink -f "$(dirname "$0")/../..")
. "$top/tests/lib.sh"
work=$(mktemp -d)
lbsim=$build/lbsim
cd "$work" || exit 1
trap 'rm -rf "$work"' EXIT

if ! said=$("$top/tests/live/peer.py" can 2>&1); then
    skip "validate: sockets are barred here: $said"
    total "validate"
    exit
fi
export PYTHONDONTWRITEBYTECODE=1

cat >web.json <<'J'
{ "name": "web", "load": 0.5,
  "clients": { "name": "user", "service": { "distribution": "exponential", "mean": "5ms" }, "timeout": "20s" },
  "servers": { "name": "app", "count": 4 },
  "policies": [ "random", "round_robin", "p2c", "least_conn", "jiq" ],
  "run": { "seed": 3, "requests": 600, "warmup": 60 },
  "live": { "tries": 1 } }
J

# ---- Five policies: every decision the same, every request at the same server.
"$lbsim" validate web.json -o out --format json -q >all.json 2>err
is "exit status of runs that are too short" "$?, $(cat err)" "4, "
python3 - <<'P' >told 2>&1 || fail "validate: $(tail -n 3 told)"
import json
d = json.load(open('all.json'))
assert d['format'] == 'lbsim-validate/1' and d['complete'] and d['host']['kernel']
assert [p['label'] for p in d['policies']] == ['random', 'round_robin', 'p2c', 'least_conn', 'jiq']
for p in d['policies']:
    w, name = p['worlds'], p['label']
    assert p['verdict'] == 'not judged' and p['why'], name
    assert p['stateless'] == (name in ('random', 'round_robin')), name
    assert p['requests'] == 600 and p['measured'] == 540 and not p['missing'], name
    assert w['measured']['decisions.picks']['value'] == w['measured']['decisions.same']['value'] == 600, name
    replay = w['ENV-REPLAY']
    assert replay['same_server']['value'] > 0.98 and replay['ks']['value'] < 0.01, (name, replay)
    assert replay['other_ending']['value'] < 0.005, name
    for x in 'mean', 'p50', 'p90', 'p99':
        assert abs(replay['error.' + x]['value']) < 0.02, (name, x)
        assert replay['latency.' + x]['value'] > 0.001
    m = w['measured']['latency.mean']
    assert m['low'] < m['value'] < m['high'] and m['unit'] == 's'
    assert w['RAW']['latency.mean']['value'] < m['value'], name
    assert w['RAW']['latency.p99.9']['value'] is None
    for world in 'measured', 'RAW', 'CALIBRATED', 'ENV-REPLAY':
        assert abs(sum(w[world]['share{app[%d]}' % i]['value'] for i in range(4)) - 1) < 1e-9
    assert [t['phase'] for t in p['tries']] == ['ping', 'run']
(s,) = d['standings']
for x in 'latency.mean', 'latency.p99':
    values = [r['value'] for r in s[x]['measured']]
    assert values == sorted(values) and len(values) == 5
P
[ -s told ] || pass

# ---- What is kept of it.
exits "export --live" 0 "$lbsim" export out --live --metric latency.p99 --policy p2c -o p99.csv
has "its CSV" "$(cat p99.csv)" '^web,.*,validate,http,,p2c,p2c,[A-Z]+,not judged,ENV-REPLAY,latency,p99,0\.0'
is "rows of one number: a world each" "$(wc -l <p99.csv)" 5
exits "export --live as JSON" 0 "$lbsim" export out --live --format json -o live.json
is "its JSON" "$(python3 - <<'P' 2>&1
import json
d = json.load(open('live.json'))
assert d['format'] == 'lbsim-live-results/1' and d['kind'] == 'validate' and 'validate web.json' in d['command']
for p in d['policies']:
    assert len(p['tries']) == 2 and len(p['histograms']) == 4
    for h in p['histograms']:
        assert sum(b[2] for b in h['buckets']) == 540, h['world']
print('good')
P
)" good
is "what is null says why" "$("$top/tests/live/nulls.py" all.json live.json 2>&1)" ""
exits "export --live as spectra" 0 "$lbsim" export out --live --format hgrm -o spectra --policy jiq
is "spectra" "$(ls spectra | tr '\n' ' ')" "jiq-CALIBRATED-latency.hgrm jiq-ENV-REPLAY-latency.hgrm jiq-RAW-latency.hgrm jiq-measured-latency.hgrm "
has "a spectrum" "$(tail -n 3 spectra/jiq-RAW-latency.hgrm)" 'Total count    = +540'
exits "export without simulated runs" 3 "$lbsim" export out
has "what it says" "$said" 'holds no run of simulations; lbsim export --live'
exits "a policy that is not there" 2 "$lbsim" export out --live --policy sed
exits "a metric that is not there" 2 "$lbsim" export out --live --metric lateness
exits "replications" 2 "$lbsim" export out --live --replications
exits "a simulation in the same directory" 0 "$lbsim" run web.json --requests 500 -q -o out
exits "export of it" 0 "$lbsim" export out --metric latency.mean
exits "and of the live run" 0 "$lbsim" export out --live --metric latency.mean
exits "merge" 2 "$lbsim" merge out -o merged
has "merge" "$said" 'out has results of live runs, .* cannot be joined: lbsim export out --live reads them'
is "merge: nothing is written" "$(ls -d merged 2>&1 | grep -c 'cannot access')" 1
exits "merge of the simulations" 0 "$lbsim" merge out -o merged --without-live
exits "export of them" 0 "$lbsim" export merged --metric latency.mean
exits "a store without live runs" 0 "$lbsim" run web.json --requests 500 -q -o plain
exits "export --live of it" 3 "$lbsim" export plain --live

# ---- The table, other transports, links that take their time.
exits "the table" 4 "$lbsim" validate web.json --policy p2c --policy random -o t --no-color --trace-requests t.csv
table=$said
is "a line a request" "$(grep -c '^"p2c",0,[0-9]*,"user",0,.*,completed,' t.csv), $(wc -l <t.csv)" "600, 1201"
exits "how long" 0 "$lbsim" validate web.json --dry-run
has "how long" "$said" '^requests +3000, and pings$'
exits "a log that cannot be" 3 "$lbsim" validate web.json --trace-requests nowhere/log
has "a log that cannot be" "$said" 'validate: --trace-requests nowhere/log: No such file'
said=$table
for line in '^p2c, (VALID|SUSPECT), 540 of 600 requests measured' '^  measured +[0-9.]+ ±[0-9.]+ ' \
    '^  ENV-REPLAY +[0-9.]+ [+-][01][.][0-9]+% ' '600 of 600 picks the same' \
    'verdict +not judged: ' '^  by mean, measured +' '^0 agreed, 0 disagreed, 2 not judged' '^host  '; do
    has "table" "$said" "$line"
done
is "columns" "$(printf '%s\n' "$said" | grep -v '^  \(ping\|run\) ' | awk '{ if (length($0) > 100) n++ } END { print n + 0 }')" 0
# replayed NAME OPTION ... : whatever the transport
replayed() {
    local name=$1
    shift
    "$lbsim" validate web.json --policy least_conn -o r --format json -q "$@" >r.json 2>err
    is "$name: exit status" "$?, $(cat err)" "4, "
    is "$name: ENV-REPLAY" "$(python3 -c "
import json
w = json.load(open('r.json'))['policies'][0]['worlds']['ENV-REPLAY']
print(w['same_server']['value'] > 0.98, w['ks']['value'] < 0.01, w['other_ending']['value'] < 0.005)" 2>&1)" "True True True"
}
replayed "lines" --transport tcp
replayed "datagrams" --transport udp
replayed "TLS" --tls
replayed "links" --set 'links=[{"name": "far", "latency": {"distribution": "exponential", "mean": "2ms"}}]' --set 'servers[app].link=far' --set 'clients[user].link=far'
replayed "half the pace" --set live.time_scale=2

# ---- Servers that give no timestamps: another lbsim's, which draws services of its own.
"$lbsim" live web.json --policy random --serve >serving 2>&1 &
serving=$!
for i in $(seq 200); do grep -q 'app\[3\]' serving && break; sleep 0.05; done
servers=$(grep 'app\[' serving | grep -o '127.0.0.1:[0-9]*' | sed 's/.*/"&"/' | paste -sd,)
"$lbsim" validate web.json --policy random --policy p2c -o foreign --format json -q --set "live.backends={\"app\":[$servers]}" >foreign.json 2>err
is "foreign servers: exit status" "$?, $(cat err)" "4, "
python3 - <<'P' >told 2>&1 || fail "foreign servers: $(tail -n 3 told)"
import json
d = json.load(open('foreign.json'))
assert [p['label'] for p in d['policies']] == ['random', 'p2c']
for p in d['policies']:
    w, name = p['worlds'], p['label']
    assert list(p['missing']) == ['ENV-REPLAY'] and 'ENV-REPLAY' not in w, p['missing']
    assert p['verdict'] == 'not judged' and p['requests'] == 600, name
    assert w['measured']['decisions.same']['value'] == 600, name
    for x in 'mean', 'p50', 'p90', 'p99':
        assert w['RAW']['latency.' + x]['value'] > 0.001 and w['CALIBRATED']['latency.' + x]['value'] > 0.001, (name, x)
        error = w['CALIBRATED']['error.' + x]
        assert -1 < error['low'] < error['high'], (name, x, error)
    shares = [w['CALIBRATED']['share{app[%d]}' % i]['value'] for i in range(4)]
    assert w['CALIBRATED']['ks']['value'] < 1 and abs(sum(shares) - 1) < 1e-9
    # 5 ms are drawn for each, and waited for: a mean of 20 or more is below 2 ms once in 1e4 runs at most
    assert w['CALIBRATED']['service{app}.mean']['value'] > 0.002, w['CALIBRATED']['service{app}.mean']
    assert 20 <= w['CALIBRATED']['service.pings{app}']['value'] <= 540
    assert [t['phase'] for t in p['tries']] == ['ping', 'run']
(s,) = d['standings']
assert 'CALIBRATED' in s['latency.mean'] and not s['contradicted']
P
[ -s told ] || pass
is "foreign servers: what is null says why" "$("$top/tests/live/nulls.py" foreign.json 2>&1)" ""
exits "foreign servers: export --live" 0 "$lbsim" export foreign --live --metric 'service{app}'
has "foreign servers: its CSV" "$said" ',CALIBRATED,service\{app\},mean,0\.0'
exits "foreign servers that share their cores" 4 "$lbsim" validate web.json --policy random -o shared --no-color --requests 100 --set 'servers[app].discipline=ps' --set "live.backends={\"app\":[$servers]}"
has "foreign servers that share their cores" "$said" '^  CALIBRATED +none: services of servers .* by fifo'
exits "foreign servers: the table" 4 "$lbsim" validate web.json --policy random -o shared --no-color --set "live.backends={\"app\":[$servers]}"
has "foreign servers: the table" "$said" '^  services +[0-9.]+ ms on average at "app", by [0-9]+ pings'
has "foreign servers: the table" "$said" '^  CALIBRATED +[0-9.]+ [+-][0-9.]+% '
kill -INT $serving
wait $serving
is "foreign servers end well" $? 0

total "validate"
