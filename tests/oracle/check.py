#!/usr/bin/env python3
"""Cells as tshark has them, over a whole corpus: all but those that differences.tsv lists.

usage: check.py [--trawl PATH] [--group GROUP]... ORACLE CORPUS

ORACLE is the program field-oracle, CORPUS what it reads. Every field of the groups (default: all three) must
agree in every frame of every capture, but for the fields of the captures in differences.tsv (capture, fields,
reason), which differ on purpose. A listed pair that agrees is a fault too: take it off the list.
Closes with 'oracle: N fields of N captures …' and exits 1 when the two do not match."""
import argparse
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def listed():
    pairs = {}
    for line in open(os.path.join(HERE, "differences.tsv"), encoding="utf-8"):
        if line.startswith("#"):
            continue
        capture, fields, reason = line.rstrip("\n").split("\t")
        if not reason or not fields:
            sys.exit("differences.tsv: '%s' has no reason, or no field" % capture)
        for field in fields.split():
            if (capture, field) in pairs:
                sys.exit("differences.tsv: '%s' twice with '%s'" % (capture, field))
            pairs[capture, field] = reason
    return pairs


def differing(args, group):
    """What differs: {(capture, field): first frame}, the fields compared, the captures, frames of each field."""
    p = subprocess.run([args.oracle, "--trawl", args.trawl, "--min", "100", "--show", "1000000", "--group", group,
                        args.corpus], stdout=subprocess.PIPE, text=True, errors="surrogateescape")
    pairs, field, fields, captures, hard = {}, None, [], 0, None
    for line in p.stdout.split("\n"):
        head = re.match(r"(\S+) +\d+ frames +[\d.]+ %", line)
        first = re.match(r"      (.+?) (frame \d+: trawl .*)$", line)
        total = re.match(r"captures (\d+):", line)
        last = re.match(r"fields below .* refused: (\d+)", line)
        if head:
            field = head[1]
            fields.append(field)
        elif first:
            pairs[first[1], field] = first[2]
        elif total:
            captures = int(total[1])
        elif last:
            hard = int(last[1])
        elif line:
            print(line)
    if hard != 0:
        sys.exit("oracle: %s captures crashed, timed out or were refused" % ("an unknown number of" if hard is None else hard))
    return pairs, fields, captures


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("--trawl", default=os.environ.get("TRAWL", os.path.join(HERE, "..", "..", "build", "trawl")))
    ap.add_argument("--group", action="append")
    ap.add_argument("oracle")
    ap.add_argument("corpus")
    args = ap.parse_args()
    want, got, compared, least = listed(), {}, set(), None
    for group in args.group or ["base", "mptcp", "dns"]:
        pairs, fields, captures = differing(args, group)
        got.update(pairs)
        compared.update(fields)
        least = captures if least is None else min(least, captures)
    new = sorted(set(got) - set(want))
    stale = sorted(p for p in set(want) - set(got) if p[1] in compared or not args.group)
    for pair in new:
        print("differs: %s %s: %s" % (pair + (got[pair],)))
    for pair in stale:
        print("agrees now, take it off the list: %s %s (%s)" % (pair + (want[pair],)))
    if least < 2000:
        print("only %d captures: the list is of the whole corpus" % least)
    print("oracle: %d fields of %d captures agree, but in %d captures listed; %d new, %d stale" %
          (len(compared), least, len({c for c, _ in want}), len(new), len(stale)))
    sys.exit(1 if new or stale or least < 2000 else 0)


main()
