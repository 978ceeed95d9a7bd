#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The program as its users meet it. run.sh BUILD
set -u
build=$(readlink -f "$1")
top=$(readlink -f "$(dirname "$0")/../..")
. "$top/tests/lib.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
lbsim=$build/lbsim
quick=$top/scenarios/first/quickstart.json
small=(--requests 3000 --replications 10 -q)
cd "$work" || exit 1

# ---- Bad scenarios: every error with its place, and exit status 2. Those named live_* are good to
# simulate, and not to run over real sockets.
for file in "$top"/tests/cli/bad/*.json; do
    name=$(basename "$file")
    how=()
    case $name in
    live_*)
        how=(--live)
        exits "check $name, to be simulated" 0 "$lbsim" check "$file"
        ;;
    esac
    got=$(cd "$top/tests/cli/bad" && "$lbsim" check "${how[@]}" "$name" 2>&1 >/dev/null)
    status=$?
    is "exit status of $name" $status 2
    is "what is said of $name" "$got" "$(cat "${file%.json}.expected")"
done

# ---- The schema, by another's validator.
"$lbsim" schema >schema.json
is "schema of the tree is up to date" "$(cmp schema.json "$top/scenarios/schema.json" 2>&1)" ""
mapfile -t good < <(find "$top/scenarios" -name '*.json' ! -name schema.json)
said=$(python3 "$top/tests/cli/schema.py" schema.json --good "${good[@]}" --bad "$top"/tests/cli/bad/*.json 2>&1)
case $? in
0) pass ;;
77) skip "schema: $said" ;;
*) fail "schema: $said" ;;
esac
for file in "${good[@]}"; do
    exits "check $(basename "$file")" 0 "$lbsim" check "$file"
done

# ---- Runs and formats.
exits "quickstart" 0 "$lbsim" run "$quick" "${small[@]}" -o t
has "table" "$said" '^policy +latency.mean'
has "table has theory" "$said" 'random .*100\.0000 M/M/1'
has "table has no colour on a pipe" "$(printf '%s' "$said" | tr '\033' E | grep -c 'E\[')" '^0$'
"$lbsim" run "$quick" "${small[@]}" -o j --format json >out.json
is "JSON" "$(python3 - <<'P'
import json
d = json.load(open("out.json"))
assert d["format"] == "lbsim-results/1" and d["scenario"] == "quickstart" and d["seed"] == 1
for r in d["runs"]:
    q = r["requests"]
    assert q["issued"] == sum(q[k] for k in q if k != "issued"), q
    assert q["issued"] == 30000 and r["replications"] == 10
    m = r["metrics"]["latency.mean"]
    assert m["low"] < m["value"] < m["high"] and m["unit"] == "s" and m["method"] == "t"
    assert r["metrics"]["latency.max"]["low"] is None and r["metrics"]["latency.max"]["why"]
print("good")
P
)" good
"$lbsim" run "$quick" "${small[@]}" -o c --format csv -j 1 >one.csv
"$lbsim" run "$quick" "${small[@]}" -o d --format csv -j 3 >three.csv
is "the number of workers changes nothing" "$(cmp one.csv three.csv 2>&1)" ""
for table in trial param value histogram_data series; do
    is "rows of $table are the same for any -j" "$(sqlite3 c/results.sqlite "attach 'd/results.sqlite' as other;
        select count(*) from (select * from main.$table except select * from other.$table
        union all select * from other.$table except select * from main.$table)" 2>&1)" 0
done
is "trials kept" "$(sqlite3 c/results.sqlite 'select count(*) from trial where not pilot')" 40
has "summary" "$(sqlite3 c/results.sqlite "select value from summary where label='random' and metric='latency' and statistic='mean'")" '^0\.[0-9]+$'
exits "without a file" 0 "$lbsim" run --servers 10 --load 0.9 --policy p2c --policy random "${small[@]}" -o o
has "without a file" "$said" '^p2c '
exits "a policy with parameters" 0 "$lbsim" run "$quick" --policy p2c:d=3,replacement=true --policy nginx:least_conn "${small[@]}" -o p
has "its label" "$said" 'p2c\(d=3, ?replacement=true\)'
exits "--set" 0 "$lbsim" run "$quick" --set 'servers[app].count=3' --set load=0.5 "${small[@]}" -o s
has "--set counts" "$said" '^3 servers, offered load 0\.5'
"$lbsim" run "$quick" --seed 2 "${small[@]}" -o e --format csv >other.csv
is "another seed gives other numbers" "$(cmp -s one.csv other.csv; echo $?)" 1

# ---- Sweeps.
cat >swept.json <<'J'
{ "load": 0.5, "clients": { "service": "10ms" }, "servers": { "name": "app", "count": 2 },
  "policies": [ "random", "p2c", { "policy": "p2c", "label": "fresh", "balancer": { "information": { "kind": "fresh" } } } ],
  "sweep": { "load": "0.5..0.95 step 0.05", "run.seed": "1..100", "where": "policy != p2c or load < 0.7" } }
J
exits "check a sweep" 0 "$lbsim" check swept.json
is "check counts points and policies" "$said" "swept.json: good: 1000 points, 2400 policies at them in all"
is "--sweep adds an axis" "$("$lbsim" check swept.json --set load=0.6 --set run.seed=3 --sweep servers[app].count='1..100 log 3' 2>&1)" \
    "swept.json: good: 3 points x 3 policies"
is "--sweep of values" "$("$lbsim" check "$quick" --sweep load=0.5,0.7 2>&1)" "$quick: good: 2 points x 4 policies"
exits "--sweep of nothing" 2 "$lbsim" check "$quick" --sweep load
has "--sweep of nothing" "$said" 'expected PATH=AXIS'
exits "--sweep of what is not simulated" 2 "$lbsim" check "$quick" --sweep name=a,b
has "--sweep of what is not simulated" "$said" 'sweep.name: is no part of what is simulated'
exits "--sweep of a condition" 2 "$lbsim" check "$quick" --sweep 'where=load<0.6'
has "--sweep of a condition" "$said" "give it as --set 'sweep.where=load<0.6'"
is "--set of a condition" "$("$lbsim" check "$quick" --sweep load=0.5,0.7 --set 'sweep.where=load<0.6' 2>&1)" "$quick: good: 1 points x 4 policies"
exits "--sweep beside --load" 2 "$lbsim" check "$quick" --load 0.7 --sweep load=0.5,0.6
has "--sweep beside --load" "$said" '--sweep load=0.5,0.6: error: nothing would be left of --load 0.7'
exits "--sweep beside --set, by other names" 2 "$lbsim" check "$quick" --sweep 'servers[app].count=2,3' --set servers.count=4
has "--sweep beside --set, by other names" "$said" 'nothing would be left of --set servers.count=4'
exits "--sweep twice" 2 "$lbsim" check "$quick" --sweep load=0.5,0.6 --sweep load=0.7
has "--sweep twice" "$said" '--sweep load=0.7: error: nothing would be left of --sweep load=0.5,0.6'
exits "--sweep without a step" 2 "$lbsim" check "$quick" --sweep load=0.5..0.9
has "--sweep without a step" "$said" 'expected a step'
has "explain: a flag that is not given" "$("$lbsim" explain expect)" '^ *absent +true or false +false '
exits "explain a sweep" 0 "$lbsim" explain swept.json
has "explain a sweep" "$said" 'first of 1000 points, load=0.5,run.seed=1'
has "explain a sweep" "$said" 'load: 0.5, 0.55, ..., 0.95 \(10 values\)'
exits "a sweep where one point is wanted" 2 "$lbsim" theory --like swept.json
has "a sweep where one point is wanted" "$said" 'only one point of the 1000'

# ---- Parts of the system, and windows of time.
cat >parts.json <<'J'
{ "name": "parts", "load": 0.7,
  "clients": [ { "name": "web", "service": { "distribution": "exponential", "mean": 1 } },
               { "name": "job", "service": "3s", "share": 0.2 } ],
  "servers": [ { "name": "app", "count": 3, "cores": 2 }, { "name": "db", "count": 2, "zone": "east" } ],
  "policies": [ "random", "least_conn" ],
  "run": { "seed": 7, "requests": 1000, "warmup": 100, "replications": 12,
           "metrics": [ "latency.p97{web}", "share{app[*]}", "in_flight.max{app}", "latency.above{5s,web}", "occupancy{2,db}",
                        "utilization.mean{east}" ],
           "windows": { "every": "50s", "metrics": [ "in_system.mean", "in_system.mean{job}", "latency.mean{web}",
                                                     "latency.p90", "throughput{app}", "utilization.max" ] } } }
J
"$lbsim" run parts.json -q -o parts1 -j 1 --format json >parts.out
is "scopes and windows in JSON" "$(python3 - <<'P'
import json
d = json.load(open("parts.out"))
near = lambda a, b: abs(a - b) < 1e-9 * (1 + abs(b))
for r in d["runs"]:
    m = {k: v["value"] for k, v in r["metrics"].items()}
    assert near(m["share{app}"] + m["share{db}"], 1) and near(sum(m["share{app[%d]}" % i] for i in range(3)), m["share{app}"])
    for name in "throughput", "in_system.mean":
        assert near(m[name + "{web}"] + m[name + "{job}"], m[name]) and near(m[name + "{app}"] + m[name + "{db}"], m[name]), name
    assert near(m["queue.mean{app}"] + m["queue.mean{db}"], m["queue.mean"])
    assert near(m["utilization.mean{east}"], m["utilization.mean{db}"]) and 0 < m["latency.above{5s,web}"] < m["occupancy{2,db}"] < 1
    assert near(sum(m["utilization.mean{db[%d]}" % i] for i in range(2)) / 2, m["utilization.mean{db}"])
    assert m["latency.p95{web}"] < m["latency.p97{web}"] < m["latency.p99{web}"] and m["in_flight.max{app}"] >= 1
    assert r["metrics"]["latency.p99{job}"]["unit"] == "s"
    w = r["windows"]
    assert [x["from"] for x in w] == [50 * i for i in range(len(w))] and w[0]["to"] == 50 and w[0]["replications"] == 12
    assert all(x["to"] == 50 * i + 50 for i, x in enumerate(w[:-1])) and w[-1]["from"] < w[-1]["to"] <= 50 * len(w)
    for x in w:
        n = x["metrics"]
        assert set(n) == {"in_system.mean", "in_system.mean{job}", "latency.mean{web}", "latency.p90", "throughput{app}", "utilization.max"}
        assert n["in_system.mean{job}"]["value"] <= n["in_system.mean"]["value"]
        assert (n["latency.mean{web}"]["low"] is None) == (x["replications"] < 12), x
    assert w[0]["metrics"]["latency.mean{web}"]["method"] == "ratio"
print("good")
P
)" good
"$lbsim" run parts.json -q -o parts3 -j 3 --format json | sed 's/"wall_s.*//' >parts.three
is "and for any number of workers" "$(sed 's/"wall_s.*//' parts.out | cmp - parts.three 2>&1)" ""
for table in trial value histogram_data series; do
    is "windows: rows of $table are the same for any -j" "$(sqlite3 parts1/results.sqlite "attach 'parts3/results.sqlite' as other;
        select count(*) from (select * from main.$table except select * from other.$table
        union all select * from other.$table except select * from main.$table)" 2>&1)" 0
