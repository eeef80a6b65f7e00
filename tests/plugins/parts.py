#!/usr/bin/env python3
"""The second file of a plugin: found when it is first wanted, and every wrong one is one line.

usage: parts.py [--trawl PATH] [-v]

A program with the plugin sql is laid out in a folder below the build folder; its part is taken away,
exchanged or made unsafe. The plugin itself must be there all the same."""
import argparse
import os
import shutil
import subprocess
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
LINE = "plugins | select name > out.sqlite"


def good(part, build):
    pass


def missing(part, build):
    os.unlink(part)


def no_folder(part, build):
    shutil.rmtree(os.path.dirname(part))


def others(part, build):
    os.chmod(part, 0o666)


def folder_others(part, build):
    os.chmod(os.path.dirname(part), 0o777)


def leaves(part, build):
    os.unlink(part)
    os.symlink("../sql.so", part)


def a_plugin(part, build):
    shutil.copy(os.path.join(build, "plugins", "sql.so"), part)


def of_another(part, build):
    shutil.copy(os.path.join(build, "plugins", "parts", "sequence.so"), part)


def no_library(part, build):
    with open(part, "w") as f:
        f.write("text")


CASES = [(good, None), (missing, "no such file"), (no_folder, "no such file"),
         (others, "may be written by everybody"), (folder_others, "may be written by everybody"),
         (leaves, "a link that leaves its folder"), (a_plugin, "it has no 'trawl_part_entry'"),
         (of_another, "it belongs to another plugin"), (no_library, "it cannot be loaded: ")]


def names(args, build, plugins, says):
    """`flows --dissections` where nDPI is not there: trawl's own names, and a line that says so."""
    base = os.path.join(build, "tests", "parts")
    shutil.rmtree(base, ignore_errors=True)
    os.makedirs(os.path.join(base, "plugins"), 0o755)
    shutil.copy(args.trawl, base)
    for name in plugins + ("session.so", "verbs.so", "flows.so"):
        shutil.copy(os.path.join(build, "plugins", name), os.path.join(base, "plugins"))
    env = {k: v for k, v in os.environ.items() if not k.startswith("XDG_")}
    env.update(XDG_DATA_HOME=base, HOME=base)
    r = subprocess.run([os.path.join(base, os.path.basename(args.trawl)), "--no-init", "--no-cache", "-r",
                        os.path.join(ROOT, "tests", "fixtures", "secure.pcap"), "-c",
                        "flows --dissections 20 | select application_name requested_server_name | head 1"],
                       cwd=base, env=env, capture_output=True, text=True, timeout=300)
    name = "TLS\twww.example.org" if "tls.so" in plugins else "Unknown"
    ok = r.returncode == 0 and r.stdout.split("\n")[1].strip() == name and all(x in r.stderr for x in says)
    if args.v or not ok:
        print("%s names with %s: %d %s%s" % ("ok" if ok else "FAULT", " ".join(plugins), r.returncode, r.stdout, r.stderr))
    return 0 if ok else 1


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("--trawl", default=os.path.join(ROOT, "build", "trawl"))
    ap.add_argument("-v", action="store_true")
    args = ap.parse_args()
    build = os.path.dirname(os.path.abspath(args.trawl))
    if not os.path.exists(os.path.join(build, "plugins", "parts", "sequence.so")) or \
            not os.path.exists(os.path.join(build, "plugins", "parts", "sql.so")):
        print("parts: this build lacks libsqlite3 or libjansson")
        return 0
    base, failed = os.path.join(build, "tests", "parts"), 0
    for change, says in CASES:
        shutil.rmtree(base, ignore_errors=True)
        os.makedirs(os.path.join(base, "plugins", "parts"), 0o755)
        shutil.copy(args.trawl, base)
        part = shutil.copy(os.path.join(build, "plugins", "parts", "sql.so"),
                           os.path.join(base, "plugins", "parts", "sql.so"))
        for name in ("sql.so", "session.so", "verbs.so"):
            shutil.copy(os.path.join(build, "plugins", name), os.path.join(base, "plugins"))
        change(part, build)
        env = {k: v for k, v in os.environ.items() if not k.startswith("XDG_")}
        env.update(XDG_DATA_HOME=base, HOME=base)
        runs = [subprocess.run([os.path.join(base, os.path.basename(args.trawl)), "--no-init", "-c", line],
                               cwd=base, env=env, capture_output=True, text=True, timeout=300)
                for line in ("help sqlite", LINE)]
        made = os.path.exists(os.path.join(base, "out.sqlite"))
        there = "database of SQLite" in runs[0].stdout and runs[0].returncode == 0
        said = runs[1].stderr.strip()
        ok = there and (made and not said and not runs[1].returncode if says is None else
                        not made and runs[1].returncode == 1 and says in said and "\n" not in said and
                        said.startswith("error: could not load the part of plugin 'sql', '"))
        failed += not ok
        if args.v or not ok:
            print("%s %s: %d %s" % ("ok" if ok else "FAULT", change.__name__, runs[1].returncode, said))
    own, gone = "names are what trawl's own dissectors know", "plugin 'dpi' with libndpi is not there"
    layouts = [(("tls.so",), [own, gone]), ((), [own, gone, "is empty: 'tls', 'quic', 'http', 'dns'"])]
    if os.path.exists(os.path.join(build, "plugins", "parts", "dpi.so")):
        layouts.append((("tls.so", "dpi.so"), [own, "could not begin: its part, which has libndpi, could not be loaded"]))
    failed += sum(names(args, build, *layout) for layout in layouts)
    shutil.rmtree(base, ignore_errors=True)
    print("parts: %d layouts, %d faults" % (len(CASES) + len(layouts), failed))
    return 1 if failed else 0


sys.exit(main())
