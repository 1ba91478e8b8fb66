#!/bin/sh
# All tests, with AddressSanitizer and UBSan, through ctest.
#   scripts/test.sh [ctest options]     e.g. scripts/test.sh -L unit, scripts/test.sh -R fault
set -eu
cd "$(dirname "$0")/.."
scripts/setup.sh test mcu
[ -e build/asan/build.ninja ] || cmake --preset asan
cmake --build --preset asan
exec ctest --preset asan --no-tests=error "$@"
