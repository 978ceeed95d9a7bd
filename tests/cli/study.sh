#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# How long to run and what is run again: precision, one long run, selection, plans, resume, shards.
# All seeds are fixed: nothing here fails by chance. study.sh BUILD
set -u
build=$(readlink -f "$1")
top=$(readlink -f "$(dirname "$0")/../..")
. "$top/tests/lib.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
lbsim=$build/lbsim
quick=$top/scenarios/first/quickstart.json
cd "$work" || exit 1

cat >mm1.json <<'J'
{ "name": "mm1", "load": 0.5, "clients": { "service": { "distribution": "exponential", "mean": "10ms" } },
  "servers": { "name": "app" }, "policies": [ "random" ], "run": { "seed": 1, "requests": 2000, "replications": 20 } }
J
cat >grid.json <<'J'
{ "name": "grid", "load": 0.5, "clients": { "service": { "distribution": "exponential", "mean": "10ms" } },
  "servers": { "name": "app", "count": 4 }, "policies": [ "random", { "policy": "p2c", "label": "choices" } ],
  "run": { "seed": 3, "requests": 1000, "replications": 10 },
  "sweep": { "load": [ 0.5, 0.8 ], "policies[choices].d": [ 2, 3 ] } }
J
told() { # FILE EXPRESSION: of the JSON as d, and its first run as r
    python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
r = d["runs"][0] if "runs" in d else None
print(eval(sys.argv[2]))' "$@" 2>&1
}
trials() { sqlite3 "$1/results.sqlite" 'select count(*) from trial where not pilot'; }
used() { # DIRECTORY PARAM: its values in the trials of the newest run
    sqlite3 "$1/results.sqlite" "select value, count(*) from param join run_trial using (trial_hash) join trial using (trial_hash)
        where run_id = (select max(run_id) from run) and not pilot and name = '$2' group by 1 order by 1" | tr '\n' ' '
}
run() { # NAME STATUS DIRECTORY ARGUMENTS: quietly, JSON in DIRECTORY.json
    local name=$1 status=$2 out=$3
    shift 3
    exits "$name" "$status" bash -c "'$lbsim' run $(printf '%q ' "$@") -q -o $out --format json >$out.json"
}

# ---- Precision.
mean=(--set 'run.precision.metrics=["latency.mean"]')
run "precision" 0 p1 mm1.json --precision 0.02 "${mean[@]}"
is "precision is reached" "$(told p1.json 'r["precision"]["reached"] and r["precision"]["achieved"] <= .02 / 1.02')" True
is "it is the half-width" "$(told p1.json '(lambda m: abs((m["high"] - m["low"]) / 2 / m["value"] - r["precision"]["achieved"]) < 1e-12)(r["metrics"]["latency.mean"])')" True
is "which metric, how many rounds" "$(told p1.json '(r["precision"]["metric"], r["precision"]["rounds"], r["replications"], r["requests"]["issued"])')" \
    "('latency.mean', 3, 20, 160000)"
is "rounds double, all are kept" "$(trials p1)" 60
is "the last round alone is the result" "$(used p1 requests)" "8000|20 "
is "an eighth is left out" "$(used p1 warmup)" "1000|20 "
exits "precision again" 0 "$lbsim" run mm1.json --precision 0.02 "${mean[@]}" -o p1
has "precision again: simulates nothing" "$said" '^60 of 60 trials were there already, in p1$'
run "precision again" 0 p1 mm1.json --precision 0.02 "${mean[@]}"
is "and the same result" "$(used p1 requests)$(told p1.json 'r["precision"]["rounds"]')" "8000|20 3"
run "precision, confirmed" 0 p2 mm1.json --precision 0.02 "${mean[@]}" --confirm
is "confirmed takes one round more" "$(told p2.json 'r["precision"]["rounds"]')" 4
exits "precision, budget" 1 "$lbsim" run mm1.json --precision 0.002 "${mean[@]}" --set run.precision.most_requests=150000 -o p3
has "precision not reached" "$said" '^warning: random: precision NOT REACHED: achieved 2\.[0-9] % for latency\.mean after 120000 requests \(asked for: 0\.2 %\) \[precision_not_reached\]$'
has "rounds within the budget" "$said" '; 20 replications of 4000 requests,'
run "precision, budget" 1 p3 mm1.json --precision 0.002 "${mean[@]}" --set run.precision.most_requests=150000
is "not reached in JSON" "$(told p3.json '(r["precision"]["reached"], [w["code"] for w in d["warnings"]])')" "(False, ['precision_not_reached'])"
run "precision, overload" 1 p4 mm1.json --load 1.2 --precision 0.02 "${mean[@]}"
is "nothing more is spent on overload" "$(trials p4) $(told p4.json '(r["precision"]["achieved"], sorted(w["code"] for w in d["warnings"]))')" \
    "20 (None, ['precision_not_reached', 'unstable', 'warmup_not_found'])"
