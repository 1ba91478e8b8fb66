"""Who may talk: no clear text, TLS 1.3 only, a client certificate always, each device in its own
group; and nothing listens beyond loopback."""
import pathlib
import socket
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "lib"))
from trial import Plant, check, report, wait_for_history, wait_until  # noqa: E402

# MQTT 3.1.1 CONNECT, client id "x"
CONNECT = bytes([0x10, 0x0D]) + b"\x00\x04MQTT\x04\x02\x00\x3c\x00\x01x"


def s_client(plant, *words):
    """openssl's own client against the broker; sends a CONNECT, gives all that was said."""
    pki = plant.dir / "pki"
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{plant.broker_port}", "-CAfile",
         pki / "ca.crt", "-verify_return_error", "-quiet", *words],
        input=CONNECT, capture_output=True, timeout=20)
    return done.stdout, (done.stderr + done.stdout).decode(errors="replace")


def certificate(plant, name):
    pki = plant.dir / "pki"
    return ["-cert", pki / f"{name}.crt", "-key", pki / f"{name}.key"]


def refuses_strangers(plant):
    answer, said = s_client(plant)
    check("certificate required" in said and not answer,
          "without a client certificate the handshake is refused", said)
    _, said = s_client(plant, "-tls1_2", *certificate(plant, "SH009"))
    check("alert" in said or "protocol" in said, "TLS 1.2 is refused", said)
    plant_other = plant.dir / "other"
    subprocess.run([pathlib.Path(__file__).parents[2] / "scripts" / "make_pki.sh", plant_other,
                    "SH001"], check=True)
    answer, said = s_client(plant, "-cert", plant_other / "SH001.crt", "-key",
                            plant_other / "SH001.key")
    check("alert" in said and not answer, "another authority's certificate is refused", said)
    with socket.create_connection(("127.0.0.1", plant.broker_port), timeout=5) as clear:
        clear.sendall(CONNECT)
        try:
            answer = clear.recv(16)
        except ConnectionResetError:
            answer = b""
    check(not answer.startswith(b"\x20"), "clear MQTT is not answered by a CONNACK", answer)


def mosquitto(plant, tool, name, *words, **options):
    pki = plant.dir / "pki"
    return subprocess.run(
        [tool, "-h", "127.0.0.1", "-p", str(plant.broker_port), "-V", "5", "--cafile", pki / "ca.crt",
         "--cert", pki / f"{name}.crt", "--key", pki / f"{name}.key", "-q", "1", *words],
        capture_output=True, text=True, timeout=30, **options)


def keeps_devices_apart(plant):
    for topic in ("v1/DATA/ess/SH001/CAB01", "v1/STATE/ess/SH001", "v1/ACK/ess/SH001/CAB01/PCS",
                  "v1/CMD/ess/SH001/CAB01/PCS", "v1/CMD/ess/SH009/CAB01/PCS",
                  "v1/RSP/ess/SH001", "v1/STATE/ess/_cloud"):
        done = mosquitto(plant, "mosquitto_pub", "SH009", "-t", topic, "-m", "{}")
        check("not authorized" in (done.stdout + done.stderr).lower(),
              f"SH009 may not publish to {topic}", done)
    done = mosquitto(plant, "mosquitto_pub", "SH009", "-t", "v1/DATA/ess/SH009/CAB01", "-m", "{}")
    check(done.returncode == 0 and not done.stderr, "SH009 may publish to its own group", done)


def hides_others_messages(plant):
    """SH009 listens to everything; a command to SH001 goes by, then one to SH009: only the second
    arrives. The hub is stopped, so that its certificate is free."""
    plant.programs["hub"].stop()
    pki = plant.dir / "pki"
    heard = plant.dir / "heard"
    with heard.open("w") as out:
        listener = subprocess.Popen(
            ["stdbuf", "-oL", "mosquitto_sub", "-h", "127.0.0.1", "-p", str(plant.broker_port), "-V", "5",
             "--cafile", pki / "ca.crt", "--cert", pki / "SH009.crt", "--key", pki / "SH009.key",
             "-q", "1", "-d", "-R", "-t", "#", "-t", "v1/CMD/ess/SH001/#", "-t",
             "v1/CMD/ess/SH009/#", "-C", "1", "-W", "20"], stdout=out, stderr=out)
    wait_until(lambda: "Subscribed" in heard.read_text(), "mosquitto_sub's subscriptions")
    for group in ("SH001", "SH009"):
        done = mosquitto(plant, "mosquitto_pub", "_cloud", "-t", f"v1/CMD/ess/{group}/CAB01/PCS",
                         "-m", f"for {group}")
        check(done.returncode == 0, "the cloud publishes commands", done)
    listener.wait(30)
    said = heard.read_text()
    check("for SH009" in said and "for SH001" not in said,
          "SH009 sees its own command and not SH001's", said)


def listening(pid):
    """Addresses a process listens on, from the kernel's own table."""
    sockets = {link.readlink().name for link in pathlib.Path(f"/proc/{pid}/fd").iterdir()
               if str(link.readlink()).startswith("socket:")}
    found = []
    for table in ("tcp", "tcp6"):
        for line in pathlib.Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            word = line.split()
            if word[3] == "0A" and f"socket:[{word[9]}]" in sockets:
                found.append(word[1].split(":")[0])
    return found


def listens_on_loopback_only(plant):
    loopback = {"0100007F", "00000000000000000000000001000000"}
    ears = {name: listening(p.process.pid) for name, p in plant.programs.items() if p.alive()}
    for name, addresses in ears.items():
        check(set(addresses) <= loopback, f"{name} listens on loopback only", addresses)
    check(not ears["agent-SH001"], "an agent listens on nothing", ears)
    check(ears["hub"] and ears["broker"] and ears["sim-SH001"], "the others were seen", ears)


with Plant(cabinets=1) as whole:
    whole.pki("SH009")
    whole.start()
    wait_for_history(whole, "SH001", 1)
    listens_on_loopback_only(whole)
    refuses_strangers(whole)
    keeps_devices_apart(whole)
    hides_others_messages(whole)
report("tls")
