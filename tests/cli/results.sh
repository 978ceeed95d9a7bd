#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What becomes of kept results: merge, export; and completion. results.sh BUILD
set -u
build=$(readlink -f "$1")
top=$(readlink -f "$(dirname "$0")/../..")
. "$top/tests/lib.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
lbsim=$build/lbsim
cd "$work" || exit 1

# Two clients and groups, windows, one policy that never settles in its pilots.
cat >parts.json <<'J'
{ "name": "parts", "load": 0.7,
  "clients": [ { "name": "web", "service": { "distribution": "exponential", "mean": 1 } },
               { "name": "job", "service": "3s", "share": 0.2 } ],
  "servers": [ { "name": "app", "count": 3, "cores": 2 }, { "name": "db", "count": 2, "zone": "east" } ],
  "policies": [ "random", "least_conn" ],
  "run": { "seed": 7, "requests": 600, "replications": 12,
           "metrics": [ "latency.p97{web}", "share{app[*]}", "latency.above{5s,web}", "occupancy{2,db}" ],
           "windows": { "every": "50s", "metrics": [ "in_system.mean", "latency.mean{web}", "latency.p90", "latency.stddev{web}",
                                                     "latency.max", "occupancy{2}", "latency.above{5s}", "throughput{app}" ] } } }
J
"$lbsim" run parts.json -q -o whole --format json >whole.json 2>/dev/null

