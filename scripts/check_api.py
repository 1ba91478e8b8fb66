"""Holds the interface of libess against its pins, tests/abi/api.txt, and that of libess-pack,
tests/abi/api-pack.txt: functions with their types,
values of enums, sizes and places of members (of a 64-bit machine), macros.

  check_api.py            exit 1: something differs from what is pinned
  check_api.py --write    pins what is there now; belongs into the commit that changes it

A program that was built before runs on only with lines added. A line that went or changed breaks it:
say so in CHANGELOG.md, and raise the minor version, which is part of the soname.
"""
import difflib
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # the source tree stays clean
import headers  # noqa: E402

SOURCE = pathlib.Path(__file__).resolve().parents[1]
PINS = {headers.HEADERS: SOURCE / "tests/abi/api.txt",
        headers.PACK: SOURCE / "tests/abi/api-pack.txt"}

PROGRAM = """{includes}
#include <stdio.h>
#define TYPE(t) printf("struct " #t " %zu\\n", sizeof(t));
#define MEMBER(t, m) \\
    printf("struct " #t " %zu %s: %zu\\n", offsetof(t, m), #m, sizeof(((t *)0)->m));
#define VALUE(e, c) printf("enum " #e " " #c " %lld\\n", (long long)c);
int main(void)
{{
{lines}    return sizeof(void *) == 8 ? 0 : 3;
}}
"""


def measured(api, folder):
    """What only the compiler knows."""
    lines = []
    for name, members in sorted(api.structs.items()):
        lines += [f"TYPE({name})", *(f"MEMBER({name}, {member})" for member in members)]
    for name, constants in sorted(api.enums.items()):
        lines += [f"VALUE({name}, {constant})" for constant in constants]
    includes = "\n".join(f'#include "{folder.name}/{path.name}"' for path in
                         sorted(folder.glob("*.h")))
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "api.c"
        source.write_text(PROGRAM.format(includes=includes,
                                         lines="".join(f"    {line}\n" for line in lines)))
        subprocess.run(["cc", "-std=c11", f"-I{SOURCE}/include", source, "-o",
                        source.with_suffix("")], check=True)
        run = subprocess.run([source.with_suffix("")], capture_output=True, text=True)
    if run.returncode == 3:
        raise SystemExit("api: pinned for 64-bit machines; not checked here")
    return run.stdout.splitlines()


def present(folder):
    api = headers.api(folder)
    return [*(f"function {text}" for _, text in sorted(api.functions.items())),
            *(f"data {text}" for _, text in sorted(api.data.items())),
            *measured(api, folder),
            *(f"macro {name} {value}" for name, value in sorted(api.macros.items()))]


def check(folder, pins):
    """How many pins hold; None, and what has changed is told: not all do."""
    lines = present(folder)
    pinned = pins.read_text().splitlines() if pins.exists() else []
    changes = [line for line in difflib.unified_diff(pinned, lines, lineterm="", n=0)
               if line[0] in "+-" and line[:3] not in ("+++", "---")]
    if not changes:
        return len(lines)
    broken = any(line[0] == "-" for line in changes)
    print("\n".join(changes))
    print(f"api: the interface of lib{folder.name} has changed and "
          f"{'breaks' if broken else 'still serves'} programs built before.\n"
          f"api: if it is meant: scripts/check_api.py --write, and {pins.relative_to(SOURCE)} into "
          "the same commit" + (", with a line in CHANGELOG.md" if broken else ""))
    return None


def main():
    if "--write" in sys.argv[1:]:
        for folder, pins in PINS.items():
            pins.parent.mkdir(exist_ok=True)
            pins.write_text("\n".join(present(folder)) + "\n")
        return 0
    held = [check(folder, pins) for folder, pins in PINS.items()]
    if None in held:
        return 1
    print(f"api: {sum(held)} pins hold")
    return 0


if __name__ == "__main__":
    sys.exit(main())
