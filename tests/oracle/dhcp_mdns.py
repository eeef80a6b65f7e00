#!/usr/bin/env python3
"""Flow metrics `dhcp` and `mdns`, reckoned again from what tshark reads in the packets.

usage: tests/oracle/dhcp_mdns.py [--trawl build/trawl] [CORPUS]      default: $TRAWL_CORPUS, else ../shared/corpus beside the source

DHCP: tshark gives each message's options as bytes; flows are cut and columns filled here as NFStream's plugin does (only messages of
flows to port 67; REQUESTs fill most columns; a flow ends with ACK, NACK, INFORM, DECLINE, or when its source is 0.0.0.0). mDNS: the
names that tshark sees in PTR records of packets with port 5353, by flow, each once, in order. Captures that trawl reads in part, or that
tshark finds malformed, are passed over. Closes with 'dhcp and mdns: N flows of N captures, N bad'; 'skipped' without the folder or tshark."""
import argparse
import collections
import csv
import glob
import io
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
DHCP = ["*/*dhcp*.pcap*", "*/*bootp*.pcap*"]
MDNS = ["*/*1kxun.pcap", "*/*anyconnect-vpn.pcap", "*/*skype*.pcap", "*/*android.pcap", "*/*dnscrypt-v2.pcap", "*/*whatsapp_login*.pcap",
        "*/*zoom_p2p.pcapng", "*/*mdns*.pcap*", "*/*wa_voice.pcap"]
COLUMNS = ["dhcp_msg_type", "dhcp_oui", "dhcp_addr", "dhcp_12", "dhcp_50", "dhcp_55", "dhcp_57", "dhcp_60", "dhcp_77", "dhcp_options"]
TYPES = [None, "DISCOVER", "OFFER", "REQUEST", "DECLINE", "ACK", "NACK", "RELEASE", "INFORM"]
REQUEST, ENDS = 3, (4, 5, 6, 8)


def tshark(path, display, fields):
    p = subprocess.run(["tshark", "-n", "-r", path, "-Y", display, "-T", "fields", "-E", "separator=/t"] +
                       [x for f in fields for x in ("-e", f)], capture_output=True, text=True, errors="replace", timeout=120)
    for line in p.stdout.splitlines():
        yield dict(zip(fields, line.split("\t") + [""] * len(fields)))


def trawl(args, path, line):
    p = subprocess.run([args.trawl, "--no-cache", "-q", "-r", path, "-c", line, "--csv"], capture_output=True, text=True,
                       errors="replace", timeout=120)
    return list(csv.DictReader(io.StringIO(p.stdout))) if p.returncode == 0 else None


def ip4(data):
    return ".".join(str(x) for x in data)


def text(data):
    """As trawl writes what is no text."""
    return "".join(chr(x) if 32 <= x < 127 else "\\x%02x" % x for x in data)


def take(cells, message):
    """One message into a flow's cells."""
    options = message["options"]
    kind = options.get(53, b"")
    kind = kind[0] if len(kind) == 1 else 0
    for code, name in ((12, "dhcp_12"), (60, "dhcp_60"), (77, "dhcp_77")):
        if options.get(code):
            cells[name] = text(options[code])
    if len(options.get(57, b"")) == 2:
        cells["dhcp_57"] = str(int.from_bytes(options[57], "big"))
    if kind == REQUEST:
        cells["dhcp_oui"] = message["mac"][:8]
        cells["dhcp_options"] = ",".join(str(x) for x in message["codes"])
        cells["dhcp_55"] = ",".join(str(x) for x in options.get(55, b""))
        cells["dhcp_50"] = ip4(options[50]) if len(options.get(50, b"")) == 4 else ""
        if message["client"] != "0.0.0.0":
            cells["dhcp_addr"] = message["client"]
    if not cells["dhcp_msg_type"] and kind < len(TYPES) and TYPES[kind]:
        cells["dhcp_msg_type"] = TYPES[kind]
    return kind


