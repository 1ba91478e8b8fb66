"""Holds the document, its Chinese text, the vectors, the traceability and the code against each
other: the same rules everywhere, and nothing without a test or a stated reason.

    check_spec.py            tells what is open, then what is wrong; exit code 1 if anything is wrong
    check_spec.py --write    first fills in what follows from the rest: the clauses in both
                             documents; class, sentences and vectors in the table of rules
"""
import json
import re
import sys

sys.dont_write_bytecode = True
from spec_rows import (NONE, RULE_ID, RULE_ROW, SENTENCE_ROW, SOURCE, SPEC, TRACE_ROW,  # noqa: E402
                       clauses_of, read, rules, sentences_of, trace)

DOCUMENTS = ("protocol.md", "protocol.zh-CN.md")
SENTENCE_COUNTS = re.compile(r"^Sentences a chapter: (.+)\.$", re.M)
TOPIC = re.compile(r"`(v1/[^`<#{]+)`")
TEST_NAME = re.compile(r"`([^`]+)`")
# How a rule is shown to anyone's implementation; the first item of its tests.
SHOWN = re.compile(r"(vectors|vectors \(taken\)(?:, sequences)?|sequences|vectors, sequences|no vector: [^;]+)"
                   r"(?:; .+)?$")
ANNOUNCED = SOURCE / "include/ess/peer.h"
VERSION = re.compile(r"^## (\d+\.\d+) · (draft|published) · .+$", re.M)
REGISTER = ("published", "effective", "reason", "scope", "what", "asks of others")
REGISTER_ROW = re.compile(r"^\| ([a-z ]+) · \S+ \| (.+) \| (.+) \|$", re.M)
DATE = re.compile(r"\d{4}-\d\d-\d\d")
CODE = (("src", "*/*.[ch]"), ("include", "ess/*.h"), ("tests", "**/*.[ch]"), ("tests", "**/*.py"),
        ("packaging", "**/*"), ("docs", "**/*.md"), ("spec", "model/*.json"), ("spec", "*.yaml"))


def check_languages(english, chinese):
    """Same ids, same order, same class and clause; the same wire words and figures in backquotes."""
    if [row.id for row in english] != [row.id for row in chinese]:
        for one, other in zip(english, chinese):
            if one.id != other.id:
                yield f"protocol.md has {one.id} where the Chinese text has {other.id}"
                return
        yield "protocol.md and protocol.zh-CN.md have not the same number of rules"
        return
    ids = [row.id for row in english]
    for rule in sorted({i for i in ids if ids.count(i) > 1}):
        yield f"protocol.md has {rule} twice"
    for one, other in zip(english, chinese):
        if one.kind != other.kind:
            yield f"{one.id}: class {one.kind} in English, {other.kind} in Chinese"
        words, others = (set(re.findall(r"`([^`]+)`", row.text)) for row in (one, other))
        for word in sorted(words ^ others):
            yield f"{one.id}: `{word}` stands in one language only"


def examples(text):
    """(topic named before it, text) of each block of JSON."""
    topic, block = None, None
    for line in text.split("\n"):
        if block is not None and line == "```":
            yield topic, block
            topic, block = None, None
        elif block is not None:
            block.append(line)
        elif line == "```json":
            block = []
        elif not line.startswith("|") and TOPIC.search(line):
            topic = TOPIC.findall(line)[-1]


def check_examples():
    """That they are right is tested by tests/unit/hub/test_examples.c."""
    english, chinese = (list(examples(read(name))) for name in DOCUMENTS)
    if english != chinese:
        yield "protocol.md and protocol.zh-CN.md have not the same examples and topics"
    for topic, block in english:
        if topic is None:
            yield f"protocol.md: no topic is named before {block[0][:60]}"


def check_mentions(known):
    """Every rule that code, tests or documents name exists."""
    for folder, pattern in CODE:
        for path in sorted((SOURCE / folder).glob(pattern)):
            if not path.is_file():
                continue
            named = set(RULE_ID.findall(path.read_text(encoding="utf-8", errors="replace")))
            for rule in sorted(named - known):
                yield f"{path.relative_to(SOURCE)} names {rule}, which is no rule"


