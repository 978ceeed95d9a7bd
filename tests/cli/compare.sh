# SPDX-License-Identifier: GPL-3.0-or-later
#
# lbsim compare. Part of run.sh, which sets lbsim, quick, small and counts.

"$lbsim" run "$quick" "${small[@]}" -o cmp1 >/dev/null
"$lbsim" run "$quick" "${small[@]}" --replications 12 --set load=0.8 -o cmp2 >/dev/null
"$lbsim" run "$quick" "${small[@]}" --seed 2 -o cmp3 >/dev/null

exits "compare" 0 "$lbsim" compare cmp1
has "compare: a row" "$said" '^p2c\(d=2\) .*-[0-9.]+ ±.* \(-[0-9.]+ \.\. -[0-9.]+\)'
has "compare: the base has no difference" "$said" '^random .* - +- +- +4$'
has "compare: ranking" "$said" '^ranking: 1\. least_conn; 2\. p2c\(d=2\); 3\. round_robin; 4\. random$'
has "compare: best" "$said" '^best: with 95 % confidence the best is least_conn, by at least [0-9.]+ ms \([0-9.]+ % of p2c\(d=2\), the nearest\)$'
has "compare has no colour on a pipe" "$(printf '%s' "$said" | tr '\033' E | grep -c 'E\[')" '^0$'
is "compare takes a file as well" "$("$lbsim" compare cmp1/results.sqlite)" "$said"
exits "compare: too few beyond" 0 "$lbsim" compare cmp1 --metric latency.p99.9
has "compare: why there is no interval" "$said" '^-: random, round_robin, least_conn, p2c\(d=2\): too few values'
exits "compare: neither better" 0 "$lbsim" compare cmp1 --metric utilization.mean
has "compare: no ranking of what is neither" "$said" '^no ranking'

# What it computes, against the values themselves: paired t, Bonferroni, by another program.
"$lbsim" compare cmp1 --base round_robin --all-pairs --metric latency.mean --format json >cmp.json
"$lbsim" compare cmp1 cmp2 --metric latency.mean --format json >cmp2.json
"$lbsim" compare cmp1 cmp3 --metric latency.mean --format json >cmp3.json
sqlite3 -csv cmp1/results.sqlite "select label, replication, value from replications
    where scope='all' and metric='latency' and statistic='mean'" >cmp1.csv 2>cmp.err
sqlite3 -csv cmp2/results.sqlite "select label, replication, value from replications
    where scope='all' and metric='latency' and statistic='mean'" >cmp2.csv 2>>cmp.err
is "compare: the numbers" "$(python3 - <<'P' 2>&1
import csv, json, math
def values(path):
    all = {}
    for label, r, x in csv.reader(open(path)):
        all.setdefault(label, {})[int(r)] = float(x)
    return all
def student(p, df):  # the quantile, by integrating the density
    c = math.exp(math.lgamma((df + 1) / 2) - math.lgamma(df / 2)) / math.sqrt(df * math.pi)
    f = lambda x: c * (1 + x * x / df) ** (-(df + 1) / 2)
    def below(x, n=2000):
        h = x / n
        return .5 + h / 3 * sum((1 if i in (0, n) else 4 if i % 2 else 2) * f(i * h) for i in range(n + 1))
    low, high = 0, 100
    for _ in range(60):
        low, high = ((low + high) / 2, high) if below((low + high) / 2) < p else (low, (low + high) / 2)
    return low
def paired(a, b, alpha, change=lambda x, y: x - y):
    d = [change(a[r], b[r]) for r in sorted(set(a) & set(b))]
    n, mean = len(d), sum(d) / len(d)
    half = student(1 - alpha / 2, n - 1) * math.sqrt(sum((x - mean) ** 2 for x in d) / (n - 1) / n)
    return mean, mean - half, mean + half
def same(told, wanted):
    for got, want in zip((told["value"], told["low"], told["high"]), wanted):
        assert abs(got - want) <= 1e-6 * abs(want) + 1e-12, (told, wanted)
one, two = values("cmp1.csv"), values("cmp2.csv")
c = json.load(open("cmp.json"))["comparisons"][0]
log = lambda x, y: math.log(x / y)
percent = lambda x: [100 * math.expm1(v) for v in x]
assert c["base"] == "round_robin" and c["unit"] == "s" and c["better"] == "less" and len(c["pairs"]) == 6
for p in c["policies"]:
    if p["label"] == "round_robin":
        assert p["difference"]["value"] is None and p["difference"]["why"]
        continue
    a, b = one[p["label"]], one["round_robin"]
    same(p["difference"], paired(a, b, .05 / 3))
    same(p["percent"], percent(paired(a, b, .05 / 3, log)))
    var = lambda v: sum((x - sum(v) / len(v)) ** 2 for x in v)
    factor = (var(list(a.values())) + var(list(b.values()))) / var([a[r] - b[r] for r in a])
    assert abs(p["variance_reduction"] - factor) < 1e-6 * factor
for p in c["pairs"]:
    same(p["difference"], paired(one[p["label"]], one[p["less"]], .05 / 6))
assert c["ranking"] == [["least_conn"], ["p2c(d=2)"], ["round_robin"], ["random"]]
assert c["best"]["possible"] == ["least_conn"] and c["best"]["nearest"] == "p2c(d=2)"
least = min(paired(one[x], one["least_conn"], .05 / 3)[1] for x in one if x != "least_conn")
assert abs(c["best"]["margin"] - least) < 1e-6 * least
d = json.load(open("cmp2.json"))
for p in d["comparisons"][0]["policies"]:
    assert p["paired"] and p["replications"] == 10
    same(p["difference"], paired(two[p["label"]], one[p["label"]], .05 / 4))
