#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Dependencies point one way: no folder includes one that lies above it, and each outside library
# stays where it belongs. Also: every file is under its licence, and file names are unique.
set -u
cd "$(dirname "$0")/.." || exit 1
bad=0
complain() { printf 'layers: %s\n' "$*"; bad=1; }

# What each folder may include, as an extended regular expression over include paths.
allowed() {
    case $1 in
    models) echo '^models/' ;;
    sim/engine) echo '^(models|sim/engine)/' ;;
    sim/record) echo '^(models|sim/engine|sim/record)/' ;;
    sim/scenario) echo '^(models|sim/scenario)/|^sim/engine/stream.h' ;;
    sim/run) echo '^(models|sim/engine|sim/record|sim/scenario|sim/run)/' ;;
    sim/live) echo '^(models|sim/(engine|record|scenario|run|live))/' ;;
    sim/chart) echo '^(models|sim/(engine|record|scenario|run|chart))/|^embedded\.def$' ;;
    sim/play) echo '^(models|sim/(engine|record|scenario|run|chart|play))/' ;;
    sim/cli) echo '^(models|sim)/' ;;
    esac
}
for folder in models sim/engine sim/record sim/scenario sim/run sim/live sim/chart sim/play sim/cli; do
    while IFS=: read -r file _ include; do
        path=$(printf '%s' "$include" | sed -E 's/.*"([^"]+)".*/\1/')
        printf '%s' "$path" | grep -qE "$(allowed $folder)" || complain "$file includes \"$path\""
    done < <(grep -rnE '^ *# *include +"' --include='*.[ch]' "$folder")
done

# Outside libraries and where they may be used.
only() { # header, folders or files that may include it
    grep -rlE "# *include +<$1" --include='*.[ch]' models sim | grep -vE "$2" |
        while read -r file; do echo "$file includes <$1>"; done
}
found=$(
    only 'cjson/' '^sim/scenario/'
    only 'sqlite3' '^sim/(record/store|chart/chart_base)'
    only 'Random123/' '^sim/engine/'
    only 'xxhash' '^sim/(record|run|live)/'
    only '(zlib|zstd)\.h' '^sim/scenario/inflow'
    only 'dlfcn' '^sim/run/'
    only 'gsl/' '^(models|sim/record|sim/scenario)/'
    only 'mpi\.h' '^sim/run/ranks_'
    only 'sys/socket' '^sim/live/'
    only '(netinet|arpa)/' '^sim/live/'
    only 'event2/' '^sim/live/'
    only 'openssl/' '^sim/live/'
    only 'llhttp' '^sim/live/protocol.h'
    only '(unistd|sys/|fcntl|pthread|signal|poll)' '^sim/'
)
[ -z "$found" ] || complain "$found"

# A policy sees models/policy.h, helpers of its own folder, and the quantile of recent durations that
# balancers hedge by: nothing else of the house.
while IFS=: read -r file _ include; do
    printf '%s' "$include" | grep -qE '"models/(policy\.h|policies\.h|mechanism/recent_quantile\.h|policy/[a-z0-9_]+\.(h|def))"' ||
        complain "$file includes $include"
done < <(grep -rnE '^ *# *include +"' --include='*.[ch]' models/policy)

for file in $(git ls-files '*.c' '*.h' '*.sh' '*.def' CMakeLists.txt 2>/dev/null); do
    head -n 3 "$file" | grep -q 'SPDX-License-Identifier' || complain "$file has no SPDX line"
done
same=$(find models sim tests -name '*.[ch]' -printf '%f\n' | sort | uniq -d | grep -v '^main\.c$')
[ -z "$same" ] || complain "file names used twice: $(echo $same)"
grep -rnE '\b(abort|_exit|exit) *\(' --include='*.c' models sim | grep -vE '^sim/(run/(workers|labour|foreman)|live/supervisor_hand|cli/contest).c:.*_exit' |
    while read -r line; do echo "layers: ends the program: $line"; done | grep . && bad=1
exit $bad
