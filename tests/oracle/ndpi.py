#!/usr/bin/env python3
"""What `flows --dissections` says of applications against the installed ndpiReader, flow by flow: names, categories, confidence,
names of servers, fingerprints, user agents and types of content.

usage: tests/oracle/ndpi.py [--trawl build/trawl] [-v] CAPTURE...      files, or folders of them

Flows are matched by both ends, ports and protocol; what either splits in several is compared as the set of
names. Counted apart, since they are no faults: names that ndpiReader has from its caches (confidence
"DPI (cache)"), which trawl does not use, and flows that it names after more packets than trawl looks at."""
import argparse
import collections
import csv
import glob
import os
import re
import subprocess
import sys
import tempfile


def key(a, ap, b, bp, proto):
    a, b = (x.replace(":0:", "::") for x in (a, b))  # so does ndpiReader, whose "2600:1901::7a0b::" is no address
    return (proto,) + tuple(sorted([(a, ap), (b, bp)]))


WHAT = ["server name", "client's print", "server's print", "category", "confidence", "user agent", "content type"]
THEIRS = [["server_name_sni"], ["ja3c", "ssh_client_hassh"], ["ja3s", "ssh_server_hassh"]]
OURS = [["requested_server_name"], ["client_fingerprint"], ["server_fingerprint"], ["application_category_name"],
        ["application_confidence"], ["user_agent"], ["content_type"]]
LISTED = ["cat", "Confidence", "User-Agent", "Content-Type"]  # those of WHAT that only its list of flows has
CONFIDENCE = {"Unknown": "0", "Match by port": "1", "Match by IP": "2", "DPI (cache)": "5", "DPI": "6"}
FLOW = re.compile(r"^\t\d+\t(\S+) (\S+) <?-> (\S+) (\[.*)$")
PROTOCOLS = {"TCP": 6, "UDP": 17, "ICMP": 1, "IGMP": 2, "ICMPV6": 58}


def end(text):
    """Address and port of "1.2.3.4:5", "[::1]:5"; without a port it is 0."""
    address, colon, port = text.rpartition(":")
    if text.startswith("["):
        return (address.strip("[]"), int(port)) if port.isdigit() else (text.strip("[]"), 0)
    return (address, int(port)) if colon and address.count(":") == 0 else (text, 0)


def add_listed(listing, texts):
    """What the list of flows says: "1 TCP a:1 <-> b:2 [proto: …][…][Confidence: DPI][cat: Web/5]…"."""
    for line in listing.splitlines():
        m = FLOW.match(line)
        if not m or m[1] not in PROTOCOLS:
            continue
        k = key(*end(m[2]), *end(m[3]), PROTOCOLS[m[1]])
        for known, name in zip(texts[k][len(THEIRS):], LISTED):
            found = re.search(r"\[%s: (.*?)\](?=\[|$)" % name, m[4])
            if found:
                value = found[1].rsplit("/", 1)[0] if name == "cat" else found[1]
                known.add(CONFIDENCE[value] if name == "Confidence" else value)



def add_texts(sets, row, names):
    for known, columns in zip(sets, names):
        known.update(row[c] for c in columns if row.get(c))


def theirs(path, folder):
    out = os.path.join(folder, "nd.csv")
    p = subprocess.run(["ndpiReader", "-v", "2", "-t", "-i", path, "-C", out], stdout=subprocess.PIPE, text=True, errors="replace",
                       stderr=subprocess.DEVNULL, timeout=300, check=False)
    flows, texts = collections.defaultdict(set), collections.defaultdict(lambda: [set() for _ in WHAT])
    if not os.path.exists(out):
        return None
    with open(out, newline="", errors="replace") as f:
        for row in csv.DictReader(f):
            try:
                k = key(row["src_ip"], int(row["src_port"]), row["dst_ip"], int(row["dst_port"]),
                        int(row["protocol"]))
            except (KeyError, TypeError, ValueError):
                continue
            flows[k].add(row["ndpi_proto"])
            add_texts(texts[k], row, THEIRS)
    os.remove(out)
    add_listed(p.stdout, texts)
    return flows, texts


def ours(trawl, path):
    p = subprocess.run([trawl, "--no-cache", "-q", "-r", path, "-c",
                        "flows --idle 1000000s --active 1000000s --view nfstream "
                        "--dissections 80 --csv"],
                       capture_output=True, text=True, errors="replace", timeout=300, check=False)
    if p.returncode not in (0, 3):
        return None
    flows, texts = collections.defaultdict(set), collections.defaultdict(lambda: [set() for _ in WHAT])
    for row in csv.DictReader(p.stdout.splitlines()):
        k = key(row["src_ip"], int(row["src_port"]), row["dst_ip"], int(row["dst_port"]),
                int(row["protocol"]))
        flows[k].add(row["application_name"])
        add_texts(texts[k], row, OURS)
    return flows, texts


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--trawl", default="build/trawl")
    parser.add_argument("-v", action="store_true", help="each flow that differs")
    parser.add_argument("captures", nargs="+")
    args = parser.parse_args()
    paths = []
    for path in args.captures:
        paths += sorted(glob.glob(os.path.join(path, "*.pcap*"))) if os.path.isdir(path) else [path]
    same = differ = alone = n_files = 0
    n_texts, differ_texts = collections.Counter(), collections.Counter()
    pairs = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        for path in paths:
            a, b = theirs(path, folder), ours(args.trawl, path)
            if a is None or b is None:
                print("%s: not read by %s" % (path, "ndpiReader" if a is None else "trawl"))
                continue
            n_files += 1
            (a, a_texts), (b, b_texts) = a, b
            for k in a.keys() & b.keys():
                for what, want, got in zip(WHAT, a_texts[k], b_texts[k]):
                    n_texts[what] += bool(want)
                    if want and want != got:
                        differ_texts[what] += 1
                        if args.v:
                            print("%s: %s: %s %s -> %s" % (os.path.basename(path), k, what, sorted(want), sorted(got)))
                if a[k] == b[k]:
                    same += 1
                    continue
                differ += 1
                pair = "%s -> %s" % ("|".join(sorted(a[k])), "|".join(sorted(b[k])))
                pairs[pair] += 1
                if args.v:
                    print("%s: %s: %s" % (os.path.basename(path), k, pair))
            alone += len(a.keys() ^ b.keys())
            for k in a.keys() ^ b.keys() if args.v else ():
                print("%s: %s: only in %s" % (os.path.basename(path), k, "ndpiReader" if k in a else "trawl"))
    for pair, n in pairs.most_common(40):
        print("%6d  %s" % (n, pair))
    for what in WHAT:
        print("%6d of %d differ: %s" % (differ_texts[what], n_texts[what], what))
    print("ndpi: %d captures, %d flows the same, %d differ, %d only in one" % (n_files, same, differ, alone))
    bad = [w for w in WHAT if differ_texts[w] * 20 > n_texts[w]]
    return 0 if same and differ * 20 <= same + differ and not bad else 1


if __name__ == "__main__":
    sys.exit(main())
