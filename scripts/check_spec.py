"""Checks that the document, its Chinese text, the vectors, the traceability and the code name the
same rules; then counts what is still open.

Drift ends with exit code 1; what is open is only told.
"""
import json
import pathlib
import re
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[1]
SPEC = SOURCE / "spec"
AREAS = "TOP|ENV|DAT|TEL|DLV|PRE|CLK|CMD|SIG|PAR|ALM|ENC|VER|MOD|SEC|CHG"
RULE = re.compile(rf"\b(?:{AREAS})-\d\d\b")
RULE_ROW = re.compile(rf"^\| ((?:{AREAS})-\d\d) \| ([SPR/]+) \| (.+) \|$", re.M)
SENTENCE_COUNTS = re.compile(r"^Sentences a chapter: (.+)\.$", re.M)
SENTENCE_ROW = re.compile(r"^\| (S-(\d+)\.(\d+)) \| (.+?) \| (.+?) \| (.+) \|$", re.M)
EXAMPLE = re.compile(r"```json\n(.*?)```", re.S)
TEST_NAME = re.compile(r"`([^`]+)`")
CODE = (("src", "*/*.[ch]"), ("include", "ess/*.h"), ("tests", "**/*.[ch]"), ("tests", "**/*.py"),
        ("packaging", "**/*"), ("docs", "**/*.md"), ("spec", "model/*.json"), ("spec", "*.yaml"))


def read(name):
    return (SPEC / name).read_text(encoding="utf-8")


def check_languages(english, chinese):
    """Same ids, same order, same class; and the same wire words and figures in backquotes."""
    if [row[:2] for row in english] != [row[:2] for row in chinese]:
        for one, other in zip(english, chinese):
            if one[:2] != other[:2]:
                yield f"protocol.md has {one[0]} {one[1]} where the Chinese text has " \
                      f"{other[0]} {other[1]}"
                return
        yield "protocol.md and protocol.zh-CN.md have not the same number of rules"
        return
    ids = [row[0] for row in english]
    for rule in sorted({i for i in ids if ids.count(i) > 1}):
        yield f"protocol.md has {rule} twice"
    for (rule, _, text), (_, _, other) in zip(english, chinese):
        words, others = (set(re.findall(r"`([^`]+)`", t)) for t in (text, other))
        for word in sorted(words ^ others):
            yield f"{rule}: `{word}` stands in one language only"


def check_mentions(known):
    """Every rule that code, tests or documents name exists."""
    for folder, pattern in CODE:
        for path in sorted((SOURCE / folder).glob(pattern)):
            if not path.is_file():
                continue
            named = set(RULE.findall(path.read_text(encoding="utf-8", errors="replace")))
            for rule in sorted(named - known):
                yield f"{path.relative_to(SOURCE)} names {rule}, which is no rule"


def check_vectors(known):
    """Returns the problems, and the rules that have vectors."""
    problems, seen, rules = [], set(), set()
    for path in sorted((SPEC / "vectors").glob("*.json")):
        for vector in json.loads(path.read_text(encoding="utf-8")):
            name = vector.get("id", "?")
            rules.add(vector.get("rule"))
            if name in seen or not name.startswith(f"{vector.get('rule')}/"):
                problems.append(f"{path.name}: id {name} is not unique or not of its rule")
            seen.add(name)
            for rule in {vector.get("rule"), vector.get("fault_rule", vector.get("rule"))} - known:
                problems.append(f"{path.name}: {name} names {rule}, which is no rule")
            if vector.get("accept") not in (True, False) or \
                    vector["accept"] == ("fault_rule" in vector):
                problems.append(f"{path.name}: {name} says neither accepted nor refused by what")
            if set(vector.get("why", {})) != {"en", "zh"}:
                problems.append(f"{path.name}: {name} says why in one language only")
    return problems, rules


def check_sentences(sentences, known, counts):
    """Each chapter is counted without a gap; each row tells of rules and tests that exist."""
    last = {}
    for name, chapter, number, _, rules, tests in sentences:
        if int(number) != last.get(int(chapter), 0) + 1:
            yield f"traceability.md: {name} does not follow S-{chapter}.{last.get(int(chapter), 0)}"
        last[int(chapter)] = int(number)
        for rule in set(RULE.findall(rules)) - known:
            yield f"traceability.md: {name} names {rule}, which is no rule"
        if "by rule" in tests and not RULE.search(rules):
            yield f"traceability.md: {name} has no rule whose tests could be meant"
        for path in TEST_NAME.findall(tests.partition("open: ")[0]):
            if not (SOURCE / path).exists():
                yield f"traceability.md: {name} names {path}, which is not there"
    if list(last.items()) != list(enumerate(counts, 1)):
        yield f"traceability.md: the chapters do not have {counts} sentences, in order"


def check_rules(rows, english, sentences, with_vectors):
    """The table of rules: one row a rule, with the document's class and tests that exist."""
    if [row[:2] for row in rows] != [row[:2] for row in english]:
        have, want = ({f"{row[0]} {row[1]}" for row in table} for table in (rows, english))
        yield "traceability.md has not the document's rules, classes or order: " \
              + (", ".join(sorted(have ^ want)) or "another order")
    for rule, _, rest in rows:
        clauses, tests, missing = rest.split(" | ")
        wanted = [s[0] for s in sentences if rule in RULE.findall(s[4])]
        if clauses.split() != (wanted or ["–"]):
            yield f"traceability.md: the sentences of {rule} are {' '.join(wanted) or '–'}"
        if ("vectors" in tests.split(", ")) != (rule in with_vectors):
            yield f"traceability.md: {rule} has vectors or not, and its row says otherwise"
        for path in TEST_NAME.findall(tests):
            if not (SOURCE / "tests" / path).is_file():
                yield f"traceability.md: {rule} names tests/{path}, which is not there"
        if tests == "–" and missing == "–":
            yield f"traceability.md: {rule} has neither a test nor a word on what is missing"


def tell_open(sentences, rows):
    for title, table in (("sentences", [(s[0], s[5].partition("open: ")[2]) for s in sentences]),
                         ("rules", [(r[0], r[2].split(" | ")[2].strip("–")) for r in rows])):
        missing = [(name, what) for name, what in table if what]
        print(f"open: {len(missing)} of {len(table)} {title}")
        for name, what in missing:
            print(f"  {name}: {what}")


def main():
    english, chinese = (RULE_ROW.findall(read(n)) for n in ("protocol.md", "protocol.zh-CN.md"))
    sentences_text, _, rules_text = read("traceability.md").partition("\n## Rules\n")
    sentences, rows = SENTENCE_ROW.findall(sentences_text), RULE_ROW.findall(rules_text)
    counts = [int(n) for n in SENTENCE_COUNTS.search(sentences_text)[1].split(",")]
    known = {row[0] for row in english}
    problems, with_vectors = check_vectors(known)
    if EXAMPLE.findall(read("protocol.md")) != EXAMPLE.findall(read("protocol.zh-CN.md")):
        problems.append("protocol.md and protocol.zh-CN.md have not the same examples")
    problems += [*check_languages(english, chinese), *check_mentions(known),
                 *check_sentences(sentences, known, counts),
                 *check_rules(rows, english, sentences, with_vectors)]
    tell_open(sentences, rows)
    print("\n".join(problems) or f"spec: {len(english)} rules and {len(sentences)} sentences, "
                                 "each where it belongs")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
