#!/usr/bin/env python3
"""Every number of `why`, reckoned again from the packets' own cells.

usage: company.py [--trawl PATH]

The program is asked with --all -x 0 for what comes with a value, of one capture and of two; the packets' cells are read as JSON,
and counts, shares, lift and both q-values are made anew from their definitions in docs/COMPARE.md. Closes with
'company: N cells, N bad'."""
import argparse
import json
import math
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
FIXTURES = os.path.join(HERE, "fixtures")
FIELDS = ["dns.qry.name", "dns.resp.name", "dns.resp.type", "frame.len", "ip.dst", "ip.src", "tcp.dstport", "tcp.flags",
          "tcp.srcport", "udp.dstport"]
# field, value, is it all packets that it is compared with, captures
QUESTIONS = [
    ("ip.dst", "10.0.0.9", False, ["before", "after"]),
    ("ip.src", "10.0.0.1", False, ["before", "after"]),
    ("tcp.dstport", "80", True, ["before", "after"]),
    ("tcp.dstport", "80", False, ["after"]),
    ("dns.resp.type", "1", False, ["dns"]),
    ("dns.resp.name", "example.org", True, ["dns"]),
    ("udp.dstport", "53", True, ["names", "after"]),
]


def run(trawl, captures, line):
    files = [w for c in captures for w in ("-r", os.path.join(FIXTURES, c + ".pcap"))]
    p = subprocess.run([trawl, "-q", "--no-cache", *files, "-c", line], stdout=subprocess.PIPE, timeout=60, check=True,
                       env=dict(os.environ, TZ="UTC", LC_ALL="C.UTF-8"))
    return json.loads(p.stdout)


def key(text):
    """A value as JSON has it and as `why` writes it, made alike."""
    text = str(text).split(" (")[0]
    return str(int(text, 0)) if text[:1].isdigit() and "." not in text and ":" not in text else text


def packets(trawl, capture):
    """Of each packet: field to the set of its values; and its time."""
    rows = run(trawl, [capture], "packets | select frame.time_epoch " + " ".join(FIELDS) + " --json")
    ret = []
    for r in rows:
        values = {f: r[f] if isinstance(r[f], list) else [] if r[f] is None else [r[f]] for f in FIELDS}
        ret.append(({f: {key(v) for v in values[f]} for f in FIELDS}, r["frame.time_epoch"]))
    return ret


def g_test(a, n, b, m):
    """G of {{a, n-a}, {b, m-b}}."""
    g = 0.0
    for observed, row, column in ((a, n, a + b), (b, m, a + b), (n - a, n, n + m - a - b), (m - b, m, n + m - a - b)):
        if observed:
            g += 2 * observed * math.log(observed * (n + m) / (row * column))
    return max(g, 0.0)


def above(g, df):
    """Of chi squared with one or two degrees of freedom."""
    return math.erfc(math.sqrt(g / 2)) if df == 1 else math.exp(-g / 2)


def adjust(p):
    """Benjamini and Hochberg, from the definition: the least p(j) n / j of all j at or after it."""
    order = sorted(k for k in p if p[k] is not None)
    order.sort(key=lambda k: p[k])
    q = dict(p)
    for i, k in enumerate(order):
        q[k] = min(1.0, min(p[j] * len(order) / (n + 1) for n, j in enumerate(order) if n >= i))
    return q


def expected(sides, field, value, among_all):
    """(field, value) to the cells of its row."""
    held = [[p for p in s if value in p[0][field]] for s in sides]
    others = [[p for p in s if value not in p[0][field] and (among_all or p[0][field])] for s in sides]
    keys = {(f, v) for h in held for p in h for f in FIELDS for v in p[0][f]}
    has = lambda rows, k: sum(k[1] in p[0][k[0]] for p in rows)
    rows, ps, changes = {}, {}, {}
    for k in keys:
        h, o = [has(r, k) for r in held], [has(r, k) for r in others]
        big_h, big_o = [len(r) for r in held], [len(r) for r in others]
        asked = k == (field, value)
        over = sum(a * m / (n + m) for a, n, m in zip(h, big_h, big_o))
        under = sum(b * n / (n + m) for b, n, m in zip(o, big_h, big_o))
        side = len(sides) - 1 if h[-1] else 0
        times = [p[1] for p in held[side] if k[1] in p[0][k[0]]]
        n_tests = sum(1 for n, m in zip(big_h, big_o) if n and m)
        rows[k] = {"held": h, "share": [100 * a / n if n else None for a, n in zip(h, big_h)],
                   "elsewhere": [100 * b / m if m else None for b, m in zip(o, big_o)],
                   "lift": None if asked or not under else over / under, "first": times[0], "last": times[-1]}
        g = sum(g_test(a, n, b, m) for a, n, b, m in zip(h, big_h, o, big_o) if n and m)
        ps[k] = None if asked or not n_tests else above(g, n_tests)
        changes[k] = None if asked or len(sides) < 2 or not all(big_h) else above(g_test(h[0], big_h[0], h[1], big_h[1]), 1)
    q, change_q = adjust(ps), adjust(changes)
    for k in rows:
        rows[k].update(q=q[k], change_q=change_q[k])
    return rows


def got(row, n_sides):
    names = {"held": ["count"], "share": ["share"], "elsewhere": ["elsewhere"]} if n_sides == 1 else \
        {"held": ["left", "right"], "share": ["left_share", "right_share"], "elsewhere": ["left_elsewhere", "right_elsewhere"]}
    ret = {k: [row[c] for c in v] for k, v in names.items()}
    return dict(ret, change_q=row.get("change_q"), **{k: row[k] for k in ("lift", "q", "first", "last")})


def same(a, b):
    if isinstance(a, list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-300)
    return a == b


def main():
    ap = argparse.ArgumentParser(usage=__doc__, add_help=False)
    ap.add_argument("--trawl", default=os.environ.get("TRAWL", os.path.join(HERE, "..", "build", "trawl")))
    trawl = os.path.abspath(ap.parse_args().trawl)
    n, bad = 0, []
    for field, value, among_all, captures in QUESTIONS:
        want = expected([packets(trawl, c) for c in captures], field, value, among_all)
        rows = run(trawl, captures, "why %s %s %s --all -x 0 --among %s --fields %s --json" % (
            field, value, " ".join(captures) if len(captures) > 1 else "", "all" if among_all else "field", ",".join(FIELDS)))
        have = {(r["field"], key(r["value"])): got(r, len(captures)) for r in rows}
        if have.keys() != want.keys() or len(have) != len(rows):
            bad.append("%s %s: rows %s" % (field, value, have.keys() ^ want.keys()))
        for k in have.keys() & want.keys():
            n += len(want[k])
            bad += ["%s %s: %s %s: %s, expected %s" % (field, value, k, c, have[k][c], want[k][c])
                    for c in want[k] if not same(have[k][c], want[k][c])]
    for line in bad:
        print(line)
    print("company: %d cells, %d bad" % (n, len(bad)))
    return bool(bad) or n < 500


sys.exit(main())
