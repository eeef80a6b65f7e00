#!/usr/bin/env python3
"""Every command of docs/TOUR.md is in tour_page.transcript, in order; `plot` into the terminal aside."""
import os
import re
import sys

here = os.path.dirname(os.path.abspath(__file__))
page = open(os.path.join(here, "..", "..", "docs", "TOUR.md"), encoding="utf-8").read()
told = [m for block in re.findall(r"```\n(.*?)```", page, re.S)
        for m in re.findall(r"^(?:office|after)> (.*)$", block, re.M) if m != "plot bandwidth"]
run = re.findall(r"^trawl> (.*)$", open(os.path.join(here, "tour_page.transcript"),
                                        encoding="utf-8").read(), re.M)[1:]
told = [line.replace("docs/tour/", "tour/") for line in told]
if told != run:
    sys.exit("docs/TOUR.md and tour_page.transcript differ: %r" %
             [pair for pair in zip(told + [None], run + [None]) if pair[0] != pair[1]][:3])
print("%d commands of the tour are run" % len(told))
