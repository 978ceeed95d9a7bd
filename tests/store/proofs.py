# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the results store share: running lbsim as a user does, seeing that no process of
it remains, and comparing stores row by row."""
import atexit
import contextlib
import ctypes
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

PR_SET_CHILD_SUBREAPER = 36

# A trial is content alone: all its columns count, the checksum included.
CONTENT = ("trial", "param", "value", "histogram_data", "series")
# What a run says of them: all columns but the run's number and the checksum, which is of it too.
OF_RUN = {
    "run_trial": "point, label, trial_hash",
    "contender": "point, label, position, policy, replications",
    "point": "point, position, path, text, number",
    "interval": "point, label, scope, metric, statistic, n, value, low, high, se, confidence, method, why",
    "warning": "point, label, code, message",
}


class Proof:
    """Counts what holds, and ends the program with what does not."""

    def __init__(self, name, build):
        self.name, self.passed, self.failed, self.skipped = name, 0, 0, 0
        self.build = os.path.abspath(build)
        self.lbsim = os.path.join(self.build, "lbsim")
        self.work = tempfile.mkdtemp(prefix="lbsim-store-")
        atexit.register(shutil.rmtree, self.work, ignore_errors=True)
        os.chdir(self.work)
        adopt_orphans()

    def check(self, good, what):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED: {what}", flush=True)
        return good

    def equal(self, got, wanted, what):
        return self.check(got == wanted, f"{what}: got {got!r}, wanted {wanted!r}")

    def has(self, text, part, what):
        return self.check(part in text, f"{what}: no {part!r} in {text!r}")

    def skip(self, why):
        self.skipped += 1
        print(f"skipped: {why}", flush=True)

    def end(self):
        print(f"{self.name}: {self.passed} passed, {self.failed} failed, {self.skipped} skipped")
        sys.exit(1 if self.failed or not self.passed else 0)

    def command(self, *words):
        return [self.lbsim, *map(str, words)]

    def run(self, *words, **how):
        """Runs lbsim to its end; what it said to standard error is .stderr."""
        return subprocess.run(self.command(*words), capture_output=True, text=True, check=False, **how)


# ---- Processes.

def adopt_orphans():
    """Processes whose parent dies become children of this one, so that none escapes."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def orphans_end(patience=10.0):
    """Waits until no child is left, adopted ones included. Returns how those ended that were left,
    and whether all did."""
    ends, until = [], time.monotonic() + patience
    while time.monotonic() < until:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ends, True
        if pid:
            ends.append(status)
        else:
            time.sleep(0.002)
    return ends, False


def kill_whole(process):
    """SIGKILL to the parent alone."""
    process.send_signal(signal.SIGKILL)
    process.wait()


# ---- Stores.

def store_of(directory):
    return os.path.join(directory, "results.sqlite")


@contextlib.contextmanager
def opened(path):
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
    try:
        yield database
    finally:
        database.close()


@contextlib.contextmanager
def copied(directory):
    """A store as it lies there, its log included, read without touching it."""
    with tempfile.TemporaryDirectory(dir=".") as to:
        for end in "", "-wal", "-journal":
            if os.path.exists(store_of(directory) + end):
                shutil.copy(store_of(directory) + end, store_of(to) + end)
        if not os.path.exists(store_of(to)):
            yield None
            return
        database = sqlite3.connect(store_of(to))
        try:
            yield database
        finally:
            database.close()


def rows(database, query):
    """Rows of a query; none where there is no such table yet."""
    try:
        return database.execute(query).fetchall()
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return []
        raise


def used(table):
    """Rows of a content table that the newest run speaks of."""
    return f"select * from {table} where trial_hash in " \
           "(select trial_hash from run_trial where run_id = (select max(run_id) from run))"


def content(database, table, in_use=False):
    return set(rows(database, used(table) if in_use else f"select * from {table}"))


def of_newest(database, table):
    return set(rows(database, f"select {OF_RUN[table]} from {table} "
                              "where run_id = (select max(run_id) from run)"))


def same_stores(proof, a, b, what, in_use=False):
    """The rows of two results, each way. in_use: only those that the newest run speaks of."""
    good = True
    with opened(store_of(a)) as left, opened(store_of(b)) as right:
        for table in (*CONTENT, *OF_RUN):
            pair = [content(d, table, in_use) if table in CONTENT else of_newest(d, table)
                    for d in (left, right)]
            only = [sorted(map(str, pair[i] - pair[1 - i])) for i in (0, 1)]
            good &= proof.check(not only[0] and not only[1],
                                f"{what}: table {table} differs: {len(only[0])} rows only in {a}, "
                                f"{len(only[1])} only in {b}: {(only[0] + only[1])[:2]}")
    return good


def counts(directory, table):
    with opened(store_of(directory)) as database:
        return rows(database, f"select count(*) from {table}")[0][0]
