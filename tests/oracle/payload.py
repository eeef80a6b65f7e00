#!/usr/bin/env python3
"""Fields of HTTP, TLS, DTLS, QUIC and DNS as the installed tshark says them, frame by frame, over a corpus.

usage: payload.py [--trawl PATH] [--protocol http|tls|dtls|quic|dns] [--every N] [--only TEXT] [--min PERCENT] [--show N]
                  [--keep FOLDER] CORPUS

Every N-th capture (default 1) of CORPUS/manifest.tsv whose kinds have it is read by both (tshark in two
passes, for http.response_in). Every field that trawl declares and tshark knows must be equal, all occurrences in
order, or trawl's go on where tshark's end (a rest that was not captured), in PERCENT (default 94) of the frames in
which tshark shows it, where those are at least 100, and no capture may be refused. OTHERS are left out. --keep: tshark's
answers stay in FOLDER for the next time. Prints a line a field: frames in which tshark shows it, the share of
these that is equal, that has more, and frames in which only trawl does; the first that differ."""
import argparse
import concurrent.futures
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
OTHER_FORM = {"http.request.line", "http.response.line", "http.unknown_header", "tls.app_data"}  # docs/FIELDS.md says how
# TCP and HTTP made to be misread, TLS in OpenVPN's packets, and RTP that tshark takes for QUIC.
OTHERS = ("http-evader", "http-manipulated", "-fuzz", "filestore-5408", "openvpn", "443-opvn", "snapchat_call_v1")
# Fields that are not compared in a capture: hundreds of responses of the first are not whole, which count in trawl
# and are not there for tshark; connections of the last four begin in a body, or in what is no HTTP, and tshark shows their bytes
# as bodies; the second has five responses a packet, to each of which tshark gives the numbers of the last one.
NUMBERS = ("http.response_number", "http.next_response_in", "http.prev_response_in")
LEFT_OUT = {"650HttpResponses": NUMBERS, "http-protocol-nodup": NUMBERS,
            "tcp-rst-unacked-stream-12": ("http.file_data",), "nDPI-quickplay": ("http.file_data",),
            "nDPI-instagram": ("http.file_data",), "nDPI-weibo": ("http.file_data",)}
MARK = "\x1f"
FILTERS = {"http": "http or ssdp", "tls": "tls and tcp", "dtls": "dtls", "quic": "quic", "dns": "dns or mdns or llmnr"}


def declared(trawl, protocol):
    """Names and types of the fields of a plugin that tshark has too; DTLS is in the one of TLS."""
    plugin = "tls" if protocol == "dtls" else protocol
    rows = json.loads(subprocess.run([trawl, "fields", "--format", "json"], stdout=subprocess.PIPE, check=True).stdout)
    out = subprocess.run(["tshark", "-G", "fields"], stdout=subprocess.PIPE, check=True).stdout.decode("latin-1")
    theirs = {line.split("\t")[2] for line in out.split("\n") if line.startswith("F\t")}
    return [(r["name"], r["type"]) for r in rows if r["plugin"] == plugin and r["name"] in theirs and
            (plugin != "tls" or r["name"].startswith("dtls.") == (protocol == "dtls"))]


def of_tshark(path, fields, protocol, keep):
    command = ["tshark", "-n", "-2", "-r", path, "-Y", FILTERS[protocol], "-T", "fields", "-E", "occurrence=a", "-E",
               "aggregator=" + MARK, "-e", "frame.number"] + [w for f, _ in fields for w in ("-e", f)]
    name = keep and os.path.join(keep, hashlib.sha1("\n".join(command).encode()).hexdigest())
    if name and os.path.exists(name):
        text = open(name, "rb").read()
    else:
        text = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=300).stdout
        if name:
            with open(name, "wb") as f:
                f.write(text)
    ret = {}
    for line in text.decode("utf-8", "replace").split("\n"):
        cells = line.split("\t")
        if cells[0].isdigit():
            ret[int(cells[0])] = {f: c.split(MARK) for (f, _), c in zip(fields, cells[1:]) if c}
    return ret


def of_trawl(trawl, path, fields, protocol):
    command = [trawl, "--no-cache", "-r", path, "--format", "ndjson",
               "packets | where %s | select frame.number %s" % (protocol, " ".join(f for f, _ in fields))]
    p = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=300)
    ret = {}
    for line in p.stdout.decode("utf-8", "replace").split("\n"):
        if line:
            row = json.loads(line)
            cells = {f: row[f] if isinstance(row[f], list) else [row[f]] for f, _ in fields if row[f] not in (None, [])}
            ret[row["frame.number"]] = cells
    return p.returncode, ret


