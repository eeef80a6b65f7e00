#!/usr/bin/env python3
"""Every counter of the table tcptrace as the installed tcptrace prints it, connection by connection, over a corpus.

usage: tcptrace.py [--trawl PATH] [--every N] [--seconds N] [--only NAME] CORPUS

Every N-th capture of CORPUS/manifest.tsv (default: all) is read by both with `tcptrace -lrn --csv`. Connections are the
same when both ends and the time of the first packet are; of those every counter must be equal, times to the decimal that
tcptrace prints. Differences that tcptrace.tsv (beside this file) lists, by capture and counters, with their reason, are
counted apart; a listed one that is none any more fails. Ends early after --seconds. Prints a line a counter that differs
and 'tcptrace: N counters of N connections in N captures, …'."""
import argparse
import collections
import concurrent.futures
import csv
import ipaddress
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
KEYS = ("stream", "sender", "src", "sport", "dst", "dport")
# Columns that tcptrace puts together, and those whose text is Y or N.
SPLIT = {"SYN/FIN_pkts_sent": ("syn_pkts_sent", "fin_pkts_sent"), "req_1323_ws/ts": ("req_1323_ws", "req_1323_ts")}
SECONDS = {"data_xmit_time"}
LEFT_OUT = {"hardware_dups"}


def column(name):
    name = {"max_#_retrans": "max_n_retrans", "initial_window_bytes": "initial_window"}.get(name, name.lower())
    for c in " /()#-":
        name = name.replace(c, "_")
    while "__" in name:
        name = name.replace("__", "_")
    return name.strip("_")


def run(command, **more):
    p = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=300, **more)
    return p.returncode, p.stdout.decode("latin-1")


def address(text):
    """tcptrace writes ::1 as :0001."""
    return str(ipaddress.ip_address(":" + text if text.startswith(":") and not text.startswith("::") else text))


def of_tcptrace(path, folder):
    """(ends, first packet in µs) to the counters of the side that sent it, and of the other, as text."""
    code, out = run(["tcptrace", "-lrn", "--csv", path], cwd=folder)
    lines = [line for line in out.split("\n") if line and not line.startswith("#")]
    heads = [i for i, line in enumerate(lines) if line.startswith("conn_#")]
    if not heads:
        return {}
    rows = list(csv.reader(lines[heads[0]:]))
    head, found = [h.strip() for h in rows[0]], {}
    for row in rows[1:]:
        cells = dict(zip(head, (c.strip() for c in row)))
        if len(row) < len(head) - 1:
            continue
        seconds, micros = cells["first_packet"].split(".")
        key = (address(cells["host_a"]), int(cells["port_a"]), address(cells["host_b"]), int(cells["port_b"]),
               int(seconds) * 1000000 + int(micros))
        sides = ({}, {})
        for name, value in cells.items():
            if name[-4:] not in ("_a2b", "_b2a"):
                continue
            side, base = sides[name.endswith("_b2a")], name[:-4]
            if base in LEFT_OUT:
                continue
            if base in SPLIT:
                side.update(zip(SPLIT[base], value.split("/")))
            else:
                side[column(base)] = value
        found[key] = sides
    return found


def of_trawl(trawl, path):
    code, out = run([trawl, "--no-cache", "-r", path, "-c", "tcptrace --json"])
    code2, times = run([trawl, "--no-cache", "-r", path, "--time", "epoch", "-c", "tcp | select stream start --json"])
    if code not in (0, 3) or code2 not in (0, 3):
        return None
    starts = {}
    for r in json.loads(times, parse_float=str):
        seconds, _, rest = str(r["start"]).partition(".")
        starts[r["stream"]] = int(seconds) * 1000000 + int((rest + "000000")[:6]) if r["start"] is not None else None
    found = {}
    for r in json.loads(out):
        key = (r["src"], r["sport"], r["dst"], r["dport"], starts[r["stream"]])
        found[key] = {k: v for k, v in r.items() if k not in KEYS}
    return found


# What an average is of.
OF = {"rtt_avg": "rtt_samples", "rtt_full_sz_avg": "rtt_full_sz_smpls", "rtt_avg_last": "ambiguous_acks", "avg_segm_size": "actual_data_pkts"}


