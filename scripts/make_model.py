#!/usr/bin/env python3
"""Makes the C tables of include/ess/model.h and the reference page from spec/model/*.json.

    make_model.py --model spec/model [--extend FILE] [--without-texts] --out build/gen/model_gen.c
    make_model.py --model spec/model [--doc docs/model.md] [--schema spec/schema]
                  [--asyncapi spec/asyncapi.yaml] [--check]

Everything about a point, a command, an alarm, a result code or an error text is described once,
as data. This program checks the data strictly (every problem is listed with the place where it
stands), writes what was asked for, and touches a file only when its content changes. With --check
it writes none of these three and fails where one is not what it would write.
"""
import argparse
import hashlib
import json
import os
import re
import sys
from pathlib import Path

INT64_MAX = 2**63 - 1
SCALE_MAX = 18
CLASSES = "FNSCED"
POINT_TYPES = {"number": "ESS_MODEL_NUMBER", "enum": "ESS_MODEL_ENUM", "bool": "ESS_MODEL_BOOL",
               "text": "ESS_MODEL_TEXT", "array": "ESS_MODEL_ARRAY"}
ARG_TYPES = {"number": "ESS_MODEL_NUMBER", "enum": "ESS_MODEL_ENUM", "bool": "ESS_MODEL_BOOL",
             "text": "ESS_MODEL_TEXT", "object": "ESS_MODEL_OBJECT"}
EXECUTORS = {"registers": "ESS_MODEL_BY_REGISTERS", "params": "ESS_MODEL_BY_PARAMS",
             "device": "ESS_MODEL_BY_DEVICE"}
ARGS_MAX = 32  # session/judge.c keeps a bit for each
POINT_NAME = re.compile(r"[a-z][A-Za-z0-9]{0,63}\Z")
ARG_NAME = re.compile(r"[a-z][A-Za-z0-9_]{0,63}\Z")
KIND = re.compile(r"[A-Z]+(/[A-Z]+)?\Z")
OP = re.compile(r"[a-z][a-z0-9]*(\.[a-z][a-z0-9-]*)*\Z")
ALARM = re.compile(r"([A-Z]+)\.[a-z][A-Za-z0-9]*\.([1-3])\Z")
SOURCE = re.compile(r"(SunSpec [1-9][0-9]{0,4} \w+(\.\w+)?|GB/T 34131( annex [A-Z])?"
                    r"|IEC 61850-7-4(20)? [A-Z]{4}\.\w+(\.\w+)?|OpenEMS \w+|OCPP 1\.6 \w+)\Z")
ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")
DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?\Z")
ANY = object()  # a default that means: may be left out, whatever it is


class Problems:
    """Collects what is wrong, so that one run tells all of it."""

    def __init__(self):
        self.lines = []

    def add(self, place, what):
        self.lines.append(f"{place}: {what}")


def load(folder, name, problems):
    def no_duplicates(pairs):
        seen = {}
        for key, value in pairs:
            if key in seen:
                raise ValueError(f"the member \"{key}\" stands twice in one object")
            seen[key] = value
        return seen

    try:
        with open(folder / name, encoding="utf-8") as file:
            return json.load(file, object_pairs_hook=no_duplicates)
    except (OSError, ValueError) as error:
        problems.add(name, str(error))
        return None


def take(problems, place, item, fields):
    """Checks item against fields {key: (type, default)}; a default of None means required.
    Returns a dict with every field, or None."""
    if not isinstance(item, dict):
        problems.add(place, "must be an object")
        return None
    for key in item:
        if key not in fields:
            problems.add(place, f"unknown key \"{key}\"; known: {', '.join(sorted(fields))}")
    out = {}
    for key, (kind, default) in fields.items():
        value = item.get(key, default)
        if key not in item and default is None:
            problems.add(place, f"\"{key}\" is missing")
            return None
        if key in item and (not isinstance(value, kind) or
                            (kind is int and isinstance(value, bool))):
            problems.add(place, f"\"{key}\" has the wrong type: {value!r}")
            return None
        if key in ("en", "zh") and not str(value).strip():
            problems.add(place, f"\"{key}\" is empty")
        out[key] = value
    return out


