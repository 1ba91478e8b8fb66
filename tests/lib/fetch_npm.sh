#!/bin/sh
# fetch_npm.sh HERE WORK: puts the packages that HERE/package-lock.json pins into WORK, once for each
# state of the lock, and HERE's check.mjs beside them; so the source tree stays clean.
set -eu
here=$1
work=$2
mkdir -p "$work"
if ! cmp -s "$here/package-lock.json" "$work/fetched"; then
    rm -f "$work/fetched"
    cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" "$work"
    (cd "$work" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error)
    cp "$here/package-lock.json" "$work/fetched"
fi
cp "$here/check.mjs" "$work"
