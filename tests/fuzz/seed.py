#!/usr/bin/env python3
"""Gather the inputs of the fuzz targets: FOLDER/TARGET/ gets those of corpus/TARGET/, which a fuzzer found
or somebody wrote, and those made here from the fixtures. usage: seed.py FOLDER"""
import glob
import os
import shutil
import struct
import sys
import zlib

if {"-h", "--help"} & set(sys.argv):
    sys.exit(print(__doc__))
if len(sys.argv) != 2:
    sys.exit(__doc__)
HERE = os.path.dirname(os.path.abspath(__file__))
FIXTURES = os.path.join(HERE, "..", "fixtures")
OUT = sys.argv[1]


def put(target, name, data):
    with open(os.path.join(OUT, target, name), "wb") as f:
        f.write(data)


def packets(name):
    """Number, link type, bytes of each."""
    with open(os.path.join(FIXTURES, name + ".pcap"), "rb") as f:
        data = f.read()
    link = struct.unpack_from("<I", data, 20)[0]
    at, n = 24, 0
    while at + 16 <= len(data):
        size = struct.unpack_from("<I", data, at + 8)[0]
        n += 1
        yield n, link, data[at + 16:at + 16 + size]
        at += 16 + size


def payloads(name, proto):
    """Number, ports and payload of each packet over Ethernet and IP without options."""
    for n, _, frame in packets(name):
        at = 34 if frame[12:14] == b"\x08\0" else 54
        if frame[12:14] in (b"\x08\0", b"\x86\xdd") and frame[23 if at == 34 else 20] == proto:
            head = (frame[at + 12] >> 4) * 4 if proto == 6 else 8
            yield n, struct.unpack_from(">HH", frame, at), frame[at + head:]


def streams(name):
    """Ports and bytes of each direction of the connections, as they come."""
    out = {}
    for _, ports, body in payloads(name, 6):
        out[ports] = out.get(ports, b"") + body
    return [(ports, body) for ports, body in out.items() if body]


def frames():
    seen = set()
    for name in ["layers", "basic", "fragments", "mptcp-v0", "mptcp-v1", "text", "damaged-headers"] + \
            sorted(os.path.basename(p)[:-5] for p in glob.glob(FIXTURES + "/link-*.pcap")):
        for n, link, frame in packets(name):
            frame = frame[:256]
            key = (len(frame), zlib.crc32(frame))
            if key not in seen and (name != "basic" or n in (1, 3, 6, 7, 8, 12, 18, 29, 32)) and \
                    (name != "fragments" or n in (1, 3, 4, 5)):
                seen.add(key)
                for target in "frame", "fields":
                    put(target, "%s-%02d" % (name, n), struct.pack("<HB", link, 0) + frame)
    for name in ["basic", "mptcp-v1", "mptcp-v0", "fragments", "layers", "damaged-headers", "text"]:
        out = b""
        for n, link, frame in packets(name):
            frame = frame[:160]
            out = (out or struct.pack("<H", link)) + struct.pack("<H", len(frame)) + frame
        put("packets", name, out)


def words():
    for i, text in enumerate("""0 1 18446744073709551615 0xffffffffffffffff -9223372036854775808 1.5 -0 1e308 nan inf 1e-320
10.0.0.1 ::1 2001:db8::1 ::ffff:10.0.0.1 10.0.0.0/8 2001:db8::/32 fe80::1%eth0 02:00:00:00:00:01 02-00-00-00-00-01
2024-01-15T10:00:00.123456789Z 2024-01-15T10:00:00+02:00 2024-01-15 1705312800.5 2262-04-11T23:47:16.854775807Z
5ms 1.5s 200us 3m 2h 1d 4k 4kB 4KiB 1.5GiB 256M \u202e \u00e9 \u4e2d \\""".split()):
        put("text", "%02d" % i, text.encode())
    put("text", "escape", b"\x1b[31m\xff\xc2\x9b\xe2\x80\xae\\\t\n")
    put("lint", "none", b"")
    for slot in range(0, 250, 5):
        put("lint", "change-%03d" % slot, bytes([slot, 0, slot % 21, slot + 1 & 255, 0x80, 3]))
    for i, text in enumerate("""len == 60|len in {1..3, 60, 1500..2000}|src == 10.0.0.0/8 and not dst == ::1|name contains "www"
name matches "^a.*z$"|data[0:2] == 16:03|x.port == 443|lower(name) == "x" || abs(delta) > 3|big >= 9223372036854775808
at >= "2024-01-15T10:00:00Z"|wait < 5ms|ratio * 2 + 1 > len / 3|!(flag) xor tags|mac[0:3] == 00:11:22|60 <= len < 70
any opt == 2|len(name) > 3|((((((1))))))|name == "\\x00\\"|src in {10.0.0.1 10.0.0.2}""".replace("\n", "|").split("|")):
        put("expr", "%02d" % i, text.encode())


def protocols():
    """What the dissectors get, behind the byte that says how (tests/fuzz/NAME.c)."""
    for name in "dns", "dns-types", "dns-pairs", "dns-many", "dns-odd":
        for n, ports, body in payloads(name, 17):
            put("dns", "%s-%02d" % (name, n), bytes([1 if 5353 in ports else 2 if 5355 in ports else 0]) + body)
        for i, (ports, body) in enumerate(streams(name)):
            put("dns", "%s-stream-%d" % (name, i), bytes([12 if 80 in ports else 4]) + body)
    for name in "web", "codings", "proxies":
        for i, (ports, body) in enumerate(streams(name)):
            put("http", "%s-%d" % (name, i), bytes([254 | (ports[0] < ports[1])]) + body)
    for name in "secure", "records", "keys", "early":
        for i, (ports, body) in enumerate(streams(name)):
            put("tls", "%s-%d" % (name, i), bytes([ports[0] < ports[1]]) + body)
    for n, _, body in payloads("datagrams", 17):
        put("quic", "datagram-%02d" % n, b"\0" + body)
    for name in "names", "names-socket", "names-cut", "names-open", "names-both":
        with open(os.path.join(FIXTURES, name + ".dnstap"), "rb") as f:
            data = f.read()
        put("dnstap", name, b"\1" + data)
        at = 0
        while name == "names" and at + 4 <= len(data):
            size = struct.unpack_from(">I", data, at)[0]
            if size:
                put("dnstap", "payload-%03d" % at, b"\0" + data[at + 4:at + 4 + size])
                at += 4 + size
            else:
                at += 8 + struct.unpack_from(">I", data, at + 4)[0]


for source in glob.glob(HERE + "/*.c"):
    target = os.path.basename(source)[:-2]
    os.makedirs(os.path.join(OUT, target), exist_ok=True)
    for path in glob.glob(os.path.join(HERE, "corpus", target, "*")):
        shutil.copy(path, os.path.join(OUT, target))
frames()
words()
protocols()
