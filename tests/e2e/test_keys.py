"""A key for commands is changed without a moment in which no command is done: the devices trust the
new one beside the old, the hub signs with it, the old one goes. Whoever signs with neither is
refused, and told why."""
import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "lib"))
from trial import BINARIES, Plant, check, report, wait_until  # noqa: E402

BAD_SIGNATURE = 21


def ess(*words):
    return subprocess.run([str(w) for w in (BINARIES / "ess", *words)], check=True, text=True,
                          capture_output=True).stdout.strip()


def restart(plant, name, config, old, new):
    """Stops a program, changes its configuration, starts it again."""
    check(plant.programs[name].stop() == 0, f"{name} ends in order", plant.programs[name].tail())
    file = plant.dir / config
    text = file.read_text()
    check(old in text, f"{config} holds what is to be changed", old)
    file.write_text(text.replace(old, new))
    if name == "hub":
        plant.start_hub()
    else:
        plant.restart(name)
    wait_until(lambda: plant.online() == {"SH001"}, "the agent online")


def is_done(plant, power, language="en"):
    code, final = plant.command("SH001", "power.set", f"p={power}", "rvt=900", "--lang", language)
    check(code == 0 and final["state"] == "done", "the command is done", final)


def is_refused(plant, power):
    code, final = plant.command("SH001", "power.set", f"p={power}", "rvt=900")
    check(code == 1 and final["state"] == "rejected" and final["result"] == BAD_SIGNATURE,
          "the command is refused for its signature", code, final)
    said = plant.run("cmd", "SH001/CAB01/PCS", "power.set", f"p={power}", "rvt=900",
                     "--lang", "zh").stdout
    check("签名" in said, "a person is told in Chinese", said)


def a_wrong_key_is_explained(plant, old, new):
    """Before anything runs, in the reader's language, and without showing what may be secret."""
    file = plant.dir / "wrong.yaml"
    file.write_text((plant.dir / "agent-SH001.yaml").read_text().replace(old, new))
    for language, word in (("en", "cannot be used"), ("zh", "无法使用")):
        done = subprocess.run([BINARIES / "ess-agent", "--config", file, "--check"], text=True,
                              capture_output=True, env=os.environ | {"ESS_LANG": language})
        check(done.returncode == 65 and word in done.stderr and "[agent-command-key]" in done.stderr,
              "it is refused and explained", done)
        check("ess-secret:0" not in done.stderr, "a secret is not shown", done.stderr)


def state_of(plant):
    """What the agent announces."""
    pki = plant.dir / "pki"
    got = subprocess.run(
        ["mosquitto_sub", "-h", "127.0.0.1", "-p", str(plant.broker_port), "-V", "5", "-i",
         "_cloud", "--cafile", pki / "ca.crt", "--cert", pki / "_cloud.crt", "--key",
         pki / "_cloud.key", "-t", "v1/STATE/ess/SH001", "-C", "1", "-N", "-W", "20"],
        check=True, capture_output=True).stdout
    return json.loads(got)["d"]


with Plant(cabinets=1) as whole:
    old_key, new_key = whole.command_key(), whole.dir / "new.key"
    new_line = ess("key", "new", new_key)
    whole.start()
    is_done(whole, 11)
    own = f"    - file: {old_key}.pub\n"
    data = f"  dir: {whole.dir}/hub\n"
    signing = f"{data}signing:\n  key: {new_key}\n"
    # The hub has both, the agent trusts the old one.
    restart(whole, "hub", "hub.yaml", data, f"{signing}  old_key: {old_key}\n")
    is_done(whole, 12)
    # The hub has the new one alone: refused, and both sides say so.
    restart(whole, "hub", "hub.yaml", f"  old_key: {old_key}\n", "")
    is_refused(whole, 13)
    check("trusts no key of this hub" in whole.programs["hub"].tail(200), "the hub warns",
          whole.programs["hub"].tail())
    check("none of these keys is trusted" in whole.programs["agent-SH001"].tail(200),
          "the agent warns", whole.programs["agent-SH001"].tail())
    # The agent trusts both, then the new one alone.
    restart(whole, "agent-SH001", "agent-SH001.yaml", own, f"{own}    - key: {new_line}\n")
    is_done(whole, 14)
    restart(whole, "agent-SH001", "agent-SH001.yaml", own, "")
    is_done(whole, 15, "zh")
    trusted = f"    - key: {new_line}\n"
    a_wrong_key_is_explained(whole, trusted, f"    - key: ess-secret:{'0' * 64}\n")
    a_wrong_key_is_explained(whole, trusted, f"    - file: {whole.dir}/no-such.pub\n")
    a_wrong_key_is_explained(whole, trusted, "    - key: ''\n")
    whole.programs["hub"].stop() # its certificate is free
    word = state_of(whole)
    check(word["kids"] == [new_line.removeprefix("ess-public:")[:16]] and word["sign"] == "ABC",
          "the agent says what it trusts", word)
report("keys")
