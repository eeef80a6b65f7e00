#!/usr/bin/env python3
"""Application names of `flows --dissections` against the installed ndpiReader, flow by flow.

usage: tests/oracle/ndpi.py [--trawl build/trawl] [-v] CAPTURE...      files, or folders of them

Flows are matched by both ends, ports and protocol; what either splits in several is compared as the set of
names. Counted apart, since they are no faults: names that ndpiReader has from its caches (confidence
"DPI (cache)"), which trawl does not use, and flows that it names after more packets than trawl looks at."""
import argparse
import collections
import csv
import glob
import os
import subprocess
import sys
import tempfile


def key(a, ap, b, bp, proto):
    return (proto,) + tuple(sorted([(a, ap), (b, bp)]))


def theirs(path, folder):
    out = os.path.join(folder, "nd.csv")
    subprocess.run(["ndpiReader", "-q", "-t", "-i", path, "-C", out], stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, timeout=300, check=False)
    flows = collections.defaultdict(set)
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
    os.remove(out)
    return flows


def ours(trawl, path):
    p = subprocess.run([trawl, "--no-cache", "-q", "-r", path, "-c",
                        "flows --idle 1000000s --active 1000000s --view nfstream "
                        "--dissections 80 --csv"],
                       capture_output=True, text=True, errors="replace", timeout=300, check=False)
    if p.returncode not in (0, 3):
        return None
    flows = collections.defaultdict(set)
    for row in csv.DictReader(p.stdout.splitlines()):
        k = key(row["src_ip"], int(row["src_port"]), row["dst_ip"], int(row["dst_port"]),
                int(row["protocol"]))
        flows[k].add(row["application_name"])
    return flows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--trawl", default="build/trawl")
    parser.add_argument("-v", action="store_true", help="each flow that differs")
    parser.add_argument("captures", nargs="+")
    args = parser.parse_args()
    paths = []
    for path in args.captures:
        paths += sorted(glob.glob(os.path.join(path, "*.pcap*"))) if os.path.isdir(path) else [path]
    same = differ = alone = n_files = 0
    pairs = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        for path in paths:
            a, b = theirs(path, folder), ours(args.trawl, path)
            if a is None or b is None:
                print("%s: not read by %s" % (path, "ndpiReader" if a is None else "trawl"))
                continue
            n_files += 1
            for k in a.keys() & b.keys():
                if a[k] == b[k]:
                    same += 1
                    continue
                differ += 1
                pair = "%s -> %s" % ("|".join(sorted(a[k])), "|".join(sorted(b[k])))
                pairs[pair] += 1
                if args.v:
                    print("%s: %s: %s" % (os.path.basename(path), k, pair))
            alone += len(a.keys() ^ b.keys())
    for pair, n in pairs.most_common(40):
        print("%6d  %s" % (n, pair))
    print("ndpi: %d captures, %d flows the same, %d differ, %d only in one" %
          (n_files, same, differ, alone))
    return 0 if same and differ * 20 <= same + differ else 1


if __name__ == "__main__":
    sys.exit(main())
