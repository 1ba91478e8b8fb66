#!/bin/sh
# Line and branch coverage of libess (codec and session) by its unit tests and the fuzz targets'
# seeds, by file and in total. Exit 1 below 95 % of the branches.
#   scripts/coverage.sh [--html FOLDER]     FOLDER: the source, line by line, as HTML pages
# A branch is one way out of one condition, as gcc counts them without optimisation.
set -eu
cd "$(dirname "$0")/.."

usage() { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
html=
case "${1:-}" in
'') ;;
--html) [ $# = 2 ] || usage; html=$2 ;;
*) usage ;;
esac
least=95

scripts/setup.sh test coverage
build=build/coverage
[ -e "$build/build.ninja" ] ||
    cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Debug \
        -DCMAKE_C_FLAGS='--coverage -O0 -fprofile-abs-path' >&2
rooms='codec session'
targets=check_numbers
for room in $rooms; do
    for file in "tests/unit/$room"/test_*.c "tests/fuzz/$room"/fuzz_*.c; do
        name=$(basename "$file" .c)
        case "$name" in test_*) name=unit_${room}_$name ;; *) name=${room}_$name ;; esac
        targets="$targets $name"
    done
done
# shellcheck disable=SC2086 # one word each
cmake --build "$build" --target $targets >&2
find "$build" -name '*.gcda' -exec rm -f {} +
(cd "$build" && ctest -R '^(unit|fuzz)\.(codec|session)\.|^numbers\.strtod$' --no-tests=error \
    --output-on-failure) >"$build/ctest.log" || { tail -n 40 "$build/ctest.log" >&2; exit 1; }

set -- --root . --filter 'src/(codec|session)/' --filter 'include/ess/' "$build"
if [ -n "$html" ]; then
    mkdir -p "$html"
    gcovr "$@" --html-details "$html/index.html"
fi
gcovr "$@" --json-summary "$build/summary.json"
exec python3 - "$build/summary.json" "$least" <<'PYTHON'
import json
import sys

summary, least = json.load(open(sys.argv[1])), float(sys.argv[2])


def row(name, of):
    cells = [f"{of[kind + '_covered']:>6} of {of[kind + '_total']:>5} {of[kind + '_percent'] or 0:>6.1f} %"
             if of[kind + "_total"] else " " * 24 for kind in ("line", "branch")]
    print(f"{name:<28}{cells[0]}   {cells[1]}")


print(f"{'':<28}{'lines':>24}   {'branches':>24}")
for file in summary["files"]:
    row(file["filename"], file)
row("total", summary)
sys.exit(0 if summary["branch_percent"] >= least else 1)
PYTHON
