#!/usr/bin/env python3
"""Run trawl over a corpus of captures (a folder with manifest.tsv; see its README).

usage: run.py [--trawl PATH] [--every N] [--only SUBSTR] [-j N] [--timeout S] [--max-mb M] [--batch N]
              WHAT CORPUS

    read      every file, every field: no crash, no sanitizer report, no hang, memory bounded, and as many
              frames as the manifest says
              --batch N: so many files in one session, one after the other (starting takes most of the time
              of a small file); where one is wrong they are read again one by one, to name it
    same      converted/: each file gives the table of its original (SAME-AS.tsv), times to the coarser unit
    threads   the same bytes out with 1, 2 and 5 threads

Prints what is wrong, one line a file, and closes with 'corpus WHAT: N good, N bad'."""
import argparse
import csv
import os
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor

# Files where trawl counts other frames than tshark, each with the reason.
OTHER_COUNT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "other-count.tsv")
MULTI = "packets | select %s"
MEMORY = "768M"  # a thousand columns of 80,000 packets are 600 MB, none of them large enough for a file


class Result:
    pass


def run(args, words, timeout=None):
    """Run trawl; stdout goes to a file, for it may be large."""
    r = Result()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        p = subprocess.Popen([args.trawl, "--no-cache"] + words, stdin=subprocess.DEVNULL, stdout=out,
                             stderr=err, env=dict(os.environ, TZ="UTC", LC_ALL="C"))
        late = []
        timer = threading.Timer(timeout or args.timeout, lambda: (late.append(1), p.kill()))
        timer.start()
        _, status, usage = os.wait4(p.pid, 0)
        timer.cancel()
        p.returncode = r.status = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        r.out, r.err = out.read(), err.read()
        r.mb, r.late = usage.ru_maxrss / 1024, bool(late)
    r.why = []
    if r.late:
        r.why.append("no end after %g s" % (timeout or args.timeout))
    elif r.status not in (0, 1, 3):
        r.why.append("exit %d" % r.status)
    if b"Sanitizer" in r.err or b"runtime error:" in r.err:
        at = max(r.err.find(b"Sanitizer"), r.err.find(b"runtime error:"))
        r.why.append("sanitizer: " + r.err[max(0, at - 60):at + 120].decode("utf-8", "replace")
                     .replace("\n", " "))
    if r.mb > args.max_mb:
        r.why.append("%d MB resident" % r.mb)
    if r.status in (1, 3) and not r.err.strip():
        r.why.append("exit %d without a word" % r.status)
    return r


def manifest(args):
    with open(os.path.join(args.corpus, "manifest.tsv"), encoding="utf-8") as f:
        rows = list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))
    rows = [r for r in rows if args.only in r["path"]]
    return rows[::args.every]


def all_fields(args):
    p = subprocess.run([args.trawl, "-q", "--format", "tsv", "-c",
                        "fields | where plugin != 'addresses' | select name"], # those need a file
                       capture_output=True, stdin=subprocess.DEVNULL, text=True)
    names = p.stdout.split("\n")[1:]
    names = [n for n in names if n]
    if p.returncode or len(names) < 20:
        sys.exit("corpus: '%s -c fields' gave %d names, status %d: %s"
                 % (args.trawl, len(names), p.returncode, p.stderr[:300]))
    return names


def each(args, jobs, body):
    bad = 0
    with ThreadPoolExecutor(args.j) as pool:
        for name, why in pool.map(body, jobs):
            if why:
                bad += 1
                print("%s: %s" % (name, "; ".join(why)))
                sys.stdout.flush()
    print("corpus %s: %d good, %d bad" % (args.what, len(jobs) - bad, bad))
    sys.exit(1 if bad or not jobs else 0)


