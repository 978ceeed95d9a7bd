#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Of the intervals that say 95 %, how many contain the truth?

coverage.py LBSIM [--full] [--seeds N] [--jobs N] [GATE ...]

Each gate is a scenario whose answer theory knows: the claims of its `expect`. It is simulated from
start to end, warm-up, stopping rule and all, once for each seed, and the intervals that contain the
truth are counted. One interval tells nothing; a hundred tell of a gross mistake, a thousand whether
95 % means 95 %.

  A  means of 20 replications: busy and half empty, two queues, varied work
  B  the same, simulated until a precision is reached: stopping when it looks good costs coverage
  C  the 99th percentile
  D  the difference of two policies on the same requests
  F  batch means of one long run, of 400,000 customers

A hundred seeds (without --full, and without the longest of A) must cover .88 at least. Intervals
that cover .95 fail so with probability .0015 each, .945 with .0034, .93 with .022: about one change
of the random numbers in 30 raises a false alarm. A thousand seeds must cover between .93 and .97
(A, D; of .95 .003 are outside, of .945 .019) or .92 at least (B, C, F: sequential rules, quantiles
and batches lose a little; of .94 .005 fail): about one change in 15. Seeds are fixed: the same
program comes to the same counts. Who gives no interval ("run longer") says nothing false, but one
in 50 may do so at most. The scores of all rows of the oracles (lbsim-oracles) are gate E: their
mean and spread find intervals that are too wide, too."""
import argparse
import csv
import io
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
AT_ONCE = 50  # seeds a run: what it keeps on disk is thrown away before the next

#        gate, scenario, options, without --full too, least and most coverage of a thousand
GATES = [("A", "busy", [], True, 0.93, 0.97),
         ("A", "half", [], True, 0.93, 0.97),
         ("A", "shorter", [], False, 0.93, 0.97),
         ("A", "varied", [], False, 0.93, 0.97),
         ("B", "precise", [], True, 0.92, 1.0),
         ("C", "percentile", [], True, 0.92, 1.0),
         ("D", "paired", [], True, 0.93, 0.97),
         ("F", "busy", ["--single-run", "--requests", "20000"], True, 0.92, 1.0)]
FEW_LEAST, FEW_MOST = 0.88, 1.0
MISSING_MOST = 0.02
FEW, MANY = 100, 1000


class Tally:
    """What became of the intervals of one claim."""

    def __init__(self, name, truth):
        self.name, self.truth = name, truth
        self.n = self.inside = self.missing = 0
        self.value = self.half = 0.0

    def add(self, value, low, high):
        self.n += 1
        if low is None or high is None:
            self.missing += 1
            return
        self.inside += low <= self.truth <= high
        self.value += value
        self.half += (high - low) / 2

    def told(self):
        return self.n - self.missing

    def words(self):
        told = max(self.told(), 1)
        return (f"{self.name}: {self.inside} of {self.told()} ({self.inside / told:.3f}), "
                f"half-width {100 * self.half / told / abs(self.truth):.2f} %, "
                f"bias {100 * (self.value / told / self.truth - 1):+.2f} %"
                + (f", {self.missing} without interval" if self.missing else ""))


def call(command):
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    if said.returncode not in (0, 1):  # 1: a precision was not reached, which counts below
        raise ValueError(f"{' '.join(command)}: exit {said.returncode}: {said.stderr.strip()}")
    return said.stdout


def number(text):
    return float(text) if text else None


def simulate(options, path, more, first, last, directory):
    """Intervals of means and quantiles: {(metric, seed): (value, low, high)}."""
    command = [options.lbsim, "run", str(path), "--sweep", f"run.seed={first}..{last}", "--quiet",
               "--format", "csv", "--out", directory] + more
    if options.jobs:
        command += ["--jobs", str(options.jobs)]
    rows = csv.DictReader(io.StringIO(call(command)))
    return {(f"{row['metric']}.{row['statistic']}", row["run.seed"]):
            (number(row["value"]), number(row["low"]), number(row["high"])) for row in rows}


def compare(options, claim, directory):
    """Intervals of a difference: [(value, low, high)], one a seed."""
    first, second = claim["difference"]
    told = json.loads(call([options.lbsim, "compare", directory, "--base", second, "--metric",
                            claim["by"], "--format", "json", "--quiet"]))
    differences = []
    for comparison in told["comparisons"]:
        for policy in comparison["policies"]:
            if policy["label"] == first:
                d = policy["difference"]
                differences.append((d["value"], d["low"], d["high"]))
    return differences


def name_of(claim):
    if "difference" in claim:
        return f"{claim['by']} of {claim['difference'][0]} less {claim['difference'][1]}"
    return claim["metric"]


def count(options, path, more, seeds):
    """A tally for each claim of a scenario."""
    claims = json.loads(path.read_text(encoding="utf-8"))["expect"]
    tallies = [Tally(name_of(claim), claim["value"]) for claim in claims]
    for first in range(1, seeds + 1, AT_ONCE):
        last = min(first + AT_ONCE - 1, seeds)
        directory = tempfile.mkdtemp()
        try:
            found = simulate(options, path, more, first, last, directory)
            for claim, tally in zip(claims, tallies):
                if "difference" in claim:
                    told = compare(options, claim, directory)
                else:
                    told = [found[claim["metric"], str(s)] for s in range(first, last + 1)]
                if len(told) != last - first + 1:
                    raise ValueError(f"{len(told)} intervals of {last - first + 1} seeds")
                for interval in told:
                    tally.add(*interval)
        finally:
            shutil.rmtree(directory)
    return tallies


def judge(tally, least, most):
    told = tally.told()
    return (tally.missing <= MISSING_MOST * tally.n
            and round(least * told) <= tally.inside <= round(most * told))


def main():
    read = argparse.ArgumentParser()
    read.add_argument("lbsim")
    read.add_argument("gate", nargs="*")
    read.add_argument("--full", action="store_true")
    read.add_argument("--seeds", type=int)
    read.add_argument("--jobs", type=int)
    options = read.parse_intermixed_args()
    seeds = options.seeds or (MANY if options.full else FEW)
    passed = failed = 0
    for gate, name, more, early, least, most in GATES:
        if options.gate and gate not in options.gate and name not in options.gate:
            continue
        if not (early or options.full or options.gate):
            continue
        if seeds < MANY:
            least, most = FEW_LEAST, FEW_MOST
        for tally in count(options, HERE / f"{name}.json", more, seeds):
            good = judge(tally, least, most)
            passed, failed = passed + good, failed + (not good)
            what = " ".join([name] + more)
            print(f"{'' if good else 'FAILED: '}gate {gate}, {what}: {tally.words()}; "
                  f"wanted {least} to {most}", flush=True)
    print(f"coverage: {passed} passed, {failed} failed")
    sys.exit(failed > 0 or not passed)


main()
