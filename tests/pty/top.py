#!/usr/bin/env python3
"""top's screen at a real terminal: what is drawn at several sizes, keys, filters, a row's detail, files that
grow, and that the terminal is as before afterwards.

usage: top.py [--trawl PATH] [-v] [NAME...]      NAME: only tests with this in their name"""
import argparse
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from screen import Missing, Screen  # noqa: E402

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
OFFICE = os.path.join(ROOT, "docs", "tour", "office.pcapng.xz")
BEFORE = os.path.join(ROOT, "tests", "fixtures", "before.pcap")
DOWN, ESCAPE = "\x1bOB", "\x1b"


def check(what, fact):
    if not fact:
        raise Missing(what)


class Test:
    def __init__(self, args, home):
        self.args, self.home, self.s = args, home, None
        self.env = {k: v for k, v in os.environ.items() if k == "PATH" or "SAN_OPTIONS" in k}
        self.env.update(TZ="UTC", LC_ALL="C", TERM="xterm", HOME=home, XDG_CACHE_HOME=home + "/cache",
                        XDG_STATE_HOME=home + "/state", XDG_CONFIG_HOME=home + "/config")

    def start(self, words, columns=80, rows=24, env=None):
        self.s = Screen([self.args.trawl, "--no-cache"] + words, columns, rows, self.args.patience,
                        dict(self.env, **(env or {})))
        return self.s

    def top(self, columns=80, rows=24, words="", file=OFFICE):
        s = self.start([file, "-c", "top --live " + words], columns, rows)
        s.wait(lambda text: ("Host" if "trtop" in words else "▼") in text and "Totals: syn" in text)  # below the rows
        return s

    def output(self, line, file=OFFICE):
        """What the program prints of a command, as rows of cells by name."""
        p = subprocess.run([self.args.trawl, "--no-cache", file, "-c", line, "--tsv"], env=self.env,
                           capture_output=True, text=True, timeout=120)
        check("'%s' works: %s" % (line, p.stderr), p.returncode == 0)
        lines = [l.split("\t") for l in p.stdout.splitlines()]
        return [dict(zip(lines[0], l)) for l in lines[1:]]


def rows_of(s):
    """First words of the rows: from below the names of columns to the first empty line."""
    lines = s.grid.lines()
    at = next(i for i, l in enumerate(lines) if "▼" in l or "▲" in l) + 1
    rows = []
    while lines[at].strip() and not lines[at].startswith("Totals"):
        rows.append(lines[at][1:].split())
        at += 1
    return rows


def place(row):
    return ("[%s]:%s" if ":" in row["address"] else "%s:%s") % (row["address"], row["port"])


def leaves(s, key="q"):
    s.type(key)
    status = s.end()
    check("status 0, not %d" % status, status == 0)
    check("the terminal is as before", s.is_as_before())


def test_rows_are_those_of_top(t):
    s = t.top()
    want = [place(r) for r in t.output("top")]
    s.wait(lambda _: [r[0] for r in rows_of(s)] == want)
    totals = t.output("top")
    s.wait("syn %d " % sum(int(r["syn"]) for r in totals))
    check("the file's packets are counted", "5133 packets" in s.grid.lines()[0])
    check("keys are shown", s.grid.lines()[-1].startswith("q quit  ? keys  Enter row"))
    leaves(s)


def test_sort_and_reverse(t):
    s = t.top()
    s.type(">")
    s.wait("syn▼")
    want = [place(r) for r in t.output("top --sort -syn")]
    s.wait(lambda text: [r[0] for r in rows_of(s)] == want)
    s.type("r")
    s.wait("syn▲")
    want = [r["syn"] for r in t.output("top --sort syn")]
    s.wait(lambda text: [r[2] for r in rows_of(s)] == want)
    s.type("<<")
    s.wait("destination▲")
    s.wait(lambda text: [r[0] for r in rows_of(s)] == sorted(r[0] for r in rows_of(s)))
    leaves(s)


