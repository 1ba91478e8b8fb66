"""Prints what libess costs on a Cortex-M4 and holds it against tests/mcu/budget.txt.

  report.py BUILD_DIRECTORY        (preset mcu, built)

The budget counts what the archives hold, unused functions included; a program links less. Stack and
room are measured by running bin/mcu-test.elf in an emulator. Exit 1: over budget, a vector went
wrong, or the library asks for a function that it may not.
"""
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
TOOL = "arm-none-eabi-"
ROOMS = ("codec", "session", "model")
# Declared in libc/string.h, and all that a C library must have.
MAY_USE = set(re.findall(r"^[\w ]+?\*?(\w+)\(.*\);$", (HERE / "libc/string.h").read_text(), re.M))
EMULATOR = ["qemu-system-arm", "-M", "mps2-an386", "-display", "none", "-monitor", "none",
            "-serial", "none", "-semihosting-config", "enable=on,target=native", "-kernel"]
SECONDS = 60


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def sizes(archive):
    """(text, data + bss) of all objects of an archive."""
    rows = [line.split() for line in output(TOOL + "size", str(archive)).splitlines()[1:]]
    return sum(int(row[0]) for row in rows), sum(int(row[1]) + int(row[2]) for row in rows)


def symbols(option, *files):
    """Of a kind: "-u" asked for, "--defined-only" there."""
    lines = output(TOOL + "nm", option, *map(str, files)).splitlines()
    return {line.split()[-1] for line in lines if line and not line.endswith(":")}


def foreign(archives):
    """Symbols that come neither from the library, nor the compiler, nor the few allowed."""
    compilers = output(TOOL + "gcc", "-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard",
                       "-mfpu=fpv4-sp-d16", "-print-libgcc-file-name").strip()
    known = symbols("--defined-only", *archives) | symbols("--defined-only", compilers)
    return symbols("-u", *archives) - known - MAY_USE


def emulate(program):
    """Lines that the program says, and its exit code."""
    try:
        run = subprocess.run([*EMULATOR, str(program)], capture_output=True, text=True,
                             timeout=SECONDS)
    except subprocess.TimeoutExpired:
        raise SystemExit(f"mcu: the program did not end within {SECONDS} s")
    return (run.stdout + run.stderr).splitlines(), run.returncode


def budget():
    rows = [line.split(maxsplit=2) for line in (HERE / "budget.txt").read_text().splitlines()
            if line and not line.startswith("#")]
    return {name: (int(limit), why) for name, limit, why in rows}


def main():
    build = pathlib.Path(sys.argv[1])
    archives = {room: build / f"libroom_{room}.a" for room in ROOMS}
    size = {room: sizes(archive) for room, archive in archives.items()}
    problems = [f"the library asks for {name}()" for name in sorted(foreign(archives.values()))]
    lines, code = emulate(build / "bin/mcu-test.elf")
    figures, rooms = {}, []
    for line in lines:
        name, _, rest = line.partition(" ")
        value, _, where = rest.partition(" ")
        if not value.isdigit():
            problems.append(line)
        elif name == "room":
            rooms.append((int(value), where))
        else:
            figures[name] = (int(value), where)
    if code != 0 or figures.get("wrong", (1,))[0] != 0:
        problems.append(f"the program ended with {code}")
        figures.setdefault("vectors", (0, ""))

    stacks = [figures.get(name, (0, "")) for name in ("stack_vectors", "stack_exchange")]
    found = {"codec_text": size["codec"][0],
             "library_text": size["codec"][0] + size["session"][0],
             "static_ram": sum(ram for _, ram in size.values()),
             "stack": max(stacks)[0]}
    print(f"libess on a Cortex-M4, -Os; {figures['vectors'][0]} vectors and an exchange")
    for name, (limit, why) in budget().items():
        print(f"  {name:<13} {found[name]:>7} of {limit:>6}  {why}")
        if found[name] > limit:
            problems.append(f"{name} is {found[name]}, more than {limit}")
    print(f"  session_text  {size['session'][0]:>7}\n  model_text    {size['model'][0]:>7}"
          "            its tables, without texts; linked only by who asks them")
    for program, what in (("device", "a device: reports, receipts, commands"),
                          ("judge", "one that judges commands by the model besides"),
                          ("orders", "one that carries them out, with journal and leases")):
        text, _ = sizes(build / f"bin/flash_{program}.elf")
        print(f"  linked        {text:>7}            {what}")
    for what, (value, where) in zip(("of the vectors", "of the exchange"), stacks):
        print(f"  stack         {value:>7}            {what}: deepest at {where}")
    for value, what in rooms:
        print(f"  lent          {value:>7}            {what}")
    print(f"  lent          {sum(value for value, _ in rooms):>7}            by the device in all")
    for problem in problems:
        print(f"mcu: {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
