#!/usr/bin/env python3
"""Live capture, in network namespaces of this script's own: what comes in is what was sent, commands
see it grow, and every way in which an interface fails is one line.

usage: live.py --trawl PATH [--only NAME]     skipped, with a word, without root, ip or namespaces"""
import argparse
import functools
import json
import os
import select
import shutil
import signal
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures"))
import world  # noqa: E402
from wire import eth, ip4, tcp  # noqa: E402
from world import A, B, PATIENCE, check, ip, lines_of, run, send, wait_for  # noqa: E402

ap = argparse.ArgumentParser(usage=__doc__)
ap.add_argument("--trawl", required=True)
ap.add_argument("--only", help="tests whose names contain this")
a = ap.parse_args()
Shell = functools.partial(world.Shell, a.trawl)


def test_capture(folder):
    s = Shell(folder)
    s.say("capture vb -f udp -w out.pcap --report 200ms as live")
    s.until("captures", lambda r: r and r[0]["state"] == "live")
    send(300)
    first = s.until("udp | select server_port packets", lambda r: sum(x["packets"] for x in r) == 300)
    check("five flows of 60", sorted((x["server_port"], x["packets"]) for x in first) ==
          [(7000 + i, 60) for i in range(5)], first)
    s.say("$before = live")
    send(200)
    row = s.until("captures", lambda r: r and r[0]["packets"] == 500 and r[0]["received"] == 500)[0]
    check("500 packets of 72 bytes", (row["packets"], row["bytes"]) == (500, 500 * 72), row)
    check("none dropped", (row["dropped"], row["lost"], row["let_go"]) == (0, 0, 0), row)
    check("a kept table stays as it was", s.ask("$before | count") == [{"count": 300}])
    check("flows see them", s.ask("flows | count") == [{"count": 10}])
    s.ask("compare live live -x 1")
    s.told("packets/s,", 2)  # two reports, one of them of all packets, however slow the machine
    s.told("500 received, 0 dropped")
    s.say("capture stop live")
    s.say("use live")
    check("it is stopped", s.ask("captures | head 1 | select state packets") == [{"state": "stopped", "packets": 500}])
    check("its packets stay", s.ask("live | where udp.dstport == 7003 | count") == [{"count": 100}])
    err = s.end()
    check("reports come", err.count("note: 'live': ") - err.count("packets received") >= 2 and "500 received, 0 dropped" in err, err)
    check("no errors", "error:" not in err, err)
    check("the counters are told", "'live': 500 packets received, 0 dropped by the kernel" in err, err)
    with open(os.path.join(folder, "out.pcap"), "rb") as f:
        data = f.read()
    check("the file has all", len(data) == 24 + 500 * 88 and data[:4] == struct.pack("=I", 0xa1b23c4d),
          len(data))


def test_failures(folder):
    s = Shell(folder)
    for line in ("capture nosuch", "capture down0", "capture vb -f 'udp porr 7' as other", "capture vb --ring 3x1M",
                 "capture vb -w /nonexistent/x.pcap", "capture vb -w -", "capture vb --user nosuchuser", "captures"):
        s.say(line)
    err = s.end()
    for text in ("error: no interface 'nosuch'", "error: could not capture on 'down0': the interface is down",
                 "error: filter 'udp porr 7' is not valid", "error: '--ring' says how '-w FILE' is written",
                 "error: could not create '/nonexistent/x.pcap'", "error: '-w -': packets are written to a file",
                 "error: no user 'nosuchuser'"):
        check("one line for each failure", err.count(text) == 1, (text, err))
    check("a caret", "^" * len("'udp porr 7'") in err or "^" * len("udp porr 7") in err, err)


def test_interface_goes(folder):
    s = Shell(folder)
    ip("-n", B, "link", "set", "down0", "up")
    ip("-n", B, "link", "set", "down1", "up")
    s.say("capture down0 as gone")
    s.until("captures", lambda r: r and r[0]["state"] == "live")
    ip("-n", B, "link", "del", "down0")
    row = s.until("captures", lambda r: r[0]["state"] != "live")
    check("it has ended", row[0]["state"] == "ended", row)
    check("its table stays", s.ask("gone | count") != [])
    err = s.end()
    check("one line for it", err.count("capture 'gone' ended: the interface disappeared") == 1, err)


