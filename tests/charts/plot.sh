#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# lbsim plot: every chart from fixed results, looked at as SVG (plot.py); the same bytes twice; names
# that would do harm if they were obeyed; a machine without gnuplot. plot.sh BUILD
set -u
build=$(readlink -f "$1")
top=$(readlink -f "$(dirname "$0")/../..")
. "$top/tests/lib.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
lbsim=$build/lbsim
cd "$work" || exit 1
export PYTHONDONTWRITEBYTECODE=1
look() { # NAME FILE.svg ARGUMENTS ...: is it the chart it ought to be?
    local name=$1
    shift
    if ! told=$(python3 "$top/tests/charts/plot.py" "$@" 2>&1); then
        fail "$name: $(tail -n 1 <<<"$told")"
    else
        pass
    fi
}
if ! command -v gnuplot >/dev/null; then
    skip "charts: gnuplot is not installed"
    total "plots"
    exit
fi

# ---- Results: along the load, over time, with messages, with names for points, and many policies.
system() { # COUNT
    printf '"clients": { "name": "web", "service": { "distribution": "exponential", "mean": "10ms" } }, '
    printf '"servers": { "name": "app", "count": %s }' "$1"
}
cat >load.json <<J
{ "name": "along", "load": 0.5, $(system 4), "policies": [ "random", "round_robin", "p2c", "least_conn" ],
  "sweep": { "load": [ 0.5, 0.7, 0.9, 1.2 ] }, "run": { "seed": 1, "requests": 4000, "replications": 10 } }
J
cat >time.json <<J
{ "name": "windows", "load": 0.7, $(system 4), "policies": [ "random", "round_robin", "p2c", "least_conn" ],
  "timeline": { "at": "3s", "until": "5s", "server": "app[3]", "speed": 0.2 },
  "run": { "seed": 1, "requests": 4000, "replications": 10,
    "metrics": [ "utilization.mean{app[*]}", "queue.mean{app[*]}" ],
    "windows": { "every": "1s", "metrics": [ "latency.mean", "imbalance.cov", "queue.mean{app[*]}" ] } } }
J
cat >cost.json <<J
{ "name": "cost", "load": 0.7, $(system 8), "policies": [ "random", "jiq", "p2c" ],
  "run": { "seed": 1, "requests": 4000, "replications": 10 } }
J
cat >names.json <<J
{ "name": "named", "load": 0.6, $(system 4), "policies": [ "random", "p2c" ],
  "sweep": { "variants": { "plain": {}, "more work": { "load": 0.8 } } },
  "run": { "seed": 1, "requests": 4000, "replications": 10 } }
J
cat >many.json <<J
{ "name": "many", "load": 0.8, $(system 12), "sweep": { "load": [ 0.5, 0.8 ] },
  "policies": [ $(for d in 2 3 4 5 6 7 8 9 10 11 12; do printf '{ "policy": "p2c", "d": %s, "label": "of %s" }, ' $d $d; done) "random" ],
  "run": { "seed": 1, "requests": 4000, "replications": 10 } }
J
for name in load time cost names many; do
    "$lbsim" run $name.json -q -o $name >/dev/null 2>err || fail "$name: $(head -n 3 err)"
done

# ---- All charts of each result, in all sizes, as they should be.
exits "plot along" 0 "$lbsim" plot load
is "what it says it wrote" "$(sort <<<"$said" | tr '\n' ' ')" \
    "load/charts/ccdf.svg load/charts/cdf.svg load/charts/convergence.svg load/charts/difference.svg load/charts/load.svg load/charts/map.svg load/charts/servers.svg load/charts/spectrum.svg load/charts/throughput.svg load/charts/warmup.svg "