# ---- Merge: three shards of the trials, as they leave a cluster that was cut off before the end.
shard() { # NUMBER: the trials of every third replication; pilots are everywhere
    mkdir "s$1" && cp whole/results.sqlite "s$1/"
    sqlite3 "s$1/results.sqlite" "create temp table gone as select trial_hash from trial
            where not pilot and replication % 3 <> $1;
        delete from interval; delete from warning where label <> '';
        $(for table in run_trial trial param value histogram_data series cost; do
            echo "delete from $table where trial_hash in gone;"
        done)"
}
for i in 0 1 2; do shard $i; done
exits "merge" 0 "$lbsim" merge s2 s0/results.sqlite s1 -o all
is "merge tells" "$said" "24 trials of 3 results in all"
differ() { # TABLE COLUMNS ONE OTHER: rows that only one has, then rows in all
    sqlite3 "$3/results.sqlite" "attach '$4/results.sqlite' as o; select count(*) from
        (select * from (select $2 from main.$1 except select $2 from o.$1)
         union all select * from (select $2 from o.$1 except select $2 from main.$1));
        select count(*) > 0 from main.$1" 2>&1 | tr '\n' ' '
}
for table in trial param value histogram_data series "run_trial:point,label,trial_hash" \
    "contender:point,label,position,policy,replications,confidence" "warning:point,label,code,message" \
    "interval:point,label,scope,metric,statistic,n,value,low,high,se,confidence,method,why"; do
    columns=${table#*:}
    [ "$columns" = "$table" ] && columns='*'
    is "merged rows of ${table%%:*}" "$(differ "${table%%:*}" "$columns" whole all)" "0 1 "
done
is "windows are summed up" "$(sqlite3 all/results.sqlite "select count(*) > 10 from interval where scope like '%@%' and low is not null")" 1
is "the scenario is there" "$(cmp whole/scenario.json all/scenario.json 2>&1)" ""
exits "a merge of merges" 0 "$lbsim" merge all s1 -o again
is "changes nothing" "$(differ interval point,label,scope,metric,statistic,n,value,low,high,se,why whole again)" "0 1 "

exits "two shards of three" 0 "$lbsim" merge s0 s1 -o some
has "some are missing" "$said" '^8 trials are missing: lbsim run some/scenario.json -o some'
has "and export says so" "$("$lbsim" export some --format json)" '"complete": false'
cp -r s1 hurt
sqlite3 hurt/results.sqlite "update value set value = value + 1 where metric = 'goodput' and trial_hash =
    (select trial_hash from run_trial join trial using (trial_hash) where label = 'random' and replication = 4)"
exits "a damaged trial" 1 "$lbsim" merge s0 s2 hurt -o most
has "is named" "$said" '^lbsim: hurt/results.sqlite: trial [0-9a-f]{32} .*random.*replication 4\) changed after it was written'
has "and left out" "$said" '^23 trials of 3'
is "the others are there" "$(sqlite3 most/results.sqlite 'select count(*) from trial where not pilot')" 23

# The same identity with other content: a store that was forged, as if another machine computed something else.
# It also makes a sweep of two points out of the replications.
cat >forge.c <<'C'
#include "sim/record/stamp.h"
#include "sim/record/store.h"
#include <string.h>
static uint8_t wanted[16];
static int forge(void *store, const struct store_trial *trial, const char *damage)
{
    struct store_trial t = *trial;
    if (damage || memcmp(t.hash, wanted, 16))
        return 0;
    t.events++;
    return store_put(store, &t);
}
static int sweep(void *store, const struct store_trial *trial, const char *damage)
{
    struct store_trial t = *trial;
    t.point = t.replication < 4 ? "load=0.9,mode=fast, \"new\"" : "load=0.5,mode=slow";
    return damage ? 0 : store_put(store, &t);
}
static int put_points(struct store *store)
{
    static const struct store_point points[] = {
        { "load=0.9,mode=fast, \"new\"", "load", "0.9", 0, 0.9 },
        { "load=0.9,mode=fast, \"new\"", "mode", "fast, \"new\"", 1, 0.0 / 0.0 },
        { "load=0.5,mode=slow", "load", "0.5", 2, 0.5 },
        { "load=0.5,mode=slow", "mode", "slow", 3, 0.0 / 0.0 } };
    return store_put_points(store, points, 4);
}
int main(int n, char **words)
{
    struct store *from, *to;
    struct stamp stamp;
    char why[512];
    struct store_run run = { &stamp, "parts", "/", "7", "", words[3] };
    for (int i = 0; n > 4 && i < 16; i++) {
        unsigned byte = 0;
        for (int k = 0; k < 2; k++)
            byte = byte * 16 + (unsigned)(strchr("0123456789ABCDEF", words[4][2 * i + k]) - "0123456789ABCDEF");
        wanted[i] = (uint8_t)byte;
    }
    if (stamp_open(&stamp, n, words) || store_open(words[1], STORE_READ, &from, why, sizeof why) ||
        store_open(words[2], STORE_WRITE, &to, why, sizeof why) || store_begin_run(to, &run))
        return 1;
    int answer = n > 4 ? 0 : put_points(to);
    if (answer == 0)
        answer = store_each(from, STORE_LAST_RUN, n > 4 ? forge : sweep, to);
    store_close(to);
    store_close(from);
    return answer;
}
C
mkdir forged
hash=$(sqlite3 whole/results.sqlite "select hex(trial_hash) from trial where not pilot and replication = 5 limit 1")
if cc -D_GNU_SOURCE -I"$top" -o forge forge.c "$build"/liblbsim_sim.a "$build"/liblbsim_models.a \
    $(pkg-config --libs sqlite3 gsl libcjson 2>/dev/null) -lz -lzstd -lm -ldl 2>cc.txt &&
    ./forge whole/results.sqlite forged/results.sqlite "$(cat whole/scenario.json; echo x)" "$hash"; then
    exits "another scenario" 2 "$lbsim" merge s0 forged -o no1
    has "names both" "$said" 's0 \(parts\) and forged \(parts\) are results of different scenarios'
    rm forged/results.sqlite
    text=$(sqlite3 whole/results.sqlite "select scenario_text from run"; printf x)
    text=${text%x}
    ./forge whole/results.sqlite forged/results.sqlite "${text%$'\n'}" "$hash"
    exits "the same trial with another result" 1 "$lbsim" merge whole forged -o no2
    has "names both machines" "$said" 'replication 5, differs between whole \(lbsim [^ ]+ on [^ ]+\) and forged \(lbsim [^ ]+ on [^ ]+\)'

    # Points of a sweep are columns, one an axis.
    mkdir swept
    ./forge whole/results.sqlite swept/results.sqlite "{}"
    "$lbsim" export swept --metric goodput >swept.csv
    is "axes are columns" "$(head -n 1 swept.csv | cut -d, -f1-7)" "scenario,version,git,seed,load,mode,policy"
    is "points in their order" "$(python3 -c 'import csv
for r in csv.DictReader(open("swept.csv")):
    if r["scope"] == "all": print(r["load"], r["mode"], r["label"], r["n"])')" \
        '0.9 fast, "new" least_conn 4
0.9 fast, "new" random 4
0.5 slow least_conn 8
0.5 slow random 8'
    is "a point by a coordinate" "$("$lbsim" export swept --metric goodput --point load=0.50 | tail -n +2 | cut -d, -f5,6 | sort -u)" "0.5,slow"
    is "points in JSON" "$("$lbsim" export swept --format json | python3 -c 'import json, sys
print([r["point"] for r in json.load(sys.stdin)["runs"]][1:3])')" "[{'load': 0.9, 'mode': 'fast, \"new\"'}, {'load': 0.5, 'mode': 'slow'}]"
    exits "a merge of a sweep" 0 "$lbsim" merge swept -o sweep
    has "knows no number of trials" "$said" 'not known'
    is "has its points" "$(differ point point,position,path,text,number swept sweep)" "0 1 "
    is "and its summary" "$(sqlite3 sweep/results.sqlite "select point, n from summary where metric = 'goodput' and scope = 'all' and label = 'random' order by 1" | tr '\n' ';')" \
        'load=0.5,mode=slow|8;load=0.9,mode=fast, "new"|4;'
    is "spectra of points" "$("$lbsim" export swept --format hgrm --metric latency -o hgrm && ls hgrm | head -n 1)" 'least_conn-load=0.5,mode=slow-latency.hgrm'
else
    skip "forged results: $(head -n 1 cc.txt)"
fi
# Shards of a sweep, as a cluster runs them.
sed 's/"policies"/"sweep": { "load": [ 0.5, 0.7 ] }, "policies"/' parts.json >sweep.json
sweep=(sweep.json --requests 300 --replications 5 -q)
"$lbsim" run "${sweep[@]}" -o undivided >/dev/null 2>&1
for i in 1 2 3; do "$lbsim" run "${sweep[@]}" --shard $i/3 -o shard$i >/dev/null 2>&1; done
exits "a merge of shards" 0 "$lbsim" merge shard1 shard2 shard3 -o joined
is "has all trials" "$said" "20 trials of 3 results in joined"
for table in trial param value histogram_data series "run_trial:point,label,trial_hash" \
    "point:point,position,path,text,number" "contender:point,label,position,policy,replications,confidence" \
    "interval:point,label,scope,metric,statistic,n,value,low,high,se,confidence,method,why" "warning:point,label,code,message"; do
    columns=${table#*:}
    [ "$columns" = "$table" ] && columns='*'
    is "joined rows of ${table%%:*}" "$(differ "${table%%:*}" "$columns" undivided joined)" "0 1 "
done
exits "two shards" 0 "$lbsim" merge shard1 shard3 -o joined2
missing=$(printf '%s\n' "$said" | sed -n 's/^\([0-9]*\) trials are missing.*/\1/p')
is "the others are missing" "$missing" "$(sqlite3 shard2/results.sqlite 'select count(*) from run_trial join trial using (trial_hash) where not pilot')"
exits "and can be run" 0 "$lbsim" run joined2/scenario.json -q -o joined2
is "then it is whole" "$(differ summary '*' undivided joined2)" "0 1 "

# Parts of a run say that they are.
exits "compare of a share" 0 "$lbsim" compare shard1 --metric latency.p90
has "compare of a share says so" "$said" '[0-4] of 5 replications (is|are) here: part of a run \(a share, or interrupted\)'
is "export of a share says so" "$("$lbsim" export shard1 | grep -c '[0-4] of 5 replications .* here: part of a run (a share, or interrupted)' | sed 's/^[1-9].*/some/')" some

# What differs between scenarios, and what is no result.
"$lbsim" run "${sweep[@]}" --set run.seed=8 --shard 2/3 -o other >/dev/null 2>&1
exits "merge of other scenarios" 2 "$lbsim" merge shard1 other -o x
has "merge says what differs" "$said" 'merge: only shard1 has the line "seed": 7$'
has "merge says what differs" "$said" 'merge: only other has the line "seed": 8$'
exits "merge of a scenario" 3 "$lbsim" merge shard1 sweep.json -o x
has "merge of a scenario" "$said" 'sweep\.json: not a result store, or a damaged one .*; name a directory that lbsim run made with -o$'

# No room: a message and no signal.
exits "merge without room" 3 bash -c "ulimit -f 8; $lbsim merge shard1 shard2 -o narrow"
has "merge without room" "$said" '^lbsim: .*(full|I/O|large|room)'

exits "merge to what is read" 2 "$lbsim" merge s0 s1 -o s1
exits "merge without -o" 2 "$lbsim" merge s0 s1
exits "merge of nothing" 2 "$lbsim" merge -o x
exits "merge of what is not there" 3 "$lbsim" merge s0 none -o x
has "names it" "$said" 'none: No such file'
is "and writes nothing" "$([ -e x ]; echo $?)" 1

# ---- Export.
"$lbsim" export whole >rows.csv
"$lbsim" export whole --replications >all.csv
"$lbsim" export whole --format json >again.json
is "export" "$(python3 - <<'P' 2>&1
import csv, json, math
rows = list(csv.DictReader(open("rows.csv")))
runs = json.load(open("whole.json"))
again = json.load(open("again.json"))
for r in runs["runs"] + again["runs"]:
    r["wall_s"] = round(r["wall_s"], 3)
assert runs == again, "export and run --format json differ"
assert all(r["scenario"] == "parts" and r["seed"] == "7" and r["git"] and r["version"] for r in rows)
for run in runs["runs"]:
    own = [r for r in rows if r["label"] == run["label"]]
    find = lambda s, m, q: next(r for r in own if (r["scope"], r["metric"], r["statistic"]) == (s, m, q) and not r["from"])
    for name, key in (("all", ""), ("client:web", "{web}"), ("servers:db", "{db}")):
        row, m = find(name, "latency", "p95"), run["metrics"]["latency.p95" + key]
        for part in "value", "low", "high", "se":
            assert (row[part] == "") == (m[part] is None) and (m[part] is None or float(row[part]) == m[part]), (name, part)
        assert row["method"] == m["method"] and row["unit"] == "s" and row["n"] == "12" and row["confidence"] == "0.95"
    assert (find("all", "latency", "mean")["why"] != "") == (run["metrics"]["latency.mean"]["low"] is None)
    assert float(find("client:web", "latency", "above{5s}")["value"]) == run["metrics"]["latency.above{5s,web}"]["value"]
    w = [r for r in own if r["from"]]
    assert len(w) == sum(len(x["metrics"]) for x in run["windows"]) and w[0]["to"] == "50"
single = [r for r in csv.DictReader(open("all.csv")) if (r["scope"], r["metric"], r["statistic"], r["label"]) == ("all", "latency", "mean", "least_conn")]
assert [int(r["replication"]) for r in single] == list(range(12))
mean = sum(float(r["value"]) for r in single) / 12
assert math.isclose(mean, runs["runs"][1]["metrics"]["latency.mean"]["value"], rel_tol=1e-12)
print("good")
P
)" good
one=$("$lbsim" export whole --metric 'latency.p97{web}' --policy least_conn)
is "one number" "$(printf '%s\n' "$one" | cut -d, -f1,4-9 | tail -n +2)" "parts,7,least_conn,least_conn,client:web,latency,p97"
is "all statistics" "$("$lbsim" export whole --metric wait --policy random | grep -c ',all,wait,')" 10
exits "to a file" 0 "$lbsim" export whole -o out.csv
is "the same" "$(cmp out.csv rows.csv 2>&1)" ""
exits "unknown metric" 2 "$lbsim" export whole --metric latncy
has "the nearest" "$said" 'did you mean "latency"'
exits "unknown policy" 2 "$lbsim" export whole --policy randm
has "the nearest" "$said" 'did you mean "random"'
exits "unknown point" 2 "$lbsim" export whole --point load=0.9
exits "no results" 3 "$lbsim" export parts.json
has "says so" "$said" 'not a result store'
exits "damaged results" 1 "$lbsim" export hurt --metric goodput
has "are named" "$said" 'replication 4\) changed'
exits "full disk" 3 bash -c "$lbsim export whole >/dev/full"
exits "export without room" 3 bash -c "ulimit -f 8; $lbsim export whole -o narrow.csv"
has "export without room" "$said" 'narrow\.csv: '
is "and leaves nothing" "$(ls narrow.csv* 2>&1 | grep -c '^narrow')" 0

# What is read is not written.
cp -r whole spared && ln -s spared/results.sqlite link.sqlite && ln spared/results.sqlite twin.sqlite
cp -r spared spared2
for name in spared/results.sqlite ./spared/../spared/results.sqlite link.sqlite twin.sqlite spared/results.sqlite-wal \
    spared/results.sqlite-damaged spared/scenario.json; do
    for format in csv json 'hgrm --metric latency --policy random'; do
        # shellcheck disable=SC2086
        exits "export onto $name as ${format%% *}" 2 "$lbsim" export spared --format $format -o $name
        has "export onto $name" "$said" "export: $name belongs to the results that are read"
    done
done
exits "export appended to what is read" 2 bash -c "$lbsim export spared >>spared/results.sqlite"
is "the results are as they were" "$(diff -r spared spared2 2>&1)" ""
exits "export beside them" 0 "$lbsim" export spared -o spared/rows.csv

# A swept seed stands in the rows of its trials.
"$lbsim" run parts.json -q -o seeds --requests 200 --replications 2 --sweep run.seed=7,9 >/dev/null 2>&1
is "seeds in CSV" "$(for more in '' --replications; do "$lbsim" export seeds --metric goodput $more | tail -n +2 | cut -d, -f4,5 | sort -u; done | tr '\n' ' ')" \
    "7,7 9,9 7,7 9,9 "
is "seeds in JSON" "$("$lbsim" export seeds --format json | python3 -c 'import json, sys
d = json.load(sys.stdin)
print({(r["point"]["run.seed"], r.get("seed", d["seed"])) for r in d["runs"]} == {(7, 7), (9, 9)})')" True

exits "an unwritable place" 3 "$lbsim" export whole -o nowhere/out.csv

is "no axes" "$(head -n 1 rows.csv)" "scenario,version,git,seed,policy,label,scope,metric,statistic,value,low,high,se,n,confidence,method,unit,from,to,why"

# ---- Spectra.
exits "spectra" 0 "$lbsim" export whole --format hgrm -o spectra
is "a file each" "$(ls spectra | wc -l)" 10
exits "one spectrum" 0 "$lbsim" export whole --format hgrm --metric latency --policy least_conn -o one.hgrm
is "the same" "$(cmp one.hgrm spectra/least_conn-latency.hgrm 2>&1)" ""
is "a spectrum" "$(python3 - <<'P' 2>&1
import csv, math
rows = {(r["metric"], r["statistic"]): float(r["value"]) for r in csv.DictReader(open("rows.csv"))
        if r["label"] == "least_conn" and r["scope"] == "all" and not r["from"] and r["value"]}
lines = open("one.hgrm").read().splitlines()
assert lines[0].split() == ["Value", "Percentile", "TotalCount", "1/(1-Percentile)"] and lines[1] == ""
body = [[float(x) for x in l.split()] for l in lines[2:] if not l.startswith("#")]
assert all(len(b) == 4 for b in body) and body[-1][1] == 1 and math.isinf(body[-1][3])
assert all(a[0] <= b[0] and a[1] < b[1] and a[2] <= b[2] for a, b in zip(body, body[1:]))
total = body[-1][2]
for value, p, count, odds in body[:-1]:
    assert count / total >= p - 1e-9 and math.isclose(odds, 1 / (1 - p), rel_tol=1e-2)
half = next(b for b in body if b[1] >= 0.5)
assert half[1] == 0.5 and math.isclose(half[0], 1000 * rows["latency", "p50"], rel_tol=1e-3), half
foot = dict((k.strip(" #["), float(v)) for l in lines[-3:] for k, v in (x.split("=") for x in l.strip("#[]").split(",")))
assert foot["Total count"] == total and math.isclose(foot["Mean"], 1000 * rows["latency", "mean"], rel_tol=2e-3), foot
assert math.isclose(foot["Max"], 1000 * rows["latency", "max"], rel_tol=2e-3)
print("good")
P
)" good
exits "several to standard output" 2 "$lbsim" export whole --format hgrm
exits "no spectrum" 2 "$lbsim" export whole --format hgrm --metric goodput
exits "spectra of replications" 2 "$lbsim" export whole --format hgrm --replications