done
is "scopes in the store" "$(sqlite3 parts1/results.sqlite "select count(distinct scope) from value
    where scope in ('all', 'client:web', 'servers:app', 'server:app[2]', 'zone:east')")" 5
is "windows in the store" "$(sqlite3 parts1/results.sqlite "select count(*) > 0 from interval where scope = 'client:job@50..100'
    and metric = 'in_system'; select count(distinct time) > 3 from series where metric = 'latency.mean:n' and scope = 'client:web'")" $'1\n1'
"$lbsim" run parts.json -q -o parts4 --format csv >parts.csv
has "windows in CSV" "$(cat parts.csv)" '"random",7,12,latency\{web\},mean,[0-9.e,-]+,ratio,s,50,100'
has "scopes in CSV" "$(cat parts.csv)" ',7,12,latency\{web\},above\{5s\},'
exits "columns of parts" 0 "$lbsim" run parts.json -q -o parts5
has "columns of parts" "$said" 'share\{app\[2\]\} .*occupancy\{2,db\}'
printf '{"clients":{"service":"1ms","arrivals":{"process":"deterministic","rate":10}},"servers":{},"policies":"random","run":{
"requests":200,"replications":2,"warmup":0,"windows":{"every":"2s","to":"5s","metrics":["throughput","latency.mean"]}}}' >last.json
"$lbsim" run last.json -q --format json >last.out
is "a last window that is shorter" "$(python3 -c 'import json
w = json.load(open("last.out"))["runs"][0]["windows"]
print([(x["from"], x["to"], round(x["metrics"]["throughput"]["value"], 9)) for x in w][1:])')" "[(2, 4, 10), (4, 5, 10)]"
printf '{"clients":{"service":"1ms","arrivals":{"process":"poisson","rate":0.2}},"servers":{},"policies":"random","run":{
"duration":"10s","replications":30,"warmup":0,"windows":{"every":"1s","metrics":["latency.mean"]}}}' >few.json
"$lbsim" run few.json -q --format json >few.out
is "few requests in a window have no interval" "$(python3 -c 'import json
w = json.load(open("few.out"))["runs"][0]["windows"]
print(all(x["metrics"]["latency.mean"]["low"] is None and "fewer" in x["metrics"]["latency.mean"]["why"] for x in w))')" True
printf '{"load":0.7,"clients":{"service":"1ms"},"servers":{},"policies":"random","run":{"requests":300000,"replications":1,
"warmup":0,"windows":{"every":"1ms","metrics":["latency.mean"]}}}' >many.json
exits "too many windows" 1 "$lbsim" run many.json -q
has "too many windows" "$said" 'more than 100000 windows: make run.windows.every longer'
exits "list metrics" 0 "$lbsim" list metrics
has "list metrics has thresholds" "$said" 'latency.above\{1s\}'
has "list warnings explains a heavy tail" "$("$lbsim" list warnings)" '^heavy_tail .*no finite variance, or one request is more than 5 % of all work'
exits "list mechanisms" 0 "$lbsim" list mechanisms
has "list mechanisms" "$said" '^outlier +servers whose answers'
exits "explain a mechanism" 0 "$lbsim" explain outlier
has "explain a mechanism tells of systems" "$said" '^  nginx +nginx max_fails'
has "explain a mechanism tells what a system lacks" "$said" 'without interval, most_ejection'
exits "explain a mechanism of a system" 0 "$lbsim" explain grpc:outlier
has "explain a mechanism of a system" "$said" '^  failure_percentage.enforced +number 0 to 1 +1 '
is "a system's mechanism has its keys alone" "$(printf '%s' "$said" | grep -c '^  consecutive')" 0
exits "explain a rule for retries" 0 "$lbsim" explain retry
has "explain a rule for retries" "$said" '^attempts.retry: '
exits "explain a system that has no such mechanism" 2 "$lbsim" explain grpc:health
printf '{"load":0.5,"clients":{"service":"1ms","timeout":1,"fan_out":{"parts":3}},"servers":{"name":"app","count":4,"faults":{
"state":"hang","every":"1h","lasts":"1min"}},"balancers":{"name":"edge","health":{"like":"envoy"},"attempts":{"retry":{"attempts":2,
"backoff":"1ms","budget":{}}}},"policies":"random","timeline":{"at":1,"until":2,"balancer":"edge","state":"down"}}' >words.json
exits "explain mechanisms in words" 0 "$lbsim" explain words.json
has "explain parts" "$said" 'each request is 3 parts, of which it needs 3'
has "explain retries" "$said" 'retry: up to 2 attempts after errors, refusals, each after 1ms, as long as they'
has "explain health" "$said" 'health: a check every 10s; down after 3 failed, up after 2 passed; a check fails after 1s'
has "explain faults" "$said" 'fault: each server by itself hanging for 1min, every 1h'
has "explain a balancer that goes down" "$said" 'from 1s to 2s: balancer edge down'
exits "explain a metric of a part" 0 "$lbsim" explain 'rejected.rate{web}'
has "explain a metric of a part" "$said" 'told of everything, a client, a balancer'

