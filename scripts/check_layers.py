"""Checks who includes whom: rooms below rooms, and each third-party header in one room only.

The table below is the house's plan; docs/architecture.md draws it. Exit 1 names every include
that breaks it.
"""
import pathlib
import re
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[1]

# room -> rooms it may include (itself always)
ROOMS = {
    "codec": (),
    "model": ("codec",),
    "session": ("codec", "model"),
    "port": ("codec",),
    "json": ("codec",),
    "config": ("codec", "model", "port"),
    "store": ("codec", "port"),
    "link": ("codec", "session", "port"),
    "south": ("codec", "model", "port"),
    "pack": ("codec",),
    "modelfile": ("codec", "model", "json", "store"),
    "check": ("codec", "model", "session", "json", "config", "store", "pack"),
}
BELOW = tuple(ROOMS)
ROOMS |= {program: BELOW for program in ("agent", "hub", "sim", "cli")}

# installed header of libess (include/ess/) -> the room whose door it is
PUBLIC = dict.fromkeys("base decimal double json limits message scratch shape signature topic".split(), "codec")
PUBLIC |= {"model": "model"}
PUBLIC |= dict.fromkeys("alarm birth clock credit dispatch downlink execute gaps intake journal judge lease orders peer ranges relay revision sender stage words".split(), "session")

# installed headers of a library of its own (include/<name>/) -> the room whose door they are
DOORS = {"ess-pack": "pack"}

# third-party header (prefix) -> the one room that may include it
THIRD_PARTY = {
    "mosquitto": ("link",), "mqtt_protocol": ("link",), "modbus": ("south",),
    "libfyaml": ("config",), "sodium": ("store",), "sqlite3": ("hub",), "microhttpd": ("hub",),
    "curl/": ("cli",), "zstd": ("pack",), "zlib.h": ("pack",), "jansson": (), "openssl/": (),
}
# headers of which only one file of its room may know
ONE_FILE = ("mosquitto.h", "modbus.h", "libfyaml.h", "sodium.h", "sqlite3.h", "microhttpd.h",
            "curl/curl.h", "zstd.h", "zlib.h")
# what the library may take from the C library [no I/O, no clock, no locale, no allocation]
FREESTANDING = {"stdint.h", "stddef.h", "stdbool.h", "string.h"}
LIBRARY = ("codec", "model", "session")

INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.M)


def check_quoted(room, name):
    target, _, file = name.partition("/")
    if target == "ess":
        target = PUBLIC.get(file.removesuffix(".h"))
    target = DOORS.get(target, target)
    if target not in ROOMS:
        return f'"{name}": no such room; write it in front, as in "port/clock.h"'
    if target != room and target not in ROOMS[room]:
        return f"{room} may not include {target}"
    return None


def check_system(room, name):
    if room in LIBRARY and name not in FREESTANDING:
        return f"<{name}>: {room} is part of the library and may include only " \
               f"{', '.join(sorted(FREESTANDING))}"
    for prefix, rooms in THIRD_PARTY.items():
        if name.startswith(prefix) and room not in rooms:
            return f"<{name}> belongs to {' and '.join(rooms) or 'no room yet'}"
    return None


def main():
    problems, users = [], {}
    for path in sorted([*SOURCE.glob("src/*/*.[ch]"), *SOURCE.glob("include/*/*.h")]):
        room = path.parent.name if path.parent.name != "ess" else PUBLIC.get(path.stem)
        room = DOORS.get(room, room)
        where = path.relative_to(SOURCE)
        if room not in ROOMS:
            problems.append(f"{where}: room {room} is not in the plan")
            continue
        for kind, name in INCLUDE.findall(path.read_text()):
            problem = (check_quoted if kind == '"' else check_system)(room, name)
            if problem:
                problems.append(f"{where}: {problem}")
            if name in ONE_FILE:
                users.setdefault(name, []).append(str(where))
    for name, files in users.items():
        if len(files) > 1:
            problems.append(f"<{name}> is included by {', '.join(files)}; one file may")
    print("\n".join(problems) or f"layers: {len(ROOMS)} rooms, all includes as planned")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
