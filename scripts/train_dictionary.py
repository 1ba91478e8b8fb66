"""Trains a dictionary for the present model from simulated stations and puts it into spec/dict.

    scripts/train_dictionary.py

Builds tests/bench/compress, which simulates the stations; their seeds are none of those that
`scripts/bench.sh compress` measures with. The same sources and libzstd give the same bytes. A
dictionary that is published already is left as it is: devices in the field name it, so a new one
gets a new id and stands before it in dictionaries.json.
"""
import hashlib
import json
import pathlib
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(SOURCE / "scripts"))
import make_dictionary  # noqa: E402

BUILD = SOURCE / "build/bench/compress"
FOLDER = SOURCE / "spec/dict"
POINTS = SOURCE / "packaging/points/cabinet-261.csv"
MOST_BYTES = 65536


def run(*command):
    subprocess.run([str(word) for word in command], check=True, stdout=sys.stderr)


def main():
    model = json.loads((SOURCE / "spec/model/points.json").read_text(encoding="utf-8"))
    run("cmake", "-S", SOURCE / "tests/bench/compress", "-B", BUILD, "-G", "Ninja")
    run("cmake", "--build", BUILD, "--target", "train_dictionary")
    made = BUILD / "trained.dict"
    run(BUILD / "train_dictionary", POINTS, made)
    data = make_dictionary.with_id(made.read_bytes())
    number = make_dictionary.id_of(data)
    if len(data) > MOST_BYTES:
        sys.exit(f"train_dictionary: {len(data)} bytes are more than {MOST_BYTES}")
    listed = FOLDER / "dictionaries.json"
    entries = json.loads(listed.read_text(encoding="utf-8")) if listed.exists() else []
    if any(entry["id"] == number for entry in entries):
        print(f"{number}: already there")
        return
    name = f"{model['id']}-{model['version']}-{number}.dict"
    (FOLDER / name).write_bytes(data)
    entries.insert(0, {"file": name, "model": model["id"], "version": model["version"],
                       "id": number, "bytes": len(data),
                       "sha256": hashlib.sha256(data).hexdigest()})
    listed.write_text(json.dumps(entries, indent=1) + "\n", encoding="utf-8")
    print(f"{number}: {len(data)} bytes, {name}")


if __name__ == "__main__":
    main()