# ---- Attempts, and work that was for nobody: every job is answered a second after its client has left.
cat >wasted.json <<'J'
{ "name": "wasted",
  "clients": [ { "name": "web", "arrivals": { "process": "poisson", "rate": 2 }, "service": "1s" },
               { "name": "job", "arrivals": { "process": "poisson", "rate": 1 }, "service": "3s", "timeout": "2s" } ],
  "servers": { "name": "app", "cores": "unlimited" }, "policies": [ "random" ],
  "run": { "seed": 7, "requests": 1000, "warmup": 0, "replications": 1,
           "windows": { "every": "100s", "metrics": [ "wasted.rate{job}", "wasted.rate{web}", "wasted.rate{app}", "copies.per_request",
                                                     "retry.rate{balancer}" ] } } }
J
"$lbsim" run wasted.json -q -o wasted --format json >wasted.out 2>/dev/null
is "attempts and wasted work" "$(python3 - <<'P' 2>&1
import json
r = json.load(open("wasted.out"))["runs"][0]
n, a, m = r["requests"], r["attempts"], {k: v["value"] for k, v in r["metrics"].items()}
assert n["issued"] == 1000 == n["completed"] + n["timed_out"] and n["timed_out"] > 100
assert a == dict(sent=1000, ok=1000, error=0, timeout=0, refused=0, lost=0, cancelled=0, cut=0, in_flight=0)
share = 3 * n["timed_out"] / (3 * n["timed_out"] + n["completed"])
assert abs(m["wasted.rate"] - share) < 1e-12 and abs(m["wasted.rate{app}"] - share) < 1e-12
assert m["wasted.rate{web}"] == 0 and m["wasted.rate{job}"] == 1 and m["work.duplicated"] == 0
assert m["retry.rate"] == m["hedge.rate"] == 0 and m["copies.per_request{job}"] == m["attempts.per_request"] == 1
w = [{k: v["value"] for k, v in x["metrics"].items()} for x in r["windows"]]
assert all(x["wasted.rate{job}"] == 1 and x["wasted.rate{web}"] == 0 and 0 < x["wasted.rate{app}"] < 1 for x in w), w
assert all(x["copies.per_request"] == 1 and x["retry.rate{balancer}"] == 0 for x in w) and len(w) > 2
print("good")
P
)" good
has "wasted work in the table" "$("$lbsim" run wasted.json -o wasted 2>/dev/null)" 'timeout.rate +wasted.rate'
is "attempts in the store" "$(sqlite3 wasted/results.sqlite "select value from value where metric = 'attempts' and statistic = 'ok'")" 1000.0

# ---- Numbers from a file beside the scenario, wherever lbsim is called from.
mkdir -p beside
printf 'latency\n10ms\n0.03 # seconds\n' >beside/seen.csv
cat >beside/measured.json <<'J'
{ "load": 0.5, "servers": { "count": 2 }, "policies": "random",
  "clients": { "service": { "distribution": "empirical", "file": "seen.csv" } } }
J
exits "a file of numbers" 0 "$lbsim" run beside/measured.json "${small[@]}" -o b
exits "explain a file of numbers" 0 "$lbsim" explain beside/measured.json
has "explain a file of numbers" "$said" 'empirical with mean 20ms and squared coefficient of variation 0\.25'
exits "a heavy tail" 0 "$lbsim" check "$quick" --set 'clients[web].service={"distribution": "pareto", "shape": 1.5, "least": "1ms"}'
has "a heavy tail" "$said" '\[heavy_tail\]'

# ---- Bad usage.
exits "unknown command" 2 "$lbsim" rnu
has "unknown command" "$said" 'did you mean "run"'
exits "unknown option" 2 "$lbsim" run --polcy p2c
has "unknown option" "$said" 'did you mean --policy'
exits "unknown policy" 2 "$lbsim" run "$quick" --policy p2d
has "unknown policy" "$said" 'did you mean'
exits "no such file" 3 "$lbsim" run absent.json
exits "bad format" 2 "$lbsim" run "$quick" --format xml
exits "bad number" 2 "$lbsim" run "$quick" --load much
exits "no words" 2 "$lbsim"
exits "help" 0 "$lbsim" help
for status in 0 1 2 3 4 70 130; do
    has "help: exit status $status" "$said" "^ +$status  [a-z]"
done
exits "version" 0 "$lbsim" --version
for verb in run check list explain theory schema import bench; do
    exits "help $verb" 0 "$lbsim" help $verb
done
exits "everything of a later format" 2 "$lbsim" check "$top/tests/cli/bad/shape_unknown_key.json"
for topic in policies distributions arrivals disciplines links metrics warnings; do
    exits "list $topic" 0 "$lbsim" list $topic
    is "list $topic says something" "$([ ${#said} -gt 20 ]; echo $?)" 0
done
for name in $("$lbsim" list policies | awk '/^[a-z]/ {print $1}') $("$lbsim" list distributions | awk '{print $1}') \
    $("$lbsim" list arrivals | awk '{print $1}') fifo latency.p99 servers; do
    exits "explain $name" 0 "$lbsim" explain "$name"
