"""A whole esslink plant on loopback: broker, hub, simulated cabinets and their agents.

The demo and the tests of whole programs stand on it. Everything lies in one directory, every port
is its own, and only what it started is ended, by process id; also when this process is killed.

    with Plant(cabinets=2) as plant:
        plant.start()
        plant.kill("agent-SH001")     # SIGKILL
        plant.restart("agent-SH001")
        report = plant.audit()
"""
import ctypes
import functools
import json
import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

SOURCE = pathlib.Path(os.environ.get("ESS_SOURCE") or pathlib.Path(__file__).parents[1])
BINARIES = pathlib.Path(os.environ.get("ESS_BIN") or SOURCE / "build" / "release" / "bin")
POINTS = SOURCE / "packaging" / "points" / "cabinet-261.csv"


class PlantError(Exception):
    """Something of the plant did not come up, or answered what it must not."""


def wait_until(condition, what, seconds=30.0):
    """Returns the condition's first true value; raises when there is none in time."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise PlantError(f"not within {seconds:g} s: {what}")
        time.sleep(0.02)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listening(program, port):
    """True when the program accepts connections; raises when it has ended instead."""
    if not program.alive():
        raise PlantError(f"{program.name} ended with {program.process.returncode}:\n{program.tail()}")
    return accepts(port)


def accepts(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=0.2):
            return True
    except OSError:
        return False


LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1


def end_with(parent):
    """Runs in the child: the kernel ends it when its parent is gone, however that went."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


class Program:
    """One program of the plant; may be killed and started again with the same words. It has a
    session of its own: Ctrl-C on a terminal goes to us, who end the programs in their order."""

    def __init__(self, name, argv, log):
        self.name, self.argv, self.log = name, [str(a) for a in argv], log
        self.process = None

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=functools.partial(end_with, os.getpid()))

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, seconds=15.0):
        """Orderly end. Returns the exit code; a program that hangs is killed and gives None."""
        if not self.alive():
            return self.process.returncode if self.process else 0
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def tail(self, lines=20):
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])


