"""A taken-over broker: whoever may publish what the cloud publishes, and has seen all it has sent,
orders nothing. The simulators' ledgers count what was written to the equipment.

The signatures here are made with OpenSSL, so that two implementations must agree on what is signed.
"""
import base64
import json
import pathlib
import subprocess
import sys
import time
import uuid

import paho.mqtt.client as mqtt

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "lib"))
from trial import Plant, agrees, check, report, wait_for_history, wait_until  # noqa: E402

TOPIC = "v1/CMD/ess/SH001/CAB01/PCS"
BAD_SIGNATURE, EXPIRED, NOT_PERMITTED = 21, 10, 6
FLOOD = 3000


class Signer:
    """An Ed25519 key that OpenSSL signs with."""

    def __init__(self, folder, name, seed):
        self.folder, self.pem = folder, folder / f"{name}.pem"
        der = bytes.fromhex("302e020100300506032b657004220420") + seed
        self.pem.write_text("-----BEGIN PRIVATE KEY-----\n" + base64.b64encode(der).decode()
                            + "\n-----END PRIVATE KEY-----\n")
        public = self.openssl("pkey", "-in", self.pem, "-pubout", "-outform", "DER")
        self.kid = public[-32:].hex()[:16]

    @staticmethod
    def openssl(*words):
        return subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True).stdout

    def signature(self, text):
        file = self.folder / "signed-text"
        file.write_bytes(text)
        return self.openssl("pkeyutl", "-sign", "-inkey", self.pem, "-rawin", "-in", file).hex()

    def sign(self, payload, topic=TOPIC):
        """payload: bytes that end with the braces of x and of the whole."""
        part = payload[:-2] + f',"kid":"{self.kid}"'.encode()
        return part + f',"sig":"{self.signature(topic.encode() + bytes(1) + part)}"}}}}'.encode()


def order(power, ttl_ms=30000, code=None):
    now = int(time.time() * 1000)
    return json.dumps({"t": now, "code": code or str(uuid.uuid4()), "s": "CMD", "te": "REQ",
                       "d": {"op": "power.set", "a": {"p": power, "rvt": 900}},
                       "x": {"exp": now + ttl_ms, "by": "op7"}}, separators=(",", ":")).encode()


class Broker:
    """A client with the cloud's rights, while the hub is away."""

    def __init__(self, plant):
        pki = plant.dir / "pki"
        self.replies = []
        self.client = mqtt.Client(protocol=mqtt.MQTTv5, client_id="_cloud")
        self.client.tls_set(pki / "ca.crt", pki / "_cloud.crt", pki / "_cloud.key")
        self.client.on_message = lambda _c, _u, m: self.replies.append(json.loads(m.payload))
        self.client.connect("127.0.0.1", plant.broker_port)
        self.client.loop_start()
        self.client.subscribe("v1/ACK/ess/#", qos=1)

    def publish(self, payload, topic=TOPIC, retain=False):
        self.client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(20)

    def answers(self, code):
        return [r["d"] for r in self.replies if r.get("code") == code]

    def last(self, code, seconds=10):
        return wait_until(lambda: self.answers(code), f"an answer to {code}", seconds)[-1]

    def ends_as(self, code, stage, seconds=10):
        wait_until(lambda: any(a["stage"] == stage for a in self.answers(code)),
                   f"{stage} of {code}", seconds)

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


def code_of(payload):
    return json.loads(payload)["code"]


def writes(plant):
    return sum(json.loads(line)["k"] == "write" for group in plant.groups
               for line in plant.ledger(group).read_text().splitlines() if line.endswith("}"))


def forgeries(owner, thief):
    """(what, topic, payload); each to be refused for its signature."""
    good = owner.sign(order(60))
    yield "unsigned", TOPIC, order(60)
    yield "of another key", TOPIC, thief.sign(order(60))
    yield "of another key under the trusted name", TOPIC, \
        thief.sign(order(60)).replace(thief.kid.encode(), owner.kid.encode())
    yield "to another part of the station", "v1/CMD/ess/SH001/CAB01/BMS", good
    yield "to the unit", "v1/CMD/ess/SH001/CAB01", good
    yield "to another station", "v1/CMD/ess/SH002/CAB01/PCS", good
    yield "another power", TOPIC, owner.sign(order(60)).replace(b'"p":60', b'"p":99')
    yield "a later exp", TOPIC, owner.sign(order(60)).replace(b'"exp":1', b'"exp":2')
    yield "another person", TOPIC, owner.sign(order(60)).replace(b'"op7"', b'"op8"')
    yield "an operation more", TOPIC, owner.sign(order(60)).replace(b'{"t"', b'{"y":1,"t"')
    yield "white space behind", TOPIC, owner.sign(order(60)) + b" "
    yield "a signature that is not last", TOPIC, owner.sign(order(60))[:-1] + b',"y":1}'
    yield "sig twice, one elsewhere", TOPIC, \
        owner.sign(order(60)).replace(b'"rvt":900', b'"rvt":900,"sig":"00"')
    yield "its JSON written anew", TOPIC, json.dumps(json.loads(owner.sign(order(60)))).encode()


