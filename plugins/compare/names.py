#!/usr/bin/env python3
"""Writes the table of names of numbers (ports, protocols, DNS types …) from the system's own lists.

usage: names.py OUTPUT ETC DNS INCLUDE...     ETC has services, protocols, ethertypes (Debian: netbase),
                                              DNS is the dns plugin's folder: what is younger than libc's list,
                                              the INCLUDEs have arpa/nameser.h, netinet/ip_icmp.h (libc)

A list that is not there gives no names. Knows nothing of which field shows which name.
"""
import pathlib
import re
import sys


def lines(path):
    if not path.is_file():
        print(f"names.py: no '{path}': its names are left out", file=sys.stderr)
        return []
    return path.read_text(encoding="utf-8", errors="replace").splitlines()


def words(path):
    return [w for w in (line.split("#")[0].split() for line in lines(path)) if len(w) >= 2]


def find(folders, name):
    return next((f / name for f in folders if (f / name).is_file()), folders[0] / name)


def reply_codes(path):
    """Numbers and texts of `static const char *const rcodes[] = {"A", [7] = "B"};`."""
    m = re.search(r"\brcodes\[\] = \{(.*?)\};", "\n".join(lines(path)), re.S)
    n = -1
    for number, text in re.findall(r'(?:\[(\d+)\] = )?"([^"]*)"', m[1] if m else ""):
        n = int(number) if number else n + 1
        yield n, text


def main():
    output, etc, dns_plugin = (pathlib.Path(a) for a in sys.argv[1:4])
    folders = [pathlib.Path(f) for f in sys.argv[4:]]
    tables = {k: {} for k in ("TCP", "UDP", "SCTP", "PROTOCOL", "ETHERTYPE", "ICMP", "DNS_TYPE",
                              "DNS_CLASS", "DNS_OPCODE", "DNS_RCODE")}

    for w in words(etc / "services"):
        port, _, kind = w[1].partition("/")
        if kind.upper() in tables and port.isdigit():
            tables[kind.upper()].setdefault(int(port), w[0])
    for line in lines(etc / "protocols"):
        w = line.split("#")[0].split()
        # 0 is the hop-by-hop options; "ip" there is a pseudo protocol of the sockets
        if len(w) >= 2 and w[1].isdigit() and "pseudo" not in line:
            tables["PROTOCOL"].setdefault(int(w[1]), w[0])
    for w in words(etc / "ethertypes"):
        if re.fullmatch("[0-9A-Fa-f]{4}", w[1]):
            tables["ETHERTYPE"].setdefault(int(w[1], 16), w[0])
    dns = {"t": "DNS_TYPE", "c": "DNS_CLASS", "o": "DNS_OPCODE"}
    for line in lines(find(folders, "arpa/nameser.h")):
        m = re.match(r"\s*ns_([tco])_(\w+) = (\d+)", line)
        if m and m[2] not in ("invalid", "max") and not m[2].isdigit():
            name = m[2].replace("_", "-")
            tables[dns[m[1]]].setdefault(int(m[3]), name if m[1] == "o" else name.upper())
    for number, name in re.findall(r'^TYPE\(\w+, (\d+), "([^"]+)"', "\n".join(lines(dns_plugin / "types.h")), re.M):
        tables["DNS_TYPE"].setdefault(int(number), name)
    tables["DNS_RCODE"].update(reply_codes(dns_plugin / "names.c"))
    for line in lines(find(folders, "netinet/ip_icmp.h")):
        if "NR_ICMP_TYPES" in line:
            break
        m = re.match(r"#define ICMP_\w+\s+(\d+)\s*/\*\s*(.*?)\s*\*/", line)
        if m:
            tables["ICMP"].setdefault(int(m[1]), m[2].lower())
    with output.open("w", encoding="utf-8") as out:
        out.write("/* Written by names.py. */\n#include \"names.h\"\n\n")
        for table, names in tables.items():
            out.write(f"static const struct name {table.lower()}[] = {{\n")
            for number, name in sorted(names.items()):
                text = re.sub(r'[^ -!#-\[\]-~]', "?", name)
                out.write(f'    {{{number}, "{text}"}},\n')
            out.write("    {UINT32_MAX, 0}};\n")
        out.write("\nconst struct names names_tables[NAMES_N] = {\n")
        for table, names in tables.items():
            out.write(f"    [NAMES_{table}] = {{{table.lower()}, {len(names)}}},\n")
        out.write("};\n")


main()
