#!/bin/sh
# Measures esslink against its peers, on this machine, now. See docs/performance.md.
#   scripts/bench.sh codec [--json] [--turns N] [--only PEER]
#   scripts/bench.sh compress [--json]
# With --json the last line is one JSON object.
set -eu
cd "$(dirname "$0")/.."

name=${1:-}
case "$name" in
codec)
    shift
    scripts/setup.sh bench
    ;;
compress)
    shift
    scripts/setup.sh
    set -- packaging/points/cabinet-261.csv "$@"
    ;;
*)
    sed -n '3,4s/^# *//p' "$0" >&2
    exit 2
    ;;
esac
build=build/bench/$name
[ -e "$build/build.ninja" ] || cmake -S "tests/bench/$name" -B "$build" -G Ninja >&2
cmake --build "$build" >&2
exec "$build/bench_$name" "$@"
