#!/usr/bin/env python3
"""The counts and differences that traffic-taffy's own test vectors give, through the real program.

usage: taffy_vectors.py [--trawl PATH]

Packets are UDP datagrams whose destination port is the value, so a vector {a: 5, b: 10} is five of one port and ten of another.
Each expected number is worked out in the comment beside it. Closes with 'vectors: N facts, N bad'."""
import argparse
import json
import os
import re
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "fixtures"))
import wire  # noqa: E402

A, B, C = 1001, 1002, 1003


def pcap(packets):
    """Packets are (seconds since 1970, port)."""
    out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    for seconds, port in packets:
        frame = wire.eth(0x0800, wire.ip("10.0.0.1", "10.0.0.2", 17, wire.udp("10.0.0.1", "10.0.0.2", 4000, port, b"")))
        out += struct.pack("<IIII", seconds, 0, len(frame), len(frame)) + frame
    return out


class Suite:
    def __init__(self, trawl, folder):
        self.trawl, self.folder, self.n, self.bad = trawl, folder, 0, 0

    def capture(self, name, packets):
        with open(os.path.join(self.folder, name + ".pcap"), "wb") as f:
            f.write(pcap(packets))

    def run(self, names, line):
        words = [w for n in names for w in ("-r", n + ".pcap")]
        p = subprocess.run([self.trawl, "-q", "--no-cache", *words, "-c", line + " --json"], capture_output=True, timeout=300,
                           cwd=self.folder, env=dict(os.environ, TZ="UTC", LC_ALL="C"), text=True)
        return json.loads(p.stdout) if p.returncode == 0 else p.stderr.split("\n")[0]

    def fact(self, what, got, expected):
        self.n += 1
        if got != expected:
            self.bad += 1
            print("%s: %s, expected %s" % (what, got, expected))

    def near(self, what, row, **expected):
        for k, v in expected.items():
            same = row[k] == v if not isinstance(v, float) else row[k] is not None and abs(row[k] - v) < 1e-9
            self.fact("%s: %s" % (what, k), row[k] if not same else v, v)


def bins(s):
    """Width 2 s, packets at 10, 12, 11 s: bin 0 (all) 3, bin 10 has 10 and 11: 2, bin 12: 1."""
    s.capture("bins", [(10, A), (12, A), (11, A)])
    rows = s.run(["bins"], "dissect -d 1 -b 2s -M packet --time epoch")
    s.fact("bins", [(r["time"] and int(r["time"]), r["count"]) for r in rows], [(None, 3), (10, 2), (12, 1)])
    s.fact("export", [r["count"] for r in s.run(["bins"], "export -d 1 -b 2s -M packet")], [2, 1])


def merge(s):
    """{a: 1} and {a: 2, c: 3} are {a: 3, c: 3}, and the width of both together is 2."""
    s.capture("one", [(10, A)])
    s.capture("two", [(10, A)] * 2 + [(10, C)] * 3)
    rows = s.run(["one", "two"], "dissect one two --fields udp.dstport")
    s.fact("merge", {r["value"]: r["count"] for r in rows}, {str(A): 3, str(C): 3, "__WIDTH__": 2})


def names(s):
    s.capture("domain", [(10, 53)])
    rows = s.run(["domain"], "dissect --fields udp.dstport")
    s.fact("53 (domain)", rows[0]["value"], "53 (domain)")