done
exits "explain a scenario" 0 "$lbsim" explain "$quick"
has "explain a scenario" "$said" '10 servers'
for key in arrivals discipline patience state; do
    exits "explain $key" 0 "$lbsim" explain $key
    has "explain $key" "$said" "^$key \\(of "
done
exits "explain nothing" 2 "$lbsim" explain p2cc

# ---- Theory.
exits "theory" 0 "$lbsim" theory
has "theory lists the models" "$said" '^erlang_a '
for model in $("$lbsim" theory | awk '/^[a-z]/ {print $1}'); do
    exits "explain $model" 0 "$lbsim" explain "$model"
done
exits "theory mmc" 0 "$lbsim" theory mmc servers=10 load=0.9
has "theory mmc" "$said" '^  latency.mean +1\.66873s$'
has "theory mmc has its source" "$said" 'A\. K\. Erlang 1917'
exits "theory with units" 0 "$lbsim" theory mm1 rate=5400/min service=10ms
has "theory with units" "$said" '^  latency.mean +100ms$'
exits "theory of classes" 0 "$lbsim" theory priority rate=0.8 shares=1,1
has "theory of classes" "$said" '^  wait.mean.class2. +6\.66667s$'
exits "theory of a limit" 0 "$lbsim" theory jiq_limit ratio=5 load=0.8
has "theory of a limit" "$said" '^  a limit: '
has "theory of a limit" "$said" '^  latency.mean +1\.60256s$'
is "theory as JSON" "$("$lbsim" theory erlang_b servers=10 rate=8 --format json | python3 -c 'import json, sys
d = json.load(sys.stdin); a = d["answers"][0]
print(d["format"], a["name"], a["kind"], round(a["metrics"]["rejected.rate"]["value"], 12))')" \
    "lbsim-theory/1 M/G/10/10 exact 0.121661064253"
is "theory as CSV" "$("$lbsim" theory lcfs_pr load=0.5 --format csv | sed -n 2p)" "lcfs_pr,M/G/1-LCFS-PR,exact,latency.mean,2,s"
exits "theory like a scenario" 0 "$lbsim" theory --like "$quick"
has "theory like a scenario" "$said" '^round_robin: E10/M/1$'
has "theory like a scenario says why not" "$said" '^least_conn: no model: '
cat >classes.json <<'J'
{ "load": 0.8, "servers": { "count": 1, "discipline": "priority" }, "policies": [ "random" ], "clients": [
  { "name": "tin", "service": { "distribution": "exponential", "mean": "1s" }, "priority": 1 },
  { "name": "gold", "service": { "distribution": "exponential", "mean": "1s" }, "priority": 2 } ] }
J
exits "theory like classes" 0 "$lbsim" theory --like classes.json
has "theory like classes" "$said" '^  wait.mean.gold. +1\.33333s$'
exits "theory like options" 0 "$lbsim" theory --servers 10 --load 0.9 --policy central_queue --format json
has "theory like options" "$said" '"name": "M/M/10"'
exits "theory, unknown model" 2 "$lbsim" theory mmcc
has "theory, unknown model" "$said" 'did you mean "mmc"'
exits "theory, unknown parameter" 2 "$lbsim" theory mmc server=10
has "theory, unknown parameter" "$said" 'did you mean "servers"'
exits "theory, missing parameter" 2 "$lbsim" theory mmc load=0.9
has "theory, missing parameter" "$said" 'mmc: servers is missing'
exits "theory, unstable" 2 "$lbsim" theory mmc servers=10 load=1.1
has "theory, unstable" "$said" 'grows for ever'
exits "theory, a parameter that does not count" 2 "$lbsim" theory gim1 load=0.8 scv=4
has "theory, a parameter that does not count" "$said" 'gim1: scv goes with interarrival=erlang or interarrival=hyper'
exits "a list of models in no format" 2 "$lbsim" theory --format json
exits "a batch that cannot be" 2 "$lbsim" theory batch load=0.8 batch=1 batch_scv=4
exits "theory, no number" 2 "$lbsim" theory mmc servers=ten load=0.9
exits "theory, twice" 2 "$lbsim" theory mm1 load=0.9 load=0.8
exits "theory, model and scenario" 2 "$lbsim" theory mm1 --load 0.9

# ---- Traces.
"$lbsim" run "$quick" "${small[@]}" -o r --trace-picks picks.jsonl --trace-requests requests.csv >/dev/null
is "a line a pick" "$(wc -l <picks.jsonl)" 12000
is "a line a request, and a head" "$(wc -l <requests.csv)" 12001
is "picks are JSON and right" "$(python3 - <<'P'
import json
for line in open("picks.jsonl"):
    p = json.loads(line)
    if p["policy"].startswith("p2c"):
        c = p["candidates"]
        assert len(c) == 2 and p["load"][p["choice"]] == min(x["load"] for x in c), p
print("good")
P
)" good

# Traces of a sweep tell its points apart, and so does an import.
"$lbsim" run "$quick" -q -o r2 --requests 50 --replications 1 --set run.warmup=0 --policy p2c --sweep load=0.5,0.6 \
    --sweep servers[app].count=2,3 --trace-picks places.jsonl --trace-requests places.csv >/dev/null 2>&1
is "points of a trace of requests" "$(python3 -c '
import collections, csv
print(sorted(collections.Counter(r["point"] for r in csv.DictReader(open("places.csv"))).items()))')" \
    "$(printf "[%s]" "$(for at in 0.5 0.6; do for n in 2 3; do printf "('load=%s,servers[app].count=%s', 50), " $at $n; done; done | sed 's/, $//')")"
is "points of a trace of picks" "$(python3 -c '
import json
print(len({json.loads(l)["point"] for l in open("places.jsonl")}), {json.loads(l)["point"] for l in open("picks.jsonl")})')" "4 {''}"
is "the point is the last column" "$(sed -n '1s/.*,//p; 2s/.*,//p' requests.csv)" $'point\n""'
exits "import of the first point" 0 "$lbsim" import places.csv -o place.csv
has "import of the first point" "$said" 'of policy p2c at load=0\.5,servers\[app\]\.count=2, replication 0'
is "import of the first point alone" "$(wc -l <place.csv)" 51
exits "import of another point" 0 "$lbsim" import places.csv --point 'load=0.6,servers[app].count=3' -o place2.csv
is "import of another point alone" "$(wc -l <place2.csv)" 51
is "import of another point is not the first" "$(cmp -s place.csv place2.csv; echo $?)" 1

# ---- A recorded run, imported and replayed, is the same run.
recorded=(--requests 3000 --replications 2 --set run.warmup=0 -q)
"$lbsim" run "$quick" "${recorded[@]}" --policy p2c --policy random -o rec --trace-requests recorded.csv >/dev/null
exits "import of a recorded run" 0 "$lbsim" import recorded.csv -o replay.csv
has "import of a recorded run" "$said" '3000 requests, format requests'
for choice in 'policy nosuch:policy "nosuch"' 'point load=3:point "load=3"' 'replication 7:replication 7' 'client nosuch:client "nosuch"'; do
    # shellcheck disable=SC2086
    exits "import of no ${choice%%:*}" 2 "$lbsim" import recorded.csv --${choice%%:*} -o none.csv
    has "import of no ${choice%%:*}" "$said" "recorded.csv: no line has ${choice#*:}\$"
