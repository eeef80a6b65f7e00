#!/usr/bin/env python3
"""`flows`, reckoned again packet by packet as NFStream does, from what the generator of the capture knows.

usage: flow_numbers.py [--trawl PATH] [--packets N]

The capture has more than 2^18 packets, so that several threads meter it: TCP and UDP over IPv4 and IPv6, VLANs, tunnels, fragments
of tunnels, ICMP, packets that count in no flow, and a clock that goes back. Statistics, first packets, accounting, a capacity and
NFStream's view (milliseconds) are reckoned from lists of all packets of a flow. Closes with 'flows: N flows in M runs, K bad'."""
import argparse
import collections
import csv
import io
import math
import os
import random
import struct
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
FLAGS = ["syn", "cwr", "ece", "urg", "ack", "psh", "rst", "fin"]
BITS = [1, 7, 6, 5, 4, 3, 2, 0]
MOMENTS = ["min", "mean", "stddev", "max"]
MORE = [way + what + "_" + m for what in ("size", "gap") for way in ("", "src_", "dst_") for m in MOMENTS] + [
    way + flag for way in ("", "src_", "dst_") for flag in FLAGS] + ["first_directions", "first_sizes", "first_gaps"]
PARTS = ["bidirectional", "src2dst", "dst2src"]
NFSTREAM = ["expiration_id", "src_ip", "src_port", "dst_ip", "dst_port", "protocol", "vlan_id"] + [
    part + x for part in PARTS for x in ("_first_seen_ms", "_last_seen_ms", "_duration_ms", "_packets", "_bytes")] + [
    "%s_%s_%s" % (part, m, what) for what in ("ps", "piat_ms") for part in PARTS for m in MOMENTS] + [
    "%s_%s_packets" % (part, flag) for part in PARTS for flag in FLAGS] + ["splt_direction", "splt_ps", "splt_piat_ms"]
SECOND = 10**9
SHORT = 40000  # packets that one thread takes alone; only two of the runs below need more
# What is typed, and what is reckoned: idle and active time, flows at a time, size (0 frame, 1 IP, 2 transport, 3 payload), kind.
OPTIONS = [("", 120 * SECOND, 1800 * SECOND, 0, 0, "plain"),
           ("--idle 2s --active 30s", 2 * SECOND, 30 * SECOND, 0, 0, "plain"),
           ("--no-tunnels --idle 2s", 2 * SECOND, 1800 * SECOND, 0, 0, "carriers"),
           ("--idle 2s --capacity 60", 2 * SECOND, 1800 * SECOND, 60, 0, "plain"),
           ("--idle 5s --stats --splt 4 --accounting payload", 5 * SECOND, 1800 * SECOND, 0, 3, "stats"),
           ("--view nfstream --dissections 0 --idle 3s --stats --splt 3 --accounting ip", 3 * SECOND, 1800 * SECOND, 0, 1, "nfstream"),
           ("--no-tunnels --idle 2s --accounting ip", 2 * SECOND, 1800 * SECOND, 0, 1, "carriers"),
           ("--no-tunnels --idle 2s --accounting payload", 2 * SECOND, 1800 * SECOND, 0, 3, "carriers")]
FIRST = {"stats": 4, "nfstream": 3}
THREADS = {1: (1, 2), 4: (2,)}  # of the runs over the whole capture, by place in OPTIONS

# What a flow is told by, from the sender's side; None for a packet that counts in no flow.
Key = collections.namedtuple("Key", "src sport dst dport proto vlan tunnel")
# Bytes from the IP header on, from the transport header on, behind that; TCP flags; what carries the tunnel that it is in, its key and size.
Size = collections.namedtuple("Size", "ip transport payload flags carrier", defaults=[None])


def sizes(transport, header, ip=20, flags=0):
    return Size(ip + len(transport), len(transport), len(transport) - header, flags)


