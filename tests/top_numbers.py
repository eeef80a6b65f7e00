#!/usr/bin/env python3
"""`top`, reckoned again connection by connection from what the generator of the capture did.

usage: top_numbers.py [--trawl PATH] [--connections N] [--seed N]

Every connection is written by a script of segments that says itself what they count for: attempts, answers, handshakes,
refusals, requests, responses and their times are not found out from the packets here. The capture has them interleaved. `--compare` with another such capture is checked too.
Closes with 'top: N cells of M destinations, K bad'."""
import argparse
import json
import math
import os
import random
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "fixtures"))
from containers import pcap  # noqa: E402
from wire import eth, ip4, tcp  # noqa: E402

START, MS = 1700000000 * 10**9, 10**6
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
COUNTS = ["syn", "again", "syn_ack", "est", "rst", "refused", "fin_out", "fin_in", "out", "in", "err", "gaps", "packets_out", "packets_in",
          "bytes_out", "bytes_in"]
MEASURES = ["lat", "rtt", "ttfb", "think", "transfer", "qos"]
QUANTILES = ["50", "95", "99.9"]


class Destination:
    def __init__(self):
        self.counts = dict.fromkeys(COUNTS, 0)
        self.values = {m: [] for m in MEASURES}
        self.transferred, self.first = 0, None