done
awk -F, -v OFS=, '/p2c/ { $2 = 1 } 1' recorded.csv >partly.csv
exits "import of what is there apart" 2 "$lbsim" import partly.csv --policy random --replication 1
has "import of what is there apart" "$said" 'no line has the policy, point, replication and client asked for at once'
cp "$quick" spare.json
for option in --trace-requests --trace-picks; do
    cp spare.json own.json && ln -sf own.json own.link
    for path in own.json ./own.json own.link; do
        exits "$option onto the scenario ($path)" 2 "$lbsim" run own.json "${small[@]}" -o own $option $path
        has "$option onto the scenario ($path)" "$said" "$path is what the run reads: $option needs a file of its own"
    done
    is "$option spares the scenario" "$(cmp own.json spare.json 2>&1)" ""
done
gzip -k replay.csv && zstd -q replay.csv 2>/dev/null || cp replay.csv replay.csv.zst
for file in replay.csv replay.csv.gz replay.csv.zst; do
    sed 's|"load": 0.9,||; s|"arrivals":.*|"arrivals": { "process": "trace", "file": "'$file'" } }|; /"service":/d' \
        "$quick" >replayed.json
    "$lbsim" run replayed.json --policy p2c --policy random --replications 1 --set run.warmup=0 --set run.requests=5000 \
        -q -o rep_$file --trace-requests replayed.csv >/dev/null
    is "a replay of $file is the same, bit for bit" "$(cmp replayed.csv <(awk -F, 'NR == 1 || $2 == 0' recorded.csv) 2>&1)" ""
done
exits "a log onto the trace that is replayed" 2 "$lbsim" run replayed.json -q -o rep --trace-requests ./replay.csv.zst
exits "explain a trace" 0 "$lbsim" explain replayed.json
has "explain a trace" "$said" 'a trace of 3000 requests from replay.csv.zst'

mkfifo pipe
truncate -s 2G zeros
: >nothing.csv
for file in pipe /dev/zero . nothing.csv zeros; do
    case $file in
    .) wanted='\.: cannot be read: Is a directory' ;;
    nothing.csv) wanted='nothing\.csv: (it is empty|the file ends without a number)$' ;;
    zeros) wanted='zeros:( line )?1: a line is longer than 1 MiB' ;;
    *) wanted="$file: cannot be read: it is no regular file" ;;
    esac
    sed 's|"file": "[^"]*"|"file": "'$file'"|' replayed.json >odd.json
    exits "$file as a trace" 2 timeout 20 "$lbsim" check odd.json
    has "$file as a trace" "$said" "$wanted"
    sed 's|seen.csv|'$file'|' beside/measured.json >odd.json
    exits "$file as numbers" 2 timeout 20 "$lbsim" check odd.json
    has "$file as numbers" "$said" "$wanted"
done
rm zeros
gzip -c beside/seen.csv >packed.gz && sed 's|seen.csv|packed.gz|' beside/measured.json >packed.json
exits "numbers in gzip" 0 "$lbsim" explain packed.json
has "numbers in gzip" "$said" 'empirical with mean 20ms'
has "explain rate_limit has its keys" "$("$lbsim" explain rate_limit)" '^  burst '
has "explain outlier: no number" "$("$lbsim" explain outlier)" 'with consecutive 10, ejection absent$'
has "explain: what a policy does" "$("$lbsim" explain tied)" '^  sends copies of a request$'
printf 'time,service,key,bytes\n0,1ms,a,10\n1,1ms,b,20\n4,1ms,c,30\n' >columns.csv
trace() { # CLIENT'S OWN, ARRIVALS' OWN, OTHER CLIENTS, THE REST
    printf '{ "clients": [ { "name": "t", "arrivals": { "process": "trace", "file": "columns.csv"%s }%s }%s ],
        "servers": {}, "policies": "random"%s }' "$2" "$1" "$3" "$4" >traced.json
    said=$("$lbsim" check traced.json 2>&1)
}
trace '' '' '' ''
is "a trace alone: no warning" "$(printf '%s' "$said" | grep -E 'unused_column|trace_ends')" ""
trace ', "retry": { "attempts": 2, "work": "independent" }, "fan_out": { "parts": 2 }' '' '' ', "balancers": { "attempts": { "hedge": { "after": 1 }, "copies": { "work": "independent" } } }'
has "work of a trace in another attempt" "$said" 'clients\[0\].retry.work: the trace has the work of each request: none is drawn anew \[unused_work\]'
has "work of a trace in parts" "$said" 'clients\[0\].fan_out: the trace has the work of each request: all parts have the same \[unused_work\]'
has "work of a trace in copies" "$said" 'attempts.copies.work: the trace has .* \[unused_work\]'
trace ', "service": "2ms", "key": 1, "bytes": { "response": 5 }' '' '' ''
has "a service beside its column" "$said" 'service: .*"service" \[unused_column\]'
has "a key beside its column" "$said" 'key: .*"key" \[unused_column\]'
has "bytes beside their column" "$said" 'bytes.response: .*"bytes" \[unused_column\]'
trace ', "bytes": { "request": 5 }' '' '' ''
is "bytes of requests have no column" "$(printf '%s' "$said" | grep unused_column)" ""
other=', { "service": "1ms", "arrivals": { "process": "poisson", "rate": 10 } }'
trace '' '' "$other" ', "run": { "duration": "20s" }'
has "a trace that ends in the run" "$said" 'ends after 4 s of a run of about 20 s.*\[trace_ends\]'
trace '' ', "scale": 2' "$other" ', "run": { "requests": 1030, "warmup": 0 }'
has "a trace that ends among requests" "$said" 'ends after 8 s of a run of about 100\.5 s.*\[trace_ends\]'
trace '' '' "$other" ', "run": { "duration": "20s" }, "timeline": [ { "at": "2s", "client": "t", "rate": 0.25 } ]'
has "a trace that slows down" "$said" 'ends after 6 s of a run of about 20 s.*\[trace_ends\]'
trace '' ', "loop": true' "$other" ', "run": { "duration": "20s" }'
is "a trace that goes on" "$(printf '%s' "$said" | grep trace_ends)" ""
trace '' '' "$other" ', "run": { "duration": "3s" }'
is "a trace as long as the run" "$(printf '%s' "$said" | grep trace_ends)" ""
sed 's|columns.csv|keyless.csv|; s|"random"|"rendezvous"|' traced.json >keyless.json
printf 'time,service\n0,1ms\n1,1ms\n' >keyless.csv
exits "a trace without keys" 0 "$lbsim" check keyless.json
has "a trace without keys" "$said" 'client "t" has none.*\[no_keys\]'
for code in unused_column trace_ends; do
    exits "explain $code" 0 "$lbsim" explain $code
done

# ---- Logs.
logs=$top/tests/cli/logs
for name in nginx nginx_msec haproxy; do
    "$lbsim" import "$logs/$name.log" >got.csv 2>said.txt
    is "import of $name" "$(cat said.txt got.csv | sed "s|$logs/||")" "$(cat "$logs/$name.expected")"
