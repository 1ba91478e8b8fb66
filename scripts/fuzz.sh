#!/bin/sh
# Fuzzes everything that takes bytes from outside, with AddressSanitizer and UBSan.
#   scripts/fuzz.sh --minutes N [TARGET...]     N for each target, e.g. 5 or 0.1; TARGET as printed
# Prints the executions of each target. What was found lies in build/fuzz/findings; exit 1 then.
# The inputs that reached new code are kept in build/fuzz/corpus and gone on from.
set -eu
cd "$(dirname "$0")/.."

usage() { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ "${1:-}" = --minutes ] && [ $# -ge 2 ] || usage
seconds=$(awk -v n="$2" 'BEGIN { if (n !~ /^[0-9]+(\.[0-9]+)?$/ || n <= 0 || n > 10000) exit 1
                                 s = int(n * 60); print (s > 0 ? s : 1) }') || usage
shift 2

all=$(for file in tests/fuzz/*/fuzz_*.c; do
    echo "$(basename "$(dirname "$file")")_$(basename "$file" .c)"
done)
for target in "$@"; do
    echo "$all" | grep -qxF "$target" || { echo "fuzz: no target $target; there are:" $all >&2; exit 2; }
done
targets=${*:-$all}

scripts/setup.sh fuzz test
[ -e build/fuzz/build.ninja ] || cmake --preset fuzz >&2
cmake --build --preset fuzz --target $targets >&2

findings=build/fuzz/findings
mkdir -p "$findings"
result=0
for target in $targets; do
    room=${target%%_fuzz_*}
    corpus=build/fuzz/corpus/$target
    log=build/fuzz/$target.log
    mkdir -p "$corpus"
    # Bounded: time, one input's time, memory, size.
    outcome=ok
    "build/fuzz/bin/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -max_len=65536 -print_final_stats=1 -artifact_prefix="$findings/$target-" \
        "$corpus" "tests/fuzz/$room/seeds/fuzz_${target#*_fuzz_}" >"$log" 2>&1 || outcome=FOUND
    runs=$(awk '/^stat::number_of_executed_units:/ { print $2 }' "$log")
    printf '%-24s %12s executions  %s\n' "$target" "${runs:-?}" "$outcome"
    if [ "$outcome" != ok ]; then
        tail -n 40 "$log" >&2
        result=1
    fi
done
exit "$result"
