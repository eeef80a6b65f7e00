#!/usr/bin/env python3
"""Live capture beside other programs, whose own figures are what is wanted: iperf3's bytes, the kernel's count of
retransmissions and its round-trip times over a link with loss and delay, tcpreplay's packets; and what a user who is
not root may do.

usage: peers.py --trawl PATH [--only NAME]     skipped, with a word, without root, namespaces or the program"""
import argparse
import functools
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import time

import relay
import world
from world import A, B, PATIENCE, check, ip, run, send, wait_for

ap = argparse.ArgumentParser(usage=__doc__)
ap.add_argument("--trawl", required=True)
ap.add_argument("--only", help="tests whose names contain this")
a = ap.parse_args()
Shell = functools.partial(world.Shell, a.trawl)
HERE = os.path.dirname(os.path.abspath(__file__))


def has(program, test):
    if shutil.which(program):
        return True
    print("peers: %s skipped: no '%s'" % (test, program))
    return False


def start(namespace, *words):
    return subprocess.Popen(["ip", "netns", "exec", namespace] + list(words), stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True)


def test_iperf3(folder):
    """The connection carried what iperf3 says, between received and sent, with the 37 bytes of its cookie before it."""
    if not has("iperf3", "test_iperf3"):
        return
    s = Shell(folder)
    s.say("capture vb -s 128 -B 64M -f 'tcp port 5201' as live")
    s.until("captures", lambda r: r and r[0]["state"] == "live")
    server = start(B, "iperf3", "-s", "-1", "--forceflush")
    while "listening" not in server.stdout.readline():
        continue
    report = json.loads(run("ip", "netns", "exec", A, "iperf3", "-c", "10.9.0.2", "-n", "5M", "-J").stdout)
    server.communicate(timeout=PATIENCE)
    received, sent = (report["end"][k]["bytes"] for k in ("sum_received", "sum_sent"))
    port = report["start"]["connected"][0]["local_port"]
    # what was given to the socket last need not have left it when iperf3 ends
    rows = s.until("tcptrace | where sport == %d and sender == 'client' | select unique_bytes_sent" % port,
                   lambda r: r and r[0]["unique_bytes_sent"] >= received + 37)
    check("bytes of iperf3", len(rows) == 1 and received + 37 <= rows[0]["unique_bytes_sent"] <= sent + 37,
          (rows, received, sent))
    row = s.ask("captures")[0]
    check("nothing was dropped", (row["dropped"], row["lost"]) == (0, 0), row)
    s.end()


# Sends 400 kB to 10.7.0.2 and prints the kernel's tcpi_total_retrans, tcpi_rtt and tcpi_min_rtt once all is acknowledged.
SENDER = ("import socket, struct, time; c = socket.create_connection(('10.7.0.2', 7777)); c.sendall(b'x' * 400000)\n"
          "c.shutdown(socket.SHUT_WR); c.recv(1)\n"
          "i = c.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)\n"
          "print(struct.unpack_from('I', i, 100)[0], struct.unpack_from('I', i, 68)[0],\n"
          "      struct.unpack_from('I', i, 148)[0], flush=True)")
TAKER = ("import socket; l = socket.create_server(('10.7.0.2', 7777)); print('up', flush=True); c, _ = l.accept(); n = 0\n"
         "while True:\n    d = c.recv(65536); n += len(d)\n    if not d: break\n"
         "c.close(); print(n, flush=True)")