done
exits "import of CSV" 0 "$lbsim" import "$logs/table.csv" --time when --service took --key who --bytes size
has "import of CSV" "$said" '^0\.25,0\.02,"a, b",10$'
exits "import of what is no log" 2 "$lbsim" import "$quick"
has "import of what is no log" "$said" 'say --format'
printf 'nothing\nof use\n' >bad.log
exits "import of bad lines alone" 2 "$lbsim" import bad.log --format nginx
has "import of bad lines alone" "$said" '2 of 2 lines are not understood, the first is line 1'
exits "import of no file" 3 "$lbsim" import absent.log
exits "import without a column" 2 "$lbsim" import "$logs/table.csv" --time then
has "import without a column" "$said" 'no column "then"'
cp "$logs/nginx.log" ng.log && ln -s ng.log link.log && ln ng.log twin.log
for out in ng.log ./ng.log link.log twin.log; do
    exits "import onto its own log ($out)" 2 "$lbsim" import ng.log -o $out
    has "import onto its own log ($out)" "$said" "$out is the log itself: the trace needs a file of its own"
done
exits "import appended to its own log" 2 bash -c "$lbsim import ng.log >>ng.log"
is "and the log is whole" "$(cmp ng.log "$logs/nginx.log" 2>&1)" ""
mkdir imported
"$lbsim" import bad.log --format nginx -o imported/trace.csv 2>/dev/null
is "a failed import leaves nothing" "$(ls imported)" ""
echo before >imported/trace.csv && chmod 640 imported/trace.csv && ln -s trace.csv imported/link.csv
"$lbsim" import bad.log --format nginx -o imported/link.csv 2>/dev/null
is "a failed import spares what was there" "$(cat imported/trace.csv)" before
exits "import through a link" 0 "$lbsim" import ng.log -o imported/link.csv
is "import through a link" "$(ls imported; stat -c %a imported/trace.csv; head -c 4 imported/trace.csv)" $'link.csv\ntrace.csv\n640\ntime'
exits "import to a device" 0 "$lbsim" import ng.log -o /dev/null
exits "import to a full disk" 3 "$lbsim" import ng.log -o /dev/full
exits "import to no folder" 3 "$lbsim" import ng.log -o absent/trace.csv
(cat "$logs/nginx.log" >pipe &)
exits "import of a pipe" 0 timeout 20 "$lbsim" import pipe --format nginx
for option in --policy --client --time; do
    exits "import of nginx with $option" 2 "$lbsim" import "$logs/nginx.log" $option 3
    has "import of nginx with $option" "$said" "$option.* is read as nginx"
done
exits "import of CSV with a policy" 2 "$lbsim" import "$logs/table.csv" --time when --policy random
exits "import in no format" 2 "$lbsim" import "$logs/nginx.log" --format apache
exits "import of nothing" 2 "$lbsim" import

# ---- Plug-ins: good, and in every way bad; the other trials are kept.
plugins=$build/plugins
exits "a plug-in" 0 "$lbsim" run "$quick" --policy "$plugins/plugin_student.so" "${small[@]}" -o u
has "a plug-in" "$said" '^neighbours'
for name in p2c jiq; do
    "$lbsim" run "$quick" --policy $name "${small[@]}" -o b1 --format csv | cut -d, -f4- >in.csv
    "$lbsim" run "$quick" --policy "$plugins/$name.so" "${small[@]}" -o b2 --format csv | cut -d, -f4- >out.csv
    is "$name built in and as a plug-in" "$(cmp in.csv out.csv 2>&1)" ""
done
exits "wrong interface" 2 "$lbsim" run "$quick" --policy "$plugins/plugin_old.so" "${small[@]}"
has "wrong interface" "$said" 'build it again'
exits "no such plug-in" 2 "$lbsim" run "$quick" --policy ./absent.so "${small[@]}"
exits "a refusal" 2 "$lbsim" run "$quick" --policy "$plugins/plugin_refuse.so" --servers 3 "${small[@]}"
has "a refusal" "$said" 'even number of servers'
exits "a crash" 1 "$lbsim" run "$quick" --policy "$plugins/plugin_crash.so" --policy random "${small[@]}" -o v
has "a crash names the trial" "$said" 'crash, .*(crashed|ended with status)'
has "a crash spares the others" "$said" '^random +[0-9]'
exits "a stray pick" 1 "$lbsim" run "$quick" --policy "$plugins/plugin_stray.so" --policy random "${small[@]}" -o w
has "a stray pick" "$said" 'picked server 12345678'
if [ "${2:-}" != --sanitized ]; then
    exits "a loop" 1 "$lbsim" run "$quick" --policy "$plugins/plugin_loop.so" --policy random --requests 3000 \
        --replications 2 --set run.warmup=0 -q -o x
    has "a loop" "$said" 'it loops'
    has "a loop spares the others" "$said" '^random +[0-9]'
fi

# A timer, answers other than a server, and prints, in scenarios that have nothing else.
exits "a timer" 0 "$lbsim" run "$quick" --policy "$plugins/plugin_timer.so" "${small[@]}" -o a1
deterministic=(--servers 2 --load 0.7 --requests 2000 --replications 10 -q
    --set 'clients.service={"distribution":"deterministic","value":"10ms"}' --set run.warmup=0)
waits() { # on_none, and a time-out that changes the loop but nothing else
    "$lbsim" run --policy "$plugins/plugin_idle.so" "${deterministic[@]}" --set "balancers.on_none=$1" "${@:2}" \
        -o a2 --format csv | grep -E ',(latency|wait|throughput|rejected|attempts),' | cut -d, -f6-
}
is "none, queued: the short loop is not taken" "$(waits queue)" "$(waits queue --set clients.timeout=1000)"
is "none, failed: both loops count alike" "$(waits fail)" "$(waits fail --set clients.timeout=1000)"
"$lbsim" run "$quick" --policy "$plugins/plugin_prints.so" --requests 200 --replications 2 --set run.warmup=0 \
    --format json -q -o a3 2>/dev/null >printed.json
is "what a plug-in prints is no result" "$(python3 -c 'import json; json.load(open("printed.json")); print("good")')" good
if [ "${2:-}" != --sanitized ]; then
    exits "a crash in open" 1 "$lbsim" run "$quick" --policy "$plugins/plugin_opencrash.so" --policy random "${small[@]}" -o a4
    has "a crash in open spares the others" "$said" '^random +[0-9]'
    "$lbsim" run "$quick" --policy "$plugins/plugin_sleeps.so" "${small[@]}" -o a5 >/dev/null 2>&1 &
    pid=$!
    sleep 1
    kill -TERM $pid
    wait $pid
    is "a plug-in that sleeps can be interrupted" $? 130
fi

# ---- What has no good numbers says so.
exits "overload" 0 "$lbsim" run --load 1.5 --servers 1 --policy random --requests 20000 --replications 10 -q -o b3 \
    --format csv --set run.warmup=2000
