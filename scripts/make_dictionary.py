"""Makes the C table of the compression dictionaries (spec/dict) that pack has built in.

    make_dictionary.py --dict spec/dict --out build/gen/dictionary_gen.c

A dictionary that has been published never changes: frames of devices in the field name it. So its
id is made from its bytes, and this stops when they do not agree.
"""
import argparse
import hashlib
import json
import pathlib
import sys

MAGIC = bytes.fromhex("37a430ec")
LEAST, MOST = 32768, 2**31 - 1  # ids that the format leaves to everybody


def id_of(dictionary):
    """From everything but the id's own four bytes."""
    digest = hashlib.sha256(dictionary[:4] + dictionary[8:]).digest()
    return LEAST + int.from_bytes(digest[:8], "big") % (MOST - LEAST + 1)


def with_id(dictionary):
    return dictionary[:4] + id_of(dictionary).to_bytes(4, "little") + dictionary[8:]


def load(folder):
    entries = json.loads((folder / "dictionaries.json").read_text(encoding="utf-8"))
    for entry in entries:
        data = (folder / entry["file"]).read_bytes()
        if data[:4] != MAGIC or int.from_bytes(data[4:8], "little") != entry["id"] \
                or id_of(data) != entry["id"] or len(data) != entry["bytes"]:
            sys.exit(f"make_dictionary: {entry['file']} is not what dictionaries.json says of it")
        yield entry, data


def text(folder):
    out = ["/* Made by scripts/make_dictionary.py from spec/dict; not edited by hand. */",
           '#include "pack/internal.h"', ""]
    rows = []
    for entry, data in load(folder):
        name = f"bytes_{entry['id']}"
        out.append(f"static const unsigned char {name}[] = {{")
        out += ["    " + ",".join(str(b) for b in data[i:i + 24]) + ","
                for i in range(0, len(data), 24)]
        out.append("};")
        rows.append(f"    {{{name}, sizeof {name}, {entry['id']}u}}, "
                    f"/* {entry['model']} {entry['version']} */")
    return "\n".join([*out, "const ess_pack_dictionary ess_pack_dictionaries[] = {", *rows,
                      "    {NULL, 0, 0},", "};", ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dict", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    given = parser.parse_args()
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(text(given.dict), encoding="utf-8")


if __name__ == "__main__":
    main()
