#!/usr/bin/env python3
"""The files of `mptcptrace --into`, reckoned again from tshark's fields, packet by packet.

usage: mptcptrace_numbers.py [--trawl PATH] [CAPTURE...]     CAPTURE: the fixtures and the tour's

mptcptrace itself is no package of Debian, so this follows the definitions of docs/MPTCPTRACE.md with lists
instead of heaps and tables, and with 32-bit numbers as they were sent. Skips where there is no tshark."""
import argparse
import collections
import glob
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
FIELDS = ["frame.number", "frame.time_epoch", "ip.src", "ipv6.src", "tcp.srcport", "tcp.stream", "tcp.seq_raw",
          "tcp.ack_raw", "tcp.len", "tcp.flags.ack", "mptcp.stream", "tcp.window_size", "tcp.options.mptcp.subtype",
          "tcp.options.mptcp.rawdataseqno", "tcp.options.mptcp.rawdataack", "tcp.options.mptcp.datalvllen",
          "tcp.options.mptcp.datafin.flag", "tcp.options.mptcp.sendkey", "tcp.flags.syn",
          "tcp.options.mptcp.subflowseqno"]
N_ACKS = 10
C2S, S2C = "c2s", "s2c"


def less(a, b):
    return a != b and (b - a) & 0xffffffff < 1 << 31


def packets(path):
    words = ["tshark", "-n", "-r", path, "-Y", "tcp", "-o", "tcp.analyze_sequence_numbers:TRUE",
             "-T", "fields", "-E", "occurrence=a"]
    for f in FIELDS:
        words += ["-e", f]
    out = subprocess.run(words, capture_output=True, text=True).stdout
    for line in out.splitlines():
        yield dict(zip(FIELDS, line.split("\t")))


def number(text):
    return int(text.split(",")[0], 0) if text else None


