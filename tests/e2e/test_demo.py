"""The demo as a newcomer runs it: its last line is the promised JSON, the commands it names work, and
Ctrl-C ends everything it started and nothing else; so does a kill."""
import contextlib
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
    check(0 < last["bytes_sent"] < 0.5 * last["bytes_as_json"], "reports went compressed", last)
    check(last["command_stages"][-1] == "done" and "accepted" in last["command_stages"],
          "the command went from accepted to done", last)


def running(pids):
    return [p for p in pids if os.path.exists(f"/proc/{p}/exe")]


@contextlib.contextmanager
def standing_demo():
    """A demo that is up, as on a terminal: (run, its log, all processes it started)."""
    with tempfile.TemporaryDirectory(prefix="esslink-") as folder:
        log = pathlib.Path(folder) / "out"
        with log.open("w") as out:
            run = demo("--lang", "zh", "--dir", f"{folder}/plant", stderr=out,
                       start_new_session=True)
        try:
            wait_until(lambda: log.read_text().count("回读") == 3, "the demo to have commanded", 60)
            started = children(run.pid)
            check(len(started) >= 8, "broker, hub, three cabinets, three agents run", started)
            yield run, log, started
        finally:
            run.kill()
            run.wait()


def names_commands_that_work(log):
    named = [line.split() for line in log.read_text().splitlines() if line.startswith("  ")
             and "/ess " in line]
    check(len(named) == 3, "three commands to try", named)
    for words in named:
        words += ["--count", "1"] if words[1] == "watch" else []
        done = subprocess.run(words, capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL)
        check(done.returncode == 0 and done.stdout, "it works", words, done)


def ends_by_interrupt():
    """Ctrl-C on a terminal goes to the whole foreground process group."""
    bystander = subprocess.Popen(["sleep", "300"])
    try:
        with standing_demo() as (run, log, started):
            names_commands_that_work(log)
            os.killpg(run.pid, signal.SIGINT)
            run.wait(60)
            check(run.returncode == 0 and "丢失 0，重复 0，改变 0" in log.read_text(),
                  "ledger and history agree", run.returncode, log.read_text())
            check(not running(started), "nothing it started is left", running(started))
            check(bystander.poll() is None, "what it did not start is untouched")
    finally:
        bystander.kill()
        bystander.wait()


def ends_by_kill():
    with standing_demo() as (run, _, started):
        run.kill()
        run.wait()
        wait_until(lambda: not running(started), "nothing it started to be left", 10)


ends_by_itself()
ends_by_interrupt()
ends_by_kill()
report("demo")
