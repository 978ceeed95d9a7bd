#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lbsim says where it cannot keep results: a full disk, a directory in use, files that are none
of its own. refusals.py BUILD"""
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

from proofs import Proof, content, copied, counts, opened, same_stores, store_of

proof = Proof("refusals", sys.argv[1])
scenario = {"name": "refusals", "load": 0.8, "clients": {"service": "1ms"}, "servers": {"count": 3},
            "policies": ["random", "p2c"], "run": {"requests": 3000, "replications": 12, "warmup": 300}}
with open("small.json", "w", encoding="utf-8") as file:
    json.dump(scenario, file)
scenario["run"]["requests"] = 300000
with open("long.json", "w", encoding="utf-8") as file:
    json.dump(scenario, file)


def refused(directory, parts, what, scenario_file="small.json", **how):
    """Exit 3, and one line that names the file and has all parts."""
    done = proof.run("run", scenario_file, "-q", "-o", directory, **how)
    proof.equal(done.returncode, 3, f"{what}: exit status ({done.stderr.strip()})")
    for part in parts:
        proof.has(done.stderr, part, what)
    proof.equal(done.stderr.count("\n"), 1, f"{what}: lines in {done.stderr!r}")
    proof.equal(done.stdout, "", f"{what}: standard output")


def runs(directory, scenario_file, what):
    done = proof.run("run", scenario_file, "-q", "-o", directory)
    return proof.equal(done.returncode, 0, f"{what} ({done.stderr.strip()})")


def held(path):
    """All of a file, to see that it is not touched."""
    with open(path, "rb") as it:
        return it.read()


# ---- A disk that is full, here a limit on the size of files.

def full_disk():
    runs("free", "small.json", "without a limit")
    whole, step = os.path.getsize(store_of("free")), 0
    kept = -1
    for step in range(1, 6):
        limit = whole * step // 6 // 1024
        done = subprocess.run(["bash", "-c", f'ulimit -f {limit}; exec "$@"', "bash",
                               *proof.command("run", "small.json", "-q", "-j", 2, "-o", "full")],
                              capture_output=True, text=True, check=False)
        proof.equal(done.returncode, 3, f"full disk, {limit} KiB: exit status")
        for part in "full/results.sqlite", "make room", "run again", "finished trials are kept":
            proof.has(done.stderr, part, f"full disk, {limit} KiB")
        with copied("full") as database, opened(store_of("free")) as other:
            now = content(database, "trial") if database else set()
            proof.check(now <= content(other, "trial"), "a full disk changes trials")
        proof.check(len(now) >= kept, f"full disk, {limit} KiB: {len(now)} trials, were {kept}")
        kept = len(now)
    proof.check(0 < kept < 24, f"a full disk keeps {kept} of 24 trials")
    done = proof.run("run", "small.json", "-o", "full")
    proof.equal(done.returncode, 0, "with room again")
    proof.has(done.stderr, f"{kept} of 24 trials were there already", "with room again")
    same_stores(proof, "free", "full", "after a full disk")


# ---- Two at once.

def in_use(directory):
    """Waits until the first trial is in."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with copied(directory) as database:
            if database and len(content(database, "trial")) > 0:
                return True
        time.sleep(0.01)
    return False


def two_at_once():
    runs("alone", "long.json", "alone")
    first = subprocess.Popen(proof.command("run", "long.json", "-q", "-j", 1, "-o", "shared"),
                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if proof.check(in_use("shared"), "the first of two does not begin"):
        first.send_signal(signal.SIGSTOP)  # that it does not end meanwhile
        refused("shared", ["shared/results.sqlite", "in use by another lbsim", f"process {first.pid}", "-o"],
                "two at once", "long.json", timeout=20)
        refused("shared", ["in use by another lbsim"], "another scenario at once", timeout=20)
        first.send_signal(signal.SIGCONT)
    said = first.communicate()[1]
    proof.equal((first.returncode, said), (0, b""), "the first of two")
    proof.equal(counts("shared", "run"), 1, "runs of two at once")
    same_stores(proof, "alone", "shared", "two at once")


# ---- Files that are none of lbsim's.

def foreign_files():
    for name, parts, make in (
            ("text", ["not a result store", "move it away"], lambda path: open(path, "w").write("x" * 5000)),
            ("short", ["not a result store", "move it away"], lambda path: open(path, "w").write("hello\n")),
            ("other", ["another program", "-o"], lambda path: script(path, "create table address(name)")),
            ("old", ["version 1", "-o"], lambda path: copy_with(path, "pragma user_version = 1")),
            ("new", ["version 77", "-o"], lambda path: copy_with(path, "pragma user_version = 77")),
            ("directory", ["cannot open", "-o"], os.mkdir)):
        os.mkdir(name)
        make(store_of(name))
        before = held(store_of(name)) if os.path.isfile(store_of(name)) else None
        refused(name, [store_of(name), *parts], f"a {name} file")
        if before is not None:
            proof.equal(held(store_of(name)) == before, True, f"a {name} file is left as it was")
    os.mkdir("empty")
    open(store_of("empty"), "w", encoding="utf-8").close()
    runs("empty", "small.json", "an empty file is a store to be")
    same_stores(proof, "free", "empty", "an empty file")
    open("plain", "w", encoding="utf-8").close()
    refused("plain", ["plain/results.sqlite", "Not a directory"], "a file as a directory")
    refused("plain/below", ["plain/below", "Not a directory"], "a directory below a file")


def script(path, text):
    database = sqlite3.connect(path)
    database.executescript(text)
    database.close()


def copy_with(path, text):
    shutil.copy(store_of("free"), path)
    script(path, text)


# ---- Where one may not write.

def someone_else():
    """How to be someone who is not root; None if that cannot be."""
    if os.geteuid() != 0:
        return []
    words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    try:
        works = subprocess.run([*words, proof.lbsim, "--version"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        works = False
    return words if works else None


def read_only():
    as_someone = someone_else()
    if as_someone is None:
        proof.skip("read-only directories: this is root, and nobody else can run lbsim here")
        return
    os.chmod(proof.work, 0o755)
    os.mkdir("fixed")
    shutil.copytree("free", "kept")
    os.chmod(store_of("kept"), 0o444)
    for name in "fixed", "kept":
        os.chmod(name, 0o555)
    for name, part in ("fixed", "cannot write here"), ("kept", "cannot write here"), ("fixed/below", "cannot be made"):
        done = subprocess.run([*as_someone, *proof.command("run", "small.json", "-q", "-o", name)],
                              capture_output=True, text=True, check=False)
        proof.equal(done.returncode, 3, f"read-only {name}: exit status")
        for word in name, part, "-o":
            proof.has(done.stderr, word, f"read-only {name}")
    os.chmod("kept", 0o777)
    done = subprocess.run([*as_someone, *proof.command("run", "small.json", "-q", "-o", "kept")],
                          capture_output=True, text=True, check=False)
    proof.equal(done.returncode, 3, "a read-only file: exit status")
    proof.has(done.stderr, "readonly", "a read-only file")
    same_stores(proof, "free", "kept", "a read-only file")
    os.chmod("fixed", 0o755)


full_disk()
two_at_once()
foreign_files()
read_only()
proof.end()
