#!/usr/bin/env python3
"""The lines in the right column of a page's tables. usage: page_lines.py PAGE [shell]

Those that begin with 'trawl' are the shell's, and so is what ends a session; the others are typed into one, each after `use x`."""
import re
import sys

for row in open(sys.argv[1], encoding="utf-8"):
    cells = re.split(r"(?<!\\)\|", row)
    if not row.startswith("| ") or len(cells) != 4:
        continue
    for line in re.findall(r"`([^`]+)`", cells[2].replace("\\|", "|")):
        line = line.replace("FIELD,FIELD", "frame.number,tcp.seq").replace("EXPR", "tcp")
        if line in ("quit", "exit", "q"):
            line = "trawl " + line
        if line.startswith("trawl ") == (len(sys.argv) > 2):
            print(line if len(sys.argv) > 2 else "use x\n" + line)
