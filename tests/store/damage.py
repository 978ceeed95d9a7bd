#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bytes of a store flipped, one at a time: what reads it names what is damaged and gives no wrong
number, and `lbsim run` mends it or says what to do. damage.py BUILD STEP RUN_STEP: every STEP-th byte
is read by lbsim-flips, every RUN_STEP-th by whole commands."""
import json
import os
import shutil
import sqlite3
import subprocess
import sys

from proofs import Proof, opened, rows, same_stores, store_of

proof = Proof("damage", sys.argv[1])
step, run_step = int(sys.argv[2]), int(sys.argv[3])
scenario = {
    "name": "damage", "load": 0.5,
    "clients": {"name": "web", "service": {"distribution": "exponential", "mean": "10ms"}},
    "servers": {"name": "app", "count": 2}, "policies": ["random", "p2c"], "sweep": {"load": [0.5, 0.8]},
    "run": {"requests": 2000, "replications": 4, "metrics": ["share{app[*]}"],
            "windows": {"every": "2s", "metrics": ["in_system.mean"]}}}
with open("damage.json", "w", encoding="utf-8") as file:
    json.dump(scenario, file)
RUN = ("run", "damage.json", "-q", "-j", 2, "--format", "csv", "-o")
whole = proof.run(*RUN, "whole")
proof.equal(whole.returncode, 0, f"the run ({whole.stderr.strip()})")
with open(store_of("whole"), "rb") as file:
    sound = file.read()


def read_all():
    os.mkdir("read")
    shutil.copy(store_of("whole"), store_of("read"))
    done = subprocess.run([os.path.join(proof.build, "lbsim-flips"), store_of("read"), str(step)],
                          capture_output=True, text=True, check=False)
    print(done.stdout.strip().rpartition("\n")[2])
    proof.equal(done.returncode, 0, f"reading:\n{done.stdout}{done.stderr}")


def write_flipped(directory, at):
    shutil.rmtree(directory, ignore_errors=True)
    os.mkdir(directory)
    with open(store_of(directory), "wb") as it:
        it.write(sound[:at] + bytes([sound[at] ^ 0x55]) + sound[at + 1:])


def reads(command, at, was):
    """compare and export: the same, or a sentence that names the file; and no row that was not there."""
    done = proof.run(*command, "flipped", timeout=60)
    if done.stdout == was.stdout and done.returncode == was.returncode:
        return
    what = f"byte {at}: lbsim {' '.join(command)}, exit {done.returncode}"
    proof.check(done.returncode in (0, 1, 3), f"{what}: {done.stderr.strip()}")
    proof.has(done.stderr, store_of("flipped"), f"{what} names no file")
    if "--replications" in command:
        extra = set(done.stdout.splitlines()) - set(was.stdout.splitlines())
        proof.check(not extra, f"{what}: rows that were not there: {sorted(extra)[:2]}")


def mends(at):
    """Runs again, on what is damaged: True if it mends it."""
    done = proof.run(*RUN, "flipped", timeout=60)
    what = f"byte {at}: lbsim run"
    if done.returncode == 3:
        proof.has(done.stderr, store_of("flipped"), what)
        proof.check(any(cure in done.stderr for cure in ("move it away", "choose another directory")),
                    f"{what}: no cure in {done.stderr!r}")
        return False
    proof.equal(done.returncode, 0, f"{what} ({done.stderr.strip()})")
    proof.check(done.stdout == whole.stdout, f"{what} prints other numbers")
    proof.check(same_stores(proof, "whole", "flipped", what, in_use=True), what)
    return True


def mends_costs():
    """What all trials cost is damaged: they are simulated again, and the damaged file is kept as it was."""
    shutil.copytree("whole", "costs")
    database = sqlite3.connect(store_of("costs"))
    database.execute("update cost set wall_s = 5")
    database.commit()
    database.close()
    done = proof.run(*RUN, "costs")
    proof.equal(done.returncode, 0, f"damaged costs ({done.stderr.strip()})")
    proof.equal(done.stderr.count("is damaged"), 1, f"how often damage is told: {done.stderr!r}")
    same_stores(proof, "whole", "costs", "damaged costs")
    os.rename(store_of("costs") + "-damaged", "damaged.sqlite")
    for path, wanted in (("damaged.sqlite", True), (store_of("costs"), False)):
        with opened(path) as database:
            spoilt = rows(database, "select count(*) = (select count(*) from trial) from cost where wall_s = 5")
            proof.equal(spoilt, [(int(wanted),)], f"all costs of {path} are damaged")


READERS = [("export",), ("export", "--replications"), ("compare",)]
read_all()
mends_costs()
commands = [(words, proof.run(*words, "whole")) for words in READERS]
proof.check(all(was.returncode == 0 and was.stdout for words, was in commands), "reading what is whole")
mended = refused = 0
for byte in range(0, len(sound), run_step):
    write_flipped("flipped", byte)
    for words, before in commands:
        reads(words, byte, before)
    if mends(byte):
        mended += 1
    else:
        refused += 1
print(f"run again: {mended} stores as new, {refused} refused")
proof.check(mended > refused, f"{mended} stores mended, {refused} refused")
proof.end()