def compare(s):
    """Left {a: 5, b: 10}, right {a: 15, c: 15}: sums 15 and 30.
    a: 5/15 and 15/30, difference 1/6, 10 more, 20 in all. b: gone, -1 and a total of -10. c: new, 15/30.
    One value is on the left only, and one on the right only: 1/15 and 1/30, -1/30, 2 in all."""
    s.capture("left", [(10, A)] * 5 + [(12, B)] * 10)
    s.capture("right", [(10, A)] * 15 + [(13, C)] * 15)
    line = "compare left right --fields udp.dstport "
    rows = {r["value"]: r for r in s.run(["left", "right"], line)}
    s.near("a", rows[str(A)], left=5, right=15, delta=10, total=20, change=None, left_share=100 / 3, right_share=50.0,
           delta_share=100 / 6, report="left vs right")
    s.near("b", rows[str(B)], left=10, right=0, delta=-10, total=-10, change="gone", left_share=200 / 3, right_share=0.0,
           delta_share=-100.0)
    s.near("c", rows[str(C)], left=0, right=15, delta=15, total=15, change="new", left_share=0.0, right_share=50.0,
           delta_share=100.0)
    s.near("new values", rows["__NEW_VALUES__"], left=1, right=1, delta=0, total=2, left_share=100 / 15, right_share=100 / 30,
           delta_share=-100 / 30)
    s.near("width", rows["__WIDTH__"], left=2, right=2, delta=0, total=4, left_share=200 / 15, right_share=200 / 30)
    # Left 15 packets in 2 s, right 30 in 3 s: a is 2.5/s and 5/s.
    s.near("rates", rows[str(A)], left_rate=2.5, right_rate=5.0)
    # With the widths (2 and 2) among what shares are parts of: sums 17 and 32.
    rows = {r["value"]: r for r in s.run(["left", "right"], line + "--compat taffy")}
    s.near("compat", rows[str(A)], left_share=500 / 17, right_share=1500 / 32, delta_share=1500 / 32 - 500 / 17)
    s.near("compat", rows["__WIDTH__"], left_share=200 / 17, right_share=200 / 32)

    def values(options):
        got = s.run(["left", "right"], line + options)
        return got if isinstance(got, str) else [{str(A): "a", str(B): "b", str(C): "c"}.get(r["value"], r["value"][2:5]) for r in got]

    # Differences of shares: a +1/6, b -1, c +1; of traffic-taffy also NEW 1/32 - 1/17, WID 2/32 - 2/17, which are
    # behind the values otherwise. a and c have a half each on the right, in the order in which the packets came.
    for options, want in (
            ([""], ["c", "a", "NEW", "WID", "b"]),
            (["-r"], ["b", "WID", "NEW", "a", "c"]),
            (["-s delta", "-s Delta", "-s delta_absolute", "-s DELTA-absolute"], ["c", "a", "NEW", "WID", "b"]),
            (["-s left", "-s left_count", "-s 'Left Count'"], ["b", "a", "WID", "NEW", "c"]),
            (["-s right%", "-s 'Right %'", "-s right_percentage", "-s right_share"], ["a", "c", "WID", "NEW", "b"]),
            (["-s left%", "-s left-percentage", "-s leftshare"], ["b", "a", "WID", "NEW", "c"]),
            (["-s total"], ["a", "c", "WID", "NEW", "b"])):
        for o in options:
            s.fact("traffic-taffy's " + o, values(o + " --compat taffy"), want)
            s.fact("order " + o, values(o), [v for v in want if len(v) == 1] + ["NEW", "WID"])
    s.fact("by nothing known", values("-s width"),
           "error: cannot sort by 'width': delta%, delta, left, right, left%, right%, total")
    s.fact("positive", values("-P"), ["c", "a"])
    s.fact("negative", values("-N"), ["b", "NEW", "WID"])
    s.fact("top", values("-x 2"), ["c", "a"])
    s.fact("top after the filter", values("-N -x 1"), ["b"])
    s.fact("traffic-taffy's top after the filter", values("-N -x 1 --compat taffy"), ["NEW"])
    # -t and -c are strict: 100/6 is above 16.6 and not above 16.7; c has 15 in all.
    s.fact("threshold", values("-t 16.6"), ["c", "a", "b"])
    s.fact("threshold, strictly", values("-t 16.7"), ["c", "b"])
    s.fact("threshold of all", values("-t 100"), [])
    s.fact("count", values("-c 14"), ["c", "a"])
    s.fact("count, strictly", values("-c 15"), ["a"])
    s.fact("gone values count as they were", values("-c 9"), ["c", "a", "b"])
    s.fact("but in traffic-taffy", values("-c 9 --compat taffy"), ["c", "a"])
    s.fact("both", values("-t 17 -c 14"), ["c"])
    s.fact("values", values("-M %d -M %d" % (A, B)), ["a", "b"])
    s.fact("an expression", values("-E 'value == 20 or (key == \"udp.dstport\" and subkey == \"%d\")'" % C), ["c", "a"])
    s.fact("fields", values("-m nosuch"), "error: no field with 'nosuch' in its name")


def several(s):
    """Each with the next; the first with each; sets; the bins of one."""
    s.capture("third", [(20, A)] * 2)
    three = ["left", "right", "third"]
    report = lambda line: sorted({r["report"] for r in s.run(three, line + " --fields udp.dstport")})
    s.fact("next", report("compare left right third"), ["left vs right", "right vs third"])
    s.fact("first", report("compare left right third --against first"), ["left vs right", "left vs third"])
    s.fact("sets", report("compare left right --with third"), ["left+right vs third"])
    s.fact("time", report("compare left -b 1s"), ["time 1970-01-01 00:00:10 vs time 1970-01-01 00:00:12"])
    s.fact("merged", report("compare left right --merge -b 1s"),
           ["time 1970-01-01 00:00:10 vs time 1970-01-01 00:00:12", "time 1970-01-01 00:00:12 vs time 1970-01-01 00:00:13"])
    s.fact("between", report("compare left right --merge -b 1s --between 1970-01-01T00:00:11Z --and 1970-01-01T00:00:14Z"),
           ["time 1970-01-01 00:00:12 vs time 1970-01-01 00:00:13"])
    s.fact("one bin", s.run(["left"], "compare left -b 1m"),
           "error: the requested pcap data was not long enough to compare against itself: all packets are in one bin of 1 min")
    s.fact("level", s.run(["left"], "compare left right -d 5"),
           "error: no capture 'right'")
    s.fact("level", s.run(three, "compare left right -d 5"), "error: currently supported dissection levels: [1, 2, 3, 10]")
    # A value that is often enough in one bin keeps its others.
    rows = s.run(["left", "right"], "export left right --fields udp.dstport -b 1s -c 11 --time epoch")
    s.fact("minimum count", [(int(r["time"]), r["value"], r["count"]) for r in rows if r["value"] != "__WIDTH__"],
           [(10, str(A), 20), (13, str(C), 15)])