class Plant:
    def __init__(self, cabinets=1, directory=None, http_port=None, keep=False, speed=1):
        self.keep = keep or directory is not None
        self.dir = pathlib.Path(directory or tempfile.mkdtemp(prefix="esslink-"))
        self.dir.mkdir(parents=True, exist_ok=True)
        self.groups = [f"SH{i:03}" for i in range(1, cabinets + 1)]
        self.speed = speed
        self.broker_port = free_port()
        self.http_port = http_port or free_port()
        self.cabinet_ports = {group: free_port() for group in self.groups}
        self.hub_url = f"http://127.0.0.1:{self.http_port}"
        self.user, self.password = "operator", secrets.token_urlsafe(9)
        self.token_file = self.dir / "token"
        self.programs = {}
        self._write_files()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        # A second Ctrl-C must not leave half of the programs behind.
        before = [(n, signal.signal(n, signal.SIG_IGN)) for n in (signal.SIGINT, signal.SIGTERM)]
        self.stop()
        for number, handler in before:
            signal.signal(number, handler)
        if kind is not None:
            for program in self.programs.values():
                print(f"--- {program.name}: {program.log}\n{program.tail()}", flush=True)
        if not self.keep:
            shutil.rmtree(self.dir, ignore_errors=True)

    # ---- files

    def ledger(self, group):
        return self.dir / f"ledger-{group}.jsonl"

    def pki(self, *names):
        subprocess.run([SOURCE / "scripts" / "make_pki.sh", self.dir / "pki", *names], check=True)
        return self.dir / "pki"

    def _write_files(self):
        self.pki("_cloud", *self.groups)
        self._write_broker()
        self._write_hub()
        for group in self.groups:
            self._write_agent(group)

    def _write_broker(self):
        text = (SOURCE / "packaging" / "mosquitto" / "esslink.conf").read_text()
        acl = self.dir / "acl"
        shutil.copy(SOURCE / "packaging" / "mosquitto" / "acl", acl)
        acl.chmod(0o644)
        for name, value in {"@PORT@": self.broker_port, "@ADDRESS@": "127.0.0.1",
                            "@PKI@": self.dir / "pki", "@ACL@": acl}.items():
            text = text.replace(name, str(value))
        # Started by root, mosquitto would become the user mosquitto, who may not read our keys.
        (self.dir / "mosquitto.conf").write_text(text + f"user {os.environ.get('USER') or 'root'}\n")
        self._add("broker", [shutil.which("mosquitto") or "/usr/sbin/mosquitto",
                             "-c", self.dir / "mosquitto.conf"])

    def _write_hub(self):
        web = BINARIES.parent / "web"
        pki = self.dir / "pki"
        config = self.dir / "hub.yaml"
        config.write_text(f"""\
data:
  dir: {self.dir}/hub
broker:
  host: 127.0.0.1
  port: {self.broker_port}
  ca: {pki}/ca.crt
  cert: {pki}/_cloud.crt
  key: {pki}/_cloud.key
http:
  address: 127.0.0.1
  port: {self.http_port}
  web: {web}
""")
        self._add("hub", [BINARIES / "ess-hub", "--config", config])

    def command_key(self):
        """The hub's key for commands, made before its first start, so that agents can trust it."""
        key = self.dir / "hub" / "command.key"
        if not key.exists():
            key.parent.mkdir(mode=0o700, exist_ok=True)
            subprocess.run([BINARIES / "ess", "key", "new", key], check=True, capture_output=True)
        return key

    def _write_agent(self, group):
        pki = self.dir / "pki"
        port = self.cabinet_ports[group]
        config = self.dir / f"agent-{group}.yaml"
        config.write_text(f"""\
group: {group}
state_dir: {self.dir}/agent-{group}
broker:
  host: 127.0.0.1
  port: {self.broker_port}
  ca: {pki}/ca.crt
  cert: {pki}/{group}.crt
  key: {pki}/{group}.key
report:
  cells_ms: 5000
commands:
  keys:
    - file: {self.command_key()}.pub
devices:
  - unit: CAB01
    host: 127.0.0.1
    port: {port}
    unit_id: 1
    points: {POINTS}
""")
        self._add(f"sim-{group}", [
            BINARIES / "ess-sim", "cabinet", "--listen", f"127.0.0.1:{port}", "--group", group,
            "--unit", "CAB01", "--points", POINTS, "--ledger", self.ledger(group),
            "--seed", self.groups.index(group) + 1, "--speed", self.speed])
        self._add(f"agent-{group}", [BINARIES / "ess-agent", "--config", config])

    def _add(self, name, argv):
        self.programs[name] = Program(name, argv, self.dir / f"{name}.log")

    # ---- life

    def start(self):
        self.start_broker()
        self.add_user(self.user, self.password, "operator")
        self.start_hub()
        for group in self.groups:
            self.restart(f"sim-{group}")
        for group in self.groups:
            self.restart(f"agent-{group}")
        wait_until(lambda: self.online() == set(self.groups), "all agents online")

    def start_broker(self):
        """Unless it runs already."""
        if not self.programs["broker"].alive():
            self.restart("broker")

    def start_hub(self):
        self.restart("hub")
        self.login()

    def add_user(self, name, password, role):
        file = self.dir / f"password-{name}"
        file.write_text(password + "\n")
        file.chmod(0o600)
        subprocess.run([BINARIES / "ess-hub", "user", "add", name, "--role", role,
                        "--password-file", file, "--config", self.dir / "hub.yaml"],
                       check=True, stdout=subprocess.DEVNULL)

    def _password_file(self):
        return self.dir / f"password-{self.user}"

    def kill(self, name):
        self.programs[name].kill()

    def restart(self, name):
        program = self.programs[name]
        program.start()
        port = {"broker": self.broker_port, "hub": self.http_port}.get(name)
        if name.startswith("sim-"):
            port = self.cabinet_ports[name.removeprefix("sim-")]
        if port:
            wait_until(lambda: listening(program, port), f"{name} to listen")

    def login(self):
        self.run("login", "--user", self.user, "--password-file", self._password_file(), check=True)

    def stop_agents(self):
        """Orderly: each agent ends its scan and waits for the hub's receipts. Raises on a bad
        exit code."""
        self._stop_all("agent-")

    def stop(self):
        for prefix in ("agent-", "hub", "broker", "sim-"):
            self._stop_all(prefix, strict=False)

    def _stop_all(self, prefix, strict=True):
        chosen = [p for n, p in self.programs.items() if n.startswith(prefix) and p.alive()]
        for program in chosen:
            program.process.send_signal(signal.SIGTERM)
        for program in chosen:
            code = program.stop()
            if strict and code != 0:
                raise PlantError(f"{program.name} ended with {code}:\n{program.tail()}")

    # ---- asking the hub

    def get(self, path):
        request = urllib.request.Request(self.hub_url + "/api/v1" + path)
        request.add_header("Authorization", "Bearer " + self.token_file.read_text().strip())
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def try_get(self, path):
        """As get, but None while the hub is not there."""
        try:
            return self.get(path)
        except (OSError, urllib.error.URLError):
            return None

    def online(self):
        devices = self.try_get("/devices") or {"devices": []}
        return {d["group"] for d in devices["devices"] if d["online"]}

    def stored(self, group):
        """Samples in history, by point."""
        series = (self.try_get(f"/series?group={group}") or {"series": []})["series"]
        return {f'{s["ns"]}/{s["name"]}': s["samples"] for s in series}

    def run(self, *words, check=False):
        """Runs `ess` against this plant's hub."""
        argv = [BINARIES / "ess", words[0], "--hub", self.hub_url, "--token-file", self.token_file]
        return subprocess.run([str(a) for a in (*argv, *words[1:])], check=check, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=120)

    def command(self, group, operation, *words, component="PCS"):
        """Sends a command and waits for its end. Returns (exit code, the final object)."""
        done = self.run("cmd", f"{group}/CAB01/{component}", operation, *words, "--json", "--wait")
        if not done.stdout.strip():
            raise PlantError(f"ess cmd: {done.returncode}: {done.stderr}")
        return done.returncode, json.loads(done.stdout.strip().splitlines()[-1])

    def audit(self, *words):
        """The simulators' ledgers against the hub's history."""
        ledgers = [w for g in self.groups for w in ("--ledger", self.ledger(g))]
        done = self.run("audit", *ledgers, "--json", *words)
        if not done.stdout.strip():
            raise PlantError(f"ess audit: {done.returncode}: {done.stderr}")
        return json.loads(done.stdout.strip().splitlines()[-1])