def decimal(problems, place, text):
    """"0.10" -> (1, 1), the one normal form of codec/decimal.h."""
    if not isinstance(text, str) or not DECIMAL.match(text):
        problems.add(place, f"{text!r} is not a decimal in quotes such as \"0.1\"")
        return (0, 0)
    whole, _, behind = text.partition(".")
    behind = behind.rstrip("0")
    mantissa = int(whole + behind)
    if abs(mantissa) > INT64_MAX or len(behind) > SCALE_MAX:
        problems.add(place, f"{text} does not fit 64 bits with {SCALE_MAX} decimals")
        return (0, 0)
    return (mantissa, len(behind))


def bounds(problems, place, item):
    low = (-INT64_MAX, 0) if item["min"] is ANY else decimal(problems, place + ".min", item["min"])
    high = (INT64_MAX, 0) if item["max"] is ANY else decimal(problems, place + ".max", item["max"])
    if low[0] * 10 ** high[1] > high[0] * 10 ** low[1]:
        problems.add(place, f"min {item['min']} is above max {item['max']}")
    return low, high


def matches(problems, place, what, text, pattern):
    if not pattern.match(text):
        problems.add(place, f"the {what} \"{text}\" must match {pattern.pattern[:-2]}")


def check_sources(problems, place, item):
    """What stands in "source" is a link into another model; its form is known, so that it can be
    followed."""
    for text in [] if item["source"] is ANY else item["source"]:
        if not isinstance(text, str) or not SOURCE.match(text):
            problems.add(place, f"the source {text!r} has no known form")


def unique(problems, place, items, key):
    seen = set()
    for item in items:
        if item[key] in seen:
            problems.add(place, f"the {key} \"{item[key]}\" is given twice")
        seen.add(item[key])
    return items


TEXT = {"en": (str, None), "zh": (str, None)}
POINT_FIELDS = {"name": (str, None), "type": (str, None), "unit": (str, ""), "decimals": (int, 0),
                "class": (str, None), "deadBand": (str, "0"), "min": (str, ANY),
                "max": (str, ANY), "values": (list, ANY), "param": (bool, False),
                "source": (list, ANY), **TEXT}


def check_values(problems, place, point):
    if (point["type"] == "enum") != (point["values"] is not ANY):
        problems.add(place, "\"values\" belongs to the type enum, and to it alone")
        return []
    rows = [] if point["values"] is ANY else point["values"]
    rows = [take(problems, f"{place}.values[{i}]", v, {"value": (int, None), **TEXT})
            for i, v in enumerate(rows)]
    rows = [row for row in rows if row]
    if any(abs(row["value"]) >= 2**31 for row in rows):
        problems.add(place, "an enum value does not fit 32 bits")
    if point["type"] == "enum" and not rows:
        problems.add(place, "an enum needs at least one value")
    return unique(problems, place, rows, "value")


def check_point(problems, place, item):
    point = take(problems, place, item, POINT_FIELDS)
    if not point:
        return None
    place = f"{place} ({point['name']})"
    matches(problems, place, "name", point["name"], POINT_NAME)
    if point["type"] not in POINT_TYPES:
        problems.add(place, f"type \"{point['type']}\"; known: {', '.join(POINT_TYPES)}")
        return None
    if len(point["class"]) != 1 or point["class"] not in CLASSES:
        problems.add(place, f"class \"{point['class']}\" must be one of {' '.join(CLASSES)}")
    if not 0 <= point["decimals"] <= SCALE_MAX:
        problems.add(place, f"decimals must be 0..{SCALE_MAX}")
    check_sources(problems, place, point)
    if point["type"] in ("number", "array") and (point["min"] is ANY or point["max"] is ANY):
        problems.add(place, f"the type {point['type']} needs \"min\" and \"max\"")
    if point["param"] and point["class"] != "D":
        problems.add(place, "a parameter has the class D")
    point["values"] = check_values(problems, place, point)
    point["band"] = decimal(problems, place + ".deadBand", point["deadBand"])
    if point["band"][0] < 0:
        problems.add(place, "deadBand must not be negative")
    point["low"], point["high"] = bounds(problems, place, point)
    if point["type"] == "bool":
        point["low"], point["high"] = (0, 0), (1, 0)
    if point["values"]:
        numbers = [row["value"] for row in point["values"]]
        point["low"], point["high"] = (min(numbers), 0), (max(numbers), 0)
    return point


