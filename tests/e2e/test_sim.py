"""ess-sim as a program: exit codes, languages, and a ledger that tells what a client saw."""
import json
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "lib"))
from trial import BINARIES, SOURCE, check, report  # noqa: E402

POINTS = SOURCE / "packaging/points/cabinet-261.csv"
SIM = BINARIES / "ess-sim"


def run(*words, **environment):
    return subprocess.run([SIM, *words], capture_output=True, text=True, timeout=20,
                          env={**os.environ, "LC_ALL": "C", "ESS_LANG": "", **environment})


def wrong_use():
    done = run("--help", ESS_LANG="zh")
    check(done.returncode == 0 and "用法" in done.stdout, "help in Chinese", done.stdout)
    done = run("cabinet", "--sped", "3")
    check(done.returncode == 2 and "[sim-option]" in done.stderr, "unknown option", done)
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        file.write("point,address,type,scale,order,class\nPCS/p,1,i16,0.1,,F\nPCS/z,1,i16,1,,F\n")
        file.flush()
        done = run("cabinet", "--points", file.name)
        check(done.returncode == 65 and ":3: point \"PCS/z\"" in done.stderr, "bad map", done)
    done = run("cabinet", "--points", POINTS, "--ledger", "/nonexistent/l")
    check(done.returncode == 75 and "[sim-ledger]" in done.stderr, "no ledger", done)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = run("cabinet", "--points", POINTS, "--listen", address)
    check(done.returncode == 69 and "[sim-listen]" in done.stderr, "port taken", done)


def read_registers(peer, address, count):
    peer.sendall(struct.pack(">HHHBBHH", 7, 0, 6, 1, 3, address, count))
    answer = b""
    while len(answer) < 9 + 2 * count:
        answer += peer.recv(4096)
    return struct.unpack(f">{count}H", answer[9:])


def ledger_tells_what_was_read(folder, number):
    ledger = pathlib.Path(folder) / "ledger.jsonl"
    before = len(ledger.read_text().splitlines()) if ledger.exists() else 0
    sim = subprocess.Popen([SIM, "cabinet", "--listen", "127.0.0.1:0", "--points", POINTS,
                            "--ledger", ledger, "--seed", "7", "--power", "40"],
                           stdout=subprocess.PIPE, text=True)
    seen = []
    try:
        port = int(sim.stdout.readline().rsplit(":", 1)[1])
        with socket.create_connection(("127.0.0.1", port), 5) as peer:
            for _ in range(20):
                values = read_registers(peer, 32079, 2)
                seen.append((time.time_ns() // 1000000, values))
                time.sleep(0.02)
    finally:
        sim.send_signal(number)
        code = sim.wait(20)
    check(code == 0, f"ends well on {number!r}", code)
    lines = [json.loads(line) for line in ledger.read_text().splitlines()][before:]
    kinds = [line["k"] for line in lines]
    check(kinds == ["begin", "open"] + ["read"] * 20 + ["close", "end"], "ledger", kinds)
    for (received, (f, p)), line in zip(seen, lines[2:22]):
        check(line["v"] == {"PCS/f": f / 100, "PCS/p": p / 10}, "the same values", line, f, p)
        check(line["at"] <= received, "served before it was received", line, received)


def main():
    subprocess.run([sys.executable, SOURCE / "scripts/make_registers.py", "--check"], check=True)
    wrong_use()
    with tempfile.TemporaryDirectory() as folder:
        ledger_tells_what_was_read(folder, signal.SIGTERM)
        ledger_tells_what_was_read(folder, signal.SIGINT)  # goes on in the same ledger
    report("sim")


main()