def norm(value, kind):
    """One form for both sides' numbers, truths, bytes, times and text."""
    if value is True or value == "True":
        return "1"
    if value is False or value == "False":
        return "0"
    text = str(value)
    if kind == "body":  # tshark's text ends at the first zero byte
        text = re.sub(r"\\\\+", r"\\", text).split("\\x00")[0]
        return re.sub(r"\?+", "?", re.sub(r"\\x[0-9a-f]{2}|\\[abfnrtv]|\\+|[^ -~]", "?", text)).strip()
    if kind.startswith("bytes"):
        return text.lower().replace(":", "")
    if kind.startswith(("u", "i")) and re.match(r"^(0[xX][0-9a-fA-F]+|-?\d+)$", text):
        return str(int(text, 0) if text[:2].lower() == "0x" else int(text))
    if kind.startswith("time"):
        if text[:1].isalpha():
            return time.strftime("%Y-%m-%d %H:%M:%S", time.strptime(text.split(".")[0], "%b %d, %Y %H:%M:%S"))
        return re.sub(r"[TZ]| \(UTC\)|\.0+(?=Z|$)", " ", text).strip()
    if kind.startswith("span"):
        return "%.9f" % (float(text))
    return re.sub(r"\\x[0-9a-f]{2}|[^ -~]|\\.|\?", "?", text).strip()


def compare(args, path, fields):
    theirs = of_tshark(path, fields, args.protocol, args.keep)
    code, ours = of_trawl(args.trawl, path, fields, args.protocol)
    if code not in (0, 3):
        return "trawl ended with %d" % code
    ret = []
    left_out = [f for part, names in LEFT_OUT.items() if part in path for f in names]
    fields = [f for f in fields if f[0] not in left_out]
    for n in sorted(set(ours) | set(theirs)):
        a, b = ours.get(n, {}), theirs.get(n, {})
        for f, kind in fields:
            if f == "http.file_data":  # bodies may hold the mark
                kind, x, y = "body", [MARK.join(a.get(f, []))], [MARK.join(b.get(f, []))]
                a, b = {**a, f: x if x[0] else []}, {**b, f: y if y[0] else []}
            x, y = [norm(v, kind) for v in a.get(f, [])], [norm(v, kind) for v in b.get(f, [])]
            if x or y:
                ret.append((f, n, "equal" if x == y else "only" if not y else "more" if y == x[:len(y)] else "other", x, y))
    return ret


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("--trawl", default=os.environ.get("TRAWL", os.path.join(HERE, "..", "..", "build", "trawl")))
    ap.add_argument("--protocol", default="http")
    ap.add_argument("--every", type=int, default=1)
    ap.add_argument("--only", default="")
    ap.add_argument("--min", type=float, default=94)
    ap.add_argument("--show", type=int, default=2)
    ap.add_argument("--keep")
    ap.add_argument("corpus")
    args = ap.parse_args()
    if args.keep:
        os.makedirs(args.keep, exist_ok=True)
    if not shutil.which("tshark"):
        sys.exit("payload: tshark is not installed")
    lines = [line.rstrip("\n").split("\t") for line in open(os.path.join(args.corpus, "manifest.tsv"), encoding="utf-8")]
    kinds = lines[0].index("kinds")
    names = [l[0] for l in lines[1:] if args.protocol in l[kinds].split(",") and args.only in l[0] and
             not any(w in l[0] for w in OTHERS)][::args.every]
    fields = [f for f in declared(args.trawl, args.protocol) if f[0] not in OTHER_FORM]
    tally = {f: {"equal": 0, "more": 0, "other": 0, "only": 0} for f, _ in fields}
    first, refused = {}, []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        work = pool.map(lambda n: compare(args, os.path.join(args.corpus, n), fields), names)
        for name, result in zip(names, work):
            if isinstance(result, str):
                refused.append("%s: %s" % (name, result))
                continue
            for f, n, how, x, y in result:
                tally[f][how] += 1
                if how == "other":
                    first.setdefault(f, []).append("%s#%d: %s, tshark %s" % (name, n, x, y))
    bad = []
    for f, t in sorted(tally.items()):
        n = t["equal"] + t["more"] + t["other"]
        good = 100 * (t["equal"] + t["more"]) / n if n else 100
        if n + t["only"]:
            print("%-50s %6d frames %7.2f %% equal, %6.2f %% or more; %d only in trawl" % (
                f, n, 100 * t["equal"] / max(1, n), good, t["only"]))
        bad += [f] * (good < args.min and n >= 100)
        for line in first.get(f, [])[:args.show]:
            print("    " + line[:400])
    for line in refused:
        print(line)
    print("%s: %d fields in %d captures, %d below %g %%: %s" % (args.protocol, len(fields), len(names), len(bad), args.min,
                                                             " ".join(bad)))
    sys.exit(bool(refused or bad))


if __name__ == "__main__":
    main()
