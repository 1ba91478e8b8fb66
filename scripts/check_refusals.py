"""Checks that all that is said of a refusal has its Chinese in spec/model/refusals.json, and that
nothing else stands there.

What is said: in the rooms below and the named files each string literal with a blank in it, but for
formats (%) and what goes to the log at once; anywhere else what is put into an ess_fault. A refusal
of one word alone is therefore not found: it would not tell anybody much either.
"""
import pathlib
import re
import sys

sys.dont_write_bytecode = True
import make_refusals  # noqa: E402

SOURCE = pathlib.Path(__file__).resolve().parents[1]
ROOMS = ("codec", "session", "pack")
FILES = ("agent/command.c", "agent/trust.c", "json/tree.c", "hub/intake.c", "hub/stats.c")
# A literal behind this is no word of a refusal.
OTHER = re.compile(r"(?:port_log\(\s*PORT_\w+,|_Static_assert\([^;]*,)\s*$")
FAULT = re.compile(r"\(ess_fault\)|\bfault(?:\.|->)what\s*=")
COMMENT = re.compile(r"/\*.*?\*/|^\s*#.*?$", re.S | re.M)
LITERAL = r'"(?:[^"\\\n]|\\.)*"'
LITERALS = re.compile(rf"{LITERAL}(?:\s*{LITERAL})*")


def literals(text):
    """Each text of the C source, adjacent literals joined."""
    for match in LITERALS.finditer(text):
        whole = "".join(one[1:-1] for one in re.findall(LITERAL, match.group(0)))
        if " " in whole and "%" not in whole and not OTHER.search(text[:match.start()][-300:]):
            yield whole.replace('\\"', '"').replace("\\\\", "\\")


def said():
    """{text: file} of all that sources say of a refusal."""
    found = {}
    whole = {SOURCE / "src" / name for name in FILES}
    for path in sorted((SOURCE / "src").glob("*/*.[ch]")):
        text = COMMENT.sub("", path.read_text(encoding="utf-8"))
        if path not in whole and path.parent.name not in ROOMS:
            text = "\n".join(part for part in text.split(";") if FAULT.search(part))
        for one in literals(text):
            found.setdefault(one, path.relative_to(SOURCE))
    return found


def main():
    known = dict(make_refusals.read(SOURCE / "spec/model/refusals.json"))
    found = said()
    problems = [f'{path}: "{text}" has no Chinese in spec/model/refusals.json'
                for text, path in sorted(found.items()) if text not in known]
    problems += [f'spec/model/refusals.json: nothing says "{text}"'
                 for text in known if text not in found]
    print("\n".join(problems) or f"refusals: {len(known)} texts, each said and each in Chinese")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
