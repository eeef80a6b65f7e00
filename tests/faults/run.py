#!/usr/bin/env python3
"""Fail the n-th allocation or read of a session, n = 1, 2, … until the session no longer notices.

usage: run.py [--trawl PATH] [--only WORD] [--kind alloc|read|both] [--always] [--from N] [--to N]
              [--seconds S] [--seed N] [-j N]

For each n: no signal, no sanitizer report, an exit status of the documented ones; where the output is not the
whole one there is an error message; no half table and no half file (every line that is shown and every file that
is left is one of the session without a fault; where a load says that it could not read beyond byte N of a
capture, of the session whose load finds a capture that was cut there); and the command after the failed one
works, unless --always keeps failing. An error that names no line is one of the start, which may end there.
The start, the same in all sessions, is a session of its own; the others begin with the first allocation of their
lines. The first 150 n are all tried, from there on one of each stretch, which is a 25th of what lies before it: another one
with another --seed (--from/--to: all in that range). The sweep of a session ends after 40 n in a row that changed
nothing; with --seconds, which it will hardly reach, the same n are tried in random order.
Closes with 'faults: N runs, N bad'."""
import argparse
import bz2
import gzip
import lzma
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
# Twice: the fault may hit the first one itself.
LAST = "plugins | !awk 'END { print \"@@end@@\" }'"

# No file of a capture in a table: where a read fails, a cut one of other size and path must give the same lines.
CAPTURES = "captures | select name packets bytes start duration tcp udp compression"
# Name, options, lines. Each line's table is told apart by the line that follows it.
SESSIONS = [
    ("start", [], []),
    ("load", [], ["load fixtures/basic.pcap", CAPTURES, "packets | head 3"]),
    ("pcapng", [], ["load fixtures/interfaces.pcapng", "interfaces", "warnings"]),
    ("compressed", [], ["load fixtures/basic.pcap.xz fixtures/basic.pcap.gz", CAPTURES]),
    ("merge", [], ["load --merge fixtures/before.pcap fixtures/after.pcap", "tcp"]),
    ("filters", [], ["load -f 'tcp port 80' fixtures/basic.pcap", "load -Y dns fixtures/basic.pcap as b",
                     # by name: without the second load the first one's capture is the current one
                     "basic | where 'tcp.flags.syn == 1 && ip.addr == 10.0.0.0/8' | head 2"]),
    ("verbs", [], ["load fixtures/basic.pcap", "packets | group ip.src sum(frame.len) | sort -sum_frame.len",
                   "packets | select frame.len | describe", "packets | sort -frame.len | head 3"]),
    ("join", [], ["load fixtures/basic.pcap", "$a = packets | select frame.number ip.src",
                  "packets | select frame.number frame.len | join a frame.number | tail 2"]),
    ("lc", [], ["load fixtures/mptcp-v1.pcap", "lc", "ls 0", "tcp"]),
    ("flows", [], ["load fixtures/basic.pcap", "flows", "udp"]),
    ("compare", [], ["load fixtures/before.pcap", "load fixtures/after.pcap",
                     "compare before after -x 3", "dissect after | head 5"]),
    ("top", [], ["load fixtures/names.pcap fixtures/web.pcap", "top --by name --protocols", "top --bars --resolve hosts",
                 "top --view trtop --allow to:192.0.2.0/24"]),
    ("export", [], ["load fixtures/basic.pcap", "packets | head 5 > out.csv", "packets | head 5 > out.json",
                    "packets --format ndjson | head 2", "packets | save out.pcapng"]),
    ("fields", [], ["fields tcp | head 3", "help head", "tables", "plugins | select name"]),
    # bodies in brotli, handshakes over several records and fingerprints need memory of their own
    ("payloads", [], ["load fixtures/codings.pcap", "packets | where http | select frame.number http.file_data",
                      "load fixtures/records.pcap", "packets | where tls | select tls.handshake.type tls.handshake.ja3 tls.handshake.ja4",
                      "tls | select sni ja3 ja3s"]),
    ("damaged", [], ["load fixtures/cut.pcap", "warnings", "load fixtures/nothing.pcap"]),
    ("plot", [], ["load fixtures/basic.pcap", "plot bandwidth -o out.svg"]),
    ("settings", [], ["set", "load fixtures/basic.pcap", "use basic", "history"]),
]


