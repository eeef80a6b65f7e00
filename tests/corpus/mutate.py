#!/usr/bin/env python3
"""Damaged captures: editcap changes bytes of the packets of every capture of a corpus, trawl reads them all.

usage: mutate.py [--trawl PATH] [--rate 0.02] [--seeds 1-5] [--seconds S] [--every N] [--only SUBSTR]
                 [--batch N] [--keep FOLDER] CORPUS

Each mutated file is loaded, every field and table of it is written out, and what dissect, flows, top, follow and
extract make of it (LINES); one process does --batch files. When a process crashes, reports or does not end, its files are tried one by one and
those that are at fault are copied to --keep. Files that editcap cannot read are counted apart. Seeds are the
outer loop, so that a run which --seconds ends has every file with the first seed before any with the second.

Closes with 'mutate: N files, N findings, N not readable by editcap'."""
import argparse
import csv
import os
import shutil
import subprocess
import sys
import tempfile
import time

# Each table, and each command that reads payload or state that a tracker keeps; {work} is thrown away.
LINES = ["packets | select {fields}", "tcp", "udp", "tcp_rtt", "lc", "mptcp_mappings", "mptcp_acks", "mptcp_violations",
         "reinjections", "mptcp_events", "tcptrace", "warnings", "dissect -d 10",
         "flows --stats --splt 20 --metric dpi,dhcp,mdns,wavelet --community-id",
         "flows --metric ja3,ja4", "flows --idle 0 --no-tunnels --view nfstream", "top", "top --by name --protocols", "top --by sni", "dns",
         "dns_records", "http", "tls", "follow 0", "follow 1 --as hex", "extract --into {work} --force --limit 0"]


def manifest(args):
    with open(os.path.join(args.corpus, "manifest.tsv"), encoding="utf-8") as f:
        rows = list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))
    paths = [r["path"] for r in rows if args.only in r["path"]]
    return [p for p in paths if not p.startswith(("dnstap", "hostile"))][::args.every]


def field_names(args):
    p = subprocess.run([args.trawl, "-q", "--format", "tsv", "-c",
                        "fields | where plugin != 'addresses' | select name"], # those need a file
                       capture_output=True, stdin=subprocess.DEVNULL, text=True)
    names = p.stdout.split("\n")[1:-1]
    if p.returncode or len(names) < 20:
        sys.exit("mutate: '%s -c fields' gave %d names, status %d: %s"
                 % (args.trawl, len(names), p.returncode, p.stderr[:300]))
    return " ".join(names)


def read_all(args, fields, paths, work):
    """One process over these files; what is wrong with it, or ''."""
    lines = []
    for path in paths:
        lines.append("load '%s' as m" % path)
        lines += [line.format(fields=fields, work=os.path.join(work, "extracted")) for line in LINES]
        lines.append("unload m")
    with tempfile.TemporaryFile() as err:
        try:
            p = subprocess.run([args.trawl, "--no-cache", "-k", "--format", "tsv", "-"],
                               input="\n".join(lines).encode() + b"\n", stdout=subprocess.DEVNULL, stderr=err,
                               env=dict(os.environ, TZ="UTC", LC_ALL="C"), timeout=60 + 15 * len(paths))
        except subprocess.TimeoutExpired:
            return "no end"
        err.seek(0)
        told = err.read()
    for word in (b"Sanitizer", b"runtime error:"):
        if word in told:
            at = told.find(word)
            return told[max(0, at - 100):at + 300].decode("utf-8", "replace").replace("\n", " ")
    return "exit %d" % p.returncode if p.returncode < 0 or p.returncode > 5 else ""


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("--trawl", default=os.environ.get("TRAWL", "build-asan/trawl"))
    ap.add_argument("--rate", default="0.02")
    ap.add_argument("--seeds", default="1-5")
    ap.add_argument("--seconds", type=float, default=0)
    ap.add_argument("--every", type=int, default=1)
    ap.add_argument("--only", default="")
    ap.add_argument("--batch", type=int, default=40)
    ap.add_argument("--keep", default="")
    ap.add_argument("corpus")
    args = ap.parse_args()
    first, _, last = args.seeds.partition("-")
    todo = [(p, seed) for seed in range(int(first), int(last or first) + 1) for p in manifest(args)]
    fields = field_names(args)
    start = time.monotonic()
    n = n_bad = n_refused = 0
    for i in range(0, len(todo), args.batch):
        if args.seconds and time.monotonic() - start > args.seconds:
            break
        with tempfile.TemporaryDirectory(prefix="trawl-mutate-") as work:
            made = []
            for path, seed in todo[i:i + args.batch]:
                out = os.path.join(work, "%d-%s" % (seed, path.replace("/", "_").replace("'", "_")))
                subprocess.run(["editcap", "-E", args.rate, "--seed", str(seed),
                                os.path.join(args.corpus, path), out], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
                if os.path.exists(out) and os.path.getsize(out):
                    made.append(out)
                else:
                    n_refused += 1
            n += len(made)
            if not made or not read_all(args, fields, made, work):
                continue
            for path in made:
                why = read_all(args, fields, [path], work)
                if why:
                    n_bad += 1
                    print("%s: %s" % (os.path.basename(path), why))
                    sys.stdout.flush()
                    if args.keep:
                        shutil.copy(path, args.keep)
    print("mutate: %d files, %d findings, %d not readable by editcap" % (n, n_bad, n_refused))
    sys.exit(1 if n_bad or not n else 0)


main()
