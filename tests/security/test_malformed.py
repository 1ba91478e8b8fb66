"""Malformed messages, from a device to the hub and from the cloud to an agent: each is refused and
counted, none ends a program, and good messages go on."""
import pathlib
import random
import sys

import paho.mqtt.client as mqtt

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "lib"))
from trial import Plant, agrees, check, report, wait_for_history, wait_until  # noqa: E402

BAD = [b"", b"{", b"null", b"[]", b"{}", b'{"t":1}', b'{"t":"1","d":{}}', b'{"t":1,"d":[]}',
       b'{"t":1,"t":2,"d":{}}', b'{"t":1e999,"d":{}}', b'{"t":1,"d":{"a":NaN}}', b"\xff\xfe",
       b'{"t":1,"d":{"a":' + b"[" * 5000 + b"]" * 5000 + b"}}", b'{"t":1,"s":"CMD","d":{}}',
       b'{"t":1,"code":"nonsense","d":{}}', b'{"t":1,"code":"0000000100000001-0","d":{}}',
       b'{"t":1,"ns":"../x","code":"0000000100000001-1","d":{}}', b"\x00" * 300, b"{" * 130000,
       b'{"t":1,"code":"0000000100000001-1","d":{"rows":[{"n":"x"}]}}']


class Peer:
    """A plain MQTT client with a certificate of the plant."""

    def __init__(self, plant, name):
        pki = plant.dir / "pki"
        self.client = mqtt.Client(protocol=mqtt.MQTTv5, client_id=name)
        self.client.tls_set(pki / "ca.crt", pki / f"{name}.crt", pki / f"{name}.key")
        self.client.connect("127.0.0.1", plant.broker_port)
        self.client.loop_start()

    def publish(self, topic, payload):
        self.client.publish(topic, payload, qos=1).wait_for_publish(20)

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


def mutations(dice, count):
    """Good messages with a few bytes changed."""
    good = (b'{"t":1700000000000,"code":"0000000100000001-5","s":"METRIC","te":"REQ","d":{"rows":'
            b'[{"n":5,"ts":1,"ns":"BMS","v":{"soc":56.3,"cellV":[1,2]}}]}}')
    for _ in range(count):
        text = bytearray(good)
        for _ in range(dice.randint(1, 4)):
            text[dice.randrange(len(text))] = dice.randrange(256)
        yield bytes(text)


def hub_survives(plant, dice):
    before = sum(r["count"] for r in plant.get("/stats")["refused"])
    peer = Peer(plant, "SH009")
    flows = ("STATE", "DATA", "HIST", "PARAM", "EVENT", "ACK")
    for payload in BAD:
        for flow in flows:
            peer.publish(f"v1/{flow}/ess/SH009/CAB01", payload)
    for payload in mutations(dice, 300):
        peer.publish(f"v1/{dice.choice(flows)}/ess/SH009/CAB01", payload)
    for topic in ("v1/DATA/ess/SH009/a/b/c", "v1/DATA/ess/SH009/\u4e2d\u6587", "v1/DATA/ess/SH009/$x"):
        peer.publish(topic, b'{"t":1,"d":{}}')
    peer.close()
    wait_until(lambda: sum(r["count"] for r in plant.get("/stats")["refused"])
               >= before + len(BAD) * len(flows) - 20, "the hub to count what it refused")
    refused = plant.get("/stats")["refused"]
    check(all(r["rule"] and r["reason"] for r in refused), "each refusal has rule and reason",
          refused)
    check(len({r["rule"] for r in refused}) >= 5, "several rules were broken", refused)


def agent_survives(plant, dice):
    """The hub is stopped, so that the cloud's certificate is free for a hostile cloud."""
    plant.programs["hub"].stop()
    peer = Peer(plant, "_cloud")
    for payload in [*BAD, *mutations(dice, 100)]:
        for topic in ("v1/CMD/ess/SH001/CAB01/PCS", "v1/RSP/ess/SH001", "v1/STATE/ess/_cloud",
                      "v1/CMD/ess/SH001/NOPE/PCS/x"):
            peer.publish(topic, payload)
    peer.close()
    plant.restart("hub")


with Plant(cabinets=1) as whole:
    whole.pki("SH009")
    whole.start()
    wait_for_history(whole, "SH001", 1)
    chance = random.Random(5)
    hub_survives(whole, chance)
    agent_survives(whole, chance)
    wait_for_history(whole, "SH001", 2)
    for name, program in whole.programs.items():
        check(program.alive(), f"{name} is alive", program.tail())
    whole.stop_agents()
    agrees(whole)
report("malformed")
