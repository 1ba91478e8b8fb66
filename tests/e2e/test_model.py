"""Data of the point model that contradict themselves stop the build, with the place and the reason;
good data give the same tables every time. `ess model` refuses what make_model.py refuses, by the
rule that is broken, and both take the same hash. A source that names nothing is found, and so is
a name that was published and is gone, or means something else."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "lib"))
from trial import BINARIES, SOURCE, check, report  # noqa: E402


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
    (point(lambda p: p[0].update(source=["IEC 61850-7-4 MMXU"])), ["MMXU' has no known form"]),
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
    (point(lambda p: p[0].update(name="xAcmeSoc")), ["BMS/xAcmeSoc", "makers' extensions"]),
    (command(lambda c: c.update(op="vendor.x-acme-go")), ["vendor.x-acme-go", "extensions"]),
    (edit("points.json", lambda d: d.update(version="1.1")), ["the version \"1.1\" must match"]),
    (edit("points.json", lambda d: d.update(id="ESS")), ["the id \"ESS\" must match"]),
    (edit("errors.json", lambda d: d[0]["zh"].pop("mend")), ["errors.json", "\"mend\" is missing"]),
    (edit("errors.json", lambda d: d[:] and d.remove(next(e for e in d if e["id"] == "utf8"))),
     ["\"utf8\" with \"err\": \"ESS_E_UTF8\" is missing"]),
    (edit("errors.json", lambda d: d[0].update(err="ESS_E_NONE")), ["has no ESS_E_NONE"]),
    (lambda folder: (folder / "results.json").write_text("[{\"id\":\"a\",\"id\":\"b\"}]"),
     ["results.json", "\"id\" stands twice"]),
    (lambda folder: (folder / "points.json").unlink(), ["points.json"]),
]


EXAMPLE = SOURCE / "spec" / "model" / "examples" / "acme-x1.json"


def part(*path):
    """A case's deed on an extension: change(what lies at path)."""
    def of(change):
        def deed(data):
            for step in path:
                data = data[step]
            change(data)
        return deed
    return of


whole, first_point = part(), part("objects", 0, "points", 0)
pump, pump_test, vent_stuck = part("objects", 1), part("commands", 0), part("alarms", 0)

# (what is done to the example, words of make_model.py, words of ess model check)
EXTENSIONS = [
    (whole(lambda d: d.update(id="x1")), ["acme-x1"], ["MOD-07", "acme-x1"]),
    (whole(lambda d: d.update(results=[])), ["unknown key"], ["MOD-02", "results"]),
    (whole(lambda d: d.pop("extends")), ["\"extends\" is missing"], ["MOD-02", "extends"]),
    (whole(lambda d: d["extends"].update(hash="0" * 16)), ["extends"], ["MOD-17", "hash"]),
    (whole(lambda d: d["extends"].update(version="9.0.0")), ["9.0.0"], ["MOD-17", "9.0.0"]),
    (first_point(lambda p: p.update(name="gasTemp")), ["begin with xAcme"], ["MOD-18", "xAcme"]),
    (first_point(lambda p: p.update(name="xAcme")), ["begin with xAcme"], ["MOD-18"]),
    (first_point(lambda p: p.update(name="xOtherGas")), ["begin with xAcme"], ["MOD-18"]),
    (pump(lambda o: o.update(kind="PUMP")), ["begin with XACME"], ["MOD-18", "XACME"]),
    (pump(lambda o: o.pop("zh")), ["\"zh\" is missing"], ["MOD-02", "zh"]),
    (part("objects", 0)(lambda o: o.update(zh="堆")), ["labels already"], ["MOD-02", "zh"]),
    (pump_test(lambda c: c.update(op="pump.test")), ["vendor.x-acme-"], ["MOD-18"]),
    (pump_test(lambda c: (c.update(kind="PCS", confirms=[{"point": "runState", "accepted": [1]}],
                                   writes=[{"point": "pSet", "value": "60"}]))),
     ["writes pSet, which is not its own"], ["MOD-19", "pSet"]),
    (pump_test(lambda c: c.update({"class": "C"})), ["class C is never"], ["MOD-16"]),
    (vent_stuck(lambda a: a.update(code="BMS.ventStuck.2")), ["xAcme"], ["MOD-18"]),
    (vent_stuck(lambda a: a["points"].append("BMS/xAcmeNo")), ["BMS/xAcmeNo"], ["MOD-02"]),
]