has "overload: no more is served than can be" "$said" ',throughput,,(99|100|101)\.'
exits "all is warm-up" 0 "$lbsim" run "$quick" --requests 100 --replications 10 --set run.warmup=100s -q -o b4
has "all is warm-up" "$said" 'warm-up is longer than the run'
exits "percentiles alike" 0 "$lbsim" run "$quick" --set 'run.percentiles=[100,99.999999999,99.9999999991]' "${small[@]}" -o b5
has "percentiles alike" "$said" 'latency\.p99\.999999999 '
printf '{"clients":{"arrivals":{"process":"closed","population":5},"service":"10ms"},"servers":{"queue_limit":0},
"policies":"random","run":{"duration":"1s","replications":1,"warmup":0}}' >still.json
exits "time stands still" 1 "$lbsim" run still.json -q
has "time stands still" "$said" 'time stands still'
for words in "list policies" schema --version help "explain p2c" "check $quick"; do
    # shellcheck disable=SC2086
    said=$("$lbsim" $words 2>&1 >/dev/full)
    is "$words to a full disk" $? 3
done

# ---- Claims, and verify.
cat >claims.json <<'J'
{ "name": "claims <&>", "clients": { "service": { "distribution": "exponential", "mean": "10ms" } }, "servers": { "name": "app" },
  "sweep": { "load": [ 0.5, 0.8, 1.2 ] }, "policies": [ "random" ],
  "run": { "requests": 5000, "replications": 20 },
  "expect": [
    { "metric": "latency.mean", "at": { "load": 0.8 }, "value": "50ms", "tolerance": "ci", "kind": "exact", "source": "M/M/1 <&>" },
    { "metric": "latency.mean", "at": { "load": 0.5 }, "value": "20ms", "tolerance": 0.015, "kind": "exact" },
    { "warning": "unstable", "at": { "load": 1.2 } },
    { "warning": "unstable", "absent": true, "at": { "load": 0.8 } },
    { "metric": "stable", "at": { "load": 0.8 }, "min": 1 }, { "metric": "stable", "at": { "load": 1.2 }, "max": 0 },
    { "metric": "queue.growth", "at": { "load": 1.2 }, "value": 20, "tolerance": "ci" },
    { "metric": "latency.mean", "at": { "load": 1.2 }, "max": 1, "severity": "info" },
    { "metric": "in_system.mean", "at": { "load": 0.5 }, "window": { "from": "10s", "to": "20s" }, "value": 1, "tolerance": 0.2 },
    { "difference": [ { "at": { "load": 0.8 } }, { "at": { "load": 0.5 } } ], "by": "latency.mean", "min": "20ms" } ] }
J
exits "verify: all hold" 0 "$lbsim" verify claims.json -q
exits "verify tells of each" 0 "$lbsim" verify claims.json
has "verify: kinds" "$said" '^claims.json: 2 of 2 exact, 7 of 7 others'
has "verify: an interval" "$said" '  PASS +latency.mean at load=0.8 = 50ms \(ci\): [0-9.]+ms \([0-9.]+ms to [0-9.]+ms\)  \[exact: M/M/1 <&>\]'
has "verify: no mean exists" "$said" '  INFO +latency.mean at load=1.2 <= 1s: .*undecided; no mean exists'
exits "verify: more replications decide" 1 "$lbsim" verify claims.json -q --set run.precision='{"relative":0.5,"most_requests":100000}'
has "verify: without a budget it is undecided" "$said" 'UNDECIDED  latency.mean at load=0.5 = 20ms within 1.5 %'
cat >others.json <<'J'
[ { "metric": "latency.mean", "at": { "load": 0.5 }, "max": "19ms", "source": "\"nobody\"" }, { "metric": "latency.mean", "policy": "random", "at": { "load": 0.5 }, "min": 0 } ]
J
exits "verify: claims of somebody else" 1 "$lbsim" verify claims.json --claims others.json --junit junit.xml --no-color
has "verify: one does not hold" "$said" '^  FAIL +latency.mean at load=0.5 <= 19ms: .*it is above max: random at load=0.5'
is "JUnit" "$(python3 -c 'import xml.etree.ElementTree as x
s = x.parse("junit.xml").getroot()[0]
print(s.get("tests"), s.get("failures"), [len(c) for c in s], s[0].get("classname"))')" "2 1 [1, 0] claims <&>"
exits "verify: what is not run is left out" 0 "$lbsim" verify claims.json --claims others.json --policy round_robin --set load=0.7 -q
has "verify: says so" "$said" '0 of 0 claims, 2 left out'
"$lbsim" verify claims.json --claims others.json --format json -q --quick --out kept >verify.out
is "verify: JSON" "$(python3 -c 'import json
d = json.load(open("verify.out")); f = d["files"][0]
print(d["format"], [c["verdict"] for c in f["claims"]], f["held"], f["counted"], f["claims"][0]["measured"]["unit"])')" \
    "lbsim-verify/1 ['fail', 'pass'] 1 2 s"
is "verify: --quick is a tenth, and --out keeps it" "$(sqlite3 "kept/claims <&>/results.sqlite" "select distinct value from param where name='requests'")" 1000
mkdir -p several && cp claims.json several/b.json && sed 's/"ci", "kind"/0.5, "kind"/' claims.json >several/a.json
exits "verify: a directory" 0 "$lbsim" verify several -q
is "verify: its files by name" "$(printf '%s' "$said" | cut -d: -f1 | tr '\n' ' ')" "several/a.json several/b.json all files "
cat >recovery.json <<'J'
{ "clients": { "service": { "distribution": "exponential", "mean": "10ms" } }, "servers": { "name": "app", "count": 10 }, "load": 0.7,
  "policies": [ "jsq", "random" ], "timeline": [ { "at": "10s", "load": 1.5, "until": "12s" } ],
  "run": { "duration": "25s", "windows": { "every": "1s", "metrics": [ "in_system.mean" ] } },
  "expect": [
    { "metric": "recovery.time", "of": "in_system.mean", "after": "12s", "level": 1.5, "min": "2s", "max": "9s" },
    { "metric": "recovery.time", "of": "in_system.mean", "after": "12s", "level": 1.5, "relative_to": { "from": "5s", "to": "10s" }, "max": "500ms", "severity": "info" },
    { "order": [ "jsq", "random" ], "by": "latency.p90", "window": { "from": "10s", "to": "12s" } },
    { "metric": "goodput", "window": { "from": "2500ms", "to": "10s" }, "policy": "jsq", "value": 700, "tolerance": 0.05 } ] }
J
exits "verify: recovery, and windows that cut those of the run" 0 "$lbsim" verify recovery.json
has "verify: recovery" "$said" 'PASS +recovery.time of in_system.mean after 12s to 1.5 times normal >= 2s and <= 9s: in all 2 cases; the first, jsq: [0-9]s'
has "verify: no recovery in half a second" "$said" 'INFO .*does not hold; it is above max'
exits "growth is not of windows" 2 "$lbsim" check recovery.json --set run.windows.metrics='["queue.growth"]' -q
cat >warned.json <<'J'
{ "load": 0.6, "clients": { "name": "u", "service": "1ms", "timeout": "100ms", "cancel": {}, "retry": { "attempts": 3 } }, "servers": { "count": 3 },
  "policies": [ "random" ], "run": { "requests": 2000, "replications": 10, "warmup": 0 },
  "sweep": { "variants": { "plain": {}, "budget": { "clients[u].retry.budget": {} } } },
  "expect": [
    { "warning": "retry_storm", "at": { "variant": "budget" }, "absent": true, "source": "x" },
    { "warning": "retry_storm", "at": { "variant": "plain" }, "source": "x" } ] }
