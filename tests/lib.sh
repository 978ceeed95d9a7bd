# SPDX-License-Identifier: GPL-3.0-or-later
#
# What the shell tests share: counting, and telling what was wrong.
passed=0 failed=0 skipped=0
pass() { passed=$((passed + 1)); }
fail() { failed=$((failed + 1)); printf 'FAILED: %s\n' "$*"; }
skip() { skipped=$((skipped + 1)); printf 'skipped: %s\n' "$*"; }
# is NAME GOT WANTED
is() { if [ "$2" = "$3" ]; then pass; else fail "$1: got '$2', wanted '$3'"; fi; }
# has NAME TEXT PATTERN (extended regular expression)
has() { if printf '%s\n' "$2" | grep -qE -- "$3"; then pass; else fail "$1: no '$3' in: $2"; fi; }
# exits NAME STATUS COMMAND ... : runs it, keeps what it says in $said
exits() {
    local name=$1 wanted=$2 status
    shift 2
    said=$("$@" 2>&1)
    status=$?
    if [ $status -eq "$wanted" ]; then pass; else fail "$name: exit $status, wanted $wanted: $said"; fi
}
total() {
    printf '%s: %d passed, %d failed, %d skipped\n' "$1" $passed $failed $skipped
    [ $failed -eq 0 ]
}
