#!/usr/bin/env python3
"""Files and folders from which no plugin may be loaded: 20 layouts, each refused with a reason, and no code run.

usage: layouts.py [--trawl PATH] [-v]

A plugin whose constructor writes a word is laid out in a folder below the build folder, made unsafe in one
way, and named with --plugin-dir. Layouts that need another user's files are left out when not root."""
import argparse
import os
import shutil
import socket
import subprocess
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
WORD = "CONSTRUCTOR RAN"
NAME = "bad_constructor.so"
NOBODY = 65534


def folder_group(d, f):
    os.chmod(d, 0o775)


def folder_others(d, f):
    os.chmod(d, 0o777)


def folder_sticky(d, f):
    os.chmod(d, 0o1777)


def parent_group(d, f):
    os.chmod(os.path.dirname(d), 0o775)


def parent_others(d, f):
    os.chmod(os.path.dirname(d), 0o777)


def parent_sticky(d, f):
    os.chmod(os.path.dirname(d), 0o1777)


def folder_of_nobody(d, f):
    os.chown(d, NOBODY, NOBODY)


def parent_of_nobody(d, f):
    os.chown(os.path.dirname(d), NOBODY, NOBODY)


def file_group(d, f):
    os.chmod(f, 0o664)


def file_others(d, f):
    os.chmod(f, 0o666)


def file_of_nobody(d, f):
    os.chown(f, NOBODY, NOBODY)


def link_out(d, f):
    other = os.path.join(os.path.dirname(d), "elsewhere")
    os.mkdir(other)
    os.rename(f, os.path.join(other, NAME))
    os.symlink(os.path.join(other, NAME), f)


def link_dangling(d, f):
    os.remove(f)
    os.symlink("nowhere.so", f)


def link_to_itself(d, f):
    os.remove(f)
    os.symlink(NAME, f)


def fifo(d, f):
    os.remove(f)
    os.mkfifo(f)


def folder_named_so(d, f):
    os.remove(f)
    os.mkdir(f)


def sock(d, f):
    os.remove(f)
    here = os.getcwd()
    os.chdir(d)
    s = socket.socket(socket.AF_UNIX)
    s.bind(NAME)
    s.close()
    os.chdir(here)


def empty(d, f):
    open(f, "w").close()


def text(d, f):
    with open(f, "w") as x:
        x.write("#!/bin/sh\necho %s\n" % WORD)


def cut(d, f):
    os.truncate(f, 500)


def cut_late(d, f):
    os.truncate(f, 1000)


def odd_name(d, f):
    os.rename(f, os.path.join(d, "a\x1b[31m.so"))


LAYOUTS = [folder_group, folder_others, folder_sticky, parent_group, parent_others, parent_sticky,
           folder_of_nobody, parent_of_nobody, file_group, file_others, file_of_nobody, link_out,
           link_dangling, link_to_itself, fifo, folder_named_so, sock, empty, text, cut, cut_late,
           odd_name]


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("--trawl", default=os.environ.get("TRAWL", os.path.join(ROOT, "build", "trawl")))
    ap.add_argument("-v", action="store_true")
    args = ap.parse_args()
    build = os.path.dirname(os.path.abspath(args.trawl))
    source = os.path.join(build, "tests", "plugins", "bad_constructor", NAME)
    top = os.path.join(build, "tests", "layouts")
    shutil.rmtree(top, ignore_errors=True)
    os.umask(0o022)
    bad = n = 0
    for layout in [None] + LAYOUTS:
        name = layout.__name__ if layout else "sound"
        if "nobody" in name and os.getuid() != 0:
            continue
        d = os.path.join(top, name, "plugins")
        os.makedirs(d, mode=0o755)
        f = os.path.join(d, NAME)
        shutil.copyfile(source, f)
        os.chmod(f, 0o644)
        if layout:
            layout(d, f)
        p = subprocess.run([args.trawl, "--plugin-dir", d, "--format", "tsv",
                            "-c", "plugins"], stdin=subprocess.DEVNULL,
                           capture_output=True, timeout=300)
        out, err = p.stdout.decode("utf-8", "replace"), p.stderr.decode("utf-8", "replace")
        n += 1
        why = []
        if p.returncode != 0 and layout is None or p.returncode < 0 or p.returncode > 3:
            why.append("exit %d" % p.returncode)
        if layout is None:
            if WORD not in err:
                why.append("a sound plugin was not loaded: " + err.strip())
        else:
            if WORD in err:
                why.append("its code was run")
            if "refused" not in out + err:
                why.append("no word of refusal")
        if "\x1b" in out + err:
            why.append("an escape byte in the output")
        if args.v:
            print("%s: %s%s" % (name, "; ".join(l for l in out.split("\n") if "refused" in l), err.strip()))
        if why:
            bad += 1
            print("%s: %s" % (name, "; ".join(why)))
    shutil.rmtree(top, ignore_errors=True)
    print("layouts: %d, %d bad" % (n, bad))
    sys.exit(1 if bad else 0)


main()
