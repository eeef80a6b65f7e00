#!/usr/bin/env python3
"""The explorer at a real terminal: what is drawn at several sizes, keys, limits, what is behind a row, how
long a key waits, and that the terminal is as before afterwards, however it ends.

usage: explore.py [--trawl PATH] [-v] [NAME...]      NAME: only tests with this in their name"""
import argparse
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from screen import Missing, Screen  # noqa: E402

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
TOUR = [os.path.join(ROOT, "docs", "tour", n) for n in ("office.pcapng.xz", "office-after.pcapng.xz")]
UP, DOWN, RIGHT, HOME, END, ESCAPE = "\x1bOA", "\x1bOB", "\x1bOC", "\x1bOH", "\x1bOF", "\x1b"


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

    def list(self, columns=80, rows=24, words=()):
        """The explorer of the tour's captures, with its list and charts drawn."""
        s = self.start(TOUR + ["explore"] + list(words), columns, rows)
        s.wait("= compare office office-after" if rows >= 10 and columns >= 62 else ">")
        return s

    def output(self, line):
        """What the program prints of a command, as rows of cells."""
        p = subprocess.run([self.args.trawl, "--no-cache"] + TOUR + ["-c", line, "--tsv"], env=self.env,
                           capture_output=True, text=True, timeout=120)
        check("'%s' works: %s" % (line, p.stderr), p.returncode == 0)
        return [l.split("\t") for l in p.stdout.splitlines()[1:]]


def rows_of(s, top=3, n=10):
    """Field and value of the rows of the list at 80 columns."""
    return [(l[1:16].strip(), l[18:40].strip()) for l in s.grid.lines()[top:top + n]]


def shown(s):
    m = re.search(r"(\d+) of (\d+)$", s.grid.lines()[1])
    return m and int(m.group(1))


def leaves(s, key="q"):
    s.type(key)
    status = s.end()
    check("status 0, not %d" % status, status == 0)
    check("the terminal is as before", s.is_as_before())


def test_list_and_charts_at_80_by_24(t):
    s = t.list()
    lines = s.grid.lines()
    check("both sides are named: %r" % lines[0], "left office" in lines[0] and "right office-after" in lines[0])
    check("every row is counted", shown(s) == len(t.output("compare office office-after")))
    s.wait("all packets")
    s.wait("█")
    check("keys are shown: %r" % lines[-1], lines[-1].startswith("q quit  ? keys  Enter why"))
    check("no line is longer than the window", all(len(l) <= 80 for l in s.grid.lines()))
    leaves(s)


def test_rows_are_those_of_compare(t):
    s = t.list(words=["-t", "5", "-c", "20", "-m", "dns", "-d", "3", "-x", "4"])
    want = t.output("compare office office-after -t 5 -c 20 -m dns -d 3 -x 4")
    check("as many rows as compare has: %s, %d" % (shown(s), len(want)), shown(s) == len(want))
    s.type(HOME)

    def is_row(field, value, row):
        cut = value.endswith("…") and row[2].startswith(value[:-1])
        return field.rstrip("…") in row[1] and (value == row[2] or cut)

    s.wait(lambda text: all(is_row(*shown, row) for shown, row in zip(rows_of(s), want)))
    leaves(s)


def test_limits_hold_as_they_are_typed(t):
    s = t.list()
    all_rows = shown(s)
    s.type("t5")
    s.wait("t>5%")
    few = len(t.output("compare office office-after -t 5"))
    s.wait(lambda text: shown(s) == few)
    s.type("0")
    s.wait("t>50%")
    fewer = len(t.output("compare office office-after -t 50"))
    s.wait(lambda text: shown(s) == fewer)
    s.type(ESCAPE)
    s.wait(lambda text: shown(s) == all_rows)
    s.type("mport\r")
    s.wait("m:port")
    s.wait(lambda text: shown(s) == len(t.output("compare office office-after -m port")))
    s.wait("= compare office office-after -m port")
    s.type("p")
    s.wait("-m port -P")
    s.wait(lambda text: shown(s) == len(t.output("compare office office-after -m port -P")))
    s.type("u")
    s.wait(lambda text: shown(s) == all_rows)
    s.type("Mzzz\r")
    s.wait("no row is within the limits")
    leaves(s)


