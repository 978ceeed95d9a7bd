# SPDX-License-Identifier: GPL-3.0-or-later
#
# A scenario whose every name would do something if a program obeyed it: touch the file CANARY, end a
# string, a block of data, an element.
import json

EVIL = [
    "\"; system('touch CANARY'); x=\"",
    "'; system(\"touch CANARY\"); x='",
    "`touch CANARY`$(touch CANARY)",
    "</script><script>alert(1)</script>&amp;<b>",
    "END_OF_DATA ; system('touch CANARY'); !touch CANARY # \\n \\047",
    "\u202eright\u2066to\u200fleft\u2029x",
    "%s%n%d%%5$n @LINES {/Bold x}^2_3 \\n\\\\",
    "''''`touch CANARY`'",
]
GROUP = "app`touch CANARY`$(touch CANARY)&<b>%s"
json.dump({
    "name": "`touch CANARY`$(touch CANARY)<script>\u202e&%s;x=",
    "load": 0.6,
    "clients": {"name": "web", "service": {"distribution": "exponential", "mean": "10ms"}},
    "servers": {"name": GROUP, "count": 4},
    "policies": [{"policy": "p2c" if i % 2 else "random", "label": e} for i, e in enumerate(EVIL)],
    "timeline": {"at": "1s", "until": "2s", "server": GROUP, "speed": 0.5},
    "sweep": {"variants": {EVIL[1]: {}, EVIL[3]: {"load": 0.7}}},
    "run": {"seed": 1, "requests": 3000, "replications": 3, "warmup": 300,
            "metrics": ["utilization.mean{%s[*]}" % GROUP, "queue.mean{%s[*]}" % GROUP],
            "windows": {"every": "1s", "metrics": ["latency.mean", "imbalance.cov",
                                                   "queue.mean{%s[*]}" % GROUP]}},
}, __import__("sys").stdout)