run "precision of all means" 0 p12 mm1.json --precision 0.1
is "each mean has it" "$(told p12.json '[k for k, m in r["metrics"].items() if k.endswith(".mean") and "slowdown" not in k and not (m["high"] - m["low"]) / 2 <= .1 * m["value"]]')" "[]"
run "precision of a largest value" 1 p5 mm1.json --precision 0.5 --set 'run.precision.metrics=["latency.max"]'
is "nothing more is spent on what has no interval" "$(trials p5)" 20
exits "precision, few" 0 "$lbsim" run mm1.json --replications 5 --precision 0.05 "${mean[@]}" -o p6
has "few replications are raised" "$said" '20 are run \[few_replications\]'
is "to twenty" "$(used p6 requests)" "2000|20 "
run "precision, named" 0 p7 mm1.json --precision 0.05 --set 'run.precision.metrics=["wait.probability","latency.p99"]'
is "named metrics decide" "$(told p7.json 'r["precision"]["metric"], r["requests"]["issued"]')" "('latency.p99', 160000)"
run "precision, warm-up counted" 0 p8 mm1.json --precision 0.02 "${mean[@]}" --set run.warmup=100
is "a count is left out, in each round" "$(used p8 warmup)$(used p8 requests)" "100|20 16000|20 "
run "precision, warm-up in time" 0 p9 mm1.json --precision 0.02 "${mean[@]}" --set run.warmup=1s
is "a time is left out" "$(told p9.json '20 * 40 < r["requests"]["issued"] - r["measured"]["requests"] < 20 * 60')" True
run "precision of a duration" 0 p10 mm1.json --precision 0.04 "${mean[@]}" --duration 20s
is "the duration doubles" "$(told p10.json 'r["precision"]["rounds"], 20 * 1900 < r["requests"]["issued"] < 20 * 2100')" "(2, True)"
run "precision at each point" 0 p11 grid.json --precision 0.05 "${mean[@]}"
is "points go on as long as they need" "$(told p11.json '[x["precision"]["rounds"] for x in d["runs"]]')" "[1, 1, 1, 1, 4, 3, 4, 3]"
exits "precision of nothing" 2 "$lbsim" run mm1.json --precision 0 -q
exits "confirm needs a precision" 2 "$lbsim" run mm1.json --confirm -q

# A run twice as long begins with the very same requests.
"$lbsim" run mm1.json -q -o t1 --requests 500 --replications 1 --trace-requests short.csv >/dev/null 2>&1
"$lbsim" run mm1.json -q -o t2 --requests 1000 --replications 1 --trace-requests long.csv >/dev/null 2>&1
is "the prefix is the same" "$(wc -l <short.csv) $(head -n 501 long.csv | cmp - short.csv 2>&1)" "501 "

