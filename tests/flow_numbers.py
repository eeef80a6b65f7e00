#!/usr/bin/env python3
"""`flows`, reckoned again packet by packet as NFStream does, from what the generator of the capture knows.

usage: flow_numbers.py [--trawl PATH] [--packets N]

The capture has more than 2^18 packets, so that several threads meter it: TCP and UDP over IPv4 and IPv6, VLANs, tunnels, fragments
of tunnels, ICMP, packets that count in no flow, and a clock that goes back. Closes with 'flows: N flows in M runs, K bad'."""
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
from wire import arp, eth, gre, gtpu, icmp, ip4, ip6, tcp, udp, vlan, vxlan  # noqa: E402

START = 1700000000 * 10**9
LOOK = 10 * 10**6  # NFStream looks for idle flows this often
COLUMNS = ["expiry", "src", "sport", "dst", "dport", "proto", "vlan", "tunnel", "start", "duration", "end", "packets", "bytes",
           "src_packets", "src_bytes", "dst_packets", "dst_bytes", "src_duration", "dst_start", "dst_duration", "first", "last"]
OPTIONS = [("", 120 * 10**9, 1800 * 10**9), ("--idle 2s --active 30s", 2 * 10**9, 30 * 10**9)]

# What a flow is told by, from the sender's side; None for a packet that counts in no flow.
Key = collections.namedtuple("Key", "src sport dst dport proto vlan tunnel")


def one_way(kind, n, back):
    """The frames of one packet of flow n: (bytes, key) each."""
    ends = [("10.%d.%d.1" % (n >> 8, n & 255), 1024 + n), ("192.0.2.%d" % (n % 200 + 1), 80)]
    (src, sport), (dst, dport) = reversed(ends) if back else ends
    segment = tcp(src, dst, sport, dport, 1, 1, 16, b"t" * (n % 50))
    datagram = udp(src, dst, sport, dport, b"u" * (n % 70))
    outer = ("198.51.100.2", "198.51.100.1") if back else ("198.51.100.1", "198.51.100.2")
    key = Key(src, sport, dst, dport, 6, None, None)
    whole = None

    if kind == "tcp":
        return [(eth(0x800, ip4(src, dst, 6, segment)), key)]
    if kind == "udp":
        return [(eth(0x800, ip4(src, dst, 17, datagram)), key._replace(proto=17))]
    if kind == "ipv6":
        src, dst = ("2001:db8::%x" % (n + 1), "2001:db8:ffff::1")[::-1 if back else 1]
        return [(eth(0x86DD, ip6(src, dst, 6, tcp(src, dst, sport, dport, 1, 1, 16))), key._replace(src=src, dst=dst))]
    if kind == "vlan":  # the same ports in two VLANs are two flows
        vid = 7 + n % 2
        return [(eth(0x8100, vlan(vid, 0x800, ip4("10.9.9.1", "10.9.9.2", 17, udp("10.9.9.1", "10.9.9.2", 5, 6, b"")))),
                 Key("10.9.9.1", 5, "10.9.9.2", 6, 17, vid, None))]
    if kind == "gtp":
        whole = udp(*outer, 2152, 2152, gtpu(n, ip4(src, dst, 6, segment)))
        return [(eth(0x800, ip4(*outer, 17, whole)), key._replace(tunnel="gtp"))]
    if kind == "fragments":  # the first piece is a packet of the tunnel's own flow, the other one of none
        whole = udp(*outer, 2152, 2152, gtpu(n, ip4(src, dst, 6, segment)))
        return [(eth(0x800, ip4(*outer, 17, whole[:24], ident=n, flags=1)), Key(outer[0], 2152, outer[1], 2152, 17, None, None)),
                (eth(0x800, ip4(*outer, 17, whole[24:], ident=n, flags=0, offset=3)), None)]
    if kind == "vxlan":  # a tag inside the tunnel is the packet's own
        inner = eth(0x8100, vlan(99, 0x800, ip4(src, dst, 17, datagram)))
        return [(eth(0x800, ip4(*outer, 17, udp(*outer, 50000 + n, 4789, vxlan(5, inner)))),
                 key._replace(proto=17, vlan=99, tunnel="vxlan"))]
    if kind == "gre":  # the outer tag comes first, and the inner packet has none
        return [(eth(0x8100, vlan(12, 0x800, ip4(*outer, 47, gre(0x800, ip4(src, dst, 6, segment))))),
                 key._replace(vlan=12, tunnel="gre"))]
    if kind == "ipip":
        return [(eth(0x800, ip4(*outer, 4, ip4(src, dst, 17, datagram))), key._replace(proto=17))]
    if kind == "icmp":
        return [(eth(0x800, ip4(src, dst, 1, icmp(0 if back else 8, 0, n))), key._replace(sport=0, dport=0, proto=1))]
    return [(eth(0x806, arp(1, "02:00:00:00:00:01", "10.0.0.1", "00:00:00:00:00:00", "10.0.0.2")), None)]


KINDS = ["tcp", "udp", "ipv6", "vlan", "gtp", "fragments", "vxlan", "gre", "ipip", "icmp", "arp"]


