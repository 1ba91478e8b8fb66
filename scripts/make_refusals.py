"""Makes the C tables of what is said of a refusal (src/config/refusal.h), English to Chinese.

    make_refusals.py --model spec/model --out build/gen/refusals_gen.c

Texts with {} are forms: any text stands there. A text given twice, one out of order, a form whose
two languages differ in their places, or with more places than src/config/refusal.h has, stops it.
"""
import argparse
import json
import pathlib
import sys

PARTS_MAX = 4  # CONFIG_REFUSAL_PARTS


def read(path):
    """[(english, chinese)] in the file's order, checked."""
    pairs = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=list)
    english = [pair[0] for pair in pairs]
    problems = [f"{one!r}: not sorted, or twice" for before, one in zip(english, english[1:])
                if before.encode() >= one.encode()]
    problems += [f"{one!r}: the places {{}} differ" for one, other in pairs
                 if one.count("{}") != other.count("{}")]
    problems += [f"{one!r}: empty" for one, other in pairs if not one or not other]
    problems += [f"{one!r}: more than {PARTS_MAX} places, or two without words between"
                 for one, _ in pairs if one.count("{}") > PARTS_MAX or "{}{}" in one]
    if problems:
        sys.exit("\n".join(f"{path.name}: {problem}" for problem in problems))
    return pairs


def literal(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("?", "\\?") + '"'


def table(name, pairs):
    return [f"const ess_model_text config_refusal_{name}s[] = {{",
            *[f"    {{{literal(english)}, {literal(chinese)}}}," for english, chinese in pairs], "};",
            f"const size_t config_refusal_{name}_count =",
            f"    sizeof config_refusal_{name}s / sizeof config_refusal_{name}s[0];"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()
    pairs = read(options.model / "refusals.json")
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text("\n".join([
        "/* Made by scripts/make_refusals.py from spec/model/refusals.json; change that. */",
        '#include "config/refusal.h"', "",
        *table("word", [pair for pair in pairs if "{}" not in pair[0]]), "",
        *table("form", [pair for pair in pairs if "{}" in pair[0]]), ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