def check_vector(vector, known, seen):
    name, rule = vector.get("id", "?"), vector.get("rule")
    if name in seen or not name.startswith(f"{rule}/"):
        yield f"{name} is not unique or not of its rule"
    seen.add(name)
    for named in {rule, vector.get("fault_rule", rule)} - known:
        yield f"{name} names {named}, which is no rule"
    if set(vector.get("why", {})) != {"en", "zh"}:
        yield f"{name} says why in one language only"
    if "steps" in vector:
        return
    if vector.get("accept") not in (True, False) or vector["accept"] == ("fault_rule" in vector):
        yield f"{name} says neither accepted nor refused by what"


def read_vectors(known):
    """Returns the problems, and what each rule has: of taken, refused, sequence."""
    problems, seen, shown = [], set(), {}
    for path in sorted((SPEC / "vectors").rglob("*.json")):
        for vector in json.loads(path.read_text(encoding="utf-8")):
            problems += [f"{path.name}: {p}" for p in check_vector(vector, known, seen)]
            kind = "sequence" if "steps" in vector else \
                "taken" if vector.get("accept") else "refused"
            shown.setdefault(vector.get("rule"), set()).add(kind)
    return problems, shown


def check_sentences(sentences, known, counts):
    """Each chapter is counted without a gap; each row tells of rules and tests that exist."""
    last = {}
    for s in sentences:
        where = f"traceability.md: {s.id}"
        if int(s.number) != last.get(int(s.chapter), 0) + 1:
            yield f"{where} does not follow S-{s.chapter}.{last.get(int(s.chapter), 0)}"
        last[int(s.chapter)] = int(s.number)
        if s.clause.split(".")[0] != s.chapter:
            yield f"{where} is of clause {s.clause}"
        for rule in set(RULE_ID.findall(s.rules)) - known:
            yield f"{where} names {rule}, which is no rule"
        if "by rule" in s.tests and not RULE_ID.search(s.rules):
            yield f"{where} has no rule whose tests could be meant"
        for path in TEST_NAME.findall(s.tests.partition("open: ")[0]):
            if not (SOURCE / path).exists():
                yield f"{where} names {path}, which is not there"
        if not re.match(r"by rule|none needed: .|open: .|`", s.tests):
            yield f"{where} has neither a test nor a reason"
    if list(last.items()) != list(enumerate(counts, 1)):
        yield f"traceability.md: the chapters do not have {counts} sentences, in order"


def shown_by(have):
    """How the table says it: "vectors, sequences"; empty where a rule has neither."""
    messages = "vectors" if {"taken", "refused"} <= have else \
        "vectors (taken)" if "taken" in have else ""
    return ", ".join(filter(None, (messages, "sequences" if "sequence" in have else "")))


def check_shown(row, shown):
    """What a row says of vectors against what there is."""
    have = shown.get(row.id, set())
    said = SHOWN.match(row.tests)
    if said is None:
        yield "does not begin with vectors, sequences or no vector: and a reason"
    elif "refused" in have and "taken" not in have:
        yield "has vectors that are refused and none that is taken"
    elif (shown_by(have) or "no vector") != said[1].partition(":")[0]:
        yield f"says {said[1]!r}, and has {shown_by(have) or 'no vector'}: check_spec.py --write"


def check_rules(rows, english, sentences, shown):
    """The table of rules: one row a rule, with the document's class and tests that exist."""
    if [row.id for row in rows] != [row.id for row in english]:
        have, want = ({row.id for row in table} for table in (rows, english))
        yield "traceability.md has not the document's rules or their order: " \
              + (", ".join(sorted(have ^ want)) or "another order")
    kinds = {row.id: row.kind for row in english}
    for row in rows:
        where = f"traceability.md: {row.id}"
        if row.kind != kinds.get(row.id) or row.sentences != sentences_of(row.id, sentences):
            yield f"{where}: class or sentences are out of date: check_spec.py --write"
        for path in TEST_NAME.findall(row.tests):
            if not any((root / path).is_file() for root in (SOURCE / "tests", SOURCE)):
                yield f"{where} names {path}, which is not there"
        if row.tests.startswith("no vector") and not TEST_NAME.search(row.tests) \
                and row.open == NONE:
            yield f"{where} has neither a test nor a word on what is missing"
        yield from (f"{where} {problem}" for problem in check_shown(row, shown))


def check_clauses(documents, sentences):
    for name, table in documents.items():
        for row in table:
            if row.clause != clauses_of(row.id, sentences):
                yield f"{name}: the clauses of {row.id} are out of date: check_spec.py --write"
            if "S" in row.kind and row.clause == NONE:
                yield f"{name}: {row.id} is the standard's, but no sentence of it is named"


