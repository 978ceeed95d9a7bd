#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives reports in headless Chromium. report.py BUILD [--pictures DIR]

Nothing is loaded, nothing is complained of, headings sort by click and by key, sliders choose
points, details open, everything has a name, colours have contrast; light, dark, on a phone, on
paper."""
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
except ImportError:
    print("skipped: reports in a browser (python3-selenium is not there)")
    sys.exit(0)
chromium, chromedriver = shutil.which("chromium"), shutil.which("chromedriver")
if not chromium or not chromedriver:
    print("skipped: reports in a browser (chromium or chromium-driver is not there)")
    sys.exit(0)

build = os.path.realpath(sys.argv[1])
pictures = sys.argv[sys.argv.index("--pictures") + 1] if "--pictures" in sys.argv else None
top = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
passed = failed = 0


def check(name, good, more=""):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print("FAILED: %s%s" % (name, ": %s" % (more,) if more != "" else ""))


def lbsim(*words):
    subprocess.run([build + "/lbsim", *words], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


SWEEP = {
    "name": "how many choices", "description": "How do tails grow with the load?", "load": 0.5,
    "clients": {"name": "web", "service": {"distribution": "exponential", "mean": "10ms"}},
    "servers": {"name": "app", "count": 4},
    "policies": ["random", "round_robin", "least_conn", "p2c"],
    "run": {"seed": 1, "requests": 4000, "replications": 10, "warmup": 400},
    # One point is missing: a slider must find its way around it.
    "sweep": {"load": [0.5, 0.7, 0.9], "servers[app].count": [4, 8], "where": "load < 0.9 or servers[app].count == 8"},
}

# ---- What is asked of every page, in the page.
# Each image, svg, button, control and region has a name; headings go down one level at a time; ids are unique.
NAMES = r"""
const wrong = [];
const name = e => (e.getAttribute('aria-label') || (e.getAttribute('aria-labelledby') || '').split(' ')
  .map(i => (document.getElementById(i) || {}).textContent || '').join('') || e.alt || (e.labels && e.labels.length && e.labels[0].textContent) || e.textContent || '').trim();
for (const e of document.querySelectorAll('img, svg, button, a, input, select, section, nav, [role=region], [role=img], [role=group]'))
  if (!name(e)) wrong.push('no name: ' + e.outerHTML.slice(0, 90));
for (const e of document.querySelectorAll('svg')) if (e.getAttribute('role') !== 'img' || !e.getAttribute('aria-label')) wrong.push('svg without a label');
let level = 0;
for (const h of document.querySelectorAll('h1, h2, h3, h4')) {
  const next = Number(h.tagName[1]);
  if (next > level + 1) wrong.push('heading jumps: ' + h.textContent);
  level = next;
}
if (document.querySelectorAll('h1').length !== 1) wrong.push('not one h1');
const seen = new Set();
for (const e of document.querySelectorAll('[id]')) { if (seen.has(e.id)) wrong.push('id twice: ' + e.id); seen.add(e.id); }
for (const e of document.querySelectorAll('[aria-labelledby], label[for], a[href^="#"]')) {
  const to = e.getAttribute('aria-labelledby') || e.getAttribute('for') || e.getAttribute('href').slice(1);
  if (!document.getElementById(to)) wrong.push('leads nowhere: ' + to);
}
for (const t of document.querySelectorAll('table')) {
  if (!t.caption) wrong.push('a table without caption');
  for (const h of t.querySelectorAll('th')) if (!h.scope) wrong.push('th without scope: ' + h.textContent);
  for (const r of t.tBodies[0].rows) if (r.cells.length !== t.tHead.rows[0].cells.length) wrong.push('cells and headings differ in ' + t.caption.textContent);
}
if (!document.documentElement.lang) wrong.push('no language');
return wrong.slice(0, 8);
"""
# WCAG 2.1, 1.4.3: 4.5 to 1, 3 to 1 for large text, and (1.4.11) for signs that are marks of a chart. Grounds that are seen through go to the parent's.
CONTRAST = r"""
const lum = c => { const f = x => { x /= 255; return x <= 0.03928 ? x / 12.92 : Math.pow((x + 0.055) / 1.055, 2.4); };
  return 0.2126 * f(c[0]) + 0.7152 * f(c[1]) + 0.0722 * f(c[2]); };
