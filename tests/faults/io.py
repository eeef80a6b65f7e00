#!/usr/bin/env python3
"""Make the n-th call for files of a session go wrong, n = 1, 2, … (tests/faults/io.c says how).

usage: io.py kill [--trawl PATH] [--every K]
       io.py fail [--trawl PATH] [--every K] [--only WORD] [--seconds S]

kill: the program is killed before, after and in the middle of each call for the disk cache, while it
writes one, replaces one and throws a damaged one away. The session after that must print what it
prints without a cache, and so must one more, which is served; no file of the cache may be damaged, and
what the killed ones left must be gone.

fail: each call fails with EIO, ENOSPC, EINTR or EMFILE, or moves half of its bytes. No signal, no sanitizer
report, an exit status of the documented ones; other output only with a word why, the same output
after EINTR and short counts; exports whole or absent, no temporary file left; and the session after it
prints what it should.

--every K takes every K-th n, another K-th for each way. Closes with 'faults: N runs, N bad'."""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time

from run import ROOT, SESSIONS

WAYS = ["EIO", "ENOSPC", "EINTR", "EMFILE", "short"]
FIELDS = ("frame.number ip.ttl ip.id eth.src frame.protocols tcp.option_kind arp.src.proto_ipv4 tcp.seq "
          "udp.checksum ip.checksum icmp.type dns.qry.name dns.a")
# A line of a session: captures, columns of fields, tables, what was noticed.
CACHED = [line for name in ("basic", "mptcp-v1", "fragments", "dns", "damaged-headers")
          for line in ("load fixtures/%s.pcap" % name, "packets | select %s | tail 40" % FIELDS,
                       "udp", "warnings", "captures | select name packets bytes")]
OF_FAIL = ["load", "pcapng", "compressed", "merge", "lc", "export", "damaged"]


