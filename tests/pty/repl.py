#!/usr/bin/env python3
"""The interactive shell at a real terminal: keys, TAB, history, Ctrl-C, Ctrl-R, Ctrl-D, the size of the window.

usage: repl.py [--trawl PATH] [-v] [NAME...]      NAME: only tests with this in their name

Each test starts trawl on a pseudo terminal of 100 columns, types, and waits for what must appear. Waiting
ends with the first match; a test fails when it has not come after two minutes."""
import argparse
import contextlib
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import sys
import tempfile
import termios
import time

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
BASIC = os.path.join(ROOT, "tests", "fixtures", "basic.pcap")
TOUR = os.path.join(ROOT, "docs", "tour", "office.pcapng.xz")
ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[()][A-Z0-9]|\x1b[=>78]|\x07")


class Missing(Exception):
    pass


class Line:
    """The line under the cursor, as a terminal shows it after what libedit sends."""

    def __init__(self):
        self.cells, self.at, self.pending = [], 0, b""

    def feed(self, data):
        data = self.pending + data
        cut = data.rfind(b"\x1b")  # an escape sequence may come in two reads
        self.pending = b""
        if cut >= 0 and not re.match(rb"\x1b(\[[0-9;?]*[ -/]*[@-~]|[()].|[^\[()])", data[cut:]):
            data, self.pending = data[:cut], data[cut:]
        for m in re.finditer(rb"\x1b\[([0-9;?]*)([@-~])|\x1b[()].|\x1b[=>78]|(.)", data, re.S):
            if m.group(3):
                self.byte(m.group(3)[0])
            elif m.group(2):
                n = int(m.group(1)) if m.group(1).isdigit() else 1
                self.sequence(chr(m.group(2)[0]), n)

    def byte(self, b):
        if b == 10:
            self.cells, self.at = [], 0
        elif b == 13:
            self.at = 0
        elif b == 8:
            self.at = max(0, self.at - 1)
        elif b >= 32:
            self.cells[self.at:self.at + 1] = [b] if self.at < len(self.cells) else \
                [32] * (self.at - len(self.cells)) + [b]
            self.at += 1

    def sequence(self, kind, n):
        if kind == "C":
            self.at += n
        elif kind == "D":
            self.at = max(0, self.at - n)
        elif kind == "G":
            self.at = n - 1
        elif kind == "K":
            del self.cells[self.at:]
        elif kind == "P":
            del self.cells[self.at:self.at + n]
        elif kind == "@":
            self.cells[self.at:self.at] = [32] * n

    def __str__(self):
        return bytes(self.cells).decode("utf-8", "replace")


