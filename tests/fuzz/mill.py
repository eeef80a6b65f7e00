#!/usr/bin/env python3
"""Container mutation: the readers take many damaged captures of each format, in process.

usage: mill.py [--build FOLDER] [--inputs N] [--seconds S] [--seed N] [--keep FOLDER] [FORMAT...]

The fixtures of each format are damaged (bytes, bits, lengths, missing and doubled pieces, cuts) and go through
fuzz_reader, from decompression to reading packets a second time; bzip2 through fuzz_source too, which decodes
with one thread and with two and compares. FOLDER is best a build with the address and undefined behaviour
sanitizers and -O2:

    cmake -B build-mill -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DTRAWL_SANITIZE=address,undefined

--seconds bounds each format. A crash, a report or an input that takes a minute ends its program and leaves the
input in --keep. Closes with one line a format: how many inputs, how many findings."""
import argparse
import os
import re
import subprocess
import sys
import time

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
FORMATS = {"pcap": r"\.pcap$", "pcapng": r"\.pcapng$", "snoop": r"\.snoop$", "gzip": r"\.gz$", "xz": r"\.xz$",
           "bzip2": r"\.bz2$", "zstd": r"\.zst$", "lz4": r"\.lz4$"}
STEP = 10000  # damaged copies a process: each step has a seed of its own, which names it


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("--build", default=os.path.join(ROOT, "build-mill"))
    ap.add_argument("--inputs", type=int, default=1000000)
    ap.add_argument("--seconds", type=float, default=0)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--keep", default=".")
    ap.add_argument("formats", nargs="*")
    args = ap.parse_args()
    env = dict(os.environ)
    env.setdefault("ASAN_OPTIONS", "quarantine_size_mb=4")  # fresh pages for each input cost half the time
    folder = os.path.join(ROOT, "tests", "fixtures")
    any_bad = 0
    for name, pattern in FORMATS.items():
        if args.formats and name not in args.formats:
            continue
        files = sorted(os.path.join(folder, f) for f in os.listdir(folder) if re.search(pattern, f))
        files = [f for f in files if os.path.getsize(f)]
        targets = ["fuzz_reader"] + (["fuzz_source"] if name == "bzip2" else [])
        start, n, bad, seed = time.monotonic(), 0, 0, args.seed
        while n < args.inputs and not (args.seconds and time.monotonic() - start > args.seconds):
            for target in targets:
                p = subprocess.run([os.path.join(args.build, "tests", target), "--seed", str(seed), "--keep",
                                    args.keep, "--mutate", str(max(1, STEP // len(files)))] + files,
                                   env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                told = p.stdout.decode("utf-8", "replace")
                if p.returncode:
                    bad += 1
                    print("%s, %s --seed %d: status %d: %s" % (name, target, seed, p.returncode, told[-1500:]))
                else:
                    n += int(re.search(r"^(\d+) inputs", told, re.M).group(1))
            seed += 1
            if bad >= 3:
                break
        print("mill: %-7s %8d inputs, %d findings, %.0f s" % (name, n, bad, time.monotonic() - start))
        sys.stdout.flush()
        any_bad += bad
    sys.exit(1 if any_bad else 0)


main()
