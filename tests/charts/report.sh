#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# lbsim report without a browser: bytes, names that try to get out, what is missing. report.sh BUILD
set -u
build=$(readlink -f "$1")
top=$(readlink -f "$(dirname "$0")/../..")
. "$top/tests/lib.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
lbsim=$build/lbsim
cd "$work" || exit 1
lacks() { if grep -qE -- "$3" "$2"; then fail "$1: $(grep -oE -- ".{0,40}$3.{0,40}" "$2" | head -n 3)"; else pass; fi; }
holds() { if grep -qF -- "$3" "$2"; then pass; else fail "$1: no '$3' in $2"; fi; }

# ---- One page, the same bytes each time, where it is wanted.
"$lbsim" run "$top/scenarios/first/quickstart.json" --requests 5000 --replications 10 -q -o quick >/dev/null
exits "report" 0 "$lbsim" report quick
is "it says where" "$said" "quick/report.html"
cp quick/report.html first.html
exits "again" 0 "$lbsim" report quick -q
is "quietly" "$said" ""
is "the same bytes" "$(cmp first.html quick/report.html 2>&1)" ""
"$lbsim" report quick -o - >out.html
is "the same on standard output" "$(cmp first.html out.html 2>&1)" ""
exits "elsewhere" 0 "$lbsim" report quick/results.sqlite -o here.html
is "the file of the results will do" "$(diff <(sed 's,quick/results.sqlite,quick,' here.html) first.html)" ""
exits "not over the results" 2 "$lbsim" report quick -o quick/results.sqlite
exits "nor over the scenario" 2 "$lbsim" report quick -o quick/scenario.json
exits "a title" 0 "$lbsim" report quick --title "Ten <servers>" -o titled.html
holds "the title" titled.html "<title>Ten &lt;servers&gt;</title>"
holds "and the scenario's name" titled.html "Scenario <bdi>quickstart</bdi>"

# ---- What it tells.
for text in 'Ten equal servers at 90 % load' 'Mitzenmacher 2001, section 3' ' beats ' 'Ranking, best first: 1. ' \
    'holds together with 95&nbsp;% confidence' '<caption>All policies' 'theory: mean' 'How to reproduce it' \
    'lbsim run scenario.json -o again' '&quot;requests&quot;: 5000' '<dt>compiler</dt>' '<dt>cpu</dt>' '<dt>seed</dt><dd>1</dd>' \
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'"; do
    holds "the page" first.html "$text"
done
is "the best is that of compare" "$(grep -oE '1\. [a-z0-9_()=]+' first.html | head -n 1)" \
    "$("$lbsim" compare quick --metric latency.p99 | grep -oE '^ranking: 1\. [a-z0-9_()=]+' | cut -c 10-)"
for text in '<dt>engine, <bdi>p2c(d=2)</bdi></dt><dd>the express way</dd>' \
    '<dt>engine, <bdi>least_conn</bdi></dt><dd>the general way: its policy may look at the load of any server</dd>'; do
    holds "which way trials took, and why" first.html "$text"
done
"$lbsim" run "$top/scenarios/first/quickstart.json" --requests 5000 --replications 10 --single-run -q -o single >/dev/null 2>&1
"$lbsim" report single -q
holds "one long run is told in windows" single/report.html '<bdi>random</bdi></dt><dd>the general way: its batches are windows of time'
exits "another metric" 0 "$lbsim" report quick --metric wait.probability -o wait.html
holds "is what the answer is about" wait.html 'at wait.probability by'
exits "fewer policies" 0 "$lbsim" report quick --policy random --policy p2c -o two.html
holds "compares these alone" two.html '<p class="facts">2 policies'
lacks "and tells no other" two.html '<bdi>least_conn</bdi>'
exits "an unknown metric" 2 "$lbsim" report quick --metric latency.p98
has "the nearest" "$said" 'did you mean "latency.p9'
exits "an unknown policy" 2 "$lbsim" report quick --policy randum
has "the nearest policy" "$said" 'did you mean "random"'
exits "no results" 3 "$lbsim" report nowhere
exits "two results" 2 "$lbsim" report quick quick
exits "none" 2 "$lbsim" report

