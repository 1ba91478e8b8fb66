"""Holds the point model against the register of its names, spec/names.csv.

    check_names.py           exit code 1 where a name has vanished, came back or means something
                             else, or where the register does not know the model's version yet
    check_names.py --write   enters a new version: what it adds, and what it withdraws

[MOD-07] A name once published means the same for good, and is not used again when it is gone; so
does a number of an enum [MOD-10]. Two models can be compared (`ess model diff`); what was there ten
versions ago only a register knows. So a row never goes: it gets the version in which its name went.
"""
import argparse
import csv
import pathlib
import re
import sys
from dataclasses import astuple, dataclass, fields, replace

sys.dont_write_bytecode = True
from make_model import VERSION, Problems, read_model  # noqa: E402

SOURCE = pathlib.Path(__file__).resolve().parents[1]
SIGN = re.compile(r"\+ .+")  # of "power, + discharge", as modelfile/diff.c has it
KINDS = ("version", "kind", "point", "command", "argument", "value", "alarm", "result")
STEPS = ("major", "minor", "patch")
HEAD = """\
# Register of names: what was ever published in the point model, and what it means for good
# (MOD-07, MOD-09, MOD-10). Kept by scripts/check_names.py; a row never goes.
# 名称登记表：点表模型曾发布的全部名称及其不变的含义；由脚本维护，任何行不得删除。
"""


@dataclass
class Row:
    what: str  # one of KINDS
    name: str  # as people write it: BMS/soc, power.set p, BMS/state=1, BMS.cellVHigh.1
    since: str  # the version that brought it
    gone: str  # the version that withdrew it; empty while it stands
    form: str  # type; of a parameter also that; of a value its words; of a result its id; of a
    #            version the model's hash
    unit: str
    sign: str  # what a plus means, where it is said
    before: str  # form until a major changed it: "text until 2.0.0"


def numbers(version):
    return tuple(map(int, version.split(".")))


def sign_of(label):
    found = SIGN.search(label)
    return found[0] if found else ""


def rows_of(model):
    """What the model as it is has to say, as rows of its version."""
    now = model["head"]["version"]

    def row(what, name, form="", item=None):
        item = item or {"unit": "", "en": ""}
        return Row(what, name, now, "", form, item["unit"], sign_of(item["en"]), "")

    def values(owner, item):
        for v in item["values"]:
            yield row("value", f"{owner}={v['value']}", f"{v['en']} | {v['zh']}")

    yield row("version", now, model["hash"])
    for entry in model["objects"]:
        yield row("kind", entry["kind"])
        for p in entry["points"]:
            form = p["type"] + (" parameter" if p["param"] else "")
            yield row("point", f"{entry['kind']}/{p['name']}", form, p)
            yield from values(f"{entry['kind']}/{p['name']}", p)
    for c in model["commands"]:
        yield row("command", c["op"], c["kind"])
        for arg in c["args"]:
            yield row("argument", f"{c['op']} {arg['name']}", arg["type"], arg)
            yield from values(f"{c['op']} {arg['name']}", arg)
    for alarm in model["alarms"]:
        yield row("alarm", alarm["code"])
    for result in model["results"]:
        yield row("result", str(result["code"]), result["id"])


def key(row):
    return row.what, row.name


def order(row):
    return KINDS.index(row.what), numbers(row.name) if row.what == "version" else (), row.name


def read_register(path):
    lines = [line for line in path.read_text(encoding="utf-8").splitlines()
             if not line.startswith("#")]
    return [Row(**row) for row in csv.DictReader(lines)]


