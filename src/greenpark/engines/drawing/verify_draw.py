#!/usr/bin/env python3
"""Recompute a housing draw from its published package. Plain Python 3, no other software.

    python3 verify_draw.py PACKAGE [NUMBER]

PACKAGE is the published folder or zip. Prints every difference, or that there is none; with your registration number
also your own place in each round. Licence: Apache-2.0.
"""

import hashlib
import json
import os
import sys
import zipfile
from datetime import datetime


def read(package):
    if os.path.isdir(package):
        return {n: open(os.path.join(package, n), "rb").read() for n in os.listdir(package)}
    with zipfile.ZipFile(package) as z:
        return {os.path.basename(n): z.read(n) for n in z.namelist()}


def sha(data):
    return hashlib.sha256(data).hexdigest()


def counts(c, frozen, until):
    """A contribution counts when it was fixed before it could be useful to anybody."""
    shown = datetime.fromisoformat(c["revealed_at"]) if c["revealed_at"] else None
    value = c["value"]
    if not value or shown is None:
        return False
    if c["kind"] == "secret":
        in_time = c["committed_at"] and datetime.fromisoformat(c["committed_at"]) < frozen <= shown <= until
        return bool(in_time) and set(value) <= set("0123456789abcdef") and sha(value.encode()) == c["commitment"]
    return shown > until and set(value) <= set("123456" if c["kind"] == "dice" else "0123456789")


def order(people, seed, rules):
    scored = sorted((sha(f"{seed}:{rules['round']}:{n}".encode()), n, g) for n, g in people)
    out, taken = [], set()

    def take(track, rows):
        for s, n, _ in rows:
            out.append((s, n, track))
            taken.add(n)

    for q in rules["quotas"]:
        take("reserved:" + q["group"], [r for r in scored if q["group"] in r[2] and r[1] not in taken][: q["places"]])
    for g in rules["priority"]:
        take("priority:" + g, [r for r in scored if g in r[2] and r[1] not in taken])
    take("general", [r for r in scored if r[1] not in taken])
    return out


def main(package, mine=None):
    files, wrong = read(package), []
    frozen = json.loads(files["frozen.json"])
    for name in ("list.csv", "rules.json"):
        for algorithm in ("sha256", "sm3"):
            known = algorithm in hashlib.algorithms_available
            if known and hashlib.new(algorithm, files[name]).hexdigest() != frozen[name][algorithm]:
                wrong.append(f"{name}: not the {algorithm.upper()} digest published at the freeze")
    rules = json.loads(files["rules.json"])
    times = [datetime.fromisoformat(rules[k]) for k in ("frozen_at", "reveal_until")]
    valid = [c for c in json.loads(files["contributions.json"]) if counts(c, *times)]
    if len(valid) < rules["least_contributions"] or all(c["kind"] == "secret" for c in valid):
        wrong.append("contributions.json: too few valid contributions, the draw should have been void")
    lines = ["GREENPARK-DRAW-SEED-1", "list:" + sha(files["list.csv"]), "rules:" + sha(files["rules.json"])]
    seed = sha("\n".join(lines + [f"{c['party']}:{c['value']}" for c in valid]).encode())
    if files["seed.txt"].decode().strip() != seed:
        wrong.append(f"seed.txt: the contributions give {seed}")
    rows = [line.split(",") for line in files["list.csv"].decode().splitlines()[1:]]
    people = [(r[0], r[1].split("|")) for r in rows]
    true = ["round,place,number,score,track"]
    for r in rules["rounds"]:
        for place, (s, n, track) in enumerate(order(people, seed, r), 1):
            true.append(f"{r['round']},{place},{n},{s},{track}")
            if n == mine:
                print(f"{r['round']}: {n} -> {place} ({track})")
    said = files["result.csv"].decode().splitlines()
    wrong += [f"result.csv line {i}: {a} should be {b}" for i, (a, b) in enumerate(zip(said, true), 1) if a != b][:5]
    if len(said) != len(true):
        wrong.append(f"result.csv: {len(said)} lines, should be {len(true)}")
    print("\n".join(wrong) if wrong else f"OK: {len(people)} applicants, every rank follows from the package")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
