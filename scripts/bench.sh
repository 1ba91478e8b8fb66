#!/bin/sh
# Measures esslink against its peers, on this machine, now. See docs/performance.md.
#   scripts/bench.sh codec [--json] [--turns N] [--only PEER]
# With --json the last line is one JSON object.
set -eu
cd "$(dirname "$0")/.."

name=${1:-}
case "$name" in
codec) shift ;;
*)
    echo "usage: scripts/bench.sh codec [--json] [--turns N] [--only PEER]" >&2
    exit 2
    ;;
esac
scripts/setup.sh bench
build=build/bench/$name
[ -e "$build/build.ninja" ] || cmake -S "tests/bench/$name" -B "$build" -G Ninja >&2
cmake --build "$build" >&2
exec "$build/bench_$name" "$@"
