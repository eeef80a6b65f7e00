#!/usr/bin/env python3
"""`dnstap listen` with senders of this script's own, and with fstrm_replay where it is installed.

usage: listen.py --trawl PATH"""
import argparse
import fcntl
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures"))
from makers import dnstap as tap

ap = argparse.ArgumentParser(usage=__doc__)
ap.add_argument("--trawl", required=True)
a = ap.parse_args()
fixture = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures", "names.dnstap")
bad = 0
PATIENCE = 120  # seconds


class Listener:
    def __init__(self, folder, *options, after="packets | select frame.number sport", before=""):
        self.path = os.path.join(folder, "tap.sock")
        self.run = subprocess.Popen(
            ["sh", "-c", before + 'exec "$@"', "sh", os.path.abspath(a.trawl), "--format", "tsv",
             "dnstap listen '%s' %s; %s" % (self.path, " ".join(options), after)],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        end = time.time() + PATIENCE
        while not os.path.exists(self.path) and self.run.poll() is None and time.time() < end:
            time.sleep(0.02)

    def connect(self):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(PATIENCE)
        end = time.time() + PATIENCE
        while time.time() < end:  # bound, and listening a moment later
            try:
                s.connect(self.path)
                return s
            except ConnectionRefusedError:
                time.sleep(0.02)
        raise SystemExit("listen: nobody listens")

    def interrupt(self):
        """Ctrl-C; again after a while, for the thread sanitizer of gcc 12 loses one that comes with the first wait."""
        while self.run.poll() is None:
            self.run.send_signal(signal.SIGINT)
            try:
                self.run.wait(timeout=5)
            except subprocess.TimeoutExpired:
                continue

    def end(self, what, n, status, says="", out=""):
        global bad
        shown, err = self.run.communicate(timeout=PATIENCE)
        rows = max(len(shown.split("\n")) - 2, 0)
        if (rows, self.run.returncode) != (n, status) or says not in err or out not in shown or os.path.exists(self.path):
            bad += 1
            print("%s: %d rows, status %d, want %d and %d; stderr: %s" % (what, rows, self.run.returncode, n, status, err))
        else:
            print("ok: %s" % what)


def greet(s):
    s.sendall(tap.control(tap.READY, tap.CONTENT))
    want = tap.control(1, tap.CONTENT)  # ACCEPT
    got = b""
    while len(got) < len(want):
        more = s.recv(len(want) - len(got))
        if not more:
            return False
        got += more
    s.sendall(tap.control(tap.START, tap.CONTENT))
    return got == want


def payload(i):
    return tap.frame(tap.message(5, b"", src="10.0.0.1", dst="10.0.0.2", sport=1000 + i, asked=(1 + i) * 10**9))


def main():
    with tempfile.TemporaryDirectory() as folder:
        one = Listener(folder)
        s = one.connect()
        ok = greet(s)
        s.sendall(b"".join(payload(i) for i in range(300)) + tap.control(tap.STOP))
        finish = s.recv(100)
        one.end("a stream from READY to FINISH", 300, 0 if ok and finish == tap.control(tap.FINISH) else -1)

        one = Listener(folder)
        s = one.connect()
        s.sendall(tap.control(tap.START, tap.CONTENT) + payload(0) + payload(1) + tap.control(tap.STOP))
        s.close()
        one.end("a stream in one direction", 2, 0)

        one = Listener(folder)
        one.connect().close()
        other = subprocess.run([a.trawl, "dnstap listen '%s'" % one.path], capture_output=True, text=True)
        s = one.connect()
        ok = greet(s) and other.returncode == 1 and "address already in use" in other.stderr
        s.sendall(payload(0) + tap.control(tap.STOP))
        one.end("who looks whether somebody listens is no sender", 1, 0 if ok else -1)
        s.close()

        one = Listener(folder)
        s = one.connect()
        greet(s)
        s.sendall(payload(0) + payload(1) + payload(2)[:20])
        s.close()
        one.end("a sender that goes away", 2, 0, "went away in the middle")

        one = Listener(folder)
        s = one.connect()
        greet(s)
        s.sendall(payload(0) * 5)
        while struct.unpack("i", fcntl.ioctl(s, termios.TIOCOUTQ, bytes(4)))[0]:  # not taken yet
            time.sleep(0.02)
        time.sleep(1)
        one.interrupt()
        one.end("Ctrl-C keeps what came", 5, 0)
        s.close()

        one = Listener(folder)
        time.sleep(0.3)
        one.interrupt()
        one.end("Ctrl-C before anything came", 0, 130)

        one = Listener(folder, "as packets --count 3")
        one.end("a name that a table has", 0, 2, "a capture cannot be called 'packets'")

        one = Listener(folder, "as now --count 3", after="captures --wide")
        s = one.connect()
        greet(s)
        s.sendall(payload(0) * 5)
        one.end("--count; the socket is the capture's path", 1, 0, out="\t%s\n" % one.path)
        s.close()

        one = Listener(folder, before="ulimit -f 4096; ")  # blocks of 512 bytes; a sanitizer's own files fit
        s = one.connect()
        greet(s)
        try:
            s.sendall(payload(0) * 100000)
        except BrokenPipeError:
            pass  # it has given up
        one.end("no room for what came", 0, 1, "cannot write what came: file too large")
        s.close()

        one = Listener(folder)
        s = one.connect()
        s.sendall(tap.control(tap.READY, b"protobuf:other"))
        s.recv(100)  # an ACCEPT of nothing
        s.sendall(tap.control(tap.START, b"protobuf:other"))
        one.end("another content type", 0, 1, "the sender says no Frame Streams of " + tap.CONTENT.decode())
        s.close()

        one = Listener(folder)
        s = one.connect()
        greet(s)
        s.sendall(payload(0) + struct.pack(">I", 2**31) + b"x" * 100)
        one.end("a frame of 2 GiB", 1, 0, "damaged frame")
        s.close()

        left = socket.socket(socket.AF_UNIX)
        left.bind(os.path.join(folder, "tap.sock"))
        left.close()
        one = Listener(folder, "--duration 300ms")
        one.end("a socket left behind is replaced", 0, 1, "no message came")

        if shutil.which("fstrm_replay"):
            one = Listener(folder)
            one.connect().close()  # it asks once
            subprocess.run(["fstrm_replay", "-t", tap.CONTENT.decode(), "-r", fixture, "-u", one.path], timeout=PATIENCE,
                           check=True)
            one.end("fstrm_replay", 10, 0)
        else:
            print("skipped: fstrm_replay is not installed")
    return bad


sys.exit(1 if main() else 0)