def check_points(problems, data):
    head = take(problems, "points.json", data,
                {"id": (str, None), "version": (str, None), "objects": (list, None)})
    objects = []
    for i, item in enumerate(head["objects"] if head else []):
        place = f"points.json: objects[{i}]"
        entry = take(problems, place, item, {"kind": (str, None), "points": (list, None), **TEXT})
        if not entry:
            continue
        place = f"points.json: {entry['kind']}"
        matches(problems, place, "kind", entry["kind"], KIND)
        points = [check_point(problems, f"{place}.points[{j}]", p)
                  for j, p in enumerate(entry["points"])]
        entry["points"] = sorted(unique(problems, place, [p for p in points if p], "name"),
                                 key=lambda p: p["name"])
        objects.append(entry)
    unique(problems, "points.json", objects, "kind")
    return head, objects


COMMAND_FIELDS = {"op": (str, None), "class": (str, None), "kind": (str, None),
                  "executor": (str, None),
                  "args": (list, None), "writes": (list, None), "confirms": (list, None),
                  "confirmMs": (int, None), **TEXT}
ARG_FIELDS = {"name": (str, None), "type": (str, None), "unit": (str, ""),
              "required": (bool, None), "decimals": (int, 0), "min": (str, ANY),
              "max": (str, ANY), "values": (list, ANY), **TEXT}


def check_arg_values(problems, place, arg):
    """The judge of a command keeps min and max alone: so the values fill them without a hole."""
    arg["values"] = check_values(problems, place, arg)
    numbers = sorted(row["value"] for row in arg["values"])
    if numbers and [(numbers[0], 0), (numbers[-1], 0)] != [arg["low"], arg["high"]]:
        problems.add(place, "\"min\" and \"max\" must be the least and the greatest value")
    if numbers and numbers[-1] - numbers[0] + 1 != len(numbers):
        problems.add(place, "the values of an argument must follow each other without a gap")


def check_arg(problems, place, item):
    arg = take(problems, place, item, ARG_FIELDS)
    if not arg:
        return None
    place = f"{place} ({arg['name']})"
    matches(problems, place, "name", arg["name"], ARG_NAME)
    if arg["type"] not in ARG_TYPES:
        problems.add(place, f"type \"{arg['type']}\"; known: {', '.join(ARG_TYPES)}")
        return None
    if not 0 <= arg["decimals"] <= SCALE_MAX:
        problems.add(place, f"decimals must be 0..{SCALE_MAX}")
    if arg["type"] in ("number", "enum") and (arg["min"] is ANY or arg["max"] is ANY):
        problems.add(place, f"the type {arg['type']} needs \"min\" and \"max\"")
    arg["low"], arg["high"] = bounds(problems, place, arg)
    check_arg_values(problems, place, arg)
    return arg


def check_steps(problems, place, command, key, other, points):
    """writes: point from an argument or a fixed value; confirms: equal to one or among some."""
    kinds = {"value": str, "accepted": list}
    steps = []
    for i, item in enumerate(command[key]):
        spot = f"{place}.{key}[{i}]"
        step = take(problems, spot, item,
                    {"point": (str, None), "arg": (str, ANY), other: (kinds[other], ANY)})
        if not step:
            continue
        if (step["arg"] is ANY) == (step[other] is ANY):
            problems.add(spot, f"needs either \"arg\" or \"{other}\"")
        if step["arg"] is not ANY and step["arg"] not in [a["name"] for a in command["args"]]:
            problems.add(spot, f"there is no argument \"{step['arg']}\"")
        if step["point"] not in points:
            problems.add(spot, f"{command['kind']} has no point \"{step['point']}\"")
        steps.append(step)
    return steps


def check_step_values(problems, place, command):
    for step in command["writes"]:
        if step["value"] is not ANY:
            step["fixed"] = decimal(problems, place + ".writes", step["value"])
    for step in command["confirms"]:
        if step["accepted"] is not ANY and not (
                step["accepted"] and all(isinstance(v, int) and abs(v) < 2**31
                                         for v in step["accepted"])):
            problems.add(place + ".confirms", "\"accepted\" must be a list of 32 bit numbers")


