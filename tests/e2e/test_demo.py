"""The demo as a newcomer runs it: its last line is the promised JSON, and Ctrl-C ends everything it
started and nothing else."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "lib"))
from trial import SOURCE, check, report, wait_until  # noqa: E402

KEYS = {"cabinets", "points_sampled", "points_stored", "lost", "duplicated", "command_ms",
        "report_to_store_ms_p99"}


def demo(*words, **options):
    return subprocess.Popen([sys.executable, SOURCE / "scripts" / "demo.py", *words],
                            stdin=subprocess.DEVNULL, text=True, **options)


def children(pid):
    """Every process below pid, however deep."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        if parent == pid:
            child = int(stat.parent.name)
            found += [child, *children(child)]
    return found


def ends_by_itself():
    run = demo("--seconds", "20", "--json", stdout=subprocess.PIPE)
    out, _ = run.communicate(timeout=120)
    check(run.returncode == 0, "the demo ends well", run.returncode)
    last = json.loads(out.strip().splitlines()[-1])
    check(KEYS <= set(last), "the promised keys are there", last)
    check(last["cabinets"] == 3 and last["lost"] == 0 and last["duplicated"] == 0, "nothing lost",
          last)
    check(last["command_stages"][-1] == "done" and "accepted" in last["command_stages"],
          "the command went from accepted to done", last)


def ends_by_interrupt():
    with tempfile.TemporaryDirectory(prefix="esslink-") as folder:
        bystander = subprocess.Popen(["sleep", "300"])
        log = pathlib.Path(folder) / "out"
        with log.open("w") as out:
            run = demo("--lang", "zh", "--dir", f"{folder}/plant", stderr=out)
        try:
            wait_until(lambda: "按 Ctrl-C 全部结束" in log.read_text(), "the demo to be up", 60)
            started = children(run.pid)
            check(len(started) >= 8, "broker, hub, three cabinets, three agents run", started)
            run.send_signal(signal.SIGINT)
            run.wait(60)
            left = [p for p in started if os.path.exists(f"/proc/{p}/exe")]
            check(not left, "nothing it started is left", left)
            check(bystander.poll() is None, "what it did not start is untouched")
        finally:
            bystander.kill()
            bystander.wait()


ends_by_itself()
ends_by_interrupt()
report("demo")