class Terminal:
    """A trawl on a pseudo terminal; `seen` is what it wrote and no expect() has used up."""

    def __init__(self, args, words=(), columns=100, home=None, env=None):
        self.patience, self.home = args.patience, home
        self.seen, self.all, self.line = b"", b"", Line()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            more = {"TZ": "UTC", "LC_ALL": "C.UTF-8", "TERM": "xterm", "HOME": home, "PAGER": "cat",
                    "XDG_STATE_HOME": home + "/state", "XDG_CONFIG_HOME": home + "/config",
                    "XDG_CACHE_HOME": home + "/cache", "XDG_DATA_HOME": home + "/data"}
            keep = {k: v for k, v in os.environ.items() if k == "PATH" or "SAN_OPTIONS" in k}
            os.execve(args.trawl, [args.trawl] + list(words), dict(keep, **more, **(env or {})))
        self.resize(columns)

    def resize(self, columns, rows=40):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds):
        if select.select([self.fd], [], [], seconds)[0]:
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                data = b""
            self.all += data
            self.line.feed(data)
            self.seen = ESCAPES.sub(b"", self.seen + data)
            return bool(data)
        return None

    def expect(self, text, seconds=None):
        """Wait until the text appears; gives what came before it."""
        text = text.encode() if isinstance(text, str) else text
        end = time.monotonic() + (seconds or self.patience)
        while text not in self.seen:
            left = end - time.monotonic()
            if left <= 0 or self.read(left) is False:
                raise Missing("%r did not come; the end of what did: %r" % (text, self.seen[-300:]))
        before, _, self.seen = self.seen.partition(text)
        return before.decode("utf-8", "replace")

    def prompt(self):
        """Wait for the prompt."""
        out = self.expect("> ")
        self.has_keyboard()
        return out

    def has_keyboard(self):
        """Wait until libedit, which writes the prompt a moment before, waits for a key: a Ctrl-D is lost before it has the
        keys, and the thread sanitizer of gcc 12 loses a signal that comes as a thread begins its first wait."""
        end = time.monotonic() + self.patience
        while termios.tcgetattr(self.fd)[3] & termios.ICANON or not self.sleeps():
            if time.monotonic() > end or self.read(0.005) is False:
                raise Missing("nobody takes the keys over; the end of what came: %r" % self.seen[-300:])

    def sleeps(self):
        with open("/proc/%d/stat" % self.pid) as f:
            return f.read().rpartition(")")[2].split()[0] == "S"

    def shows(self, text):
        """Wait until the line under the cursor holds the text."""
        end = time.monotonic() + self.patience
        while text not in str(self.line):
            left = end - time.monotonic()
            if left <= 0 or self.read(left) is False:
                raise Missing("the line does not show %r but %r" % (text, str(self.line)))

    def type(self, text):
        os.write(self.fd, text.encode())

    def interrupt(self, seconds):
        """Ctrl-C so often until the program has ended; its exit status."""
        end = time.monotonic() + self.patience
        while True:
            os.kill(self.pid, signal.SIGINT)
            try:
                return self.end(seconds)
            except Missing:
                if time.monotonic() > end:
                    raise

    def end(self, seconds=None):
        """Wait for the program to end by itself; its exit status."""
        stop = time.monotonic() + (seconds or self.patience)
        while time.monotonic() < stop:
            self.read(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.pid = 0
                return os.waitstatus_to_exitcode(status)
        raise Missing("it did not end; the end of what came: %r" % self.seen[-300:])

    def kill(self):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)


def check(what, fact):
    if not fact:
        raise Missing(what)


def test_ctrl_d_leaves(t):
    t().prompt()
    t.now.type("\x04")
    check("status 0", t.now.end() == 0)


def test_quit_leaves(t):
    t().prompt()
    t.now.type("quit\r")
    check("status 0", t.now.end() == 0)


def test_error_does_not_end_it(t):
    t().prompt()
    t.now.type("nosuchcommand\r")
    t.now.expect("error:")
    t.now.prompt()
    t.now.type("\x04")
    t.now.end()


def test_prompt_names_the_capture(t):
    t([BASIC])
    t.now.expect("basic")
    t.now.expect("> ")


def test_table_fits_the_window(t):
    t([BASIC], columns=60)
    t.now.prompt()
    t.now.type("packets | head 3\r")
    t.now.expect("\n")
    out = t.now.expect("> ")
    check("no line is longer than the window: %r" % out,
          all(len(line.rstrip("\r")) <= 60 for line in out.split("\n")[1:]))


def test_help_fits_the_window(t):
    for topic in "top", "dpi", "plot tcpseq", "tcp.analysis.bytes_in_flight", "reinjections":
        t([BASIC], columns=50)
        t.now.prompt()
        t.now.type("help %s\r" % topic)
        t.now.expect("\n")
        title = t.now.expect("\r\n\r\n")
        check("the title is there and no longer than the window: %r" % title,
              " — " in title and all(len(line.rstrip("\r")) <= 50 for line in title.split("\n")))


def test_watch_says_how_much_it_leaves_out(t):
    t([BASIC])
    t.now.prompt()
    t.now.type("watch 1s 'fields | select name' -c 1\r")
    check("34 rows of many are shown on 40 lines", "\n34 of " in t.now.expect(" rows"))


def test_tab_completes_a_command(t):
    t().prompt()
    t.now.type("warn\t")
    t.now.shows("> warnings ")