def test_loss_and_delay(folder):
    """10 ms each way, each 25th segment lost: what is retransmitted is what the kernel counts, the round trip is what
    was set; and on the other side of the loss the holes are as many."""
    if not os.path.exists("/dev/net/tun"):
        return print("peers: test_loss_and_delay skipped: no /dev/net/tun")
    fds = relay.open_tun(A, "ta"), relay.open_tun(B, "tb")
    for ns, dev, here, there in ((A, "ta", "10.7.0.1", "10.7.0.2"), (B, "tb", "10.7.0.2", "10.7.0.1")):
        ip("-n", ns, "addr", "add", here, "peer", there, "dev", dev)
        ip("-n", ns, "link", "set", dev, "up")
    link = relay.Relay(fds[0], fds[1], 0.010, 25)
    near = subprocess.Popen(["ip", "netns", "exec", A, os.path.abspath(a.trawl), "-q", "-k", "-"], cwd=folder,
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
                            env={"PATH": os.environ["PATH"], "HOME": folder, "LC_ALL": "C"})
    near.stdin.write("capture ta -f 'tcp port 7777' -w near.pcap as near\n!echo up\n")
    near.stdin.flush()
    near.stdout.readline()
    s = Shell(folder)
    s.say("capture tb -f 'tcp port 7777' as far")
    s.until("captures", lambda r: r and r[0]["state"] == "live")
    taker = start(B, sys.executable, "-c", TAKER)
    taker.stdout.readline()
    sender = start(A, sys.executable, "-c", SENDER)
    retrans, rtt, min_rtt = map(int, sender.communicate(timeout=PATIENCE)[0].split())
    check("all came", taker.communicate(timeout=PATIENCE)[0].strip() == "400000")
    out, _ = near.communicate("capture stop\ntcptrace | where sender == 'client' | select rexmt_data_pkts unique_bytes_sent "
                              "--format ndjson\ntcp_rtt | where sender == 'client' | select method rtt --format ndjson\n",
                              timeout=PATIENCE)
    link.end()
    rows = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    check("some were lost", link.n_lost >= 8, link.n_lost)
    check("retransmissions as the kernel counts them", rows[0] ==
          {"rexmt_data_pkts": retrans, "unique_bytes_sent": 400000}, (rows[0], retrans, link.n_lost))
    trips = [r["rtt"] for r in rows[1:] if r["method"] == "karn"]
    check("no round trip is shorter than 20 ms", trips and min(trips) >= 0.020, trips)
    check("nor than the kernel's, which has samples of SACKs too", trips and 0.020 <= min_rtt / 1e6 <= min(trips) + 0.001,
          (trips and min(trips), min_rtt, rtt))
    far = s.until("tcptrace | where sender == 'client' | select unique_bytes_sent", lambda r: r and
                  r[0]["unique_bytes_sent"] == 400000)
    check("all of it on the other side", far == [{"unique_bytes_sent": 400000}], far)
    holes = s.ask("packets | where tcp.analysis.lost_segment | count")[0]["count"]
    check("with holes, but no more than were lost", 0 < holes <= link.n_lost, (holes, link.n_lost))
    check("no errors", "error:" not in s.end())