# ---- One long run.
exits "single run" 0 "$lbsim" run mm1.json --single-run --requests 20000 -o s1
has "single run: heading" "$said" 'offered load 0\.5; one run of 400000 requests, seed 1'
run "single run" 0 s1 mm1.json --single-run --requests 20000
is "theory lies within" "$(told s1.json '(lambda m: m["low"] < .02 < m["high"] and m["high"] - m["low"] < .002 and m["method"] == "ratio")(r["metrics"]["latency.mean"]), (lambda m: m["low"] < .5 < m["high"])(r["metrics"]["wait.probability"])')" "(True, True)"
is "a quantile, too" "$(told s1.json '(lambda m: m["low"] < .0921 < m["high"])(r["metrics"]["latency.p99"])')" True
is "what has no batches says so" "$(told s1.json 'r["metrics"]["latency.max"]["why"], len(d["warnings"])')" "('a single run has no batches of this metric', 0)"
is "one trial a policy" "$(trials s1)" 1
exits "single run again" 0 "$lbsim" run mm1.json --single-run --requests 20000 -o s1
has "single run again: simulates nothing" "$said" '^1 of 1 trials were there already'
exits "single run, short" 0 "$lbsim" run mm1.json --single-run --requests 1000 --load 0.9 -o s2
has "single run, short: correlated" "$said" '^warning: random: batch means are correlated \(lag 1: 0\.[0-9]+\).* \[correlated\]$'
exits "single run with windows" 2 "$lbsim" run mm1.json --single-run --set 'run.windows={"every": "1s", "metrics": ["throughput"]}' -q
has "single run with windows" "$said" 'windows of its own'
run "single run with a precision" 0 s3 mm1.json --single-run --precision 0.05 "${mean[@]}"
is "two rounds are to meet it" "$(told s3.json 'r["precision"]["reached"], r["precision"]["rounds"] >= 2')" "(True, True)"

# ---- Selection.
small=("$quick" --requests 5000)
exits "select" 0 "$lbsim" run "${small[@]}" --select -o e1 -j 1
has "select" "$said" '^the best is least_conn, with probability 95 % or more, unless another is within [0-9.]+ us of it; replications: random [0-9]+, round_robin [0-9]+, least_conn [0-9]+, p2c\(d=2\) [0-9]+$'
run "select" 0 e2 "${small[@]}" --select -j 2
run "select" 0 e1 "${small[@]}" --select -j 1
is "the same for any -j" "$(sed 's/"wall_s.*//' e1.json | cmp - <(sed 's/"wall_s.*//' e2.json) 2>&1)$(sqlite3 e1/results.sqlite "attach 'e2/results.sqlite' as o;
    select count(*) from (select * from main.trial except select * from o.trial union all select * from o.trial except select * from main.trial)")" 0
is "select in JSON" "$(told e1.json '(lambda s: (s["metric"], s["points"][0]["probability"], [(x["at"], x["decided"], x["best"], 0 < x["delta"] < .001) for x in s["points"]]))(d["selection"])')" \
    "('latency.mean', 0.95, [('', True, 'least_conn', True)])"
near=(--policy least_conn --policy 'p2c:d=9' --requests 5000 --select --select-delta 0.002)
run "select among near ones" 0 e3 "$quick" "${near[@]}"
is "near ones get more replications" "$(told e3.json '(lambda n: n[0] == n[1] > 10)([x["replications"] for x in d["runs"]])')" True
exits "select, undecided" 1 "$lbsim" run "$quick" "${near[@]}" --replications 1 -o e4 -q
has "select, undecided" "$said" '^NOT DECIDED: the budget did not suffice; the best so far is least_conn; replications: least_conn 20, p2c\(d=9\) 20$'
run "select, unsettled" 1 e5 "$quick" --requests 1000 --load 1.2 --select
is "no choice of what has not settled" "$(told e5.json '(lambda x: (x["decided"], x["best"], "settled" in x["why"]))(d["selection"]["points"][0])')" "(False, None, True)"
exits "select at each point" 0 "$lbsim" run grid.json --select -o e6 -q
is "one answer a point" "$(printf '%s\n' "$said" | grep -cE '^load=0\.[58],policies\[choices\]\.d=[23]: the best is choices, ')" 4
exits "select of one" 0 "$lbsim" run mm1.json --select -o e7 -q
has "select of one" "$said" '^there is only random; replications: random 10$'
exits "select by throughput" 0 "$lbsim" run "$quick" --requests 1000 --select --select-metric throughput --select-delta 0.1 -o e8 -q
has "select by throughput" "$said" ' unless another is within [0-9.]+/s of it; '
for more in --shard=1/2 --single-run --precision=0.1 --dry-run --select-delta=0 --select-delta=1 --select-metric=nosuch --select-metric=utilization.mean; do
    exits "select does not go with $more" 2 "$lbsim" run "$quick" --select $more -q -o never