def test_interrupt(folder):
    """Ctrl-C ends a capture in the foreground; the counters are there, and all packets that were sent before, even if
    trawl does not run just then."""
    s = Shell(folder)
    for name in ("one", "two"):
        s.say("capture vb -f udp --wait -w %s.pcap as %s" % (name, name))
        wait_for(lambda: os.path.exists(os.path.join(folder, name + ".pcap")))  # the interface is opened before the file
        send(50)
        s.p.send_signal(signal.SIGINT)
        if name == "two":
            time.sleep(0.03)
            s.p.send_signal(signal.SIGSTOP)
            time.sleep(0.7)
            s.p.send_signal(signal.SIGCONT)
        check("Ctrl-C keeps the packets", s.ask(name + " | count") == [{"count": 50}], name)
    err = s.end()
    check("and tells the counters", "'one': 50 packets received" in err and "'two': 50 packets received" in err, err)


def test_ring(folder):
    s = Shell(folder)
    s.say("capture vb -f udp -w ring.pcap --ring 3x4096 as live")
    s.until("captures", lambda r: r and r[0]["state"] == "live")
    s.say("load ring-00001.pcap as first")
    check("an empty file can be read", s.ask("captures | where name == 'first' | select packets") == [{"packets": 0}])
    send(300)  # 300 × 88 bytes: 46 a file, so six files and a seventh, over those before
    s.until("captures", lambda r: r[0]["packets"] == 300)
    s.say("capture stop live")
    check("no errors", "error:" not in s.end())
    files = sorted(f for f in os.listdir(folder) if f.startswith("ring"))
    sizes = [os.path.getsize(os.path.join(folder, f)) for f in files]
    check("three files", files == ["ring-0000%d.pcap" % i for i in (1, 2, 3)], files)
    check("of whole records, 46 at most", sizes == [24 + 24 * 88, 24 + 46 * 88, 24 + 46 * 88], sizes)


def test_files_that_are_taken(folder):
    """What is read or written already is not written over; a file that is removed meanwhile is one line."""
    s = Shell(folder)
    s.say("capture vb -f udp -w out.pcap as one")
    s.until("captures", lambda r: r and r[0]["state"] == "live")
    os.symlink("out.pcap", os.path.join(folder, "same.pcap"))
    for line in ("capture vb -w same.pcap as two", "captures > out.pcap"):
        s.say(line)
    send(20)
    s.until("captures", lambda r: r[0]["packets"] == 20)
    s.say("capture stop")
    s.say("load out.pcap as read")
    check("it has its packets", s.ask("read | count") == [{"count": 20}])
    s.say("capture vb -w out.pcap as two")
    s.say("capture vb -f udp -w ring.pcap --ring 2x4k as ring")
    s.until("captures", lambda r: r[-1]["name"] == "ring" and r[-1]["state"] == "live")
    s.say("load ring-00001.pcap as first")
    for line in ("captures > ring-00002.pcap", "captures > ring.pcap"):
        s.say(line)
    s.say("capture stop ring")
    s.say("capture vb -f udp -w ring.pcap --ring 2x4096B as ring")
    s.say("capture vb -f udp -w gone.pcap as gone")
    s.until("captures", lambda r: r[-1]["name"] == "gone" and r[-1]["state"] == "live")
    os.unlink(os.path.join(folder, "gone.pcap"))
    send(20)
    s.told("removed while packets are written to it")
    err = s.end()
    for text in ("could not write 'same.pcap': the capture 'one' is written to it",
                 "could not write 'out.pcap': the capture 'one' is written to it",
                 "could not write 'out.pcap': the capture 'read' is read from it",
                 "could not write 'ring-00001.pcap': the capture 'first' is read from it",
                 "could not write 'ring-00002.pcap': the capture 'ring' is written to it",
                 "warning: 'gone.pcap' was removed while packets are written to it"):
        check("a line for each", err.count(text) == 1, (text, err))
    check("a ring's name is no file of it", os.path.exists(os.path.join(folder, "ring.pcap")))


def test_user(folder):
    """The interface is open; nothing else of root's is left."""
    os.chmod(folder, 0o755)
    s = Shell(folder)
    s.say("capture vb -f udp --user nobody as live")
    s.until("captures", lambda r: r and r[0]["state"] == "live")
    send(20)
    row = s.until("captures", lambda r: r[0]["packets"] == 20)
    check("it captures on", row[0]["packets"] == 20, row)
    pids = run("ip", "netns", "pids", B).stdout.split()
    uids = set()
    for pid in pids:
        try:
            with open("/proc/%s/status" % pid) as f:
                text = f.read()
        except OSError:  # the end of an 'echo'
            continue
        if text.startswith("Name:\ttrawl"):
            uids.update(text.partition("Uid:")[2].split("\n")[0].split())
    check("as nobody, for good", len(uids) == 1 and "0" not in uids, uids)
    s.say("capture vb as again")
    err = s.end()
    check("no other interface any more", "error: may not capture on 'vb'" in err, err)


