"""What a bystander with a certificate of its own sees at the broker: births, wills, QoS, what is
retained; and that nobody takes another's session."""
import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "lib"))
from trial import Plant, check, report, wait_for_history, wait_until  # noqa: E402

STATE = "v1/STATE/ess/SH001"


def words(plant, name, client):
    pki = plant.dir / "pki"
    return ["-h", "127.0.0.1", "-p", str(plant.broker_port), "-V", "5", "-i", client, "--cafile",
            pki / "ca.crt", "--cert", pki / f"{name}.crt", "--key", pki / f"{name}.key", "-q", "2"]


class Bystander:
    """Hears all; a line a message: topic, QoS as published, retained or not, payload in hexadecimal,
    for it may be compressed."""

    def __init__(self, plant):
        self.file = plant.dir / "heard"
        self.out = self.file.open("w")
        self.process = subprocess.Popen(
            ["stdbuf", "-oL", "mosquitto_sub", *words(plant, "bystander", "bystander"),
             "--retain-as-published", "-t", "v1/#", "-F", "%t %q %r %x"], stdout=self.out,
            stderr=subprocess.STDOUT)

    def heard(self):
        lines = [line.split(" ") for line in self.file.read_text().split("\n")[:-1]]
        return [(topic, int(qos), retain == "1", bytes.fromhex(payload))
                for topic, qos, retain, payload in lines]

    def states(self):
        return [json.loads(payload)["d"] for topic, _, _, payload in self.heard() if topic == STATE]

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        self.out.close()


def let_in(plant):
    """The bystander's rights: to read everything, and nothing else."""
    with (plant.dir / "acl").open("a") as acl:
        acl.write("\nuser bystander\ntopic read v1/#\n")


def looks_at_all(heard):
    """[DLV-03] [DLV-16] QoS 1 always; [DLV-17] only STATE and PARAM are retained."""
    kinds = {(topic.split("/")[1], qos) for topic, qos, _, _ in heard}
    check({kind for kind, _ in kinds} >= {"STATE", "DATA", "PARAM", "RSP"}, "all flows are heard",
          kinds)
    check({qos for _, qos in kinds} == {1}, "every message goes with QoS 1", kinds)
    kept = {topic.split("/")[1] for topic, _, retain, _ in heard if retain}
    check(kept == {"STATE", "PARAM"}, "only STATE and PARAM are retained", kept)


def looks_at_the_first(heard):
    """[PRE-01] The first of a device's messages is its birth."""
    own = [topic for topic, _, _, _ in heard
           if "/SH001" in topic and topic.split("/")[1] not in ("RSP", "CMD")]
    check(own[0] == STATE, "the first message is the birth", own[:3])


with Plant(cabinets=1) as whole:
    whole.pki("bystander", "SH009")
    let_in(whole)
    whole.start_broker()
    bystander = Bystander(whole)
    wait_until(lambda: "bystander" in whole.programs["broker"].tail(200), "the bystander's session")
    whole.start()
    wait_for_history(whole, "SH001", 2)
    looks_at_the_first(bystander.heard())
    looks_at_all(bystander.heard())
    birth = bystander.states()[-1]
    check(birth["on"] == 1, "it was born", birth)

    # [SEC-10] Another's certificate with this one's name: the session stays.
    thief = subprocess.run(
        ["mosquitto_pub", *words(whole, "SH009", "SH001"), "-t", "v1/DATA/ess/SH009/X", "-m", "{}"],
        capture_output=True, text=True, timeout=30)
    wait_for_history(whole, "SH001", 2)
    check(bystander.states()[-1] == birth, "SH009 does not throw SH001 out", thief,
          bystander.states()[-1])

    # [PRE-02] [PRE-12] Killed, it is the broker that speaks, with the sid of the birth.
    whole.kill("agent-SH001")
    wait_until(lambda: bystander.states()[-1]["on"] == 0, "the will")
    check(bystander.states()[-1] == {"on": 0, "sid": birth["sid"]}, "the will is short and its own",
          bystander.states()[-1])
    bystander.stop()
report("on the wire")