def test_keys_move_and_sort(t):
    s = t.list(words=["-s", "delta%"])  # the order of compare
    s.type(HOME + DOWN * 3)
    s.wait(lambda text: text.split("\n")[6].startswith(">"))
    s.type(END)
    last = t.output("compare office office-after")[-1]
    s.wait(lambda text: text.split("\n")[12].startswith(">" + last[1][:10]))
    s.type(HOME)
    s.wait(lambda text: text.split("\n")[3].startswith(">__TOTAL__"))
    s.type("o")
    s.wait(lambda text: "flat" in text and "eth.dst" in text.split("\n")[3])
    s.type("f")
    s.wait("its values, each to its own top")
    s.type("?")
    s.wait("what is behind the row")
    s.type(ESCAPE)
    s.wait("eth.dst: its values")
    leaves(s)


def test_starts_on_the_most_telling_row(t):
    """The largest effect of those whose q is below 0.05, as compare has them; a row that was chosen is kept
    when the sides or limits change, the most telling one of the others is taken where it is not there."""
    s = t.list()
    header = subprocess.run([t.args.trawl, "--no-cache"] + TOUR + ["-c", "compare office office-after | head 1", "--tsv"],
                            env=t.env, capture_output=True, text=True).stdout.splitlines()[0].split("\t")
    col = {n: header.index(n) for n in ("field", "value", "q", "effect")}

    def telling(line):
        rows = [r for r in t.output(line) if not r[col["value"]].startswith("__")]
        return max(rows, key=lambda r: (bool(r[col["q"]]) and float(r[col["q"]]) < 0.05,
                                        abs(float(r[col["effect"]] or 0))))

    def chosen():
        return next((l for l in s.grid.lines() if l.startswith(">")), "> none yet")[1:40].split()[:2]

    best = telling("compare office office-after")
    check("chosen: %r, not %r" % (chosen(), best), chosen() == [best[col["field"]], best[col["value"]]])
    s.type("mframe.len\r")
    best = telling("compare office office-after -m frame.len")
    s.wait(lambda text: ">frame.len" in text and chosen()[1] == best[col["value"]])
    s.type(DOWN)
    s.wait(lambda text: chosen()[1] not in ("yet", best[col["value"]]))
    kept = chosen()
    s.type("S")
    s.wait("left office-after  right office ")
    s.wait(lambda text: "= compare office-after" in text and ">" + kept[0] in text and chosen() == kept)
    leaves(s)


def test_stopped_from_outside(t):
    """kill -TSTP gives the terminal back to the shell that started it; fg draws all anew."""
    s = Screen(["/bin/bash", "--norc", "--noprofile", "-i"], 80, 24, t.args.patience, dict(t.env, PS1="at-shell> "))
    t.s = s
    s.wait("at-shell>")
    s.type("%s --no-cache %s %s explore\r" % (t.args.trawl, *TOUR))
    s.wait("= compare")
    trawl = int(subprocess.check_output(["pgrep", "-P", str(s.pid)]).split()[0])
    os.kill(trawl, signal.SIGTSTP)
    s.wait("Stopped")
    check("the shell's screen is shown", not s.grid.alternate and not s.grid.hidden)
    s.type("fg\r")
    s.wait(lambda text: "= compare" in text and ">udp.length" in text and "at-shell" not in text)
    s.type("q")
    s.wait("at-shell>")
    s.kill()


def test_why_is_behind_a_row(t):
    s = t.list(words=["-m", "dns.flags.rcode", "-d", "3"])
    s.wait("dns.flags.rcode = ")
    s.type("M__WIDTH__\r")
    s.wait("= __WIDTH__")
    s.type("\r")
    s.wait("'__WIDTH__' sums up: choose a value")
    s.type("M\x153\r")
    s.wait("-M 3")
    s.type("\r")
    s.wait("dns.flags.rcode = 3")
    s.wait("rows 1 to")
    want = t.output("why dns.flags.rcode 3 office office-after")
    check("the rows of why: %d" % len(want), "of %d" % len(want) in s.text())
    s.type(RIGHT + RIGHT)
    s.wait(lambda text: "field  " not in text.split("\n")[2])
    s.type("q")
    check("status 0", s.end() == 0 and s.is_as_before())


