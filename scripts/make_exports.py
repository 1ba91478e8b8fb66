"""Makes the version script of libess.so: what the public headers declare is shown, nothing else.

  make_exports.py --out libess.map --version 0.1
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
    arguments = parser.parse_args()
    api = headers.api()
    names = sorted([*api.functions, *api.data])
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text("/* Made by scripts/make_exports.py. */\n"
                             f"ESS_{arguments.version} {{\nglobal:\n"
                             + "".join(f"    {name};\n" for name in names)
                             + "local:\n    *;\n};\n")


if __name__ == "__main__":
    main()
