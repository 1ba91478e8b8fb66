"""libess as its users get it: installed, found by CMake and by pkg-config, static and shared, from C
and from C++, and as the few files of scripts/amalgamate.py. Each way builds the examples, and the
examples speak with each other."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "scripts"))
sys.dont_write_bytecode = True  # the source tree stays clean
import headers  # noqa: E402
from plant import accepts, free_port, wait_until  # noqa: E402

BUILD = SOURCE / "build/library"
EXAMPLES = ("first_report", "first_reader", "device", "reader")
STRICT = ["-std=c11", "-Wall", "-Wextra", "-Werror"]
SECONDS = 20
BROKER = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")


def run(*command, env=None, **options):
    """Standard output; a failure shows what the command said."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          env={**os.environ, **(env or {})}, timeout=200, **options)
    if done.returncode != 0:
        raise SystemExit(f"library: {' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def check(holds, what, seen):
    if not holds:
        raise SystemExit(f"library: {what}; saw: {seen}")


def install(prefix):
    run("cmake", "--preset", "library", cwd=SOURCE)
    run("cmake", "--build", "--preset", "library", cwd=SOURCE)
    run("cmake", "--install", BUILD, "--prefix", prefix)


def first_exchange(folder, env):
    """What the shortest device writes, the shortest reader reads; what is wrong it refuses."""
    reports = run(folder / "first_report", input="56.3 -12.5\n56.2 ?\n", env=env)
    check(len(reports.splitlines()) == 2, "a report a line", reports)
    said = run(folder / "first_reader", input=reports + "v1/DATA/ess/SH001 {}\n", env=env)
    words = [line.partition(" ")[2] for line in said.splitlines()]
    check(words[:3] == ["soc = 56.3", "p = -12.5", "soc = 56.2"], "the values are read", said)
    check(words[3:] == ["[ENV-03] at byte 0: t is missing"], "the fault is told", said)


def exchange(folder, env=None):
    """Two reports of the device reach the reader, and its receipts reach the device."""
    first_exchange(folder, env)
    env = {**os.environ, **(env or {})}
    reader = device = None
    try:
        device = subprocess.Popen([folder / "device"], stdin=subprocess.PIPE, text=True, env=env,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        reader = subprocess.Popen([folder / "reader"], stdin=subprocess.PIPE, text=True, env=env,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2):
            device.stdin.write("\n")
            device.stdin.flush()
            reader.stdin.write(device.stdout.readline())
            reader.stdin.flush()
            device.stdin.write(reader.stdout.readline())
        said = device.communicate(timeout=SECONDS)[1], reader.communicate(timeout=SECONDS)[1]
    finally:
        for program in filter(None, (device, reader)):
            program.kill()
            program.wait()
    check(said[0].strip().endswith("device: 0 wait for a receipt"), "all is receipted", said)
    check("CAB01/BMS soc = 56.3" in said[1], "the reader has the value", said)


def compresses(program, env=None):
    """A report of libess-pack's own form goes small and comes back, by each word of enc."""
    report = (SOURCE / "spec/captures/v1.0.txt").read_text().splitlines()[3].partition(" ")[2]
    sizes = []
    for words in (["json"], ["json", "gzip"], ["json", "zstd"], None):
        enc = [] if words is None else [json.dumps(words)]
        said = run(program, *enc, input=report + "\n", env=env)
        sizes.append(int(said.split()[0]))
    check(sizes[0] == len(report) and max(sizes[1:3]) < sizes[0] and sizes[3] < sizes[0] / 3,
          "each encoding is smaller, by far with the dictionary", sizes)


def with_cmake(prefix, work):
    for name, shared in (("static", "OFF"), ("shared", "ON")):
        folder = work / f"cmake-{name}"
        run("cmake", "-S", SOURCE / "examples", "-B", folder, "-G", "Ninja",
            f"-DCMAKE_PREFIX_PATH={prefix}", f"-DBUILD_SHARED_LIBS={shared}")
        run("cmake", "--build", folder)
        linked = run("readelf", "-d", folder / "device")
        check(("libess.so" in linked) == (shared == "ON"), f"linked {name}", linked)
        exchange(folder)
        compresses(folder / "compress")


def with_pkg_config(prefix, work):
    folder = work / "pkg-config"
    folder.mkdir()
    where = next(prefix.rglob("ess.pc")).parent
    flags = run("pkg-config", "--cflags", "--libs", "ess",
                env={"PKG_CONFIG_PATH": str(where)}).split()
    for more in ([], ["-static"]):
        for example in EXAMPLES:
            run("cc", *STRICT, SOURCE / f"examples/{example}.c", *flags, *more, "-o",
                folder / example)
        exchange(folder, {"LD_LIBRARY_PATH": str(where.parent)})
    for more in ([], ["-static"]):
        flags = run("pkg-config", *(["--static"] if more else []), "--cflags", "--libs", "ess-pack",
                    env={"PKG_CONFIG_PATH": str(where)}).split()
        run("cc", *STRICT, SOURCE / "examples/compress.c", *flags, *more, "-o", folder / "compress")
        compresses(folder / "compress", {"LD_LIBRARY_PATH": str(where.parent)})


def shows_what_headers_declare(prefix, name="ess", needs=("libc.so.6",)):
    api = headers.api(headers.HEADERS.parent / name)
    library = next(prefix.rglob(f"lib{name}.so"))
    shown = {line.split()[-1].split("@")[0]
             for line in run("nm", "-D", "--defined-only", library).splitlines()
             if " A " not in line}
    check(shown == set(api.functions) | set(api.data), "shown is what is declared",
          shown ^ (set(api.functions) | set(api.data)))
    kept = {line.split()[-1] for line in
            run("nm", "-g", "--defined-only", next(prefix.rglob(f"lib{name}.a"))).splitlines()
            if len(line.split()) == 3}
    strangers = {name for name in kept if not name.startswith("ess_")}
    check(not strangers, "all names of the static library begin with ess_", strangers)
    needed = re.findall(r"NEEDED.*\[(.*)\]", run("readelf", "-d", library))
    check(sorted(needed) == sorted(needs), "nothing but what is said is needed", needed)


def from_cxx(prefix, work):
    """Every header by itself, and a program that calls something of each."""
    include, library = prefix / "include", next(prefix.rglob("libess.a"))
    names = sorted(path.name for path in (include / "ess").glob("*.h"))
    source = work / "all.cc"
    for name in names:
        source.write_text(f'#include "ess/{name}"\n')
        run("c++", "-std=c++11", *STRICT[1:], "-Wpedantic", f"-I{include}", "-fsyntax-only", source)
    source.write_text('#include "ess-pack/pack.h"\n')
    run("c++", "-std=c++11", *STRICT[1:], "-Wpedantic", f"-I{include}", "-fsyntax-only", source)
    calls = "".join(f"    (void *)&{name},\n" for name in sorted(headers.api().functions))
    source.write_text("".join(f'#include "ess/{name}"\n' for name in names)
                      + f"const void *const all[] = {{\n{calls}}};\n"
                        "int main() { return all[0] == nullptr; }\n")
    run("c++", "-std=c++11", *STRICT[1:], f"-I{include}", source, library, "-o", work / "all")
    run(work / "all")


def as_few_files(work):
    folder = work / "drop"
    run(sys.executable, SOURCE / "scripts/amalgamate.py", "--out", folder)
    for compiler in ("clang", "gcc"): # gcc last: its objects are linked
        for name in ("ess", "ess_model"):
            run(compiler, *STRICT, "-O2", "-ffunction-sections", "-c", folder / f"{name}.c", "-o",
                folder / f"{name}.o")
    for name in ("ess", "ess_model"): # as a firmware compiles it, without a C library
        run("arm-none-eabi-gcc", *STRICT, "-Os", "-mcpu=cortex-m4", "-mthumb", "-ffreestanding",
            "-fbuiltin", "-isystem", SOURCE / "tests/mcu/libc", "-c", folder / f"{name}.c", "-o",
            folder / f"{name}-mcu.o")
    run("c++", "-std=c++11", *STRICT[1:], "-fsyntax-only", "-x", "c++", folder / "ess.h")
    for example in EXAMPLES: # neither asks the model: ess_model.c may be left out
        text = (SOURCE / f"examples/{example}.c").read_text()
        (folder / f"{example}.c").write_text(re.sub(r'#include "ess/\w+\.h"', '#include "ess.h"',
                                                    text))
        run("gcc", *STRICT, folder / f"{example}.c", folder / "ess.o", "-Wl,--gc-sections", "-o",
            folder / example)
    exchange(folder)


def over_a_broker(folder):
    """The lines that docs/libess.md gives, as they stand there, with the examples of that folder."""
    blocks = [re.search(r"```sh\n(publish.*?)```", (SOURCE / f"docs/{page}").read_text(), re.S)
              .group(1) for page in ("libess.md", "libess.zh-CN.md")]
    check(blocks[0] == blocks[1], "both pages give the same lines", blocks)
    port = free_port()
    (folder / "broker.conf").write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    for client in ("mosquitto_sub", "mosquitto_pub"):
        (folder / client).write_text(f"-h 127.0.0.1\n-p {port}\n")
    env = {**os.environ, "XDG_CONFIG_HOME": str(folder), "PATH": f"{folder}:{os.environ['PATH']}"}
    said = folder / "said"
    programs = []
    try:
        with said.open("w") as out:
            programs.append(subprocess.Popen([BROKER, "-c", folder / "broker.conf"],
                                             stderr=subprocess.DEVNULL, start_new_session=True))
            wait_until(lambda: accepts(port), "the broker listens", SECONDS)
            programs.append(subprocess.Popen(["sh", "-c", blocks[0]], env=env, stderr=out,
                                             start_new_session=True))
            wait_until(lambda: "CAB01/BMS soc = 56.2" in said.read_text()
                       and "device: 0 wait for a receipt" in said.read_text(),
                       "reports and receipts pass the broker", SECONDS)
    finally:
        for program in programs:
            os.killpg(program.pid, signal.SIGKILL)
            program.wait()


def main():
    work = pathlib.Path(tempfile.mkdtemp(prefix="ess-library-"))
    try:
        prefix = work / "prefix"
        install(prefix)
        shows_what_headers_declare(prefix)
        shows_what_headers_declare(prefix, "ess-pack", ("libc.so.6", "libess.so.0.1",
                                                        "libz.so.1", "libzstd.so.1"))
        with_cmake(prefix, work)
        with_pkg_config(prefix, work)
        from_cxx(prefix, work)
        as_few_files(work)
        over_a_broker(work / "drop")
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print("library: passed")


if __name__ == "__main__":
    main()
