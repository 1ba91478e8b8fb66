"""Checks what of the house style a machine can: sizes, banned calls, leftover words.

Limits: file 800 lines, of tests too; of the product line 100, function 60, no // comments, no banned
function.
"""
import pathlib
import re
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[1]
FILE_LINES, LINE_CHARS, FUNCTION_LINES = 800, 100, 60

BANNED = re.compile(r"\b(strcpy|strcat|sprintf|strtok|atoi|atol|strtol|strtoul|strtod|sscanf|gets"
                    r"|alloca)\s*\(")
CLOCK = re.compile(r"(?<![\w.>])(time|rand|srand|gettimeofday|clock_gettime|usleep|sleep|nanosleep)"
                   r"\s*\(")
HEAP = re.compile(r"\b(malloc|calloc|realloc|free)\s*\(")
LEFTOVER = re.compile(r"\b(TODO|FIXME|XXX|TEMPORARY)\b")
DECLARATION = re.compile(r"(?!typedef|static|extern|#)[A-Za-z][\w \*]*?\w+\(")
NO_HEAP = ("codec", "model", "session", "ess")


def without_comments_and_strings(text):
    """The same text with comments and literals blanked, line by line the same length."""
    pattern = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def functions(code):
    """(name, first line, length) of every function body that begins with a brace in column 0."""
    start, name, previous = None, "", ""
    for number, line in enumerate(code.split("\n"), 1):
        if line == "{":
            start, name = number, previous
        elif line.startswith("}") and start is not None:
            yield name, start, number - start - 1
            start = None
        if line and not line[0].isspace() and line != "{":
            previous = line.split("(")[0].split()[-1] if "(" in line else previous


def check_public(path, text):
    """What a header that is installed must be besides: fit for C++."""
    if path.parent.name != "ess" or path.stem == "limits": # which holds numbers alone
        return
    if "\nESS_BEGIN_C\n" not in text or "\nESS_END_C\n" not in text:
        yield 1, "declarations of a public header stand between ESS_BEGIN_C and ESS_END_C"
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        above = lines[number - 2]
        if DECLARATION.match(line) and not above.endswith(("*/", ";")):
            yield number, "no contract above this function (one comment may serve several)"
    if "[static " in text:
        yield 1, "C++ does not know [static n]: write [ESS_AT_LEAST(n)]"


def check_length(path):
    lines = path.read_text().count("\n")
    if lines > FILE_LINES:
        yield lines, f"file has more than {FILE_LINES} lines"


def check(path):
    text = path.read_text()
    code = without_comments_and_strings(text)
    room = path.parent.name
    lines = text.split("\n")
    yield from check_public(path, text)
    yield from check_length(path)
    for number, (line, bare) in enumerate(zip(lines, code.split("\n")), 1):
        if len(line) > LINE_CHARS:
            yield number, f"line has more than {LINE_CHARS} characters"
        if "//" in bare:
            yield number, "// comment"
        if BANNED.search(bare):
            yield number, f"banned: {BANNED.search(bare).group(1)}"
        if room != "port" and CLOCK.search(bare):
            yield number, f"{CLOCK.search(bare).group(1)}(): only port/ asks the clock or chance"
        if room in NO_HEAP and HEAP.search(bare):
            yield number, f"{HEAP.search(bare).group(1)}(): {room} never allocates"
        if LEFTOVER.search(line):
            yield number, f"leftover: {LEFTOVER.search(line).group()}"
    for name, number, length in functions(code):
        if length > FUNCTION_LINES:
            yield number, f"{name} has {length} lines, more than {FUNCTION_LINES}"


def main():
    product = sorted([*SOURCE.glob("src/*/*.[ch]"), *SOURCE.glob("include/*/*.h")])
    tests = sorted(path for path in (SOURCE / "tests").rglob("*.[ch]")
                   if "node_modules" not in path.parts)
    problems = [f"{path.relative_to(SOURCE)}:{number}: {problem}"
                for paths, look in ((product, check), (tests, check_length))
                for path in paths for number, problem in look(path)]
    print("\n".join(problems) or "style: as the house wants it")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
