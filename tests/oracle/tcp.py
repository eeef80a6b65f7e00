#!/usr/bin/env python3
"""tcp.analysis.* as the installed tshark says them, frame by frame, over a corpus.

usage: tcp.py [--trawl PATH] [--every N] [--min PERCENT] CORPUS

Every N-th capture (default 25) of CORPUS/manifest.tsv that has TCP is read by both; every field must agree in PERCENT
(default 99.9) of the frames of TCP, and no capture may be refused. Prints a line a field, with the first frame that
differs, and 'tcp: N fields of N frames in N captures'."""
import argparse
import concurrent.futures
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
FLAGS = ("flags retransmission fast_retransmission spurious_retransmission out_of_order lost_segment ack_lost_segment "
         "duplicate_ack keep_alive keep_alive_ack window_update window_full zero_window zero_window_probe "
         "zero_window_probe_ack reused_ports tfo_syn tfo_ack tfo_ignored").split()
TIMES = ["tcp.analysis.ack_rtt", "tcp.analysis.initial_rtt", "tcp.analysis.rto", "tcp.time_relative", "tcp.time_delta"]
NUMBERS = "acks_frame bytes_in_flight push_bytes_sent rto_frame duplicate_ack_num duplicate_ack_frame".split()
FIELDS = ["tcp.analysis." + f for f in FLAGS + NUMBERS] + TIMES + ["tcp.completeness", "tcp.analysis"]


def rows(command):
    """Frame number to cells."""
    p = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=300)
    lines = p.stdout.decode("latin-1").split("\n")
    cells = (line.split("\t") for line in lines if line[:1].isdigit())
    return p.returncode, {c[0]: c[1:] for c in cells}


def of_tshark(path):
    command = ["tshark", "-n", "-r", path, "-Y", "tcp.stream", "-T", "fields", "-E", "occurrence=l", "-e", "frame.number"]
    return rows(command + [word for f in FIELDS for word in ("-e", f)])[1]


def of_trawl(trawl, path):
    return rows([trawl, "--no-cache", "-r", path, "--format", "tsv",
                 "packets | where tcp.stream | select frame.number " + " ".join(FIELDS)])


def same(field, ours, theirs):
    if field in TIMES:
        if not ours or not theirs:
            return ours == theirs
        return abs(float(ours) - float(theirs)) < 2e-9
    if field == "tcp.analysis" or field[len("tcp.analysis."):] in FLAGS:
        return bool(ours) == bool(theirs)
    return ours == theirs


def compare(trawl, path):
    try:
        theirs = of_tshark(path)
    except subprocess.TimeoutExpired:
        print("%s: not compared, tshark takes more than five minutes" % path)
        return None
    if not theirs:
        return None
    code, ours = of_trawl(trawl, path)
    if code not in (0, 3):
        return "trawl ended with %d" % code
    both = sorted(set(ours) & set(theirs), key=int)
    differ = [(i, n) for n in both for i, f in enumerate(FIELDS) if not same(f, ours[n][i], theirs[n][i])]
    return len(both), differ, ours, theirs


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("--trawl", default=os.environ.get("TRAWL", os.path.join(HERE, "..", "..", "build", "trawl")))
    ap.add_argument("--every", type=int, default=25)
    ap.add_argument("--min", type=float, default=99.9)
    ap.add_argument("corpus")
    args = ap.parse_args()
    if not shutil.which("tshark"):
        sys.exit("tcp: tshark is not installed")
    names = [line.split("\t")[0] for line in open(os.path.join(args.corpus, "manifest.tsv"), encoding="utf-8")]
    paths = [os.path.join(args.corpus, n) for n in names if os.path.isfile(os.path.join(args.corpus, n))][::args.every]
    bad, first, frames, captures, refused = [0] * len(FIELDS), {}, 0, 0, []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, result in zip(paths, pool.map(lambda p: compare(args.trawl, p), paths)):
            if result is None:
                continue
            name = os.path.relpath(path, args.corpus)
            if isinstance(result, str):
                refused.append("%s: %s" % (name, result))
                continue
            n, differ, ours, theirs = result
            frames, captures = frames + n, captures + 1
            for i, number in differ:
                bad[i] += 1
                first.setdefault(i, "%s frame %s: trawl '%s' tshark '%s'" % (name, number, ours[number][i], theirs[number][i]))
    low = 0
    for i, field in enumerate(FIELDS):
        share = 100 - 100 * bad[i] / max(frames, 1)
        low += share < args.min
        print("%-42s %7.3f %%  %s" % (field, share, first.get(i, "")))
    print("\n".join(refused))
    print("tcp: %d fields of %d frames in %d captures, %d below %g %%, %d refused" %
          (len(FIELDS), frames, captures, low, args.min, len(refused)))
    sys.exit(1 if low or refused or frames < 1000 else 0)


main()
