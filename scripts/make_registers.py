#!/usr/bin/env python3
"""Writes docs/cabinet-registers.md from the register map and the point model.
--check: writes nothing; exit code 1 when the document is not what would be written."""
import csv
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs/cabinet-registers.md"

HEAD = """# Registers of the reference cabinet

Made by `scripts/make_registers.py` from `packaging/points/cabinet-261.csv` and
`spec/model/points.json`; change those, not this page.

`ess-sim cabinet` serves this map over Modbus TCP, and `ess-agent` reads it with the same file.
The cabinet: 125 kW / 261 kWh, one cluster of 260 LFP cells of 314 Ah in series, a temperature per
two cells. Power and current: + is discharge, export.

- Functions 3, 4, 6 and 16; unit 1 (0 and 255 are answered too). Addresses count from 0.
- Value = register content x scale. Wide values lie high word first; order CDAB: low word first.
- A write outside the limits is answered with exception 3, to a register that cannot be written
  (or to part of a value) with 2. A read where no point lies gets exception 2; between points 0.
- `pSet`, `qSet` and `runCmd` are taken in `ctrlMode` 2 (remote dispatch) only, else exception 4.
- Set-points fall to 0 when nobody has read or written for 30 s, when the PCS stops, and on a fault.
- `runCmd` is followed within 2 s; a fault stands until `runCmd` is 0.
- Arrays longer than 125 registers take several reads; values may move in between, as in real
  equipment.

## The file

A point table is a CSV file, one line a point, accepted whole or refused whole. Lines beginning
with `#` are comments; the first other line names the columns.

| column | allowed | empty |
|---|---|---|
| point | path of the object below the unit, `/`, name in the point model: `BMS/C1/cellV` | refused |
| address | 0 to 65535, of the first register | refused |
| type | `u16 i16 u32 i32 u64 bool`; with `[n]` (1 to 1024) an array | refused |
| scale | decimal factor above 0; whole for arrays | refused |
| order | `ABCD CDAB BADC DCBA`: bytes of values wider than a register | ABCD |
| class | `F N S C E D`: how often it is read and reported | the model's |
| area | `holding input` | holding |
| access | `ro rw` | ro |
"""


def limits(point):
    if "values" in point:
        return ", ".join(f"{v['value']} {v['en']}" for v in point["values"])
    return f"{point['min']} to {point['max']}" if point.get("param") else ""


def text():
    model = json.loads((ROOT / "spec/model/points.json").read_text(encoding="utf-8"))
    kinds = {o["kind"]: o for o in model["objects"]}
    lines = (ROOT / "packaging/points/cabinet-261.csv").read_text(encoding="utf-8").splitlines()
    out, last = [HEAD], None
    for row in csv.DictReader(line for line in lines if not line.startswith("#")):
        path, name = row["point"].rsplit("/", 1)
        kind = kinds["/".join(re.sub(r"\d+$", "", part) for part in path.split("/"))]
        point = next(p for p in kind["points"] if p["name"] == name)
        if path != last:
            out.append(f"\n## {path}: {kind['en']} {kind['zh']}\n\n"
                       "| address | point | what | 含义 | type | scale | unit | class | access | "
                       "values |\n|---|---|---|---|---|---|---|---|---|---|\n")
            last = path
        form = f"{row['type']} {row['order']}".strip()
        out.append(f"| {row['address']} | {name} | {point['en']} | {point['zh']} | {form} | "
                   f"{row['scale']} | {point['unit']} | {row['class']} | {row['access']} | "
                   f"{limits(point)} |\n")
    return "".join(out)


def main():
    wanted = text()
    if "--check" not in sys.argv[1:]:
        DOCUMENT.write_text(wanted, encoding="utf-8")
    elif not DOCUMENT.exists() or DOCUMENT.read_text(encoding="utf-8") != wanted:
        sys.exit(f"{DOCUMENT} is out of date: run scripts/make_registers.py")


main()