const rgb = s => { const m = (s || '').match(/[\d.]+/g); return m && !(m.length > 3 && Number(m[3]) === 0) ? m.slice(0, 3).map(Number) : null; };
const ground = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c) return c; } return [255, 255, 255]; };
const wrong = []; let n = 0;
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) {
  const e = walk.currentNode.parentElement, s = getComputedStyle(e);
  if (!walk.currentNode.textContent.trim() || /SCRIPT|STYLE/.test(e.tagName) || !e.getClientRects().length) continue;
  const ink = rgb(e.closest('svg') ? s.fill : s.color); if (!ink) continue;
  const a = lum(ink), b = lum(ground(e)), ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const size = parseFloat(s.fontSize), large = size >= 24 || (e.closest('svg') && walk.currentNode.textContent.trim().length === 1) || (size >= 18.66 && Number(s.fontWeight) >= 700);
  n++;
  if (ratio < (large ? 3 : 4.5)) wrong.push(ratio.toFixed(2) + ' ' + e.tagName + '.' + e.className + ' ' + walk.currentNode.textContent.trim().slice(0, 30));
}
return [n, [...new Set(wrong)].slice(0, 8)];
"""


def open_driver():
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(service=Service(chromedriver), options=options)


def look(driver, width, dark, media="screen"):
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500})
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
        "media": media, "features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})


def picture(driver, name):
    if not pictures:
        return
    high = min(driver.execute_script("return document.documentElement.scrollHeight"), 9000)
    wide = driver.execute_script("return innerWidth")
    shot = driver.execute_cdp_cmd("Page.captureScreenshot", {
        "captureBeyondViewport": True, "clip": {"x": 0, "y": 0, "width": wide, "height": high, "scale": 1}})
    with open(os.path.join(pictures, name + ".png"), "wb") as out:
        out.write(base64.b64decode(shot["data"]))


def requests_of(driver, page):
    """Addresses that were asked for, but the page itself and data within it."""
    found = []
    for entry in driver.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            url = message["params"]["request"]["url"]
            if url != page and not url.startswith("data:"):
                found.append(url)
    return found


def visit(driver, name, path):
    page = "file://" + path
    driver.get_log("performance")
    for look_name, width, dark in (("light", 1280, False), ("dark", 1280, True), ("phone", 390, False)):
        look(driver, width, dark)
        driver.get(page)
        driver.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        n, wrong = driver.execute_script(CONTRAST)
        check("%s, %s: contrast" % (name, look_name), n > 50 and not wrong, wrong or n)
        over = driver.execute_script("return document.documentElement.scrollWidth - innerWidth")
        check("%s, %s: as wide as the screen" % (name, look_name), over <= 0, over)
        driver.execute_script("document.querySelectorAll('details').forEach(d => { d.open = false; })")
        twice = driver.execute_script("return [...document.querySelectorAll('.chart')].filter(c => "
                                      "[...c.querySelectorAll('svg')].filter(s => s.getClientRects().length).length !== 1).length")
        check("%s, %s: each chart once" % (name, look_name), twice == 0, twice)
        picture(driver, "%s-%s" % (name, look_name))
    wrong = driver.execute_script(NAMES)
    check("%s: names and structure" % name, not wrong, wrong)
    look(driver, 720, True, "print")
    check("%s, print: dark ink on white" % name,
          driver.execute_script("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)")
    check("%s, print: no controls" % name, driver.execute_script(
        "return [...document.querySelectorAll('nav, button.plain, input, select')].every(e => !e.getClientRects().length)"))
    picture(driver, name + "-print")
    pdf = driver.execute_cdp_cmd("Page.printToPDF", {"paperWidth": 8.27, "paperHeight": 11.69})
    check("%s: paper" % name, len(pdf["data"]) > 10000)
    said = driver.get_log("browser")
    check("%s: nothing on the console" % name, not said, said[:3])
    asked = requests_of(driver, page)
    check("%s: nothing loaded" % name, not asked, asked[:3])
    look(driver, 1280, False)
    driver.get(page)


def column(driver, table, index):
    return driver.execute_script(
        "return [...arguments[0].tBodies[0].rows].map(r => r.cells[arguments[1]].dataset.v === undefined ? null : "
        "Number(r.cells[arguments[1]].dataset.v))", table, index)


def first_column(driver, table):
    return driver.execute_script("return [...arguments[0].tBodies[0].rows].map(r => r.cells[0].textContent.trim())", table)


def check_sorting(driver):
    table = driver.find_element(By.CSS_SELECTOR, "#numbers table")
    heading = table.find_elements(By.CSS_SELECTOR, "thead th")[-2]
    index = driver.execute_script("return arguments[0].cellIndex", heading)
    button = heading.find_element(By.TAG_NAME, "button")
    before = column(driver, table, index)
    has = [x for x in before if x is not None]
    driver.execute_script("arguments[0].scrollIntoView({block: 'center', inline: 'center'})", button)
    button.click()
    check("a click sorts", column(driver, table, index) == sorted(has) + [None] * (len(before) - len(has)), column(driver, table, index))
    check("and says so", heading.get_attribute("aria-sort") == "ascending")
    button.click()
    check("another turns it", column(driver, table, index) == sorted(has, reverse=True) + [None] * (len(before) - len(has)))
    check("and says that", heading.get_attribute("aria-sort") == "descending")
    heading = table.find_elements(By.CSS_SELECTOR, "thead th")[0]
    names = first_column(driver, table)
    heading.find_element(By.TAG_NAME, "button").send_keys(Keys.ENTER)
    check("Enter sorts", first_column(driver, table) == sorted(names), first_column(driver, table))
    heading.find_element(By.TAG_NAME, "button").send_keys(Keys.SPACE)
    check("Space turns it", first_column(driver, table) == sorted(names, reverse=True))
    check("one column is sorted", len(table.find_elements(By.CSS_SELECTOR, "[aria-sort]")) == 1)


def shown(driver):
    return {row.find_element(By.TAG_NAME, "th").text: row.find_elements(By.TAG_NAME, "td")[0].get_attribute("data-v")
            for row in driver.find_elements(By.CSS_SELECTOR, "#shown tbody tr")}


def expected(path, load, count):
    """The numbers of the store itself, as they are shown."""
    answer = subprocess.run([build + "/lbsim", "export", path, "--format", "json", "--metric", "latency.p99",
                             "--point", "load=%s" % load, "--point", "servers[app].count=%s" % count],
                            check=True, capture_output=True, text=True)
    return {run["label"]: run["metrics"]["latency.p99"]["value"] for run in json.loads(answer.stdout)["runs"]}


def same_numbers(seen, wanted):
    return seen.keys() == wanted.keys() and all(abs(float(seen[k]) - wanted[k]) <= 1e-5 * wanted[k] for k in wanted)


def check_sliders(driver, results):
    load, count = driver.find_element(By.ID, "axis0"), driver.find_element(By.ID, "axis1")
    check("it begins at a point", same_numbers(shown(driver), expected(results, 0.9, 8)), shown(driver))
    load.send_keys(Keys.ARROW_LEFT)
    check("a key moves a slider", same_numbers(shown(driver), expected(results, 0.7, 8)), shown(driver))
    check("that says where it is", load.get_attribute("aria-valuetext") == "0.7")
    count.send_keys(Keys.HOME)
    check("the other axis", same_numbers(shown(driver), expected(results, 0.7, 4)), shown(driver))
    load.send_keys(Keys.END)
    check("to the nearest point that there is", same_numbers(shown(driver), expected(results, 0.9, 8)), shown(driver))
    check("both sliders tell it", count.get_attribute("aria-valuetext") == "8")
    svg = driver.find_elements(By.CSS_SELECTOR, "#shown svg")
    check("a picture of the point and one along the axis", len(svg) == 2)
    check("with a dot a policy", len(svg[0].find_elements(By.CSS_SELECTOR, "circle")) == 4)
    check("and bars", len(svg[0].find_elements(By.CSS_SELECTOR, ".bar")) == 4)
    check("within its frame", driver.execute_script(
        "const w = arguments[0].viewBox.baseVal.width; return [...arguments[0].querySelectorAll('circle')].every(c => "
        "c.cx.baseVal.value > 0 && c.cx.baseVal.value < w)", svg[0]))
    label = svg[0].get_attribute("aria-label")
    check("its label tells the numbers", "least_conn" in label and "at load=0.9" in label, label)
    driver.execute_script("const s = document.getElementById('metric'); s.value = '1'; s.dispatchEvent(new Event('change'))")
    check("another metric", "mean latency" in driver.find_element(By.CSS_SELECTOR, "#shown svg").get_attribute("aria-label"))


def check_details(driver):
    details = driver.find_elements(By.CSS_SELECTOR, "#points details")
    check("a detail a point", len(details) == 5, len(details))
    summary = details[0].find_element(By.TAG_NAME, "summary")
    opened = lambda: driver.execute_script(
        "return arguments[0].open && arguments[0].querySelector('table').getBoundingClientRect().height > 50", details[0])
    check("closed at first", not opened())
    summary.send_keys(Keys.ENTER)
    check("Enter opens it", opened())
    summary.click()
    check("a click closes it", not opened())


def check_scenario(driver, results):
    with open(os.path.join(results, "scenario.json"), encoding="utf-8") as file:
        text = file.read()
    check("the scenario to the letter", driver.execute_script("return document.getElementById('text').textContent").strip() == text.strip())


def check_hostile(driver, work):
    lbsim("run", top + "/tests/charts/hostile.json", "-q", "-o", work + "/hostile")
    lbsim("report", work + "/hostile", "--title", "</title><script>document.title='pwned'</script>\u202e&lt;")
    visit(driver, "hostile", work + "/hostile/report.html")
    check("the title is a text", driver.title.startswith("</title><script>"), driver.title)
    names = [x.text for x in driver.find_elements(By.CSS_SELECTOR, "#numbers tbody th")]
    check("labels are texts", "</script><b onclick=alert(1)>" in names and "&lt;&quot;\" onmouseover=\"document.title='pwned'\" x='\\n" in names, names)
    check("nothing came of them", not driver.find_elements(
        By.CSS_SELECTOR, "b[onclick], [onmouseover], img, a[href*=example], svg[onload], iframe") and
        len(driver.find_elements(By.TAG_NAME, "script")) == 2)
    check("the sliders have them", "</script><b onclick=alert(1)>" in shown(driver))


def main():
    work = tempfile.mkdtemp()
    driver = open_driver()
    try:
        with open(work + "/sweep.json", "w", encoding="utf-8") as file:
            json.dump(SWEEP, file)
        lbsim("run", work + "/sweep.json", "-q", "-o", work + "/sweep")
        lbsim("report", work + "/sweep")
        visit(driver, "sweep", work + "/sweep/report.html")
        check_sorting(driver)
        check_sliders(driver, work + "/sweep")
        check_details(driver)
        check_scenario(driver, work + "/sweep")
        check_hostile(driver, work)
        lbsim("live", top + "/scenarios/live/first.json", "--requests", "1500", "--policy", "p2c", "--policy", "random", "-q", "-o", work + "/live")
        lbsim("report", work + "/live")
        visit(driver, "live", work + "/live/report.html")
        check("live runs have a table", driver.find_elements(By.CSS_SELECTOR, "#live tbody tr"))
        said = driver.get_log("browser")
        check("nothing on the console in the end", not said, said[:3])
    finally:
        driver.quit()
        shutil.rmtree(work)
    print("reports in a browser: %d passed, %d failed" % (passed, failed))
    return failed != 0


sys.exit(main())
