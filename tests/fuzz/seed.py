#!/usr/bin/env python3
"""Write the first inputs of the fuzz targets from the fixtures: tests/fuzz/corpus/TARGET/.
Inputs that a fuzzer found are added by hand, named after the fault. usage: seed.py"""
import glob
import os
import struct
import sys
import zlib

if {"-h", "--help"} & set(sys.argv):
    sys.exit(print(__doc__))
HERE = os.path.dirname(os.path.abspath(__file__))


def put(target, name, data):
    folder = os.path.join(HERE, "corpus", target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data)


def packets(path):
    data = open(path, "rb").read()
    if data[:4] != b"\xd4\xc3\xb2\xa1":
        return
    link = struct.unpack_from("<I", data, 20)[0]
    at, n = 24, 0
    while at + 16 <= len(data):
        size = struct.unpack_from("<I", data, at + 8)[0]
        n += 1
        yield n, link, data[at + 16:at + 16 + size]
        at += 16 + size


seen = set()
for name in ["layers", "basic", "fragments", "mptcp-v0", "mptcp-v1", "text", "damaged-headers"] + \
        sorted(os.path.basename(p)[:-5] for p in glob.glob(HERE + "/../fixtures/link-*.pcap")):
    for n, link, frame in packets(os.path.join(HERE, "..", "fixtures", name + ".pcap")):
        frame = frame[:256]
        key = (len(frame), zlib.crc32(frame))
        if key not in seen and (name != "basic" or n in (1, 3, 6, 7, 8, 12, 18, 29, 32)) and \
                (name != "fragments" or n in (1, 3, 4, 5)):
            seen.add(key)
            put("frame", "%s-%02d" % (name, n), struct.pack("<HB", link, 0) + frame)

for i, text in enumerate("""0 1 18446744073709551615 0xffffffffffffffff -9223372036854775808 1.5 -0 1e308 nan inf 1e-320
10.0.0.1 ::1 2001:db8::1 ::ffff:10.0.0.1 10.0.0.0/8 2001:db8::/32 fe80::1%eth0 02:00:00:00:00:01 02-00-00-00-00-01
2024-01-15T10:00:00.123456789Z 2024-01-15T10:00:00+02:00 2024-01-15 1705312800.5 2262-04-11T23:47:16.854775807Z
5ms 1.5s 200us 3m 2h 1d 4k 4kB 4KiB 1.5GiB 256M \u202e \u00e9 \u4e2d \\""".split()):
    put("text", "%02d" % i, text.encode())
put("text", "escape", b"\x1b[31m\xff\xc2\x9b\xe2\x80\xae\\\t\n")

put("lint", "none", b"")
for slot in range(0, 250, 5):
    put("lint", "change-%03d" % slot, bytes([slot, 0, slot % 21, slot + 1 & 255, 0x80, 3]))

# Whole conversations for the target that loads them.
for name in ["basic", "mptcp-v1", "mptcp-v0", "fragments", "layers", "damaged-headers", "text"]:
    out = b""
    for n, link, frame in packets(os.path.join(HERE, "..", "fixtures", name + ".pcap")):
        frame = frame[:160]
        out = (out or struct.pack("<H", link)) + struct.pack("<H", len(frame)) + frame
    put("packets", name, out)
for i, text in enumerate("""len == 60|len in {1..3, 60, 1500..2000}|src == 10.0.0.0/8 and not dst == ::1|name contains "www"
name matches "^a.*z$"|data[0:2] == 16:03|x.port == 443|lower(name) == "x" || abs(delta) > 3|big >= 9223372036854775808
at >= "2024-01-15T10:00:00Z"|wait < 5ms|ratio * 2 + 1 > len / 3|!(flag) xor tags|mac[0:3] == 00:11:22|60 <= len < 70
any opt == 2|len(name) > 3|((((((1))))))|name == "\\x00\\"|src in {10.0.0.1 10.0.0.2}""".replace("\n", "|").split("|")):
    put("expr", "%02d" % i, text.encode())

# What each direction of the fixture's connections sends.
streams = {}
for n, link, frame in packets(os.path.join(HERE, "..", "fixtures", "secure.pcap")):
    at = 34 if frame[12:14] == b"\x08\0" else 54
    body = frame[at + (frame[at + 12] >> 4) * 4:]
    key = frame[at:at + 4]
    streams[key] = streams.get(key, b"") + body
for i, key in enumerate(streams):
    if streams[key]:
        put("tls", "stream-%d" % i, bytes([i & 1]) + streams[key])

# The payloads of the fixture, and whole streams behind a byte that says so.
for name in ["names", "names-socket", "names-cut", "names-open"]:
    data = open(os.path.join(HERE, "..", "fixtures", name + ".dnstap"), "rb").read()
    put("dnstap", name, b"\1" + data)
    at = 0
    while name == "names" and at + 4 <= len(data):
        size = struct.unpack_from(">I", data, at)[0]
        if size:
            put("dnstap", "payload-%03d" % at, b"\0" + data[at + 4:at + 4 + size])
            at += 4 + size
        else:
            at += 8 + struct.unpack_from(">I", data, at + 4)[0]
for n, link, frame in packets(os.path.join(HERE, "..", "fixtures", "datagrams.pcap")):
    put("quic", "datagram-%02d" % n, b"\0" + frame[42:])
