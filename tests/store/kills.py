#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills lbsim with SIGKILL at random moments and resumes it with the same command, until it ends.

kills.py BUILD KILLS. The moments have a fixed seed; which instruction they meet is up to the machine.
What holds must hold wherever they fall, so there are no false alarms."""
import json
import random
import subprocess
import sys
import time

from proofs import (CONTENT, OF_RUN, Proof, content, copied, counts, kill_whole, opened, orphans_end, rows,
                    same_stores, store_of)

proof = Proof("kills", sys.argv[1])
kills_wanted = int(sys.argv[2])
moments = random.Random(20260101)

scenario = {
    "name": "kills", "load": 0.8,
    "clients": [{"name": "web", "service": {"distribution": "exponential", "mean": 1}},
                {"name": "job", "service": "3s", "share": 0.2}],
    "servers": [{"name": "app", "count": 4}],
    "policies": ["random", "p2c", "least_conn"],
    "sweep": {"load": [0.6, 0.8]},
    "run": {"seed": 3, "requests": 25000, "replications": 20,
            "metrics": ["latency.p97{web}", "share{app[*]}"],
            "windows": {"every": "3000s", "metrics": ["in_system.mean", "latency.p90"]}}}
with open("kills.json", "w", encoding="utf-8") as file:
    json.dump(scenario, file)


def command(directory):
    return proof.command("run", "kills.json", "-q", "-j", 2, "-o", directory)


def uninterrupted():
    began = time.monotonic()
    done = subprocess.run(command("whole"), capture_output=True, text=True, check=False)
    proof.equal(done.returncode, 0, f"the uninterrupted run ({done.stderr})")
    for table in (*CONTENT, *OF_RUN):
        proof.check(table == "warning" or counts("whole", table) > 1, f"table {table} has rows to compare")
    return time.monotonic() - began, done.stdout


def moment(length):
    """From before there is a store until after the end, early ones more often."""
    if moments.random() < 0.2:
        return moments.uniform(0, 0.04)
    return 1.1 * length * moments.random() ** 2


def trials_seen(directory):
    """What another process sees while the run goes on."""
    try:
        with opened(store_of(directory)) as database:
            return content(database, "trial")
    except Exception:  # not there yet
        return set()


def state(directory):
    """Trials and what they cost, as a killed run has left them."""
    with copied(directory) as database:
        if not database:
            return set(), set()
        proof.equal(rows(database, "pragma integrity_check"), [("ok",)], "SQLite's own check")
        return content(database, "trial"), content(database, "cost")


def run_and_kill(directory, after):
    """Returns the exit status, or None if it was killed, and what stood in the store just before."""
    process = subprocess.Popen(command(directory), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    seen = set()
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        seen = trials_seen(directory)
        ended = process.poll() is not None
        kill_whole(process)
        ends, all_did = orphans_end()
        proof.check(all_did, "workers are left after the kill")
        proof.check(all(end in (0, 9, 256) for end in ends), f"workers ended with {ends}")
        return (process.returncode if ended else None), seen, process.stdout.read()
    return process.returncode, seen, process.stdout.read()


def campaign(number, length, told):
    """One directory, killed until a run ends."""
    directory, killed, status = f"killed{number}", 0, None
    trials, costs = set(), set()
    while status is None and killed < kills_wanted:
        status, seen, said = run_and_kill(directory, moment(length))
        killed += status is None
        now_trials, now_costs = state(directory)
        proof.check(trials | seen <= now_trials, f"{len((trials | seen) - now_trials)} finished trials are lost")
        proof.check(costs <= now_costs, f"{len(costs - now_costs)} finished trials were run again")
        trials, costs = now_trials, now_costs
    if status is None:
        done = subprocess.run(command(directory), capture_output=True, check=False)
        status, said = done.returncode, done.stdout
    proof.equal(status, 0, "the last run's exit status")
    proof.equal(said.decode(), told, "what the last run prints")
    same_stores(proof, "whole", directory, f"after {killed} kills")
    return killed


duration, printed = uninterrupted()
kills = campaigns = 0
while kills < kills_wanted:
    kills += campaign(campaigns, duration, printed)
    campaigns += 1
print(f"{kills} kills of {campaigns} runs of {duration:.1f} s")
proof.end()