def test_keys_at_once_are_taken_one_after_the_other(t):
    """Enter that comes with the moves before it looks behind the row where they lead."""
    s = t.list(words=["-m", "dns.flags.rcode", "-d", "3"])
    s.wait("dns.flags.rcode = ")
    rows = rows_of(s)
    first, i = rows[0], next(i for i, r in enumerate(rows) if r[1].startswith("__") != rows[0][1].startswith("__"))
    s.type(DOWN * i + "\r")
    s.wait(lambda text: "rows 1 to" in text or "sums up" in text)
    name = rows[i][1].split()[0]
    check("Enter looks behind %r, not %r" % (name, first), "'%s' sums up" % name in s.text() or
          "dns.flags.rcode = %s" % name in s.text().split("\n")[0])


def test_command_is_shown_as_a_table(t):
    s = t.list()
    s.type(":packets | group ip.proto | head 2\r")
    s.wait("packets | group ip.proto | head 2")
    s.wait("rows 1 to 2 of 2")
    s.type(ESCAPE + ":nosuch\r")
    s.wait("unknown command 'nosuch'")
    s.type(":explore\r")
    s.wait("not within another")
    s.type(":captures > x.csv\r")
    s.wait("no '>' and no '$name =' here")
    leaves(s)


def test_sides_are_bins_of_one_capture(t):
    s = t.start([TOUR[0], "explore", "-b", "5s"])
    s.wait("left office 01:37:10  right office 01:37:15")
    s.wait("= compare office --left-where")
    s.type("mip.dst\r")
    s.wait(lambda text: text.split("\n")[3].startswith(">ip.dst"))
    s.type("\r")  # behind a value of two bins: what why says of them
    s.wait("rows 1 to")
    value = rows_of(s, 1, 1)[0][0] and s.grid.lines()[1].split(" = ")[1]
    bins = ["2026-11-22T01:37:10", "2026-11-22T01:37:15"]
    check("the rows of why", "of %d" % len(t.output(
        "why ip.dst %s office --left %s --right %s --bin 5s" % (value, *bins))) in s.text())
    s.type(ESCAPE + "}")
    s.wait("right office 01:37:20")
    s.type("l")
    s.wait("the left side: a capture or 5 s of it")
    s.type(UP + "\r")
    s.wait("left office  right office 01:37:20")
    s.wait("= compare office --right-where")
    s.type("\r")
    s.wait("rows 1 to")
    s.type(ESCAPE)
    s.type("S")
    s.wait("left office 01:37:20  right office ")
    s.type("lb2s\r")
    s.wait("a capture or 2 s of it")
    leaves(s)


def test_sides_are_marked_below_the_chart(t):
    """A time that a mark would cut is left out."""
    s = t.start([TOUR[0], "explore", "-b", "2s"])
    s.wait("left office 01:37:12  right office 01:37:14")
    s.type("]}")
    s.wait("left office 01:37:14  right office 01:37:16")
    s.wait(lambda text: any(re.match(r" +L+R+ +\d\d:\d\d:\d\d\.\d+ *$", line) for line in text.split("\n")))
    leaves(s)


def test_sides_are_bins_of_two_captures(t):
    s = t.list(words=["-b", "5s", "-m", "ip.dst"])
    s.type("l")
    s.wait("the left side: a capture or 5 s of it")
    s.type(DOWN + "\r")
    s.wait("left office 01:37:10")
    s.type("\r")
    s.wait("rows 1 to")
    value = s.grid.lines()[1].split(" = ")[1].strip()
    check("the rows of why of %s" % value, "of %d" % len(t.output(
        "why ip.dst %s office office-after --left 2026-11-22T01:37:10 --bin 5s" % value)) in s.text())
    s.type(ESCAPE)
    leaves(s)


def test_small_screen_of_40_by_10(t):
    s = t.list(40, 10)
    s.wait("delta%")
    check("no line is longer than the window", all(len(l) <= 40 for l in s.grid.lines()))
    check("both sides are named", s.grid.lines()[0].startswith("office vs office-after"))
    s.wait("49: 0 > 272")  # the chosen row, whose cells are cut
    s.type(HOME + DOWN)
    s.wait(lambda text: text.split("\n")[4].startswith(">"))
    s.type("?")
    s.wait("a row up, down; PgUp\n  PgDn Home End: further")
    leaves(s)


