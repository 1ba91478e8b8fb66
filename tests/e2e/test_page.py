"""The page in Debian's Chromium, against a whole plant: log-in, live values, chart, cells, a
command to its read-back, both languages; and that it says so when the hub is gone."""
import os
import pathlib
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "lib"))
from trial import BINARIES, Plant, SOURCE, check, report, wait_for_history  # noqa: E402

BUILD = BINARIES.parent
SHOT = BUILD / "page-failed.png"


def agent(plant, number):
    plant.programs["agent-SH001"].process.send_signal(number)


def drive(plant):
    """Runs the browser's part. Its own lines tell which step failed."""
    words = ["node", SOURCE / "tests" / "e2e" / "page.mjs", plant.hub_url, plant.user,
             plant.password]
    own = {"ESS_NODE_MODULES": str(BUILD / "web-work"), "ESS_SHOT": str(SHOT)}
    wishes = {"page: wanted: hub killed": lambda: plant.kill("hub"),
              "page: wanted: hub restarted": lambda: plant.restart("hub"),
              "page: wanted: agent halted": lambda: agent(plant, signal.SIGSTOP),
              "page: wanted: agent continued": lambda: agent(plant, signal.SIGCONT)}
    with subprocess.Popen(words, env=os.environ | own, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, text=True) as browser:
        for line in browser.stdout:
            print(line, end="", flush=True)
            wishes.get(line.strip(), lambda: None)()
    agent(plant, signal.SIGCONT) # a step that failed may have left it halted
    return browser.returncode


def main():
    with Plant(cabinets=1) as plant:
        plant.start()
        wait_for_history(plant, "SH001", 2)
        code = drive(plant)
        check(code == 0, "the browser's steps hold", code)
    report("page")


if __name__ == "__main__":
    main()
