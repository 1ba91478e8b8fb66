"""`ess` against a living plant: what it prints, in which form, and with which exit code it ends."""
import fcntl
import http.server
import json
import os
import pathlib
import pty
import signal
import subprocess
import sys
import termios
import threading
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "lib"))
from trial import (BINARIES, Plant, agrees, check, report, time_left,  # noqa: E402
                   wait_for_history, wait_until)

PCS = "SH001/CAB01/PCS"
SET = ["cmd", PCS, "power.set", "p=60", "rvt=900"]

# (words, exit code, what the output must hold)
CASES = [
    (["get", "devices"], 0, ["SH001", "synced", "stale"]),
    (["get", "devices", "--lang", "zh"], 0, ["陈旧"]),
    (["get", "values", PCS], 0, ["active power", "kW", " age ", " s "]),
    (["get", "values", PCS, "--lang", "zh"], 0, ["对象", "有功功率", "距今", " 秒 "]),
    (["get", "series", "SH001"], 0, ["cellV", "samples"]),
    (["get", "history", "SH001/CAB01/BMS/C1/cellV", "--limit", "1"], 0, ["[260]", "mV"]),
    (["get", "history", "SH001/CAB01/BMS/nothing"], 1, ["[hub-not-found]"]),
    (["get", "params", "SH001"], 0, ["socMin"]),
    (["get", "events", "SH001"], 0, ["device-online"]),
    (["get", "stats", "--json"], 0, ["\"messages\":"]),
    (SET, 0, ["accepted", "executing", "done", "pSetEcho = 60 kW"]),
    ([*SET, "--lang", "zh"], 0, ["回读", "有功"]),
    ([*SET, "--no-wait"], 0, ["-"]),
    (["cmd", PCS, "power.set", "p=600", "rvt=900"], 65, ["-125..125"]),
    (["cmd", PCS, "fly"], 65, ["power.set"]),
    (["cmd", "SH009/CAB01/PCS", "start"], 1, ["not found"]),
    (["get", "commands", "SH001"], 0, ["power.set", "done"]),
    (["watch", "SH001", "--count", "3"], 0, ["SH001/CAB01/"]),
    (["watch", "--seconds", "2", "--json"], 0, ["{\"event\":\""]),
]


def run(*words):
    return subprocess.run([str(w) for w in (BINARIES / "ess", *words)], text=True,
                          timeout=time_left(), capture_output=True, stdin=subprocess.DEVNULL,
                          env=os.environ | {"ESS_LANG": "en"})


def answers(plant):
    where = ["--hub", plant.hub_url, "--token-file", plant.token_file]
    for words, code, wanted in CASES:
        done = run(*words, *where)
        said = done.stdout + done.stderr
        check(done.returncode == code, f"{words} ends with {code}", done.returncode, said)
        check(all(w in said for w in wanted), f"{words} says {wanted}", said)
    final = json.loads(run(*SET, "--json", *where).stdout)
    check(final["state"] == "done" and 0 < final["command_ms"] < 5000, "the command's end", final)


def refusals(plant):
    nobody = ["--hub", plant.hub_url, "--token-file", plant.dir / "no-token"]
    for words in (["get", "devices"], ["watch"], ["cmd", PCS, "start"]):
        done = run(*words, *nobody)
        check(done.returncode == 77, f"{words} needs a log-in", done.returncode, done.stderr)
        check("ess login" in done.stderr, "it tells how", done.stderr)
    secret = plant.dir / "wrong"
    secret.write_text("wrong\n")
    done = run("login", "--user", plant.user, "--password-file", secret, *nobody)
    check(done.returncode == 77, "a wrong password", done.returncode, done.stderr)
    check(not (plant.dir / "no-token").exists(), "no token is kept")
    done = run("get", "devices", "--hub", "http://127.0.0.1:1")
    check(done.returncode == 69, "nobody there", done.returncode, done.stderr)
    check(plant.token_file.stat().st_mode & 0o777 == 0o600, "the token is its owner's alone")