done
exits "a delta without select" 2 "$lbsim" run "$quick" --select-delta 0.1 -q -o never
exits "a metric without select" 2 "$lbsim" run "$quick" --select-metric latency.p99 -q -o never

# ---- Plans.
plan() { # FILE ARGUMENTS
    "$lbsim" run "${@:2}" -q --dry-run --format json >"$1" 2>&1
}
exits "dry run" 0 "$lbsim" run grid.json --dry-run -o d1 -q
has "dry run: points" "$said" '^grid: 4 points, 8 policies at them in all, 6 of them different$'
is "dry run leaves nothing" "$(ls -d d1 results never 2>/dev/null)" ""
plan d1.json grid.json -o d1
is "its trials and requests" "$(told d1.json 'd["format"], d["trials"], d["kept"], d["requests"], [x["trials"] for x in d["points"]]')" \
    "('lbsim-plan/1', 60, 0, 66000, [10, 10, 10, 10, 10, 10])"
"$lbsim" run grid.json -q -o d2 >/dev/null 2>&1
is "it has as many" "$(trials d2)" 60
is "disk within a factor of two" "$(told d1.json ".5 < d['disk_bytes'] / $(stat -c %s d2/results.sqlite) < 2")" True
for more in "--single-run" "--set run.windows.every=1s --set run.windows.metrics=[\"latency.p90\",\"throughput\"]"; do
    plan d9.json mm1.json $more
    rm -rf d9 && "$lbsim" run mm1.json $more -q -o d9 >/dev/null 2>&1
    is "disk within a factor of two, $more" "$(told d9.json ".5 < d['disk_bytes'] / $(stat -c %s d9/results.sqlite) < 2")" True
done
plan d3.json grid.json -o d2
is "what is there is not done again" "$(told d3.json 'd["trials"], d["kept"], d["requests"]')" "(0, 60, 0)"
plan d4.json grid.json -o d2 --replications 15
is "nor is part of it" "$(told d4.json 'd["trials"], d["kept"], d["requests"]')" "(30, 60, 30000)"
plan d5.json grid.json --shard 2/4
is "a share" "$(told d5.json 'd["trials"]')" 15
plan d6.json mm1.json --precision 0.02 "${mean[@]}"
is "a precision takes rounds" "$(told d6.json 'd["trials"], d["requests"], d["within_budget"]')" "(60, 282000, True)"
is "forecast within a factor of three" "$(told d6.json '1 / 3 < d["points"][0]["precision_requests"] / 160000 < 3')" True
plan d7.json mm1.json --precision 0.02 "${mean[@]}" -o p1
is "rounds that are there" "$(told d7.json 'd["trials"], d["kept"]')" "(0, 60)"
plan d8.json mm1.json --precision 0.00001 "${mean[@]}"
is "beyond the budget" "$(told d8.json 'd["within_budget"]')" False
exits "dry run, precision" 0 "$lbsim" run mm1.json --precision 0.02 "${mean[@]}" --dry-run -q
has "dry run, precision" "$said" '^  random: about [0-9]+ requests for latency\.mean: 3 rounds, the last of 160000$'
exits "dry run, overload" 0 "$lbsim" run mm1.json --precision 0.02 "${mean[@]}" --load 1.2 --dry-run -q
has "dry run, overload" "$said" '^  random: no forecast: more work is offered'
exits "dry run in CSV" 2 "$lbsim" run mm1.json --dry-run --format csv -q