def check_executor(problems, place, command):
    """Only what is written and read back can be carried out from tables; the rest needs a program
    that knows the operation, and a device without one answers "not supported"."""
    if command["executor"] not in EXECUTORS:
        problems.add(place, f"executor \"{command['executor']}\"; known: {', '.join(EXECUTORS)}")
    steps = bool(command["writes"]), bool(command["confirms"])
    if steps != ((True, True) if command["executor"] == "registers" else (False, False)):
        problems.add(place, "the executor registers needs writes and confirms, others have neither")
    if command["class"] == "C" and command["executor"] != "device":
        problems.add(place, "a command of class C is never carried out from tables")


def check_commands(problems, data, objects):
    points = {o["kind"]: {p["name"] for p in o["points"]} for o in objects}
    commands = []
    for i, item in enumerate(data if isinstance(data, list) else []):
        command = take(problems, f"commands.json: [{i}]", item, COMMAND_FIELDS)
        if not command:
            continue
        place = f"commands.json: {command['op']}"
        matches(problems, place, "op", command["op"], OP)
        if command["class"] not in ("A", "B", "C"):
            problems.add(place, f"class \"{command['class']}\" must be A, B or C")
        if command["kind"] and command["kind"] not in points:
            problems.add(place, f"points.json has no kind \"{command['kind']}\"")
        if not 0 <= command["confirmMs"] < 2**31:
            problems.add(place, "confirmMs must be 0 or more, in milliseconds")
        args = [check_arg(problems, f"{place}.args[{j}]", a)
                for j, a in enumerate(command["args"])]
        command["args"] = unique(problems, place, [a for a in args if a], "name")
        if len(args) > ARGS_MAX:
            problems.add(place, f"has more than {ARGS_MAX} arguments")
        check_executor(problems, place, command)
        known = points.get(command["kind"], set())
        command["writes"] = check_steps(problems, place, command, "writes", "value", known)
        command["confirms"] = check_steps(problems, place, command, "confirms", "accepted", known)
        check_step_values(problems, place, command)
        commands.append(command)
    if not isinstance(data, list):
        problems.add("commands.json", "must be a list of commands")
    return unique(problems, "commands.json", commands, "op")


def check_results(problems, data):
    if not isinstance(data, list):
        problems.add("results.json", "must be a list of result codes")
        return []
    rows = [take(problems, f"results.json: [{i}]", item,
                 {"code": (int, None), "id": (str, None), **TEXT}) for i, item in enumerate(data)]
    rows = [row for row in rows if row]
    for row in rows:
        matches(problems, "results.json", "id", row["id"], ID)
    unique(problems, "results.json", rows, "code")
    return sorted(unique(problems, "results.json", rows, "id"), key=lambda row: row["code"])


ALARM_FIELDS = {"code": (str, None), "level": (int, None), "advice": (dict, None),
                "points": (list, None), "source": (list, ANY), **TEXT}


def check_alarms(problems, data, objects):
    if not isinstance(data, list):
        problems.add("alarms.json", "must be a list of alarms")
        return []
    known = {f"{o['kind']}/{p['name']}" for o in objects for p in o["points"]}
    kinds = {o["kind"] for o in objects}
    alarms = []
    for i, item in enumerate(data):
        alarm = take(problems, f"alarms.json: [{i}]", item, ALARM_FIELDS)
        if not alarm:
            continue
        place = f"alarms.json: {alarm['code']}"
        matches(problems, place, "code", alarm["code"], ALARM)
        parts = ALARM.match(alarm["code"])
        if parts and parts[1] not in kinds:
            problems.add(place, f"points.json has no kind \"{parts[1]}\"")
        if parts and int(parts[2]) != alarm["level"]:
            problems.add(place, f"the code ends in {parts[2]}, the level is {alarm['level']}")
        alarm["advice"] = take(problems, place + ".advice", alarm["advice"], TEXT)
        for name in alarm["points"]:
            if name not in known:
                problems.add(place, f"points.json has no {name!r}")
        check_sources(problems, place, alarm)
        alarms.append(alarm)
    return sorted(unique(problems, "alarms.json", alarms, "code"), key=lambda a: a["code"])


ERROR_FIELDS = {"id": (str, None), "err": ((str, type(None)), ANY), "en": (dict, None),
                "zh": (dict, None)}


