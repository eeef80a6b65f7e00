#!/usr/bin/env python3
"""Golden transcripts: what a user types and what must come back, byte for byte.

usage: run.sh [--update] [-v] [--gdb] [--trawl PATH] [--under PROGRAM] [NAME...]

    --update   write what came back into the transcript: read the diff before committing it
    -v         show the differences (else only the names of what differs)
    --gdb      run the transcript's last session under gdb
    --trawl    the program; $TRAWL, else build/trawl
    --under    put a program before trawl in `trawl>` sessions, for example 'valgrind -q'

A NAME.transcript is a sequence of

    trawl> COMMAND        typed into a session; all such lines up to the next '$' line share one
    $ COMMAND             run by bash; '[exit N]' follows the output when the status is not 0

each followed by what came back, stdout and stderr as they come. Lines that begin with '## ' before a
command are comments; '#! --threads 2' gives the following sessions those options. Every file runs in an empty
folder that has fixtures/ and tour/ in it, with TZ=UTC LC_ALL=C COLUMNS=100 NO_COLOR=1 TRAWL_SEED=1;
$BAD is the folder of the bad plugins (tests/plugins), $EXAMPLE that of plugins/example.

A session is one process, `trawl -k --format text -`, that reads the commands from a pipe. So that each output is
found again, a line that prints a mark is put after each command. The '-:LINE: ' that a script's
errors begin with is checked and taken off, for a user at the prompt does not see it."""
import argparse
import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
PROMPT = "trawl> "
TIMEOUT = 600


class Block:
    def __init__(self, comments, line):
        self.comments, self.line, self.want, self.got = comments, line, [], None

    @property
    def typed(self):
        return self.line.startswith(PROMPT)

    @property
    def command(self):
        return self.line[len(PROMPT) if self.typed else 2:]


def parse(path):
    """The blocks of a transcript, and comments after the last one."""
    blocks, pending = [], []
    for line in open(path, encoding="utf-8", errors="surrogateescape", newline="\n").read().split("\n"):
        if line.startswith((PROMPT, "$ ")):
            comments = []
            source = blocks[-1].want if blocks else pending
            while source and re.match(r"## |#!", source[-1]):
                comments.insert(0, source.pop())
            blocks.append(Block(comments, line))
        else:
            (blocks[-1].want if blocks else pending).append(line)
    if blocks and blocks[-1].want and blocks[-1].want[-1] == "":
        blocks[-1].want.pop()
    if pending and any(pending):
        sys.exit("%s: output before the first command (comments begin with '## ')" % path)
    return blocks