four='random round_robin p2c least_conn'
for size in column slide screen; do
    for name in load "time --chart servers --chart imbalance --chart heat --chart time" "cost --chart cost" \
        "names --chart load" "many --chart load"; do
        "$lbsim" plot $name --size $size -o "${name%% *}.$size" -q 2>err || fail "$name as $size: $(cat err)"
    done
    look "cdf, $size" load.$size/cdf.svg 4 "latency (ms)" "share of requests" $four
    look "ccdf, $size" load.$size/ccdf.svg 4 "latency (ms)" "share of requests that took longer" 10⁻³ $four
    look "spectrum, $size" load.$size/spectrum.svg 4 percentile 99.9 "latency (ms)" $four
    look "load, $size" load.$size/load.svg 4 "latency.mean (ms)" "latency.p50 (ms)" "latency.p99 (ms)" \
        "offered load (share of capacity)" $four
    look "throughput, $size" load.$size/throughput.svg 4 "throughput (requests/s)" "goodput (requests/s)" $four
    look "map, $size" load.$size/map.svg 0 "latency.p99 (ms)" 0.7 1.2 $four
    look "difference, $size" load.$size/difference.svg 3 "latency.p99 less that of random (%)" round_robin p2c least_conn
    look "convergence, $size" load.$size/convergence.svg 4 replications "mean of latency.mean (ms)" $four
    look "warmup, $size" load.$size/warmup.svg 4 request "latency (ms)" $four
    look "servers, $size" time.$size/servers.svg 4 utilization "requests waiting" $four
    look "imbalance, $size" time.$size/imbalance.svg 4 "time (s)" imbalance.cov $four
    look "heat, $size" time.$size/heat.svg 0 "time (s)" "app[0]" queue.mean $four
    look "time, $size" time.$size/time.svg 4 "time (s)" "latency.mean (ms)" $four
    look "cost, $size" cost.$size/cost.svg 3 "messages per request" "latency.mean (ms)" random jiq p2c
    look "names along the axis, $size" names.$size/load.svg 2 variant plain "more work" random p2c
    look "many policies, $size" many.$size/load.svg 8 "4 others" "of 12"
done
colours() { grep -oE 'rgb\( *[0-9]+, *[0-9]+, *[0-9]+\)' | grep -vE 'rgb\( *(34, *34, *34|221, *221, *221)\)' | sort -u; }
alone=$("$lbsim" plot load --chart cdf --policy p2c -o - | colours)
is "a policy alone has one colour" "$(wc -l <<<"$alone")" 1
is "and it has it among others, too" "$("$lbsim" plot load --chart cdf -o - | colours | grep -cF "$alone")" 1
look "a policy alone" <("$lbsim" plot load --chart cdf --policy p2c -o -) 0 "latency (ms)"
has "its colour" "$("$lbsim" plot load --chart cdf --policy p2c -o -)" "rgb\(  0, 158, 115\)"
has "in the dark" "$("$lbsim" plot load --chart cdf --dark -o -)" '#16191d'

