"""Makes libess a few files for a firmware project that has its own way of building.

  amalgamate.py --out DIRECTORY [--texts] [--extend FILE]

ess.h        all public headers
ess.c        codec and session
ess_model.c  the point model and its tables; wanted by ess/judge.h and by who looks points up. Who
             links with -ffunction-sections and --gc-sections and does neither, may leave it out.
             Labels, advice and explanations are empty unless --texts; --extend builds a maker's
             own points in (docs/extending-the-model.md).

Nothing is rewritten but what must be: one file is one scope, so names that two files have for
themselves get their file's name in front, and macros of a file end with it. Where a renamed name is
a struct's member too, the compiler refuses the result: such a name is to be changed by hand. To ask
people for different names in all files was rejected: files are read one at a time, and short names
read best.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[1]
UNITS = {"ess.c": ("codec", "session"), "ess_model.c": ("model",)}

INCLUDE = re.compile(r'^#include ([<"])([^>"]+)[>"][^\n]*\n', re.M)
TOKEN = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|(?:\.|->)?\s*\b[A-Za-z_]\w*'
                   r'|\d[\w.]*', re.S)


def without_guard(text):
    """A header without its include guard."""
    text = re.sub(r"^#ifndef (ESS_\w+_H)\n#define \1\n+", "", text, count=1, flags=re.M)
    return re.sub(r"\n#endif\s*\Z", "\n", text)


class Unit:
    """Text of one output file, each header at the first place that wants it."""

    def __init__(self, given=()):
        self.done = set(given)
        self.system = []
        self.parts = []

    def add(self, path, label, text=None):
        body = path.read_text() if text is None else text
        for kind, name in INCLUDE.findall(body):
            if kind == "<":
                self.system += [name] * (name not in self.system)
            elif name not in self.done:
                self.done.add(name)
                root = SOURCE / ("include" if name.startswith("ess/") else "src")
                self.add(root / name, name)
        body = INCLUDE.sub("", body)
        if path.suffix == ".h":
            body = without_guard(body)
        self.parts.append(f"/* ==== {label} ==== */\n{body.strip()}\n")

    def text(self, first):
        system = "".join(f"#include <{name}>\n" for name in sorted(self.system))
        return f"{first}{system}\n" + "\n".join(self.parts)


def blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def own_names(text):
    """What a .c file declares for itself: functions, objects, types and constants."""
    code = re.sub(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"', blank, text, flags=re.S)
    code = re.sub(r"__attribute__\(\(\w+\)\) ?", "", code)
    names = set(re.findall(r"^static (?:[\w ]|\*)*?\b(\w+)\s*(?:\(|\[|=|;)", code, re.M))
    names |= set(re.findall(r"^(?:typedef )?(?:struct|enum|union) (\w+) \{", code, re.M))
    names |= set(re.findall(r"^\} (\w+)\s*(?:\[|=|;)", code, re.M))
    for body in re.findall(r"^(?:typedef )?enum[^;{]*\{(.*?)\}", code, re.M | re.S):
        names |= set(re.findall(r"\b([A-Za-z_]\w*)\s*(?:=[^,]*)?(?:,|$)", body.strip()))
    return names


def rename(text, stem, names):
    """Those names with the file's in front, but not as members (behind a point or an arrow)."""
    return TOKEN.sub(lambda m: f"{stem}_{m.group()}" if m.group() in names
                     else re.sub(r"\w+$", f"{stem}_\\g<0>", m.group())
                     if m.group().strip() in names and m.group()[0].isspace() else m.group(), text)


def end_macros(text):
    names = re.findall(r"^#define (\w+)", text, re.M)
    return text.rstrip() + "\n" + "".join(f"#undef {name}\n" for name in names)


def make_unit(rooms, public, extra):
    files = [path for room in rooms for path in sorted((SOURCE / "src" / room).glob("*.c"))] + extra
    names = {path: own_names(path.read_text()) for path in files}
    unit = Unit(public)
    for path in files:
        shared = {name for other in files if other != path for name in names[path] & names[other]}
        label = f"{path.parent.name}/{path.name}" if path not in extra else path.name
        unit.add(path, label, end_macros(rename(path.read_text(), path.stem, shared)))
    return unit.text('#include "ess.h"\n\n')


def version():
    return re.search(r"VERSION ([\d.]+)", (SOURCE / "CMakeLists.txt").read_text().split(
        "project(", 1)[1]).group(1)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--texts", action="store_true")
    parser.add_argument("--extend", type=pathlib.Path)
    options = parser.parse_args()
    out = options.out
    out.mkdir(parents=True, exist_ok=True)
    about = f"/* esslink {version()}: made by scripts/amalgamate.py; see docs/libess.md. */\n"
    header = Unit()
    for path in sorted((SOURCE / "include/ess").glob("*.h")):
        if f"ess/{path.name}" not in header.done:
            header.done.add(f"ess/{path.name}")
            header.add(path, f"ess/{path.name}")
    (out / "ess.h").write_text(header.text(f"{about}#ifndef ESS_H\n#define ESS_H\n\n")
                               + "\n#endif\n")
    with tempfile.TemporaryDirectory() as folder:
        tables = pathlib.Path(folder) / "model_gen.c"
        more = [] if options.texts else ["--without-texts"]
        more += ["--extend", options.extend] if options.extend else []
        subprocess.run([sys.executable, SOURCE / "scripts/make_model.py", "--model",
                        SOURCE / "spec/model", *more, "--out", tables], check=True)
        for name, rooms in UNITS.items():
            extra = [tables] if "model" in rooms else []
            (out / name).write_text(about + make_unit(rooms, header.done, extra))


if __name__ == "__main__":
    main()