def environment(trawl, home):
    env = {k: v for k, v in os.environ.items()
           if k.startswith(("ASAN_", "UBSAN_", "TSAN_", "LSAN_", "TRAWL_FAIL_", "LLVM_PROFILE"))}
    env.update(TZ="UTC", LC_ALL="C", COLUMNS="100", LINES="50", NO_COLOR="1", TERM="dumb", TRAWL_SEED="1", HOME=home,
               XDG_CACHE_HOME=home + "/cache", XDG_CONFIG_HOME=home + "/config",
               XDG_STATE_HOME=home + "/state", XDG_DATA_HOME=home + "/data",
               BAD=os.path.join(os.path.dirname(trawl), "tests", "plugins"),
               EXAMPLE=os.path.join(os.path.dirname(trawl), "tests", "example"),
               PATH=os.path.dirname(trawl) + ":/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
    return env


def mark(n):
    return "@@mark %d@@" % n


def mark_command(n):
    return "plugins | !awk 'END { print \"%s\" }'" % mark(n)


def session(args, options, blocks, cwd, env):
    """Run the blocks' commands in one process and hand each its part of the output."""
    lines = []
    for i, block in enumerate(blocks):
        lines += [block.command, mark_command(i)]
    command = args.under.split() + [args.trawl, "-k", "--format", "text"] + options + ["-"]
    p = subprocess.run(command, input="\n".join(lines).encode("utf-8", "surrogateescape") + b"\n",
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=cwd, env=env,
                       timeout=TIMEOUT)
    rest = p.stdout.decode("utf-8", "surrogateescape")
    for i, block in enumerate(blocks):
        end = rest.find(mark(i) + "\n")
        if end < 0:  # the session ended here: quit, or a crash
            block.got = as_typed(rest, 2 * i + 1)
            status = p.returncode
            if status < 0 or "Sanitizer" in rest or not quits(block.command):
                block.got.append("[session ended with %d]" % status)
            for later in blocks[i + 1:]:
                later.got = ["[not run]"]
            return
        block.got = as_typed(rest[:end], 2 * i + 1)
        rest = rest[end + len(mark(i)) + 1:]
    if rest or p.returncode < 0 or p.returncode > 5:
        blocks[-1].got += rest.split("\n") + ["[session ended with %d]" % p.returncode]


def quits(command):
    return command.split()[:1] in (["quit"], ["exit"])


def as_typed(text, number):
    return [re.sub(r"^-:%d: " % number, "", line) for line in split(text)]


def split(text):
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    else:
        lines[-1] += "[no newline]"
    return lines


def play(args, path):
    """Run a transcript; fills got of every block."""
    blocks = parse(path)
    work = tempfile.mkdtemp(prefix="trawl-golden-")
    try:
        cwd = os.path.join(work, "w")
        os.mkdir(cwd)
        os.mkdir(os.path.join(work, "home"))
        os.symlink(os.path.join(ROOT, "tests", "fixtures"), os.path.join(cwd, "fixtures"))
        os.symlink(os.path.join(ROOT, "docs", "tour"), os.path.join(cwd, "tour"))
        env = environment(args.trawl, os.path.join(work, "home"))
        options, i = [], 0
        while i < len(blocks):
            for comment in blocks[i].comments:
                if comment.startswith("#!"):
                    options = comment[2:].replace("$EXAMPLE", env["EXAMPLE"]).split()
            if blocks[i].typed:
                j = i + 1
                while j < len(blocks) and blocks[j].typed and \
                        not any(c.startswith("#!") for c in blocks[j].comments):
                    j += 1
                session(args, options, blocks[i:j], cwd, env)
                if args.gdb and j == len(blocks):
                    gdb(args, options, blocks[i:j], cwd, env)
                i = j
            else:
                p = subprocess.run(["bash", "-c", blocks[i].command], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=cwd, env=env,
                                   timeout=TIMEOUT)
                blocks[i].got = split(p.stdout.decode("utf-8", "surrogateescape"))
                if p.returncode:
                    blocks[i].got.append("[exit %d]" % p.returncode)
                i += 1
    finally:
        shutil.rmtree(work)
    return blocks


def gdb(args, options, blocks, cwd, env):
    script = os.path.join(cwd, "..", "commands")
    open(script, "w").write("\n".join(b.command for b in blocks) + "\n")
    subprocess.run(["gdb", "-q", "--args", args.trawl, "-k", "--format", "text"] + options + [script],
                   cwd=cwd, env=dict(env, TERM=os.environ.get("TERM", "dumb")))


def text(blocks, which):
    out = []
    for b in blocks:
        out += b.comments + [b.line] + getattr(b, which)
    return out


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("--update", action="store_true")
    ap.add_argument("-v", action="store_true")
    ap.add_argument("--gdb", action="store_true")
    ap.add_argument("--trawl", default=os.environ.get("TRAWL", os.path.join(ROOT, "build", "trawl")))
    ap.add_argument("--under", default="")
    ap.add_argument("names", nargs="*")
    args = ap.parse_args()
    args.trawl = os.path.abspath(args.trawl)
    names = args.names or sorted(f[:-len(".transcript")] for f in os.listdir(HERE)
                                 if f.endswith(".transcript"))
    bad = 0
    for name in names:
        path = os.path.join(HERE, os.path.basename(name).replace(".transcript", "") + ".transcript")
        try:
            blocks = play(args, path)
        except subprocess.TimeoutExpired:
            bad += 1
            print("%s: no end after %d s" % (name, TIMEOUT))
            continue
        want, got = text(blocks, "want"), text(blocks, "got")
        crashed = any("Sanitizer" in line or "runtime error:" in line for line in got)
        if want == got and not crashed:
            continue
        if args.update and not crashed:
            open(path, "w", encoding="utf-8", errors="surrogateescape", newline="\n").write("\n".join(got) + "\n")
            print("%s: written" % name)
            continue
        bad += 1
        print("%s: differs" % name)
        if args.v or crashed:
            for line in difflib.unified_diff(want, got, "expected", "came back", lineterm="", n=4):
                print("  " + line.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace"))
    print("golden: %d transcripts, %d differ" % (len(names), bad))
    sys.exit(1 if bad else 0)


main()