def check_errors(problems, data, names):
    if not isinstance(data, list):
        problems.add("errors.json", "must be a list of errors")
        return []
    rows = []
    for i, item in enumerate(data):
        row = take(problems, f"errors.json: [{i}]", item, ERROR_FIELDS)
        if not row:
            continue
        place = f"errors.json: {row['id']}"
        matches(problems, place, "id", row["id"], ID)
        row["err"] = None if row["err"] is ANY else row["err"]
        if row["err"] is not None and row["err"] not in names:
            problems.add(place, f"ess/base.h has no {row['err']}")
        for language in ("en", "zh"):
            say = take(problems, f"{place}.{language}", row[language],
                       {key: (str, None) for key in ("what", "why", "mend")})
            if not say or not all(text.strip() for text in say.values()):
                problems.add(f"{place}.{language}", "needs what, why and mend, none empty")
        rows.append(row)
    ids = {row["id"]: row["err"] for row in rows}
    for name in names:
        wanted = name[len("ESS_E_"):].lower().replace("_", "-")
        if ids.get(wanted) != name:
            problems.add("errors.json", f"\"{wanted}\" with \"err\": \"{name}\" is missing")
        for row in rows:  # ess_model_error_of tells the general entry by its being the shortest
            if row["err"] == name and row["id"] != wanted and len(row["id"]) <= len(wanted):
                problems.add(f"errors.json: {row['id']}", f"must be longer than \"{wanted}\"")
    return sorted(unique(problems, "errors.json", rows, "id"), key=lambda row: row["id"])


OWN_POINT = re.compile(r"x[A-Z]")
VENDOR = re.compile(r"[a-z]{2,16}(?=-)")
VERSION = re.compile(r"(0|[1-9][0-9]{0,8})(\.(0|[1-9][0-9]{0,8})){2}\Z")


def check_head(problems, name, head):
    matches(problems, name, "id", head["id"], ID)
    matches(problems, name, "version", head["version"], VERSION)


def check_reserved(problems, model):
    """[MOD-18] Names that makers' extensions have are not the base's."""
    names = [(f"{o['kind']}/{p['name']}", OWN_POINT.match(p["name"]))
             for o in model["objects"] for p in o["points"]]
    names += [(c["op"], c["op"].startswith("vendor.")) for c in model["commands"]]
    names += [(a["code"], OWN_POINT.match(a["code"].partition(".")[2])) for a in model["alarms"]]
    for name, reserved in names:
        if reserved:
            problems.add(name, "such names are for makers' extensions")


def check_own(problems, vendor, objects, commands, alarms, kinds):
    """[MOD-18] What an extension adds begins with its maker's name. [MOD-19] Its commands write
    what is its own, so that power and contactors are reached by the base's commands alone."""
    points = {(o["kind"], p["name"]) for o in objects for p in o["points"]}
    names = [(name, f"x{vendor.capitalize()}") for _, name in points]
    names += [(o["kind"].split("/")[-1], f"X{vendor.upper()}")
              for o in objects if o["kind"] not in kinds]
    names += [(c["op"], f"vendor.x-{vendor}-") for c in commands]
    names += [(a["code"].partition(".")[2], f"x{vendor.capitalize()}") for a in alarms]
    for name, prefix in names:
        if not name.startswith(prefix) or name == prefix:
            problems.add(name, f"an extension's own names begin with {prefix}")
    for command in commands:
        for step in command["writes"]:
            if (command["kind"], step["point"]) not in points:
                problems.add(command["op"], f"writes {step['point']}, which is not its own")


def merge_objects(base, added):
    """The base's objects with what an extension adds to each, and the extension's own behind."""
    more = {o["kind"]: o["points"] for o in added}
    kinds = {o["kind"] for o in base}
    merged = [{**o, "points": sorted(o["points"] + more.get(o["kind"], []),
                                     key=lambda p: p["name"])} for o in base]
    return merged + [o for o in added if o["kind"] not in kinds]


EXTENSION_FIELDS = {"id": (str, None), "version": (str, None), "extends": (dict, None),
                    "objects": (list, None), "commands": (list, None), "alarms": (list, None)}


