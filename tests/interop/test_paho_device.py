"""A device written with Paho against the hub, from the document alone: birth, a report, its
receipt, the same report again (stored once), a backfill, a refused report, reports packed by Python's
own gzip and zlib, a batch as columns."""
import gzip
import json
import pathlib
import queue
import sys
import time
import zlib

import paho.mqtt.client as mqtt

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "lib"))
from trial import Plant, check, report, wait_until  # noqa: E402

SID = "00000001a1b2c3d4"


class Device:
    """The least a device must do, on MQTT 3.1.1 or 5."""

    def __init__(self, plant, group, protocol):
        self.group, self.receipts = group, queue.Queue()
        pki = plant.dir / "pki"
        self.client = mqtt.Client(protocol=protocol, client_id=group)
        self.client.tls_set(pki / "ca.crt", pki / f"{group}.crt", pki / f"{group}.key")
        self.client.will_set(f"v1/STATE/ess/{group}", self.state(0), qos=1, retain=True)
        self.client.on_message = lambda _c, _u, m: self.receipts.put(json.loads(m.payload)["d"])
        ready = queue.Queue()
        self.client.on_subscribe = lambda *_: ready.put(True)
        self.client.connect("127.0.0.1", plant.broker_port)
        self.client.loop_start()
        self.client.subscribe(f"v1/RSP/ess/{group}", qos=1)
        ready.get(timeout=20)
        self.publish("STATE", "", self.state(1), retain=True)

    def state(self, on):
        return json.dumps({"t": now(), "s": "METRIC", "d": {"on": on, "sid": SID}})

    def publish(self, flow, path, payload, retain=False):
        self.client.publish(f"v1/{flow}/ess/{self.group}{path}", payload, qos=1,
                            retain=retain).wait_for_publish(20)

    def report(self, n, d, flow="DATA", path="/CAB01/BMS", pack=lambda text: text):
        self.publish(flow, path, pack(json.dumps(
            {"t": now(), "code": f"{SID}-{n}", "s": "METRIC", "te": "REQ", "d": d}).encode()))
        return self.receipts.get(timeout=20)

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


def now():
    return int(time.time() * 1000)


def rows(plant, group, name):
    return plant.get(f"/history?group={group}&ns=CAB01/BMS&name={name}")["rows"]


def trial(plant, group, protocol):
    device = Device(plant, group, protocol)
    wait_until(lambda: group in plant.online(), "the device online")
    receipt = device.report(1, {"soc": 56.3, "note": "\u7535\u6c60"})
    check(receipt["op"] == "ack" and receipt["sid"] == SID and receipt["ok"] == [[1, 1]],
          "a receipt for n 1 after the commit", receipt)
    receipt = device.report(1, {"soc": 99})
    check(receipt["ok"] == [[1, 1]], "the same n is receipted again", receipt)
    receipt = device.report(2, {"rows": [
        {"n": 2, "ts": 1700000000000, "ns": "CAB01/BMS", "v": {"soc": 50}},
        {"n": 3, "ts": 1700000001000, "ns": "CAB01/BMS", "v": {"soc": 50.5}}]}, "HIST", "")
    check(receipt["ok"] == [[2, 3]], "a receipt for the rows of a backfill", receipt)
    receipt = device.report(4, {"soc": {"v": 1, "v": 2, "q": "bad"}})
    check(receipt.get("no", [[0]])[0][0] == 4, "a refusal names n and rule", receipt)
    got = [(r[0], r[1]) for r in rows(plant, group, "soc")]
    check([v for _, v in got] == [50, 50.5, 56.3] and got[0][0] == 1700000000000,
          "the history holds each once, in order of sampling", got)
    check(rows(plant, group, "note")[0][1] == "\u7535\u6c60", "text is kept")
    last = {v["name"]: v["v"] for v in plant.get(f"/values?group={group}")["values"]}
    check(last["soc"] == 56.3, "backfill does not touch the live value", last)
    encodings(plant, group, device)
    device.close()


def encodings(plant, group, device):
    for n, pack in ((5, gzip.compress), (6, zlib.compress)):
        receipt = device.report(n, {"soh": n}, pack=pack)
        check(receipt["ok"] == [[n, n]], f"a report by {pack.__module__} is taken", receipt)
    receipt = device.report(7, {"cols": [
        {"ns": "CAB01/BMS", "n": [7, 1, 1], "ts": [1700000000000, 1000, 1000],
         "v": {"dV": {"s": 1, "d": [15, -1, 0]}, "cellVMax": {"at": [2], "d": [3287]}}}]}, "HIST", "")
    check(receipt["ok"] == [[7, 9]], "each row of columns is receipted", receipt)
    got = [(r[0], r[1]) for r in rows(plant, group, "dV")]
    check(got == [(1700000000000, 1.5), (1700000001000, 1.4), (1700000002000, 1.4)],
          "columns are kept as the rows they say", got)


with Plant(cabinets=0) as whole:
    whole.pki("SH311", "SH500")
    whole.start()
    trial(whole, "SH311", mqtt.MQTTv311)
    trial(whole, "SH500", mqtt.MQTTv5)
report("paho device")
