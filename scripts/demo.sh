#!/bin/sh
# The whole of esslink on this machine: a broker, a hub, three simulated cabinets, three agents.
#   scripts/demo.sh [--seconds N] [--json] [--lang en|zh]
# Ctrl-C ends everything it started, and nothing else.
set -eu
cd "$(dirname "$0")/.."
scripts/build.sh
exec python3 scripts/demo.py "$@"