# ---- A sweep: where it was, and nothing twice.
exits "a sweep" 0 "$lbsim" run grid.json -o w1
has "a sweep: columns" "$said" '^load  policies\[choices\]\.d  policy +latency\.mean ms '
is "a sweep: a group a point" "$(printf '%s\n' "$said" | grep -cE '^ 0\.[58] +[23]  random ')" 4
is "no line ends in blanks" "$(printf '%s\n' "$said" | grep -c ' $')" 0
is "the policy that is not swept is simulated once" "$(sqlite3 w1/results.sqlite "select sum(pilot), count(*) from trial where policy = 'random'")" "2|22"
is "and stands at all its points" "$(sqlite3 w1/results.sqlite "select count(*), count(distinct point) from replications
    where policy = 'random' and scope = 'all' and metric = 'latency' and statistic = 'mean'")" "40|4"
run "a sweep in JSON" 0 w1 grid.json
is "where each run was" "$(told w1.json '[x["point"] for x in d["runs"]][::2]')" \
    "[{'load': 0.5, 'policies[choices].d': 2}, {'load': 0.5, 'policies[choices].d': 3}, {'load': 0.8, 'policies[choices].d': 2}, {'load': 0.8, 'policies[choices].d': 3}]"
is "twins have the same numbers" "$(told w1.json 'd["runs"][0]["metrics"] == d["runs"][2]["metrics"] != d["runs"][4]["metrics"]')" True
"$lbsim" run grid.json -q -o w1 --format csv >w1.csv
has "a sweep: columns of CSV" "$(head -n 1 w1.csv)" ',from,to,"load","policies\[choices\]\.d"$'
has "a sweep: a row of CSV" "$(cat w1.csv)" '^"grid","p2c","choices",3,10,latency,mean,.*,s,,,0\.8[0-9]*,3$'
run "a sweep of the warm-up" 0 w2 mm1.json --sweep run.warmup=0,500,auto
is "what is left out counts" "$(told w2.json 'len(set(x["metrics"]["latency.mean"]["value"] for x in d["runs"]))')" 3
exits "many points that did not settle" 0 "$lbsim" run mm1.json --sweep run.seed=1..20 --load 0.99 --requests 100 --replications 10 -o w3
has "are not all named" "$said" '^warning: and 4 more \[warmup_not_found\]$'

# ---- Again.
"$lbsim" run "$quick" --requests 2000 --replications 10 -o r1 >one.txt 2>/dev/null
exits "the same again" 0 "$lbsim" run "$quick" --requests 2000 --replications 10 -o r1
has "simulates nothing" "$said" '^40 of 40 trials were there already, in r1$'
is "and says the same" "$(printf '%s\n' "$said" | grep -v 'there already' | cmp - one.txt 2>&1)" ""
again() { # ARGUMENTS: "there of all; trials kept"
    "$lbsim" run "$@" -o r1 2>&1 >/dev/null | sed -nE 's/^([0-9]+) of ([0-9]+) trials were there.*/\1 of \2/p'
    trials r1
}
is "another label" "$(again "$quick" --requests 2000 --replications 10 --set 'policies=[{"policy":"p2c","d":2,"label":"two"}]')" $'10 of 10\n40'
is "another policy" "$(again "$quick" --requests 2000 --replications 10 --policy random --policy jsq)" $'10 of 20\n50'
is "more replications" "$(again "$quick" --requests 2000 --replications 12 --policy random)" $'10 of 12\n52'
is "another value of a sweep" "$(again "$quick" --requests 2000 --replications 10 --policy random --sweep load=0.9,0.8)" $'10 of 20\n62'
is "other requests" "$(again "$quick" --requests 2001 --replications 10 --policy random)" 72

