#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The launcher on machines that lack things, played by a PATH of our own. launcher.sh
set -u
top=$(readlink -f "$(dirname "$0")/../..")
. "$top/tests/lib.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A PATH with the everyday tools and stand-ins for what installs packages.
mkdir "$work/bin"
for tool in bash sh cat grep sed find mkdir touch flock tail nproc readlink dirname uname env printf head sort; do
    ln -s "$(command -v $tool)" "$work/bin/$tool"
done
stand_in() { rm -f "$work/bin/$1"; printf '#!/bin/sh\n%s\n' "$2" >"$work/bin/$1"; chmod +x "$work/bin/$1"; }
stand_in id "echo \${FAKE_UID:-0}"
stand_in sudo 'exit 1'
stand_in cmake "echo cmake \"\$@\" >>$work/calls; exit 0"
stand_in dpkg-query "[ -f $work/installed ] && echo 'install ok installed'; exit 0"
stand_in apt-get "echo \"\$@\" >>$work/calls; exit \${FAKE_APT:-0}"
run() { env PATH="$work/bin" LBSIM_BUILD="$work/build" "$@" "$top/lbsim" --version; }

exits "no network" 3 run FAKE_APT=100
has "no network: the one command" "$said" 'apt-get update && apt-get install -y .*libgsl-dev'
: >"$work/calls"
exits "neither root nor sudo" 3 run FAKE_UID=1000
has "neither root nor sudo: the one command" "$said" "sudo sh -c 'apt-get update && apt-get install -y .*libcjson-dev"
is "and nothing was tried" "$(cat "$work/calls")" ""
touch "$work/installed"
mkdir -p "$work/build"
printf '#!/bin/sh\necho built "$@"\n' >"$work/build/lbsim"
chmod +x "$work/build/lbsim"
exits "all is there" 0 run FAKE_APT=100
has "hands over" "$said" 'built --version'
has "built first" "$(cat "$work/calls")" 'cmake --build'
: >"$work/calls"
exits "a second time" 0 run
is "nothing is built again" "$(cat "$work/calls")" ""

# Tests go on without what only some of them need.
mkdir -p "$work/tree/tests"
cp "$top/lbsim" "$work/tree/lbsim"
printf '#!/bin/sh\necho tests run "$@"\n' >"$work/tree/tests/run.sh"
chmod +x "$work/tree/tests/run.sh"
stand_in rm ':'
stand_in dpkg-query "for p; do :; done; case \$p in *openmpi*) ;; *) echo 'install ok installed' ;; esac"
test_run() { env PATH="$work/bin" LBSIM_BUILD="$work/build" "$@" "$work/tree/lbsim" test; }
: >"$work/calls"
exits "tests without MPI" 0 test_run FAKE_APT=100
has "tests without MPI: said" "$said" 'going on without'
has "tests without MPI: run all the same" "$said" 'tests run'
is "tests without MPI: tried once" "$(grep -c update "$work/calls")" 1
exits "tests without MPI, neither root nor sudo" 0 test_run FAKE_UID=1000
stand_in dpkg-query "echo 'install ok installed'"
exits "tests with MPI" 0 test_run FAKE_APT=100
is "tests with MPI: nothing is missed" "$(printf '%s' "$said" | grep -c without)" 0
stand_in uname 'echo Darwin'
exits "not Linux" 3 run
has "not Linux" "$said" 'Linux only'

total "launcher"