def test_tab_completes_a_column_after_a_pipe(t):
    t([BASIC])
    t.now.prompt()
    t.now.type("packets | select tcp.window_size_v\t")
    t.now.shows("packets | select tcp.window_size_value")


def test_tab_completes_a_file(t):
    t().prompt()
    t.now.type("load " + BASIC[:-5] + "-mod\t")
    t.now.shows("fixtures/basic-modified.pcap")


def test_tab_completes_an_order(t):
    t().prompt()
    t.now.type("compare --sort to\t")
    t.now.shows("compare --sort total ")


def test_tab_completes_the_number_of_an_mptcp_connection(t):
    t([os.path.join(ROOT, "tests", "fixtures", "mptcp-v0.pcap")])  # one, of two TCP connections
    t.now.prompt()
    t.now.type("ls \t")
    t.now.shows("> ls 0 ")


def test_tab_lists_operators_and_groups_of_fields(t):
    t([BASIC])
    t.now.prompt()
    t.now.type("packets | where tcp.port c\t")
    t.now.shows("where tcp.port contains ")
    t.now.type("\x03")
    t.now.prompt()
    t.now.type("packets | where \t")
    t.now.expect("tls.")
    out = t.now.expect("> ")
    check("groups, not each field: %r" % out, "tls.handshake" not in out and "more" not in out)


def test_prompt_is_drawn_once_after_a_command_that_was_stopped_or_saw_a_resize(t):
    t([BASIC])
    t.now.prompt()
    run(t, "echo runs\nsleep 1")
    os.kill(t.now.pid, signal.SIGCONT)  # as fg sends it
    t.now.resize(70)
    t.now.prompt()
    time.sleep(0.2)
    t.now.read(0)
    check("one prompt: %r" % t.now.seen, b">" not in t.now.seen)


def test_tab_lists_choices(t):
    t().prompt()
    t.now.type("s\t\t")
    t.now.expect("save")
    t.now.expect("subflows")


def test_arrow_up_recalls(t):
    t().prompt()
    t.now.type("help head\r")
    t.now.prompt()
    t.now.type("\x1b[A")
    t.now.shows("> help head")


def test_ctrl_r_searches_history(t):
    t().prompt()
    t.now.type("help select\r")
    t.now.prompt()
    t.now.type("help head\r")
    t.now.prompt()
    t.now.type("\x12sel")
    t.now.expect("help select")


def test_history_is_kept_private(t):
    t().prompt()
    t.now.type("help sort\r")
    t.now.prompt()
    t.now.type("\x04")
    t.now.end()
    path = os.path.join(t.home, "state", "trawl", "history")
    check("history file", os.path.exists(path))
    check("mode 0600", os.stat(path).st_mode & 0o777 == 0o600)
    t().prompt()
    t.now.type("\x1b[A")
    t.now.shows("> help sort")


def test_ctrl_c_clears_the_line(t):
    t().prompt()
    t.now.type("this is not a command\x03")
    t.now.prompt()
    t.now.type("\x04")
    check("still status 0", t.now.end() == 0)


def test_what_is_typed_after_ctrl_c_is_of_the_next_line(t):
    t([BASIC])
    t.now.prompt()
    for _ in range(4):
        t.now.type("this is not")
        time.sleep(0.2)
        t.now.type("\x03")
        t.now.type("captures\r")  # on its heels, as from expect or a paste
        t.now.prompt()
        out = t.now.prompt()
        check("no key lost: %r" % out, "unknown command" not in out and "duration" in out)
    t.now.type("\x04")
    check("status 0", t.now.end() == 0)


def test_ctrl_c_stops_a_command(t):
    t([BASIC])
    t.now.prompt()
    run(t, "echo runs\nexec sleep 1000")
    t.now.type("\x03")
    out = t.now.expect("> ")
    check("no error, but stopped: %r" % out, "error" not in out and "stopped" in out)
    t.now.type("captures\r")
    t.now.expect("basic")


