"""Two network namespaces with a veth between them, trawl in one of them a line at a time, and facts that are counted:
what tests/live has in common."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

A, B = "trawl-a-%d" % os.getpid(), "trawl-b-%d" % os.getpid()
facts = {"n": 0, "false": 0}
PATIENCE = 120  # seconds, for what comes: a machine may be slow, or a sanitizer
SEND = ("import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); "
        "[s.sendto(b'x' * 30, ('10.9.0.2', 7000 + i %% 5)) for i in range(%d)]")


def run(*words, **more):
    return subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, **more)


def check(what, fact, more=""):
    facts["n"] += 1
    if not fact:
        facts["false"] += 1
        print("FALSE: %s %s" % (what, more))


def ip(*words):
    p = run("ip", *words)
    if p.returncode:
        raise OSError(p.stderr.strip())


def take_xdp(namespace, device):
    """The other end of a veth takes frames of XDP, which tool_flood_packets makes, only with its GRO on."""
    run("ip", "netns", "exec", namespace, sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), "gro.py"),
        device)


def set_up():
    """Two namespaces with a veth between them; None, or why not."""
    if os.geteuid() != 0:
        return "not root"
    if not shutil.which("ip"):
        return "no 'ip'"
    try:
        ip("netns", "add", A)
        ip("netns", "add", B)
        ip("link", "add", "va", "netns", A, "type", "veth", "peer", "name", "vb", "netns", B)
        for ns, dev, address in ((A, "va", "10.9.0.1/24"), (B, "vb", "10.9.0.2/24")):
            ip("-n", ns, "addr", "add", address, "dev", dev)
            ip("-n", ns, "link", "set", dev, "up")
        ip("-n", B, "link", "add", "down0", "type", "veth", "peer", "name", "down1")
    except OSError as e:
        return "no network namespaces: %s" % e
    return None


def wait_for(fact):
    end = time.time() + PATIENCE
    while not fact() and time.time() < end:
        time.sleep(0.1)


class Shell:
    """trawl in namespace B, a line at a time."""

    def __init__(self, trawl, folder, *options, before=()):
        """before: words of a program that runs it"""
        env = {"PATH": os.environ["PATH"], "HOME": folder, "LC_ALL": "C"}
        env.update((k, v) for k, v in os.environ.items() if "SAN_OPTIONS" in k)
        self.err = open(os.path.join(folder, "stderr"), "w+")
        self.p = subprocess.Popen(["ip", "netns", "exec", B] + list(before) + [os.path.abspath(trawl), "-k"] +
                                  list(options) + ["-"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=self.err, text=True, env=env, bufsize=1)

    def say(self, line):
        self.p.stdin.write(line + "\n")
        self.p.stdin.flush()

    def ask(self, line):
        """The rows of a table, as objects."""
        self.say(line + " --format ndjson")
        self.say("!echo END")
        rows = []
        for text in self.p.stdout:
            if text == "END\n":
                return rows
            if text.startswith("{"):
                rows.append(json.loads(text))
        return rows

    def until(self, line, fact, seconds=PATIENCE):
        end = time.time() + seconds
        while True:
            rows = self.ask(line)
            if fact(rows) or time.time() > end:
                return rows
            time.sleep(0.1)

    def told(self, text, times=1):
        """Wait until it was said so often on stderr."""
        end = time.time() + PATIENCE
        with open(self.err.name) as f:
            said = f.read()
            while said.count(text) < times and time.time() < end:
                time.sleep(0.1)
                said += f.read()

    def end(self):
        self.p.stdin.close()
        self.p.wait(timeout=PATIENCE)
        self.err.seek(0)
        return self.err.read()


def send(n):
    p = run("ip", "netns", "exec", A, sys.executable, "-c", SEND % n)
    if p.returncode:
        raise OSError(p.stderr)


def lines_of(path):
    """The objects of a file's whole lines; None: there is no file."""
    try:
        with open(path) as f:
            return [json.loads(line) for line in f if line.endswith("\n")]
    except OSError:
        return None


def main(name, tests, only):
    """Runs them, each with a folder of its own; the exit status."""
    why_not = set_up()
    try:
        if why_not:
            print("%s: skipped: %s" % (name, why_not))
        else:
            for test in tests:
                if only and only not in test.__name__:
                    continue
                with tempfile.TemporaryDirectory(prefix="trawl-live-") as folder:
                    test(folder)
            print("%s: %d facts, %d false" % (name, facts["n"], facts["false"]))
    finally:
        for ns in (A, B):
            run("ip", "netns", "del", ns)
    return 1 if facts["false"] else 0
