#!/bin/sh
# run.sh WORK: holds spec/asyncapi.yaml against @asyncapi/parser, as pinned by package-lock.json.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
"$here/../lib/fetch_npm.sh" "$here" "$1"
exec node "$1/check.mjs" "$here/../../spec/asyncapi.yaml"
