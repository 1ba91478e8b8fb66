"""Makes the C table of Profile 1's rules (src/check/rules.h) from the document in its two languages.

    make_rules.py --spec spec --out build/gen/rules_gen.c

So `ess explain ENV-05` says what the document says. That both languages have the same rules is
checked by check_spec.py and, as a table needs it, here.
"""
import argparse
import pathlib
import sys

sys.dont_write_bytecode = True
import spec_rows  # noqa: E402


def rules(path):
    return {rule.id: rule._replace(text=rule.text.replace("\\|", "|"))
            for rule in spec_rows.rules(path.read_text(encoding="utf-8"))}


def literal(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("?", "\\?") + '"'


def row(english, chinese):
    clause = "" if english.clause == spec_rows.NONE else english.clause
    return f"    {{{literal(english.id)}, {literal(english.kind)}, {literal(clause)}, " \
           f"{{{literal(english.text)}, {literal(chinese.text)}}}}},"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--spec", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()
    english = rules(options.spec / "protocol.md")
    chinese = rules(options.spec / "protocol.zh-CN.md")
    missing = sorted(set(english) ^ set(chinese))
    if missing or not english:
        sys.exit(f"make_rules: not in both languages: {', '.join(missing) or 'no rule at all'}")
    rows = [row(english[name], chinese[name]) for name in sorted(english)]
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text("\n".join([
        "/* Made by scripts/make_rules.py from spec/protocol.md; change that. */",
        '#include "check/rules.h"', "", "const check_rule check_rules[] = {", *rows, "};",
        "const size_t check_rule_count = sizeof check_rules / sizeof check_rules[0];", ""]),
        encoding="utf-8")


if __name__ == "__main__":
    main()
