#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs every scenario of a directory and checks what its description expects.

scenarios.py LBSIM DIRECTORY

A description ends in what theory says, in one grammar:

    expect: METRIC [of POLICY] [at TIME] = VALUE (KIND: WHERE FROM); METRIC = ...

KIND is exact, numeric or "limit, within P %". VALUE may carry the unit ms, us or s. Without a
policy the claim is about every policy of the file; with a time it is about the window around it.

A claim holds if the value lies within 4.5 standard errors of what was measured; of a limit, if the
whole interval lies within P % of it. One that does not hold is tried once more with another seed.
With 19 degrees of freedom a true claim is beyond 4.5 standard errors with probability 0.00025, and
twice with 6e-8: below 1 in 100,000 for all claims together, whenever the random numbers change. The
percentage of a limit leaves room for as much. As the seeds are fixed, one and the same program
always comes to the same verdict."""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

UNITS = {"": 1.0, "s": 1.0, "ms": 1e-3, "us": 1e-6}
CLAIM = re.compile(
    r"(?P<metric>[a-z_]+(?:\.[a-z0-9_.]+)?(?:\{[^}]*\})?)(?: of (?P<policy>\S+))?"
    r"(?: at (?P<time>[0-9.]+)(?P<time_unit>s|ms|us))? = "
    r"(?P<value>[0-9.]+)(?P<unit>s|ms|us|) "
    r"\((?:(?P<kind>exact|numeric)|limit, within (?P<percent>[0-9.]+) %): "
    r"(?P<source>.+)\)")
STANDARD_ERRORS = 4.5


def claims_of(path):
    """What the file expects; a text that does not follow the grammar is an error."""
    description = json.loads(path.read_text(encoding="utf-8"))["description"]
    question, mark, text = description.partition(" expect: ")
    if not mark or not question.endswith("?"):
        raise ValueError("its description is not a question and what to expect")
    claims = []
    for part in re.split(r"(?<=\)); (?=\S+ (?:=|of|at) )", text):
        claim = CLAIM.fullmatch(part)
        if not claim:
            raise ValueError(f"this is no claim: {part}")
        claims.append(claim.groupdict())
    return claims


def results_of(lbsim, path, seed):
    with tempfile.TemporaryDirectory() as out:
        command = [lbsim, "run", str(path), "--format", "json", "--quiet", "--out", out]
        if seed:
            command += ["--seed", seed]
        said = subprocess.run(command, capture_output=True, text=True, check=False)
    if said.returncode:
        raise ValueError(f"exit {said.returncode}: {said.stderr.strip()}")
    return json.loads(said.stdout)["runs"]


def holds(claim, measured):
    value = float(claim["value"]) * UNITS[claim["unit"]]
    if measured["se"] is None:
        return False
    if claim["percent"]:
        room = value * float(claim["percent"]) / 100.0
        return value - room <= measured["low"] and measured["high"] <= value + room
    # as many digits as the claim gives
    rounding = 10.0 ** -len(claim["value"].partition(".")[2]) / 2.0 * UNITS[claim["unit"]]
    return abs(measured["value"] - value) <= STANDARD_ERRORS * measured["se"] + rounding


def measurement(claim, run):
    """What the run measured of a claim's metric."""
    told = [run]
    if claim["time"]:
        time = float(claim["time"]) * UNITS[claim["time_unit"]]
        told = [window for window in run["windows"] if window["from"] <= time < window["to"]]
    if not told or claim["metric"] not in told[0]["metrics"]:
        raise ValueError(f"{claim['metric']} is not among the results")
    return told[0]["metrics"][claim["metric"]]


def judge(claims, runs):
    """Sentences about the claims that do not hold, and how many claims there are."""
    wrong, n = [], 0
    for claim in claims:
        told = [run for run in runs if claim["policy"] in (None, run["label"])]
        if not told:
            raise ValueError(f"no policy is called {claim['policy']}")
        for run in told:
            measured = measurement(claim, run)
            n += 1
            if not holds(claim, measured):
                wrong.append(f"{claim['metric']} of {run['label']}: {measured['value']:.9g} "
                             f"(standard error {measured['se']}), expected "
                             f"{claim['value']}{claim['unit']}")
    return wrong, n


def check(lbsim, path):
    """How many claims hold, and how many do not."""
    claims = claims_of(path)
    wrong, n = judge(claims, results_of(lbsim, path, None))
    if wrong:
        wrong, n = judge(claims, results_of(lbsim, path, "2"))
    for sentence in wrong:
        print(f"FAILED: {path.name}: {sentence}")
    return n - len(wrong), len(wrong)


def main():
    lbsim, directory = sys.argv[1:]
    files = sorted(pathlib.Path(directory).glob("*.json"))
    passed = failed = 0
    for path in files:
        try:
            good, bad = check(lbsim, path)
        except (ValueError, KeyError) as error:
            print(f"FAILED: {path.name}: {error}")
            good, bad = 0, 1
        passed, failed = passed + good, failed + bad
    print(f"scenarios of theory: {len(files)} files, {passed} passed, {failed} failed")
    sys.exit(failed > 0 or not files)


main()
