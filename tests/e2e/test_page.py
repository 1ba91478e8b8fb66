"""The page in Debian's Chromium, against a whole plant: log-in, live values, chart, cells, a
command to its read-back, both languages."""
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "lib"))
from trial import BINARIES, Plant, SOURCE, check, report, wait_for_history  # noqa: E402

BUILD = BINARIES.parent
SHOT = BUILD / "page-failed.png"


def drive(plant):
    """Runs the browser's part. Its own lines tell which step failed."""
    words = ["node", SOURCE / "tests" / "e2e" / "page.mjs", plant.hub_url, plant.user,
             plant.password]
    own = {"ESS_NODE_MODULES": str(BUILD / "web-work"), "ESS_SHOT": str(SHOT)}
    return subprocess.run(words, env=os.environ | own, stdin=subprocess.DEVNULL, timeout=180)


def main():
    with Plant(cabinets=1) as plant:
        plant.start()
        wait_for_history(plant, "SH001", 2)
        done = drive(plant)
        check(done.returncode == 0, "the browser's steps hold", done.returncode)
    report("page")


if __name__ == "__main__":
    main()
