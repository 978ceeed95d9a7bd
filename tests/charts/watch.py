#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# lbsim watch in a terminal of its own: what it shows, its keys, how it gives the terminal back, and
# that its counters are those of lbsim run. watch.py BUILD [TEST ...]
#
# Nothing here is timed: what is waited for may take as long as WAIT.
import codecs
import csv
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unicodedata

BUILD = os.path.abspath(sys.argv[1])
LBSIM = os.path.join(BUILD, "lbsim")
TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
WAIT = 60
passed = failed = 0


def check(name, good, said=""):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print(f"FAILED: {name}: {said}")


class Screen:
    """As much of a terminal as lbsim may use; whatever else comes is kept in `strange`."""

    KNOWN = re.compile("\x1b\\[(\\??[0-9;]*)([A-Za-z])")

    def __init__(self, rows, columns):
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.rest = ""
        self.strange = []
        self.alternate = False
        self.cursor = self.wrap = True
        self.entered = 0
        self.colors = set()
        self.resize(rows, columns)

    def resize(self, rows, columns):
        self.rows, self.columns = rows, columns
        self.clear()

    def clear(self):
        self.row = self.column = 0
        self.cells = [[" "] * self.columns for _ in range(self.rows)]

    def obey(self, arguments, letter):
        if letter == "H":
            self.row, self.column = (int(n) - 1 for n in arguments.split(";"))
        elif letter == "J" and arguments == "2":
            self.clear()
        elif letter == "m":
            self.colors |= {n for n in arguments.split(";") if re.fullmatch("[34][0-7]", n)}
        elif letter in "hl" and arguments in ("?1049", "?25", "?7"):
            on = letter == "h"
            if arguments == "?1049":
                self.alternate = on
                self.entered += on
                self.clear()
            elif arguments == "?25":
                self.cursor = on
            else:
                self.wrap = on
        else:
            self.strange.append((arguments, letter))

    def show(self, char):
        if self.alternate and (self.row >= self.rows or self.column >= self.columns):
            self.strange.append(("outside", char, self.row, self.column))
        elif self.row < self.rows and self.column < self.columns:
            self.cells[self.row][self.column] = char
        self.column += 1
        if unicodedata.east_asian_width(char) in "WF":
            if self.row < self.rows and self.column < self.columns:
                self.cells[self.row][self.column] = ""
            self.column += 1

    def feed(self, data):
        text = self.rest + self.decoder.decode(data)
        at = 0
        while at < len(text):
            known = self.KNOWN.match(text, at)
            if known:
                self.obey(*known.groups())
                at = known.end()
                continue
            if text[at] == "\x1b" and len(text) - at < 16:
                break
            if text[at] == "\r":
                self.column = 0
            elif text[at] == "\n":
                self.row = min(self.row + 1, self.rows - 1)
            elif ord(text[at]) < 32 or 127 <= ord(text[at]) < 160:
                self.strange.append(text[at : at + 8])
            else:
                self.show(text[at])
            at += 1
        self.rest = text[at:]

    def text(self):
        return "\n".join("".join(row).rstrip() for row in self.cells)


class Terminal:
    """A process whose controlling terminal is a pty of this one."""

    def __init__(self, words, rows=24, columns=100, **environment):
        self.master, self.slave = pty.openpty()
        self.size(rows, columns)
        self.was = termios.tcgetattr(self.slave)
        self.screen = Screen(rows, columns)
        self.bytes = b""
        known = {"TERM": "xterm", "LC_ALL": "C.UTF-8"}
        own = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
            for fd in 0, 1, 2:
                os.dup2(self.slave, fd)
            os.close(self.master)
            os.execve(LBSIM, [LBSIM, *words], {**own, **known, **environment})

    def size(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds=0.05):
        ready, _, _ = select.select([self.master], [], [], seconds)
        if ready:
            data = os.read(self.master, 65536)
            self.bytes += data
            self.screen.feed(data)
        return bool(ready)

    def until(self, what, good):
        """Reads until the screen is as it should be."""
        end = time.monotonic() + WAIT
        while time.monotonic() < end:
            come = self.read()
            if good(self.screen.text()):
                check(what, True)
                return True
            if not come and os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                break
        check(what, False, self.screen.text())
        return False

    def shows(self, pattern):
        return self.until(f"it shows {pattern}", lambda text: re.search(pattern, text))

    def type(self, keys):
        os.write(self.master, keys.encode())

    def time(self):
        found = re.search(r"t = ([0-9.]+) s", self.screen.text())
        return float(found.group(1)) if found else -1.0

    def end(self, what, wanted):
        """The process ends so, and the terminal is as it was."""
        end = time.monotonic() + WAIT
        pid = 0
        while pid == 0 and time.monotonic() < end:
            self.read()
            pid, status = os.waitpid(self.pid, os.WNOHANG)
        if pid == 0:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            check(f"{what}: it ends", False, self.screen.text())
            return
        while self.read(0.2):
            pass
        check(f"{what}: status", os.waitstatus_to_exitcode(status) == wanted,
              f"{os.waitstatus_to_exitcode(status)}, wanted {wanted}: {self.bytes[-400:]}")
        screen = self.screen
        check(f"{what}: the screen is given back",
              screen.entered and not screen.alternate and screen.cursor and screen.wrap)
        check(f"{what}: modes", termios.tcgetattr(self.slave) == self.was)
        check(f"{what}: nothing strange", not screen.strange, screen.strange[:3])
        os.close(self.master)
        os.close(self.slave)


