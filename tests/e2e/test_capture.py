"""Everything that the programs say to each other, recorded at the broker through outages, kills and
commands, and held against the rules by `ess check`: our own traffic breaks none."""
import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "lib"))
from trial import BINARIES, Plant, check, report, wait_for_history, wait_until  # noqa: E402

GROUP = "SH001"


def record(plant):
    """mosquitto_sub beside the plant, with a certificate that may read all; it waits for the
    broker, so that it hears the first word."""
    pki = plant.pki("_watch")
    with open(plant.dir / "acl", "a", encoding="utf-8") as acl:
        acl.write("\nuser _watch\ntopic read v1/#\n")
    plant.start_broker()
    capture = plant.dir / "capture"
    words = ["stdbuf", "-oL", "mosquitto_sub", "-h", "127.0.0.1", "-p", str(plant.broker_port),
             "-V", "5", "--cafile", pki / "ca.crt", "--cert", pki / "_watch.crt", "--key",
             pki / "_watch.key", "-i", "_watch", "-q", "2", "-t", "v1/#",
             "-F", "%U %r %q %t %x"]
    with open(capture, "wb") as file, open(plant.dir / "watch.log", "wb") as log:
        watcher = subprocess.Popen([str(w) for w in words], stdin=subprocess.DEVNULL, stdout=file,
                                   stderr=log)
    return capture, watcher


def work(plant):
    """Reports, commands that are done and that are rejected, and each end killed once."""
    plant.start()
    wait_for_history(plant, GROUP, 2)
    code, final = plant.command(GROUP, "power.set", "p=60", "rvt=3600")
    check(code == 0, "the cabinet takes a power", final)
    plant.kill("hub")
    plant.restart("hub")
    plant.login()
    wait_for_history(plant, GROUP, 2)
    plant.kill(f"agent-{GROUP}")
    plant.restart(f"agent-{GROUP}")
    wait_for_history(plant, GROUP, 3)
    code, final = plant.command(GROUP, "stop")
    check(code == 0, "it stops", final)
    plant.stop_agents()


def main():
    with Plant(cabinets=1) as plant:
        capture, watcher = record(plant)
        try:
            wait_until(lambda: watcher.poll() is None, "the recorder")
            work(plant)
            wait_until(lambda: b"7b" in capture.read_bytes()[-300:], "the farewell")
        finally:
            watcher.terminate()
            watcher.wait(20)
        done = subprocess.run([BINARIES / "ess", "check", "--json", capture], capture_output=True,
                              text=True, timeout=60)
        told = [json.loads(line) for line in done.stdout.splitlines()]
        total = told.pop()
        lines = capture.read_text().splitlines()
        wrong = [(f, lines[f["line"] - 1][:200] if f["line"] else "") for f in told
                 if f["severity"] == "broken"]
        check(not wrong and done.returncode == 0, "nothing is broken", wrong, total)
        kinds = {line.split(" ")[3].split("/")[1] for line in lines}
        check({"STATE", "DATA", "HIST", "PARAM", "EVENT", "ACK", "CMD", "RSP"} >= kinds
              and len(kinds) >= 7, "all that is said was heard", kinds)
        print(f"{total['messages']} messages, {total['broken']} broken, {total['advice']} advice: "
              f"{total['rules']}")
    report("test_capture")


main()