def deaf(t, line):
    """Run what does not look at the cancel flag, and leave trawl by Ctrl-C; what stood in the home's out folder."""
    out = os.path.join(t.home, "out")
    os.mkdir(out)
    t([BASIC, "--plugin-dir", t.bad + "/bad_deaf"])
    t.now.prompt()
    t.now.type(line + "\r")
    t.now.expect("deaf from now on")
    there = os.listdir(out)
    for _ in range(5):  # keys that repeat
        t.now.type("\x03")
        time.sleep(0.02)
    time.sleep(3)  # a second, by the clock of who had them
    check("it is alive, and has not said a word", os.waitpid(t.now.pid, os.WNOHANG)[0] == 0)
    check("not a word: %r" % t.now.seen, b"answer" not in t.now.seen)
    t.now.type("\x03")
    t.now.expect("the command does not answer; press Ctrl-C again to leave trawl")
    time.sleep(0.4)
    t.now.type("\x03")
    check("status 130", t.now.end() == 130)
    check("nothing left: %s" % os.listdir(out), os.listdir(out) == [])
    return there


def script(t, text):
    """What runs the text as a program of a line."""
    with open(os.path.join(t.home, "script"), "w") as f:
        f.write(text + "\n")
    return "!sh " + f.name


def run(t, text, source="packets | "):
    """Run it, until it says 'runs', which is when it has all of its input."""
    t.now.type(source + script(t, ("cat >/dev/null\n" if source else "") + text) + "\r")
    t.now.expect("runs\r\n")


def test_a_ctrl_c_that_a_young_program_missed_is_sent_again(t):
    # dash forgets one between its vfork() and the exec: as if it had come to trawl alone
    t([BASIC])
    t.now.prompt()
    for text, source in (("exec sleep 1000", "packets | "), ("sleep 1000\necho not this", "")):
        for left in range(4, -1, -1):
            run(t, "echo runs\n" + text, source)
            os.kill(t.now.pid, signal.SIGINT)
            try:
                t.now.expect("> ", 20)
                break
            except Missing:  # on a machine so slow that it was a second old: it needs two
                check("one is enough", left)
                os.kill(t.now.pid, signal.SIGINT)
                t.now.prompt()
        t.now.has_keyboard()


def test_a_program_that_ignores_ctrl_c_is_ended_by_the_second(t):
    t([BASIC])
    t.now.prompt()
    run(t, "trap '' INT\necho runs\nsleep 1000")
    t.now.type("\x03")
    time.sleep(3)  # whoever minds the program looks often
    t.now.type("\x03")
    t.now.expect("ended by signal 15")
    t.now.prompt()


def test_a_program_may_have_ctrl_c_often(t):
    t([BASIC])
    t.now.prompt()
    run(t, "trap 'n=$((n + 1)); echo got $n; [ $n = 4 ] && exit' INT\necho runs\nwhile :; do sleep 0.1; done", "")
    for i in range(4):
        time.sleep(1.1 if i else 0)
        t.now.type("\x03")
        check("it is not for trawl", "to leave trawl" not in t.now.expect("got %d" % (i + 1)))
    t.now.prompt()
    t.now.type("quit\r")
    check("status 0", t.now.end() == 0)


def test_what_ends_trawl_ends_its_program(t):
    for signum in (signal.SIGTERM, signal.SIGHUP):
        t([BASIC])
        t.now.prompt()
        run(t, "echo runs\nsleep 1000\necho not this")
        os.kill(t.now.pid, signum)
        check("status of the signal", t.now.end() == 128 + signum)
        check("the program ended too: %r" % t.now.seen, b"not this" not in t.now.seen)


def test_ctrl_c_leaves_a_deaf_command(t):
    deaf(t, "bad-deaf")


def test_ctrl_c_leaves_a_deaf_writer_and_no_file(t):
    check("a temporary file was there", deaf(t, "packets > %s/out/x.deaf" % t.home))


