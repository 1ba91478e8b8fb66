"""How the documents of the protocol are read: rows of rules, of sentences and of their tests.

Shared by check_spec.py, which holds them against each other, and make_rules.py, which turns them
into what `ess explain` says.
"""
import pathlib
import re
from typing import NamedTuple

SOURCE = pathlib.Path(__file__).resolve().parents[1]
SPEC = SOURCE / "spec"
AREAS = "TOP|ENV|DAT|TEL|DLV|PRE|CLK|CMD|SIG|PAR|ALM|ENC|VER|MOD|SEC|CHG"
NONE = "–"

RULE_ID = re.compile(rf"\b(?:{AREAS})-\d\d\b")
RULE_ROW = re.compile(rf"^\| ((?:{AREAS})-\d\d) \| ([SPR/]+) \| (?:((?:\d+(?:\.\d+)?[ ]?)+|{NONE}) \| )?"
                      r"(.+) \|$", re.M)
TRACE_ROW = re.compile(rf"^\| ((?:{AREAS})-\d\d) \| (.+) \| (.+) \| (.+) \| (.+) \|$", re.M)
SENTENCE_ROW = re.compile(r"^\| (S-(\d+)\.(\d+)) \| (.+?) \| (.+?) \| (.+?) \| (.+) \|$", re.M)


class Rule(NamedTuple):
    """A row of protocol.md."""
    id: str
    kind: str      # class: S, P, R or a mixture
    clause: str    # clauses of the standard, "–" where none; empty in a row that has no such column
    text: str


class Trace(NamedTuple):
    """A row of the table of rules in traceability.md."""
    id: str
    kind: str
    sentences: str
    tests: str
    open: str


class Sentence(NamedTuple):
    """A row of the table of sentences in traceability.md."""
    id: str
    chapter: str
    number: str
    clause: str
    text: str
    rules: str
    tests: str


def read(name):
    return (SPEC / name).read_text(encoding="utf-8")


def rules(text):
    return [Rule(*row) for row in RULE_ROW.findall(text)]


def trace(text):
    """The two tables of traceability.md."""
    head, _, tail = text.partition("\n## Rules\n")
    return ([Sentence(*row) for row in SENTENCE_ROW.findall(head)],
            [Trace(*row) for row in TRACE_ROW.findall(tail)])


def clause_order(clause):
    return [int(part) for part in clause.split(".")]


def clauses_of(rule, sentences):
    """The clauses of the standard that a rule answers, by the table of sentences."""
    found = {s.clause for s in sentences if rule in RULE_ID.findall(s.rules)}
    return " ".join(sorted(found, key=clause_order)) or NONE


def sentences_of(rule, sentences):
    return " ".join(s.id for s in sentences if rule in RULE_ID.findall(s.rules)) or NONE
