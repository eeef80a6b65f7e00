#!/usr/bin/env python3
"""CSV of texts that a spreadsheet would run: names of interfaces, through the real program.

usage: csv_cells.py [--trawl PATH]

By default each cell comes back exactly: Python's csv module and the documented escapes (\\xNN, \\\\) give
the bytes of the capture. With --csv-safe a text that begins as a formula does (= + - @, a tab, a return;
also after blanks and quotes) has an apostrophe before it; every other cell, numbers above all, stays as it is.
Closes with 'csv: N texts, N bad'."""
import argparse
import csv
import io
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "fixtures"))
import containers  # noqa: E402

COLUMNS = ["frame.interface_name", "frame.number", "frame.len", "frame.time_delta"]
HEADS = ["", " ", "   ", '"', "'", ' "', "\"' ", "\t", "\r", "\n", " \t"]
LEADS = ["=", "+", "-", "@", "\t", "\r", "\t=", "\r\n@"]
TAILS = ["", "1+1", "cmd|' /C calc'!A0", 'SUM(A1,"x")', "2\t3", "\\x41\\", "\u00e9"]
PLAIN = ["eth0", "a=b", "a,-b", "1-2", "x @y", "\\=1", "\\", "\\x3d1", "caf\u00e9", "\u202e=1", "\x1b[31m", ".", ","]
TEXTS = [(h + l + t).encode() for h in HEADS for l in LEADS for t in TAILS] + [t.encode() for t in PLAIN] + \
    [b"\xff=1", b"=\xff", b"-\xc3", b" +\x80"]


def run(trawl, path, option=""):
    env = dict(os.environ, TZ="UTC", LC_ALL="C.UTF-8", HOME=os.path.dirname(path))
    line = "packets | select %s --csv %s" % (" ".join(COLUMNS), option)
    p = subprocess.run([trawl, "--no-cache", "-r", path, "-c", line], stdout=subprocess.PIPE, timeout=300, env=env, check=True)
    return list(csv.reader(io.StringIO(p.stdout.decode("utf-8"), newline=""), strict=True))


def plain(cell):
    """The bytes that the documented escapes stand for."""
    return re.sub(rb"\\(x([0-9a-f]{2})|\\)", lambda m: bytes.fromhex(m[2].decode()) if m[2] else b"\\", cell.encode())


def capture():
    f = containers.Pcapng("<")
    for text in TEXTS:
        f.interface(name=text)
    for i in range(len(TEXTS)):  # each second packet is earlier than the one before: a negative delta
        f.packet(1705312800 * 10**9 + (i ^ 1) * 10**6, bytes(60 + i % 9), interface=i)
    return f.out


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("--trawl", default=os.environ.get("TRAWL", os.path.join(HERE, "..", "build", "trawl")))
    trawl = os.path.abspath(ap.parse_args().trawl)
    bad = []
    with tempfile.TemporaryDirectory(prefix="trawl-csv-") as folder:
        path = os.path.join(folder, "texts.pcapng")
        with open(path, "wb") as f:
            f.write(capture())
        exact, safe = run(trawl, path), run(trawl, path, "--csv-safe")
    if exact[0] != COLUMNS or safe[0] != COLUMNS or len(exact) != len(TEXTS) + 1 or len(safe) != len(exact):
        bad.append("%d and %d lines, want %d" % (len(exact), len(safe), len(TEXTS) + 1))
    if not any(row[3].startswith("-") for row in exact[1:]):
        bad.append("no negative number to compare")
    n_guarded = 0
    for text, row, guarded in zip(TEXTS, exact[1:], safe[1:]):
        formula = re.match(rb"[ \"']*[=+\-@\t\r]", text) is not None
        n_guarded += formula
        if plain(row[0]) != text:
            bad.append("%r came back as %r" % (text, row[0]))
        if re.search(r"[\x00-\x1f\x7f-\x9f]", row[0] + guarded[0]):
            bad.append("%r: control bytes in the cell" % text)
        if guarded[0] != "'" * formula + row[0]:
            bad.append("%r: %r is %s" % (text, guarded[0], "not guarded" if formula else "changed"))
        if guarded[1:] != row[1:]:
            bad.append("numbers changed: %r, %r" % (row, guarded))
    print("\n".join(bad[:20]))
    print("csv: %d texts, %d of them formulas, %d bad" % (len(TEXTS), n_guarded, len(bad)))
    sys.exit(1 if bad else 0)


main()
