"""Data of the point model that contradict themselves stop the build, with the place and the reason;
good data give the same tables every time."""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "lib"))
from trial import SOURCE, check, report  # noqa: E402


def edit(name, change):
    """A case's deed: change(data) of that file."""
    def deed(folder):
        path = folder / name
        data = json.loads(path.read_text(encoding="utf-8"))
        change(data)
        path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    return deed


def point(change):
    """Of the battery stack, whose first point is soc."""
    return edit("points.json", lambda data: change(
        next(entry["points"] for entry in data["objects"] if entry["kind"] == "BMS")))


def command(change, at=0):
    return edit("commands.json", lambda data: change(data[at]))


def alarm(change):
    return edit("alarms.json", lambda data: change(data[0]))


OPS = [entry["op"] for entry in json.loads(
    (SOURCE / "spec" / "model" / "commands.json").read_text(encoding="utf-8"))]
MODE, CONTACTOR = OPS.index("mode.set"), OPS.index("bms.contactor")


# (what is done to the data, words that the complaint must hold)
CASES = [
    (point(lambda p: p[0].update(colour="red")), ["points.json: BMS", "\"colour\"", "known:"]),
    (point(lambda p: p[0].pop("zh")), ["\"zh\" is missing"]),
    (point(lambda p: p[0].update(en=" ")), ["\"en\" is empty"]),
    (point(lambda p: p.append(p[0])), ["\"soc\" is given twice"]),
    (point(lambda p: p[0].update(deadBand="0,1")), ["(soc).deadBand", "0,1"]),
    (point(lambda p: p[0].update(deadBand=0.1)), ["deadBand", "wrong type"]),
    (point(lambda p: p[0].update(deadBand="-1")), ["deadBand must not be negative"]),
    (point(lambda p: p[0].update(min="101")), ["above max"]),
    (point(lambda p: p[0].update(name="Soc")), ["\"Soc\" must match"]),
    (point(lambda p: p[0].update(type="float")), ["float", "known: number"]),
    (point(lambda p: p[0].update({"class": "Q"})), ["class \"Q\""]),
    (point(lambda p: p[0].update(values=[])), ["\"values\" belongs to the type enum"]),
    (command(lambda c: c.update(kind="PSC")), ["power.set", "no kind \"PSC\""]),
    (command(lambda c: c["writes"][0].update(point="pSte")), ["no point \"pSte\""]),
    (command(lambda c: c["writes"][0].update(arg="power")), ["no argument \"power\""]),
    (command(lambda c: c["confirms"][0].update(accepted=[1])), ["either \"arg\" or \"accepted\""]),
    (command(lambda c: c["args"][0].pop("max")), ["needs \"min\" and \"max\""]),
    (point(lambda p: p[0].pop("max")), ["(soc)", "needs \"min\" and \"max\""]),
    (point(lambda p: p[0].update(param=True)), ["a parameter has the class D"]),
    (point(lambda p: p[0].update(source=["SunSpec SoC"])), ["'SunSpec SoC' has no known form"]),
    (command(lambda c: c.update(executor="agent")), ["executor \"agent\"", "known: registers"]),
    (command(lambda c: c.update(executor="device")), ["others have neither"]),
    (command(lambda c: c.update(writes=[])), ["registers needs writes and confirms"]),
    (command(lambda c: c.update({"class": "C"})), ["class C is never carried out from tables"]),
    (command(lambda c: c["args"].extend({**c["args"][0], "name": f"a{i}"} for i in range(30))),
     ["more than 32 arguments"]),
    (command(lambda c: c["args"][0].update(values=[{"value": 1, "en": "a", "zh": "b"}]), MODE),
     ["mode.set", "least and the greatest value"]),
    (command(lambda c: c["args"][0]["values"].pop(1), MODE), ["without a gap"]),
    (command(lambda c: c["args"][0].pop("max"), MODE), ["enum needs \"min\" and \"max\""]),
    (command(lambda c: c.update(executor="registers"), CONTACTOR), ["bms.contactor", "class C"]),
    (alarm(lambda a: a.update(code="BMS.CellVHigh.1")), ["\"BMS.CellVHigh.1\" must match"]),
    (alarm(lambda a: a.update(code="BSM.cellVHigh.1")), ["no kind \"BSM\""]),
    (alarm(lambda a: a.update(level=2)), ["the code ends in 1, the level is 2"]),
    (alarm(lambda a: a["points"].append("BMS/cellVMux")), ["no 'BMS/cellVMux'"]),
    (alarm(lambda a: a["advice"].pop("zh")), ["BMS.cellVHigh.1.advice", "\"zh\" is missing"]),
    (edit("alarms.json", lambda d: d.append(d[0])), ["alarms.json", "given twice"]),
    (edit("results.json", lambda d: d.append(d[0])), ["results.json", "given twice"]),
    (edit("errors.json", lambda d: d[0]["zh"].pop("mend")), ["errors.json", "\"mend\" is missing"]),
    (edit("errors.json", lambda d: d[:] and d.remove(next(e for e in d if e["id"] == "utf8"))),
     ["\"utf8\" with \"err\": \"ESS_E_UTF8\" is missing"]),
    (edit("errors.json", lambda d: d[0].update(err="ESS_E_NONE")), ["has no ESS_E_NONE"]),
    (lambda folder: (folder / "results.json").write_text("[{\"id\":\"a\",\"id\":\"b\"}]"),
     ["results.json", "\"id\" stands twice"]),
    (lambda folder: (folder / "points.json").unlink(), ["points.json"]),
]


def make(folder, out):
    return subprocess.run([sys.executable, SOURCE / "scripts" / "make_model.py", "--model", folder,
                           "--out", out], capture_output=True, text=True, timeout=30)


def page(*options, doc=SOURCE / "docs" / "model.md"):
    return subprocess.run([sys.executable, SOURCE / "scripts" / "make_model.py", "--model",
                           SOURCE / "spec" / "model", "--doc", doc, *options],
                          capture_output=True, text=True, timeout=30)


def main():
    with tempfile.TemporaryDirectory() as room:
        room = pathlib.Path(room)
        out = room / "gen" / "model.c"
        check(make(SOURCE / "spec" / "model", out).returncode == 0, "the project's data are good")
        first = out.read_bytes()
        for deed, words in CASES:
            folder = room / "model"
            shutil.copytree(SOURCE / "spec" / "model", folder)
            deed(folder)
            done = make(folder, out)
            check(done.returncode == 1, "refused", words, done.stderr)
            check(all(word in done.stderr for word in words), "the complaint tells", words,
                  done.stderr)
            check("Traceback" not in done.stderr, "the complaint is ours", done.stderr)
            check(out.read_bytes() == first, "the tables made before stand", words)
            shutil.rmtree(folder)
        check(make(SOURCE / "spec" / "model", out).returncode == 0, "good again")
        check(out.read_bytes() == first, "the same data give the same tables")
        check(page("--check").returncode == 0, "docs/model.md is what the data say")
        other = room / "model.md"
        done = page("--check", doc=other)
        check(done.returncode == 1 and "out of date" in done.stderr, "a page that is not", done)
        check(not other.exists(), "a check writes nothing")
    report("test_model")


main()