class Connection:
    """One script; self.d is told what each step counts for."""

    def __init__(self, rng, number, server, port, d, packets):
        self.rng, self.d, self.packets = rng, d, packets
        self.ends = ("10.%d.%d.%d" % (1 + number // 60000, number // 250 % 240, number % 250 + 1), server)
        self.ports = (40000 + number % 20000, port)
        self.now = START + rng.randrange(20 * 10**9)
        self.seq = [rng.randrange(2**32), rng.randrange(2**32)]  # of the client, of the server
        self.trip = None
        self.server_spoke = False
        self.asked = self.pushed = None

    def send(self, server, flags, n=0, wait=None):
        self.now += self.rng.randrange(MS // 10, 40 * MS) if wait is None else wait
        src, dst = self.ends[::-1] if server else self.ends
        sport, dport = self.ports[::-1] if server else self.ports
        ack = self.seq[not server] if flags & ACK else 0
        data = tcp(src, dst, sport, dport, self.seq[server], ack, flags, b"x" * n)
        if len(data) > 40 and self.rng.random() < 0.05:  # in two fragments; it is there when the second comes
            cut, ident = len(data) // 16 * 8, len(self.packets) % 65000 + 200  # no other datagram of these ends near it
            frames = [eth(0x800, ip4(src, dst, 6, data[:cut], ident=ident, flags=1)),
                      eth(0x800, ip4(src, dst, 6, data[cut:], ident=ident, flags=0, offset=cut // 8))]
            self.rng.shuffle(frames)
        else:
            frames = [eth(0x800, ip4(src, dst, 6, data))]
        for i, frame in enumerate(reversed(frames)):
            self.packets.append((self.now - i, frame, len(frame)))
        self.server_spoke |= server
        self.seq[server] = (self.seq[server] + n + bool(flags & (SYN | FIN))) % 2**32
        c = self.d.counts
        c["packets_in" if server else "packets_out"] += 1
        c["bytes_in" if server else "bytes_out"] += n
        self.d.first = self.now if self.d.first is None else min(self.d.first, self.now)
        return self.now

    def repeat(self, server, flags, n):
        """The last n bytes of a side come once more: no part of a request or response, though a push is a push."""
        self.seq[server] = (self.seq[server] - n) % 2**32
        now = self.send(server, flags, n)
        if flags & PSH and n < 1400:
            self.d.counts["in" if server else "out"] += 1
            if server and self.pushed:
                self.d.values["rtt"].append(now - self.pushed)
        if flags & PSH and not server:
            self.pushed = now
        return bool(server and self.pushed and flags & PSH and n < 1400)

    def open(self):
        """True: established."""
        c, rng = self.d.counts, self.rng
        n_fast = self.n_fast = rng.choice([0] * 15 + [300])  # a request in the SYN: no push
        began = self.asked = self.send(False, SYN, n_fast)
        c["syn"] += 1
        if rng.random() < 0.05:  # both open at once: the server's SYN is no answer, and none of the client's again
            self.send(True, SYN)
            self.seq[1] = (self.seq[1] - 1) % 2**32
        for _ in range(rng.choice([0, 0, 0, 0, 1, 2])):
            self.seq[0] = (self.seq[0] - 1 - n_fast) % 2**32
            self.send(False, SYN, n_fast, wait=1000 * MS)
            c["again"] += 1
        how = rng.random()
        if how < 0.1:
            return False
        if how < 0.2:
            self.send(True, RST | ACK)
            c["rst"] += 1
            c["refused"] += 1
            return False
        if how < 0.25:  # the answer is not in the capture, but its acknowledgment is
            self.seq[1] = (self.seq[1] + 1) % 2**32
            c["err"] += 1
        else:
            self.send(True, SYN | ACK)
            c["syn_ack"] += 1
        if how > 0.95:
            return False
        self.trip = self.send(False, ACK) - began
        c["est"] += 1
        self.d.values["lat"].append(self.trip)
        return True

    def exchange(self):
        """A request of one or two segments and a response of some: 1 for each response that counts."""
        rng, c = self.rng, self.d.counts
        for more in range(rng.choice([0, 0, 1])):
            self.send(False, ACK, 1400)
        size = rng.randrange(1, 1300)
        self.asked = self.pushed = self.send(False, PSH | ACK, size)
        c["out"] += 1
        n = 0
        if rng.random() < 0.1:  # a keep-alive
            self.repeat(False, ACK, 1)
        if rng.random() < 0.1:  # sent again: who waits does so since the first time
            self.repeat(False, PSH | ACK, size)
        if self.answered and rng.random() < 0.1:
            n += self.repeat(True, *self.answered)
        return n if rng.random() < 0.1 else n + self.answer()

    answered = None

    def scatter(self):
        """A response whose segments come in any order, some again, some across others, with holes between that are never
        filled: a set of its bytes tells which are new. Its size, and when the first and the last new ones came."""
        rng, base = self.rng, self.seq[1]
        size = rng.randrange(20, 6000)
        cuts = sorted({0, size} | {rng.randrange(size) for _ in range(rng.randrange(2, 12))})
        pieces = list(zip(cuts, cuts[1:])) + [sorted((rng.randrange(size), rng.randrange(size))) for _ in range(4)]
        rng.shuffle(pieces)
        seen, reach, times = set(), 0, []
        for begin, end in pieces[rng.randrange(4):]:
            if begin == end:
                continue
            self.seq[1] = (base + begin) % 2**32
            now = self.send(True, ACK, end - begin)
            self.d.counts["gaps"] += begin > reach
            reach = max(reach, end)
            if set(range(begin, end)) - seen:
                times.append(now)
            seen.update(range(begin, end))
        self.seq[1] = (base + reach) % 2**32
        return len(seen), times[0], times[-1]

    def answer(self):
        rng, c, v = self.rng, self.d.counts, self.d.values
        first = last = None
        n_bytes, n = 0, 0
        if self.server_spoke and rng.random() < 0.2:
            n_bytes, first, last = self.scatter()
        for _ in range(rng.randrange(1, 5)):
            size = rng.randrange(1400, 1461) if rng.random() < 0.5 else rng.randrange(1, 1400)
            push = rng.random() < 0.7
            swapped = self.server_spoke and rng.random() < 0.1  # it overtakes one of 700 bytes
            if swapped:
                self.seq[1] = (self.seq[1] + 700) % 2**32
                c["gaps"] += 1
            last = self.send(True, ACK | PSH * push, size)
            first = first or last
            n_bytes += size
            if push and size < 1400:
                c["in"] += 1
                if self.pushed:
                    v["rtt"].append(last - self.pushed)
                    n += 1
            self.answered = (ACK | PSH * push, size)
            if swapped:
                self.seq[1] = (self.seq[1] - size - 700) % 2**32
                last = self.send(True, ACK, 700)
                n_bytes += 700
                self.seq[1] = (self.seq[1] + size) % 2**32
        v["ttfb"].append(first - self.asked)
        if self.trip:
            v["think"].append(max(0, first - self.asked - self.trip))
        v["transfer"].append(last - first)
        self.d.transferred += n_bytes
        return n

    def lose(self):
        """The server's bytes are not in the capture, but their acknowledgment is."""
        self.seq[1] = (self.seq[1] + self.rng.randrange(2, 3000)) % 2**32
        self.send(False, ACK)
        self.d.counts["err"] += 1

    def skip(self):
        """Bytes of the client that are not in the capture: what it sends next says so, before anybody acknowledges them."""
        self.seq[0] = (self.seq[0] + self.rng.randrange(1, 3000)) % 2**32
        self.d.counts["gaps"] += 1

    def run(self):
        rng, c = self.rng, self.d.counts
        late = rng.random() < 0.1  # the capture began later: the ports tell the client
        if not late and not self.open():
            return
        n = self.answer() if not late and self.n_fast else 0
        n_exchanges = 0
        for n_exchanges in range(1, rng.randrange(1, 7)):
            if rng.random() < 0.05 and (not late or n_exchanges > 1):
                self.skip()
            n += self.exchange()
            if rng.random() < 0.05 and self.server_spoke:
                self.lose()
        how, server = rng.random(), rng.random() < 0.5
        if late and not n_exchanges:  # a FIN or RST that belongs to nothing
            self.send(server, rng.choice([FIN | ACK, RST]))
        elif how < 0.2:
            self.send(server, RST)
            c["rst"] += 1
        elif how < 0.7:
            self.send(server, FIN | ACK)
            c["fin_in" if server else "fin_out"] += 1
            if n:
                self.d.values["qos"].append(n)
            self.send(not server, FIN | ACK)
        elif how < 0.8 and n_exchanges:  # the client has said all, and is answered
            size = rng.randrange(1, 1300)
            self.asked = self.pushed = self.send(False, PSH | FIN | ACK, size)
            c["out"] += 1
            c["fin_out"] += 1
            n += self.answer()
            if n:
                self.d.values["qos"].append(n)
            if how < 0.77:  # else the capture ends before that
                self.send(True, rng.choice([FIN | ACK, RST | ACK]))


def quantile(values, q):
    """trtop's: the value of rank int(q n - 0.5), at least 0."""
    place = q * len(values) - 0.5
    return sorted(values)[int(place) if place > 0 else 0]


def expected(d, end):
    row = dict(d.counts)
    seconds = max(1, (end - d.first) / 1e9)
    row["syn_rate"], row["est_rate"] = d.counts["syn"] / seconds, d.counts["est"] / seconds
    for name in ("syn_ack", "est", "rst", "fin_out", "fin_in"):
        row[name + "_pct"] = 100 * d.counts[name] / d.counts["syn"] if d.counts["syn"] else None
    for m in MEASURES:
        for q in QUANTILES:
            values = d.values[m]
            row["%s_p%s" % (m, q)] = (quantile(values, float(q) / 100), len(values) <= 1028) if values else None
    took = sum(d.values["transfer"]) / 1e9
    row["rate"] = d.transferred / took if took else None
    failed = max(0, d.counts["syn"] - d.counts["est"])
    row["waited"] = (sum(d.values["lat"]) + sum(d.values["ttfb"]) + failed * 3 * 10**9) / 1e9
    return row


def agrees(name, want, got):
    if want is None or got is None:
        return want is None and got is None
    if isinstance(want, tuple):
        value, exact = want
        value = value if name.startswith("qos") else value / 1e9
        return math.isclose(float(got), value, rel_tol=1e-12 if exact else 0.0079, abs_tol=1e-9)
    return math.isclose(float(got), want, rel_tol=1e-9, abs_tol=1e-9)


def bounds(values, q):
    """A quantile and its 95 % confidence interval by ranks (Conover, Practical Nonparametric Statistics, 3.2)."""
    n, ordered = len(values), sorted(values)
    reach = 1.96 * math.sqrt(n * q * (1 - q))
    low, high = math.floor(n * q - reach), math.ceil(n * q + reach)  # counted from 1
    return quantile(values, q), ordered[low - 1] if low >= 1 else None, ordered[high - 1] if high <= n else None


def compared(before, now):
    """The rows of --compare by what they are about, and what their changes cost."""
    rows, none = {}, Destination()
    for key in set(before) | set(now):
        for m in MEASURES[:-1]:
            old, new = before.get(key, none).values[m], now.get(key, none).values[m]
            for q in QUANTILES:
                a, b = (bounds(v, float(q) / 100) if v else (None, None, None) for v in (old, new))
                verdict = "new" if not old else "gone" if not new else "slower" if a[2] is not None and b[1] is not None and b[1] > a[2] \
                    else "faster" if b[2] is not None and a[1] is not None and b[2] < a[1] else "same"
                lost = ((b[0] or 0) - (a[0] or 0)) * (len(new) or len(old))
                if old or new:
                    rows["%s:%d" % key, m, float(q)] = (verdict, len(old), len(new), *a, *b, lost, len(old) <= 1028 and len(new) <= 1028)
    return rows


def check_compare(got, want):
    """How many cells differ. Where a histogram has the values, so may the verdict: those are left out."""
    bad, costs = 0, []
    for row in got:
        w = want.pop((row["destination"], row["measure"], row["percentile"]), None)
        if w is None:
            bad += 1
            continue
        costs.append((w[0] == "slower", w[-2]) if w[-1] else None)
        if not w[-1]:
            continue
        times = [None if row[c] is None else round(float(row[c]) * 1e9)
                 for c in ("before", "before_low", "before_high", "now", "now_low", "now_high")]
        cells = (row["verdict"], row["n_before"], row["n_now"], *times)
        if cells != w[:-2]:
            bad += 1
            print("compare %s %s: %r, expected %r" % (row["destination"], row["measure"], cells, w[:-2]))
    exact = [c for c in costs if c]
    return bad + len(want) + (exact != sorted(exact, reverse=True))


def write(rng, n, path, n_hosts=60):
    """A capture of so many connections: its destinations, and the time of its last segment."""
    packets, destinations = [], {}
    for i in range(n):
        # one of so many that its percentiles come from the histogram, a few busy ones, and many of some connections
        how = rng.random()
        k = 0 if how < 0.35 else rng.randrange(1, 4) if how < 0.6 else rng.randrange(4, n_hosts)
        server, port = "192.0.2.%d" % (k + 1), rng.choice([80, 443]) if k else 443
        Connection(rng, i, server, port, destinations.setdefault((server, port), Destination()), packets).run()
    end = max(p[0] for p in packets)
    for i in range(200):  # the ends of datagrams whose beginnings never come: of no connection
        frame = eth(0x800, ip4("10.1.0.1", "192.0.2.1", 6, b"z" * 24, ident=i, flags=0, offset=100))
        packets.append((START + rng.randrange(20 * 10**9), frame, len(frame)))
    packets.sort(key=lambda p: p[0])
    with open(path, "wb") as f:
        f.write(pcap(packets, nano=True))
    return {k: d for k, d in destinations.items() if d.first is not None}, end


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("--trawl", default=os.environ.get("TRAWL", os.path.join(HERE, "..", "build", "trawl")))
    ap.add_argument("--connections", type=int, default=3000)
    ap.add_argument("--seed", type=int, default=1)
    args = ap.parse_args()
    rng = random.Random(args.seed)
    bad = n_cells = 0
    with tempfile.TemporaryDirectory(prefix="trawl-top-") as folder:
        path, before_path = os.path.join(folder, "top.pcap"), os.path.join(folder, "before.pcap")
        seen, end = write(rng, args.connections, path)
        before, _ = write(rng, args.connections // 3, before_path, 40)
        outputs = [subprocess.run([args.trawl, "--no-cache", "-q", "--threads", n, "-r", path, "--json",
                                   "top --percentiles " + ",".join(QUANTILES)], check=True, stdout=subprocess.PIPE).stdout
                   for n in ("1", "2", "5")]
        compare = subprocess.run([args.trawl, "--no-cache", "-q", "-c",
                                  "load '%s' as before; load '%s' as now; top --json --compare before --percentiles %s"
                                  % (before_path, path, ",".join(QUANTILES))], check=True, stdout=subprocess.PIPE)
    if len(set(outputs)) != 1:
        print("not the same with 1, 2 and 5 threads")
        bad += 1
    rows = {(r["address"], r["port"]): r for r in json.loads(outputs[0])}
    if set(rows) != set(seen):
        print("other destinations: %s" % sorted(set(rows) ^ set(seen))[:5])
        bad += 1
    for key in sorted(set(rows) & set(seen)):
        for name, want in expected(seen[key], end).items():
            n_cells += 1
            if not agrees(name, want, rows[key][name]):
                bad += 1
                if bad < 20:
                    print("%s:%d %s: %r, expected %r" % (*key, name, rows[key][name], want))
    order = [r["waited"] for r in json.loads(outputs[0])]
    bad += order != sorted(order, reverse=True)
    want = compared(before, seen)
    n_cells += 9 * len(want)
    bad += check_compare(json.loads(compare.stdout), want)
    print("top: %d cells of %d destinations, %d bad" % (n_cells, len(seen), bad))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
