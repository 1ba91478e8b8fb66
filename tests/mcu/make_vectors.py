"""Makes the C table of the published vectors (spec/vectors/*.json) for a board without files.

  make_vectors.py --out vectors_gen.c FILE.json...

A member that is not known here is an error: a vector that says more than is compared would pass
for nothing.
"""
import argparse
import json
import pathlib

KNOWN = {"id", "rule", "to", "topic", "topic_hex", "payload", "payload_hex", "payload_parts",
         "accept", "fault_rule", "sender", "object", "n", "ts", "q", "why"}


def literal(data):
    """A C string of these bytes; octal, as \\x would swallow digits that follow."""
    if data is None:
        return "NULL"
    plain = (chr(b) if 32 <= b < 127 and b not in b'"\\?' else f"\\{b:03o}" for b in data)
    return '"' + "".join(plain) + '"'


def parts_of(vector):
    if "payload_parts" in vector:
        return [(text.encode(), times) for text, times in vector["payload_parts"]]
    if "payload_hex" in vector:
        return [(bytes.fromhex(vector["payload_hex"]), 1)]
    if "payload" in vector:
        return [(vector["payload"].encode(), 1)]
    return None


def text_of(vector, name):
    return literal(vector[name].encode()) if name in vector else "NULL"


def row(index, vector):
    unknown = set(vector) - KNOWN
    if unknown:
        raise SystemExit(f"{vector.get('id')}: members that are not known here: {unknown}")
    if vector["to"] not in ("cloud", "device"):
        raise SystemExit(f"{vector['id']}: to whom?")
    topic = bytes.fromhex(vector["topic_hex"]) if "topic_hex" in vector \
        else vector["topic"].encode()
    parts = parts_of(vector)
    table = ""
    if parts:
        lines = "".join(f"    {{{literal(text)}, {len(text)}, {times}}},\n"
                        for text, times in parts)
        table = f"static const vector_part parts_{index}[] = {{\n{lines}}};\n"
    flags = [parts is not None, vector["to"] == "device", vector["accept"],
             vector.get("sender", False)]
    cells = [literal(vector["id"].encode()), text_of(vector, "fault_rule"),
             text_of(vector, "object"), text_of(vector, "n"), literal(topic), str(len(topic)),
             str(len(parts or ())), f"parts_{index}" if parts else "NULL",
             *("true" if flag else "false" for flag in flags),
             str(vector.get("ts", -1)), str(vector.get("q", -1))]
    return table, "    {" + ", ".join(cells) + "},\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("files", type=pathlib.Path, nargs="+")
    arguments = parser.parse_args()
    found = [vector for file in arguments.files for vector in json.loads(file.read_text())]
    rows = [row(index, vector) for index, vector in enumerate(found)]
    arguments.out.write_text(
        "/* Made by tests/mcu/make_vectors.py; not to be edited. */\n#include \"vectors.h\"\n\n"
        + "".join(table for table, _ in rows)
        + "\nconst vector vectors[] = {\n" + "".join(cells for _, cells in rows)
        + f"}};\nconst size_t vector_count = {len(rows)};\n")


if __name__ == "__main__":
    main()
