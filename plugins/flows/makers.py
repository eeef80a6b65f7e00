#!/usr/bin/env python3
"""Write makers_tables.c: who made a device, out of the IEEE's lists as Debian's ieee-data has them.

usage: makers.py OUTPUT FOLDER        a list that is not there is empty"""
import csv
import os
import sys

LISTS = [("oui36.csv", 36), ("mam.csv", 28), ("oui.csv", 24)]


def read(path):
    """{prefix: name} of one list; of an address assigned twice the first counts."""
    made = {}

    if not os.path.exists(path):
        return made
    with open(path, encoding="utf-8", errors="replace", newline="") as f:
        for row in csv.DictReader(f):
            name = " ".join(row["Organization Name"].split())
            if name:
                made.setdefault(int(row["Assignment"], 16), name)
    return made


def quoted(name):
    """As a C string, byte by byte where it is not plain."""
    text = "".join(chr(b) if 32 <= b < 127 and chr(b) not in '"\\?' else "\\%03o" % b for b in name.encode())
    return '"%s\\0"' % text


def main():
    output, folder = sys.argv[1:]
    lists = [(bits, read(os.path.join(folder, name))) for name, bits in LISTS]
    places, at = {}, 0

    for name in sorted({name for _, made in lists for name in made.values()}):
        places[name] = at
        at += len(name.encode()) + 1
    with open(output, "w", encoding="ascii") as f:
        f.write("/* Made by makers.py. */\n#include \"makers_tables.h\"\n\n")
        f.write("const char makers_names[] =\n    \"\"%s;\n\n" % "".join("\n    " + quoted(name) for name in places))
        for bits, made in lists:
            f.write("static const struct makers_item items%d[] = {\n" % bits)
            for prefix in sorted(made):
                f.write("    {0x%x, %d},\n" % (prefix, places[made[prefix]]))
            f.write("    {0, 0}};\n")
        f.write("const struct makers_list makers_lists[MAKERS_LISTS] = {\n")
        for bits, made in lists:
            f.write("    {%d, items%d, %d},\n" % (bits, bits, len(made)))
        f.write("};\n")


if __name__ == "__main__":
    main()