def test_full_disk(folder):
    s = Shell(folder)
    s.say("capture vb -f udp -w /dev/full as live")
    s.until("captures", lambda r: r and r[0]["state"] == "live")
    send(100)
    row = s.until("captures", lambda r: r[0]["packets"] == 100)
    s.say("capture stop")
    check("a full disk does not end it", row[0]["packets"] == 100, row)
    err = s.end()
    check("but is told", err.count("could not write '/dev/full'") == 1, err)


def test_snaplen(folder):
    """Of each packet fewer bytes than the filter looks at."""
    s = Shell(folder)
    s.say("capture vb -f 'udp dst portrange 7000-7004' -s 20 -w out.pcap as live")
    s.until("captures", lambda r: r and r[0]["state"] == "live")
    send(50)
    row = s.until("captures", lambda r: r[0]["packets"] == 50)[0]
    check("all come", (row["packets"], row["bytes"]) == (50, 50 * 72), row)
    check("20 bytes of each", s.ask("live | group frame.cap_len count()") == [{"frame.cap_len": 20, "count": 50}],
          s.ask("live | group frame.cap_len count()"))
    s.say("capture stop")
    s.end()
    with open(os.path.join(folder, "out.pcap"), "rb") as f:
        data = f.read()
    check("in the file too", len(data) == 24 + 50 * 36 and struct.unpack("=I", data[16:20]) == (20,), len(data))


# A server on 10.9.0.2:7777 and a client here; a UDP socket that takes from anybody. It says its pid, and stays.
SERVE = ("import os, socket, sys; u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('', 7001)); "
         "l = socket.create_server(('10.9.0.2', 7777)); print(os.getpid(), flush=True); c, _ = l.accept(); "
         "c.sendall(b'hello'); sys.stdin.read()")
TALK = ("import socket, sys; c = socket.create_connection(('10.9.0.2', 7777)); c.recv(5); "
        "print('got', flush=True); sys.stdin.read()")


def test_processes(folder):
    """Whose sockets and flows are: /proc, asked in another way, is the server's own pid."""
    def start(ns, text):
        return subprocess.Popen(["ip", "netns", "exec", ns, sys.executable, "-c", text], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, text=True)

    s = Shell(folder)
    s.say("capture vb -f 'udp or tcp port 7777' as live")
    s.until("captures", lambda r: r and r[0]["state"] == "live")
    server = start(B, SERVE)
    pid = int(server.stdout.readline())
    with open("/proc/%d/comm" % pid) as f:
        name = f.read().strip()
    client = start(A, TALK)
    client.stdout.readline()
    send(10)
    s.until("live | where udp | count", lambda r: r == [{"count": 10}])
    s.until("live | where tcp.len == 5 | count", lambda r: r == [{"count": 1}])
    rows = s.ask("processes | where local_port == 7777 | select protocol local state pid process")
    row = {"protocol": "tcp", "local": "10.9.0.2", "pid": pid, "process": name}
    check("both sockets of the server", sorted(rows, key=str) ==
          sorted([dict(row, state=state) for state in ("listen", "established")], key=str), rows)
    check("no socket of the other namespace", s.ask("processes | where remote_port == 7777 | count") == [{"count": 0}])
    rows = s.ask("flows | processes | select proto dport pid process")
    mine = [r for r in rows if r["pid"] is not None]
    check("flows of the server are its own", sorted((r["proto"], r["dport"], r["pid"], r["process"]) for r in mine)
          == [(6, 7777, pid, name), (17, 7001, pid, name)], rows)
    check("the other four are nobody's", len(rows) == 6, rows)
    for p in (client, server):
        p.communicate("")
    check("and when it has ended, nobody's", s.ask("processes | where pid == %d | count" % pid) == [{"count": 0}])
    check("no errors", "error:" not in s.end())


def wait_for_lines(path, n):
    wait_for(lambda: lines_of(path) is not None and len(lines_of(path)) >= n)


IDLE = 3  # seconds; 50 packets take as long on no machine