def test_bounds_have_a_sign(t):
    """As many as the column alerts of top says; all columns fit 400."""
    s = t.top(400, 24)
    for row, want in zip(rows_of(s), t.output("top")):
        line = next(l for l in s.grid.lines() if want["address"] in l and ":" + want["port"] + " " in l)
        n = len([a for a in want["alerts"].split(",") if a])
        check("%r has %d signs" % (line, n), line.count("!") == n)
    leaves(s)


def test_filters(t):
    s = t.top()
    s.type("/8443")
    s.wait("1 of 8 rows")
    s.type(ESCAPE)
    s.wait("8 of 8 rows")
    s.type("/203\r")
    s.wait("3 of 8 rows")
    s.type("u")
    s.wait("8 of 8 rows")
    s.type("eest_pct < 60\r")
    n = len(t.output("top | where est_pct < 60"))
    s.wait("%d of 8 rows" % n)
    s.type("e\x15est_pct <\r")  # what is wrong stays, to be mended: the place below it
    s.wait("the expression ends")
    lines = s.grid.lines()
    prompt = next(i for i, l in enumerate(lines) if l.startswith("where: est_pct <"))
    check("the place of the error", lines[prompt + 1].index("^") == len("where: est_pct <"))
    s.type(" 60\r")
    s.wait("%d of 8 rows" % n)
    s.wait("q quit  ? keys")
    s.type("e\x15nothing > 1\r")
    s.wait("^ no column 'nothing'")
    s.type(ESCAPE)
    s.wait("q quit  ? keys")
    s.type("u")
    s.wait("8 of 8 rows")
    s.type("/zzz\r")
    s.wait("no row is like that")
    leaves(s)


def test_groups(t):
    s = t.top()
    for by in ("address", "prefix", "port", "name", "sni"):
        s.type("b")
        s.wait("%d rows by %s" % (len(t.output("top --by " + by)), by))
    s.type("\r")
    s.wait("attempts ")
    s.wait("latency over time and connections: by address")
    s.type(ESCAPE + "B")
    s.wait("rows by name")
    s.type("\r")
    s.wait("time to connect, mean of each")
    s.type(ESCAPE + "b")
    s.wait("rows by sni")
    for said in ("'asn-file' names none", "'label-file' names none", "by application", "rows by endpoint"):
        s.type("b")  # goes on past those that need a file
        s.wait(said)
    leaves(s)


def test_detail_and_help(t):
    """27 attempts of 203.0.113.20:80, each a connection of its own (top, and tcp)."""
    s = t.top()
    s.type(DOWN + "\r")
    s.wait("attempts 27 ")
    s.wait("time to connect, mean of each")
    s.wait("ttfb")
    s.type("G")
    s.wait("closed")
    s.type("g")
    s.wait("attempts 27 ")
    s.type(ESCAPE)
    s.wait("Totals")
    s.wait("▼")
    s.type("?")
    s.wait("only rows with this in their name")
    leaves(s)


def test_trtop(t):
    s = t.top(140, 24, "--view trtop")
    s.wait("Syn/Ack(%)")
    want = [r["Host"] for r in t.output("top --view trtop")][:-1]
    s.wait(lambda text: [(l[1:].split() or [""])[0] for l in s.grid.lines()[4:4 + len(want)]] == want)
    s.type("v")
    s.wait("waited▼")
    leaves(s)


def test_steps(t):
    """Up to 10 s: the rows of the packets until then."""
    s = t.top(words="--step 10s --interval 100ms")
    s.type("p")
    s.type("[[[")
    s.wait("step 1 of 10.0s")
    want = [place(r) for r in t.output("packets | where frame.time_relative <= 10 | top")]
    s.wait(lambda text: [r[0] for r in rows_of(s)] == want)
    s.type("]]")
    s.wait("5133 packets")
    leaves(s)


def test_sizes(t):
    s = t.top()
    for columns, rows in ((20, 24), (20, 8), (20, 4), (300, 60), (80, 24)):
        s.resize(columns, rows)
        s.wait(lambda text: "▼" in text and re.search(r"198\S*10:8443 +\d", text))
        check("totals are whole", not any(l.startswith("Totals") and "…" in l for l in s.grid.lines()))
        check("it fits", len(s.grid.lines()) == rows and all(len(l) <= columns for l in s.grid.lines()))
    s.resize(19, 3)
    s.wait("needed")
    s.resize(80, 24)
    s.wait("waited▼")
    leaves(s)


