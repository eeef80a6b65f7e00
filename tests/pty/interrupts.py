#!/usr/bin/env python3
"""Ctrl-C at random instants of a load, a query and an export, typed at a real terminal.

usage: interrupts.py [--trawl PATH] [--instants N] [--seed N] [--capture FILE] [--limit S] [--only WORD] [-v]

Without --capture a capture of --mb megabytes is made by repeating one of the tour's; its compressed copies are
loaded too. Each instant is a line of LINES, and Ctrl-C at a random time of its life (which was measured before).
Then must hold: the prompt is back within --limit seconds, whether the command was stopped or ended by itself; as
many files are open as before; a capture that was being loaded is absent or whole; no half table was shown; the folder
of the outputs has no new file but whole ones, of the size that they have undisturbed; the next command works. An
instant whose command ended without having been stopped is late and does not count, but a line that waits for others
cannot be late, and one that was never stopped by EARLY instants in the first half of its life ignores Ctrl-C. Closes
with 'interrupts: N instants, N late, N failed, median N ms, slowest N ms'."""
import argparse
import os
import random
import re
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time

from repl import ROOT, Missing, Terminal, check

TOUR = os.path.join(ROOT, "docs", "tour", "office.pcapng.xz")
PROMPT = re.compile(rb"(?:big|second|trawl)> ")
# (line, what it may leave): {f} the capture, {o} the folder of outputs.
LINES = {
    "load": ["load {f} as second", "load {f}.gz as second", "load {f}.xz as second", "load {f}.bz2 as second",
             "load {f}.zst as second", "load {f}.lz4 as second", "load {f} {f}.zst as second",
             "load {f} -Y 'frame.len > 100' as second", "load {f} -f 'tcp port 443' as second", "load {o}/fifo as second"],
    "query": ["packets | group src --agg 'sum(frame.len)' 'p95(frame.len)' | head 3",
              "packets | sort -frame.len src dport | head 3", "flows --stats | head 3", "compare big big | head 3",
              "packets | select frame.number ip.ttl tcp.window_size_value ip.id | sort ip.id | head 3",
              "tcp | head 3", "udp | head 3", "lc | head 3", "packets | describe | head 3", "dissect | head 3",
              "packets | where ip.ttl > 3 and tcp.len > 10 | count src dst | head 3",
              "packets | bin 1ms | head 3", "packets | distinct src dst sport | head 3",
              "packets | select frame.number src | join flows on src=src | head 3",
              "packets | sample 1000 | head 3", "plot bandwidth"],
    "export": ["packets > {o}/a.csv", "packets > {o}/b.json", "packets | select frame.number ip.src eth.src > {o}/c.tsv",
               "packets > {o}/d.fsdb", "save {o}/e.pcap", "save {o}/f.pcapng",
               "packets | where frame.len > 60 | save {o}/g.pcap", "packets >> {o}/h.csv", "packets | !cat >{o}/fifo",
               "packets | !sleep 30", "plot bandwidth -o {o}/i.png", "packets | plot dots frame.number frame.len -o {o}/j.svg"],
}
WAITS = ("/fifo", "!sleep")  # these lines end by Ctrl-C alone
EARLY, EARLY_SECONDS = 3, 0.2  # so many, of a line that takes at least so long
COLD = ("tcp", "udp", "lc", "flows", "packets", "compare", "dissect", "plot")  # what a capture keeps once it is known