def test_idle_export(folder):
    """What expired comes while it runs, the rest at the end, and all of it is what `flows` says."""
    s = Shell(folder)
    s.say("capture vb -f udp --wait --idle-export out.ndjson --idle %ds as live" % IDLE)
    path = os.path.join(folder, "out.ndjson")
    wait_for_lines(path, 0)  # the interface is open
    send(50)
    check("nothing has expired yet", lines_of(path) == [], lines_of(path))
    time.sleep(IDLE + 0.2)
    send(50)  # other ports: the first five flows are idle now
    wait_for_lines(path, 5)
    check("five have, while it runs", [r["expiry"] for r in lines_of(path)] == ["idle"] * 5, lines_of(path))
    time.sleep(2)
    check("and are not written again", len(lines_of(path)) == 5, lines_of(path))
    send(50)
    s.p.send_signal(signal.SIGINT)
    flows = s.ask("flows live --idle %ds" % IDLE)
    check("each flow once, as flows says", lines_of(path) == flows and len(flows) == 15,
          (lines_of(path), flows, s.p.poll(), open(s.err.name).read()))
    s.say("capture vb --for 2s --idle-export /nonexistent/x.ndjson as other")
    check("a file that cannot be ends what stays", s.ask("captures | where name == 'other' | select state") ==
          [{"state": "stopped"}])
    err = s.end()
    check("one line for it", err.count("error: ") == 1 and "could not write '/nonexistent/x.ndjson'" in err, err)


def test_idle_export_beside(folder):
    """The same while other commands run; a full disk ends the export alone; leaving trawl writes the rest."""
    s = Shell(folder)
    s.say("capture vb -f udp --idle-export out.ndjson --idle %ds as live" % IDLE)
    s.say("idle_export /dev/full --idle 1s")
    s.say("idle_export -o x.txt all.ndjson --idle 0s")
    s.say("idle_export /dev/full --idle 1h")  # fails when trawl leaves, and before the others then
    path = os.path.join(folder, "out.ndjson")
    s.until("captures", lambda r: r and r[0]["state"] == "live")
    send(50)
    s.until("captures", lambda r: r[0]["packets"] == 50)
    time.sleep(IDLE + 0.2)
    send(50)
    wait_for_lines(path, 5)
    check("five have expired, while commands run", [r["expiry"] for r in lines_of(path)] == ["idle"] * 5, lines_of(path))
    flows = s.until("flows live --idle %ds" % IDLE, lambda r: len(r) == 10)
    wait_for_lines(os.path.join(folder, "all.ndjson"), 50)
    check("idle at once", len(lines_of(os.path.join(folder, "all.ndjson"))) >= 50)
    err = s.end()
    check("the others when trawl leaves", lines_of(path) == flows, (err, lines_of(path), flows))
    check("a full disk is one line", err.count("could not write '/dev/full'") == 2 and
          err.count("flows are no longer written") == 2, err)
    check("and no error", "error:" not in err, err)


HEAD = struct.pack("=IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)


def packets(first, n):
    """Records of n flows, one a second."""
    frames = b""
    for i in range(first, first + n):
        frame = (bytes(12) + b"\x08\0" + struct.pack(">BBHHHBBH4s4s", 0x45, 0, 30, 0, 0, 64, 17, 0,
                 bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])) + struct.pack(">HHHH", 1000 + i, 53, 10, 0) + b"ab")
        frames += struct.pack("=IIII", 1700000000 + i, 0, len(frame), len(frame)) + frame
    return frames


