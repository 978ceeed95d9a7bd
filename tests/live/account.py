#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is every request and attempt of a live run accounted for, and does it come to what was expected?

account.py LIVE.json SIMULATED.json CONDITION ...

Conditions are expressions over the counts of a policy: issued, completed, rejected, timed_out, failed, cancelled; sent, ok, error,
timeout, refused, lost, cut (attempts), cancelled_attempts(live); by (failures by cause); s (the same counts of the simulation); policy;
live (all that is told of the run).
"""
import json
import sys
from types import SimpleNamespace


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        live = json.load(file)
    with open(sys.argv[2], encoding="utf-8") as file:
        simulated = {r["label"]: r["requests"] for r in json.load(file)["runs"]}
    wrong = [] if live["runs"] else ["no runs"]
    for run in live["runs"]:
        requests, attempts = dict(run["requests"]), dict(run["attempts"])
        if requests["issued"] != sum(v for k, v in requests.items() if k != "issued"):
            wrong.append(f"{run['label']}: requests do not add up: {requests}")
        if attempts["sent"] != sum(v for k, v in attempts.items() if k != "sent"):
            wrong.append(f"{run['label']}: attempts do not add up: {attempts}")
        if requests["in_system"] or attempts["in_flight"]:
            wrong.append(f"{run['label']}: something is left: {requests} {attempts}")
        if sum(run["failed_by"].values()) != requests["failed"]:
            wrong.append(f"{run['label']}: causes do not add up: {run['failed_by']}")
        names = {**attempts, **requests, "by": SimpleNamespace(**run["failed_by"]), "policy": run["label"], "live": run,
                 "cancelled_attempts": lambda r: r["attempts"]["cancelled"], "s": SimpleNamespace(**simulated.get(run["label"], {}))}
        for condition in sys.argv[3:]:
            if not eval(condition, {}, names):  # of this test's own text
                wrong.append(f"{run['label']}: not {condition}: {requests} {attempts} {run['failed_by']}, simulated {simulated.get(run['label'])}")
    print("\n".join(wrong) if wrong else "good")
    return 1 if wrong else 0


sys.exit(main())