def read(args):
    fields = " ".join(all_fields(args))
    other = {}
    if os.path.exists(OTHER_COUNT):
        with open(OTHER_COUNT, encoding="utf-8") as f:
            other = {l.split("\t")[0]: l.split("\t")[1] for l in f if not l.startswith("#")}

    def counted(row, n):
        """None, or why n frames are wrong."""
        # what tshark 4.0 refuses (bzip2, xz, some link types) has no count
        want = row["packets"] or (row["oracle_frames"] if row["tshark_exit"] == "0" else "")
        want = other.get(row["path"], want)
        if want.isdigit() and n != int(want) and not row["path"].startswith("hostile/"):
            return "%d frames, want %s" % (n, want)
        return None

    def n_lines(path):
        if not os.path.exists(path):
            return 0
        with open(path, "rb") as f:
            return max(f.read().count(b"\n") - 1, 0)

    def one(row):
        path = os.path.join(args.corpus, row["path"])
        hostile = row["path"].startswith("hostile/")  # bombs: the columns that a load makes are enough
        r = run(args, ["--memory-limit", MEMORY, "--format", "tsv", "-r", path,
                       "-c", "packets" if hostile else MULTI % fields])
        n = max(r.out.count(b"\n") - 1, 0)
        wrong = counted(row, n)
        if not r.why and wrong:
            r.why.append(wrong)
        return row["path"], r.why

    def together(rows):
        """What is wrong with each file of a batch, all loaded in one session."""
        with tempfile.TemporaryDirectory(prefix="trawl-corpus-") as folder:
            script, outs = os.path.join(folder, "script"), [os.path.join(folder, "%d.tsv" % i) for i in range(len(rows))]
            with open(script, "w", encoding="utf-8") as f:
                for i, row in enumerate(rows):
                    what = "packets" if row["path"].startswith("hostile/") else MULTI % fields
                    f.write("load '%s' as f%d\n%s > %s\nunload f%d\n"
                            % (os.path.join(args.corpus, row["path"]), i, what, outs[i], i))
            r = run(args, ["-k", "--memory-limit", MEMORY, "--format", "tsv", script], args.timeout * len(rows))
            right = [not r.why and counted(row, n_lines(out)) is None for row, out in zip(rows, outs)]
        found = []
        for row, fine in zip(rows, right):
            why = [] if fine else one(row)[1]
            found.append((row["path"], why))
        if r.why and not any(why for _, why in found):
            found[0] = (found[0][0], ["in one session with those behind it, not alone: " + "; ".join(r.why)])
        return found

    rows = manifest(args)
    if args.batch <= 1:
        each(args, rows, one)
    batches, done = [rows[i:i + args.batch] for i in range(0, len(rows), args.batch)], {}
    with ThreadPoolExecutor(args.j) as pool:
        for found in pool.map(together, batches):
            done.update(found)
    each(args, rows, lambda row: (row["path"], done[row["path"]]))


# What a container decides, and not the packets in it.
OF_THE_FILE = {"frame.interface_id", "frame.file", "frame.interface_name", "frame.interface_description",
               "frame.time", "frame.time_epoch", "frame.time_relative", "frame.time_delta",
               "frame.offset", "frame.comment"}


def same(args):
    fields = [f for f in all_fields(args) if f not in OF_THE_FILE]
    with open(os.path.join(args.corpus, "converted", "SAME-AS.tsv"), encoding="utf-8") as f:
        pairs = [l.rstrip("\n").split("\t")[:2] for l in f][1:]
    pairs = [p for p in pairs if args.only in p[0]][::args.every]
    known, lock = {}, threading.Lock()

    def table(path):
        with lock:
            if path in known:
                return known[path]
        r = run(args, ["--time", "epoch", "--format", "tsv", "-r", os.path.join(args.corpus, path),
                       "-c", MULTI % " ".join(["frame.time_epoch"] + fields)])
        rows = [l.split("\t") for l in r.out.decode("utf-8", "surrogateescape").split("\n")[1:-1]]
        for row in rows:  # microseconds, the coarsest unit in the corpus
            whole, _, part = row[0].partition(".")
            row[0] = whole + "." + (part + "000000")[:6]
        with lock:
            known[path] = (rows, r.why)
        return known[path]

    def one(pair):
        ours, why = table("converted/" + pair[0])
        theirs, other_why = table(pair[1])
        why = why + ["original: " + w for w in other_why]
        if len(ours) != len(theirs):
            return pair[0], why + ["%d frames, the original has %d" % (len(ours), len(theirs))]
        names = ["frame.time_epoch"] + fields
        for i, (a, b) in enumerate(zip(ours, theirs)):
            for k, (x, y) in enumerate(zip(a, b)):
                if x != y:
                    return pair[0], why + ["frame %d: %s is '%s', in the original '%s'"
                                           % (i + 1, names[k], x, y)]
        return pair[0], why

    each(args, pairs, one)


def threads(args):
    lines = ["packets", "tcp", "udp", "flows", "warnings"]

    def one(row):
        path = os.path.join(args.corpus, row["path"])
        for line in lines:
            words = ["--format", "tsv", "-r", path, "-c", line]
            first = run(args, ["--threads", "1"] + words)
            if first.why:
                return row["path"], first.why
            for n in ("2", "5"):
                again = run(args, ["--threads", n] + words)
                if (again.out, again.status) != (first.out, first.status):
                    return row["path"], ["'%s' differs with %s threads" % (line, n)] + again.why
        return row["path"], []

    each(args, manifest(args), one)


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("--trawl", default=os.environ.get("TRAWL", "build/trawl"))
    ap.add_argument("--every", type=int, default=1)
    ap.add_argument("--only", default="")
    ap.add_argument("-j", type=int, default=2)
    ap.add_argument("--timeout", type=float, default=10)
    ap.add_argument("--max-mb", type=float, default=700)
    ap.add_argument("--batch", type=int, default=1)
    ap.add_argument("what", choices=["read", "same", "threads"])
    ap.add_argument("corpus")
    args = ap.parse_args()
    {"read": read, "same": same, "threads": threads}[args.what](args)


main()
