#!/usr/bin/env python3
"""`merge`, `owd`, `loss` and `clocks`, of TCP and with --udp, against what the generator of both captures knows of every packet.

usage: vantage_numbers.py [--trawl PATH] [--paths N]

Each path has connections at random: through address translation, through boxes that change sequence numbers and
timestamps, with and without timestamps and IP identifications, opened from both sides, with segments that are lost,
sent again, and sent twice. Where nothing tells copies apart, the first must go with the first: that rule is written
here once more. Closes with 'vantage: N packets on M paths, K bad'."""
import argparse
import collections
import csv
import io
import os
import random
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "fixtures"))
from containers import pcap  # noqa: E402
from makers import vantage  # noqa: E402
from wire import ACK, PSH  # noqa: E402

MS = 10**6


def make(seed):
    r = random.Random(seed)
    drifts = seed % 2 == 1
    path = vantage.Path(there_ms=12, back_ms=12 if drifts else 17, jitter_ms=6,
                        offset_ns=r.randrange(-10**13, 10**13) if drifts else 0,
                        ppm=r.uniform(-80, 80) if drifts else 0)
    for k in range(12):
        ends = [("10.0.%d.1" % k, 40000 + k), ("192.0.2.%d" % (1 + k % 3), 443)]
        more = {}
        if k % 4 == 1:
            more["ends_there"] = [("198.51.100.7", 20000 + r.randrange(20000)), ends[1]]
        if k % 4 == 2:
            more.update(seq=(r.randrange(2**32), r.randrange(2**32)), ts=(r.randrange(2**32), r.randrange(2**32)))
        c = vantage.Conn(path, ends, isn=(r.randrange(2**32), r.randrange(2**32)), near=k % 5 == 4, stamps=k % 3 != 2,
                         **more)
        c.blank = k % 6 == 5  # no IP identification either: copies cannot be told apart
        talk(r, c, 40 * k)
    # both captures run on after all of it
    last = vantage.Conn(path, [("10.9.9.9", 1), ("192.0.2.99", 2)], isn=(5, 6))
    last.handshake(26000)
    last.send(27000, 0, PSH | ACK, 5)
    return path, drifts


def talk(r, c, at):
    def send(*args, **more):
        p = c.send(*args, **more)
        p.ident = 0 if c.blank else p.ident
        return p

    c.handshake(at)
    if c.blank:
        for p in c.path.packets[-3:]:
            p.ident = 0
    at += 100
    for _ in range(60):
        sender = r.random() < 0.3
        p = send(at, sender, PSH | ACK, r.choice([0, 0, 7, 300, 1400]), lost=r.random() < 0.1)
        if p.size and (p.came is None or r.random() < 0.05):
            for _ in range(r.randrange(1, 3)):
                at += 210
                again = send(at, sender, p.flags, p.size, seq=p.seq, ack=p.ack, again=True, lost=r.random() < 0.3)
                if again.came is not None:
                    break
            else:
                at += 210
                send(at, sender, p.flags, p.size, seq=p.seq, ack=p.ack, again=True)
        at += 30 + r.randrange(40)
    c.close(at)


def make_udp(seed):
    """Conversations behind address translation and in plain sight, over IPv4 and IPv6; payloads that tell datagrams
    apart, and ones that do not; senders that number their packets, and ones that do not."""
    r = random.Random(seed)
    path = vantage.Path(there_ms=12, back_ms=17, jitter_ms=6)
    for k in range(12):
        six = k % 5 == 4
        ends = [("2001:db8::%d" % k if six else "10.0.%d.1" % k, 40000 + k),
                ("2001:db8:80::1" if six else "192.0.2.%d" % (1 + k % 3), 443)]
        more = {"ends_there": [("198.51.100.7", 20000 + r.randrange(20000)), ends[1]]} if k % 4 == 1 and not six else {}
        t = vantage.Talk(path, ends, idents=not six and k % 3 != 2, near=k % 5 == 3, **more)
        t.say(40 * k, 0, b"hello from %04d" % k)  # what a conversation behind translation is known by
        t.say(40 * k + 50, 1, b"welcome to you %04d" % k)
        for i in range(60):
            sender = r.random() < 0.3
            say = b"all the same" if k % 4 == 3 else b"%08d" % r.randrange(10**8) + bytes(r.choice([0, 7, 300]))
            t.say(40 * k + 100 + 40 * i, sender, say, lost=r.random() < 0.1)
    last = vantage.Talk(path, [("10.9.9.9", 1), ("192.0.2.99", 2)])
    for at in (0, 26000):
        last.say(at, 0, b"the captures run from here to there")
    return path


def pairs_of(path):
    """What goes with what: {(left frame, right frame)}, None where there is none."""
    want, loose = set(), collections.defaultdict(lambda: ([], []))
    for p in path.packets:
        if p.ident or p.ts:
            want.add((p.frame[0], p.frame[1]))
        else:  # the first with the first
            key = (id(p.conn), p.sender, p.seq, p.ack, p.flags, p.size, getattr(p, "payload", None))
            for k in (0, 1):
                if p.frame[k]:  # each in the order of its capture
                    loose[key][k].append(p.frame[k])
    for left, right in loose.values():
        left, right = sorted(left), sorted(right)
        n = max(len(left), len(right))
        want.update(zip(left + [None] * (n - len(left)), right + [None] * (n - len(right))))
    return want - {(None, None)}


