"""A program on a pseudo terminal whose screen is kept as text: what tests of full-screen commands look at.

Knows the sequences that ncurses sends for TERM=xterm, and no program."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
import unicodedata

SEQUENCE = re.compile(rb"\x1b\[([?>]?)([0-9;]*)([ -/]*)([@-~])|\x1b[()*+].|\x1b[=>78HMDEc]|\x1b\][^\x07]*\x07")


class Missing(Exception):
    pass


class Grid:
    """Cells of a terminal after the bytes that were fed to it."""

    def __init__(self, columns, rows):
        self.pending, self.alternate, self.hidden, self.kept = b"", False, False, None
        self.resize(columns, rows)

    def resize(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.cells = [[" "] * columns for _ in range(rows)]
        self.x = self.y = self.top = 0
        self.bottom, self.last = rows - 1, " "

    def lines(self):
        return ["".join(row).rstrip() for row in self.cells]

    def feed(self, data):
        data, self.pending = self.pending + data, b""
        i = 0
        while i < len(data):
            if data[i] == 0x1b:
                m = SEQUENCE.match(data, i)
                if not m:
                    if len(data) - i < 40:
                        self.pending = data[i:]
                        return
                    i += 1
                    continue
                self.sequence(m)
                i = m.end()
            elif data[i] < 0x20 or data[i] == 0x7f:
                self.control(data[i])
                i += 1
            else:
                n = 1 if data[i] < 0x80 else 2 if data[i] < 0xe0 else 3 if data[i] < 0xf0 else 4
                if len(data) - i < n:
                    self.pending = data[i:]
                    return
                self.put(data[i:i + n].decode("utf-8", "replace")[:1])
                i += n

    def put(self, c):
        if unicodedata.combining(c):
            return
        width = 2 if unicodedata.east_asian_width(c) in "WF" else 1
        if self.x + width > self.columns:
            self.x = 0
            self.down()
        self.cells[self.y][self.x] = self.last = c
        if width == 2:
            self.cells[self.y][self.x + 1] = ""
        self.x += width

    def down(self):
        if self.y == self.bottom:
            del self.cells[self.top]
            self.cells.insert(self.bottom, [" "] * self.columns)
        else:
            self.y = min(self.y + 1, self.rows - 1)

    def control(self, b):
        if b == 13:
            self.x = 0
        elif b == 10:
            self.down()
        elif b == 8:
            self.x = max(0, self.x - 1)
        elif b == 9:
            self.x = min(self.columns - 1, self.x // 8 * 8 + 8)

    def sequence(self, m):
        if m.group(0) == b"\x1bM":
            if self.y == self.top:
                del self.cells[self.bottom]
                self.cells.insert(self.top, [" "] * self.columns)
            else:
                self.y -= 1
        if m.group(4) is None:
            return
        kind, words = m.group(4).decode(), [int(w or 0) for w in m.group(2).decode().split(";")]
        n = words[0] or 1
        if m.group(1) == b"?":
            if 1049 in words and self.alternate != (kind == "h"):
                self.alternate = kind == "h"
                kept, self.kept = self.kept, (self.cells, self.x, self.y)
                if kept and len(kept[0]) == self.rows and len(kept[0][0]) == self.columns:
                    self.cells, self.x, self.y = kept
                else:
                    self.cells = [[" "] * self.columns for _ in range(self.rows)]
            if 25 in words:
                self.hidden = kind == "l"
            return
        if m.group(1) or m.group(3):
            return
        row = self.cells[self.y]
        if kind in "Hf":
            self.y, self.x = min(n, self.rows) - 1, min((words + [1])[1] or 1, self.columns) - 1
        elif kind == "A":
            self.y = max(0, self.y - n)
        elif kind == "B":
            self.y = min(self.rows - 1, self.y + n)
        elif kind == "C":
            self.x = min(self.columns - 1, self.x + n)
        elif kind == "D":
            self.x = max(0, self.x - n)
        elif kind == "G":
            self.x = min(n, self.columns) - 1
        elif kind == "d":
            self.y = min(n, self.rows) - 1
        elif kind == "J":
            for y in range(self.rows):
                for x in range(self.columns):
                    after = (y, x) >= (self.y, self.x)
                    if words[0] == 2 or after == (words[0] == 0):
                        self.cells[y][x] = " "
        elif kind == "K":
            span = [range(self.x, self.columns), range(0, self.x + 1), range(self.columns)][words[0]]
            for x in span:
                row[x] = " "
        elif kind == "X":
            row[self.x:self.x + n] = [" "] * min(n, self.columns - self.x)
        elif kind == "P":
            row[self.x:] = (row[self.x + n:] + [" "] * n)[:self.columns - self.x]
        elif kind == "@":
            row[self.x:] = ([" "] * n + row[self.x:])[:self.columns - self.x]
        elif kind == "b":
            for _ in range(n):
                self.put(self.last)
        elif kind in "LM":
            for _ in range(n):
                gone, new = (self.bottom, self.y) if kind == "L" else (self.y, self.bottom)
                del self.cells[gone]
                self.cells.insert(new, [" "] * self.columns)
        elif kind in "ST":
            for _ in range(n):
                gone, new = (self.top, self.bottom) if kind == "S" else (self.bottom, self.top)
                del self.cells[gone]
                self.cells.insert(new, [" "] * self.columns)
        elif kind == "r":
            self.top, self.bottom = n - 1, (words[1] if len(words) > 1 and words[1] else self.rows) - 1
            self.x = self.y = 0


class Screen:
    """A program with the words `argv` on a pseudo terminal of so many columns and rows."""

    def __init__(self, argv, columns, rows, patience, env):
        self.patience, self.bytes, self.pid = patience, b"", 0
        self.grid = Grid(columns, rows)
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(slave)
        self.slave = slave  # kept open: the state is looked at after the program ended
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            for fd in range(3):
                os.dup2(slave, fd)
            os.close(master)
            os.execve(argv[0], argv, env)
        self.fd = master

    def resize(self, columns, rows):
        self.grid.resize(columns, rows)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds):
        if select.select([self.fd], [], [], max(0, seconds))[0]:
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                return False
            self.bytes += data
            self.grid.feed(data)
            return True
        return None

    def text(self):
        return "\n".join(self.grid.lines())

    def wait(self, what, seconds=None):
        """Until the text is on the screen, or the function of the screen's text is true; gives the
        seconds that it took."""
        there = what if callable(what) else lambda text: what in text
        start = time.monotonic()
        end = start + (seconds or self.patience)
        while not there(self.text()):
            if time.monotonic() > end or self.read(end - time.monotonic()) is False:
                raise Missing("%r did not come; the screen is:\n%s" % (what, self.text()))
        return time.monotonic() - start

    def type(self, text):
        os.write(self.fd, text.encode())

    def has_keyboard(self):
        """Wait until keys are taken as they come: the shell writes its prompt a moment before."""
        end = time.monotonic() + self.patience
        while termios.tcgetattr(self.slave)[3] & termios.ICANON:
            if time.monotonic() > end or self.read(0.005) is False:
                raise Missing("nobody takes the keys over; the screen is:\n%s" % self.text())

    def signal(self, number):
        os.kill(self.pid, number)

    def end(self):
        """Wait for the program's end; its exit status, or minus the signal."""
        stop = time.monotonic() + self.patience
        while time.monotonic() < stop:
            self.read(0.02)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.pid = 0
                while self.read(0.05):
                    pass
                return os.waitstatus_to_exitcode(status)
        raise Missing("it did not end; the screen is:\n" + self.text())

    def is_as_before(self):
        """The terminal's settings, as stty -a shows them, its cursor, and the screen shown."""
        return (termios.tcgetattr(self.slave) == self.before and not self.grid.alternate and
                not self.grid.hidden)

    def kill(self):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.pid = 0
        for fd in (self.fd, self.slave):
            if fd >= 0:
                os.close(fd)
        self.fd = self.slave = -1