assert {w["code"] for w in d["warnings"]} >= {"unequal_replications"}, d["warnings"]
assert not any(p["paired"] for p in json.load(open("cmp3.json"))["comparisons"][0]["policies"])
print("good")
P
)" good
is "compare: CSV has a row a pair" "$("$lbsim" compare cmp1 --all-pairs --format csv | grep -c '"latency.mean",s')" 6
is "compare: CSV has a row a policy" "$("$lbsim" compare cmp1 cmp2 --format csv | grep -c '"latency.p99",s.*paired')" 4

# ---- Points of a sweep.
python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
d["sweep"] = {"load": [0.5, 0.9], "servers[app].count": [5, 10]}
json.dump(d, open("cmp_sweep.json", "w"))' "$quick"
"$lbsim" run cmp_sweep.json "${small[@]}" -o cmp5 >/dev/null
exits "compare: a sweep" 0 "$lbsim" compare cmp5
is "compare: a table a point and metric" "$(printf '%s\n' "$said" | grep -c '^best: ')" 8
is "compare: points" "$(printf '%s\n' "$said" | grep -cE '^at load=0\.[59],servers\[app\]\.count=(5|10)$')" 4
exits "compare: at a load" 0 "$lbsim" compare cmp5 --at load=0.90 --metric latency.mean
is "compare: its points" "$(printf '%s\n' "$said" | grep '^at ' | tr '\n' ' ')" "at load=0.9,servers[app].count=5 at load=0.9,servers[app].count=10 "
exits "compare: two points" 0 "$lbsim" compare cmp5 --at load=0.9,servers[app].count=5 --at load=0.5,servers[app].count=10 --metric latency.mean
is "compare: both of them" "$(printf '%s\n' "$said" | grep -c '^best: ')" 2
exits "compare: several axes" 0 "$lbsim" compare cmp5 --at load=0.9 --at servers[app].count=10 --metric latency.mean
is "compare: all must hold" "$(printf '%s\n' "$said" | grep '^at ' | tr '\n' ' ')" "at load=0.9,servers[app].count=10 "
exits "compare: two values of an axis" 0 "$lbsim" compare cmp5 --at load=0.9 --at load=0.5 --at servers[app].count=10 --metric latency.mean
is "compare: either may hold" "$(printf '%s\n' "$said" | grep '^at ' | tr '\n' ' ')" "at load=0.5,servers[app].count=10 at load=0.9,servers[app].count=10 "
exits "compare: no point with all" 2 "$lbsim" compare cmp5 --at load=0.9,servers[app].count=5 --at load=0.5
has "compare: no point with all" "$said" 'no point in .* has all that --at asks for'
is "export: several axes" "$("$lbsim" export cmp5 --metric goodput --point load=0.9 --point servers[app].count=10 | tail -n +2 | cut -d, -f5,6 | sort -u)" "0.9,10"
cp -r cmp1 cmp_hurt
sqlite3 cmp_hurt/results.sqlite "update value set value = value + 1 where metric = 'goodput' and trial_hash =
    (select trial_hash from run_trial join trial using (trial_hash) where label = 'random' and replication = 4)"
for quiet in '' -q; do
    # shellcheck disable=SC2086
    exits "compare: damaged results $quiet" 1 "$lbsim" compare cmp_hurt $quiet
    has "compare: damaged results $quiet" "$said" 'left out: .*replication 4\) changed'
done
exits "compare: damaged results as the second" 1 "$lbsim" compare cmp1 cmp_hurt
exits "compare: no such point" 2 "$lbsim" compare cmp5 --at load=0.7
exits "compare: a sweep and one without" 2 "$lbsim" compare cmp1 cmp5
has "compare: nothing in common" "$said" 'no policy at a point that both have'
"$lbsim" run "$quick" "${small[@]}" --policy random --policy jsq -o cmp6 >/dev/null
exits "compare: what is in one alone" 0 "$lbsim" compare cmp1 cmp6
has "compare: tells what it left out" "$said" 'left out: 3 of the first .*, 1 of the second'

# ---- What is refused.
exits "compare: nothing there" 3 "$lbsim" compare nowhere
exits "compare: no store" 3 "$lbsim" compare "$quick"
exits "compare: nothing named" 2 "$lbsim" compare
exits "compare: three" 2 "$lbsim" compare cmp1 cmp2 cmp3
exits "compare: unknown metric" 2 "$lbsim" compare cmp1 --metric latency.maen
has "compare: nearest metric" "$said" 'did you mean "latency\.mean"'
exits "compare: unknown base" 2 "$lbsim" compare cmp1 --base lest_conn
has "compare: nearest base" "$said" 'did you mean "least_conn"'
exits "compare: a base by its policy" 0 "$lbsim" compare cmp1 --base p2c
has "compare: its label" "$said" 'less p2c\(d=2\), ms'
exits "compare: base of two" 2 "$lbsim" compare cmp1 cmp2 --base random
exits "compare: a point where there is no sweep" 2 "$lbsim" compare cmp1 --at load=0.9
has "compare: no sweep" "$said" 'has no sweep'
exits "compare: bad confidence" 2 "$lbsim" compare cmp1 --confidence 95
exits "compare: confidence in percent" 0 "$lbsim" compare cmp1 --confidence 99%
has "compare: that confidence" "$said" 'half a 99 % confidence interval'
exits "compare: bad format" 2 "$lbsim" compare cmp1 --format xml
"$lbsim" run "$quick" "${small[@]}" --replications 4 -o cmp4 >/dev/null
exits "compare: few replications" 0 "$lbsim" compare cmp4
has "compare: warns of few" "$said" '^warning: 4 replications: no claim'
exits "compare: quiet" 0 "$lbsim" compare cmp4 -q
is "compare: no warnings if quiet" "$(printf '%s' "$said" | grep -c warning)" 0
