#!/bin/sh
# libess for a Cortex-M4: builds it, runs the vectors and an exchange of device and cloud in an
# emulator, prints flash, room and stack, and fails over the budget (tests/mcu/budget.txt).
set -eu
cd "$(dirname "$0")/.."
scripts/setup.sh mcu
cmake --preset mcu >&2
cmake --build --preset mcu >&2
exec python3 tests/mcu/report.py build/mcu
