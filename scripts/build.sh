#!/bin/sh
# Builds the programs people run: build/release/bin/.
set -eu
cd "$(dirname "$0")/.."
scripts/setup.sh
[ -e build/release/build.ninja ] || cmake --preset release >&2
cmake --build --preset release >&2