def test_export_fifo(folder):
    """Who reads a FIFO sees its end with the export's, not after a piece; nothing waits for good for one who left or does not read."""
    path, log, got = (os.path.join(folder, name) for name in ("fifo", "a.pcap", "got"))
    os.mkfifo(path)
    with open(log, "wb") as f:
        f.write(HEAD + packets(0, 300))
    s = Shell(folder)
    s.say("load --follow a.pcap as log")
    s.say("idle_export fifo --idle 1s")
    with open(got, "wb") as f:
        reader = subprocess.Popen(["cat", path], stdout=f)
    wait_for_lines(got, 290)  # a piece
    with open(log, "ab") as f:
        f.write(packets(300, 10))
    wait_for_lines(got, 305)  # and another
    s.say("capture stop")
    s.say("!echo")
    s.end()
    reader.wait(timeout=PATIENCE)
    check("all of them", len(lines_of(got)) == 310, len(lines_of(got)))
    s = Shell(folder)
    s.say("load --follow a.pcap as log")
    s.say("idle_export fifo --idle 200s")
    with open(path, encoding="utf-8") as f:
        f.readline()
    with open(log, "ab") as f:
        f.write(packets(310, 300))
    s.told("flows are no longer written")
    rows = s.until("captures", lambda r: r[0]["packets"] == 610)
    check("its reader has gone", rows[0]["packets"] == 610, rows)
    s.say("flows --stats --view nfstream > fifo")
    with open(path, encoding="utf-8") as f:
        f.readline()
    check("a reader who leaves ends the line, not the session", s.ask("captures | select packets") == [{"packets": 610}])
    err = s.end()
    check("one line for each", [err.count("could not write 'fifo': " + why) for why in ("nobody reads it", "its reader went away")] ==
        [1, 1], err)
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as f:
        p = subprocess.Popen([os.path.abspath(a.trawl), "-q", "-r", log, "-c", "flows --stats --view nfstream > fifo"], cwd=folder)
        select.select([f], [], [], PATIENCE)  # it writes
        time.sleep(0.5)
        waits = p.poll() is None
        p.terminate()
        check("it waits for a slow reader, until it is ended", p.wait(timeout=PATIENCE) == 128 + 15 and waits, p.returncode)


