"""ess-sim against mbpoll, a Modbus client that is not ours; then the ledger against what it saw."""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "lib"))
from trial import BINARIES, SOURCE, check, report  # noqa: E402

POINTS = SOURCE / "packaging/points/cabinet-261.csv"


def mbpoll(port, address, *words, count=1, values=()):
    """Runs mbpoll once; the numbers it read, or None when it was refused."""
    what = ["127.0.0.1", *map(str, values)] if values else ["-c", str(count), "-1", "127.0.0.1"]
    done = subprocess.run(["mbpoll", "-m", "tcp", "-p", str(port), "-0", "-r", str(address),
                           *words, *what], capture_output=True, text=True, timeout=20)
    if done.returncode != 0:
        return None
    # "[34000]:  64812 (-724)": the first number is the register's
    return [int(n) for n in re.findall(r"^\[\d+\]:\s+(-?\d+)", done.stdout, re.MULTILINE)]


def trial(port):
    first = mbpoll(port, 32300, count=4)
    check(first == [0, 0, 1, 2], "set-points and modes at the start", first)
    check(mbpoll(port, 32300, values=[605]) is not None, "a set-point is taken")
    check(mbpoll(port, 32300) == [605], "and reads back")
    check(mbpoll(port, 32300, values=[1251]) is None, "a set-point out of limits is refused")
    check(mbpoll(port, 32080, values=[1]) is None, "a measured value cannot be written")
    check(mbpoll(port, 40000) is None, "where no point lies nothing is read")
    cells = mbpoll(port, 33000, count=125)
    check(len(cells) == 125 and all(3000 < v < 3500 for v in cells), "cells", cells)
    (faults,) = mbpoll(port, 32091, "-t", "4:int", "-B")
    check(faults == 0, "a 32-bit value", faults)
    return cells


def main():
    if shutil.which("mbpoll") is None:
        sys.exit("mbpoll is missing: apt-get install mbpoll")
    with tempfile.TemporaryDirectory() as folder:
        ledger = pathlib.Path(folder) / "ledger.jsonl"
        sim = subprocess.Popen(
            [BINARIES / "ess-sim", "cabinet", "--listen", "127.0.0.1:0", "--points", POINTS,
             "--ledger", ledger], stdout=subprocess.PIPE, text=True)
        try:
            port = int(sim.stdout.readline().rsplit(":", 1)[1])
            cells = trial(port)
        finally:
            sim.terminate()
            code = sim.wait(20)
        check(code == 0, "ess-sim ends well", code)
        lines = [json.loads(line) for line in ledger.read_text().splitlines()]
    reads = [line["v"] for line in lines if line["k"] == "read"]
    writes = [line["v"] for line in lines if line["k"] == "write"]
    check(lines[0]["k"] == "begin" and lines[-1]["k"] == "end", "the ledger is whole", lines[0])
    check(writes == [{"PCS/pSet": 60.5}], "what was refused is not in the ledger", writes)
    check({"BMS/C1/cellV": {"from": 0, "part": cells}} in reads, "a part of an array", reads)
    check({"PCS/pSet": 60.5} in reads, "the read-back", reads)
    report("mbpoll")


main()