def generate(n_packets):
    """[(ns, bytes, key)]: conversations that come and go, some again after a long pause."""
    rnd, made, now = random.Random(5), [], START
    frames = [[one_way(KINDS[n % len(KINDS)], n, back) for back in (False, True)] for n in range(3000)]

    while len(made) < n_packets:
        at = len(made) * len(frames) // n_packets
        n = rnd.randrange(len(frames)) if rnd.random() < 0.02 else min(max(at + rnd.randrange(-100, 100), 0), len(frames) - 1)
        for data, key in frames[n][rnd.random() < 0.4]:
            now += rnd.choice((0, 1000, 200000, 3000000, 9000000))
            made.append((now - (4000000 if rnd.random() < 0.01 else 0), data, key))
    return made


class Flow:
    def __init__(self, row, ns, key):
        self.key, self.first_row, self.why = key, row, None
        self.times, self.packets, self.bytes, self.rows = [[], []], [0, 0], [0, 0], [0, 0]
        self.start = self.last = ns

    def add(self, row, ns, key, size):
        way = int((key.src, key.sport) != (self.key.src, self.key.sport))
        if not self.packets[way]:
            self.times[way] = [ns, ns]
        self.times[way][1] = ns
        self.packets[way] += 1
        self.bytes[way] += size
        self.rows[way] = row
        self.last = ns

    def cells(self):
        k, (there, back) = self.key, self.times
        return [self.why, k.src, k.sport, k.dst, k.dport, k.proto, k.vlan, k.tunnel, self.start, self.last - self.start, self.last,
                sum(self.packets), sum(self.bytes), self.packets[0], self.bytes[0], self.packets[1], self.bytes[1],
                there[1] - self.start, back[0] if back else None, back[1] - back[0] if back else None, self.first_row,
                max(self.rows)]


def meter(packets, idle, active):
    """Flows in the order in which they expire: a list by last use, looked at every 10 ms."""
    flows, done, clock, looked = collections.OrderedDict(), [], None, None

    def end(name, why):
        flow = flows.pop(name)
        flow.why = why
        done.append(flow)

    for row, (ns, data, key) in enumerate(packets, 1):
        if key is None:
            continue
        clock = ns if clock is None else max(clock, ns)
        name = (frozenset(((key.src, key.sport), (key.dst, key.dport))), key[4:])
        flow = flows.get(name)
        if flow and clock - flow.last >= idle:
            end(name, "idle")
        elif flow and clock - flow.start >= active:
            end(name, "active")
        if name not in flows:
            flows[name] = Flow(row, clock, key)
        flows[name].add(row, clock, key, len(data))
        flows.move_to_end(name)
        if looked is None or clock - looked >= LOOK:
            looked = clock
            while flows and clock - next(iter(flows.values())).last >= idle:
                end(next(iter(flows)), "idle")
    while flows:
        end(next(iter(flows)), "end")
    return [flow.cells() for flow in done]


def number(column, text):
    if text == "" or column in ("expiry", "src", "dst", "tunnel"):
        return text or None
    if column in ("start", "end", "dst_start") or column.endswith("duration"):
        whole, _, part = text.partition(".")
        return int(whole) * 10**9 + int((part + "0" * 9)[:9])
    return int(text)


def ask(trawl, path, options, threads):
    p = subprocess.run([trawl, "--no-cache", "-q", "--csv", "--time", "epoch", "--threads", str(threads), "-r", path, "-c",
                        "flows %s | select %s" % (options, " ".join(COLUMNS))],
                       stdout=subprocess.PIPE, timeout=300, check=True, text=True)
    rows = list(csv.reader(io.StringIO(p.stdout)))
    if rows[0] != COLUMNS:
        raise SystemExit("flows: columns " + ",".join(rows[0]))
    return [[number(c, x) for c, x in zip(COLUMNS, row)] for row in rows[1:]]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trawl", default=os.path.join(HERE, "..", "build", "trawl"))
    parser.add_argument("--packets", type=int, default=270000)
    args = parser.parse_args()
    packets = generate(args.packets)
    n_flows = n_runs = bad = 0

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "flows.pcap")
        with open(path, "wb") as f:
            f.write(pcap([], nano=True))
            for at in range(0, len(packets), 1000):
                f.write(pcap([(ns, data, len(data)) for ns, data, _ in packets[at:at + 1000]], nano=True)[24:])
        for options, idle, active in OPTIONS:
            want = meter(packets, idle, active)
            for threads in (1, 2):
                got = ask(args.trawl, path, options, threads)
                n_runs += 1
                n_flows += len(want)
                if got == want:
                    continue
                bad += 1
                at = next((i for i, (a, b) in enumerate(zip(got, want)) if a != b), min(len(got), len(want)))
                print("flows %s, %d threads: %d flows for %d; from flow %d on\n  got  %s\n  want %s" % (
                    options, threads, len(got), len(want), at, got[at:at + 1], want[at:at + 1]))
    print("flows: %d flows in %d runs, %d bad" % (n_flows, n_runs, bad))
    return bad != 0


if __name__ == "__main__":
    sys.exit(main())