def check_register():
    """Each version has all that is to be said of it, in both languages; the newest is announced."""
    text = read("changes.md")
    announced = ".".join(re.search(rf"#define ESS_{name}\s+(\d+)", ANNOUNCED.read_text())[1]
                         for name in ("MAJOR", "MINOR"))
    versions = VERSION.findall(text)
    if not versions or versions[0][0] != announced:
        yield f"changes.md: the newest version is not {announced}, which the software announces"
    for name, title in zip(DOCUMENTS, (f"Version {announced}, ", f"版本 {announced}，")):
        if f"\n{title}" not in read(name):
            yield f"{name} does not say that it is version {announced}"
    numbers = [tuple(map(int, number.split("."))) for number, _ in versions]
    if numbers != sorted(set(numbers), reverse=True):
        yield "changes.md: the versions do not stand newest first"
    for (number, state), part in zip(versions, VERSION.split(text)[3::3]):
        rows = {name: cells for name, *cells in REGISTER_ROW.findall(part)}
        for name in REGISTER:
            if not all(cell.strip() for cell in rows.get(name, [""])):
                yield f"changes.md: {number} does not say {name} in both languages"
        dates = [DATE.search(" ".join(rows.get(name, []))) for name in ("published", "effective")]
        if dates[0] is None or (state == "published" and dates[1] is None):
            yield f"changes.md: {number} is {state} without a date"


def write(sentences):
    """What follows from the rest, in place. New rules get a row that then has to be filled in."""
    kinds = {row.id: row.kind for row in rules(read("protocol.md"))}
    for name in DOCUMENTS:
        text = RULE_ROW.sub(
            lambda m: f"| {m[1]} | {m[2]} | {clauses_of(m[1], sentences)} | {m[4]} |", read(name))
        (SPEC / name).write_text(text, encoding="utf-8")
    head, mark, tail = read("traceability.md").partition("\n## Rules\n")
    rows = {row.id: row for row in trace(head + mark + tail)[1]}
    begin = TRACE_ROW.search(tail).start()
    table = []
    shown = read_vectors(set(kinds))[1]
    for name, kind in kinds.items():
        tests, missing = (rows[name].tests, rows[name].open) if name in rows else (NONE, NONE)
        said, _, rest = tests.partition("; ")
        if shown_by(shown.get(name, set())):
            said = shown_by(shown[name])
        tests = f"{said}; {rest}" if rest else said
        table.append(f"| {name} | {kind} | {sentences_of(name, sentences)} | {tests} | {missing} |")
    (SPEC / "traceability.md").write_text(head + mark + tail[:begin] + "\n".join(table) + "\n",
                                          encoding="utf-8")


def tell_open(sentences, rows):
    """What has no test, or not all that it should have."""
    tables = (("sentences", [(s.id, s.tests.partition("open: ")[2]) for s in sentences]),
              ("rules", [(row.id, row.open.strip(NONE)) for row in rows]))
    for title, table in tables:
        missing = [(name, what) for name, what in table if what]
        print(f"open: {len(missing)} of {len(table)} {title}")
        for name, what in missing:
            print(f"  {name}: {what}")
    bare = [s.id for s in sentences if s.tests.startswith("none needed")]
    print(f"none needed: {len(bare)} sentences ({' '.join(bare)})")
    alone = [row.id for row in rows if row.tests.startswith("no vector")]
    print(f"no vector possible, tested otherwise: {len(alone)} of {len(rows)} rules")


def main():
    sentences, _ = trace(read("traceability.md"))
    if "--write" in sys.argv[1:]:
        write(sentences)
    text = read("traceability.md")
    sentences, rows = trace(text)
    documents = {name: rules(read(name)) for name in DOCUMENTS}
    english, chinese = documents.values()
    counts = [int(n) for n in SENTENCE_COUNTS.search(text)[1].split(",")]
    known = {row.id for row in english}
    problems, shown = read_vectors(known)
    problems += [*check_languages(english, chinese), *check_examples(), *check_mentions(known),
                 *check_sentences(sentences, known, counts),
                 *check_clauses(documents, sentences), *check_register(),
                 *check_rules(rows, english, sentences, shown)]
    tell_open(sentences, rows)
    print("\n".join(problems) or f"spec: {len(english)} rules and {len(sentences)} sentences, "
                                 "each where it belongs")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
