#!/usr/bin/env python3
"""Everything that is registered keeps its word: each command, table and plot of the program.

usage: declarations.py [--trawl PATH] [-v]

For each command: `help NAME` says something, `NAME --help` says the same, each of its examples runs, and a
transcript uses it. For each table: it can be built from every kind of capture, it has the columns that
`tables` counts, and a transcript shows it. (That a result has the columns that were declared is
checked by the host at each run.)"""
import argparse
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOUR = os.path.join(HERE, "..", "docs", "tour")
# What the examples find: the tour's captures under the names that they use.
PRELUDE = ["load office.pcapng.xz as before", "load office-after.pcapng.xz as after",
           "load %s/fixtures/mptcp-v1.pcap as here" % HERE,
           "load %s/fixtures/mptcp-v1-right.pcap as there" % HERE, "load office.pcapng.xz"]
CAPTURES = ["basic.pcap", "mptcp-v1.pcap", "layers.pcap", "fragments.pcap", "empty.pcap", "cut.pcap",
            "link-unknown.pcap", "damaged-headers.pcap", "snap40.pcap", "interfaces.pcapng"]


class Suite:
    def __init__(self, args):
        self.args, self.bad, self.n = args, 0, 0
        self.work = tempfile.mkdtemp(prefix="trawl-declarations-")
        for name in os.listdir(TOUR):
            if name.endswith((".xz", ".json")):
                shutil.copy(os.path.join(TOUR, name), self.work)
        self.typed = ""
        for path in glob.glob(os.path.join(HERE, "golden", "*.transcript")):
            with open(path, encoding="utf-8", errors="replace") as f:
                self.typed += "".join(l for l in f if l.startswith(("trawl> ", "$ ")))

    def trawl(self, *words, stdin=None):
        env = {k: v for k, v in os.environ.items() if k == "PATH" or "SAN_OPTIONS" in k}
        env.update(TZ="UTC", LC_ALL="C", COLUMNS="100", NO_COLOR="1", TRAWL_SEED="1", HOME=self.work)
        return subprocess.run([self.args.trawl, "--no-cache"] + list(words), input=stdin, cwd=self.work,
                              capture_output=True, text=True, errors="replace", env=env, timeout=300)

    def check(self, what, fact, more=""):
        self.n += 1
        if not fact:
            self.bad += 1
            print("%s %s" % (what, more))
        elif self.args.v:
            print("ok %s" % what)

    def listing(self, name):
        p = self.trawl("-q", "--json", "-c", name)
        return json.loads(p.stdout)


def examples(text):
    """The lines of a help text's section of examples."""
    section = text.partition("\nExamples\n")[2]
    return [l[2:] for l in section.split("\n") if re.match(r"  \S", l)]


def check_command(s, command):
    name = command["name"]
    by_help, by_option = s.trawl("help", name), s.trawl("-c", name + " --help")
    s.check("help %s" % name, by_help.returncode == 0 and len(by_help.stdout) > 80, by_help.stderr)
    s.check("%s --help is 'help %s'" % (name, name), by_help.stdout == by_option.stdout, by_option.stderr)
    aliases = [a for a in (command.get("aliases") or []) if a] if \
        isinstance(command.get("aliases"), list) else (command.get("aliases") or "").split(",")
    words = [name] + [a for a in aliases if re.match(r"[\w-]+$", a)]
    s.check("a transcript uses %s" % name,
            any(re.search(r"(?<![\w-])%s(?![\w-])" % re.escape(w), s.typed) for w in words))
    lines = examples(by_help.stdout)
    s.check("%s has an example" % name, lines)
    for line in lines:
        if name == "top" and " -i " in line:
            line += " --count 1"  # without a terminal it prints a table a second until it is stopped
        p = s.trawl("-k", "--tsv", "-", stdin="\n".join(PRELUDE + [line]) + "\n")
        if " listen " in line and "no message came" in p.stderr:
            continue  # it listened, nobody sends here: tests/sockets/listen.py has senders
        if name in ("capture", "load", "idle_export", "top") and any(t in p.stderr for t in (
                "no interface 'eth0'", "may not capture on 'eth0'", "'eth0': the interface is down",
                "does not grow", "could not open 'growing.pcap'")):
            continue  # tests/live/live.py has interfaces, tests/unit/growing.c files that grow
        if "draws on the terminal, and stdin is none" in p.stderr:
            continue  # tests/pty/explore.py has a terminal
        good = p.returncode in (0, 3, 5) and "error:" not in p.stderr and "Sanitizer" not in p.stderr
        s.check("example of %s: %s" % (name, line), good, "(%d) %s" % (p.returncode, p.stderr[-600:]))


def check_table(s, table):
    name = table["name"]
    s.check("a transcript shows the table %s" % name,
            re.search(r"(?<![\w-])%s(?![\w-])" % re.escape(name), s.typed))
    for capture in CAPTURES:
        path = os.path.join(HERE, "fixtures", capture)
        p = s.trawl("--tsv", "-r", path, "-c", name)
        s.check("table %s of %s" % (name, capture), p.returncode in (0, 3), p.stderr[-600:])
        if name != "packets" and p.stdout:  # most fields of packets are shown only when asked for
            n = len(p.stdout.split("\n")[0].split("\t"))
            s.check("columns of table %s" % name, n <= int(table["columns"]), "%d shown" % n)


def main():
    ap = argparse.ArgumentParser(usage=__doc__, add_help=False)
    ap.add_argument("--trawl", default=os.environ.get("TRAWL", os.path.join(HERE, "..", "build", "trawl")))
    ap.add_argument("-v", action="store_true")
    args = ap.parse_args()
    args.trawl = os.path.abspath(args.trawl)
    s = Suite(args)
    try:
        for command in s.listing("commands"):
            check_command(s, command)
        for table in s.listing("tables"):
            check_table(s, table)
    finally:
        shutil.rmtree(s.work)
    print("declarations: %d facts, %d false" % (s.n, s.bad))
    sys.exit(1 if s.bad or s.n < 100 else 0)


main()