def label_objects(problems, items, base):
    """An object that the base has takes its labels from there; any other needs its own."""
    labels = {o["kind"]: {"en": o["en"], "zh": o["zh"]} for o in base}
    for item in items:
        kind = item.get("kind") if isinstance(item, dict) else None
        if kind in labels and {"en", "zh"} & set(item):
            problems.add(f"points.json: {kind}", "has its labels already")
    return [labels.get(item.get("kind"), {}) | item if isinstance(item, dict) else item
            for item in items]


def extend(path, model, problems):
    """The model with a maker's extension [MOD-17]; None where it has problems."""
    data = load(path.parent, path.name, problems)
    head = None if data is None else take(problems, path.name, data, EXTENSION_FIELDS)
    if head is None:
        return None
    check_head(problems, path.name, head)
    wanted = {"id": model["head"]["id"], "version": model["head"]["version"],
              "hash": model["hash"]}
    if head["extends"] != wanted:
        problems.add(path.name, f"extends {head['extends']}, and not {wanted}")
    vendor = VENDOR.match(head["id"])
    if not vendor:
        problems.add(path.name, "the id begins with the maker's name: acme-x1")
        return None
    inner = Problems()
    items = label_objects(inner, head["objects"], model["objects"])
    _, added = check_points(inner, {"id": "x", "version": "x", "objects": items})
    objects = merge_objects(model["objects"], added)
    commands = check_commands(inner, head["commands"], objects)
    alarms = check_alarms(inner, head["alarms"], objects)
    check_own(inner, vendor[0], added, commands, alarms, {o["kind"] for o in model["objects"]})
    problems.lines += [re.sub(r"^\w+\.json", path.name, line) for line in inner.lines]
    extension = f"{head['id']} {head['version']} {hash_of(data)}"
    return None if problems.lines else {
        **model, "objects": objects, "commands": model["commands"] + commands,
        "alarms": sorted(model["alarms"] + alarms, key=lambda a: a["code"]),
        "extensions": [extension]}


def hash_of(data):
    """[MOD-03] Of the canonical form of RFC 8785; its numbers are whole ones alone."""
    canonical = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def error_names(header):
    """The names of enum ess_err, in order, without ESS_OK and ESS_E_COUNT."""
    text = re.sub(r"/\*.*?\*/", "", header.read_text(encoding="utf-8"), flags=re.S)
    body = re.search(r"typedef enum ess_err \{(.*?)\}", text, flags=re.S).group(1)
    return [n for n in re.findall(r"\b(ESS_E_[A-Z0-9_]+)", body) if n != "ESS_E_COUNT"]


def quote(text):
    out = "".join(f"\\{c}" if c in "\"\\?" else c if c >= " " else f"\\{ord(c):03o}" for c in text)
    return f'"{out}"'


def both(entry):
    return f"{{{quote(entry['en'])}, {quote(entry['zh'])}}}"


def number(value):
    return f"{{INT64_C({value[0]}), {value[1]}}}"


def truth(value):
    return "true" if value else "false"


def table(kind, name, rows):
    """A static table, or nothing at all where there are no rows. Returns (lines, reference)."""
    if not rows:
        return [], "NULL"
    return [f"static const {kind} {name}[] = {{", *[f"    {row}," for row in rows], "};", ""], name


def emit_values(name, rows):
    """Lines of the table of an enum's values and the name to say for it."""
    return table("ess_model_enum_value", name, [f"{{{v['value']}, {both(v)}}}" for v in rows])


def emit_points(objects):
    lines, heads = [], []
    for i, entry in enumerate(objects):
        rows = []
        for j, p in enumerate(entry["points"]):
            more, values = emit_values(f"values_{i}_{j}", p["values"])
            lines += more
            rows.append(f"{{{quote(p['name'])}, {both(p)}, {quote(p['unit'])}, "
                        f"{POINT_TYPES[p['type']]}, '{p['class']}', {truth(p['param'])}, "
                        f"{p['decimals']}, {number(p['band'])}, {number(p['low'])}, "
                        f"{number(p['high'])}, {values}, {len(p['values'])}}}")
        more, points = table("ess_model_point", f"points_{i}", rows)
        lines += more
        heads.append(f"{{{quote(entry['kind'])}, {both(entry)}, {points}, {len(rows)}}}")
    return lines + public("ess_model_object", "ess_model_objects", "ess_model_object_count", heads)


