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


GROWING = ("capture", "load", "idle_export", "top")  # some of their examples want an interface or a file that grows
END = "plugins | !awk 'END { print \"@@end@@\" }'" # what stands behind a line's output


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


def help_texts(s, names):
    """What `help NAME` and `NAME --help` print for each name, of one session: starting takes most of the time."""
    lines = [l for name in names for l in ("help " + name, END, name + " --help", END)]
    p = s.trawl("-k", "--text", "-", stdin="\n".join(lines) + "\n")
    texts = p.stdout.split("@@end@@\n")
    s.check("help of all commands in one session", len(texts) == 2 * len(names) + 1 and "error:" not in p.stderr,
            p.stderr[-600:])
    return list(zip(texts[0::2], texts[1::2]))


def run_examples(s, lines):
    p = s.trawl("-k", "--tsv", "-", stdin="\n".join(PRELUDE + lines) + "\n")
    return p.returncode in (0, 3, 5) and "error:" not in p.stderr and "Sanitizer" not in p.stderr, p


def check_command(s, command, by_help, by_option):
    name = command["name"]
    s.check("help %s" % name, len(by_help) > 80, by_help)
    s.check("%s --help is 'help %s'" % (name, name), by_help == by_option, by_option)
    aliases = [a for a in (command.get("aliases") or []) if a] if \
        isinstance(command.get("aliases"), list) else (command.get("aliases") or "").split(",")
    words = [name] + [a for a in aliases if re.match(r"[\w-]+$", a)]
    s.check("a transcript uses %s" % name,
            any(re.search(r"(?<![\w-])%s(?![\w-])" % re.escape(w), s.typed) for w in words))
    lines = examples(by_help)
    s.check("%s has an example" % name, lines)
    if name == "top":  # without a terminal it prints a table a second until it is stopped
        lines = [l + " --count 1" if " -i " in l else l for l in lines]
    together = name not in GROWING and run_examples(s, lines)[0]  # where not all are good, one by one
    for line in lines:
        if together:
            s.check("example of %s: %s" % (name, line), True)
            continue
        good, p = run_examples(s, [line])
        if " listen " in line and "no message came" in p.stderr:
            continue  # it listened, nobody sends here: tests/sockets/listen.py has senders
        if name in GROWING and any(t in p.stderr for t in (
                "no interface 'eth0'", "may not capture on 'eth0'", "'eth0': the interface is down",
                "does not grow", "could not open 'growing.pcap'")):
            continue  # tests/live/live.py has interfaces, tests/unit/growing.c files that grow
        if "draws on the terminal, and stdin is none" in p.stderr:
            continue  # tests/pty/explore.py has a terminal
        s.check("example of %s: %s" % (name, line), good, "(%d) %s" % (p.returncode, p.stderr[-600:]))


def check_tables(s, tables):
    for table in tables:
        s.check("a transcript shows the table %s" % table["name"],
                re.search(r"(?<![\w-])%s(?![\w-])" % re.escape(table["name"]), s.typed))
    for capture in CAPTURES:
        lines = [l for table in tables for l in (table["name"], END)]
        p = s.trawl("-k", "--tsv", "-r", os.path.join(HERE, "fixtures", capture), "-", stdin="\n".join(lines) + "\n")
        shown = p.stdout.split("@@end@@\n")
        s.check("tables of %s" % capture, p.returncode in (0, 3) and len(shown) == len(tables) + 1
                and "error:" not in p.stderr and "Sanitizer" not in p.stderr, p.stderr[-600:])
        for table, out in zip(tables, shown):
            if table["name"] != "packets" and out:  # most fields of packets are shown only when asked for
                n = len(out.split("\n")[0].split("\t"))
                s.check("columns of table %s of %s" % (table["name"], capture), n <= int(table["columns"]), "%d shown" % n)


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("--trawl", default=os.environ.get("TRAWL", os.path.join(HERE, "..", "build", "trawl")))
    ap.add_argument("-v", action="store_true")
    args = ap.parse_args()
    args.trawl = os.path.abspath(args.trawl)
    s = Suite(args)
    try:
        commands = s.listing("commands")
        for command, texts in zip(commands, help_texts(s, [c["name"] for c in commands])):
            check_command(s, command, *texts)
        check_tables(s, s.listing("tables"))
    finally:
        shutil.rmtree(s.work)
    print("declarations: %d facts, %d false" % (s.n, s.bad))
    sys.exit(1 if s.bad or s.n < 100 else 0)


main()
