#!/usr/bin/env python3
"""How many packets a second come in from a veth on one core before the kernel drops some: 64-byte frames
of 10,000 flows, conversations followed all the time and the flows asked for each second.

usage: rate.py [--trawl PATH] [--flood PATH] [--send PATH] [--seconds N] [--destinations N] [--tcp] [--command LINE] [RATE ...]   as root

--command is what is asked for each second ('flows | count'). --flood sends (tool_flood_packets), or --send where this
kernel or user may not. For each rate one line: rate asked for, rate sent, packets received, dropped, lost, in order of
the rates, then the first that had drops."""
import argparse
import os
import subprocess
import sys
import time

from world import take_xdp

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.join(HERE, "..", "..", "build")
ap = argparse.ArgumentParser(usage=__doc__)
ap.add_argument("--trawl", default=os.path.join(BUILD, "trawl"))
ap.add_argument("--flood", default=os.path.join(BUILD, "tests", "tool_flood_packets"))
ap.add_argument("--send", default=os.path.join(BUILD, "tests", "tool_send_packets"))
ap.add_argument("--seconds", type=int, default=8, help="a buffer hides what shorter ones do not take in")
ap.add_argument("--destinations", default="1")
ap.add_argument("--tcp", action="store_true")
ap.add_argument("--command", default="flows | count")
ap.add_argument("rates", nargs="*", type=int)
a = ap.parse_args()
A, B = "trawl-ra-%d" % os.getpid(), "trawl-rb-%d" % os.getpid()
cores = sorted(os.sched_getaffinity(0))


def sh(line):
    subprocess.run(line, shell=True, check=True)


def send(rate, seconds):
    """Packets sent, and how many a second."""
    for program in (a.flood, a.send):
        if not os.path.exists(program):
            continue
        p = subprocess.run(["ip", "netns", "exec", A, "taskset", "-c", str(cores[-1]), program, "va", str(rate),
                            str(seconds), "10000", a.destinations] + ["tcp"] * a.tcp, capture_output=True, text=True)
        if p.returncode == 0:
            return p.stdout.split()
    sys.exit("rate: nothing was sent: %s" % p.stderr.strip())


def one(rate):
    script = "capture vb -f '%s' -B 64M as live\nwatch 1s '%s' -c %d\n" % ("tcp" if a.tcp else "udp", a.command,
                                                                        a.seconds + 2)
    trawl = subprocess.Popen(["ip", "netns", "exec", B, "taskset", "-c", str(cores[0]), a.trawl, "-q",
                              "--threads", "1", "-k", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             text=True)
    trawl.stdin.write(script)
    trawl.stdin.flush()
    time.sleep(1.5)
    sent = send(rate, a.seconds)  # it may take longer, where others are at work
    trawl.stdin.write("!sleep 2\ncaptures | select received dropped lost --format csv\ncapture stop\n")
    trawl.stdin.close()
    lines = trawl.stdout.read().split("\n")
    trawl.wait()
    received, dropped, lost = lines[lines.index("received,dropped,lost") + 1].split(",")
    print("%9d asked, %9s sent/s: %s sent, %s received, %s dropped, %s lost" %
          (rate, sent[1], sent[0], received, dropped, lost))
    return int(sent[0]) - int(received) + int(lost), int(sent[1])


if os.geteuid() != 0:
    print("rate: skipped: not root")
    sys.exit(0)
try:
    sh("ip netns add %s; ip netns add %s; ip link add va netns %s type veth peer name vb netns %s" %
       (A, B, A, B))
    sh("for n in %s:va %s:vb; do ip -n ${n%%:*} link set ${n#*:} up; done" % (A, B))
    take_xdp(B, "vb")
    for r in a.rates or [300000, 500000, 750000, 1000000, 1250000, 1500000, 2000000]:
        missing, sent_rate = one(r)
        if missing:
            print("drops start at %d packets/s" % sent_rate)
            break
        if sent_rate < r * 0.95:
            print("no drops: this machine sends no more than %d packets/s" % sent_rate)
            break
finally:
    sh("ip netns del %s; ip netns del %s" % (A, B))