def emit_steps(command, i):
    lines, rows = [], []
    for w in command["writes"]:
        rows.append(f"{{{quote(w['point'])}, NULL, {number(w['fixed'])}}}" if w["arg"] is ANY else
                    f"{{{quote(w['point'])}, {quote(w['arg'])}, {{0, 0}}}}")
    more, writes = table("ess_model_write", f"writes_{i}", rows)
    lines += more
    rows = []
    for j, c in enumerate(command["confirms"]):
        if c["arg"] is not ANY:
            rows.append(f"{{{quote(c['point'])}, {quote(c['arg'])}, NULL, 0}}")
            continue
        more, accepted = table("int32_t", f"accepted_{i}_{j}", c["accepted"])
        lines += more
        rows.append(f"{{{quote(c['point'])}, NULL, {accepted}, {len(c['accepted'])}}}")
    more, confirms = table("ess_model_confirm", f"confirms_{i}", rows)
    return lines + more, writes, confirms


def emit_args(command, i):
    lines, rows = [], []
    for j, a in enumerate(command["args"]):
        more, values = emit_values(f"arg_values_{i}_{j}", a["values"])
        lines += more
        rows.append(f"{{{quote(a['name'])}, {ARG_TYPES[a['type']]}, {quote(a['unit'])}, "
                    f"{truth(a['required'])}, {a['decimals']}, {number(a['low'])}, "
                    f"{number(a['high'])}, {both(a)}, {values}, {len(a['values'])}}}")
    more, args = table("ess_model_arg", f"args_{i}", rows)
    return lines + more, args


def emit_commands(commands):
    lines, heads = [], []
    for i, c in enumerate(commands):
        more, args = emit_args(c, i)
        lines += more
        more, writes, confirms = emit_steps(c, i)
        lines += more
        heads.append(f"{{{quote(c['op'])}, '{c['class']}', {quote(c['kind'])}, "
                     f"{EXECUTORS[c['executor']]}, {both(c)}, {args}, "
                     f"{writes}, {confirms}, {len(c['args'])}, {len(c['writes'])}, "
                     f"{len(c['confirms'])}, {c['confirmMs']}}}")
    return lines + public("ess_model_command", "ess_model_commands", "ess_model_command_count", heads)


def emit_alarms(alarms):
    lines, heads = [], []
    for i, a in enumerate(alarms):
        more, points = table("char *const", f"alarm_points_{i}", [quote(p) for p in a["points"]])
        lines += more
        heads.append(f"{{{quote(a['code'])}, {a['level']}, {len(a['points'])}, {points}, "
                     f"{both(a)}, {both(a['advice'])}}}")
    return lines + public("ess_model_alarm", "ess_model_alarms", "ess_model_alarm_count", heads)


def public(kind, name, count, rows):
    """A table behind a pointer: of an array a program would keep the size it was linked with, and
    a shared library with one row more would not fit."""
    rows_name = name.removeprefix("ess_model_")
    return [f"static const {kind} {rows_name}[] = {{", *[f"    {row}," for row in rows], "};",
            f"const {kind} *const {name} = {rows_name};",
            f"const size_t {count} = sizeof {rows_name} / sizeof {rows_name}[0];", ""]


def emit_errors(errors):
    rows = []
    for e in errors:
        texts = ", ".join(f"{{{quote(e['en'][key])}, {quote(e['zh'][key])}}}"
                          for key in ("what", "why", "mend"))
        rows.append(f"{{{quote(e['id'])}, {e['err'] or 'ESS_OK'}, {texts}}}")
    return public("ess_model_error", "ess_model_errors", "ess_model_error_count", rows)


def emit(model):
    head = model["head"]
    extensions = json.dumps(model["extensions"], separators=(",", ":")) \
        if model["extensions"] else ""
    lines = ["/* Made by scripts/make_model.py from spec/model; never edited by hand. */",
             '#include "ess/model.h"', "",
             f"const char *const ess_model_id = {quote(head['id'])};",
             f"const char *const ess_model_version = {quote(head['version'])};",
             f"const char *const ess_model_hash = {quote(model['hash'])};",
             f"const char *const ess_model_ext = {quote(extensions)};", ""]
    lines += emit_points(model["objects"])
    lines += emit_commands(model["commands"])
    lines += emit_alarms(model["alarms"])
    lines += public("ess_model_result", "ess_model_results", "ess_model_result_count",
                    [f"{{{r['code']}, {quote(r['id'])}, {both(r)}}}" for r in model["results"]])
    lines += emit_errors(model["errors"])
    return "\n".join(lines)