def test_follow_export(folder):
    """A file that grows: its flows come as they expire, and the last ones at its end; a reader who left is told."""
    env = {"PATH": os.environ["PATH"], "HOME": folder, "LC_ALL": "C"}
    env.update((k, v) for k, v in os.environ.items() if "SAN_OPTIONS" in k)

    def follow(out):
        p = subprocess.Popen([os.path.abspath(a.trawl), "-c", "load --follow - --wait --idle-export %s as piped" % out,
                              "-c", "flows --format ndjson"], cwd=folder, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
        p.stdin.write(HEAD + packets(0, 300))  # one a second, so 179 are older than 120 s by the clock of the last
        p.stdin.flush()
        return p

    p, path = follow("out.ndjson"), os.path.join(folder, "out.ndjson")
    wait_for_lines(path, 180)
    check("those that are idle", len(lines_of(path)) == 180, len(lines_of(path)))
    check("in the order of their beginning", [r["sport"] for r in lines_of(path)] == list(range(1000, 1180)))
    out, err = p.communicate(packets(300, 10), timeout=PATIENCE)
    flows = [json.loads(line) for line in out.decode().splitlines()]
    check("all of them at its end", len(flows) == 310 and sorted(map(str, lines_of(path))) == sorted(map(str, flows)),
          (len(flows), len(lines_of(path)), err))
    p = follow("-")
    p.stdout.readline()
    p.stdout.close()
    p.stdin.write(packets(300, 300))
    p.stdin.flush()
    wanted = b"warning: 'piped': the reader of '-' went away; flows are no longer written\n"
    check("who wrote for nobody says so", wanted in iter(p.stderr.readline, b""))
    p.stdin.close()
    p.stderr.read()
    p.wait(timeout=PATIENCE)


def test_follow_rotation(folder):
    """A file that is moved away, and another that takes its name: a line for each, and the first is followed on."""
    with open(os.path.join(folder, "a.pcap"), "wb") as f:
        f.write(struct.pack("=IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
    s = Shell(folder)
    s.say("load --follow a.pcap as log")
    s.until("captures", lambda r: r and r[0]["state"] == "following")
    os.rename(os.path.join(folder, "a.pcap"), os.path.join(folder, "a.pcap.1"))
    s.told("removed or moved away")
    with open(os.path.join(folder, "a.pcap"), "wb") as f:
        f.write(b"other")
    s.told("replaced by another file")
    with open(os.path.join(folder, "a.pcap.1"), "ab") as f:
        f.write(struct.pack("=IIII", 1700000000, 0, 20, 20) + bytes(20))
    rows = s.until("captures", lambda r: r[0]["packets"] == 1)
    check("its packets come", (rows[0]["packets"], rows[0]["state"]) == (1, "following"), rows)
    with open(os.path.join(folder, "a.pcap.1"), "wb"):
        pass
    s.told("'log' grows no more: 'a.pcap': cut at byte 60: the file became shorter")
    rows = s.until("captures", lambda r: r[0]["state"] == "ended")
    check("cut short, it has ended, and has its packet", (rows[0]["packets"], rows[0]["state"]) == (1, "ended"), rows)
    err = s.end()
    check("a line for each", [err.count("'a.pcap'" + text) for text in (
        " was removed or moved away", " was replaced by another file", ": cut at byte 60: the file became shorter")] ==
        [1, 1, 1], err)
    check("and the status of damage", s.p.returncode == 3, s.p.returncode)


def test_top_goes_on(folder):
    """The capture that top began stays when top ends: said then, not when somebody else had begun it."""
    s = Shell(folder)
    s.say("top -i vb --batch --count 1 --interval 100ms")
    rows = s.ask("captures")
    check("it goes on", [(r["name"], r["state"]) for r in rows] == [("vb", "live")], rows)
    s.say("top -i vb --batch --count 1 --interval 100ms")
    s.say("capture stop vb")
    err = s.end()
    check("one word on it", err.count("note: 'vb' is still captured: 'capture stop vb' ends that, and so does leaving trawl") ==
        1 and "error:" not in err, err)


def test_top_lets_go(folder):
    """Of 13 destinations ten were idle for 100 s: their attempts, 10 in that time, stay in the totals."""
    frames = [(i // 10 * 100, eth(0x800, ip4("10.0.0.1", "192.0.2.%d" % i, 6, tcp("10.0.0.1", "192.0.2.%d" % i, 5000 + i, 80, 1, 0, 2))))
              for i in range(13)]
    with open(os.path.join(folder, "a.pcap"), "wb") as f:
        f.write(struct.pack("=IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for t, frame in frames:
            f.write(struct.pack("=IIII", 1700000000 + t, 0, len(frame), len(frame)) + frame)
    s = Shell(folder)
    s.say("load --follow a.pcap as log")
    s.until("captures", lambda r: r and r[0]["packets"] == 13)
    rows = s.ask("top --batch --count 1 --idle 5s --view trtop")
    check("rows of those that are not idle, totals of all", (len(rows), rows[-1]["Syn(/s)"]) == (4, "13 (3.10)"), rows)
    check("no errors", "error:" not in s.end())


# It answers three once it is told to.
SLOW_SERVER = ("import socket, sys; l = socket.create_server(('10.9.0.1', 8080)); print('up', flush=True)\n"
               "all = [l.accept()[0] for _ in range(3)]; sys.stdin.readline()\n"
               "for c in all: c.recv(4096); c.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok'); c.close()\n")


def test_short_lived(folder):
    """Processes that have ended before anybody asks: three of curl, whose pids are those that they were started with."""
    if not shutil.which("curl"):
        return print("live: test_short_lived skipped: no 'curl'")
    s = Shell(folder)
    s.say("capture vb --processes -f 'tcp port 8080' as live")
    s.until("captures", lambda r: r and r[0]["state"] == "live")
    server = subprocess.Popen(["ip", "netns", "exec", A, sys.executable, "-c", SLOW_SERVER], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE)
    server.stdout.readline()
    ports = [41000, 41001, 41002]
    clients = [subprocess.Popen(["ip", "netns", "exec", B, "curl", "-s", "--local-port", str(port),
                                 "http://10.9.0.1:8080/"], stdout=subprocess.PIPE) for port in ports]
    pids = [p.pid for p in clients]
    wanted = [{"sport": port, "pid": pid, "process": "curl"} for port, pid in zip(ports, pids)]
    # what was seen beside, and does not look itself; a machine that looks too seldom sees with the answer whose they were
    s.until("flows --metric process | select sport pid process", lambda r: sorted(r, key=str) == sorted(wanted, key=str), 20)
    server.communicate(b"\n", timeout=PATIENCE)
    check("each has its answer", [p.communicate(timeout=PATIENCE)[0] for p in clients] == [b"ok"] * 3)
    rows = s.until("flows | processes | select sport pid process", lambda r: len(r) == 3)
    check("who had them", sorted(rows, key=str) == sorted(wanted, key=str), (rows, wanted))
    rows = s.ask("flows --metric process | select sport pid process")
    check("and with the flows", sorted(rows, key=str) == sorted(wanted, key=str), (rows, wanted))
    check("no errors", "error:" not in s.end())


sys.exit(world.main("live", (test_capture, test_failures, test_interface_goes, test_interrupt, test_ring,
                            test_files_that_are_taken, test_snaplen, test_full_disk, test_processes, test_short_lived,
                            test_idle_export, test_idle_export_beside, test_export_fifo, test_follow_export, test_follow_rotation,
                            test_top_goes_on, test_top_lets_go, test_user), a.only))
