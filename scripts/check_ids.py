"""Checks that what programs print under an id can be looked up, and that documents name what is there.

Every id in the sources is in the error catalogue, every id of the catalogue is printed by something,
and every link and script that a document names exists.
"""
import json
import pathlib
import re
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[1]
OWNERS = "agent|cli|config|hub|points|sim"
PRINTED = re.compile(rf'"((?:{OWNERS})-[a-z-]+)"|\[((?:{OWNERS})-[a-z-]+)\]')
FAILED = re.compile(r'\bcli_fail\([^;"]*"([a-z-]+)"')
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
SCRIPT = re.compile(r"\bscripts/\w+\.(?:sh|py)\b")


def printed():
    """(id, file) of every id in the C sources."""
    for path in sorted((SOURCE / "src").glob("*/*.[ch]")):
        text = path.read_text(encoding="utf-8")
        for one, other in PRINTED.findall(text):
            yield one or other, path
        for name in FAILED.findall(text):
            yield name, path


def check_ids():
    catalogue = json.loads((SOURCE / "spec/model/errors.json").read_text(encoding="utf-8"))
    known = {entry["id"] for entry in catalogue}
    seen = set()
    for name, path in printed():
        seen.add(name)
        if name not in known:
            yield f"{path.relative_to(SOURCE)}: [{name}] is not in spec/model/errors.json"
    for entry in catalogue:
        if entry["err"] is None and entry["id"] not in seen:
            yield f"spec/model/errors.json: nothing prints [{entry['id']}]"


def check_documents():
    documents = [*SOURCE.glob("*.md"), *SOURCE.glob("docs/**/*.md"), *SOURCE.glob("spec/**/*.md")]
    for path in sorted(documents):
        text = path.read_text(encoding="utf-8")
        for link in LINK.findall(text):
            if "://" not in link and not (path.parent / link).exists():
                yield f"{path.relative_to(SOURCE)}: {link} is not there"
        for script in SCRIPT.findall(text):
            if not (SOURCE / script).exists():
                yield f"{path.relative_to(SOURCE)}: {script} is not there"


def main():
    problems = [*check_ids(), *check_documents()]
    print("\n".join(problems) or "ids: all that is printed is explained")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
