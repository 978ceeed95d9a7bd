# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds scenarios against the JSON Schema that `lbsim schema` prints, with a validator that is not ours.

schema.py SCHEMA --good FILE ... --bad FILE ...

Good files must be valid. Of the bad ones, those named shape_* must not be; the others are faulty in
ways that a schema cannot see (text_*: not JSON; sense_*: values that contradict each other), and are
only counted. Exit status 1 if a file is judged otherwise than it should be, 77 without the validator.
"""
import argparse
import json
import os
import sys

try:
    import jsonschema
except ImportError:
    print("skipped: python3-jsonschema is not installed")
    sys.exit(77)


def faults(validator, path):
    with open(path, encoding="utf-8") as file:
        return [f"{list(e.absolute_path)}: {e.message[:100]}" for e in validator.iter_errors(json.load(file))]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("schema")
    parser.add_argument("--good", nargs="*", default=[])
    parser.add_argument("--bad", nargs="*", default=[])
    options = parser.parse_args()
    with open(options.schema, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    wrong = shaped = 0
    for path in options.good:
        for fault in faults(validator, path):
            print(f"{path}: should be valid: {fault}")
            wrong += 1
    for path in options.bad:
        if os.path.basename(path).startswith("shape_"):
            shaped += 1
            if not faults(validator, path):
                print(f"{path}: should not be valid")
                wrong += 1
    print(f"{len(options.good)} good and {shaped} bad of {len(options.bad)} judged, {wrong} wrongly")
    if not options.good or not shaped:
        print("nothing to judge on one side")
        return 1
    return 1 if wrong else 0


sys.exit(main())