def microseconds(epoch):
    s, _, rest = epoch.partition(".")
    ns = int(s) * 10 ** 9 + int((rest + "0" * 9)[:9])
    return ns, "%d.%06d" % (ns // 10 ** 9, ns // 1000 % 10 ** 6)


class Way:
    def __init__(self):
        self.first = {}      # start: subflow that sent it first
        self.others = collections.defaultdict(set)
        self.waiting = []    # [start, end, ns, stamp, subflow], by start
        self.tcp = collections.defaultdict(list)
        self.tcp_ack = {}
        self.ack = self.edge = None
        self.acks = []       # that brought something
        self.again = 0
        self.sf = collections.Counter()


class Connection:
    def __init__(self, ident):
        self.id, self.flows, self.ways = ident, {}, {C2S: Way(), S2C: Way()}
        self.isn, self.last = {}, {}  # by way and subflow
        self.rows = collections.defaultdict(list)

    def put(self, kind, way, *cells):
        self.rows["%s_%s" % (way, kind)].append(",".join(str(c) for c in cells))

    def flights(self, way, stamp):
        w = self.ways[way]
        if w.waiting:
            self.put("flight", way, stamp, (w.waiting[-1][1] - w.waiting[0][0]) & 0xffffffff, 2, 0, 0)
        total = 0
        for i in range(len(self.flows)):
            list_ = w.tcp[i]
            if not list_:
                continue
            size = (list_[-1][1] - list_[0][0]) & 0xffffffff
            self.put("flight_per_flow", way, stamp, total, i + 1, 1, total + size)
            total += size
        self.put("flight", way, stamp, total, 3, 0, 0)

    @staticmethod
    def insert(list_, item):
        i = len(list_)
        while i and less(item[0], list_[i - 1][0]):
            i -= 1
        list_.insert(i, item)

    def packet(self, p):
        ns, stamp = microseconds(p["frame.time_epoch"])
        stream = number(p["tcp.stream"])
        source = (p["ip.src"] or p["ipv6.src"], p["tcp.srcport"])
        if stream not in self.flows: # clients open all subflows of these captures
            self.flows[stream] = (len(self.flows), source)
        sf, client = self.flows[stream]
        way, back = (C2S, S2C) if source == client else (S2C, C2S)
        length, seq = number(p["tcp.len"]) or 0, number(p["tcp.seq_raw"])
        w, b = self.ways[way], self.ways[back]
        if p["tcp.flags.syn"] in ("1", "True"):
            self.isn[way, sf] = seq
        if length and (sf not in w.tcp_ack or not less(seq, w.tcp_ack[sf])):
            self.insert(w.tcp[sf], [seq, (seq + length) & 0xffffffff])
        if p["tcp.flags.ack"] in ("1", "True"):
            ack = number(p["tcp.ack_raw"])
            if sf not in b.tcp_ack or less(b.tcp_ack[sf], ack):
                b.tcp_ack[sf] = ack
            while b.tcp[sf] and not less(ack, b.tcp[sf][0][1]):
                b.tcp[sf].pop(0)
        kinds = p["tcp.options.mptcp.subtype"].split(",")
        if "0" in kinds and length and p["tcp.options.mptcp.datalvllen"]:
            # version 1: the first data come with MP_CAPABLE, and are mapped to the number after the initial one
            key = number(p["tcp.options.mptcp.sendkey"]).to_bytes(8, "big")
            start = int.from_bytes(hashlib.sha256(key).digest()[-4:], "big") + 1 & 0xffffffff
            if seq == (self.isn[way, sf] + 1) & 0xffffffff:
                self.map(w, way, sf, ns, stamp, start, number(p["tcp.options.mptcp.datalvllen"]))
        if "2" not in kinds:
            return
        if p["tcp.options.mptcp.rawdataseqno"] and p["tcp.options.mptcp.subflowseqno"]:
            start = number(p["tcp.options.mptcp.rawdataseqno"]) & 0xffffffff
            n = number(p["tcp.options.mptcp.datalvllen"]) or 0
            n -= p["tcp.options.mptcp.datafin.flag"] in ("1", "True")
            offset = (seq - self.isn.get((way, sf), 0) - number(p["tcp.options.mptcp.subflowseqno"])) & 0xffffffff
            # a segment that was cut from the one before repeats its option: the same map
            if n > 0 and not (offset and self.last.get((way, sf)) == start):
                self.map(w, way, sf, ns, stamp, start, n)
        if p["tcp.options.mptcp.rawdataack"]:
            self.ack(b, back, sf, ns, stamp, number(p["tcp.options.mptcp.rawdataack"]) & 0xffffffff,
                     number(p["tcp.window_size"]))

    def map(self, w, way, sf, ns, stamp, start, n):
        end, again = (start + n) & 0xffffffff, -1
        self.last[way, sf] = start
        w.sf[sf] += n
        if start in w.first:
            if w.first[start] != sf:
                again = w.first[start] + 1
                w.others[start].add(sf)
                w.again += n
        else:
            w.first[start] = sf
        if start not in [x[0] for x in w.waiting] and (w.ack is None or less(w.ack, end)):
            self.insert(w.waiting, [start, end, ns, stamp, sf])
        self.put("seq", way, stamp, start, sf + 1, 1, end, again)
        self.flights(way, stamp)

    def ack(self, w, way, sf, ns, stamp, ack, window):
        size = 0
        while w.waiting and not less(ack, w.waiting[0][1]):
            start, end, sent, sent_stamp, of = w.waiting.pop(0)
            size += (end - start) & 0xffffffff
            rtt = "%f" % ((ns - sent) / 1e6)
            self.put("rtt_ack_ts", way, stamp, rtt, of + 1, 0, 0)
            self.put("rtt_seq_ts", way, sent_stamp, rtt, of + 1, 0, 0)
            self.put("rtt_seq_num", way, start, rtt, of + 1, 0, 0)
        edge = (ack + window) & 0xffffffff
        if w.ack is None or not less(ack, w.ack):
            w.ack = ack
        if w.edge is None or less(w.edge, edge):
            w.edge = edge
        self.put("seq", way, stamp, ack, sf + 1, 0, 0, -1)
        self.put("acksize", way, stamp, size, sf + 1, 0, 0)
        if not w.acks or less(w.acks[-1][0], ack):
            w.acks.append((ack, ns))
            k = len(w.acks) - 1
            pairs = []
            if k >= N_ACKS:
                pairs = [(k - N_ACKS, 1)] if k % N_ACKS == 0 else []
                pairs.append((k - N_ACKS, 3))
            if k:
                pairs.append((0, 2))
            for i, series in pairs:
                seconds = (ns - w.acks[i][1]) / 1e9
                if seconds > 0:
                    self.put("gput", way, stamp, "%f" % (((ack - w.acks[i][0]) & 0xffffffff) / seconds / 1e6),
                             series, 0, 0)
        self.put("rightEdge", way, stamp, w.ack, 1, 0, 0)
        self.put("rightEdge", way, stamp, w.edge, 2, 0, 0)
        self.put("flight", way, stamp, (w.edge - w.ack) & 0xffffffff, 1, 0, 0)
        self.flights(way, stamp)


def same(ours, theirs):
    """Equal, but for the last digit of a real."""
    if ours == theirs:
        return True
    a, b = ours.split(","), theirs.split(",")
    return len(a) == len(b) and all(x == y or ("." in x and "." in y and abs(float(x) - float(y)) < 2e-6)
                                    for x, y in zip(a, b))


def check(path, trawl, work):
    connections, all_ = {}, list(packets(path))
    # version 1's SYN has no key: tshark numbers the connection from the next packet on
    of_stream = {p["tcp.stream"]: number(p["mptcp.stream"]) for p in all_ if p["mptcp.stream"]}
    for p in all_:
        ident = of_stream.get(p["tcp.stream"])
        if ident is not None:
            connections.setdefault(ident, Connection(ident)).packet(p)
    folder = os.path.join(work, "traces")
    shutil.rmtree(folder, ignore_errors=True)
    run = subprocess.run([trawl, "--no-cache", "-q", "-r", path, "-c", "mptcptrace --writer csv --into %s" % folder],
                         capture_output=True, text=True)
    bad = n = 0
    if run.returncode not in (0, 3):
        print("%s: %s" % (path, run.stderr))
        return 1, 1
    kinds = ["seq", "acksize", "gput", "flight", "flight_per_flow", "rightEdge", "rtt_ack_ts", "rtt_seq_ts",
             "rtt_seq_num"]
    for c in connections.values():
        for way in (C2S, S2C):
            w = c.ways[way]
            histogram = collections.Counter(len(w.others[s]) for s in w.first)
            c.rows["%s_map_reinject" % way] = ["%d,%d" % (i, histogram[i]) for i in sorted(histogram)]
            c.rows["%s_sf" % way] = ["%d,%d,%d" % (i, c.ways[C2S].sf[i], c.ways[S2C].sf[i])
                                     for i in range(len(c.flows))]
            for kind in kinds + ["map_reinject", "sf"]:
                name = "%s_%s_%d.csv" % (way, kind, c.id)
                try:
                    with open(os.path.join(folder, name)) as f:
                        ours = f.read().splitlines()
                except OSError:
                    ours = None
                theirs = c.rows["%s_%s" % (way, kind)]
                n += len(theirs)
                if ours is None or len(ours) != len(theirs) or not all(map(same, ours, theirs)):
                    bad += 1
                    at = next((i for i, (x, y) in enumerate(zip(ours or [], theirs)) if not same(x, y)),
                              min(len(ours or []), len(theirs)))
                    print("%s: %s: %s rows, %d expected; line %d is %s, expected %s" %
                          (os.path.basename(path), name, len(ours or []), len(theirs), at + 1,
                           (ours or [])[at:at + 1], theirs[at:at + 1]))
        stats = {}
        with open(os.path.join(folder, "stats_%d.csv" % c.id)) as f:
            for line in f.read().splitlines():
                cells = line.split(";")
                stats[cells[2]] = cells[3:]
        n += 1
        if stats["bytesReinjected"] != [str(c.ways[C2S].again), str(c.ways[S2C].again)]:
            bad += 1
            print("%s: connection %d: bytesReinjected %s" % (path, c.id, stats["bytesReinjected"]))
    return n, bad


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("--trawl", default=os.path.join(HERE, "..", "build", "trawl"))
    ap.add_argument("captures", nargs="*")
    args = ap.parse_args()
    if not shutil.which("tshark"):
        print("mptcptrace: no tshark, skipped")
        return
    captures = args.captures or sorted(glob.glob(os.path.join(HERE, "fixtures", "mptcp-v*.pcap")))
    n = bad = 0
    with tempfile.TemporaryDirectory(prefix="trawl-mptcptrace-") as work:
        for path in captures:
            rows, wrong = check(path, os.path.abspath(args.trawl), work)
            n, bad = n + rows, bad + wrong
    print("mptcptrace: %d rows of %d captures, %d files differ" % (n, len(captures), bad))
    sys.exit(1 if bad or n < 20 else 0)


main()
