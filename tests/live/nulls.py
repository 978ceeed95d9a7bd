#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints each null of JSON files that comes without its reason: "why" beside it, or NAME_why. nulls.py FILE ..."""
import json
import sys


def nulls(at, path):
    if isinstance(at, list):
        for i, x in enumerate(at):
            nulls(x, f"{path}[{i}]")
    elif isinstance(at, dict):
        for name, x in at.items():
            if x is None and not (at.get("why") or at.get(f"{name}_why")):
                print(f"{path}.{name}")
            nulls(x, f"{path}.{name}")


for name in sys.argv[1:]:
    with open(name, encoding="utf-8") as file:
        nulls(json.load(file), name)
