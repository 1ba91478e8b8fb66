"""A wrong configuration says file, line, key, what is wrong and what is allowed, in both languages,
and changes nothing."""
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "lib"))
from trial import BINARIES, Plant, check, report  # noqa: E402

# (what to replace, by what, line's key, words the message must hold)
CASES = {
    "hub.yaml": [
        ("  port: {broker}", "  port: 70000", "broker.port", ["70000", "65535"]),
        ("  port: {broker}", "  prot: 8883", "broker.prot", ["broker.port"]),
        ("  port: {broker}", "  port: twelve", "broker.port", ["twelve"]),
        ("data:", "data: [", None, []),
    ],
    "agent-SH001.yaml": [
        ("group: SH001", "group: ''", "group", []),
        ("    unit_id: 1", "    unit_id: 300", "devices[0].unit_id", ["300"]),
        ("    unit_id: 1", "    unit_id: 1\n    colour: red", "devices[0].colour", []),
        ("  cells_ms: 5000", "  cells_ms: -1", "report.cells_ms", ["-1"]),
    ],
}
PROGRAM = {"hub.yaml": "ess-hub", "agent-SH001.yaml": "ess-agent"}


def run(program, config, language):
    return subprocess.run([BINARIES / program, "--config", config], capture_output=True, text=True,
                          timeout=30, env=os.environ | {"ESS_LANG": language})


def line_of(text, wanted):
    return next(i for i, line in enumerate(text.splitlines(), 1) if wanted in line)


def trial(plant, name, case, folder):
    old, new, key, words = case
    old = old.format(broker=plant.broker_port)
    good = (plant.dir / name).read_text().replace(str(plant.dir / "hub"), f"{folder}/hub").replace(
        str(plant.dir / "agent-SH001"), f"{folder}/agent")
    check(old in good, "the case fits the file", old)
    bad = pathlib.Path(folder) / name
    bad.write_text(good.replace(old, new, 1))
    for language in ("en", "zh"):
        done = run(PROGRAM[name], bad, language)
        said = done.stderr
        check(done.returncode not in (0, None) and done.returncode > 0, "it is refused", done)
        check(f"{name}:" in said, "the file is named", said)
        if key:
            line = line_of(bad.read_text(), new.splitlines()[-1] if "\n" not in new else
                           next(l for l in new.splitlines() if key.split(".")[-1] in l))
            check(f"{name}:{line}:" in said and key in said, f"line {line} and {key} are named", said)
        check(all(word in said for word in words), f"it says {words}", said)
        check((language == "zh") == any("\u4e00" <= c <= "\u9fff" for c in said),
              f"it speaks {language}", said)
    check(not (pathlib.Path(folder) / "hub").exists() and
          not (pathlib.Path(folder) / "agent").exists(), "nothing was made", os.listdir(folder))


with Plant(cabinets=1) as whole:
    for file, cases in CASES.items():
        for one in cases:
            with tempfile.TemporaryDirectory(prefix="esslink-") as place:
                trial(whole, file, one, place)
    for program in ("ess-hub", "ess-agent"):
        missing = run(program, whole.dir / "none.yaml", "en")
        check(missing.returncode > 0 and "none.yaml" in missing.stderr, "a missing file is named",
              missing)
report("config")
