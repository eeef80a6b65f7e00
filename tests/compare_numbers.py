#!/usr/bin/env python3
"""Every number of `why`, `compare` and `compare --quantiles`, reckoned again from the packets' own cells.

usage: compare_numbers.py [--trawl PATH]

The cells of packets and tables are read as JSON, and counts, shares, lift, quantiles, effects and all q-values are made anew from
their definitions in docs/COMPARE.md. Closes with 'numbers: N cells, N bad'."""
import argparse
import collections
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
    files = [w for c in captures for w in ("-r", c if "/" in c else os.path.join(FIXTURES, c + ".pcap"))]
    p = subprocess.run([trawl, "-q", "--no-cache", *files, "-c", line], stdout=subprocess.PIPE, timeout=300, check=True,
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
        return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-13)
    return a == b


def check_why(trawl):
    for field, value, among_all, captures in QUESTIONS:
        want = expected([packets(trawl, c) for c in captures], field, value, among_all)
        rows = run(trawl, captures, "why %s %s %s --all -x 0 --among %s --fields %s --json" % (
            field, value, " ".join(captures) if len(captures) > 1 else "", "all" if among_all else "field", ",".join(FIELDS)))
        have = {(r["field"], key(r["value"])): got(r, len(captures)) for r in rows}
        yield from differences("why %s %s" % (field, value), have, want)


def check_twins(trawl):
    """Without --all: every value that passes is a row or in `also` of one; a row's `also` stands in its packets; and no two rows
    in the same, addresses and the value asked for aside."""
    for field, value, among_all, captures in QUESTIONS:
        what = "why %s %s" % (field, value)
        sides = [packets(trawl, c) for c in captures]
        counted = [p for s in sides for p in s if among_all or p[0][field]]
        stands = lambda k: frozenset(i for i, p in enumerate(counted) if k[1] in p[0][k[0]])
        want = {k for k, r in expected(sides, field, value, among_all).items()
                if k == (field, value) or (r["q"] is not None and r["q"] <= 0.2 and (r["lift"] is None or r["lift"] > 1)) or
                (r["change_q"] is not None and r["change_q"] <= 0.2)}
        rows = run(trawl, captures, "why %s %s %s --max-q 0.2 -x 0 --among %s --fields %s --json" % (
            field, value, " ".join(captures) if len(captures) > 1 else "", "all" if among_all else "field", ",".join(FIELDS)))
        have, seen = {}, set()
        for r in rows:
            k = (r["field"], key(r["value"]))
            also = [(f, key(v)) for f, v in (text.split(" = ", 1) for text in r["also"])]
            have.update({t: {"packets": stands(t)} for t in [k] + also})
            for t in also:
                have[t]["packets of its row"] = stands(k)
            alone = k == (field, value) or k[0] in ("ip.src", "ip.dst")
            have[k]["alone"] = alone or stands(k) not in seen
            seen.add(stands(k) if not alone else None)
        yield from differences(what, have, {k: dict({"packets": stands(k)}, **(
            {"alone": True} if "alone" in have.get(k, {}) else {"packets of its row": stands(k)})) for k in want})


def chi2_above(x, df):
    """For any whole df: by the recurrence Q(a + 1, y) = Q(a, y) + y^a e^-y / gamma(a + 1)."""
    y, a = x / 2, 0.5 if df % 2 else 1.0
    q = math.erfc(math.sqrt(y)) if df % 2 else math.exp(-y)
    while a < df / 2:
        q += math.exp(a * math.log(y) - y - math.lgamma(a + 1)) if y else 0
        a += 1
    return q


def check_compare(trawl):
    for captures in (["before", "after"], ["names", "web"], ["after", "empty"], ["after", "after"]):
        yield from check_pair(trawl, captures)


def check_pair(trawl, captures):
    """Counts of occurrences: each side a field's list of values, with repeats. Fields that one side lacks are no tests."""
    sides, duration = [], []
    for c in captures:
        rows = run(trawl, [c], "packets | select %s --json" % " ".join(FIELDS))
        duration.append(run(trawl, [c], "captures | select s=duration/1s --json")[0]["s"])
        sides.append({f: collections.Counter(key(v) for r in rows if r[f] is not None
                                             for v in (r[f] if isinstance(r[f], list) else [r[f]])) for f in FIELDS})
    want, ps, field_ps = {}, {}, {}
    for f in FIELDS:
        left, right = sides[0][f], sides[1][f]
        n, m = sum(left.values()), sum(right.values())
        g = chi = 0.0
        for v in left.keys() | right.keys():
            a, b = left[v], right[v]
            el, er = (a + b) * n / (n + m), (a + b) * m / (n + m)
            g += sum(2 * x * math.log(x / e) for x, e in ((a, el), (b, er)) if x)
            chi += sum((x - e) ** 2 / e for x, e in ((a, el), (b, er)) if e)
            both = n > 0 and m > 0
            ps[f, v] = (above(g_test(a, n, b, m), 1) if n + m > a + b else 1.0) if both else None
            want[f, v] = {"left": a, "right": b, "delta": b - a, "total": -a if not b else a + b,
                          "change": "new" if not a else "gone" if not b else None,
                          "left_share": 100 * a / n if a else 0, "right_share": 100 * b / m if b else 0,
                          "left_rate": a / duration[0] if duration[0] else None,
                          "right_rate": b / duration[1] if duration[1] else None,
                          "delta_share": 100.0 if not a else -100.0 if not b else 100 * b / m - 100 * a / n,
                          "effect": 2 * math.asin(math.sqrt(b / m)) - 2 * math.asin(math.sqrt(a / n)) if both else None,
                          "both": both}
        width = len(left.keys() | right.keys())
        field_ps[f] = chi2_above(max(g, 0), width - 1) if n and m and width > 1 else None
        for v in left.keys() | right.keys():
            want[f, v]["field_effect"] = math.sqrt(chi / (n + m)) if field_ps[f] is not None else None
    q, field_q = adjust(ps), adjust(field_ps)
    for k, row in want.items():
        row.pop("both")
        row.update(q=q[k], field_q=field_q[k[0]])
    rows = [r for r in run(trawl, captures, "compare %s --fields %s --json" % (" ".join(captures), ",".join(FIELDS))) if r["value"][:2] != "__"]
    have = {(r["field"], key(r["value"])): {c: r[c] for c in r if c not in ("report", "field", "value")}
            for r in rows}
    yield from differences("compare " + " ".join(captures), have, want)


