#!/usr/bin/env python3
"""Holds docs/feeds.schema.json against files: those that `check` accepts must be valid, and broken ones not.

    look-at-schema.py SCHEMA.json GOOD.toml...

The broken ones are made of the first good file that has a [[source]], by one mistake each, of a key or of a type.
"""

import json
import sys
import tomllib

import jsonschema

# What stands below a [[source]] and is wrong.
MISTAKES = [
    'intervall = "1h"',
    "enabled = \"true\"",
    'tags = "peace"',
    'interval = 3600',
    'interval = "1 hour"',
    'max_body = "8M"',
    'priority = "10"',
    'republish = "ful"',
    'limit = -1',
    'timezone = "Europe/Athen"',
    'language = "Greek"',
    'headers = "Authorization"',
    'was = ["Not an id"]',
    'kind = "page"',
]


def main() -> int:
    schema_file, *files = sys.argv[1:]
    with open(schema_file, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    wrong = 0
    for name in files:
        with open(name, "rb") as file:
            for error in validator.iter_errors(tomllib.load(file)):
                print(f"{name}: {error.json_path}: {error.message}")
                wrong += 1
    beginning = '[site]\ntitle = "W"\nurl = "https://w.example/"\n'
    source = '[[source]]\nid = "a"\nurl = "https://a.example/feed"\n'
    broken = [beginning + source + mistake + "\n" for mistake in MISTAKES]
    broken += [
        source,
        beginning,
        beginning.replace("title", "titel") + source,
        beginning.replace("https://w.example/", "w.example") + source,
        beginning + source.replace('"a"', '"DiEM25"'),
        beginning + source.replace("[[source]]", "[source]"),
        beginning + "[sources]\n" + source,
        beginning + source + '[fetch]\nconcurrency = 0\n',
        beginning + source + '[publish]\nper = ["tags"]\n',
    ]
    if not validator.is_valid(tomllib.loads(beginning + source)):
        print("the smallest file is refused")
        wrong += 1
    for text in broken:
        if validator.is_valid(tomllib.loads(text)):
            print(f"accepted, though it is wrong:\n{text}")
            wrong += 1
    print(f"{len(files)} good files, {len(broken)} broken ones, {wrong} mistakes")
    return 1 if wrong or not files else 0


if __name__ == "__main__":
    sys.exit(main())
