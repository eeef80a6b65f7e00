#!/usr/bin/env bash
# Run golden transcripts: tests/golden/run.sh [--update] [-v] [--gdb] [NAME...]; run.py has the rules.
exec python3 "$(dirname "$0")/run.py" "$@"
