#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is a page's film the run that `lbsim run` tells of? film.py LBSIM SCENARIO ...

Reads the film out of a page again (a reader of its own, not the page's) and compares it with the
traces of the same run, request by request and pick by pick, to the unit that the page tells time in.
"""
import base64
import csv
import json
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

HOWS = ["completed", "rejected", "timed_out", "failed", "cancelled", "open"]


def varints(data, at, n):
    values = []
    for _ in range(n):
        x = shift = 0
        while True:
            byte = data[at]
            at += 1
            x |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        values.append(x)
    return values, at


def columns_of(names, text):
    data = base64.b64decode(text)
    whole, at, out = data[0] == 1, 1, {}
    for name in names:
        kind = data[at]
        (n,), at = varints(data, at + 1, 1)
        values, at = varints(data, at, n if kind else min(n, 1))
        if kind != 1:
            values = [x >> 1 ^ -(x & 1) for x in values]
        out[name] = values if kind else values * n
    assert at == len(data), "bytes are left over"
    return whole, out


def page_data(page):
    text = re.search(r'<script type="application/json" id="film">(.*?)</script>', page, re.S).group(1)
    return json.loads(text)


def rest(column):
    it = iter(column)
    return lambda: next(it)


def film_of(data, film):
    """Requests by serial (with their calls and attempts), and picks in order."""
    whole, column = columns_of(data["columns"], film["data"])
    take = {name: rest(values) for name, values in column.items()}
    requests, order, issued, serial = {}, [], 0, -1
    for _ in column["serial"]:
        serial += take["serial"]() + 1
        issued += take["issued"]()
        end = take["end"]()
        r = {"serial": serial, "client": take["client"](), "issued": issued, "calls": [],
             "end": issued + end - 1 if end else None, "how": HOWS[take["how"]()],
             "work": take["work"]()}
        for _ in range(take["calls"]()):
            r["calls"].append(call_of(take, issued))
        requests[serial] = r
        order.append(r)
    picks, index = [], -1
    for _ in column["pick_request"]:
        index += take["pick_request"]() + 1
        picks.append(pick_of(take, order[index], whole))
    return requests, picks, column


def call_of(take, issued):
    c = {"out": issued + take["call_out"](), "balancer": take["call_balancer"](), "attempts": []}
    there = take["call_there"]()
    c["from"] = c["out"] + (there - 1 if there else 0)
    take["call_answered"](), take["call_home"]()
    for _ in range(take["call_attempts"]()):
        a = {"server": take["attempt_server"](), "sent": c["from"] + take["attempt_sent"]()}
        for name in ("reached", "begun", "left", "back", "lost"):
            a[name] = take["attempt_" + name]()
        c["attempts"].append(a)
    return c


def pick_of(take, request, whole):
    call = request["calls"][take["pick_call"]()]
    p = {"request": request["serial"], "at": call["from"] + take["pick_at"](),
         "balancer": call["balancer"], "attempt": take["pick_attempt"](),
         "offer": take["pick_offer"](), "candidates": []}
    answer, tries = take["pick_answer"](), call["attempts"]
    guess = tries[p["attempt"]]["server"] if p["attempt"] < len(tries) else 0
    p["choice"] = ["none", "hold", "reject"][answer] if answer < 3 else \
        guess + ((answer - 3) >> 1 ^ -((answer - 3) & 1))
    p["spoke_of"] = take["pick_candidates"]()
    for _ in range(min(p["spoke_of"], 6)):
        server, load, score = (take["candidate_" + k]() for k in ("server", "load", "score"))
        score = score + load if whole else struct.unpack("<f", struct.pack("<I", score))[0]
        p["candidates"].append({"server": server, "load": load, "score": score})
    p["beliefs"] = take["pick_beliefs"]()
    return p


def ns(text):
    whole, part = text.split(".")
    return int(whole) * 10**9 + int(part)


def near(a, b):
    return a == b or abs(a - b) <= 1e-6 * max(abs(a), abs(b))


def compare(lbsim, scenario, options, work):
    page, picks_file, log = work / "page.html", work / "picks", work / "log"
    made = subprocess.run([lbsim, "animate", scenario, *options, "-q", "-o", page],
                          capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    data = page_data(page.read_text())
    labels = [f["label"] for f in data["films"]]
    subprocess.run([lbsim, "run", scenario, *options, "--replications", "1", "-q", "-o", work / "r",
                    "--trace-picks", picks_file, "--trace-requests", log], check=False,
                   capture_output=True, text=True, timeout=300)
    requests = {label: [] for label in labels}
    point = None
    for row in csv.DictReader(log.open()):
        point = row["point"] if point is None else point
        if row["policy"] in requests and row["point"] == point:
            requests[row["policy"]].append(row)
    picks = {label: [] for label in labels}
    for line in picks_file.open():
        pick = json.loads(line)
        if pick["policy"] in picks and pick["point"] == point:
            picks[pick["policy"]].append(pick)
    unit = data["unit"]
    for film in data["films"]:
        compare_film(data, film, unit, requests[film["label"]], picks[film["label"]])
    return sum(len(x) for x in requests.values()), sum(len(x) for x in picks.values())


def compare_film(data, film, unit, told, told_picks):
    mine, picks, _ = film_of(data, film)
    label = film["label"]
    whole = not data["windowed"]
    ended = {s: r for s, r in mine.items() if r["how"] != "open"}
    if whole:
        assert len(ended) == len(told), f"{label}: {len(ended)} requests ended, {len(told)} in the log"
    seen = 0
    for row in told:
        r = ended.get(int(row["request"]))
        if r is None:
            assert not whole, f"{label}: request {row['request']} is missing"
            continue
        seen += 1
        issued = ns(row["issued_s"])
        want = (issued // unit, (issued + ns(row["latency_s"])) // unit, row["ended"])
        got = (r["issued"], r["end"], r["how"])
        assert got == want, f"{label}: request {row['request']}: film {got}, log {want}"
    assert seen == len(ended)
    if not whole:
        return
    assert film["total"]["issued"] == len(mine)
    assert len(picks) == len(told_picks), f"{label}: {len(picks)} picks, {len(told_picks)} in the trace"
    for mine_pick, want in zip(picks, told_picks):
        compare_pick(label, unit, data, mine_pick, want)


def compare_pick(label, unit, data, mine, want):
    where = f"{label}: pick for request {want['request']}"
    at = round(want["at"] * 1e9)
    for key in ("request", "balancer", "attempt", "offer"):
        assert mine[key] == want[key], f"{where}: {key} {mine[key]}, {want[key]} in the trace"
    assert mine["at"] == at // unit, f"{where}: at {mine['at']}, {at} ns in the trace"
    if len(data["groups"]) == 1 or isinstance(want["choice"], str): # seats are servers
        assert mine["choice"] == want["choice"], f"{where}: {mine['choice']} {want['choice']}"
    for a, b in zip(mine["candidates"], want["candidates"]):
        assert a["load"] == b["load"] and near(a["score"], b["score"]), f"{where}: {a} {b}"


def compare_all(lbsim, scenarios):
    """How many are not as they run."""
    bad = requests = picks = 0
    for scenario in scenarios:
        with tempfile.TemporaryDirectory() as work:
            try:
                n, m = compare(lbsim, scenario, ["--requests", "1500"], pathlib.Path(work))
                requests, picks = requests + n, picks + m
            except (AssertionError, KeyError, StopIteration) as e:
                print(f"FAILED: {scenario}: {type(e).__name__} {e}")
                bad += 1
    print(f"films: {len(scenarios) - bad} of {len(scenarios)} scenarios as they run: "
          f"{requests} requests, {picks} picks")
    return bad


if __name__ == "__main__":
    sys.exit(1 if compare_all(sys.argv[1], sys.argv[2:]) else 0)