def without_texts(part):
    """The same data with the texts for people empty: a firmware shows none to anybody, and they are
    more than half of the tables."""
    if isinstance(part, list):
        return [without_texts(entry) for entry in part]
    if not isinstance(part, dict):
        return part
    return {key: {name: "" for name in value} if key in ("en", "zh") and isinstance(value, dict)
            else "" if key in ("en", "zh") else without_texts(value)
            for key, value in part.items()}


def write_if_changed(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.read_text(encoding="utf-8") == text:
        os.utime(path)  # so that the build sees it as made
        return
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def read_model(folder, problems):
    """Everything, checked; None where the data have problems."""
    data = {name: load(folder, name + ".json", problems)
            for name in ("points", "commands", "alarms", "results", "errors")}
    if problems.lines:
        return None
    head, objects = check_points(problems, data["points"])
    header = Path(__file__).resolve().parent.parent / "include/ess/base.h"
    model = {"head": head, "objects": objects,
             "commands": check_commands(problems, data["commands"], objects),
             "alarms": check_alarms(problems, data["alarms"], objects),
             "results": check_results(problems, data["results"]),
             "errors": check_errors(problems, data["errors"], error_names(header))}
    # What two sides must agree on; a text of an error may change alone.
    model["hash"] = hash_of({name: data[name]
                             for name in ("points", "commands", "alarms", "results")})
    model["extensions"] = []
    if head:
        check_head(problems, "points.json", head)
    check_reserved(problems, model)
    return None if problems.lines else model


def made_files(model, options):
    """{path: text} of what was asked for beside the tables."""
    sys.dont_write_bytecode = True  # the source tree stays clean
    files = {}
    if options.doc:
        from model_page import page
        files[options.doc] = page(model)
    if options.schema:
        from model_schema import schemas
        files |= {options.schema / name: text for name, text in schemas(model).items()}
    if options.asyncapi:
        from model_asyncapi import asyncapi
        folder = options.model.parent / "vectors"
        vectors = [vector for name in ("presence", "data", "delivery", "command")
                   for vector in json.loads((folder / f"{name}.json").read_text("utf-8"))]
        files[options.asyncapi] = asyncapi(model, vectors)
    return files


def stale_files(files, folder):
    """What differs from what it should be, and schemas that should not be there."""
    old = {path for path, text in files.items()
           if not path.exists() or path.read_text(encoding="utf-8") != text}
    return sorted(old | (set(folder.rglob("*.json")) - set(files) if folder else set()))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", type=Path, required=True, help="folder of the JSON files")
    parser.add_argument("--extend", type=Path, help="a maker's extension to build in")
    parser.add_argument("--out", type=Path, help="C file to write")
    parser.add_argument("--without-texts", action="store_true",
                        help="leave labels, advice and explanations empty in the C file")
    parser.add_argument("--doc", type=Path, help="reference page to write")
    parser.add_argument("--schema", type=Path, help="folder of JSON Schemas to write")
    parser.add_argument("--asyncapi", type=Path, help="AsyncAPI document to write")
    parser.add_argument("--check", action="store_true", help="only compare these three")
    options = parser.parse_args()
    problems = Problems()
    model = read_model(options.model, problems)
    if model is not None and options.extend:
        model = extend(options.extend, model, problems)
    if model is None:
        sys.stderr.write("\n".join(problems.lines) + "\n")
        return 1
    if options.out:
        write_if_changed(options.out,
                         emit(without_texts(model) if options.without_texts else model))
    files = made_files(model, options)
    stale = stale_files(files, options.schema)
    if options.check and stale:
        sys.exit("\n".join(f"{path} is out of date" for path in stale)
                 + f"\nrun {' '.join(a for a in sys.argv if a != '--check')}")
    for path in stale:
        if path in files:
            write_if_changed(path, files[path])
        else:
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