# Sources of the right form, each with a name that is nowhere.
MISSPELT = ["SunSpec 802 Soc", "SunSpec 899 SoC", "SunSpec 802 Evt1.OVER_VOLT",
            "SunSpec 802 SoC.OFF", "IEC 61850-7-4 MMXU.TotWatt", "IEC 61850-7-420 MMXU.TotW",
            "IEC 61850-7-4 MMXU.A.phsAB", "IEC 61850-7-4 MMXU.TotW.phsA", "OpenEMS SOC",
            "OCPP 1.6 Soc"]


def make(folder, out, *options):
    return subprocess.run([sys.executable, SOURCE / "scripts" / "make_model.py", "--model", folder,
                           "--out", out, *options], capture_output=True, text=True, timeout=30)


def ess(*words, language="en"):
    return subprocess.run([BINARIES / "ess", "model", *words], capture_output=True, text=True,
                          timeout=30, env=os.environ | {"ESS_LANG": language})


def refused_alike(path, words):
    """What the build refuses, the command refuses too: each line with its place and rule."""
    done = ess("check", path)
    check(done.returncode == 65, "ess model check refuses", words, done.stdout, done.stderr)
    check("(MOD-" in done.stderr and all(word in done.stderr for word in words), "and tells why",
          words, done.stderr)


def extensions(room):
    """The example is good and built in; what breaks a rule is refused by both."""
    out = room / "gen" / "extended.c"
    done = make(SOURCE / "spec" / "model", out, "--extend", EXAMPLE)
    check(done.returncode == 0, "the example is good", done.stderr)
    announced = ess("hash", EXAMPLE).stdout.strip()
    tables = out.read_text(encoding="utf-8")
    check(announced.startswith("acme-x1 1.0.0 ") and f'"[\\"{announced}\\"]"' in tables,
          "what a device announces is what ess says", announced)
    check('"xAcmeVent"' in tables and '"soc"' in tables, "its points stand beside the base's")
    done = subprocess.run(["cc", "-std=c11", "-Wall", "-Werror", "-fsyntax-only", "-I",
                           SOURCE / "include", out], capture_output=True, text=True, timeout=60)
    check(done.returncode == 0, "the tables are C", done.stderr)
    shown = ess("list", "XACMEPUMP", "--model", EXAMPLE, language="zh")
    check("流量" in shown.stdout, "its names are shown", shown)
    for deed, words, told in EXTENSIONS:
        data = json.loads(EXAMPLE.read_text(encoding="utf-8"))
        deed(data)
        wrong = room / "wrong.json"
        wrong.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
        done = make(SOURCE / "spec" / "model", out, "--extend", wrong)
        check(done.returncode == 1 and all(word in done.stderr for word in words), "refused",
              words, done.stderr)
        check("Traceback" not in done.stderr, "the complaint is ours", done.stderr)
        refused_alike(wrong, told)