def altered(owner):
    """A right command with one byte changed, in turn over the whole of it."""
    size = len(owner.sign(order(60)))
    for at in range(0, size, 7):
        text = bytearray(owner.sign(order(60)))
        text[at] = text[at] ^ 1 if chr(text[at] ^ 1) not in '"\\' else text[at] ^ 2
        yield bytes(text)


def nothing_forged_is_done(plant, broker, owner, thief):
    before = writes(plant)
    for what, topic, payload in forgeries(owner, thief):
        broker.publish(payload, topic)
        answer = broker.last(code_of(payload))
        check(answer["stage"] == "rejected" and answer["r"] == BAD_SIGNATURE,
              f"{what} is rejected for its signature", answer)
    answered = len(broker.replies)
    count = 0
    for payload in altered(owner):
        broker.publish(payload)
        time.sleep(0.02) # below the rate at which refusals are answered
        count += 1
    wait_until(lambda: len(broker.replies) > answered, "answers")
    time.sleep(0.5)
    wrong = [r for r in broker.replies[answered:] if r["d"]["r"] != BAD_SIGNATURE]
    check(not wrong, "each altered command that is answered is answered so", wrong)
    check(writes(plant) == before, "nothing was written", writes(plant), before)
    return count, len(broker.replies) - answered


def a_right_one_is_done_once(plant, broker, owner, power):
    before = writes(plant)
    payload = owner.sign(order(power))
    broker.publish(payload)
    broker.ends_as(code_of(payload), "done")
    done = writes(plant)
    check(done > before, "it was written", done, before)
    for _ in range(20):
        broker.publish(payload)
    plant.kill("agent-SH001")
    plant.restart("agent-SH001")
    count = len(broker.answers(code_of(payload)))

    def answered_again(): # the journal outlives the agent, which may not have subscribed yet
        broker.publish(payload)
        return len(broker.answers(code_of(payload))) > count + 20

    wait_until(answered_again, "its answer again", 20)
    check(broker.last(code_of(payload))["stage"] == "done", "and its end", broker.replies[-1])
    check(writes(plant) == done, "it was written once", writes(plant), done)


def late_and_retained_ones_are_not_done(plant, broker, owner):
    before = writes(plant)
    payload = owner.sign(order(44, ttl_ms=500))
    time.sleep(0.7)
    broker.publish(payload)
    answer = broker.last(code_of(payload))
    check(answer["stage"] == "expired" and answer["r"] == EXPIRED, "a late one is expired", answer)
    plant.kill("agent-SH001")
    payload = owner.sign(order(45))
    broker.publish(payload, retain=True) # kept for whoever subscribes later [CMD-04]
    plant.restart("agent-SH001")
    answer = broker.last(code_of(payload), 20)
    check(answer["stage"] == "rejected" and answer["r"] == NOT_PERMITTED, "a kept one too", answer)
    broker.publish(b"", retain=True)
    check(writes(plant) == before, "nothing was written", writes(plant), before)


def a_flood_leaves_the_agent_at_work(plant, broker, owner):
    answered = len(broker.replies)
    unsigned = [order(70) for _ in range(FLOOD)]
    began = time.monotonic()
    for info in [broker.client.publish(TOPIC, payload, qos=1) for payload in unsigned]:
        info.wait_for_publish(60)
    took = time.monotonic() - began
    deadline = time.monotonic() + 30
    while True: # as the cloud does: again until there is word
        payload = owner.sign(order(33))
        broker.publish(payload)
        time.sleep(0.5)
        if any(a["stage"] == "done" for a in broker.answers(code_of(payload))):
            break
        check(time.monotonic() < deadline, "a right command goes through", broker.replies[-3:])
    refused = sum(r["d"]["r"] == BAD_SIGNATURE for r in broker.replies[answered:])
    most = 100 + 50 * (time.monotonic() - began) + 50
    check(refused <= most, "answers are bounded", refused, most)
    return took, refused


with Plant(cabinets=2) as whole:
    whole.start()
    wait_for_history(whole, "SH001", 1)
    code, final = whole.command("SH001", "power.set", "p=20", "rvt=900")
    check(code == 0 and final["state"] == "done", "the hub's own command is done", final)
    line = whole.command_key().read_text().strip()
    key_owner = Signer(whole.dir, "owner", bytes.fromhex(line.removeprefix("ess-secret:")))
    key_thief = Signer(whole.dir, "thief", bytes(range(32)))
    whole.programs["hub"].stop()
    hostile = Broker(whole)
    tried, told = nothing_forged_is_done(whole, hostile, key_owner, key_thief)
    a_right_one_is_done_once(whole, hostile, key_owner, 31)
    late_and_retained_ones_are_not_done(whole, hostile, key_owner)
    seconds, refusals = a_flood_leaves_the_agent_at_work(whole, hostile, key_owner)
    hostile.close()
    whole.start_hub()
    wait_for_history(whole, "SH001", 2)
    code, final = whole.command("SH001", "power.set", "p=21", "rvt=900")
    check(code == 0 and final["state"] == "done", "and the hub commands as before", final)
    whole.stop_agents()
    agrees(whole, killed_agent=True)
    print(f"14 forgeries and {tried} altered copies ({told} answered): 0 written; a flood of "
          f"{FLOOD} in {seconds:.1f} s: {refusals} answered")
report("signed commands")