def test_resize_and_too_small(t):
    s = t.list()
    for columns, rows in ((120, 50), (40, 10), (80, 24), (20, 5), (19, 4), (300, 100), (1, 1), (80, 24)):
        s.resize(columns, rows)
        if columns >= 20 and rows >= 5:
            s.wait(lambda text: re.search(r"^>udp?", text, re.M) and "2001" in text)
        elif columns > 1:
            s.wait("20x5 is needed")
        check("%dx%d: nothing is wider" % (columns, rows), all(len(l) <= columns for l in s.grid.lines()))
    s.wait("all packets")
    leaves(s)


def test_no_color_and_dumb(t):
    s = t.start(TOUR + ["explore"], env={"NO_COLOR": "1"})
    s.wait("= compare")
    leaves(s)
    check("no colour was sent", not re.search(rb"\x1b\[[0-9;]*\b3[1-7]m", s.bytes))
    s.kill()
    s = t.start(TOUR + ["explore"], env={"TERM": "dumb"})
    check("status 1", s.end() == 1)
    check("it says why: %r" % s.text(), "cannot move its cursor" in s.text())
    check("the terminal is as before", s.is_as_before())
    s.kill()
    s = t.start(TOUR + ["explore"], env={"TERM": "nosuch-terminal"})
    check("status 1", s.end() == 1)
    check("it says why: %r" % s.text(), "type of terminal is not known" in s.text())
    check("the terminal is as before", s.is_as_before())


def test_a_terminal_with_one_screen(t):
    """Where what was drawn stays, the shell's prompt comes on a line of its own."""
    for kind in ("linux", "vt100"):
        s = t.start(TOUR + ["explore"], env={"TERM": kind})
        s.wait("= compare")
        s.wait("q quit")
        s.type("q")
        check("status 0", s.end() == 0)
        check("%s: the last line is empty: %r" % (kind, s.grid.lines()[-1]), s.grid.lines()[-1] == "")
        s.kill()


def test_no_capture(t):
    s = t.start(["-c", "explore"])
    check("status 1", s.end() == 1)
    check("it says why: %r" % s.text(), "no capture is loaded" in s.text())


def test_prompt_is_there_again(t):
    s = t.start([TOUR[0]])
    s.wait("office>")
    for _ in range(2):
        s.type("explore\r")
        s.wait("= compare")
        s.type("q")
        s.wait(lambda text: text.rstrip().endswith("office>"))
    s.type("captures | count\r")
    s.wait(lambda text: text.count("1 row") == 2 and text.rstrip().endswith("office>"))  # that of the load is still there
    s.has_keyboard()
    s.type("\x04")
    check("status 0", s.end() == 0 and s.is_as_before())


def test_ends_by_signal(t):
    for number, status in ((signal.SIGTERM, 128 + 15), (signal.SIGHUP, 128 + 1)):
        s = t.list()
        s.signal(number)
        got = s.end()
        check("signal %d: status %d, not %d" % (number, status, got), got == status)
        check("signal %d: the terminal is as before" % number, s.is_as_before())
        s.kill()
    for number in (signal.SIGABRT, signal.SIGQUIT, signal.SIGSEGV):
        s = t.list()
        s.signal(number)
        check("signal %d ends it" % number, s.end() != 0)
        check("signal %d: the terminal is as before" % number, s.is_as_before())
        s.kill()


def test_interrupt_does_not_leave(t):
    s = t.list()
    s.type("\x03")
    s.wait("q leaves")
    s.type(HOME + DOWN)
    s.wait(lambda text: text.split("\n")[4].startswith(">"))
    leaves(s)


