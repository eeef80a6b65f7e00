#!/usr/bin/env python3
"""`top --by application` against the tables it comes from, with libndpi and without.

Whichever names the connections, each is counted once: attempts and packets sum up to those of the endpoints, connections of
the table `http` are all of HTTP and those of `tls` of TLS, DNS over UDP is DNS. A copy of the program whose plugins lack `dpi`
stands for a build without libndpi; it must say so."""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
FIXTURES = os.path.join(HERE, "fixtures")
TOUR = os.path.join(HERE, "..", "docs", "tour", "office.pcapng.xz")


def rows(trawl, capture, command):
    done = subprocess.run([trawl, "--no-cache", "-r", capture, "--json", command], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=300)
    if done.returncode:
        sys.exit("%s on %s: status %d: %s" % (command, capture, done.returncode, done.stderr.decode()[-2000:]))
    return json.loads(done.stdout), done.stderr.decode()


def without_dpi(trawl, folder):
    """A program beside plugins of which dpi is none."""
    to = os.path.join(folder, "trawl")
    shutil.copy(trawl, to)
    beside = os.path.join(os.path.dirname(os.path.realpath(trawl)), "plugins")
    shutil.copytree(beside, os.path.join(folder, "plugins"),
                    ignore=lambda at, names: [n for n in names if n == "dpi.so" or not n.endswith(".so") and n != "parts"])
    return to


def check(trawl, has_dpi):
    bad = []

    def equal(what, got, want):
        if got != want:
            bad.append("%s: %r, expected %r" % (what, got, want))

    for capture in (TOUR, os.path.join(FIXTURES, "secure.pcap")):
        endpoints, _ = rows(trawl, capture, "top")
        found, said = rows(trawl, capture, "top --by application --protocols")
        names = [r["application"] for r in found]
        equal("%s: names" % capture, len(names), len(set(names)))
        for column in ("syn", "est", "rst", "packets_out", "packets_in", "bytes_in", "out", "in"):
            equal("%s: %s" % (capture, column), sum(r[column] for r in found), sum(r[column] for r in endpoints))
        for table, label in (("http", "HTTP"), ("tls", "TLS")):
            streams = {r["stream"] for r in rows(trawl, capture, table)[0]}
            equal("%s: connections of %s" % (capture, label),
                  sum(r["syn"] for r in found if r["application"].split(".")[0] == label), len(streams))
        if not has_dpi:
            equal("%s: what is missing is said" % capture, "libndpi" in said, True)
            equal("%s: names of its own" % capture, set(names) <= {"HTTP", "TLS", "DNS", "Unknown"}, True)
    # 203.0.113.0/24 are servers that others connect to: rows of the other direction, and of DNS over UDP
    found, _ = rows(trawl, TOUR, "top --by application --protocols --local 203.0.113.0/24")
    equal("directions", {r["direction"] for r in found}, {"in"})
    found, _ = rows(trawl, TOUR, "top --by application --protocols --local 10.20.0.0/16 | where dns > 0 | select application direction")
    equal("DNS", found, [{"application": "DNS", "direction": "out"}])
    return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trawl", required=True)
    args = parser.parse_args()
    bad = check(args.trawl, False if "lacks" in subprocess.run(
        [args.trawl, "-q", "metrics | where name == \"dpi\""], stdout=subprocess.PIPE, check=True, timeout=300).stdout.decode()
        else True)
    with tempfile.TemporaryDirectory(prefix="trawl-applications-") as folder:
        bad += check(without_dpi(args.trawl, folder), False)
    for line in bad:
        print(line)
    print("applications: %d bad" % len(bad))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
