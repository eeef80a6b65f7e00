#!/usr/bin/env python3
"""Hold trawl's reading of dnstap against CORPUS/dnstap: every column of NAME.expected.tsv.gz, times to the
nanosecond, and, where bind9-dnsutils is installed, dnstap-read's line of each message.

usage: dnstap.py [--trawl PATH] [--show N] CORPUS"""
import argparse
import csv
import glob
import gzip
import os
import re
import shutil
import subprocess
import sys

ap = argparse.ArgumentParser(usage=__doc__)
ap.add_argument("corpus")
ap.add_argument("--trawl", default="build/trawl")
ap.add_argument("--show", type=int, default=10)
a = ap.parse_args()

# column of expected.tsv: trawl's field
FIELDS = {
    "n": "frame.number", "type": "dnstap.type", "identity": "dnstap.identity", "version": "dnstap.version",
    "message": "dnstap.message_type_name", "family": "dnstap.socket_family_name",
    "protocol": "dnstap.socket_protocol_name", "query_address": "dnstap.query_address",
    "response_address": "dnstap.response_address", "query_port": "dnstap.query_port",
    "response_port": "dnstap.response_port", "query_time": "dnstap.query_time",
    "response_time": "dnstap.response_time", "query_len": "dnstap.query_message_len",
    "response_len": "dnstap.response_message_len", "query_zone": "dnstap.query_zone", "dns_id": "dns.id",
    "dns_qr": "dns.flags.response", "dns_opcode": "dns.flags.opcode", "dns_rcode": "dns.flags.rcode",
    "qname": "dns.qry.name", "qtype": "dns.qry.type", "qclass": "dns.qry.class", "qd": "dns.count.queries",
    "an": "dns.count.answers", "ns": "dns.count.auth_rr", "ar": "dns.count.add_rr"}
# What the row is about, by the columns that every packet has.
BASE = {"src": "query_address", "dst": "response_address", "sport": "query_port", "dport": "response_port"}


def rows_of(path, columns):
    run = subprocess.run([a.trawl, "--format", "tsv", "-r", path, "-c",
                          "packets | select " + " ".join(columns)], capture_output=True, text=True, check=True)
    return list(csv.DictReader(run.stdout.split("\n"), delimiter="\t", quoting=csv.QUOTE_NONE))


def seconds(time, sec, nsec):
    """An ISO time of trawl against a pair of the expected columns."""
    m = re.fullmatch(r"(.*)T(.*)\.(\d{9})Z", time)
    if not m:
        return time == sec == nsec == ""
    import calendar
    import time as t
    return [str(calendar.timegm(t.strptime(m[1] + m[2], "%Y-%m-%d%H:%M:%S"))), str(int(m[3]))] == [sec, nsec]


def octets(text, code):
    """The bytes behind escapes: \\xHH of trawl's tables, \\DDD of names, a \\ before others."""
    def one(m):
        return bytes([int(m[1][-2:], 16) if m[1][:1] == b"x" and len(m[1]) == 3 else
                      int(m[1]) if len(m[1]) == 3 else ord(m[1])])
    return re.sub(code, one, text if isinstance(text, bytes) else text.encode())


TABLE, NAME = rb"\\(x[0-9a-f]{2}|.)", rb"\\([0-9]{3}|.)"


def same(column, mine, want):
    if column == "qname":  # trawl's as tshark's: no last dot, bytes as they are
        mine = "." if mine == "<Root>" else mine and mine + "."
        text = [octets(mine and octets(mine, TABLE), NAME), octets(want[column], NAME)]
        return text[0] == text[1].decode(errors="replace").encode()  # U+FFFD for what is no UTF-8
    if column == "dns_qr":
        mine = {"true": "1", "false": "0"}.get(mine, mine)
    if column == "dns_rcode" and want["dns_qr"] == "0":
        return mine == ""  # as in tshark: a query has no code
    if column in ("qtype", "qclass", "dns_opcode", "dns_rcode", "dns_id") and mine:
        mine = str(int(mine, 0))
    return mine == want[column]


cells = bad = messages = 0
files = sorted(glob.glob(os.path.join(a.corpus, "dnstap", "*.dnstap")))
known = subprocess.run([a.trawl, "--format", "tsv", "-c", "fields dns.id"], capture_output=True, text=True).stdout
with_dns = "dns.id" in known
columns = {c: f for c, f in FIELDS.items() if with_dns or not f.startswith("dns.")}
for path in files:
    want = list(csv.DictReader(gzip.open(path + ".expected.tsv.gz", "rt"), delimiter="\t", quoting=csv.QUOTE_NONE))
    mine = rows_of(path, list(columns.values()) + list(BASE) + ["frame.time_epoch"])
    messages += len(mine)
    if len(mine) != len(want):
        print("%s: %d messages, want %d" % (path, len(mine), len(want)))
        bad += 1
    for got, exp in zip(mine, want):
        wrong = []
        for column, field in columns.items():
            cells += 1
            if column in ("query_time", "response_time"):
                ok = seconds(got[field], exp[column[:-5] + "_sec"], exp[column[:-5] + "_nsec"])
                exp[column] = exp[column[:-5] + "_sec"] + "." + exp[column[:-5] + "_nsec"]
            else:
                ok = same(column, got[field], exp)
            if not ok:
                wrong.append((column, got[field], exp[column]))
        for column, field in BASE.items():
            cells += 1
            if got[column] != exp[field]:
                wrong.append((column, got[column], exp[field]))
        for column, g, e in wrong:
            bad += 1
            if bad <= a.show:
                print("%s message %s: %s is '%s', want '%s'" % (os.path.basename(path), exp["n"], column, g, e))
    if shutil.which("dnstap-read"):
        # 21-Nov-2026 23:04:26.444 AQ 127.0.0.1:64473 -> 127.0.0.3:53 UDP 39b trawl.test/IN/TYPE65534
        run = subprocess.run(["dnstap-read", path], capture_output=True, text=True, env={**os.environ, "TZ": "UTC"})
        lines = run.stdout.strip().split("\n")
        if len(lines) != len(mine):
            print("%s: %d messages, dnstap-read has %d" % (path, len(mine), len(lines)))
            bad += 1
        for got, line in zip(mine, lines):
            word = line.split()
            words = got["dnstap.message_type_name"].split("_")
            size = got["dnstap.query_message_len"] or got["dnstap.response_message_len"]
            at = got["frame.time_epoch"][11:23]
            expect = [at, words[0][0] + words[1][0], got["src"] + ":" + got["sport"],
                      "->" if words[1] == "QUERY" else "<-", got["dst"] + ":" + got["dport"],
                      got["dnstap.socket_protocol_name"], size + "b"]
            cells += len(expect)
            if word[1:8] != expect:
                bad += 1
                if bad <= a.show:
                    print("%s: dnstap-read says %s, trawl %s" % (path, word[1:8], expect))
    else:
        print("dnstap-read is not installed: its lines are not compared")
if not with_dns:
    print("there are no fields of dns: their columns are not compared")
if not files:
    print("no dnstap files in " + a.corpus)
print("dnstap: %d messages, %d cells, %d not as expected" % (messages, cells, bad))
sys.exit(1 if bad or not files else 0)
