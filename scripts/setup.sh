#!/bin/sh
# Installs what esslink needs on a fresh Debian 12 (scripts/packages.txt, and Node.js for the page).
#   scripts/setup.sh [GROUP...]     what building and running need, and these groups: test, mcu, fuzz, bench
# Does nothing, and needs no rights, where everything is there already.
set -eu
cd "$(dirname "$0")/.."

wanted=$(awk -v groups=" build run $* " '
    /^# --- / { chosen = index(groups, " " $3 " ") > 0; next }
    !/^#/ && chosen' scripts/packages*.txt)
# The page is built with npm. A Node.js that is there already (18 or newer) is left alone.
command -v npm >/dev/null 2>&1 || wanted="$wanted nodejs npm"

missing=""
for package in $wanted; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
        missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    sudo=""
elif command -v sudo >/dev/null 2>&1; then
    sudo="sudo"
else
    echo "setup: these packages are missing and neither root nor sudo is at hand:$missing" >&2
    echo "setup: run as root: apt-get install --no-install-recommends$missing" >&2
    exit 77
fi
echo "setup: installing$missing" >&2
# A broker that Debian would start on port 1883 is not wanted: programs start their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap '$sudo rm -f "$policy"' EXIT # it would keep all services of this machine from starting
    trap 'exit 130' HUP INT TERM
    printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null
    $sudo chmod 755 "$policy"
fi
result=0
{ $sudo apt-get update -qq &&
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        $missing; } >&2 || result=$?
if [ "$result" != 0 ]; then
    echo "setup: apt-get failed ($result); mend what it says above and run again" >&2
fi
exit "$result"
