#!/usr/bin/env python3
"""Every command of a page is in its transcript, in order (`plot` into the terminal aside), and what the page shows under
one is what came back. --update writes that into NOTEBOOK.md, which shows it under each.

usage: check_tour.py [--update]"""
import os
import re
import sys

if {"-h", "--help"} & set(sys.argv):
    sys.exit(print(__doc__))
HERE = os.path.dirname(os.path.abspath(__file__))
PAGES = {"docs/TOUR.md": "tour_page", "docs/NOTEBOOK.md": "notebook_page", "README.md": "readme"}
PROMPT = re.compile(r"(?:office|after|office-after)> (.*)")


def told(page):
    """Commands of the page's blocks, each with the lines under it."""
    out = []
    for block in re.findall(r"```\n(.*?)```", page, re.S):
        if not re.search(PROMPT.pattern, block):
            continue
        for line in block.splitlines():
            command = PROMPT.match(line)
            if command:
                out.append((command[1].replace("docs/tour/", "tour/"), []))
            elif out and not line.startswith("$ "):
                out[-1][1].append(line)
    return [pair for pair in out if pair[0] != "plot bandwidth"]


def came(transcript):
    out = []
    for line in transcript.splitlines():
        if line.startswith("trawl> "):
            out.append((line[len("trawl> "):], []))
        elif out and not line.startswith("## "):
            out[-1][1].append(line)
    return out[1:]  # the first loads what the page's `$` line does


def written(page, run):
    """The page with what came back under each command."""
    lines, inside, run = [], False, iter(run)
    for line in page.splitlines():
        if line.startswith("```"):
            inside = not inside
        command = inside and PROMPT.match(line)
        if inside and not command and not line.startswith(("$ ", "```")):
            continue
        lines.append(line)
        if command:
            lines += next(run)[1]
    return "\n".join(lines) + "\n"


bad = False
for name, transcript in PAGES.items():
    path = os.path.join(HERE, "..", "..", name)
    page = open(path, encoding="utf-8").read()
    run = came(open(os.path.join(HERE, transcript + ".transcript"), encoding="utf-8").read())
    want = told(page)
    if [c for c, _ in want] != [c for c, _ in run]:
        wrong = [pair for pair in zip([c for c, _ in want] + [None], [c for c, _ in run] + [None])
                 if pair[0] != pair[1]]
        print("%s and %s.transcript differ: %r" % (name, transcript, wrong[:3]))
        bad = True
        continue
    if "--update" in sys.argv and name == "docs/NOTEBOOK.md":
        open(path, "w", encoding="utf-8").write(written(page, run))
        want = run
    for (command, shown), (_, got) in zip(want, run):
        if shown and shown != got:
            print("%s shows something else under '%s'" % (name, command))
            bad = True
    if name == "docs/NOTEBOOK.md" and [c for (c, s), (_, g) in zip(want, run) if g and not s]:
        print("%s shows nothing under a command that prints: check_tour.py --update" % name)
        bad = True
    print("%s: %d commands are run" % (name, len(run)))
sys.exit(bad)