def one_way(kind, n, back):
    """The frames of one packet of flow n: (bytes, key, size) each."""
    ends = [("10.%d.%d.1" % (n >> 8, n & 255), 1024 + n), ("192.0.2.%d" % (n % 200 + 1), 80)]
    (src, sport), (dst, dport) = reversed(ends) if back else ends
    flags = (16, 24, 17, 2, 20, 0xd8, 0x30, 16)[n % 8]
    segment = tcp(src, dst, sport, dport, 1, 1, flags, b"t" * (n % 50))
    datagram = udp(src, dst, sport, dport, b"u" * (n % 70))
    as_tcp, as_udp = sizes(segment, 20, flags=flags), sizes(datagram, 8)
    outer = ("198.51.100.2", "198.51.100.1") if back else ("198.51.100.1", "198.51.100.2")
    key = Key(src, sport, dst, dport, 6, None, None)
    whole = None

    if kind == "tcp":
        return [(eth(0x800, ip4(src, dst, 6, segment)), key, as_tcp)]
    if kind == "udp":
        return [(eth(0x800, ip4(src, dst, 17, datagram)), key._replace(proto=17), as_udp)]
    if kind == "ipv6":
        src, dst = ("2001:db8::%x" % (n + 1), "2001:db8:ffff::1")[::-1 if back else 1]
        segment = tcp(src, dst, sport, dport, 1, 1, flags)
        return [(eth(0x86DD, ip6(src, dst, 6, segment)), key._replace(src=src, dst=dst), sizes(segment, 20, 40, flags))]
    if kind == "vlan":  # the same ports in two VLANs are two flows
        vid, inner = 7 + n % 2, udp("10.9.9.1", "10.9.9.2", 5, 6, b"")
        return [(eth(0x8100, vlan(vid, 0x800, ip4("10.9.9.1", "10.9.9.2", 17, inner))),
                 Key("10.9.9.1", 5, "10.9.9.2", 6, 17, vid, None), sizes(inner, 8))]
    if kind == "gtp":
        whole = udp(*outer, 2152, 2152, gtpu(n, ip4(src, dst, 6, segment)))
        return [(eth(0x800, ip4(*outer, 17, whole)), key._replace(tunnel="gtp"),
                 as_tcp._replace(carrier=(Key(outer[0], 2152, outer[1], 2152, 17, None, None), sizes(whole, 8))))]
    if kind == "fragments":  # the first piece is a packet of the tunnel's own flow, the other one of none
        whole = udp(*outer, 2152, 2152, gtpu(n, ip4(src, dst, 6, segment)))
        return [(eth(0x800, ip4(*outer, 17, whole[:24], ident=n, flags=1)), Key(outer[0], 2152, outer[1], 2152, 17, None, None),
                 sizes(whole[:24], 8)),
                (eth(0x800, ip4(*outer, 17, whole[24:], ident=n, flags=0, offset=3)), None, None)]
    if kind == "late":  # the first piece comes last, and counts all the same
        return [(eth(0x800, ip4(src, dst, 17, datagram[8:], ident=n, flags=0, offset=1)), None, None)] * (len(datagram) > 8) + [
            (eth(0x800, ip4(src, dst, 17, datagram[:8], ident=n, flags=1)), key._replace(proto=17), Size(28, 8, 0, 0))]
    if kind == "late6":
        src, dst = ("2001:db8:2::%x" % (n + 1), "2001:db8:ffff::1")[::-1 if back else 1]
        datagram = udp(src, dst, sport, dport, b"six" * 7)
        pieces = [struct.pack(">BBHI", 17, 0, more, n) + datagram[at:at + 16] for at, more in ((16, 16), (0, 1))]
        return [(eth(0x86DD, ip6(src, dst, 44, pieces[0])), None, None),
                (eth(0x86DD, ip6(src, dst, 44, pieces[1])), key._replace(src=src, dst=dst, proto=17), Size(64, 16, 8, 0))]
    if kind == "vxlan":  # a tag inside the tunnel is the packet's own
        inner = eth(0x8100, vlan(99, 0x800, ip4(src, dst, 17, datagram)))
        whole = udp(*outer, 50000 + n, 4789, vxlan(5, inner))
        return [(eth(0x800, ip4(*outer, 17, whole)), key._replace(proto=17, vlan=99, tunnel="vxlan"),
                 as_udp._replace(carrier=(Key(outer[0], 50000 + n, outer[1], 4789, 17, None, None), sizes(whole, 8))))]
    if kind == "gre":  # the outer tag comes first, and the inner packet has none
        whole = ip4(*outer, 47, gre(0x800, ip4(src, dst, 6, segment)))
        return [(eth(0x8100, vlan(12, 0x800, whole)), key._replace(vlan=12, tunnel="gre"),
                 as_tcp._replace(carrier=(Key(outer[0], 0, outer[1], 0, 47, 12, None), Size(len(whole), 0, 0, 0))))]
    if kind == "6in4":  # lengths are those of the inner header
        src, dst = ("2001:db8:1::%x" % (n + 1), "2001:db8:ffff::1")[::-1 if back else 1]
        segment = tcp(src, dst, sport, dport, 1, 1, flags, b"s" * (n % 40))
        return [(eth(0x800, ip4(*outer, 41, ip6(src, dst, 6, segment))), key._replace(src=src, dst=dst), sizes(segment, 20, 40, flags))]
    if kind == "4in6":
        return [(eth(0x86DD, ip6("2001:db8::8", "2001:db8::9", 4, ip4(src, dst, 17, datagram))), key._replace(proto=17), as_udp)]
    if kind == "ipip":
        return [(eth(0x800, ip4(*outer, 4, ip4(src, dst, 17, datagram))), key._replace(proto=17), as_udp)]
    if kind == "icmp":
        ping = icmp(0 if back else 8, 0, n)
        return [(eth(0x800, ip4(src, dst, 1, ping)), key._replace(sport=0, dport=0, proto=1), sizes(ping, 8))]
    return [(eth(0x806, arp(1, "02:00:00:00:00:01", "10.0.0.1", "00:00:00:00:00:00", "10.0.0.2")), None, None)]


