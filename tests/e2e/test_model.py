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
    return edit("points.json", lambda data: change(data["objects"][0]["points"]))


def command(change):
    return edit("commands.json", lambda data: change(data[0]))


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
    report("test_model")


main()