def once(args, name, options, lines, cwd, variable=None, value=None):
    env = {k: v for k, v in os.environ.items() if "SAN_OPTIONS" in k}
    home = os.path.join(cwd, "home")
    env.update(TZ="UTC", LC_ALL="C", COLUMNS="100", NO_COLOR="1", TRAWL_SEED="1", HOME=home,
               PATH=os.environ["PATH"], TERM="dumb", XDG_CACHE_HOME=home, XDG_STATE_HOME=home,
               XDG_CONFIG_HOME=home, XDG_DATA_HOME=home)
    if variable:
        env[variable] = value
    for f in os.listdir(cwd):
        if f.startswith("out."):
            os.unlink(os.path.join(cwd, f))
    p = subprocess.run([args.trawl, "-k", "--no-cache", "--threads", "1", "--format", "tsv"] + options +
                       ["-"], input="\n".join(lines + [LAST, LAST]).encode() + b"\n",
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=cwd, env=env, timeout=60)
    files = {f: open(os.path.join(cwd, f), "rb").read() for f in os.listdir(cwd) if f.startswith("out.")}
    return p.returncode, p.stdout.decode("utf-8", "replace"), p.stderr.decode("utf-8", "replace"), files


PACKERS = {".gz": gzip, ".xz": lzma, ".bz2": bz2}
CUT = re.compile(r"^-:(\d+): warning: '(fixtures/[^']+)': cut at byte (\d+): could not read", re.M)


def as_if_cut(args, session, cwd, err):
    """What the session gives when the captures that could not be read on end there; None when all could."""
    name, options, lines = session
    lines, folder = list(lines), os.path.join(cwd, "cut")
    for line, path, at in CUT.findall(err):
        packer = PACKERS.get(os.path.splitext(path)[1])
        data = (packer.open if packer else open)(os.path.join(cwd, path), "rb").read()[:int(at)]
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, os.path.basename(path)), "wb") as f:
            f.write(packer.compress(data) if packer else data)
        # nothing of it: a file of no bytes would be refused, and others on the line with it
        instead = path.replace("fixtures/", "cut/") if data else ""
        lines[int(line) - 1] = re.sub(re.escape(path) + r"(?= |$)", instead, lines[int(line) - 1])
    return once(args, name, options, lines, cwd) if lines != session[2] else None


def judge(whole, got, always):
    """whole: the runs whose lines and files may be shown, the undisturbed one first."""
    want = whole[0]
    status, out, err, files = got
    why = []
    if status < 0 or status > 5 and status != 141:
        why.append("ended with %d" % status)
    if "Sanitizer" in err or "runtime error:" in err:
        at = max(err.find("Sanitizer"), err.find("runtime error:"))
        why.append("sanitizer: " + err[max(0, at - 80):at + 300].replace("\n", " "))
    if (status, out, files) != (want[0], want[1], want[3]) and not err.strip():
        why.append("other output, and no word why")
    lines = {l for run in whole for l in run[1].split("\n")}
    # the row of 'warnings' that says so itself
    strange = [l for l in out.split("\n") if l not in lines and not ("\tcut\t" in l and "could not read" in l)]
    if strange:
        why.append("a line that the whole run does not have: %r" % strange[0])
    for name, data in files.items():
        if data not in [run[3].get(name) for run in whole]:
            why.append("'%s' is not as the whole run leaves it" % name)
    began = out or re.search(r"^-:\d+: ", err, re.M)
    if not always and began and status >= 0 and "@@end@@" not in out and "@@end@@" in want[1]:
        why.append("the last command did not run")
    return why


def points(first, to, is_range, chance):
    """The n to try, in order."""
    n = first
    while n <= to:
        far = n - first
        width = 1 if far < 150 or is_range else 1 + far // 25
        yield n + chance.randrange(width)
        n += width