def scenario(folder, name, text):
    path = os.path.join(folder, name + ".json")
    with open(path, "w") as out:
        json.dump(text, out, ensure_ascii=False)
    return path


def small(**more):
    text = {
        "name": "small",
        "load": 0.8,
        "clients": [{"name": "web", "service": {"distribution": "exponential", "mean": "10ms"}}],
        "servers": [{"name": "app", "count": 3}],
        "policies": ["p2c", "random"],
        "run": {"requests": 200000},
    }
    return {**text, **more}


ROW = re.compile(r"^(.*?)((?: +[0-9]+){8})  (?:([0-9.]+) s|-)$")


def counters(text):
    """label: [issued ... retries, mean latency] of the table at the end."""
    rows = {}
    for line in text[text.rindex("mean latency") :].splitlines():
        row = ROW.match(line)
        if row:
            rows[row.group(1).strip()] = [int(n) for n in row.group(2).split()] + [row.group(3)]
    return rows


def run(path, *options):
    """The same of the first replication of lbsim run; without retries."""
    with tempfile.TemporaryDirectory() as folder:
        trace = os.path.join(folder, "trace.csv")
        done = subprocess.run(
            [LBSIM, "run", path, "--replications", "1", "--trace-requests", trace, "--format",
             "json", "-q", "-o", os.path.join(folder, "out"), *options],
            capture_output=True, text=True)
        rows = {}
        for one in json.loads(done.stdout)["runs"]:
            r = one["requests"]
            rows[one["label"]] = [r["issued"], r["completed"], r["rejected"], r["timed_out"],
                                  r["failed"], r["cancelled"], r["in_system"]]
        with open(trace) as lines:
            requests = list(csv.DictReader(lines))
        for label, row in rows.items():
            ns = [round(float(r["latency_s"]) * 1e9) for r in requests
                  if r["policy"] == label and r["ended"] == "completed"]
            row.append(sum(ns) / len(ns) / 1e9 if ns else None)
    return rows


def same(name, shown, wanted):
    check(f"{name}: policies", list(shown) == list(wanted), f"{list(shown)} {list(wanted)}")
    for label in set(shown) & set(wanted):
        a, b = shown[label], wanted[label]
        check(f"{name}, {label}: counters", a[:7] == b[:7], f"{a} {b}")
        check(f"{name}, {label}: mean latency",
              a[8] is None if b[7] is None else a[8] and abs(float(a[8]) - b[7]) < 2e-9, f"{a} {b}")


def numbers_are_those_of_run(folder):
    cases = [
        (os.path.join(TOP, "scenarios/first/quickstart.json"), ["--requests", "3000"]),
        (os.path.join(TOP, "scenarios/first/closed.json"), ["--requests", "3000"]),
        (os.path.join(TOP, "scenarios/theory/copies_cancelled_on_start.json"),
         ["--requests", "2000", "--seed", "7"]),
        (os.path.join(TOP, "scenarios/theory/links.json"), ["--requests", "2000"]),
        (os.path.join(TOP, "scenarios/theory/retry_feedback.json"), ["--requests", "2000"]),
        (scenario(folder, "faults", small(
            clients=[{"name": "web", "service": "10ms", "timeout": "80ms",
                      "retry": {"attempts": 2, "backoff": "5ms"}}],
            servers=[{"name": "app", "count": 3, "faults": {
                "state": "down", "every": {"distribution": "exponential", "mean": "1s"},
                "lasts": "200ms"}}],
            balancers=[{"outlier": {"consecutive": 3}, "health": {"interval": "100ms"}}])),
         ["--requests", "3000"]),
        (scenario(folder, "lasting", small(run={"duration": "5s"})), []),
    ]
    for path, options in cases:
        done = subprocess.run([LBSIM, "watch", path, "-q", *options], capture_output=True,
                              text=True)
        name = os.path.basename(path)
        check(f"{name}: it ends well", done.returncode == 0, done.stderr)
        check(f"{name}: no sequence in a pipe", "\x1b" not in done.stdout)
        check(f"{name}: lines", len(done.stdout.splitlines()) > 20)
        if done.returncode == 0:
            same(name, counters(done.stdout), run(path, *options))