def make_capture(path, megabytes):
    """The frames of the tour's capture again and again, as pcap, later each time and with other addresses."""
    pcap = path + ".once"
    subprocess.run(["xz", "-dc", TOUR], stdout=open(path + ".ng", "wb"), check=True)
    subprocess.run(["editcap", "-F", "pcap", path + ".ng", pcap], check=True)
    data = open(pcap, "rb").read()
    at, records = 24, []
    while at < len(data):
        sec, usec, n, whole = struct.unpack_from("<IIII", data, at)
        records.append((sec, usec, n, whole, data[at + 16:at + 16 + n]))
        at += 16 + n
    span = records[-1][0] - records[0][0] + 1
    with open(path, "wb") as f:
        f.write(data[:24])
        rounds = max(1, megabytes * 1000000 // len(data))
        for i in range(rounds):
            for sec, usec, n, whole, frame in records:
                frame = frame[:26] + struct.pack(">H", i & 0xffff) + frame[28:] if n > 34 else frame
                f.write(struct.pack("<IIII", sec + i * span, usec, n, whole) + frame)
    os.unlink(path + ".ng")
    os.unlink(pcap)


def compress(path):
    for tool, ending in (("gzip -1", "gz"), ("xz -0", "xz"), ("bzip2 -1", "bz2"), ("zstd -q -1", "zst"), ("lz4 -q -1", "lz4")):
        with open(path, "rb") as inp, open(path + "." + ending, "wb") as out:
            subprocess.run(tool.split() + ["-c"], stdin=inp, stdout=out, check=True)


class Shell:
    def __init__(self, args, work):
        self.args, self.work = args, work
        self.out = os.path.join(work, "out")
        os.mkdir(self.out)
        os.mkfifo(os.path.join(self.out, "fifo"))
        self.whole = {}  # packets that a load gives when it is left alone
        self.sizes = {}  # bytes of the files that a line writes then
        self.t = Terminal(args, ["--color=never", "--no-cache"], home=work, columns=200)
        self.prompt()
        self.reload()
        self.packets = self.facts()
        self.fds = self.count_fds()

    def count_fds(self):
        folder = "/proc/%d/fd" % self.t.pid
        names = sorted(os.readlink(os.path.join(folder, f)) for f in os.listdir(folder))
        # the thread that watches the memory of spills opens this once, with the first spill
        return [n for n in names if not n.endswith("/statm")]

    def prompt(self, seconds=120):
        """Wait for the prompt, whichever capture is the current one; what came before it."""
        end = time.monotonic() + seconds
        while True:
            found = PROMPT.search(self.t.seen)
            if found:
                before, self.t.seen = self.t.seen[:found.start()], self.t.seen[found.end():]
                return before.decode("utf-8", "replace")
            if time.monotonic() > end or self.t.read(max(0, end - time.monotonic())) is False:
                raise Missing("no prompt; the end of what came: %r" % self.t.seen[-300:])

    def run(self, line):
        self.start(line)
        return self.prompt()

    def start(self, line):
        self.t.has_keyboard()
        self.t.seen = b""
        self.t.type(line + "\r")
        self.t.expect("\n")

    def reload(self):
        self.run("load %s as big" % self.args.capture)

    def facts(self):
        out = self.run("captures --csv")
        while "name," not in out:  # a Ctrl-C that came at the prompt gave one more, late
            out = self.prompt()
        rows = [l.strip().split(",") for l in out.split("\n") if l.startswith(("big,", "second,"))]
        return {r[0]: r[2] for r in rows}

    def whole_length(self, line):
        """Seconds that the line takes when it is left alone; for what waits for others, half a second."""
        if any(word in line for word in WAITS):
            return 0.5
        self.start(line)
        begin = time.monotonic()
        self.prompt()
        took = time.monotonic() - begin
        self.sizes[line] = self.files()
        self.clean()
        if "as second" in line:
            self.whole[line] = self.facts()["second"]
            self.run("use big")
            self.run("unload second")
        if line.startswith(COLD):
            self.reload()
        return took

    def files(self):
        """The outputs and their sizes."""
        return {name: os.path.getsize(os.path.join(self.out, name)) for name in os.listdir(self.out) if name != "fifo"}

    def clean(self):
        for name in self.files():
            os.unlink(os.path.join(self.out, name))

    def instant(self, line, delay):
        """One Ctrl-C: whether its command ended by itself, the seconds until the prompt, whether it ran when Ctrl-C came."""
        self.start(line)
        end = time.monotonic() + delay
        while time.monotonic() < end:
            self.t.read(max(0, end - time.monotonic()))
        late = PROMPT.search(self.t.seen) is not None
        ran = not late
        begin = time.monotonic()
        self.t.type("\x03")
        told = self.prompt()
        took = time.monotonic() - begin
        if late:
            told += self.prompt()
        elif "stopped" not in told and "!" not in line:
            late = True  # it ended by itself in the meantime, or did not listen: judged by the time
        left = self.files()
        self.clean()  # before any check fails: the next instant is judged by its own files
        self.judge(line, told, took, late, left)
        if late and line.startswith(COLD):
            self.reload()
        return late, took, ran

    def recovers(self):
        """After an instant that failed: its prompts, captures and files are not the next one's."""
        try:
            if "second" in self.facts():
                self.run("use big")
                self.run("unload second")
            self.reload()
            self.clean()
            return True
        except Missing as e:
            print("FAIL  and after it: %s" % e)
            return False

    def judge(self, line, told, took, late, left):
        check("the prompt came %.0f ms after Ctrl-C, of which the command %s" %
              (took * 1000, "took no notice" if late else "says that it stopped"), took <= self.args.limit)
        check("it ended without Ctrl-C: %r" % told[-400:], not late or not any(word in line for word in WAITS))
        if "─" in told:
            check("a half table: %r" % told[-400:], re.search(r"\d+ (row|of)|rows?\b", told.rpartition("─")[2]))
        if late:
            check("%s in the folder, not %s" % (left, self.sizes[line]), left == self.sizes[line])
        for name, size in {} if late else left.items():
            check("'%s' was left in the folder" % name, ">>" in line and size == 0 and name in self.sizes[line])
        facts = self.facts()
        check("'big' has %s packets, not %s" % (facts.get("big"), self.packets["big"]),
              facts.get("big") == self.packets["big"])
        if "second" in facts:  # the load was done when Ctrl-C came, and its listing was stopped
            self.run("use big")
            self.run("unload second")
            check("'second' is there after Ctrl-C with %s packets" % facts["second"],
                  facts["second"] == self.whole.get(line))
        fds = self.count_fds()
        check("open files: %s, before: %s" % (fds, self.fds), len(fds) == len(self.fds))


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("--trawl", default=os.environ.get("TRAWL", os.path.join(ROOT, "build", "trawl")))
    ap.add_argument("--instants", type=int, default=200)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--capture", default="")
    ap.add_argument("--mb", type=int, default=100)
    ap.add_argument("--limit", type=float, default=0.5)
    ap.add_argument("--only", default="")
    ap.add_argument("-v", action="store_true")
    args = ap.parse_args()
    args.trawl, args.patience = os.path.abspath(args.trawl), 120
    rng = random.Random(args.seed)
    work = tempfile.mkdtemp(prefix="trawl-interrupts-")
    made = os.path.join(work, "made.pcap")
    shell, n, late, bad, times, lengths, early = None, 0, 0, 0, [], {}, {}
    try:
        make_capture(made, args.mb)
        compress(made)
        args.capture = args.capture or made
        shell = Shell(args, work)
        lines = [(kind, line) for kind in LINES for line in LINES[kind] if args.only in line]
        rng.shuffle(lines)
        while n < args.instants and bad < 10 and late < 5 * args.instants:
            kind, template = lines[(n + late) % len(lines)]
            f = made if "{f}." in template else args.capture
            line = template.format(f=f, o=shell.out)
            try:
                if line not in lengths:
                    lengths[line] = shell.whole_length(line)
                delay = rng.uniform(0, lengths[line])
                was_late, took, ran = shell.instant(line, delay)
                if ran and lengths[line] >= EARLY_SECONDS and delay < lengths[line] / 2:
                    early.setdefault(template, []).append(not was_late)
                if was_late:
                    late += 1
                    continue
                times.append(took)
            except Missing as e:
                bad += 1
                took = None
                print("FAIL  %s after %.3f s: %s" % (template, delay, e))
                if "no prompt" in str(e) or "did not come" in str(e):
                    break
                if not shell.recovers():
                    break
            n += 1
            if args.v and took is not None:
                print("%5.0f ms  %s after %.3f of %.3f s" % (took * 1000, template, delay, lengths[line]))
            sys.stdout.flush()
        for template, stopped in early.items():
            if len(stopped) >= EARLY and not any(stopped):
                bad += 1
                print("FAIL  %s was not stopped by any of %d early instants" % (template, len(stopped)))
        if shell.t.pid and not bad:
            shell.t.type("quit\r")
            if shell.t.end() != 0:
                bad += 1
                print("FAIL  'quit' ended otherwise than with 0")
    finally:
        if shell:
            shell.t.kill()
            if b"Sanitizer" in shell.t.all or b"runtime error:" in shell.t.all:
                bad += 1
                at = max(shell.t.all.find(b"Sanitizer"), shell.t.all.find(b"runtime error:"))
                print("FAIL  sanitizer report: %r" % shell.t.all[max(0, at - 200):at + 1500])
        shutil.rmtree(work)
    print("interrupts: %d instants, %d late, %d failed, median %.0f ms, slowest %.0f ms"
          % (n, late, bad, 1000 * statistics.median(times or [0]), 1000 * max(times or [0])))
    sys.exit(1 if bad or n < args.instants else 0)


main()