# A plug-in that fails where a file says so.
cat >moody.c <<C
#include <stdlib.h>
#include <unistd.h>
#include "models/policy.h"
static void *begin(const struct lb_setup *setup) { (void)setup; return malloc(1); }
static lb_server pick(void *self, const struct lb_request *r, struct lb_random *x)
{
    (void)self, (void)x;
    if (r->id == 700 && access("$work/bad", F_OK) == 0)
        _exit(3);
    return 0;
}
static const struct lb_policy policy = { .abi = LB_ABI, .size = sizeof policy, .name = "moody", .open = begin, .close = free, .pick = pick };
const struct lb_policy *const lbsim_policies[] = { &policy, NULL };
C
exits "a plug-in" 0 cc -shared -fPIC -I"$top" -o moody.so moody.c
touch bad
exits "trials that fail" 1 "$lbsim" run mm1.json --policy ./moody.so --policy random --requests 1000 --replications 4 --set run.warmup=100 -o r2 -q
has "trials that fail: why" "$said" '^lbsim: some trials have failed: moody, replication [0-3]: '
has "trials that fail: how many count" "$said" '; 0 to 4 replications of 1000'
rm bad
exits "and are tried again" 0 "$lbsim" run mm1.json --policy ./moody.so --policy random --requests 1000 --replications 4 --set run.warmup=100 -o r2
has "the others are not" "$said" '^4 of 8 trials were there already'

# ---- Shards.
for i in 1 2 3; do
    exits "share $i" 0 "$lbsim" run grid.json --shard $i/3 -o h$i
    has "share $i: says what to do" "$said" "^share $i of 3: 20 of 20 trials finished, kept in h$i\$"
done
exits "merge the shares" 0 "$lbsim" merge h1 h2 h3 -o all
is "they have nothing twice" "$(trials h1) $(trials h2) $(trials h3) $(trials all)" "20 20 20 60"
for table in trial param value histogram_data; do # pilots included
    is "merged rows of $table are those of one run" "$(sqlite3 all/results.sqlite "attach 'w1/results.sqlite' as o;
        select count(*) from (select * from main.$table except select * from o.$table union all select * from o.$table except select * from main.$table)")" 0
done
"$lbsim" run grid.json --shard 1/12 -q -o g1
"$lbsim" run grid.json --shard 2/12 -q -o g2
is "pilots of a point agree" "$(sqlite3 g1/results.sqlite "attach 'g2/results.sqlite' as b; select count(*) > 0, sum(a.checksum <> c.checksum)
    from main.trial a join b.trial c using (trial_hash) where a.pilot")" "1|0"
for bad in 0/3 4/3 3 1/0 -1/3 1/3/3 1/3x a/b '' ' 1/3' +1/3 1/1000001; do
    exits "share '$bad'" 2 "$lbsim" run grid.json --shard "$bad" -q -o never
done
exits "a share of a precision" 2 "$lbsim" run mm1.json --shard 1/2 --precision 0.1 -q -o never
is "nothing was begun" "$(ls -d never results 2>/dev/null)" ""

# ---- How it goes, and going on.
"$lbsim" run "$quick" --requests 200000 --replications 100 -q -o z >z.txt 2>&1 &
pid=$!
for _ in $(seq 100); do
    sleep 0.1
    [ "$(sqlite3 z/results.sqlite 'select count(*) from trial' 2>/dev/null || echo 0)" -gt 8 ] && break
done
kill -USR1 $pid
for _ in $(seq 50); do
    sleep 0.1
    grep -q ETA z.txt && break
done
kill -INT $pid
wait $pid
is "interrupted" $? 130
has "SIGUSR1 asks how it goes" "$(cat z.txt)" '^ *[0-9]+%  [0-9]+/400 trials  [0-9.]+ M events/s  .*ETA [0-9]+:[0-9]{2}'
has "what it has got" "$(cat z.txt)" '; [0-9]+ (to [0-9]+ )?of 100 replications of 200000'
kept=$(trials z)
exits "the same command goes on" 0 "$lbsim" run "$quick" --requests 200000 --replications 100 -o z --policy random
had=$(printf '%s\n' "$said" | sed -nE 's/^([0-9]+) of 100 trials were there.*/\1/p')
is "from what was there" "$([ "${had:-0}" -gt 0 ] && [ "$(trials z)" -eq $((kept + 100 - had)) ]; echo $?)" 0

total "studies"
