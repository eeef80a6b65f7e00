#!/usr/bin/env python3
"""Limit the address space (ulimit -v), from the least that starts to a normal load, step by step.

usage: address_space.py [--trawl PATH] [--step KIB] [-j N] [SESSION...]

Each run must succeed with the output of an unlimited one, or say in one clear line what it could not get
memory for, and end with a documented status; never with a signal, never with part of a table. Below the least that
the system's loader needs the program does not begin: those runs are told, and not judged. Status 3 is for a compressed
capture whose decoder gets no memory: the warning says that no packet was kept, and the table has no row. A session
is over when the steps of 8 MiB in a row gave the whole output.
Closes with 'faults: address space: N runs, N bad'. Not for sanitizer builds, which reserve terabytes."""
import argparse
import os
import resource
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
FIXTURES = os.path.join(ROOT, "tests", "fixtures")
MOST = 1024 << 10  # KiB; a session that is not whole by then never will be
SESSIONS = {
    "load": ["-r", FIXTURES + "/basic.pcap", "-c", "packets"],
    "threads": ["--threads", "4", "-r", FIXTURES + "/basic.pcap", "-c", "flows"],
    "xz": ["-r", FIXTURES + "/basic.pcap.xz", "-c", "tcp"],
    "json": ["-r", FIXTURES + "/mptcp-v1.pcap", "-c", "lc --json"],
}


def once(args, options, folder, kib):
    def limit():
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if kib:
            resource.setrlimit(resource.RLIMIT_AS, (kib << 10, kib << 10))

    env = dict(PATH=os.environ["PATH"], HOME=folder, TZ="UTC", LC_ALL="C", TRAWL_SEED="1", TERM="dumb", NO_COLOR="1")
    p = subprocess.run([args.trawl, "--no-cache", "--format", "tsv"] + options, stdin=subprocess.DEVNULL, cwd=folder, env=env,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300, preexec_fn=limit)
    return p.returncode, p.stdout.decode("utf-8", "replace"), p.stderr.decode("utf-8", "replace")


def began(run):
    """False where the kernel or the system's loader ended it before main()."""
    status, out, err = run
    return not (status in (-9, -11, 126, 127) and not out and
                (not err or "error while loading shared libraries" in err or "cannot apply additional memory" in err))


def judge(want, run):
    status, out, err = run
    lines = [l for l in err.split("\n") if l]
    if status < 0 or status > 5:
        return "ended with %d: %r" % (status, err[:300])
    if run == want:
        return None
    if status == 0 and out != want[1]:
        return "success with another output: %r" % err[:300]
    if status != 0 and not any(l.startswith("warning: " if status == 3 else ("error: ", "trawl: ")) for l in lines):
        return "status %d without a word: %r" % (status, err[:300])
    if sum(l.startswith("error: ") for l in lines) > 1:
        return "more than one error: %r" % err[:300]
    nothing = status == 3 and "(kept 0 packets)" in err and out == want[1].split("\n")[0] + "\n"
    if out and out != want[1] and not nothing:
        return "a table that an unlimited run does not give: %r" % out[:200]
    return None


def sweep(job):
    args, name = job
    options, bad, kib, whole, n, first, last = SESSIONS[name], [], args.step, 0, 0, None, 0
    with tempfile.TemporaryDirectory(prefix="trawl-space-") as folder:
        want = once(args, options, folder, 0)
        if want[0] != 0 or not want[1]:
            return name, ["%s: without a limit: %d, %s" % (name, want[0], want[2][:300])], 1, 0, 0
        while whole * args.step < 8 << 10 and kib <= MOST and len(bad) < 10:
            run = once(args, options, folder, kib)
            if first is not None or began(run):
                first = first or kib
                n += 1
                why = judge(want, run)
                if why:
                    bad.append("%s, %d KiB: %s" % (name, kib, why))
                elif args.verbose and run != want:
                    print("%s, %d KiB: %d, %s" % (name, kib, run[0], run[2].strip()))
                whole = whole + 1 if run == want else 0
                last = kib if run != want else last
            kib += args.step
    if first is None or whole == 0:
        bad.append("%s: never whole up to %d KiB" % (name, MOST))
    return name, bad, n, first or 0, last + args.step


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("--trawl", default=os.environ.get("TRAWL", os.path.join(ROOT, "build", "trawl")))
    ap.add_argument("--step", type=int, default=128)
    ap.add_argument("-v", "--verbose", action="store_true")
    ap.add_argument("-j", type=int, default=2)
    ap.add_argument("sessions", nargs="*", default=list(SESSIONS))
    args = ap.parse_args()
    args.trawl = os.path.abspath(args.trawl)
    n_bad = n_runs = 0
    with ThreadPoolExecutor(args.j) as pool:
        for name, bad, n, first, whole in pool.map(sweep, [(args, s) for s in args.sessions]):
            n_bad += len(bad)
            n_runs += n
            print("\n".join(bad + ["%s: starts at %d KiB, whole from %d KiB" % (name, first, whole)]))
            sys.stdout.flush()
    print("faults: address space: %d runs, %d bad" % (n_runs, n_bad))
    sys.exit(1 if n_bad else 0)


main()