def a_slow_terminal_changes_nothing(folder):
    path = scenario(folder, "slow", small(run={"requests": 2000}))
    t = Terminal(["watch", path, "--speed", "5", "--fps", "60"])
    t.shows("in flight")
    time.sleep(1)  # nobody reads: it has to wait
    t.shows(r"\[the end\]")
    t.type("q")
    t.end("slow terminal", 0)
    same("slow terminal", counters(t.bytes.decode().replace("\r", "")), run(path))


def keys(folder):
    path = scenario(folder, "keys", small())
    t = Terminal(["watch", path, "--speed", "0.01"])
    t.shows(r"p2c  1 of 2.*random  2 of 2")
    t.shows(r"app\[0\] .*app\[0\] ")
    t.type(" ")
    t.shows(r"\[paused\]")
    before = t.time()
    for _ in range(10):
        t.read()
    check("a pause holds the clock", t.time() == before)
    t.type("n" * 40)
    t.until("n goes on", lambda text: t.time() > before)
    before = t.time()
    t.type("\x1b[C" * 40)
    t.until("so does right", lambda text: t.time() > before)
    t.shows(r"\[paused\]")
    t.type("+")
    t.shows("speed 0.02 ")
    t.type("--")
    t.shows("speed 0.005 ")
    t.type(" ")
    t.until("space goes on", lambda text: "[paused]" not in text)
    t.type("\t")
    t.until("Tab: the first alone", lambda text: "1 of 2" in text and "2 of 2" not in text)
    t.type("\t")
    t.until("Tab: the second alone", lambda text: "2 of 2" in text and "1 of 2" not in text)
    t.type("\x1b[Z")
    t.until("back", lambda text: "1 of 2" in text and "2 of 2" not in text)
    t.type("?")
    t.shows("half as fast")
    t.type("?")
    t.until("no more help", lambda text: "half as fast" not in text)
    t.type("\x1b[5~\x1bOPzZ\x1b")  # keys of no meaning
    t.type("q")
    t.end("q", 0)
    rows = counters(t.bytes.decode().replace("\r", ""))
    check("q: the counters so far", list(rows) == ["p2c", "random"] and rows["p2c"][0] > 0, rows)
    check("colours", bool(t.screen.colors))


def resizes(folder):
    path = scenario(folder, "resize", small())
    t = Terminal(["watch", path])
    t.shows(r"1 of 2.*2 of 2")
    for rows, columns, wide in ((24, 60, True), (18, 60, False), (3, 10, False), (1, 1, False),
                                (50, 200, True)):
        t.screen.strange = []  # what was under way when the size changed
        t.size(rows, columns)
        t.screen.resize(rows, columns)
        for _ in range(20):
            t.read()
        t.screen.strange = []
        t.screen.clear()
        t.type("\x0c")
        t.until(f"{rows} x {columns}", lambda text: (
            ("2 of 2" in text and "1 of 2" in text) == wide and (columns < 20 or "q quit" in text)
            and text.strip() != ""))
        check(f"{rows} x {columns}: within", not t.screen.strange, t.screen.strange[:3])
    t.type("q")
    t.end("resized", 0)


def ends(folder):
    path = scenario(folder, "ends", small())
    for name, end in (("Ctrl-C", lambda t: t.type("\x03")),
                      ("SIGTERM", lambda t: os.kill(t.pid, signal.SIGTERM)),
                      ("SIGHUP", lambda t: os.kill(t.pid, signal.SIGHUP))):
        t = Terminal(["watch", path])
        t.shows("in flight")
        end(t)
        t.end(name, 130)
        check(f"{name}: counters", "mean latency" in t.bytes.decode())
    t = Terminal(["watch", path])
    t.shows("in flight")
    t.type("\x1a")
    stop = time.monotonic() + WAIT
    pid = 0
    while pid == 0 and time.monotonic() < stop:
        t.read()
        pid, status = os.waitpid(t.pid, os.WNOHANG | os.WUNTRACED)
    check("Ctrl-Z stops it", pid and os.WIFSTOPPED(status))
    while t.read(0.2):
        pass
    check("Ctrl-Z gives the screen back", not t.screen.alternate and t.screen.cursor)
    check("Ctrl-Z: modes", termios.tcgetattr(t.slave) == t.was)
    os.kill(t.pid, signal.SIGCONT)
    t.shows("in flight")
    check("it takes the screen again", t.screen.alternate and not t.screen.cursor)
    t.type("q")
    t.end("after Ctrl-Z", 0)


