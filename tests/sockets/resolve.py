#!/usr/bin/env python3
"""`top --resolve dns:SERVER` with a server of this script's own, which answers, denies, lies and keeps silent.

usage: resolve.py --trawl PATH"""
import argparse
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

ap = argparse.ArgumentParser(usage=__doc__)
ap.add_argument("--trawl", required=True)
a = ap.parse_args()
here = os.path.dirname(os.path.abspath(__file__))
fixture = os.path.join(here, "..", "fixtures", "basic.pcap")
bad = 0
PATIENCE = 120  # seconds


def name(labels):
    return b"".join(bytes([len(x)]) + x for x in labels) + b"\0"


asked = []


def serve(server, silent, slow=0):
    """PTR of 192.0.2.80: a name; of 2001:db8:80::80: a name with an escape sequence. silent: nothing at all."""
    while True:
        try:
            query, client = server.recvfrom(2000)
        except OSError:
            return
        asked.append(query)  # a retry on a slow machine has the same number
        time.sleep(slow)
        end = query.index(b"\0", 12) + 5
        v6 = b"ip6" in query[12:end]
        target = name([b"e\x1b[31mvil", b"example"]) if v6 else name([b"shop", b"example"])
        if not silent:
            server.sendto(query[:2] + b"\x81\x80" + struct.pack(">HHHH", 1, 1, 0, 0) + query[12:end] +
                          b"\xc0\x0c" + struct.pack(">HHIH", 12, 1, 60, len(target)) + target, client)


def start(port, line="top --resolve dns:127.0.0.1:%d | select name syn"):
    return subprocess.Popen([a.trawl, "--no-cache", "--tsv", "-r", fixture, line % port], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)


def check(what, ok, *shown):
    global bad
    if not ok:
        bad += 1
        print("resolve: %s: %s" % (what, shown))


servers = []
for silent, slow in ((False, 0), (True, 0), (False, 0.7)):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", 0))
    threading.Thread(target=serve, args=(s, silent, slow), daemon=True).start()
    servers.append(s.getsockname()[1])

p = start(servers[0], "top --resolve dns:127.0.0.1:%d --resolve-wait 2m | select name syn")
out, err = p.communicate(timeout=PATIENCE)
check("a name", b"shop.example\t2" in out and p.returncode == 0, out, err)
check("a lie", b"\x1b" not in out and b"2001:db8:80::80\t1" in out, out, err)

del asked[:]
p = start(servers[1], "top --resolve dns:127.0.0.1:%d --resolve-wait 10m | select name syn")
until = time.monotonic() + PATIENCE
while not asked and time.monotonic() < until:
    time.sleep(0.02)
while p.poll() is None and time.monotonic() < until:  # the thread sanitizer of gcc 12 loses one that comes with the first wait
    p.send_signal(signal.SIGINT)
    try:
        p.wait(timeout=5)
    except subprocess.TimeoutExpired:
        continue
out, err = p.communicate(timeout=PATIENCE)
check("Ctrl-C", p.returncode == 130, p.returncode, out, err)

p = start(servers[1])
out, err = p.communicate(timeout=PATIENCE)
check("silence", b"192.0.2.80\t2" in out and p.returncode == 0, out, err)

# it hangs: the rows are there in the time that it was given, with addresses, and a word about the names
out, err = start(servers[1], "top --resolve dns:127.0.0.1:%d --resolve-wait 200ms | select name syn").communicate(timeout=PATIENCE)
check("a bounded wait", b"192.0.2.80\t2" in out and b"2 addresses have no name" in err and b"--resolve-wait" in err, out, err)

# no time at all: names of the background are there the next time, and nothing is asked for again
line = "top --resolve dns:127.0.0.1:%d --resolve-wait 0s | select name syn" % servers[2]
p = subprocess.Popen([a.trawl, "-q", "--no-cache", "--tsv", "-r", fixture, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def ask():
    p.stdin.write(line.encode() + b"\n!echo END\n")
    p.stdin.flush()
    return b"".join(iter(p.stdout.readline, b"END\n"))


del asked[:]
first = later = ask()
until = time.monotonic() + PATIENCE
while b"192.0.2.80" in later and time.monotonic() < until:
    time.sleep(0.2)
    later = ask()
check("at once", b"192.0.2.80\t2" in first and b"shop.example" not in first, first)
check("later", b"shop.example\t2" in later and later == ask(), later)
check("asked once", len(set(asked)) == 2, asked)
p.communicate(timeout=PATIENCE)
print("resolve: %d bad" % bad)
sys.exit(1 if bad else 0)