def write_register(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(HEAD)
        table = csv.writer(file, lineterminator="\n")
        table.writerow(field.name for field in fields(Row))
        table.writerows(astuple(row) for row in sorted(rows, key=order))


def check_register(rows):
    """The register by itself."""
    if rows != sorted(rows, key=order) or len({key(row) for row in rows}) != len(rows):
        yield "the rows are not in order, or one stands twice"
    versions = [row.name for row in rows if row.what == "version"]
    for row in rows:
        if row.what not in KINDS or row.since not in versions or \
                (row.gone and row.gone not in versions):
            yield f"{row.what} {row.name}: no such kind of row or version"
        if row.what == "version" and (not VERSION.match(row.name) or row.gone):
            yield f"{row.name} is no version, or was taken back"


def raised(last, now):
    """The step from one version to the other, one of STEPS; None where there is none upwards."""
    for step, old, new in zip(STEPS, numbers(last), numbers(now)):
        if old != new:
            return step if new > old else None
    return None


def meets(step, needed):
    return step is not None and STEPS.index(step) <= STEPS.index(needed)


def take_form(old, new, step):
    """What take_name does, where nothing but the form is left to look at."""
    name = f"{new.what} {new.name}"
    if old.form == new.form:
        return old, None
    if old.what == "value":  # changed in one language alone: only said better, as for model diff
        if set(old.form.split(" | ")) & set(new.form.split(" | ")):
            return replace(old, form=new.form), None
        return old, f"{name} means {old.form!r} for good, and not {new.form!r} (MOD-10)"
    if not meets(step, "major"):
        return old, f"{name} was {old.form!r} and is {new.form!r}: a new major version (MOD-13)"
    before = "; ".join(filter(None, (old.before, f"{old.form} until {new.since}")))
    return replace(old, form=new.form, before=before), None


def take_name(old, new, step):
    """(the row as it stands from now on, what is wrong with it or None)."""
    name = f"{new.what} {new.name}"
    if old.gone:
        return old, f"{name} was withdrawn in {old.gone} and is not used again (MOD-07)"
    if old.unit != new.unit:
        return old, f"{name} has the unit {old.unit!r} for good, and not {new.unit!r} (MOD-09)"
    if old.sign and new.sign and old.sign != new.sign:
        return old, f"{name} means {old.sign!r} for good, and not {new.sign!r} (MOD-09)"
    return take_form(replace(old, sign=old.sign or new.sign), new, step)


def take_version(rows, model):
    """Returns (problems, the register with the model entered)."""
    new = {key(row): row for row in rows_of(model)}
    old = {key(row): row for row in rows}
    now, last = model["head"]["version"], max((r.name for r in rows if r.what == "version"),
                                              key=numbers)
    if now == last and old["version", last].form != model["hash"]:
        return [f"{last} has the hash {old['version', last].form} and stays as it is: another "
                f"content is another version, at least a patch (MOD-01, MOD-15)"], rows
    step = raised(last, now)
    if now != last and step is None:
        return [f"the version {now} is less than {last}, which was published"], rows
    problems, out = [], []
    for name, row in (old | new).items():
        wrong = None
        if name not in old:
            needed = "patch" if row.what == "version" else "minor"
            if not meets(step, needed):
                wrong = f"{row.what} {row.name} is new: a new minor version (MOD-14)"
        elif name in new:
            row, wrong = take_name(old[name], new[name], step)
        elif row.what != "version" and not row.gone:
            if not meets(step, "major"):
                wrong = f"{row.what} {row.name} has vanished: a new major version (MOD-13)"
            row = replace(old[name], gone=now)
        problems += [wrong] if wrong else []
        out.append(row)
    return problems, sorted(out, key=order)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=pathlib.Path, default=SOURCE / "spec/model")
    parser.add_argument("--register", type=pathlib.Path, default=SOURCE / "spec/names.csv")
    parser.add_argument("--write", action="store_true", help="enter the model's version")
    given = parser.parse_args()
    faults = Problems()
    model = read_model(given.model, faults)
    if model is None:
        sys.exit("\n".join(faults.lines))
    rows = read_register(given.register)
    problems = list(check_register(rows))
    if not problems:
        problems, entered = take_version(rows, model)
    if not problems and entered != rows:
        if given.write:
            write_register(given.register, entered)
        else:
            problems = [f"{given.register.name} does not know {model['head']['version']} yet: "
                        "check_names.py --write"]
    print("\n".join(problems) or f"names: {len(rows)} of {model['head']['id']}, each means what it "
                                 "meant")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