# ---- Nothing is loaded from anywhere: names of namespaces are no addresses to load from.
for page in first.html titled.html; do
    lacks "no addresses in $page" <(sed 's,http://www.w3.org/\(2000/svg\|1999/xlink\),,g' $page) 'https?://|//[a-z]+\.[a-z]'
    lacks "nothing embedded in $page" $page '<(iframe|object|embed|base|link rel="stylesheet"|script src|img)'
done

# ---- Names that try to get out.
"$lbsim" run "$top/tests/charts/hostile.json" -q -o hostile >/dev/null 2>&1
exits "hostile names" 0 "$lbsim" report hostile --title "$(printf '</title><script>alert(1)</script>\n`touch pwned` \342\200\256x')"
is "nothing was run" "$(find . -name 'pwned*')" ""
page=hostile/report.html
for text in '<b onclick' '<img' '<svg/onload' '<svg onload' "document.title='pwned'" '<a href=.https' ']]>' '<!--'; do
    lacks "no '$text'" <(sed '1,/<\/style>/d' $page) "$text"
done
is "two scripts as written" "$(grep -c '<script' $page) $(grep -c '</script' $page)" "2 2"
lacks "no mark that turns writing" $page "$(printf '\342\200\252|\342\200\253|\342\200\255|\342\200\256|\342\201\246|\342\201\247')"
holds "but it is told" $page '\u202egnp'
lacks "no separator of lines in the data" $page "$(printf '\342\200\250|\342\200\251')"
if command -v gnuplot >/dev/null; then holds "charts are there" $page '<svg'; fi

# ---- Charts are svg with a label, shown once each; without gnuplot the page has the rest.
if command -v gnuplot >/dev/null; then
    is "every svg has a label" "$(grep -c '<svg' first.html)" "$(grep -c 'role="img" aria-label="[^"]' first.html)"
    is "no name twice" "$(grep -oE " id=['\"][^'\"]+" first.html | sort | uniq -d | head -n 3)" ""
    holds "colours for dark ground" first.html '@media screen and (prefers-color-scheme:dark){:root{--q0:'
else
    skip "charts of a report (gnuplot is not there)"
fi
mkdir bare
exits "without gnuplot" 0 env PATH="$work/bare" "$lbsim" report quick -o plain.html
holds "says which package" plain.html 'gnuplot-nox'
holds "has the rest" plain.html 'Ranking, best first: 1. '
lacks "has no charts" plain.html '<svg'

# ---- Large ones are cut, and say so.
cat >large.json <<'J'
{ "name": "large", "load": 0.5, "clients": { "name": "web", "service": { "distribution": "exponential", "mean": 1 } },
  "servers": { "name": "app", "count": 2 }, "policies": [ "random", "p2c", "jiq" ],
  "run": { "seed": 1, "requests": 100, "replications": 2, "warmup": 0 },
  "sweep": { "load": "0.1..0.9 step 0.02", "servers[app].count": [ 2, 3, 4, 5, 6, 7 ] } }
J
"$lbsim" run large.json -q -o large >/dev/null 2>&1
exits "a large sweep" 0 "$lbsim" report large
holds "rows" large/report.html '600 of 738 rows are here'
holds "points" large/report.html '60 of 246 points are here'
is "at most 5 MB" "$([ "$(stat -c %s large/report.html)" -lt 5000000 ] && echo yes)" yes

# ---- What is damaged, or not all there, is told.
cp -r quick hurt
sqlite3 hurt/results.sqlite "update value set value = value * 2 where trial_hash = (select trial_hash from trial where not pilot limit 1)"
exits "damage" 1 "$lbsim" report hurt
holds "is told" hurt/report.html 'Damaged and left out: '
cp -r quick part
sqlite3 part/results.sqlite "create temp table gone as select trial_hash from trial where not pilot and replication > 6;
    $(for table in run_trial trial param value histogram_data series cost; do echo "delete from $table where trial_hash in gone;"; done)
    delete from interval; delete from warning;"
exits "a part of a run" 0 "$lbsim" report part
holds "is told to be one" part/report.html 'The run has not ended'
holds "with its replications" part/report.html 'of 10 replications are here'

total report
