#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of `lbsim animate`, as its viewers meet it. player.py BUILD

First its films are compared with the traces of the same runs (film.py); then a browser without a
screen opens the pages, presses every key and button, clicks, and listens for errors and for
requests to a network. How long a frame takes is printed, not judged."""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import film

try:
    from selenium import webdriver
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.chrome.service import Service
except ImportError:
    webdriver = None

CHROMIUM, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
TOP = pathlib.Path(__file__).resolve().parents[2]
RUNS = ["first/quickstart", "first/closed", "first/keys", "first/heterogeneous", "first/weights",
        "live/killed", "live/hang", "live/retried", "live/ejected", "papers/redundancy",
        "papers/tail_at_scale", "papers/slow_start", "theory/central_queue", "theory/erlang_b",
        "theory/fan_out", "theory/impatience", "theory/copies_cancelled_on_start", "theory/jiq",
        "theory/priority_preemptive", "theory/black_hole", "theory/sessions", "theory/timeout_unseen"]

# Everything that a name may hold and a page must not obey.
HOSTILE = "\"'`$(touch owned)</script><script>window.owned=1</script><!--\n\u202etxet\u2066 <b>&amp;"
NAME = "`$(touch owned)` <script> <!-- \u202etxet &amp;"
LABEL = "\"'`$(touch owned)</script><script>window.owned=1"
BUSY = {"name": NAME, "description": HOSTILE, "load": 0.95,
        "clients": {"name": "web`$(x)<!--", "link": "wan", "timeout": "250ms",
                    "service": {"distribution": "exponential", "mean": "10ms"}},
        "links": {"name": "wan", "latency": "3ms"},
        "servers": {"name": "app<i>", "count": 8},
        "balancers": {"name": "edge", "count": 2, "link": "wan"},
        "timeline": [{"at": "0.5s", "until": "1s", "server": "app<i>[3]", "state": "down"},
                     {"at": "1.2s", "until": "1.6s", "server": "app<i>[5]", "speed": 0.2}],
        "policies": [{"policy": "round_robin", "label": LABEL}, "p2c"],
        "run": {"requests": 2500, "replications": 10, "warmup": 0}}
MANY = {"name": "fifty", "load": 1.08, "servers": {"count": 50},
        "clients": {"service": {"distribution": "exponential", "mean": "10ms"}},
        "policies": ["p2c"], "run": {"requests": 25000}}
# So many are in flight at once that no part but the start fits.
CROWD = {"name": "crowd", "load": 0.99, "servers": {"count": 20000},
         "clients": {"service": {"distribution": "exponential", "mean": "10ms"}},
         "policies": ["random", "p2c"], "run": {"requests": 90000}}

good = bad = 0


def check(name, holds, more=""):
    global good, bad
    if holds:
        good += 1
    else:
        bad += 1
        print(f"FAILED: {name} {more}")


def animate(lbsim, scenario, page, *options):
    return subprocess.run([lbsim, "animate", scenario, "-o", page, *options], capture_output=True,
                          text=True)


# ---- Without a browser.

def sizes(lbsim, work):
    """A run that is too long: in parts, within the limits, and saying so."""
    quick = TOP / "scenarios/first/quickstart.json"
    said = animate(lbsim, quick, work / "long.html")
    text = (work / "long.html").read_bytes()
    data = film.page_data(text.decode())
    n = sum(len(film.film_of(data, f)[0]) for f in data["films"])
    check("a long run fits", len(text) <= 2_000_000 and n <= 60_000, f"{len(text)} bytes, {n} requests")
    check("a long run fills the page", n > 20_000, n)
    check("a long run is in parts", data["windowed"] and len(data["windows"]) > 1 and "too long" in said.stdout)
    for f in data["films"]:
        shown = [m["at"] for m in f["moments"]]
        check(f"{f['label']}: its longest queue is shown",
              any(w["from"] <= shown[0] < w["to"] for w in data["windows"]))
    animate(lbsim, quick, work / "again.html")
    check("the same bytes again", text == (work / "again.html").read_bytes())
    many = work / "crowd.json"
    many.write_text(json.dumps(CROWD))
    said = animate(lbsim, many, work / "crowd.html")
    crowd = film.page_data((work / "crowd.html").read_text())
    n = sum(len(film.film_of(crowd, f)[0]) for f in crowd["films"])
    check("a crowd: the start of the run fits", crowd["windowed"] and 20_000 < n <= 60_000, n)
    animate(lbsim, quick, work / "part.html", "--from", "20s", "--to", "21s")
    part = film.page_data((work / "part.html").read_text())
    check("--from, --to", [(w["from"], w["to"]) for w in part["windows"]] ==
          [(20 * 10**9 // part["unit"], 21 * 10**9 // part["unit"])])
    subprocess.run([lbsim, "animate", quick, "--requests", "500", "-q"], cwd=work, check=False)
    check("the usual place", (work / "results/quickstart/animation.html").exists())
    printed = subprocess.run([lbsim, "animate", quick, "--requests", "500", "-o", "-"], capture_output=True)
    check("to standard output", printed.stdout == (work / "results/quickstart/animation.html").read_bytes())
    for options, words in ((["--from", "x"], "is no time"), (["--from", "2s", "--to", "1s"], "must come before"),
                           (["--sweep", "load=0.5,0.9"], "one point"), (["--policy", "nonsense"], "unknown policy")):
        said = animate(lbsim, quick, work / "no.html", *options)
        check(f"refuses {options}", said.returncode == 2 and words in said.stderr, said.stderr)
    said = animate(lbsim, quick, work / "none/no.html", "--requests", "100")
    check("a place that is not there", said.returncode == 3 and "No such file" in said.stderr, said.stderr)


def counters_of_run(lbsim, scenario, work):
    out = subprocess.run([lbsim, "run", scenario, "--replications", "1", "-q", "--format", "json", "-o",
                          work / "counters"], capture_output=True, text=True).stdout
    return [r["requests"] for r in json.loads(out)["runs"]]


# ---- The browser.

def open_browser():
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(service=Service(DRIVER), options=options)


def show(driver, page, width=1280, height=800, dark=False, still=True):
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                           {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
        {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
        {"name": "prefers-reduced-motion", "value": "reduce" if still else "no-preference"}]})
    driver.get(page.as_uri())


def ask(driver, expression):
    return driver.execute_script("return " + expression)


def now(driver):
    return ask(driver, "player.time.now")


def press(driver, *keys):
    ActionChains(driver).send_keys(*keys).perform()


def why(driver):
    return ask(driver, "document.getElementById('why').hidden ? '' : document.getElementById('why').textContent")


def plays(driver):
    driver.find_element(By.ID, "play").click()
    time.sleep(0.4)
    a = now(driver)
    time.sleep(0.4)
    b = now(driver)
    check("play advances time", b > a > 0, (a, b))
    driver.find_element(By.ID, "play").click()
    a = now(driver)
    time.sleep(0.3)
    check("pause stops it", now(driver) == a)
    press(driver, " ")
    check("space plays", ask(driver, "player.time.playing"))
    press(driver, " ")
    check("space pauses", not ask(driver, "player.time.playing"))


def steps(driver):
    a = now(driver)
    press(driver, Keys.ARROW_RIGHT)
    b = now(driver)
    events = ask(driver, "Math.min(...player.shows.map(s => s.nextEvent(%r)))" % a)
    check("a step is to the next event", b == events > a, (a, b, events))
    press(driver, Keys.ARROW_LEFT)
    check("a step back", now(driver) < b and now(driver) == ask(driver, "Math.max(...player.shows.map(s => s.lastEvent(%r)))" % b))
    driver.find_element(By.ID, "step").click()
    driver.find_element(By.ID, "back").click()
    driver.find_element(By.ID, "pick").click()
    at = now(driver)
    check("next pick", ask(driver, "player.shows.some(s => s.lastPick >= 0 && s.film.pickAt[s.lastPick] === %r)" % at))
    check("its reason", re.search(r"truly there.*It (chose|found|kept)", why(driver)), why(driver))
    press(driver, "p")
    check("p is the next pick", now(driver) > at)
    press(driver, Keys.ESCAPE)
    check("Esc closes", why(driver) == "")


def paces(driver):
    pace = ask(driver, "player.time.pace")
    press(driver, "+")
    check("+ is faster", ask(driver, "player.time.pace") == 2 * pace)
    driver.find_element(By.ID, "slower").click()
    press(driver, "-")
    check("- is slower", ask(driver, "player.time.pace") == pace / 2)
    driver.find_element(By.ID, "faster").click()
    check("faster", ask(driver, "player.time.pace") == pace)


def seeks(driver):
    driver.execute_script("const s = document.getElementById('seek'); s.value = 5000; s.dispatchEvent(new Event('input'))")
    half = now(driver)
    length = ask(driver, "player.segments[0].to")
    check("the seek bar", abs(half / length - 0.5) < 0.01, (half, length))
    here = "JSON.stringify(player.shows.map(s => [s.lanes, s.issued, [...s.ended], [...s.bins].filter(x => x)]))"
    seen = ask(driver, here)
    press(driver, Keys.HOME)
    check("Home", now(driver) == 0)
    driver.execute_script("for (let i = 1; i <= 50; i++) player.go(0, %r * i / 50)" % half)
    check("the same state, whichever way one came", ask(driver, here) == seen)
    truth = ask(driver, """player.shows.every(s => s.lanes.every((lane, server) => lane.length ===
        s.film.server.reduce((n, x, i) => n + (x === server && s.film.reached[i] >= 0 && s.film.reached[i] <= s.now &&
        (s.film.left[i] < 0 || s.film.left[i] > s.now)), 0)))""")
    check("queues are as counted otherwise", truth)


def jumps(driver):
    texts = ask(driver, "player.moments.map(m => m.text)")
    for words in ("down", "speed 0.2", "longest queue", "first timed out", "believes"):
        check(f"a moment: {words}", any(words in t for t in texts), texts)
    buttons = driver.find_elements(By.CSS_SELECTOR, "#moments button")
    check("a button each", len(buttons) == len(texts))
    for i in range(min(9, len(texts))):
        press(driver, str(i + 1))
        check(f"key {i + 1}", now(driver) == ask(driver, f"player.moments[{i}].at"))
    buttons[0].click()
    check("a button jumps", now(driver) == ask(driver, "player.moments[0].at"))
    at = next(i for i, t in enumerate(texts) if t.endswith(": down") and not t.startswith("end"))
    driver.execute_script(f"player.jump(player.moments[{at}])")
    check("a server is down", ask(driver, "player.shows[0].servers[3].state") == 1)
    at = next(i for i, t in enumerate(texts) if "speed 0.2" in t and not t.startswith("end"))
    driver.execute_script(f"player.jump(player.moments[{at}])")
    check("a server is slow", ask(driver, "player.shows[0].servers[5].speed") == 0.2)


def click(driver, panel, x, y):
    canvas = driver.find_elements(By.CSS_SELECTOR, ".view canvas")[panel]
    box = canvas.rect
    ActionChains(driver).move_to_element_with_offset(canvas, x - box["width"] / 2, y - box["height"] / 2).click().perform()


def clicks(driver):
    driver.execute_script("player.go(0, player.segments[0].to * 0.6); player.play(false)")
    x, y, request = ask(driver, """(p => { const i = [...Array(p.dots_n).keys()].find(i => p.dots[3 * i] > p.w * 0.5);
        return [p.dots[3 * i], p.dots[3 * i + 1], p.show.film.serial[p.dots[3 * i + 2]]]; })(player.panels[1])""")
    click(driver, 1, x, y)
    check("a click on a dot", re.match(r"Request \d+ of .*Issued at", why(driver)) and "It chose" in why(driver), why(driver))
    driver.execute_script("player.play(false)")
    right, y = ask(driver, "[player.panels[0].servers[2].right, player.panels[0].servers[2].y]")
    click(driver, 0, right + 20, y)
    check("a click on a server", re.match(r"app<i>\[2\].*truly there.*Its last pick", why(driver)), why(driver))
    at = next(i for i, t in enumerate(ask(driver, "player.moments.map(m => m.text)")) if t.endswith(": down") and not t.startswith("end"))
    driver.execute_script(f"player.jump(player.moments[{at}])")
    for _ in range(5):
        press(driver, "p")
        check("who is down is not the emptiest", "emptiest, app<i>[3]" not in why(driver), why(driver))
    driver.find_element(By.CSS_SELECTOR, "#why .close").click()
    check("it closes", why(driver) == "")
    x, y = ask(driver, "[player.panels[0].balancers[1].x, player.panels[0].balancers[1].y]")
    click(driver, 0, x, y)
    check("a click on a balancer", "edge[1] believes" in ask(driver, "document.getElementById('said').textContent"))


def others(driver):
    theme = ask(driver, "document.documentElement.dataset.theme")
    press(driver, "d")
    check("dark and light", ask(driver, "document.documentElement.dataset.theme") != theme)
    driver.find_element(By.ID, "theme").click()
    press(driver, "?")
    check("help", ask(driver, "document.getElementById('help').open"))
    press(driver, Keys.ESCAPE)
    check("help closes", not ask(driver, "document.getElementById('help').open"))
    driver.find_element(By.ID, "ask").click()
    driver.find_element(By.ID, "shut").click()
    driver.find_element(By.ID, "start").click()
    check("to the start", now(driver) == 0)
    unnamed = ask(driver, """[...document.querySelectorAll('button, canvas[role], input, figure')].filter(e => !e.closest('dialog') &&
        !(e.getAttribute('aria-label') || e.textContent.trim())).length""")
    check("everything has a name", unnamed == 0, unnamed)


def ends(driver, want):
    press(driver, Keys.END)
    got = ask(driver, """player.shows.map(s => ({ issued: s.issued, completed: s.ended[0], rejected: s.ended[1], timed_out: s.ended[2],
        failed: s.ended[3], cancelled: s.ended[4], in_system: s.inFlight() }))""")
    for mine, run in zip(got, want):
        for key, n in mine.items():
            check(f"{key} in the end, as run counts", key not in run or run[key] == n, f"{n}, {run.get(key)}")
    text = ask(driver, "document.querySelector('.numbers').textContent.replace(/\\u202f/g, '')")
    check("the page says so", f"issued{want[0]['issued']}" in text, text)


def hostile(driver):
    check("names do nothing", ask(driver, "window.owned === undefined && document.querySelectorAll('script').length === 2"))
    name = ask(driver, "document.getElementById('name').textContent")
    check("names are shown", "<script> <!--" in name and "$(touch owned)" in name, name)
    label = ask(driver, "document.querySelector('.panel h2 bdi').textContent")
    check("labels are shown", label == LABEL, label)
    check("nothing turns around", "\u202e" not in ask(driver, "document.body.innerText + document.title") and
          "txet" in ask(driver, "document.getElementById('described').textContent"))


def is_quiet(driver, what):
    errors = [e["message"] for e in driver.get_log("browser") if e["level"] in ("SEVERE", "WARNING")]
    check(f"{what}: nothing on the console", not errors, errors)
    urls = [m["params"]["request"]["url"] for m in (json.loads(e["message"])["message"] for e in driver.get_log("performance"))
            if m["method"] == "Network.requestWillBeSent"]
    check(f"{what}: no request to a network", all(u.startswith(("file:", "data:")) for u in urls), urls)


def frames(driver, page):
    """Prints how long frames take; only that there are some is judged."""
    show(driver, page, 1920, 1080)
    driver.execute_script("""const f = player.films[0]; let at = 0;
        for (let i = 0; i < f.n; i += 100) { player.go(0, f.issued[i]); if (player.shows[0].inFlight() >= 1000) break; }
        player.play(true)""")
    time.sleep(4)
    times, dots = ask(driver, "[player.frameTimes(), player.panels[0].dots_n]")
    times.sort()
    check("frames are drawn", len(times) > 10, len(times))
    check("a thousand dots", dots >= 1000, dots)
    if times:
        print(f"player: {len(times)} frames of 50 servers and {dots} dots: median {times[len(times) // 2]:.2f} ms of script")
    is_quiet(driver, "fifty servers")


def sizes_of_window(driver, page):
    for width, height, dark in ((390, 844, False), (1920, 1080, True), (820, 1180, False)):
        show(driver, page, width, height, dark)
        wide = ask(driver, "document.documentElement.scrollWidth")
        check(f"{width} wide: nothing sticks out", wide <= width, wide)
        check(f"{width} wide: canvases have room", ask(driver, "player.panels.every(p => p.w > 200 && p.h > 100)"))
        check(f"{width} wide: theme", ask(driver, "document.documentElement.dataset.theme") == ("dark" if dark else "light"))
    is_quiet(driver, "windows of other sizes")


def browse(lbsim, work):
    busy, many = work / "busy.json", work / "many.json"
    busy.write_text(json.dumps(BUSY))
    many.write_text(json.dumps(MANY))
    for scenario in (busy, many):
        said = animate(lbsim, scenario, scenario.with_suffix(".html"))
        check(f"animate {scenario.name}", said.returncode == 0, said.stderr)
    driver = open_browser()
    try:
        show(driver, work / "busy.html", still=True)
        check("who wants no motion gets none", not ask(driver, "player.time.playing"))
        for part in (plays, steps, paces, seeks, jumps, clicks, others, hostile):
            part(driver)
        ends(driver, counters_of_run(lbsim, busy, work))
        is_quiet(driver, "the page")
        show(driver, work / "busy.html", still=False)
        check("others see it move", ask(driver, "player.time.playing"))
        sizes_of_window(driver, work / "busy.html")
        show(driver, work / "long.html")
        notice = ask(driver, "document.getElementById('notice').textContent")
        check("a page in parts says so", "This page shows 0" in notice and "of a run of" in notice, notice)
        driver.execute_script("player.go(0, player.segments[0].to - 1); player.play(true)")
        time.sleep(0.5)
        check("the film is cut", now(driver) >= ask(driver, "player.segments[1].from"))
        is_quiet(driver, "a page in parts")
        frames(driver, work / "many.html")
    finally:
        driver.quit()


def main():
    lbsim = pathlib.Path(sys.argv[1]).resolve() / "lbsim"
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        failed = film.compare_all(lbsim, [TOP / f"scenarios/{name}.json" for name in RUNS])
        check("films", failed == 0)
        sizes(lbsim, work)
        if not webdriver or not pathlib.Path(CHROMIUM).exists() or not pathlib.Path(DRIVER).exists():
            print("skipped: player: chromium, chromium-driver and python3-selenium are not all there")
        else:
            browse(lbsim, work)
    print(f"player: {good} passed, {bad} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