# ---- The same bytes for the same results.
undated() { sed -i '/CreationDate/d' "$1"/*; }
for format in svg ascii pdf png; do
    for name in load time; do
        [ $format$name != pdftime ] && [ $format$name != pngtime ] || continue
        "$lbsim" plot $name --format $format -o first -q
        "$lbsim" plot $name --format $format -o second -q
        [ $format != pdf ] || { undated first && undated second; }
        if diff -r first second >/dev/null; then pass; else fail "$format of $name: not the same bytes twice"; fi
        rm -r first second
    done
done
has "ascii goes to standard output" "$("$lbsim" plot load --chart cdf --format ascii)" 'latency \(ms\)'
head -c 4 <("$lbsim" plot load --chart cdf --format pdf -o -) | grep -q %PDF || fail "no PDF"
head -c 4 <("$lbsim" plot load --chart cdf --format png -o -) | grep -q PNG || fail "no PNG"

# ---- What gnuplot gets; another metric, point, axis, title.
is "data: header" "$("$lbsim" plot load --chart load --metric wait.mean --data | head -n 1)" \
    "policy,panel,load,wait.mean (s),wait.mean low (s),wait.mean high (s),wait.mean theory (s),weak,name"
has "data: rows" "$("$lbsim" plot load --chart load --metric latency.mean --data)" '^random,latency.mean,0.5,0.0[0-9]+,0.01[0-9]+,0.02[0-9]+,0.02,0,0.5$'
has "unstable points are weak" "$("$lbsim" plot load --chart load --metric latency.mean --data)" '^random,latency.mean,1.2,[0-9.]+,,,,1,1.2$'
has "another base" "$("$lbsim" plot load --chart difference --base p2c --data)" '^random,.*,p2c$'
is "a point" "$("$lbsim" plot load --chart cdf --point load=0.5 -o - | grep -c 'along, load=0.5')" 1
has "a title" "$("$lbsim" plot load --chart cdf --title 'A <b> title' -o -)" 'A &lt;b> title'
has "another duration" "$("$lbsim" plot load --chart cdf --metric wait --data | head -n 1)" '^policy,wait \(s\),share'
exits "what does not fit" 2 "$lbsim" plot load --chart servers --chart heat
has "the cure" "$said" 'run with "windows"'
has "why others do not fit" "$("$lbsim" plot load -v -o v 2>&1)" 'overlay: .*lbsim validate'
exits "an unknown chart" 2 "$lbsim" plot load --chart cfd
has "the nearest" "$said" 'did you mean "cdf"'
exits "an unknown format" 2 "$lbsim" plot load --format gif
exits "an unknown metric" 2 "$lbsim" plot load --chart load --metric nothing
exits "an unknown axis" 2 "$lbsim" plot load --along nothing
exits "no results" 3 "$lbsim" plot nowhere
for name in $("$lbsim" list charts | cut -d' ' -f1); do
    has "explain $name" "$("$lbsim" explain "$name")" "lbsim plot RESULTS --chart $name"
done

# ---- Names are data, whatever they look like.
python3 "$top/tests/charts/hostile.py" >hostile.json
"$lbsim" run hostile.json -q -o hostile >/dev/null 2>err || fail "hostile: $(head -n 3 err)"
for format in svg pdf png ascii; do
    exits "hostile names, $format" 0 "$lbsim" plot hostile --format $format -o hostile.$format \
        --title "\`touch CANARY\`'; system('touch CANARY'); x='\$(touch CANARY)
!touch CANARY"
done
for file in hostile.svg/*.svg; do
    look "hostile names: $file" "$file" 0
done
has "their text is there" "$(cat hostile.svg/cdf.svg)" "&lt;/script>&lt;script>alert"
has "quotes, too" "$(cat hostile.svg/cdf.svg)" "'; system\(\"touch CANARY\"\)"
is "nothing of them ran" "$(find . -name '*CANARY*')" ""
if grep -qP '[\x{202a}-\x{202e}\x{2066}-\x{2069}\x{200e}\x{200f}\x{2028}\x{2029}]' hostile.svg/*.svg; then
    fail "marks of direction have passed"
else
    pass
fi

# ---- Over real sockets.
if told=$("$top/tests/live/peer.py" can 2>&1); then
    cat >live.json <<J
{ "name": "sockets", "load": 0.5, $(system 4), "policies": [ "random", "p2c" ],
  "run": { "seed": 3, "requests": 600, "warmup": 60 }, "live": { "tries": 1 } }
J
    "$lbsim" validate live.json -o live -q >/dev/null 2>err
    for size in column slide screen; do
        exits "plot of a live run, $size" 0 "$lbsim" plot live --size $size -o live.$size
        look "overlay, $size" live.$size/overlay.svg 2 "share of requests" "latency (ms)" measured CALIBRATED random p2c
        look "qq, $size" live.$size/qq.svg 2 RAW CALIBRATED ENV-REPLAY random p2c
        look "agreement, $size" live.$size/agreement.svg 2 mean p50 p99 "predicted / measured - 1 (%)" random p2c
        look "stages, $size" live.$size/stages.svg 2 waiting service overhead random p2c
    done
else
    skip "charts of live runs: sockets are barred here: $told"
fi

# ---- Without gnuplot.
exits "no gnuplot" 3 env PATH=/nowhere "$lbsim" plot load
has "what to install" "$said" 'gnuplot-nox'
is "data need none" "$(PATH=/nowhere "$lbsim" plot load --chart cdf --data | wc -l)" "$("$lbsim" plot load --chart cdf --data | wc -l)"

total "plots"