def test_a_file_that_grows(t):
    """The packets of before.pcap come in two parts; the second are seen without a key. Paused, not."""
    whole = open(BEFORE, "rb").read()
    path = os.path.join(t.home, "grows.pcap")
    with open(path, "wb") as f:
        f.write(whole[:24])
    s = t.start(["-c", "load --follow %s as grows; top --live --interval 100ms" % path])
    s.wait("no TCP segment yet")
    with open(path, "ab") as f:
        f.write(whole[24:])
    s.wait("40 packets")
    want = t.output("top", BEFORE)
    s.wait(lambda text: [r[0] for r in rows_of(s)] == [place(r) for r in want])
    s.type("p")
    s.wait("PAUSED")
    with open(path, "ab") as f:
        f.write(whole[24:])
    time.sleep(0.4)
    s.read(0.1)
    check("paused, nothing moves", "40 packets" in s.text())
    s.type("p")
    s.wait("80 packets")
    leaves(s)


def test_idle_destinations_go(t):
    """before.pcap has 10.0.0.2 and .3; an hour later after.pcap has .3 and .9: .2 is let go, the totals keep it."""
    whole = open(BEFORE, "rb").read()
    path = os.path.join(t.home, "grows.pcap")
    with open(path, "wb") as f:
        f.write(whole)
    s = t.start(["-c", "load --follow %s as grows; top --live --interval 100ms --idle 1m" % path])
    s.wait("2 of 2 rows by endpoint")
    with open(path, "ab") as f:
        f.write(open(BEFORE.replace("before", "after"), "rb").read()[24:])
    s.wait("2 of 2 rows by endpoint  1 idle ones let go")
    s.wait(lambda text: "Totals: syn 4 " in text)  # drawn after the title, and after the rows
    s.wait(lambda _: sorted(r[0] for r in rows_of(s)) == ["10.0.0.3:80", "10.0.0.9:80"])
    leaves(s)


def test_ways_to_leave(t):
    leaves(t.top(), "\x03")
    s = t.top()
    s.signal(signal.SIGTERM)
    s.end()
    check("the terminal is as before", s.is_as_before())
    s = t.start([OFFICE])
    s.wait("office>")
    s.type("top --live\r")
    s.wait("▼")
    s.type("q")
    s.wait("office>")
    s.type("captures\r")
    s.wait("5133  3.3 MB")
    s.kill()


def test_a_hangup_puts_the_terminal_right(t):
    s = t.top()
    s.signal(signal.SIGHUP)
    s.end()
    check("the terminal is as before", s.is_as_before())


def test_suspended(t):
    """Ctrl-Z gives the terminal back to the shell that started it, fg draws all anew; so does a stop from outside, which
    a program can put its terminal right before (kill -TSTP), or cannot (-STOP)."""
    s = Screen(["/bin/bash", "--norc", "--noprofile", "-i"], 80, 24, t.args.patience, dict(t.env, PS1="at-shell> "))
    t.s = s
    s.wait("at-shell>")
    s.type("%s --no-cache %s -c 'top --live'\r" % (t.args.trawl, OFFICE))
    s.wait("waited▼")
    for stop in ("\x1a", signal.SIGTSTP, signal.SIGSTOP):
        if stop == "\x1a":
            s.type(stop)
        else:
            trawl = int(subprocess.check_output(["pgrep", "-P", str(s.pid)]).split()[0])
            os.kill(trawl, stop)
        s.wait("Stopped")
        check("the shell's screen is shown", stop == signal.SIGSTOP or not s.grid.alternate)
        s.type("clear; stty -a | grep -o ' echo \\| icanon\\|susp = ..' | tr '\\n' ,; jobs | wc -l\r")
        s.wait(lambda text: "susp = ^Z, icanon, echo ,1" in text)
        s.type("fg\r")
        s.wait(lambda text: "waited▼" in text and "Totals: syn" in text and "at-shell" not in text)
    s.type("q")
    s.wait("at-shell>")
    s.kill()


