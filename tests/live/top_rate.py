#!/usr/bin/env python3
"""Does top's screen keep up: TCP of 10,000 destinations over a veth, `top -i` on a terminal, keys typed meanwhile.

usage: top_rate.py [--trawl PATH] [--send PATH] [--rate N] [--seconds N] [--by KIND]      as root; needs two cores

One line: packets sent, their rate, those that the kernel dropped, rows shown, the slowest key. Status 1: some
were dropped, or a key took more than 100 ms."""
import argparse
import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "pty"))
from screen import Screen  # noqa: E402

BUILD = os.path.join(HERE, "..", "..", "build")
ap = argparse.ArgumentParser(usage=__doc__)
ap.add_argument("--trawl", default=os.path.join(BUILD, "trawl"))
ap.add_argument("--send", default=os.path.join(BUILD, "tests", "tool_send_packets"))
ap.add_argument("--rate", type=int, default=300000)
ap.add_argument("--seconds", type=int, default=6)
ap.add_argument("--by", default="endpoint", help="sni and application: rows are made of all packets anew, and less often")
a = ap.parse_args()
A, B = "trawl-ta-%d" % os.getpid(), "trawl-tb-%d" % os.getpid()


def sh(line):
    subprocess.run(line, shell=True, check=True)


def measure():
    env = {"PATH": os.environ["PATH"], "TERM": "xterm", "HOME": "/nonexistent", "LC_ALL": "C"}
    s = Screen(["/sbin/ip", "netns", "exec", B, os.path.abspath(a.trawl), "--no-cache", "-c", "top -i vb --by " + a.by], 80, 24,
               20, env)
    s.wait("no TCP segment yet")
    sender = subprocess.Popen(["ip", "netns", "exec", A, a.send, "va", str(a.rate), str(a.seconds), "10000",
                               "10000", "tcp"], stdout=subprocess.PIPE, text=True)
    slowest = 0
    while sender.poll() is None:
        s.type("?")
        slowest = max(slowest, s.wait("only rows with this"))
        s.type("\x1b")
        s.wait("destination")
        until = time.monotonic() + 0.3
        while time.monotonic() < until:
            s.read(until - time.monotonic())
    until = time.monotonic() + 3
    while time.monotonic() < until:
        s.read(until - time.monotonic())
    sent = sender.stdout.read().split()
    dropped = int(re.search(r"kernel (\d+)", s.text()).group(1))
    rows = re.search(r"(\d+) of \d+ rows", s.text()).group(1)
    s.type("q")
    s.end()
    print("top's screen: %s packets at %s/s, %d dropped, %s rows, slowest key %.0f ms" %
          (sent[0], sent[1], dropped, rows, slowest * 1000))
    return dropped > 0 or slowest > 0.1


if os.geteuid() != 0:
    print("top_rate: skipped: not root")
    sys.exit(0)
try:
    sh("ip netns add %s; ip netns add %s; ip link add va netns %s type veth peer name vb netns %s" % (A, B, A, B))
    sh("for n in %s:va %s:vb; do ip -n ${n%%:*} link set ${n#*:} up; done" % (A, B))
    bad = measure()
finally:
    sh("ip netns del %s; ip netns del %s" % (A, B))
sys.exit(bad)