# traffic-taffy 0.9.7's default ignore_list: 32 entries, two of them twice.
TAFFY_IGNORES = [
    *("Ethernet_IP_" + w for w in ("id", "chksum")),
    *("Ethernet_IP_TCP_" + w for w in ("seq", "ack", "chksum", "window", "Raw_load", "Padding_load", "DNS_id",
                                       "Encrypted Content_load", "TLS_TLS_Raw_load")),
    *("Ethernet_IP_UDP_" + w for w in ("Raw_load", "chksum", "DNS_id")),
    *("Ethernet_IPv6_" + w for w in ("fl", "plen")),
    *("Ethernet_IPv6_TCP_" + w for w in ("seq", "ack", "chksum", "Raw_load", "DNS_id")),
    *("Ethernet_IPv6_UDP_" + w for w in ("chksum", "DNS_id")),
    *("Ethernet_IP_ICMP_" + w for w in ("chksum", "id", "seq", "IP in ICMP_chksum", "IP in ICMP_id",
                                        "IP in ICMP_UDP in ICMP_chksum", "IP in ICMP_UDP in ICMP_Raw_load"))]


def ignored(s):
    """Each entry of traffic-taffy's list has its row in docs/COMPARE.md, and what that names is in the packets below, not counted
    at level 10, and counted when nothing is ignored."""
    page = open(os.path.join(HERE, "..", "docs", "COMPARE.md"), encoding="utf-8").read()
    table = page.split("| traffic-taffy leaves out | here |\n|---|---|\n")[1].split("\n\n")[0]
    names_in = lambda cell: [] if "no field" in cell else re.findall("`([^`]*)`", cell)
    rows = [[names_in(cell) for cell in line.split("|")[1:3]] for line in table.split("\n")]
    s.fact("entries", sorted(e for theirs, _ in rows for e in theirs), sorted(TAFFY_IGNORES))
    four, six = ("10.0.0.1", "10.0.0.2"), ("2001:db8::1", "2001:db8::2")
    frames = []
    for kind, ends in ((0x0800, four), (0x86DD, six)):
        query = wire.dns_query(0x1234, "a.example")
        frames += [wire.eth(kind, wire.ip(*ends, 17, wire.udp(*ends, 4000, 53, query))),
                   wire.eth(kind, wire.ip(*ends, 17, wire.udp(*ends, 4000, 9, b"load"))),
                   wire.eth(kind, wire.ip(*ends, 6, wire.tcp(*ends, 4000, 9, 7, 8, 0x18, b"load")))]
    quoted = wire.ip(*four, 17, wire.udp(*four, 4001, 9, b"quoted"))
    frames += [wire.eth(0x0800, wire.ip(*four, 1, wire.icmp(8, 0, 0x10002, b"ping"))),
               wire.eth(0x0800, wire.ip(*four, 1, wire.icmp(3, 3, 0, quoted)))]
    with open(os.path.join(s.folder, "ignored.pcap"), "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for i, frame in enumerate(frames):
            f.write(struct.pack("<IIII", 10 + i, 0, len(frame), len(frame)) + frame)
    counted = [{r["field"] for r in s.run(["ignored"], "dissect -d 10" + how)} for how in ("", " --ignore none")]
    for theirs, ours in rows:
        for name in ours:
            s.fact("ignored: %s (%s)" % (name, theirs[0]), (name in counted[0], name in counted[1]), (False, True))


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("--trawl", default=os.environ.get("TRAWL", os.path.join(HERE, "..", "build", "trawl")))
    args = ap.parse_args()
    with tempfile.TemporaryDirectory(prefix="trawl-taffy-") as folder:
        s = Suite(os.path.abspath(args.trawl), folder)
        for part in (bins, merge, names, compare, several, ignored):
            part(s)
    print("vectors: %d facts, %d bad" % (s.n, s.bad))
    return bool(s.bad) or s.n < 60


sys.exit(main())