def same(name, ours, theirs, n):
    if theirs in ("Y", "N"):
        return ours == (theirs == "Y")
    if theirs == "NA" or ours is None:
        return (theirs == "NA") == (ours is None)
    if name.endswith(("_avg", "_avg_last")) or name == "avg_retr_time":
        ours = ours * n / (n + 0.0001)  # its guard against a division by 0
    if name == "avg_segm_size":
        return int(theirs) == int(n * ours / (n + 0.001))
    if name == "mss_requested":
        return int(theirs) % 65536 == ours  # above 32,767 it takes it for negative
    if name == "avg_retr_time":
        return abs(ours - float(theirs)) <= 0.051 + ours / 10000
    if "." in theirs:
        return abs(float(ours) - float(theirs)) <= (0.00051 if name in SECONDS else 0.051)
    if name == "missed_data":
        return ours % 2**64 == int(theirs)
    return abs(float(ours) - float(theirs)) <= (0.501 if name == "throughput" else 0)


def compare(trawl, path):
    with tempfile.TemporaryDirectory() as folder:
        theirs = of_tcptrace(path, folder)
    if not theirs:
        return None
    ours = of_trawl(trawl, path)
    if ours is None:
        return "trawl failed"
    differ, n, cells = [], 0, 0
    for key, sides in theirs.items():
        back = key[2:4] + key[0:2] + key[4:]
        if key not in ours or back not in ours:
            differ.append(("connection", key, "", "split otherwise"))
            continue
        if [ours[k]["total_packets"] for k in (key, back)] != [int(side["total_packets"]) for side in sides]:
            differ.append(("connection", key, ours[key]["total_packets"], sides[0]["total_packets"] + " packets"))
            continue
        n += 1
        for k, side in ((key, sides[0]), (back, sides[1])):
            cells += len(side)
            differ += [(name, k, ours[k][name], value) for name, value in side.items() if not same(name, ours[k][name], value, ours[k].get(OF.get(name), 1))]
    return n, cells, differ


def listed():
    found = {}
    for line in open(os.path.join(HERE, "tcptrace.tsv"), encoding="utf-8"):
        if line.strip() and not line.startswith("#"):
            capture, counters = line.rstrip("\n").split("\t")[:2]
            found.setdefault(capture, set()).update(counters.split())
    return found


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("--trawl", default=os.environ.get("TRAWL", os.path.join(HERE, "..", "..", "build", "trawl")))
    ap.add_argument("--every", type=int, default=1)
    ap.add_argument("--seconds", type=float, default=1e9)
    ap.add_argument("--only", default="")
    ap.add_argument("--list", action="store_true", help="print each difference")
    ap.add_argument("corpus")
    args = ap.parse_args()
    if not shutil.which("tcptrace"):
        sys.exit("tcptrace: tcptrace is not installed")
    args.trawl = os.path.abspath(args.trawl)
    names = [line.split("\t")[0] for line in open(os.path.join(args.corpus, "manifest.tsv"), encoding="utf-8")]
    names = [n for n in names if os.path.isfile(os.path.join(args.corpus, n)) and args.only in n and
             n.endswith((".pcap", ".cap", ".dump", ".dmp"))][::args.every]
    known, until = listed(), time.monotonic() + args.seconds
    counts, first, n_listed, n, cells, captures, bad, stale = collections.Counter(), {}, 0, 0, 0, 0, 0, []
    def one(name):
        return compare(args.trawl, os.path.abspath(os.path.join(args.corpus, name))) if time.monotonic() < until else None
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, result in zip(names, pool.map(one, names)):
            if isinstance(result, str):
                print("%s: %s" % (name, result))
                bad += 1
            if result is None or isinstance(result, str):
                continue
            n, cells, captures = n + result[0], cells + result[1], captures + 1
            seen = {d[0] for d in result[2]}
            stale += ["%s %s" % (name, c) for c in known.get(name, ()) if c not in seen and c != "*"]
            for counter, key, ours, theirs in result[2]:
                if counter in known.get(name, ()) or "*" in known.get(name, ()):
                    n_listed += 1
                    continue
                if args.list:
                    print("%s\t%s\t%s\ttrawl %s\ttcptrace %s" % (name, counter, key, ours, theirs))
                counts[counter] += 1
                first.setdefault(counter, "%s %s: trawl %s tcptrace %s" % (name, key, ours, theirs))
    for counter, k in counts.most_common():
        print("%-20s %6d  %s" % (counter, k, first[counter]))
    for s in stale:
        print("listed, but equal: %s" % s)
    print("tcptrace: %d counters of %d connections in %d captures, %d differ, %d listed, %d listed but equal" %
          (cells, n, captures, sum(counts.values()), n_listed, len(stale)))
    sys.exit(1 if counts or bad or stale or n < 10 else 0)


main()
