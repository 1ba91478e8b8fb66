"""Checks that every source in the point model names something that is there (spec/sources).

    check_sources.py [--model spec/model]

Their form is checked by make_model.py, for makers' extensions too; whether a name exists only here,
as an extension may well name a model that these lists do not have.
"""
import argparse
import json
import pathlib
import re
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[1]
WORD = re.compile(r"(\w+)(?:\((\w+)\))?\Z")  # a name, and of a data object its common data class
SUNSPEC = re.compile(r"SunSpec (\d+) (\w+)(?:\.(\w+))?\Z")
IEC = re.compile(r"IEC 61850-(7-4|7-420) (\w+)\.(\w+)(?:\.(\w+))?\Z")
OTHER = re.compile(r"(OpenEMS|OCPP 1\.6) (\w+)\Z")


def read_names(name):
    """{head: {name: class or None}} of one list; a line that is indented goes on the one before."""
    text = (SOURCE / "spec/sources" / name).read_text(encoding="utf-8")
    lists = {}
    for line in re.sub(r"\n +", " ", text).splitlines():
        if line.startswith("#") or not line:
            continue
        head, _, words = line.partition(": ")
        if head in lists:
            sys.exit(f"check_sources: {name} has {head} twice")
        lists[head] = dict(WORD.match(word).groups() for word in words.split())
    return lists


class Known:
    def __init__(self):
        self.sunspec = read_names("sunspec.txt")
        self.iec = read_names("iec61850.txt")
        self.others = read_names("others.txt")

    def has(self, source):
        if found := SUNSPEC.match(source):
            model, point, symbol = found.groups()
            return point in self.sunspec.get(model, {}) and \
                (symbol is None or symbol in self.sunspec.get(f"{model} {point}", {}))
        if found := IEC.match(source):
            document, node, name, part = found.groups()
            objects = self.iec.get(f"{document} {node}", {})
            return name in objects and \
                (part is None or part in self.iec.get(f"7-3 {objects[name]}", {}))
        if found := OTHER.match(source):
            return found[2] in self.others[found[1]]
        return source.startswith("GB/T ")


def entries(folder):
    """(name, sources) of every point and every alarm."""
    points = json.loads((folder / "points.json").read_text(encoding="utf-8"))
    for entry in points["objects"]:
        for point in entry["points"]:
            yield f"{entry['kind']}/{point['name']}", point.get("source", [])
    for alarm in json.loads((folder / "alarms.json").read_text(encoding="utf-8")):
        yield alarm["code"], alarm.get("source", [])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=pathlib.Path, default=SOURCE / "spec/model")
    folder, known = parser.parse_args().model, Known()
    problems, count = [], 0
    for name, sources in entries(folder):
        count += len(sources)
        problems += [f"{name}: spec/sources knows no {text!r}" for text in sources
                     if not known.has(text)]
        problems += [f"{name}: names {text!r} twice" for text in set(sources)
                     if sources.count(text) > 1]
    print("\n".join(problems) or f"sources: {count} links, each to a name that is there")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