class World:
    def __init__(self, args):
        self.args = args
        # where syncing costs nothing: a session writes some seventy files
        self.work = tempfile.mkdtemp(prefix="trawl-io-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
        self.home = os.path.join(self.work, "home")
        self.cache = os.path.join(self.home, "cache")
        self.log = os.path.join(self.work, "log")
        os.makedirs(self.home)
        for folder, target in (("fixtures", "tests/fixtures"), ("tour", "docs/tour")):
            os.symlink(os.path.abspath(os.path.join(ROOT, target)), os.path.join(self.work, folder))
        self.runs, self.bad = 0, []

    def run(self, options, lines, **fault):
        env = {k: v for k, v in os.environ.items() if "SAN_OPTIONS" in k}
        env.update(TZ="UTC", LC_ALL="C", COLUMNS="100", NO_COLOR="1", TRAWL_SEED="1", TERM="dumb",
                   HOME=self.home, PATH=os.environ["PATH"], XDG_CACHE_HOME=self.cache,
                   XDG_STATE_HOME=self.home, XDG_CONFIG_HOME=self.home, XDG_DATA_HOME=self.home)
        if fault:
            env.update({"IO_" + k: str(v) for k, v in fault.items()}, LD_PRELOAD=self.args.shim, IO_LOG=self.log)
            if os.path.exists(self.log):
                os.unlink(self.log)
        p = subprocess.run([self.args.trawl, "-k", "--threads", "1", "--format", "tsv"] + options + ["-"],
                           input="\n".join(lines).encode() + b"\n", stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, cwd=self.work, env=env, timeout=120)
        self.runs += bool(fault)
        return p.returncode, p.stdout.decode("utf-8", "replace"), p.stderr.decode("utf-8", "replace")

    def said(self):
        with open(self.log, encoding="ascii") as f:
            return f.read().split()

    def files(self, ending):
        folder = os.path.join(self.cache, "trawl")
        return [os.path.join(folder, f) for f in sorted(os.listdir(folder)) if f.endswith(ending)] \
            if os.path.isdir(folder) else []

    def note(self, what, why):
        self.bad.append("%s: %s" % (what, why))
        print(self.bad[-1])
        sys.stdout.flush()


def empty(world):
    for path in world.files(".trawl"):
        os.unlink(path)


def overwrite(world):
    world.run(["-C"], CACHED)


def damage(world):
    world.run(["-C"], CACHED)
    for path in world.files(".trawl"):
        with open(path, "r+b") as f:
            f.seek(-100, 2)
            byte = f.read(1)[0]
            f.seek(-1, 1)
            f.write(bytes([byte ^ 1]))


def kill(world):
    points = 0
    right = world.run(["--no-cache"], CACHED)
    for name, options, before in (("writing", ["-C"], empty),
                                  ("replacing", ["--force-overwrite"], overwrite),
                                  ("throwing away", ["-C"], damage)):
        before(world)
        world.run(options, CACHED, UNDER=world.cache)
        n_calls = int(world.said()[0])
        for way, word in enumerate(("kill", "after", "torn")):
            for n in range(1 + way % world.args.every, n_calls + 1, world.args.every):
                what = "%s, %s at %d of %d" % (name, word, n, n_calls)
                before(world)
                if world.run(options, CACHED, UNDER=world.cache, AT=n, DO=word)[0] != -9:
                    world.note(what, "was not killed")
                    continue
                if word == "torn" and world.said()[1] != "write":
                    continue  # after, again
                points += 1
                if word != "after" and name == "writing":
                    n_left = len(world.files(".tmp"))
                    if n_left > 1:
                        world.note(what, "%d temporary files are left" % n_left)
                for turn in ("written", "served"):
                    got = world.run(["-C"], CACHED)
                    if got[:2] != right[:2]:
                        world.note(what, "another answer, %s: %s" % (turn, got[2][:300]))
                    elif got[2] != right[2] and not (name == "throwing away" and turn == "written"):
                        world.note(what, "another word, %s: %s" % (turn, got[2][:300]))
                states = world.run([], ["cache info | where state != \"good\""])[1]
                if len(states.splitlines()) > 1:
                    world.note(what, "cache info: %s" % states[:300])
        empty(world)
        world.run(["-C"], CACHED)
        if world.files(".tmp"):
            world.note(name, "temporary files are left at the end")
    print("killed at %d points" % points)


def sweep_fail(world, name, options, lines, prepare, until):
    exports = ("out.csv", "out.json", "out.pcapng", "out.svg")

    def outputs():
        found = {}
        for path in exports:
            full = os.path.join(world.work, path)
            if os.path.exists(full):
                with open(full, "rb") as f:
                    found[path] = f.read()
                os.unlink(full)
        return found

    prepare()
    right = world.run(options, lines, UNDER="")
    whole = outputs()
    n_calls = int(world.said()[0])
    for way, word in enumerate(WAYS):
        for n in range(1 + way % world.args.every, n_calls + 1, world.args.every):
            if until and time.monotonic() > until:
                return
            what = "%s, %s at %d of %d" % (name, word, n, n_calls)
            prepare()
            status, out, err = world.run(options, lines, AT=n, DO=word)
            kind = world.said()[1]
            what += " (%s)" % kind
            if status < 0 or status > 5:
                world.note(what, "ended with %d: %s" % (status, err[-300:]))
            if "Sanitizer" in err or "runtime error:" in err:
                world.note(what, "sanitizer: " + err[:600])
            if (status, out) != right[:2]:
                if word in ("EINTR", "short"):
                    world.note(what, "other output: %s" % err[:300])
                elif not err.strip():
                    world.note(what, "other output, and no word why")
            for path, data in outputs().items():
                # What a capture lost while it was read is not the export's loss.
                if data != whole.get(path) and not (kind.endswith(("read", "read64")) and err.strip()):
                    world.note(what, "%s is neither whole nor absent" % path)
            left = world.files(".tmp") + [f for f in os.listdir(world.work) if "tmp" in f or f.startswith(".")]
            if left and kind != "unlink":
                world.note(what, "left %s" % left)
            for path in left:
                os.unlink(os.path.join(world.work, path))
            got = world.run(options, lines)
            outputs()
            if got[:2] != right[:2]:
                world.note(what, "the session after it: %s" % got[2][:300])


def fail(world):
    started, n = time.monotonic(), 0
    todo = [(name, ["--no-cache"] + options, lines, lambda: None)
            for name, options, lines in SESSIONS if name in OF_FAIL]
    todo += [("cache-" + name, options, CACHED, lambda before=before: before(world))
             for name, options, before in (("write", ["-C"], empty), ("serve", ["-C"], overwrite),
                                           ("replace", ["--force-overwrite"], overwrite))]
    todo = [t for t in todo if world.args.only in t[0]]
    for t in todo:
        n += 1
        sweep_fail(world, *t, started + world.args.seconds * n / len(todo) if world.args.seconds else 0)


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("what", choices=["kill", "fail"])
    ap.add_argument("--trawl", default=os.environ.get("TRAWL", os.path.join(ROOT, "build", "trawl")))
    ap.add_argument("--every", type=int, default=1)
    ap.add_argument("--only", default="")
    ap.add_argument("--seconds", type=float, default=0)
    args = ap.parse_args()
    args.trawl = os.path.abspath(args.trawl)
    args.shim = os.path.join(os.path.dirname(args.trawl), "tests", "fault_io.so")
    world = World(args)
    try:
        (kill if args.what == "kill" else fail)(world)
    finally:
        shutil.rmtree(world.work)
    print("faults: %d runs, %d bad" % (world.runs, len(world.bad)))
    sys.exit(1 if world.bad else 0)


if __name__ == "__main__":
    main()