def write_pcap(path, n):
    frame = (bytes([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0]) +
             struct.pack(">BBHHHBBH4s4s", 0x45, 0, 46, 0, 0, 64, 17, 0, bytes([10, 9, 0, 1]), bytes([10, 9, 0, 2])) +
             struct.pack(">HHHH", 6000, 6001, 26, 0) + bytes(18))
    with open(path, "wb") as f:
        f.write(struct.pack("=IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for i in range(n):
            f.write(struct.pack("=IIII", 1700000000, i, len(frame), len(frame)) + frame)


def test_replay(folder):
    """As many packets as tcpreplay sent: rows and drops together; and there are drops, for the reader is stopped
    while they come into a buffer that is too small."""
    if not has("tcpreplay", "test_replay"):
        return
    path = os.path.join(folder, "many.pcap")
    write_pcap(path, 5000)
    s = Shell(folder)
    s.say("capture vb -B 64k -f 'udp port 6001' as live")
    s.until("captures", lambda r: r and r[0]["state"] == "live")
    s.p.send_signal(signal.SIGSTOP)
    p = run("ip", "netns", "exec", A, "tcpreplay", "-i", "va", "--topspeed", "--loop", "4", path)
    s.p.send_signal(signal.SIGCONT)
    check("tcpreplay sent them", "Successful packets:        20000" in p.stdout, p.stdout + p.stderr)
    row = s.until("captures", lambda r: r[0]["packets"] + r[0]["dropped"] == 20000)[0]
    check("packets sent are rows and drops", row["packets"] + row["dropped"] + row["lost"] == 20000 and
          row["packets"] == row["received"], row)
    check("some were dropped", row["dropped"] > 0, row)
    s.say("capture stop")
    err = s.end()
    check("and that is told", "%d packets received, %d dropped by the kernel" % (row["packets"], row["dropped"]) in err, err)


def test_flooded_stop(folder):
    """More packets come than can be taken in, at the end too: counters go on, commands are answered, it ends, and the
    file has what was received."""
    tools = [os.path.join(os.path.dirname(os.path.abspath(a.trawl)), "tests", "tool_" + n + "_packets")
             for n in ("flood", "send")]
    if not all(map(os.path.exists, tools)):
        return print("peers: test_flooded_stop skipped: no '%s'" % tools[0])
    world.take_xdp(B, "vb")
    # a small buffer, and a limit that lets packets go all the time
    s = Shell(folder, "--memory-limit", "64M", before=["taskset", "-c", "0"])
    s.say("capture vb -B 64k -f 'udp port 4096' -w out.pcap as live")
    s.until("captures", lambda r: r and r[0]["state"] == "live")
    for tool in tools:
        sender = start(A, tool, "va", "3000000", "30", "1000")
        time.sleep(1)
        if sender.poll() is None:
            break
        print("peers: test_flooded_stop: %s" % sender.communicate()[0].strip())
    first = s.until("captures | select received dropped", lambda r: r[0]["received"])[0]
    second = s.until("captures | select received dropped", lambda r: r[0]["received"] > first["received"])[0]
    check("counters go on while it is flooded", second["received"] > first["received"] > 0, (first, second))
    began = time.time()
    s.say("capture stop")
    row = s.ask("captures")[0]
    took = time.time() - began
    check("it ends while they come", row["state"] == "stopped" and took < PATIENCE and sender.poll() is None, (took, row))
    sender.terminate()
    sender.communicate()
    size = os.path.getsize(os.path.join(folder, "out.pcap"))
    check("the file has what was received", size == 24 + row["received"] * 76, (size, row))
    err = s.end()
    check("and the counters are told once", err.count("'live': %d packets received, %d dropped by the kernel" % (
          row["received"], row["dropped"])) == 1, err)


NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]


def status_of(namespace):
    """What /proc tells of trawl there."""
    for pid in run("ip", "netns", "pids", namespace).stdout.split():
        try:
            with open("/proc/%s/status" % pid) as f:
                text = f.read()
        except OSError:  # the end of an 'echo'
            continue
        if text.startswith("Name:\ttrawl"):
            return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
    return {}


def capabilities_of(pid):
    """All that any of its threads has."""
    found = set()
    for task in os.listdir("/proc/%s/task" % pid):
        with open("/proc/%s/task/%s/status" % (pid, task)) as f:
            found.update(line.split()[1] for line in f if line[:6] in ("CapEff", "CapPrm", "CapInh", "CapAmb"))
    return found


def test_not_root(folder):
    """A user who is not root: forbidden without CAP_NET_RAW; with it, and nothing else, as an ambient capability or
    the program's own, packets come in; --user gives it up once the interface is open."""
    os.chmod(folder, 0o777)
    if not has("setpriv", "test_not_root"):
        return
    if run(*NOBODY, os.path.abspath(a.trawl), "-c", "plugins").returncode:
        return print("peers: test_not_root skipped: a user who is not root cannot run '%s'" % a.trawl)
    s = Shell(folder, before=NOBODY)
    s.say("capture vb as none")
    s.ask("captures")
    err = s.end()
    check("forbidden", err.count("error: may not capture on 'vb'") == 1 and
          "setcap cap_net_raw+ep %s\n" % os.path.realpath(a.trawl) in err, err)
    ways = [(NOBODY + ["--inh-caps", "+net_raw", "--ambient-caps", "+net_raw"], a.trawl)]
    if has("setcap", "a part of test_not_root"):
        copy = os.path.join(folder, "trawl")
        shutil.copy(a.trawl, copy)
        os.symlink(os.path.join(os.path.dirname(os.path.abspath(a.trawl)), "plugins"), os.path.join(folder, "plugins"))
        if run("setcap", "cap_net_raw+ep", copy).returncode == 0:
            ways.append((NOBODY, copy))
        else:
            print("peers: a part of test_not_root skipped: setcap does not work here")
    for before, program in ways:
        s = world.Shell(program, folder, before=before)
        s.say("capture vb -f udp --user nobody as live")
        s.until("captures", lambda r: r and r[0]["state"] == "live")
        send(20)
        rows = s.until("captures", lambda r: r[0]["packets"] == 20)
        check("with CAP_NET_RAW packets come in", rows and rows[0]["packets"] == 20, (rows, program))
        status = status_of(B)
        check("as nobody", status.get("Uid", "").split() == ["65534"] * 4, status)
        check("without any capability any more, in all its threads", capabilities_of(status["Pid"]) == {"0" * 16}, status)
        s.say("capture vb as again")
        s.ask("captures")
        err = s.end()
        check("and no other interface", err.count("error: may not capture on 'vb'") == 1, err)


def test_small_disk(folder):
    """The disk is full in the middle: one line, a file of whole records, and no packet is missing in the capture."""
    disk = os.path.join(folder, "disk")
    os.mkdir(disk)
    if run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk).returncode:
        return print("peers: test_small_disk skipped: no tmpfs can be mounted")
    try:
        s = Shell(folder)
        s.say("capture vb -f udp -w disk/out.pcap as live")
        s.until("captures", lambda r: r and r[0]["state"] == "live")
        for n in (200, 400, 600, 800, 1000):  # 88 bytes each, 88 kB in all
            send(200)
            s.until("captures", lambda r: r[0]["packets"] == n)
            if n == 200:  # what was written so far is on the disk
                wait_for(lambda: os.path.getsize(os.path.join(disk, "out.pcap")) == 24 + 200 * 88)
        s.say("capture stop")
        check("all packets are there", s.ask("live | count") == [{"count": 1000}])
        err = s.end()
        size = os.path.getsize(os.path.join(disk, "out.pcap"))
        check("one line", err.count("could not write 'disk/out.pcap'") == 1 and "error:" not in err, err)
        check("as many are said to be written", "%d written" % ((size - 24) // 88) in err, (size, err))
        check("whole records, those that had room", (size - 24) % 88 == 0 and 200 * 88 <= size - 24 < 65536, size)
        check("which can be read", run(os.path.abspath(a.trawl), os.path.join(disk, "out.pcap"), "-c",
                                       "packets | count --format csv").stdout == "count\n%d\n" % ((size - 24) // 88))
    finally:
        run("umount", disk)


PCAP_HEAD = struct.pack("=IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)


def datagrams(n):
    """Records of n flows, one a second."""
    frames = b""
    for i in range(n):
        frame = (bytes(12) + b"\x08\0" + struct.pack(">BBHHHBBH4s4s", 0x45, 0, 30, 0, 0, 64, 17, 0, bytes([10, 0, 0, 1]),
                 bytes([10, 0, 0, 2])) + struct.pack(">HHHH", 1000 + i, 53, 10, 0) + b"ab")
        frames += struct.pack("=IIII", 1700000000 + i, 0, len(frame), len(frame)) + frame
    return frames


def test_export_begins_full(folder):
    """There is room for the first 512 flows of 1,180 that have ended: the command fails, and nothing comes later."""
    disk = os.path.join(folder, "disk")
    os.mkdir(disk)
    if run("mount", "-t", "tmpfs", "-o", "size=192k", "tmpfs", disk).returncode:
        return print("peers: test_export_begins_full skipped: no tmpfs can be mounted")
    try:
        with open(os.path.join(folder, "a.pcap"), "wb") as f:
            f.write(PCAP_HEAD + datagrams(1300))
        s = Shell(folder)
        s.say("load --follow a.pcap as log")
        s.until("captures", lambda r: r and r[0]["packets"] == 1300)
        s.say("idle_export disk/out.ndjson")
        s.told("could not write")
        s.say("capture stop")
        err = s.end()
        with open(os.path.join(disk, "out.ndjson"), encoding="utf-8") as f:
            ports = [json.loads(line)["sport"] for line in f]
        check("one error", err.count("error: could not write 'disk/out.ndjson'") == 1 and "wait" not in err, err)
        check("whole lines", ports == list(range(1000, 1512)), len(ports))
    finally:
        run("umount", disk)


def test_export_waits_for_room(folder):
    """The disk of an export of flows is full: one line, and the flows are written once there is room; none is missing."""
    disk, path = os.path.join(folder, "disk"), os.path.join(folder, "disk", "out.ndjson")
    os.mkdir(disk)
    if run("mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", disk).returncode:
        return print("peers: test_export_waits_for_room skipped: no tmpfs can be mounted")
    frames = datagrams(300)  # 179 are older than 120 s by the clock of the last

    def lines():
        with open(path, encoding="utf-8") as f:
            return [json.loads(line)["sport"] for line in f]

    try:
        with open(os.path.join(disk, "filler"), "wb") as f:
            f.write(bytes(112 << 10))
        with open(os.path.join(folder, "err"), "w+", encoding="utf-8") as err:
            p = subprocess.Popen([os.path.abspath(a.trawl), "-c", "load --follow - --wait --idle-export disk/out.ndjson as piped"],
                                 cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=err)
            until = time.time() + PATIENCE
            p.stdin.write(PCAP_HEAD)
            p.stdin.flush()
            while time.time() < until and not os.path.exists(path):
                time.sleep(0.1)
            p.stdin.write(frames)
            p.stdin.flush()
            while time.time() < until and os.path.getsize(err.name) == 0:
                time.sleep(0.1)
            check("whole lines or none", lines() == list(range(1000, 1000 + len(lines()))) and len(lines()) < 179, lines())
            os.remove(os.path.join(disk, "filler"))
            while time.time() < until and len(lines()) < 179:
                time.sleep(0.1)
            check("there is room again", len(lines()) >= 179, lines())
            p.communicate(timeout=PATIENCE)
            err.seek(0)
            said = err.read()
        check("each once", sorted(lines()) == list(range(1000, 1300)), lines())
        check("one line for it", said.count("could not write 'disk/out.ndjson'") == 1 and "its flows wait" in said and
              "no longer" not in said, said)
    finally:
        run("umount", disk)


def test_interface_rests(folder):
    """An interface that is set down and up again, and whose other end is: each is one line and said in captures, what
    it has stays, and it goes on."""
    s = Shell(folder)
    s.say("capture vb -f udp as live")
    s.until("captures", lambda r: r and r[0]["link"] == "up")
    send(10)
    s.until("captures", lambda r: r[0]["packets"] == 10)
    for ns, dev, link in ((B, "vb", "down"), (A, "va", "no carrier")):
        ip("-n", ns, "link", "set", dev, "down")
        rows = s.until("captures", lambda r: r[0]["link"] != "up")
        check("it is said", (rows[0]["link"], rows[0]["state"], rows[0]["packets"]) == (link, "live", 10), rows)
        ip("-n", ns, "link", "set", dev, "up")
        rows = s.until("captures", lambda r: r[0]["link"] == "up")
        check("and when it is up", rows[0]["link"] == "up", rows)
    send(10)
    rows = s.until("captures", lambda r: r[0]["packets"] == 20)
    check("it goes on", rows[0]["packets"] == 20, rows)
    s.say("capture stop")
    check("no link of one that is stopped", s.ask("captures | select link") == [{"link": None}])
    err = s.end()
    n = [err.count("interface 'vb' " + text) for text in ("is down: no packets come until it is up", "has no carrier: ",
                                                          "is up again")]
    # the link may not be up yet at the beginning
    check("a line for each", n[0] == 1 and n[1] in (1, 2) and n[2] == n[0] + n[1], err)


sys.exit(world.main("peers", (test_iperf3, test_loss_and_delay, test_replay, test_flooded_stop, test_small_disk,
                             test_export_begins_full, test_export_waits_for_room, test_not_root, test_interface_rests), a.only))