def dhcp_flows(path):
    """Cells by the number of the flow's first packet; None where tshark finds faults."""
    fields = ["frame.number", "ip.src", "ip.dst", "udp.srcport", "udp.dstport", "dhcp.option.type", "dhcp.option.value", "dhcp.ip.client",
              "dhcp.hw.mac_addr", "_ws.malformed", "dhcp.type", "dhcp.option.option_overload"]
    flows, current = {}, {}
    for row in tshark(path, "udp.port == 67", fields):
        if row["_ws.malformed"] or row["dhcp.option.option_overload"] or "," in row["ip.src"] + row["udp.srcport"] or not row["ip.src"]:
            return None
        ends = (row["ip.src"], row["udp.srcport"]), (row["ip.dst"], row["udp.dstport"])
        key = frozenset(ends)
        if key not in current:
            current[key] = {"first": row["frame.number"], "ends": ends, "cells": collections.defaultdict(str)}
            flows[row["frame.number"]] = current[key]
        flow = current[key]
        if flow["ends"][1][1] != "67" or not row["dhcp.type"]:
            continue
        codes = [int(x) for x in row["dhcp.option.type"].split(",") if x not in ("", "0", "255")]
        values = [bytes.fromhex(x) for x in row["dhcp.option.value"].split(",")] if row["dhcp.option.value"] else []
        if len(codes) != len(values) or len(set(codes)) != len(codes) or not row["dhcp.hw.mac_addr"]:
            return None
        message = {"options": dict(zip(codes, values)), "codes": codes, "client": row["dhcp.ip.client"],
                   "mac": row["dhcp.hw.mac_addr"].split(",")[0]}
        if take(flow["cells"], message) in ENDS or flow["ends"][0][0] == "0.0.0.0":
            del current[key]
    return flows


def mdns_flows(path):
    """Names by flow, the ends in either order."""
    flows = collections.defaultdict(list)
    fields = ["ip.src", "ipv6.src", "ip.dst", "ipv6.dst", "udp.srcport", "udp.dstport", "dns.ptr.domain_name", "_ws.malformed", "icmp.type"]
    for row in tshark(path, "udp.port == 5353 and dns.ptr.domain_name", fields):
        if row["_ws.malformed"] or row["icmp.type"]:
            return None
        ends = (row["ip.src"] or row["ipv6.src"], row["udp.srcport"]), (row["ip.dst"] or row["ipv6.dst"], row["udp.dstport"])
        for name in row["dns.ptr.domain_name"].split(","):
            if name not in flows[frozenset(ends)]:
                flows[frozenset(ends)].append(name)
    return flows


def captures(corpus, patterns):
    return sorted({path for p in patterns for path in glob.glob(os.path.join(corpus, p))
                   if "/corpus/oracle/" not in path and "/hostile/" not in path})


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--trawl", default="build/trawl")
    parser.add_argument("corpus", nargs="?", default=os.environ.get("TRAWL_CORPUS", os.path.realpath(os.path.join(HERE, "../../../shared/corpus"))))
    args = parser.parse_args()
    if not shutil.which("tshark") or not captures(args.corpus, DHCP):
        print("dhcp and mdns: skipped: no %s" % ("such captures in " + args.corpus if shutil.which("tshark") else "tshark"))
        return 77
    n_flows = n_captures = bad = 0
    always = "flows --idle 10000000s --active 10000000s "
    for path in captures(args.corpus, DHCP):
        ours = trawl(args, path, always + "--metric dhcp | where proto == 17 and (sport == 67 or dport == 67) | select first " + " ".join(COLUMNS))
        theirs = dhcp_flows(path)
        if not ours or not theirs:
            continue
        n_captures += 1
        for row in ours:
            want = theirs.get(row["first"], {}).get("cells", {})
            n_flows += 1
            for c in COLUMNS:
                if row[c] != want.get(c, ""):
                    bad += 1
                    print("%s: flow of packet %s: %s is '%s', reckoned '%s'" % (os.path.basename(path), row["first"], c, row[c], want.get(c, "")))
    for path in captures(args.corpus, MDNS):
        ours = trawl(args, path, always + "--metric mdns | where proto == 17 and (sport == 5353 or dport == 5353) | select src sport dst dport mdns_ptr")
        theirs = mdns_flows(path)
        if not ours or theirs is None:
            continue
        n_captures += 1
        for row in ours:
            want = ",".join(theirs.get(frozenset([(row["src"], row["sport"]), (row["dst"], row["dport"])]), []))
            n_flows += 1
            if row["mdns_ptr"] != want:
                bad += 1
                print("%s: %s %s: mdns_ptr is '%s', tshark has '%s'" % (os.path.basename(path), row["src"], row["dst"], row["mdns_ptr"], want))
    print("dhcp and mdns: %d flows of %d captures, %d bad" % (n_flows, n_captures, bad))
    return 0 if n_flows and not bad else 1


if __name__ == "__main__":
    sys.exit(main())
