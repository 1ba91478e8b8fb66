#!/bin/sh
# Compares the codec's doubles with the C library's (strtod, printf), bit for bit, on seeded random
# and hard cases. Prints how many numbers were read and printed; exit 1 if one was wrong.
#   scripts/numbers.sh [--count N] [--seed S] [--json]     N cases, 10,000,000 unless told
set -eu
cd "$(dirname "$0")/.."

scripts/setup.sh test
build=build/numbers
[ -e "$build/build.ninja" ] || cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release >&2
cmake --build "$build" --target check_numbers >&2
exec "$build/bin/check_numbers" --count 10000000 "$@"