# ---- Completion.
"$lbsim" completion bash >bash.sh
exits "completion reads as bash" 0 bash -n bash.sh
completes() { # LINE WANTED...: exactly these
    is "completion of '$1'" "$(bash -c 'source ./bash.sh; COMP_LINE=$1 COMP_POINT=${#1}; COMPREPLY=(); _lbsim; echo "${COMPREPLY[*]}"' - "$1")" "$2"
}
completes "lbsim ex" "export explain"
completes "lbsim run --po" "--policy"
completes "lbsim run --policy p2" "p2c"
completes "lbsim run --policy=nginx:least_c" "least_conn"
completes "lbsim run --policy nginx:least_c" "least_conn"
completes "lbsim run x.json --format " "table json csv"
completes "lbsim run par" "parts.json"
completes "lbsim run --seed " ""
completes "lbsim merge spec" "spectra"
completes "lbsim export whole --metric latency.st" "latency.stddev"
completes "lbsim explain least_conn" "least_conn least_connections"
completes "lbsim explain par" "parts.json"
completes "lbsim list pol" "policies"
completes "lbsim help mer" "merge"
completes "lbsim completion " "bash zsh fish"
every=$("$lbsim" help | sed -n 's/^  lbsim \([a-z]*\) .*/\1/p' | grep -v -e help | sort -u)
is "completion knows all commands" "$(bash -c 'source ./bash.sh; COMP_LINE="lbsim " COMP_POINT=6; _lbsim; printf "%s\n" "${COMPREPLY[@]}"' | grep -v help | sort)" "$every"
exits "an unknown shell" 2 "$lbsim" completion tcsh
for shell in zsh fish; do
    "$lbsim" completion $shell >script.$shell
    has "completion of $shell" "$(cat script.$shell)" 'least_conn'
    if command -v $shell >/dev/null; then
        exits "completion reads as $shell" 0 $shell -n script.$shell
    else
        skip "completion reads as $shell: no $shell"
    fi
done

total "results"