def test_wire_bytes_are_escaped(t):
    """A name with control characters, a bidirectional mark, wide and combining characters."""
    path = os.path.join(t.home, "names.pcap")
    names = [b"a\x1b[31mred\x07", "b\u202eetihw".encode(), "日本語の名前".encode(), "e\u0301te\u0301".encode(), b"\xff\xfe"]
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
        for i, name in enumerate(names * 4):
            dns = struct.pack(">HHHHHH", i, 0x0100, 1, 0, 0, 0) + bytes([len(name)]) + name + b"\0\0\1\0\1"
            udp = struct.pack(">HHHH", 4000 + i, 53, 8 + len(dns), 0) + dns
            ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), i, 0, 64, 17, 0, b"\n\0\0\1", b"\n\0\0\2")
            f.write(struct.pack("<IIII", 1700000000 + i, 0, len(ip + udp), len(ip + udp)) + ip + udp)
    s = t.start([path, "explore", "-d", "3", "-m", "dns.qry.name", "-b", "10s"])
    s.wait("= compare")
    s.type(DOWN * 30 + HOME + "f")
    s.wait("its values")
    s.type(":packets | select dns.qry.name\r")
    s.wait("rows 1 to")
    s.wait(r"a\x1b[31mred\x07")
    s.wait("日本語の名前")
    s.wait(r"b\xe2\x80\xaeetihw")
    check("no mark got through", "\u202e".encode() not in s.bytes and b"[31mred\x07" not in s.bytes)
    leaves(s)


def big_capture(path, n):
    """Packets with many addresses and ports: enough work that a comparison takes a while."""
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
        seed, out = 1, []
        for i in range(n):
            seed = (seed * 1103515245 + 12345) & 0x7fffffff
            udp = struct.pack(">HHHH", seed & 0xffff, seed >> 8 & 0xffff, 8, 0)
            ip = struct.pack(">BBHHHBBHII", 0x45, 0, 28, i & 0xffff, 0, 64, 17, 0, 0x0a000000 | seed & 0xffffff,
                             0x0b000000 | seed >> 4 & 0xffffff)
            out.append(struct.pack("<IIII", 1700000000 + i // 5000, i % 5000 * 200, 28, 28) + ip + udp)
        f.write(b"".join(out))


def test_a_key_does_not_wait_for_a_query(t):
    """A million packets a side, all fields of level 3 being counted: keys are answered within 100 ms, but for some
    that may take seconds, for machines that are as busy as CI's."""
    path = os.path.join(t.home, "big.pcap")
    big_capture(path, t.args.packets)
    s = t.start([path, path, "explore"])
    s.wait("= compare")
    s.type("d")  # level 3: all of it again
    s.wait("comparing")
    waits = []
    for _ in range(10):
        busy = "comparing" in s.text()
        s.type("?")
        waits.append((s.wait("what is behind the row"), busy))
        s.type("?")
        waits.append((s.wait(lambda text: "what is behind the row" not in text), busy))
        s.type("dd")  # a newer one cancels it
    check("a query was running when keys were pressed", any(b for _, b in waits))
    times = sorted(w for w, _ in waits)
    check("half of the keys waited %.3f s and more" % times[len(times) // 2], times[len(times) // 2] <= t.args.usual)
    check("a key waited %.3f s" % times[-1], times[-1] < t.args.bound)
    if t.args.v:
        print("keys: median %.3f s, slowest %.3f s" % (times[len(times) // 2], times[-1]))
    start = time.monotonic()
    s.type("\x03")
    s.wait(lambda text: "comparing" not in text)
    check("Ctrl-C took %.1f s" % (time.monotonic() - start), time.monotonic() - start < 4 * t.args.bound)
    s.type("d")
    leaves(s)


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("--trawl", default=os.path.join(ROOT, "build", "trawl"))
    ap.add_argument("-v", action="store_true")
    ap.add_argument("names", nargs="*")
    args = ap.parse_args()
    args.trawl = os.path.abspath(args.trawl)
    with open(args.trawl, "rb") as f:
        slow = b"__asan_init" in (program := f.read()) or b"__tsan_init" in program
    args.patience = 120
    args.usual, args.bound, args.packets = (1, 10, 60000) if slow else (0.1, 2, 1000000)
    bad = n = 0
    for name, test in [(k[5:], v) for k, v in globals().items() if k.startswith("test_")]:
        if args.names and not any(w in name for w in args.names):
            continue
        home = tempfile.mkdtemp(prefix="trawl-explore-")
        t = Test(args, home)
        n += 1
        start = time.monotonic()
        try:
            test(t)
            if args.v:
                print("ok %s (%.1f s)" % (name, time.monotonic() - start))
        except Missing as e:
            bad += 1
            print("FAIL %s: %s" % (name, e))
        finally:
            if t.s:
                t.s.kill()
            shutil.rmtree(home)
    print("explore: %d tests, %d failed" % (n, bad))
    sys.exit(1 if bad else 0)


main()
