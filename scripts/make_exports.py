"""Makes the version script of libess.so: what the public headers declare is shown, nothing else.

  make_exports.py --out libess.map --version 0.1 [--library ess-pack]
"""
import argparse
import pathlib
import sys

sys.dont_write_bytecode = True  # the source tree stays clean
import headers  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--library", choices=("ess", "ess-pack"), default="ess")
    arguments = parser.parse_args()
    api = headers.api(headers.HEADERS.parent / arguments.library)
    names = sorted([*api.functions, *api.data])
    node = arguments.library.upper().replace("-", "_")
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text("/* Made by scripts/make_exports.py. */\n"
                             f"{node}_{arguments.version} {{\nglobal:\n"
                             + "".join(f"    {name};\n" for name in names)
                             + "local:\n    *;\n};\n")


if __name__ == "__main__":
    main()