def test_a_forced_end_leaves_no_half_picture(t):
    drawing = os.path.join(os.path.dirname(t.trawl), "trawl-plot")
    if not os.path.exists(drawing):
        return
    out = os.path.join(t.home, "out")
    os.mkdir(out)
    threads = os.environ.get("TSAN_OPTIONS", "") + " report_thread_leaks=0"  # a forced end waits for none
    for _ in range(20):  # it may be faster than we are
        t(["-q", "-r", TOUR, "-c", "packets | plot dots frame.number frame.len -o %s/x.svg" % out],
          env={"TSAN_OPTIONS": threads})
        end = time.monotonic() + t.now.patience
        while not os.listdir(out) and time.monotonic() < end:
            time.sleep(0.001)
        with open("/proc/%d/task/%d/children" % (t.now.pid, t.now.pid)) as f:
            child = int(f.read() or 0)
        with contextlib.suppress(ProcessLookupError):
            if child:
                os.kill(child, signal.SIGSTOP)  # it is in the middle for good
                if [n for n in os.listdir(out) if n.endswith(".part")]:
                    break
                os.kill(child, signal.SIGCONT)
        check("status 0", t.now.end() == 0)
        os.unlink(os.path.join(out, "x.svg"))
    check("it has begun: %s" % os.listdir(out), os.listdir(out))
    check("status 130", t.now.interrupt(0.1) == 130)
    check("nothing left: %s" % os.listdir(out), os.listdir(out) == [])
    end = time.monotonic() + t.now.patience
    while os.path.exists("/proc/%d/exe" % child) and time.monotonic() < end:
        time.sleep(0.01)
    check("who draws is gone", not os.path.exists("/proc/%d/exe" % child))


def test_keys_edit_the_line(t):
    t().prompt()
    t.now.type("elp load\x01h\x05\r")  # Ctrl-A, h, Ctrl-E
    t.now.expect("load capture files")


def test_startup_file_is_read(t):
    os.makedirs(os.path.join(t.home, "config", "trawl"))
    with open(os.path.join(t.home, "config", "trawl", "trawlrc"), "w") as f:
        f.write("load %s as fromrc\n" % BASIC)
    t().expect("fromrc")


def test_colour_only_with_meaning_and_switch(t):
    t([BASIC, "--color=never"])
    t.now.expect("> ")
    t.now.all = b""
    t.now.type("captures\r")
    t.now.expect("basic")
    t.now.expect("> ")
    check("no colour: %r" % t.now.all, not re.search(rb"\x1b\[[0-9;]*[1-9][0-9;]*m", t.now.all))


def test_hangup_ends_it(t):
    t().prompt()
    os.kill(t.now.pid, signal.SIGHUP)
    t.now.end()


def test_wide_and_tiny_windows(t):
    for columns in (1, 20, 500):
        t([BASIC], columns=columns)
        t.now.prompt()
        t.now.type("lc\r")
        t.now.prompt()
        t.now.type("\x04")
        check("status 0 with %d columns" % columns, t.now.end() == 0)


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("--trawl", default=os.environ.get("TRAWL", os.path.join(ROOT, "build", "trawl")))
    ap.add_argument("-v", action="store_true")
    ap.add_argument("names", nargs="*")
    args = ap.parse_args()
    args.trawl = os.path.abspath(args.trawl)
    args.patience = 120
    tests = [(k[5:], f) for k, f in globals().items() if k.startswith("test_")]
    bad = n = 0
    for name, body in tests:
        if args.names and not any(x in name for x in args.names):
            continue
        n += 1
        home = tempfile.mkdtemp(prefix="trawl-pty-")
        started = []

        class Starter:
            def __call__(self, words=(), **more):
                self.now = Terminal(args, words, home=home, **more)
                started.append(self.now)
                return self.now

        starter = Starter()
        starter.home, starter.trawl = home, args.trawl
        starter.bad = os.path.join(os.path.dirname(args.trawl), "tests", "plugins")
        try:
            body(starter)
            if args.v:
                print("ok    %s" % name)
        except Missing as e:
            bad += 1
            print("FAIL  %s: %s" % (name, e))
        finally:
            for x in started:
                x.kill()
                if b"Sanitizer" in x.all or b"runtime error:" in x.all:
                    bad += 1
                    print("FAIL  %s: sanitizer report: %r" % (name, x.all[-2000:]))
            shutil.rmtree(home)
    print("pty: %d tests, %d failed" % (n, bad))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