def sweep(job):
    args, (name, options, lines), kind, first = job
    chance = random.Random("%d %s %s" % (args.seed, name, kind))
    variable = "TRAWL_FAIL_" + kind.upper()
    work = tempfile.mkdtemp(prefix="trawl-faults-")
    for folder, target in (("fixtures", "tests/fixtures"), ("tour", "docs/tour")):
        os.symlink(os.path.abspath(os.path.join(ROOT, target)), os.path.join(work, folder))
    os.mkdir(os.path.join(work, "home"))
    bad, runs, quiet, at, start = [], 0, 0, first, time.monotonic()

    def is_quiet(n):
        """Does nobody notice that the n-th fails?"""
        nonlocal runs, at
        at = n
        got = once(args, name, options, lines, work, variable, "%d%s" % (n, "+" * args.always))
        runs += 1
        cut = as_if_cut(args, (name, options, lines), work, got[2]) if kind == "read" else None
        for why in judge([want, cut] if cut else [want], got, args.always):
            bad.append("%s, %s=%d%s: %s" % (name, variable, n, "+" * args.always, why))
        return got == want

    try:
        want = once(args, name, options, lines, work)
        if want[0] not in (0, 1, 2, 3) or "@@end@@" not in want[1]:
            return ["%s: without a fault: status %d, %s" % (name, want[0], want[2][:300])], 1
        is_range = args.to < 10**9
        tries, patience = points(first, args.to, is_range, chance), 40
        if args.seconds:
            n = first + 64
            while n < args.to and not (is_quiet(n) and is_quiet(n + n // 4)):
                n = first + 4 * (n - first)
            tries = list(points(first, min(n, args.to), is_range, chance))
            patience = len(tries)
            chance.shuffle(tries)
        for n in tries:
            if quiet == patience or len(bad) > 5 or args.seconds and time.monotonic() - start > args.seconds:
                break
            quiet = quiet + 1 if is_quiet(n) else 0
    except subprocess.TimeoutExpired:
        bad.append("%s, %s=%d: no end after 60 s" % (name, variable, at))
    finally:
        shutil.rmtree(work)
    return bad, runs


def start_of_lines(args):
    """The first allocation that can be of a line: an error of an earlier one names none."""
    with tempfile.TemporaryDirectory(prefix="trawl-faults-") as work:
        os.mkdir(os.path.join(work, "home"))

        def of_line(n):
            return re.search(r"^-:1: ", once(args, "", [], [], work, "TRAWL_FAIL_ALLOC", "%d" % n)[2], re.M)

        high = 1
        while not of_line(high):
            high = high * 21 // 20 + 1
            if high > 10**6:
                sys.exit("faults: no allocation of a line fails")
        low = high * 9 // 10
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if of_line(middle) else (middle + 1, high)
    return low


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("--trawl", default=os.environ.get("TRAWL", os.path.join(ROOT, "build", "trawl")))
    ap.add_argument("--only", default="")
    ap.add_argument("--kind", choices=["alloc", "read", "both"], default="both")
    ap.add_argument("--always", action="store_true")
    ap.add_argument("--from", type=int, dest="first")
    ap.add_argument("--to", type=int, default=10**9)
    ap.add_argument("--seconds", type=float, default=0, help="at most so long for each session and kind")
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("-j", type=int, default=2)
    args = ap.parse_args()
    args.trawl = os.path.abspath(args.trawl)
    kinds = ["alloc", "read"] if args.kind == "both" else [args.kind]
    lines = start_of_lines(args) if "alloc" in kinds and not args.first else 1
    jobs = [(args, s, k, args.first or (lines if s[2] and k == "alloc" else 1))
            for s in SESSIONS if args.only in s[0] for k in kinds]
    n_bad = n_runs = 0
    with ThreadPoolExecutor(args.j) as pool:
        for bad, runs in pool.map(sweep, jobs):
            n_bad += len(bad)
            n_runs += runs
            for line in bad:
                print(line)
            sys.stdout.flush()
    print("faults: %d runs, %d bad" % (n_runs, n_bad))
    sys.exit(1 if n_bad else 0)


if __name__ == "__main__":
    main()