class Run:
    def __init__(self, trawl):
        self.trawl, self.bad = trawl, 0

    def check(self, what, good, detail=""):
        if not good:
            self.bad += 1
            print("%s: %s" % (what, str(detail)[:400]))

    def rows(self, files, line):
        p = subprocess.run([self.trawl, "--no-cache", *files, "-c", line, "--format", "csv"], capture_output=True, text=True,
                           timeout=120, env=dict(os.environ, TZ="UTC", LC_ALL="C"))
        self.check(line, p.returncode == 0, p.stderr)
        return list(csv.DictReader(io.StringIO(p.stdout)))


def ns(text):
    whole, _, part = text.partition(".")
    value = int(whole.lstrip("-")) * 10**9 + int(part.ljust(9, "0") or 0)
    return -value if text.startswith("-") else value


def check_path(run, seed, folder, udp=""):
    path, drifts = (make_udp(seed), False) if udp else make(seed)
    files = []
    r, misses = random.Random(seed), seed % 3 == 2 and not udp  # then the captures themselves miss packets, too
    keep = lambda k, p: not misses or p.flags & 2 or r.random() < 0.9  # SYNs say how numbers were changed
    for name, packets in zip(("left", "right"), path.captures(keep)):
        files.append(os.path.join(folder, name + ".pcap"))
        if udp and seed % 2 and name == "right":  # cut, behind 20 bytes of payload over IPv6
            packets = [(ns, data[:82], size) for ns, data, size in packets]
        with open(files[-1], "wb") as f:
            f.write(pcap(packets, nano=True))
    number = lambda text: int(text) if text else None
    got = {(number(row["left_frame"]), number(row["right_frame"])) for row in run.rows(files, "merge left right" + udp)}
    want = pairs_of(path)
    run.check("path %d: merge" % seed, got == want, "only got %s, only wanted %s" % (sorted(got - want, key=str)[:5],
                                                                                 sorted(want - got, key=str)[:5]))
    # delays: exact where both clocks are one, else within a microsecond once they are put right
    by_left = {p.frame[0]: p for p in path.packets if p.frame[0]}
    n = worst = 0
    for row in run.rows(files, "owd left right" + udp + (" --clock" if drifts else "")):
        p = by_left[int(row["left_frame"])]
        if p.frame[1] != int(row["right_frame"]):
            continue
        n += 1
        worst = max(worst, abs(ns(row["owd"]) - (p.came - p.sent)))
    run.check("path %d: owd" % seed, n > 300 and worst <= (1000 if drifts else 0), "%d delays, off by %d ns" % (n, worst))
    if drifts:
        clocks, = run.rows(files, "clocks left right")
        offset = path.clock(1, 0) - 0  # at the first packet that both have, which is not that of T0
        first = min(p.at[0] for p in path.packets if p.frame[0] and p.frame[1])
        offset = path.clock(1, first) - first
        run.check("path %d: clocks" % seed, abs(ns(clocks["offset"]) - offset) <= 2000 and
                  abs(float(clocks["skew"]) - path.ppm) < 0.1, "%s, not %d and %g" % (clocks, offset, path.ppm))
    if misses:
        return len(path.packets)
    # losses: by connection and direction, all within the time of both captures
    lost, arrived = collections.Counter(), collections.Counter()
    conns = {id(c): c for c in (p.conn for p in path.packets)}
    for p in path.packets:
        key = (min(q.frame[0] for q in path.packets if q.conn is p.conn and q.frame[0]), "client" if p.sender else "server")
        lost[key] += p.came is None
        arrived[key] += p.came is not None
    streams = {int(row["stream"]): int(row["first"]) for row in run.rows(files[:1], ("udp" if udp else "tcp") + " | select stream first")}
    rows = run.rows(files, "loss left right" + udp)
    run.check("path %d: directions" % seed, len(rows) == 2 * len(conns), len(rows))
    for row in rows:
        key = (streams[int(row["left_stream"])], row["dest"])
        got = int(row["received"]), int(row["lost"]), int(row["missed"]), int(row["cut"]), int(row["outside"])
        run.check("path %d: loss of %s" % (seed, key), got == (arrived[key], lost[key], 0, 0, 0),
                  "%s, not %d and %d" % (got, arrived[key], lost[key]))
    return len(path.packets)


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("--trawl", default=os.environ.get("TRAWL", os.path.join(HERE, "..", "build", "trawl")))
    ap.add_argument("--paths", type=int, default=6)
    args = ap.parse_args()
    run, n = Run(os.path.abspath(args.trawl)), 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(args.paths):
            n += check_path(run, seed, folder)
        for seed in range(min(args.paths, 2)):
            check_path(run, seed, folder, " --udp")
    print("vantage: %d packets on %d paths, %d bad" % (n, args.paths, run.bad))
    sys.exit(1 if run.bad or n < 500 * args.paths else 0)


main()