def password_prompt(plant):
    """Ctrl-C at the question for the password ends it and leaves the terminal as it was."""
    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    asked = subprocess.Popen([BINARIES / "ess", "login", "--user", "x", "--hub", plant.hub_url],
                             stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
                             env=os.environ | {"ESS_LANG": "en"},
                             preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
    said = b""
    while b"Password" not in said:
        said += os.read(ours, 1000)
    wait_until(lambda: not termios.tcgetattr(theirs)[3] & termios.ECHO, "the echo off",
               time_left())
    os.write(ours, b"\x03")
    check(asked.wait(time_left()) == 65, "no password, no log-in", asked.returncode)
    check(termios.tcgetattr(theirs) == before, "the terminal is as it was")
    os.close(ours)
    os.close(theirs)


def waiting_command(plant):
    """`ess cmd` for a cabinet whose agent does not run, once the hub has it."""
    words = [BINARIES / "ess", *SET, "--ttl", "100", "--hub", plant.hub_url, "--token-file",
             plant.token_file]
    before = len(plant.get("/commands?group=SH001")["commands"])
    sender = subprocess.Popen([str(w) for w in words], stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=os.environ | {"ESS_LANG": "en"})
    wait_until(lambda: len(plant.get("/commands?group=SH001")["commands"]) > before,
               "the hub to have the command", time_left())
    plant.kill("hub")
    return sender


def restarted_hub(plant):
    """A command is followed beyond a restart of the hub. Where the log-in ends meanwhile, the
    sender is told at once that it cannot follow, and how to look later."""
    sender = waiting_command(plant)
    plant.restart("hub")
    plant.restart("agent-SH001")
    said, problem = sender.communicate(timeout=time_left())
    check(sender.returncode == 0 and "done" in said, "followed to its end", said, problem)
    plant.stop_agents()
    sender = waiting_command(plant)
    sender.send_signal(signal.SIGSTOP) # the log-in ends before it comes back
    plant.restart("hub")
    request = urllib.request.Request(plant.hub_url + "/api/v1/logout", data=b"{}", headers={
        "Authorization": "Bearer " + plant.token_file.read_text().strip(),
        "Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=time_left()).close()
    sender.send_signal(signal.SIGCONT)
    _, problem = sender.communicate(timeout=time_left())
    check(sender.returncode == 75 and "[cli-no-outcome]" in problem and "401" in problem,
          "the sender is told", sender.returncode, problem)


def changed(ledger, file):
    """The ledger with three readings of soc made into others."""
    lines, count = ledger.read_text().splitlines(), 0
    for i, line in enumerate(lines):
        if '"BMS/soc":' in line and count < 3:
            reading = json.loads(line)
            reading["v"]["BMS/soc"] = 1.5
            lines[i] = json.dumps(reading, separators=(",", ":"))
            count += 1
    file.write_text("\n".join(lines) + "\n")
    return file


def silence(plant):
    """Values of a device that is gone are told to be its last."""
    where = ["--hub", plant.hub_url, "--token-file", plant.token_file]
    done = run("get", "values", PCS, *where)
    check(not done.stderr, "nothing is said of one that is there", done.stderr)
    plant.stop_agents()
    wait_until(lambda: not plant.online(), "the agent offline", time_left())
    for language, wanted in (("en", "offline: last heard 2"), ("zh", "离线：最近收到 2")):
        done = run("get", "values", PCS, *where, "--lang", language)
        check(done.returncode == 0 and wanted in done.stderr and "kW" in done.stdout, "told", done)


def answer_of(text, *words):
    """`ess get values` of a hub that gives this answer."""
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as hub:
        threading.Thread(target=hub.serve_forever, daemon=True).start()
        done = run("get", "values", PCS, "--hub", f"http://127.0.0.1:{hub.server_port}",
                   "--token-file", "/nowhere", *words)
        hub.shutdown()
    return done


def ages():
    """How old a value is, by the hub's clock; and that a device is stale."""
    value = {"ns": "CAB01/PCS", "name": "p", "v": 1, "q": 0, "ts": 1700000000000}
    answer = {"group": "SH001", "online": True, "stale": True, "last_utc_ms": 1700000060000,
              "now_utc_ms": 1700000000000 + 7 * 3600000, "values": [value]}
    done = answer_of(json.dumps(answer))
    check("stale: nothing was heard since 2023-11-14T22:14:20" in done.stderr, "stale", done)
    check(" 7 h " in done.stdout, "its age", done)
    done = answer_of(json.dumps(answer), "--lang", "zh")
    check("数据陈旧：自 2023-" in done.stderr and " 7 小时 " in done.stdout, "in Chinese", done)
    done = answer_of(json.dumps({"group": "SH001", "values": [value]})) # a hub of before
    check(not done.stderr and " - " in done.stdout and done.returncode == 0, "not known", done)


def audit(plant):
    result = agrees(plant)
    check(result["points_stored"] > 300, "much was stored", result)
    check(result["cells_per_cabinet"] == {"SH001": 260}, "all cells", result)
    where = ["--hub", plant.hub_url, "--token-file", plant.token_file]
    done = run("audit", changed(plant.ledger("SH001"), plant.dir / "changed"), *where, "--json")
    result = json.loads(done.stdout)
    check(done.returncode == 1, "a changed ledger does not agree", done.returncode)
    check(result["altered"] >= 1 and result["duplicated"] == 0, "it is seen as altered", result)
    check(result["examples"][0]["point"] == "SH001/CAB01/BMS/soc", "and where", result)
    done = run("audit", "--ledger", plant.dir / "hub.yaml", *where)
    check(done.returncode == 65 and "hub.yaml:1" in done.stderr, "not a ledger", done.stderr)


def main():
    with Plant(cabinets=1) as plant:
        plant.start()
        wait_for_history(plant, "SH001", 6, time_left())
        answers(plant)
        refusals(plant)
        password_prompt(plant)
        silence(plant)
        ages()
        audit(plant)
        restarted_hub(plant)
    report("test_cli")


main()