KINDS = ["tcp", "udp", "ipv6", "vlan", "gtp", "fragments", "late", "late6", "vxlan", "gre", "ipip", "6in4", "4in6", "icmp", "arp"]


def generate(n_packets):
    """[(ns, bytes, key, size)]: conversations that come and go, some again after a long pause."""
    rnd, made, now = random.Random(5), [], START
    frames = [[one_way(KINDS[n % len(KINDS)], n, back) for back in (False, True)] for n in range(3000)]

    while len(made) < n_packets:
        at = len(made) * len(frames) // n_packets
        n = rnd.randrange(len(frames)) if rnd.random() < 0.02 else min(max(at + rnd.randrange(-100, 100), 0), len(frames) - 1)
        for data, key, size in frames[n][rnd.random() < 0.4]:
            now += rnd.choice((0, 1000, 200000, 3000000, 9000000))
            made.append((now - (4000000 if rnd.random() < 0.01 else 0), data, key, size))
    return made


class Flow:
    def __init__(self, row, ns, key):
        self.key, self.first_row, self.why = key, row, None
        self.start = self.last = ns
        self.packets = []  # way, ns, bytes, flags, row

    def add(self, row, ns, key, size, flags):
        way = int((key.src, key.sport) != (self.key.src, self.key.sport))
        self.packets.append((way, ns, size, flags, row))
        self.last = ns

    def parts(self):
        return [[p for p in self.packets if part == 0 or p[0] == part - 1] for part in range(3)]

    def cells(self):
        k, (both, there, back) = self.key, self.parts()
        return [self.why, k.src, k.sport, k.dst, k.dport, k.proto, k.vlan, k.tunnel, self.start, self.last - self.start, self.last,
                len(both), total(both), len(there), total(there), len(back), total(back), there[-1][1] - self.start,
                back[0][1] if back else None, back[-1][1] - back[0][1] if back else None, self.first_row,
                max(p[4] for p in both)]

    def stats(self):
        parts = self.parts()
        first = self.packets[:FIRST["stats"]]
        return self.cells() + [x for f in (lengths, gaps) for part in parts for x in moments(f(part), None)] + [
            x for part in parts for x in flags_of(part)] + [
            [p[0] for p in first], [p[2] for p in first], [0] + gaps(first)]

    def nfstream(self):
        k, parts = self.key, self.parts()
        first, n = self.packets[:FIRST["nfstream"]], FIRST["nfstream"]
        made = [{"idle": 0, "end": 0, "active": 1}[self.why], k.src, k.sport, k.dst, k.dport, k.proto, k.vlan or 0]
        for part in parts:
            ms = [p[1] // 10**6 for p in part] or [0]
            made += [ms[0], ms[-1], ms[-1] - ms[0], len(part), total(part)]
        for part in parts:
            made += moments(lengths(part), 0)
        for part in parts:
            made += moments([g // 10**6 for g in gaps(part)], 0)
        for part in parts:
            made += flags_of(part)
        return made + [(x + [-1] * n)[:n] for x in (
            [p[0] for p in first], [p[2] for p in first], [0] + [g // 10**6 for g in gaps(first)])]


def total(part):
    return sum(p[2] for p in part)


def lengths(part):
    return [p[2] for p in part]


def gaps(part):
    return [b[1] - a[1] for a, b in zip(part, part[1:])]


def moments(values, nothing):
    if not values:
        return [nothing] * 4
    mean = sum(values) / len(values)
    squares = math.fsum((x - mean) ** 2 for x in values)
    return [min(values), mean, math.sqrt(squares / (len(values) - 1)) if len(values) > 1 else 0.0, max(values)]


def flags_of(part):
    return [sum(p[3] >> bit & 1 for p in part) for bit in BITS]


def meter(packets, idle, active, capacity, accounting, kind):
    """Flows in the order in which they expire: a list by last use, looked at every 10 ms."""
    flows, done, clock, looked = collections.OrderedDict(), [], None, None

    def end(name, why):
        flow = flows.pop(name)
        flow.why = why
        done.append(flow)

    for row, (ns, data, key, size) in enumerate(packets, 1):
        if key is None:
            continue
        if kind == "carriers":
            key, size = size.carrier or (key, size)
        if kind == "nfstream":
            ns -= ns % 10**6
        clock = ns if clock is None else max(clock, ns)
        name = (frozenset(((key.src, key.sport), (key.dst, key.dport))), key[4:])
        flow = flows.get(name)
        if flow and clock - flow.last >= idle:
            end(name, "idle")
        elif flow and clock - flow.start >= active:
            end(name, "active")
        if name not in flows:
            if capacity and len(flows) >= capacity:
                end(next(iter(flows)), "capacity")
            flows[name] = Flow(row, clock, key)
        flows[name].add(row, clock, key, size[accounting - 1] if accounting else len(data), size.flags)
        flows.move_to_end(name)
        if looked is None or clock - looked >= LOOK:
            looked = clock
            while flows and clock - next(iter(flows.values())).last >= idle:
                end(next(iter(flows)), "idle")
    while flows:
        end(next(iter(flows)), "end")
    return [flow.nfstream() if kind == "nfstream" else flow.stats() if kind == "stats" else flow.cells() for flow in done]


def columns_of(kind):
    return NFSTREAM if kind == "nfstream" else COLUMNS + MORE if kind == "stats" else COLUMNS


def nanoseconds(text):
    whole, _, part = text.partition(".")
    return int(whole) * 10**9 + int((part + "0" * 9)[:9])


def value(column, text):
    if column.startswith(("first_", "splt_")):
        read = nanoseconds if column == "first_gaps" else int
        return [read(x) for x in text.split(",")] if text else []
    if text == "" or column in ("expiry", "src", "dst", "tunnel", "src_ip", "dst_ip"):
        return text or None
    if column in ("start", "end", "dst_start") or column.endswith("duration") or "gap_" in column:
        return nanoseconds(text)
    return float(text) if "mean" in column or "stddev" in column else int(text)


def same(column, got, want):
    """Means and deviations to nine digits; of spans, which are whole nanoseconds, what is left of the fraction."""
    if isinstance(want, float) and got is not None:
        return abs(got - want) <= max(1e-9 * abs(want), 1.0 if "gap" in column else 1e-9)
    return got == want


def ask(trawl, path, options, threads, columns):
    p = subprocess.run([trawl, "--no-cache", "-q", "--csv", "--time", "epoch", "--threads", str(threads), "-r", path, "-c",
                        "flows %s | select %s" % (options, " ".join(columns))],
                       stdout=subprocess.PIPE, timeout=300, check=True, text=True)
    rows = list(csv.reader(io.StringIO(p.stdout)))
    if rows[0] != columns:
        raise SystemExit("flows: columns " + ",".join(rows[0]))
    return [[value(c, x) for c, x in zip(columns, row)] for row in rows[1:]]


def bounded(trawl, folder):
    """100,000 flows that no application is known of, 12,000 at a time: libndpi keeps 0.8 kB of each, and the program has
    75 MiB for all, of which libndpi itself and the packets take half."""
    path, rng = os.path.join(folder, "unknown"), random.Random(5)
    with open(path, "wb") as f:
        f.write(pcap([(START + i * SECOND // 100, frame, len(frame)) for i, frame in (
            (i, eth(0x800, ip4("10.1.%d.%d" % (i >> 8 & 255, i & 255), "192.0.2.9", 17,
                               udp("10.1.%d.%d" % (i >> 8 & 255, i & 255), "192.0.2.9", 2000 + (i >> 16), 47123, rng.randbytes(24)))))
            for i in range(100000))]))
    p = subprocess.run([trawl, "--no-cache", "-q", "--threads", "1", "--memory-limit", "75M", "-r", path, "-c",
                        "flows --dissections 20 | count --csv"], capture_output=True, text=True, check=False)
    return p.stdout == "count\n100000\n" or print("flows that end are kept in memory:", p.stdout, p.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trawl", default=os.path.join(HERE, "..", "build", "trawl"))
    parser.add_argument("--packets", type=int, default=270000)
    args = parser.parse_args()
    packets = generate(args.packets)
    n_flows = n_runs = bad = 0

    with tempfile.TemporaryDirectory() as folder:
        for name, part in (("whole", packets), ("short", packets[:SHORT])):
            with open(os.path.join(folder, name), "wb") as f:
                f.write(pcap([], nano=True))
                for at in range(0, len(part), 1000):
                    f.write(pcap([(ns, data, len(data)) for ns, data, _, _ in part[at:at + 1000]], nano=True)[24:])
        for i, (options, *rules) in enumerate(OPTIONS):
            columns, path = columns_of(rules[-1]), os.path.join(folder, "whole" if i in THREADS else "short")
            want = meter(packets if i in THREADS else packets[:SHORT], *rules)
            for threads in THREADS.get(i, (2,)):
                got = ask(args.trawl, path, options, threads, columns)
                n_runs += 1
                n_flows += len(want)
                at = next((i for i, (a, b) in enumerate(zip(got, want)) if not all(map(same, columns, a, b))), None)
                if at is None and len(got) == len(want):
                    continue
                bad += 1
                at = min(len(got), len(want)) if at is None else at
                print("flows %s, %d threads: %d flows for %d; from flow %d on" % (options, threads, len(got), len(want), at))
                for column, a, b in zip(columns, *got[at:at + 1], *want[at:at + 1]):
                    if not same(column, a, b):
                        print("  %s: got %s, want %s" % (column, a, b))
        n_runs += 1
        bad += not bounded(args.trawl, folder)
    print("flows: %d flows in %d runs, %d bad" % (n_flows, n_runs, bad))
    return bad != 0


if __name__ == "__main__":
    sys.exit(main())