J
exits "verify: a warning of check is of its point" 0 "$lbsim" verify warned.json -q
exits "verify: and of no other" 1 "$lbsim" verify warned.json -q --set expect='[{"warning":"retry_storm","at":{"variant":"budget"}}]'
printf '[ { "warning": "unstabel" } ]' >unknown.json
exits "verify: a warning that there is not" 2 "$lbsim" verify claims.json --claims unknown.json -q
has "verify: did you mean" "$said" 'unknown.json:1:3: error: expect\[0\].warning: unknown warning "unstabel"; did you mean "unstable"'
printf '{}' >unknown.json
exits "verify: claims that are none" 2 "$lbsim" verify claims.json --claims unknown.json -q
exits "verify: claims that are not there" 3 "$lbsim" verify claims.json --claims nowhere.json -q
exits "verify: nothing to judge" 2 "$lbsim" verify "$quick" -q
exits "verify: no file" 2 "$lbsim" verify
exits "verify: no such file" 3 "$lbsim" verify nowhere.json
exits "verify: CSV" 2 "$lbsim" verify claims.json --format csv
mkdir -p upper/lower
exits "verify: a directory of directories" 2 "$lbsim" verify upper
has "verify: a directory of directories" "$said" 'verify: upper has no scenario of its own, \*\.json: directories within it are not searched'
ranked() { env OMPI_COMM_WORLD_RANK="$1" OMPI_COMM_WORLD_SIZE=3 "$lbsim" verify claims.json -q -o ranked; }
exits "verify: under mpirun" 2 ranked 0
has "verify: under mpirun" "$said" 'leave mpirun out'
exits "verify: under mpirun, another rank" 2 ranked 1
is "verify: under mpirun, another rank is silent" "$said" ""
is "verify: under mpirun, nothing is kept" "$(ls -d ranked 2>/dev/null)" ""
mkdir -p twice && cp claims.json twice/a.json && cp claims.json twice/b.json
printf '{ "sweep": {} }' >broken.json
exits "verify: two scenarios of one name, and no file" 3 "$lbsim" verify twice broken.json nowhere.json -q -o shared --junit errors.xml
has "verify: two scenarios of one name" "$said" 'twice/b.json: its results would go to shared/claims <&>, as those of twice/a.json do'
is "JUnit: what could not be judged is an error" "$(python3 -c 'import xml.etree.ElementTree as x
for s in x.parse("errors.xml").getroot():
    print(s.get("name"), int(s.get("tests")) == len(s), s.get("errors") == str(len(s.findall("testcase/error"))), len(s.findall("testcase/error")) == len(s),
          *{e.get("message")[-25:] for e in s.findall("testcase/error")}, sep="|")')" "twice/a.json|True|True|False
twice/b.json|True|True|True| one of them another name
broken.json|True|True|True| }, found an empty object
nowhere.json|True|True|True|No such file or directory"
sed 's/"requests": *[0-9]*/"requests": 100000000/' claims.json >endless.json
timeout -s INT 2 "$lbsim" verify endless.json twice -q --junit interrupted.xml >/dev/null 2>&1
is "JUnit: interrupted" "$(python3 -c 'import xml.etree.ElementTree as x
s = x.parse("interrupted.xml").getroot()
print(len(s), all(len(t) > 0 and len(t.findall("testcase/error")) == len(t) for t in s))')" "3 True"
python3 - <<'P'
import json
many = {"servers.speed": "as fast as a server of this sort may be " * 3, "clients.service": "as long as it takes to serve a request " * 3}
d = json.load(open("claims.json"))
d.pop("sweep", None)
d["load"] = 0.5
d["sweep"] = {"servers.speed": {many["servers.speed"]: 1}, "clients.service": {many["clients.service"]: "10ms"}}
d["expect"] = [{"metric": "latency.mean", "min": "1000s"}]
json.dump(d, open("wordy.json", "w"))
P
exits "verify: a long place" 1 "$lbsim" verify wordy.json -q --quick
has "verify: a long place is cut" "$said" 'below min: .{157}\.\.\.($|  \[)'
is "verify: JSON has all of a long place" "$("$lbsim" verify wordy.json -q --quick --format json | python3 -c 'import json, sys
where = json.load(sys.stdin)["files"][0]["claims"][0]["where"]
print(len(where) > 230, where.endswith("serve a request "))')" "True True"
exits "verify: words of what is left out" 0 "$lbsim" verify claims.json --claims others.json --policy round_robin --set load=0.7
has "verify: words of what is left out" "$said" 'LEFT OUT +latency.mean at load=0.5 <= 19ms'
has "verify: words of what is left out" "$said" 'LEFT OUT +latency.mean of random at load=0.5'

# ---- Ctrl-C keeps what is finished.
"$lbsim" run "$quick" --requests 400000 --replications 400 -q -o z >interrupted.txt 2>&1 &
pid=$!
for _ in $(seq 100); do
    sleep 0.1
    [ "$(sqlite3 z/results.sqlite 'select count(*) from trial' 2>/dev/null || echo 0)" -gt 3 ] && break
done
kill -INT $pid
wait $pid
is "interrupted" $? 130
has "interrupted says what is kept" "$(cat interrupted.txt)" 'interrupted: [0-9]+ of 1600 trials'
kept=$(sqlite3 z/results.sqlite "select count(*) from trial where status='ok'")
is "trials are kept" "$([ "$kept" -gt 3 ]; echo $?)" 0

# ---- The machine says no.
exits "a file where a directory should be" 3 "$lbsim" run "$quick" "${small[@]}" -o "$quick/x"
exits "disk full" 3 bash -c "ulimit -f 16; exec $lbsim run $quick --requests 20000 --replications 10 -q -o full"
if [ "$(id -u)" -ne 0 ]; then
    mkdir -m 555 locked
    exits "read-only directory" 3 "$lbsim" run "$quick" "${small[@]}" -o locked/x
else
    skip "read-only directory: root may write everywhere"
fi

# ---- Workers cost next to nothing.
said=$("$lbsim" run "$quick" --replications 40 -v -o y 2>&1 >/dev/null)
has "workers" "$said" 's of CPU in trials'

# ---- Plug-ins against the installed header, in C and C++.
cmake --install "$build" --prefix "$work/installed" >/dev/null 2>&1
sed 's|"models/policy.h"|<lbsim/policy.h>|' "$top/tests/plugin/plugin_student.c" >mine.c
exits "a C plug-in against the installed header" 0 cc -shared -fPIC -Wall -Wextra -Werror -Iinstalled/include -o mine.so mine.c
exits "and it runs" 0 installed/bin/lbsim run "$quick" --policy ./mine.so "${small[@]}" -o i
printf '#include <lbsim/policy.h>\nint main() { return LB_ABI - 1; }\n' >header.cpp
if command -v c++ >/dev/null; then
    exits "the header is C++ too" 0 c++ -Wall -Wextra -Wpedantic -Werror -Iinstalled/include -o header header.cpp
else
    skip "the header in C++: no c++"
fi

. "$top/tests/cli/compare.sh"

total "command line"
