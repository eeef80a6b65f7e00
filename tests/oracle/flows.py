#!/usr/bin/env python3
"""`flows` of real captures, reckoned again from what the installed tshark says of each packet.

usage: flows.py [--trawl PATH] CAPTURE...

Every cell of `flows` and of NFStream's view with statistics and first packets, by tests/flow_numbers.py's meter. tshark's reading ends
where its own types do (times beyond 64 bits, lengths beyond 31), so a damaged capture may differ there. Closes with
'flows: N flows of M captures, K differ'."""
import argparse
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
import flow_numbers as numbers  # noqa: E402

FIELDS = ("frame.time_epoch frame.len frame.protocols ip.src ip.dst ipv6.src ipv6.dst ip.proto ipv6.nxt ip.frag_offset "
          "ipv6.fraghdr.offset tcp.srcport tcp.dstport tcp.flags udp.srcport udp.dstport vlan.id").split()
ABOVE = {"tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58, "igmp": 2}
RULES = [("", 120 * numbers.SECOND, 1800 * numbers.SECOND, 0, 0, "plain"),
         ("--view nfstream --dissections 0 --stats --splt 3 --idle 10s", 10 * numbers.SECOND, 1800 * numbers.SECOND, 0, 0, "nfstream")]


class Frame:
    """Stands for bytes of which only the length matters."""

    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n


def key_of(cells, protocols):
    """Of the innermost addresses; of an ICMP error, those around what it quotes. None: in no flow."""
    networks = [i for i, name in enumerate(protocols) if name in ("ip", "ipv6")]
    if not networks:
        return None
    errors = [i for i, name in enumerate(protocols) if name in ("icmp", "icmpv6")]
    quoted = errors and networks[0] < errors[0] < networks[-1]
    own = max(i for i in networks if not quoted or i < errors[0])
    family = protocols[own]

    def pick(field):
        return cells[field].split(",")[0 if quoted else -1]

    if int(pick("ip.frag_offset" if family == "ip" else "ipv6.fraghdr.offset") or 0):
        return None
    above = [name for name in protocols[own + 1:] if not name.startswith("ipv6.")]
    proto = next((ABOVE[name] for name in above[:2] if name in ABOVE), None)
    proto = int(pick("ip.proto" if family == "ip" else "ipv6.nxt")) if proto is None else proto
    ports = [0, 0]
    if proto in (6, 17):
        name = "tcp" if proto == 6 else "udp"
        if name not in above or not cells[name + ".srcport"]:
            return None
        ports = [int(pick(name + end)) for end in (".srcport", ".dstport")]
    vlan = int(cells["vlan.id"].split(",")[-1]) if cells["vlan.id"] else None
    return numbers.Key(pick(family + ".src"), ports[0], pick(family + ".dst"), ports[1], proto, vlan,
                       "gtp" if "gtp" in protocols and len(networks) > 1 else None)


def packets_of(path):
    p = subprocess.run(["tshark", "-r", path, "-n", "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE", "-T", "fields", "-E", "separator=|", "-E",
                        "occurrence=a"] + [x for field in FIELDS for x in ("-e", field)],
                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    for line in p.stdout.splitlines():
        cells = dict(zip(FIELDS, line.split("|")))
        key = key_of(cells, cells["frame.protocols"].split(":"))
        flags = int(cells["tcp.flags"].split(",")[-1], 16) & 0xff if key and key.proto == 6 and cells["tcp.flags"] else 0
        yield (numbers.nanoseconds(cells["frame.time_epoch"]), Frame(int(cells["frame.len"])), key,
               numbers.Size(0, 0, 0, flags) if key else None)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trawl", default=os.path.join(HERE, "..", "..", "build", "trawl"))
    parser.add_argument("captures", nargs="+", metavar="CAPTURE")
    args = parser.parse_args()
    n_flows = n_bad = 0

    for path in args.captures:
        packets = list(packets_of(path))
        for options, *rules in RULES:
            columns, want = numbers.columns_of(rules[-1]), numbers.meter(packets, *rules)
            got = numbers.ask(args.trawl, path, options, 2, columns)
            bad = [(a, b) for a, b in zip(got, want) if not all(map(numbers.same, columns, a, b))]
            n_flows += len(want)
            n_bad += len(bad) + abs(len(got) - len(want))
            if not bad and len(got) == len(want):
                continue
            print("%s, flows %s: %d flows for %d, %d differ" % (os.path.basename(path), options, len(got), len(want), len(bad)))
            for column, a, b in zip(columns, *(bad[0] if bad else ((), ()))):
                if not numbers.same(column, a, b):
                    print("  %s: got %s, want %s" % (column, a, b))
    print("flows: %d flows of %d captures, %d differ" % (n_flows, len(args.captures), n_bad))
    return n_bad != 0


if __name__ == "__main__":
    sys.exit(main())
