"""Checks that spec/schema/ and spec/asyncapi.yaml are what the model says, and holds the schemas
against the vectors.

What Profile 1 takes must validate. What it refuses must not, but for what no schema can see;
spec/schema/README.md lists those vectors, and one there that is seen is a fault too.
"""
import json
import pathlib
import re
import subprocess
import sys

from jsonschema import Draft202012Validator, RefResolver

SOURCE = pathlib.Path(__file__).resolve().parents[1]
SCHEMAS = SOURCE / "spec" / "schema"
BLIND_ROW = re.compile(r"^\| .+ \| .+ \| ([A-Z]{3}-\d\d/\d.*) \|$", re.M)
TOPIC = re.compile(r"v1/([A-Z]+)/")
STORE = {path.as_uri(): json.loads(path.read_text(encoding="utf-8"))
         for path in SCHEMAS.rglob("*.json")}

VALUES = (  # (file, values, whether they are by the model)
    ("BMS", {"soc": 56.3, "acmeNew": "x", "state": 3}, True),
    ("BMS", {"soc": {"v": 56.3, "q": 2, "ts": 1763827199000}, "v": None}, True),
    ("BMS", {"soc": 560}, True),  # beyond its limits, and still to be told
    ("BMS", {"soc": "56.3"}, False),
    ("BMS", {"state": 3.5}, False),
    ("BMS", {"soc": {"q": 2}}, False),
    ("BMS.C", {"cellV": [3287, None]}, True),
    ("BMS.C", {"cellV": 3287}, False),
    ("EMS", {"estop": True, "site": "SH"}, True),
    ("EMS", {"estop": 1}, False),
)
ORDERS = (  # (operation, arguments, whether a device may take them)
    ("power.set", {"p": 60, "rvt": 900}, True),
    ("power.set", {"p": 60.5, "q": -1, "rvt": 900}, True),
    ("power.set", {"p": 126, "rvt": 900}, False),
    ("power.set", {"p": 60}, False),
    ("power.set", {"p": 60, "rvt": 900, "step": 1}, False),
    ("mode.set", {"mode": 2}, True),
    ("mode.set", {"mode": 4}, False),
    ("strategy.enable", {"strategy": 1, "on": True}, True),
    ("strategy.enable", {"strategy": 1, "on": 1}, False),
    ("start", {}, True),
)


def validator(name):
    uri = (SCHEMAS / f"{name}.json").as_uri()
    return Draft202012Validator(STORE[uri], resolver=RefResolver(uri, STORE[uri], store=STORE))


def bytes_of(vector):
    if "payload_hex" in vector:
        return bytes.fromhex(vector["payload_hex"])
    text = vector.get("payload") or "".join(t * n for t, n in vector.get("payload_parts", []))
    return text.encode("utf-8", "surrogatepass")


def refused_by_reader(text):
    raise ValueError(text)


def members(pairs):
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a member twice")
    return dict(pairs)


def read(payload):
    """What a strict JSON reader makes of it, before any schema; ValueError."""
    try:
        return json.loads(payload.decode("utf-8"), object_pairs_hook=members,
                          parse_constant=refused_by_reader)
    except RecursionError as error:
        raise ValueError("too deep") from error


def packed(vector):
    """Compressed: a schema is for what comes out."""
    return bytes_of(vector)[:1] in (b"\x1f", b"\x28", b"\x78")


def looked_at():
    """(vector, validator) of every vector whose payload a schema is there for."""
    ready = {name: validator(name) for name in
             "STATE DATA HIST PARAM EVENT ACK CMD RSP".split()}
    paths = [*(SOURCE / "spec" / "vectors").glob("*.json"),
             SOURCE / "spec" / "vectors" / "encoded" / "encoding.json"]
    for path in sorted(paths):
        for vector in json.loads(path.read_text(encoding="utf-8")):
            kind = TOPIC.match(vector.get("topic", ""))
            has_payload = any(key.startswith("payload") for key in vector)
            topical = vector.get("fault_rule", "").startswith("TOP")
            if has_payload and kind and kind[1] in ready and not topical and not packed(vector):
                yield vector, ready[kind[1]]


def check_vectors(blind, counts):
    seen = set()
    for vector, schema in looked_at():
        try:
            fault = next(schema.iter_errors(read(bytes_of(vector))), None)
        except ValueError as error:
            fault = error
        if vector["accept"]:
            counts["taken"] += 1
            if fault is not None:
                yield f"{vector['id']} is taken, but: {fault.args[0] if fault.args else fault}"
        elif fault is not None:
            counts["seen"] += 1
        elif vector["id"] in blind:
            seen.add(vector["id"])
            counts["unseen"] += 1
        else:
            yield f"{vector['id']} is refused, but the schema takes it: teach the schema, or name " \
                  "the vector in spec/schema/README.md"
    for name in sorted(blind - seen):
        yield f"spec/schema/README.md: {name} is no vector that a schema cannot see"


def check_samples():
    samples = [(f"values/{name}", values, good) for name, values, good in VALUES]
    samples += [(f"command/{op}", {"op": op, "a": args}, good) for op, args, good in ORDERS]
    for name, value, good in samples:
        if validator(name).is_valid(value) != good:
            yield f"{name}.json {'refuses' if good else 'takes'} {json.dumps(value)}"


def check_forms():
    """Each file is a schema, and what it points to is there."""
    for uri, schema in STORE.items():
        Draft202012Validator.check_schema(schema)
        resolver = RefResolver(uri, schema, store=STORE)
        for target in re.findall(r'"\$ref": "([^"]+)"', json.dumps(schema)):
            resolver.resolve(target)
    return []


def main():
    done = subprocess.run([sys.executable, SOURCE / "scripts" / "make_model.py", "--check", "--model",
                           SOURCE / "spec" / "model", "--schema", SCHEMAS, "--asyncapi",
                           SOURCE / "spec" / "asyncapi.yaml"])
    if done.returncode:
        return 1
    rows = BLIND_ROW.findall((SCHEMAS / "README.md").read_text(encoding="utf-8"))
    blind = {name for row in rows for name in row.split()}
    counts = dict.fromkeys(("taken", "seen", "unseen"), 0)
    problems = [*check_forms(), *check_samples(), *check_vectors(blind, counts)]
    print("\n".join(problems) or
          f"schema: {len(STORE)} files; {counts['taken']} vectors taken, {counts['seen']} refused, "
          f"{counts['unseen']} refused only beyond what a schema sees")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