def a_failing_policy(folder):
    for plugin, wanted in (("plugin_crash", -signal.SIGSEGV), ("plugin_stray", 1)):
        path = os.path.join(BUILD, "plugins", plugin + ".so")
        if not os.path.exists(path):
            print(f"skipped: watch with {plugin}: it is not built")
            continue
        if wanted < 0 and b"__asan_init" in open(LBSIM, "rb").read():
            print("skipped: watch with a crashing policy: AddressSanitizer has its own end")
            continue
        own = scenario(folder, plugin, small(policies=[path]))
        t = Terminal(["watch", own, "--speed", "0.5"])
        t.end(plugin, wanted)


def without_a_terminal(folder):
    path = scenario(folder, "plain", small(run={"requests": 300}))
    for name, words, environment in (("TERM=dumb", [], {"TERM": "dumb"}), ("--plain", ["--plain"], {})):
        t = Terminal(["watch", path, "--speed", "max", *words], **environment)
        end = time.monotonic() + WAIT
        pid = 0
        while pid == 0 and time.monotonic() < end:
            t.read()
            pid, status = os.waitpid(t.pid, os.WNOHANG)
        while t.read(0.2):
            pass
        check(f"{name}: ends well", pid and status == 0, t.bytes[-300:])
        check(f"{name}: lines alone", b"\x1b" not in t.bytes and b"in flight" in t.bytes)


def no_color_and_ascii(folder):
    path = scenario(folder, "ascii", small(timeline=[
        {"at": "1ms", "server": "app[1]", "state": "down", "jobs": "kept", "until": "500s"},
        {"at": "2ms", "server": "app[2]", "speed": 0.25}]))
    t = Terminal(["watch", path, "--speed", "0.1"], NO_COLOR="1", LC_ALL="C")
    t.shows(r"app\[0\] #")
    t.shows(r"app\[1\] .* down")
    t.shows(r"app\[2\] .* slow 0.25")
    t.shows(r"at 2ms: app\[2\] at speed 0.25")
    t.type("q")
    t.end("NO_COLOR and ASCII", 0)
    check("no colour", not t.screen.colors, t.screen.colors)
    check("ASCII alone", all(b < 128 for b in t.bytes))


def hostile(folder):
    evil = "e\u009b2J\u009d0;x\u009c $(touch x) `id` <b> \u202egnp\u2066\u200f\u2028"
    path = scenario(folder, "hostile", small(
        name=evil, servers=[{"name": "s\u202e\u0085\u009b31m", "count": 3}],
        policies=[{"policy": "p2c", "label": "l\u009b5m\u202e\u200b"}, "random"],
        timeline=[{"at": "1ms", "server": "s\u202e\u0085\u009b31m[1]", "speed": 0.5}]))
    good = subprocess.run([LBSIM, "check", path], capture_output=True, text=True)
    check("the hostile scenario is read", good.returncode == 0, good.stderr)
    t = Terminal(["watch", path, "--speed", "0.05"])
    t.shows(r"at 1ms: s\?\?\?31m\[1\] at speed 0.5")
    t.shows(r"e\?2J\?0;x\? \$\(touch x\)")
    t.shows(r"l\?5m\?\?  1 of 2")
    t.type("q")
    t.end("hostile names", 0)
    plain = subprocess.run([LBSIM, "watch", path, "-q", "--requests", "100"], capture_output=True)
    for name, text in (("screen", t.bytes.decode()), ("lines", plain.stdout.decode())):
        found = [c for c in text if unicodedata.category(c) in ("Cf", "Zl", "Zp")
                 or 0x80 <= ord(c) < 0xa0]
        check(f"hostile names, {name}", not found, found[:5])


def refusals(folder):
    sweep = scenario(folder, "sweep", small(sweep={"load": [0.5, 0.9]}))
    plain = scenario(folder, "refused", small())
    for words, said in (([sweep], "choose one, as in --set load=0.5"),
                        ([plain, "--speed", "0"], "--speed 0: expected"),
                        ([plain, "--speed", "nan"], "--speed nan: expected"),
                        ([plain, "--fps", "0"], "--fps 0: expected"),
                        ([plain, "--replications", "3"], "unknown option --replications")):
        done = subprocess.run([LBSIM, "watch", *words], capture_output=True, text=True)
        check(f"refused: {words[1:]}", done.returncode == 2 and said in done.stderr, done.stderr)


def main():
    wanted = sys.argv[2:]
    with tempfile.TemporaryDirectory() as folder:
        for test in (numbers_are_those_of_run, a_slow_terminal_changes_nothing, keys, resizes,
                     ends, a_failing_policy, without_a_terminal, no_color_and_ascii, hostile,
                     refusals):
            if not wanted or test.__name__ in wanted:
                test(folder)
    print(f"watch: {passed} passed, {failed} failed")
    return failed > 0


sys.exit(main())
