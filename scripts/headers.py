"""Reads the public headers (include/ess/*.h) as far as the house style lets them be read by rule:
one declaration ends with one semicolon in column 0 or in a brace that began there.
"""
import dataclasses
import pathlib
import re

HEADERS = pathlib.Path(__file__).resolve().parents[1] / "include/ess"
PACK = HEADERS.parent / "ess-pack"  # of libess-pack


@dataclasses.dataclass
class Api:
    functions: dict  # name -> declaration on one line, names of parameters left out of nothing
    data: dict       # name -> declaration
    structs: dict    # name -> member names, in order
    enums: dict      # name -> constant names, in order
    macros: dict     # name -> whether it is a plain number


def without_comments(text):
    return re.sub(r"/\*.*?\*/", " ", text, flags=re.S)


def statements(text):
    """Declarations of the file, each on one line; braces are kept together."""
    text = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*$", "", text, flags=re.M)
    text = re.sub(r"\bESS_(BEGIN|END)_C\b", "", text)
    depth, start = 0, 0
    for at, char in enumerate(text):
        depth += (char == "{") - (char == "}")
        if char == ";" and depth == 0:
            yield " ".join(text[start:at].split())
            start = at + 1


def members(body):
    """Names of a struct's members; a function pointer's too."""
    for statement in filter(None, (part.strip() for part in body.split(";"))):
        pointer = re.search(r"\(\*(\w+)\)\s*\(", statement)
        if pointer:
            yield pointer.group(1)
            continue
        for part in statement.split(","):
            yield re.search(r"(\w+)\s*(?:\[.*\])*$", part.strip()).group(1)


def constants(body):
    for part in filter(None, (part.strip() for part in body.split(","))):
        yield part.split("=")[0].strip()


def read(statement, api):
    if re.match(r"typedef struct (\w+) \1$", statement): # opaque: nothing that could be pinned
        return
    kind = re.match(r"typedef (struct|enum) (\w+) \{(.*)\} (\w+)$", statement)
    if kind:
        into, parse = (api.structs, members) if kind.group(1) == "struct" else \
            (api.enums, constants)
        into[kind.group(4)] = list(parse(kind.group(3)))
        return
    data = re.match(r"extern .*?(\w+)(?:\[.*\])?$", statement)
    if data:
        api.data[data.group(1)] = statement
        return
    function = re.match(r"(?!typedef)[\w \*]+?(\w+)\s?\(.*\)$", statement)
    if not function:
        raise SystemExit(f"headers: this declaration is not understood: {statement}")
    api.functions[function.group(1)] = statement


def api(folder=HEADERS):
    found = Api({}, {}, {}, {}, {})
    for path in sorted(folder.glob("*.h")):
        text = without_comments(path.read_text())
        for name, value in re.findall(r"^#define (ESS_\w+)[ \t]+((?:\\\n|.)+)$", text, re.M):
            found.macros[name] = " ".join(value.replace("\\\n", " ").split())
        for statement in statements(text):
            read(statement, found)
    return found
