#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of a run do not depend on how its trials were shared out, nor on interruptions.
identity.py BUILD"""
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time

from proofs import (Proof, content, copied, counts, kill_whole, opened, orphans_end, rows, same_stores,
                    store_of)

proof = Proof("identity", sys.argv[1])
scenario = {
    "name": "identity",
    "clients": [{"name": "web", "service": {"distribution": "exponential", "mean": "10ms"}},
                {"name": "job", "service": "30ms", "share": 0.2}],
    "servers": {"name": "app", "count": 5},
    "load": 0.8,
    "policies": ["random", "p2c", {"policy": "p2c", "label": "again"}],
    "sweep": {"load": [0.5, 0.8], "servers[app].count": [2, 5]},
    "run": {"seed": 11, "requests": 4000, "replications": 11,
            "windows": {"every": "2s", "metrics": ["in_system.mean"]}}}
with open("sweep.json", "w", encoding="utf-8") as file:
    json.dump(scenario, file)


def run(directory, *words, status=0, before=()):
    done = subprocess.run([*before, *proof.command("run", "sweep.json", "-q", "--no-color", "-o", directory, *words)],
                          capture_output=True, text=True, check=False)
    proof.equal(done.returncode, status, f"{directory}: exit status ({done.stderr.strip()})")
    return done.stdout


# ---- Workers, shards, ranks.

def workers():
    table = run("one", "-j", 1)
    for jobs in 2, 5:
        proof.equal(run(f"jobs{jobs}", "-j", jobs), table, f"what is printed with -j {jobs}")
        same_stores(proof, "one", f"jobs{jobs}", f"-j {jobs}")
    proof.equal(counts("one", "point"), 8, "coordinates of points")
    proof.equal(counts("one", "contender"), 12, "contenders")
    proof.check(counts("one", "series") > 100 and counts("one", "interval") > 100, "rows enough")


def shards(n):
    names = [f"shard{i}of{n}" for i in range(1, n + 1)]
    for i, name in enumerate(names, 1):
        run(name, "--shard", f"{i}/{n}", "-j", 1 + i % 2)
    trials = [counts(name, "trial where not pilot") for name in names]
    # A label more is the same trials under another name.
    proof.equal(sum(trials), counts("one", "trial where not pilot"), "trials of all shards")
    proof.check(max(trials) - min(trials) <= 1, f"shares {trials} are unequal")
    done = proof.run("merge", *names, "-o", f"merged{n}")
    proof.equal(done.returncode, 0, f"merge of {n} ({done.stderr.strip()})")
    same_stores(proof, "one", f"merged{n}", f"{n} shards merged")
    said = proof.run("run", "sweep.json", "-o", f"merged{n}").stderr
    proof.has(said, "88 of 88 trials were there already", "a run on what was merged")
    same_stores(proof, "one", f"merged{n}", f"{n} shards merged and run again")


def three_ranks():
    """What to write before a command; None if there is no mpirun."""
    mpirun = shutil.which("mpirun")
    if not mpirun:
        proof.skip("ranks: no mpirun here")
        return None
    quiet = ["env", "ASAN_OPTIONS=detect_leaks=0"]  # MPI's own are none of ours
    return [*quiet, mpirun, *(["--allow-run-as-root"] if os.geteuid() == 0 else []), "--oversubscribe", "-n", "3"]


def ranks():
    words = three_ranks()
    if words:
        proof.equal(run("ranks", before=words), run("jobs1", "-j", 1), "what three ranks print")
        same_stores(proof, "one", "ranks", "three ranks")


def wait_for_trials(process, directory, n):
    while process.poll() is None:
        with copied(directory) as database:
            if database and len(content(database, "trial")) >= n:
                return
        time.sleep(0.01)


def killed_rank():
    """The rank that keeps the results dies: the others end, and a run without ranks goes on."""
    words, size = three_ranks(), ("--requests", "100000", "--replications", "20")
    if not words:
        return
    run("long", *size)
    process = subprocess.Popen([*words, *proof.command("run", "sweep.json", "-q", "-o", "headless", *size)],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for_trials(process, "headless", 20)
    in_use = proof.run("run", "sweep.json", "-q", "-o", "headless", *size).stderr
    writer = re.search(r"in use by another lbsim \(process (\d+)\)", in_use)
    if not writer:
        proof.skip("a killed rank: the run had ended before it")
        process.wait()
        return
    os.kill(int(writer[1]), signal.SIGKILL)
    proof.check(process.wait() != 0, "mpirun with a killed rank")
    proof.check(orphans_end()[1], "ranks are left after a kill")
    proof.check(20 <= counts("headless", "trial") < counts("long", "trial"), "trials kept by a killed rank")
    run("headless", *size)
    same_stores(proof, "long", "headless", "after a killed rank")


# ---- Order and interruptions.

def pieces():
    """Policies one after the other into one directory, then all: nothing is simulated again."""
    for policy in "p2c", "random":
        run("pieces", "--policy", policy)
    with opened(store_of("pieces")) as database:
        costs = content(database, "cost")
    done = proof.run("run", "sweep.json", "-o", "pieces")
    proof.has(done.stderr, "88 of 88 trials were there already", "policies one by one")
    with opened(store_of("pieces")) as database:
        proof.equal(content(database, "cost"), costs, "costs of trials kept")
    same_stores(proof, "one", "pieces", "policies one by one")


def interrupted():
    """SIGINT keeps what is finished and says so."""
    process = subprocess.Popen(proof.command("run", "sweep.json", "-q", "-j", 2, "-o", "stopped"),
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    wait_for_trials(process, "stopped", 21)
    process.send_signal(signal.SIGINT)
    said = process.communicate()[1]
    if process.returncode == 0:
        proof.skip("an interrupt: the run had ended before it")
        return
    proof.equal(process.returncode, 130, "an interrupted run")
    proof.has(said, "the same command goes on from there", "an interrupted run")
    kept = counts("stopped", "cost")
    proof.check(kept > 20, "an interrupted run keeps what was finished")
    run("stopped")
    same_stores(proof, "one", "stopped", "after an interrupt")


# ---- A run that goes on until it is precise.

PRECISE = ("run", "sweep.json", "-q", "-j", 2, "--precision", 0.08, "--set", "run.replications=5",
           "--set", 'sweep={"load": [0.5, 0.9]}')


def precise():
    moments = random.Random(7)
    began = time.monotonic()
    whole = proof.run(*PRECISE, "-o", "precise")
    length = time.monotonic() - began
    proof.check(whole.returncode in (0, 1), f"a precise run: {whole.stderr}")
    for attempt in range(200):
        process = subprocess.Popen(proof.command(*PRECISE, "-o", "halted"), stdout=subprocess.PIPE, text=True)
        try:
            process.wait(length * moments.uniform(0.05, 0.5) if attempt < 6 else None)
        except subprocess.TimeoutExpired:
            kill_whole(process)
            proof.check(orphans_end()[1], "workers are left")
            continue
        break
    proof.equal(process.stdout.read(), whole.stdout, "what a precise run prints")
    proof.equal(process.returncode, whole.returncode, "exit status of a precise run")
    same_stores(proof, "precise", "halted", f"a precise run killed {attempt} times")
    with opened(store_of("precise")) as database:
        spread = rows(database, "select min(replications), max(replications) from contender")[0]
    proof.check(spread[1] > 5, f"a precise run takes rounds: {spread}")
    with opened(store_of("halted")) as database:
        doubled = rows(database, "select count(*) from (select point, label, policy, replication from run_trial join "
                                 "trial using (trial_hash) where not pilot and run_id = (select max(run_id) from run) "
                                 "group by 1, 2, 3, 4 having count(*) > 1)")
    proof.equal(doubled, [(0,)], "replications of a contender that are there twice")


workers()
shards(3)
ranks()
killed_rank()
pieces()
interrupted()
precise()
proof.end()