def test_names_with_control_characters(t):
    """A hosts file that gives 203.0.113.20 a name of escape sequences: they are seen, not obeyed."""
    path = os.path.join(t.home, "hosts")
    with open(path, "wb") as f:
        f.write(b"203.0.113.20 evil\x1b[2J\x1b]0;owned\x07\x9b31m\n")
    s = t.top(words="--by name --resolve hosts:" + path)
    s.wait(r"evil\x1b[2J\x1b]0;owned")
    n_rows = len(t.output("top --by name --resolve hosts:" + path))
    s.wait(lambda _: len(rows_of(s)) == n_rows)  # the screen is drawn from its top
    leaves(s)


def test_what_got_slower(t):
    """The rows of top --compare, in its order; v shows them as top does; a report is kept."""
    path = os.path.join(t.home, "kept")
    s = t.start([OFFICE, "-c", "top --live --compare office --allow to:0.0.0.0/0 --interval 100ms"])
    s.wait("verdict")
    want = [(r["destination"], r["measure"]) for r in t.output("top --compare office --allow to:0.0.0.0/0")][:8]
    at = next(i for i, l in enumerate(s.grid.lines()) if "verdict" in l) + 1
    s.wait(lambda _: [tuple(l[1:].split()[:2]) for l in s.grid.lines()[at:at + 8]] == want)
    s.type("b")  # the capture before is counted anew
    s.wait("rows by address")
    s.type("v")
    s.wait("6 of 6 rows")
    leaves(s)
    s = t.top(words="--report " + path)
    leaves(s)
    t.output("top --report %s2" % path)
    check("the report is that of top", open(path + ".trtop").read() == open(path + "2.trtop").read())


def test_terminals_that_cannot(t):
    """A terminal that cannot move its cursor, and one that nobody knows."""
    s = t.start([OFFICE, "-c", "top --live --top 1 --csv"], env={"TERM": "dumb"})
    s.wait("address,port,waited")
    s.end()
    s = t.start([OFFICE, "-c", "top --live"], env={"TERM": "no-such-terminal"})
    s.wait("set TERM")
    s.end()
    check("the terminal is as before", s.is_as_before())


def test_keys_do_not_wait(t):
    s = t.top()
    waits = []
    for _ in range(20):
        s.type("?")
        waits.append(s.wait("only rows with this"))
        s.type(ESCAPE + "")
        waits.append(s.wait("waited▼"))
    usual = statistics.median(waits)
    check("a key is answered after %.0f ms" % (usual * 1000), usual < t.args.limit)
    leaves(s)


def test_a_file_is_written(t):
    s = t.top()
    path = os.path.join(t.home, "rows.csv")
    s.type("w" + path + "\r")
    s.wait("written to")
    check("all rows are there", len(open(path).read().splitlines()) == 9)
    leaves(s)


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("--trawl", default=os.path.join(ROOT, "build", "trawl"))
    ap.add_argument("--patience", type=float, default=120)
    ap.add_argument("--limit", type=float, default=0.5, help="a key's answer usually comes within so many seconds")
    ap.add_argument("-v", action="store_true")
    ap.add_argument("names", nargs="*")
    args = ap.parse_args()
    args.trawl = os.path.abspath(args.trawl)
    bad = n = 0
    for name, test in sorted(globals().items()):
        if not name.startswith("test_") or (args.names and not any(w in name for w in args.names)):
            continue
        n += 1
        with tempfile.TemporaryDirectory() as home:
            t = Test(args, home)
            start = time.monotonic()
            try:
                test(t)
            except Missing as e:
                bad += 1
                print("FAILED %s: %s" % (name, e))
            finally:
                if t.s:
                    t.s.kill()
            if args.v:
                print("%s: %.1f s" % (name, time.monotonic() - start))
    print("top's screen: %d tests, %d failed" % (n, bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
