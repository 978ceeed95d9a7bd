#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Results are the same bytes on every processor: the C library, told to do without FMA, AVX2 and
# AVX-512, must not change one.
#   tests/property/tunables.sh path/to/lbsim scenario.json [options of lbsim run]
set -u
[ $# -ge 2 ] || { echo "usage: $0 path/to/lbsim scenario.json [options of lbsim run]" >&2; exit 2; }
lbsim=$1 scenario=$2
shift 2
folder=$(mktemp -d) || exit 3
trap 'rm -rf "$folder"' EXIT
fail() { echo "tunables: $*" >&2; exit 1; }

# Names as glibc 2.33 and later have them, then as earlier ones had; unknown ones are passed over.
switches=glibc.cpu.hwcaps
switches+="=-AVX,-AVX2,-AVX512F,-AVX512DQ,-AVX512VL,-AVX512BW,-FMA,-FMA4,-BMI2,-ERMS"
switches+=",-AVX_Usable,-AVX2_Usable,-AVX512F_Usable,-FMA_Usable,-FMA4_Usable"

# Do they take effect? The loader tells which features it takes as active.
if [ "$(uname -m)" = x86_64 ]; then
    loader=$(ldd "$lbsim" | grep -oE '/[^ ]*ld-linux[^ ]*' | head -n 1)
    active() { "$loader" --list-diagnostics | grep 'x86.cpu_features.features.*active'; }
    [ "$(active)" != "$(GLIBC_TUNABLES=$switches active)" ] ||
        fail "GLIBC_TUNABLES does not switch off any feature of this processor: nothing is proved"
fi

"$lbsim" run "$scenario" "$@" -q --format csv -o "$folder/plain" >"$folder/plain.csv" ||
    fail "lbsim run fails"
GLIBC_TUNABLES=$switches "$lbsim" run "$scenario" "$@" -q --format csv -o "$folder/other" \
    >"$folder/other.csv" || fail "lbsim run fails without FMA and AVX2"
[ -s "$folder/plain.csv" ] || fail "lbsim run prints nothing"
cmp "$folder/plain.csv" "$folder/other.csv" || fail "the table differs"

python3 - "$folder"/{plain,other}/results.sqlite <<'PYTHON' || fail "rows differ"
import sqlite3
import sys

base = sqlite3.connect(sys.argv[1])
base.execute("ATTACH ? AS other", (sys.argv[2],))
bad = 0
for table in ("trial", "param", "value", "histogram_data", "interval"):
    rows = base.execute(f"SELECT count(*) FROM main.{table}").fetchone()[0]
    for one, two in (("main", "other"), ("other", "main")):
        differ = base.execute(
            f"SELECT * FROM {one}.{table} EXCEPT SELECT * FROM {two}.{table}").fetchall()
        if differ:
            print(f"tunables: {table}: {len(differ)} of {rows} rows differ, first {differ[0][:6]}")
            bad = 1
    if rows == 0 and table != "param":
        print(f"tunables: {table} is empty")
        bad = 1
sys.exit(bad)
PYTHON
echo "tunables: same bytes without FMA, AVX2 and AVX-512"