def mann_whitney(x, y):
    """By ranks: the sum of the right side's, with the means of ties."""
    both = sorted(x + y)
    rank = {v: both.index(v) + (both.count(v) + 1) / 2 for v in set(both)}
    n, m, size = len(x), len(y), len(x) + len(y)
    u = sum(rank[v] for v in y) - m * (m + 1) / 2
    ties = sum(both.count(v) ** 3 - both.count(v) for v in set(both))
    sigma = math.sqrt(n * m / 12 * (size + 1 - ties / (size * (size - 1))))
    z = (abs(u - n * m / 2) - 0.5) / sigma if sigma else 0
    return 100 * u / (n * m), math.erfc(z / math.sqrt(2)) if z > 0 else 1.0


def quantile(values, q):
    place = (len(values) - 1) * q
    low = math.floor(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)


def check_quantiles(trawl):
    files = [os.path.join(HERE, "..", "docs", "tour", n) for n in ("office.pcapng.xz", "office-after.pcapng.xz")]
    columns = [("dns", "response_time"), ("http", "response_time"), ("reinjections", "delay"), ("tcp", "rtt"),
               ("tcp_rtt", "rtt"), ("tls", "hello_time"), ("tls", "handshake_time")]
    values = {}
    for table, column in columns:
        values["%s.%s" % (table, column)] = [sorted(r[column] for r in run(trawl, [f], "%s | select %s --json" % (table, column))
                                                    if r[column] is not None) for f in files]
    values = {k: v for k, v in values.items() if v[0] or v[1]}
    want, ps, field_ps = {}, {}, {}
    for f, (x, y) in values.items():
        longer, field_ps[f] = mann_whitney(x, y) if x and y else (None, None)
        tested = min(len(x), len(y)) >= 5
        field_ps[f] = field_ps[f] if tested else None
        for name, q in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99)):
            a, b = quantile(x, q) if x else None, quantile(y, q) if y else None
            both = sorted(x + y)
            limit = both[math.ceil(len(both) * q) - 1]
            over = [sum(v > limit for v in s) for s in (x, y)]
            over = over if sum(over) else [s.count(limit) for s in (x, y)]
            ps[f, name] = above(g_test(over[0], len(x), over[1], len(y)), 1) if tested else None
            want[f, name] = {"left": a, "right": b, "delta": b - a if x and y else None, "n_left": len(x), "n_right": len(y),
                             "ratio": b / a if x and y else None, "longer": longer}
    q, field_q = adjust(ps), adjust(field_ps)
    for k in want:
        want[k].update(q=q[k], field_q=field_q[k[0]])
    rows = run(trawl, files, "compare office office-after --quantiles --json")
    have = {(r["field"], r["quantile"]): {c: r[c] for c in r if c not in ("report", "field", "quantile")} for r in rows}
    for k in have.keys() & want.keys():  # cells are whole nanoseconds
        for c in ("left", "right", "delta"):
            if None not in (have[k][c], want[k][c]) and abs(have[k][c] - want[k][c]) < 0.6e-9:
                want[k][c] = have[k][c]
    yield from differences("compare --quantiles", have, want)


def differences(what, have, want):
    """A text for each cell; empty: as expected."""
    if have.keys() != want.keys():
        yield "%s: rows %s" % (what, sorted(have.keys() ^ want.keys()))
    for k in sorted(have.keys() & want.keys()):
        if have[k].keys() != want[k].keys():
            yield "%s: columns %s" % (what, sorted(have[k].keys() ^ want[k].keys()))
        for c in have[k].keys() & want[k].keys():
            yield "" if same(have[k][c], want[k][c]) else \
                "%s: %s %s: %s, expected %s" % (what, k, c, have[k][c], want[k][c])


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("--trawl", default=os.environ.get("TRAWL", os.path.join(HERE, "..", "build", "trawl")))
    trawl = os.path.abspath(ap.parse_args().trawl)
    n, bad = 0, []
    for check in (check_why, check_twins, check_compare, check_quantiles):
        for line in check(trawl):
            n += 1
            bad += [line] if line else []
    for line in bad:
        print(line)
    print("numbers: %d cells, %d bad" % (n, len(bad)))
    return bool(bad) or n < 1500


sys.exit(main())