def differences(room):
    """The whole model against a changed copy, in words, in JSON and in the exit code."""
    same = ess("diff", "-", SOURCE / "spec" / "model")
    check(same.returncode == 0 and "0 breaking" in same.stdout, "no change", same)
    folder = room / "model"
    shutil.copytree(SOURCE / "spec" / "model", folder)
    point(lambda p: p[0].update(unit="1"))(folder)
    command(lambda c: c.update({"class": "A"}), CONTACTOR)(folder)
    done = ess("diff", SOURCE / "spec" / "model", folder, "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    check(done.returncode == 1 and lines[-1]["sum"] == "breaking", "breaking", done)
    check({(line["change"], line["path"]) for line in lines[:-1]} ==
          {("unit-changed", "BMS/soc"), ("class-lowered", "bms.contactor")}, "and which", lines)
    check(lines[-1]["version_fits"] is False, "the version should have risen", lines[-1])
    done = ess("diff", folder, language="zh")
    check(done.returncode == 1 and "单位改变" in done.stdout, "in Chinese", done)
    shutil.rmtree(folder)
    done = ess("diff", "-", room / "nothing")
    check(done.returncode == 65 and "[cli-model-refused]" in done.stderr, "no such file", done)


def links(room):
    """A source whose name is nowhere is found, and so is one that is named twice."""
    folder = room / "model"
    for sources in [[text] for text in MISSPELT] + [["SunSpec 802 SoC"] * 2]:
        shutil.copytree(SOURCE / "spec" / "model", folder)
        point(lambda p, now=sources: p[0].update(source=now))(folder)
        done = subprocess.run([sys.executable, SOURCE / "scripts" / "check_sources.py", "--model",
                               folder], capture_output=True, text=True, timeout=30)
        check(done.returncode == 1 and "BMS/soc" in done.stdout and sources[0] in done.stdout,
              "a link to nowhere is found", sources, done.stdout, done.stderr)
        shutil.rmtree(folder)


def version(text):
    return edit("points.json", lambda data: data.update(version=text))


def stepped(step):
    """The version that stands so far above the project's, as text."""
    data = json.loads((SOURCE / "spec" / "model" / "points.json").read_text(encoding="utf-8"))
    major, minor, patch = map(int, data["version"].split("."))
    return {"none": f"{major}.{minor}.{patch}", "patch": f"{major}.{minor}.{patch + 1}",
            "minor": f"{major}.{minor + 1}.0", "major": f"{major + 1}.0.0", "back": "1.0.0"}[step]


def state(change):
    """Of the values of the battery stack's state."""
    return point(lambda p: change(next(one for one in p if one["name"] == "state")["values"]))


# (the step of its version, what is done to the model, what the register says; None: it is entered)
NAMES = [
    ("none", point(lambda p: p[0].update(zh="电量")), "another content is another version"),
    ("patch", point(lambda p: p[0].update(zh="电量")), None),
    ("back", point(lambda p: p[0].update(zh="电量")), "1.0.0 is less than"),
    ("patch", point(lambda p: p.append({**p[0], "name": "soc2"})), "BMS/soc2 is new"),
    ("minor", point(lambda p: p.append({**p[0], "name": "soc2"})), None),
    ("minor", edit("alarms.json", lambda d: d.pop()), "has vanished: a new major version"),
    ("major", edit("alarms.json", lambda d: d.pop()), None),
    ("major", point(lambda p: p[0].update(unit="1")), "has the unit '%' for good"),
    ("major", point(lambda p: p[4].update(en="current, + charge")), "means '+ discharge' for good"),
    ("minor", point(lambda p: p[0].update(type="text")), "was 'number' and is 'text'"),
    ("major", point(lambda p: p[0].update(type="text")), None),
    ("major", state(lambda v: v[0].update(en="shut", zh="合")), "means 'disconnected | 断开'"),
    ("patch", state(lambda v: v[0].update(en="off")), None),
    ("minor", state(lambda v: v.pop()), "value BMS/state=99 has vanished"),
    ("major", state(lambda v: v.pop()), None),
    ("patch", state(lambda v: v.append({"value": 7, "en": "a", "zh": "b"})), "BMS/state=7 is new"),
    ("minor", edit("results.json", lambda d: d[5].update(id="beyond")), "result 5 was"),
]


def register(folder, path, *options):
    return subprocess.run([sys.executable, SOURCE / "scripts" / "check_names.py", "--model", folder,
                           "--register", path, *options], capture_output=True, text=True,
                          timeout=30)


def names(room):
    """The register takes what the rules allow, by a version that is great enough, and nothing
    else; and a name that went never comes back."""
    published, path = SOURCE / "spec" / "names.csv", room / "names.csv"
    for step, deed, words in NAMES:
        folder, to = room / "model", stepped(step)
        shutil.copytree(SOURCE / "spec" / "model", folder)
        shutil.copy(published, path)
        version(to)(folder)
        deed(folder)
        if words is None:
            done = register(folder, path)
            check(done.returncode == 1 and f"does not know {to} yet" in done.stdout,
                  "a version that is not entered is told", to, done)
        done = register(folder, path, "--write")
        if words is None:
            check(done.returncode == 0 and register(folder, path).returncode == 0,
                  "it is entered, and stands", to, done)
        else:
            check(done.returncode == 1 and words in done.stdout, "it is refused", words, done)
            check(path.read_bytes() == published.read_bytes(), "and nothing written", words)
        shutil.rmtree(folder)
    path.write_text(published.read_text(encoding="utf-8").replace(
        "BMS/soc,1.0.0,,", "BMS/soc,1.0.0,1.1.0,"), encoding="utf-8")
    done = register(SOURCE / "spec" / "model", path)
    check(done.returncode == 1 and "withdrawn in 1.1.0 and is not used again" in done.stdout,
          "a name that went does not come back", done)


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
            if not done.stderr.startswith("errors.json"):  # words alone, not hashed
                refused_alike(folder, [])
            shutil.rmtree(folder)
        check(make(SOURCE / "spec" / "model", out).returncode == 0, "good again")
        check(out.read_bytes() == first, "the same data give the same tables")
        check(page("--check").returncode == 0, "docs/model.md is what the data say")
        other = room / "model.md"
        done = page("--check", doc=other)
        check(done.returncode == 1 and "out of date" in done.stderr, "a page that is not", done)
        check(not other.exists(), "a check writes nothing")
        made = re.search(r'ess_model_hash = "(\w+)"', first.decode())[1]
        check(ess("hash", SOURCE / "spec" / "model").stdout.split()[2] == made, "one hash", made)
        extensions(room)
        differences(room)
        links(room)
        names(room)
    report("test_model")


main()
