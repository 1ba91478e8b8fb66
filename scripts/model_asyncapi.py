"""spec/asyncapi.yaml (AsyncAPI 3.0), for make_model.py --asyncapi: topics, messages, what either
side does with them, and how MQTT carries them.

AsyncAPI's channels have no optional levels, so a type that may name a unit and a component has
three. Each operation is told from the side that does it: device... and cloud....
"""
import json
import re

PLAIN = re.compile(r"[A-Za-z_$][\w $./(),;-]*[\w.)]\Z|[A-Za-z]\Z")
WORDS = ("true", "false", "null", "yes", "no", "on", "off", "y", "n")
LEVELS = ("{application}", "{group}", "{unit}", "{component}")
DEPTHS = {2: "", 3: "OfUnit", 4: "OfComponent"}

# type: (up, deepest level, retained, en, zh)
TYPES = {
    "STATE": (True, 2, True, "presence and birth; also the will", "在线状态、上线消息与遗嘱"),
    "DATA": (True, 4, False, "live real-time report", "实时数据上报"),
    "HIST": (True, 4, False, "backfill of reports that could not be sent live", "补传数据"),
    "PARAM": (True, 4, True, "parameter report", "参数配置上报"),
    "EVENT": (True, 4, False, "alarm raised or cleared, event", "告警与事件"),
    "ACK": (True, 4, False, "staged reply to a command", "命令的分阶段应答"),
    "CMD": (False, 4, False, "command request", "控制命令下发"),
    "RSP": (False, 2, False, "receipt: what the cloud has committed", "回执：云端已落盘的序号"),
}
PARAMETERS = {
    "application": {"default": "ess", "description": "application; ess for storage",
                    "x-zh": "应用名称"},
    "group": {"description": "the station's edge node: client id and certificate CN [TOP-09]",
              "x-zh": "边缘节点（组）"},
    "unit": {"description": "device unit, e.g. CAB01", "x-zh": "设备单元"},
    "component": {"description": "component of the unit, e.g. BMS", "x-zh": "逻辑部件"},
}
INFO = """Profile 1 of 工商业储能设备通讯协议规范: what travels between a storage device and the cloud.
The rules are in protocol.md; the schemas say what a payload looks like, and schema/README.md
what they cannot see. 规约 1 的主题、消息与操作；规则见 protocol.zh-CN.md。"""


def yaml(value, indent=0):
    """Block YAML of dicts, lists and scalars; lines of one value."""
    pad = "  " * indent
    if isinstance(value, dict) and value:
        lines = []
        for key, item in value.items():
            inner = yaml(item, indent + 1)
            nested = isinstance(item, (dict, list)) and item
            lines += [f"{pad}{scalar(key)}:" + ("" if nested else f" {inner[0]}")]
            lines += inner if nested else []
        return lines
    if isinstance(value, list) and value:
        lines = []
        for item in value:
            inner = yaml(item, indent + 1)
            lines += [f"{pad}- {inner[0].lstrip()}", *inner[1:]]
        return lines
    return [scalar(value)]


def scalar(value):
    if isinstance(value, str) and PLAIN.match(value) and value.lower() not in WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)


def at(*path):
    return {"$ref": "#/" + "/".join(part.replace("/", "~1") for part in path)}


def channel_name(kind, depth):
    return kind.lower() + DEPTHS[depth]


def channel(kind, depth):
    words = LEVELS[:depth]
    return {"address": "/".join(["v1", kind, *words]),
            "messages": {kind: at("components", "messages", kind)},
            "parameters": {w[1:-1]: at("components", "parameters", w[1:-1]) for w in words}}


def channels():
    out = {channel_name(kind, depth): channel(kind, depth)
           for kind, row in TYPES.items() for depth in DEPTHS if depth <= row[1]}
    cloud = {"address": "v1/STATE/{application}/_cloud",
             "messages": {"STATE": at("components", "messages", "STATE")},
             "parameters": {"application": at("components", "parameters", "application")}}
    return out | {"stateOfCloud": cloud}


def operation(side, action, name, kind, reply):
    retain = TYPES[kind][2]
    out = {"action": action, "channel": at("channels", name),
           "summary": f"{side} {action}s {kind}", "tags": [{"name": side}],
           "messages": [at("channels", name, "messages", kind)],
           "bindings": {"mqtt": {"qos": 1, "retain": retain, "bindingVersion": "0.2.0"}}}
    if action == "receive" and reply:
        out["reply"] = {"channel": at("channels", reply)}
    return out


def operations():
    """What a side receives it may have to answer: reports with RSP, commands with ACK."""
    out = {}
    for kind, (up, deepest, *_) in TYPES.items():
        for depth in (d for d in DEPTHS if d <= deepest):
            name = channel_name(kind, depth)
            answer = channel_name("ACK", depth) if kind == "CMD" else \
                "rsp" if kind in ("DATA", "HIST", "PARAM", "EVENT") else None
            sender, receiver = ("device", "cloud") if up else ("cloud", "device")
            title = name[0].upper() + name[1:]
            out[f"{sender}Sends{title}"] = operation(sender, "send", name, kind, answer)
            out[f"{receiver}Receives{title}"] = operation(receiver, "receive", name, kind, answer)
    out["cloudSendsState"] = operation("cloud", "send", "stateOfCloud", "STATE", None)
    out["deviceReceivesState"] = operation("device", "receive", "stateOfCloud", "STATE", None)
    return out


def example(kind, vectors):
    """The fullest right message of that type among the vectors that fits a page."""
    right = [v for v in vectors if v["accept"] and "payload" in v and len(v["payload"]) < 400
             and f"v1/{kind}/" in v.get("topic", "") and json.loads(v["payload"]).get("d")]
    if not right:
        return []
    best = max(right, key=lambda v: len(v["payload"]))
    return [{"name": best["id"], "summary": best["why"]["en"], "payload": json.loads(best["payload"])}]


def messages(vectors):
    return {kind: {"name": kind, "title": en, "x-zh": zh, "contentType": "application/json",
                   "correlationId": at("components", "correlationIds", "code"),
                   "payload": {"$ref": f"./schema/{kind}.json"},
                   "examples": example(kind, vectors)}
            for kind, (_, _, _, en, zh) in TYPES.items()}


def server():
    will = {"topic": "v1/STATE/ess/SH001", "qos": 1, "retain": True,
            "message": '{"t":0,"s":"METRIC","d":{"on":0,"sid":"0000002a9f3c01d7"}}'}
    return {"host": "broker.example.com:8883", "protocol": "secure-mqtt", "protocolVersion": "5.0",
            "description": "TLS 1.3 with a certificate on each side; MQTT 5 (3.1.1 too) [SEC-01]",
            "x-zh": "TLS 1.3 双向证书；MQTT 5（也可用 3.1.1）", "security": [
                at("components", "securitySchemes", "certificate")],
            "bindings": {"mqtt": {"clientId": "SH001", "cleanSession": True, "keepAlive": 30,
                                  "maximumPacketSize": 131072, "lastWill": will,
                                  "bindingVersion": "0.2.0"}}}


def asyncapi(model, vectors):
    """The document as text; vectors: of spec/vectors, for the examples."""
    head = model["head"]
    document = {
        "asyncapi": "3.0.0",
        "info": {"title": "Profile 1", "version": "1.0.0", "description": INFO.replace("\n", " "),
                 "license": {"name": "Apache-2.0"},
                 "x-model": {"id": head["id"], "version": head["version"],
                             "hash": model["hash"]}},
        "defaultContentType": "application/json",
        "servers": {"broker": server()},
        "channels": channels(),
        "operations": operations(),
        "components": {
            "parameters": PARAMETERS,
            "messages": messages(vectors),
            "correlationIds": {"code": {"location": "$message.payload#/code", "description":
                                        "an ACK copies its command's code [ENV-05]"}},
            "securitySchemes": {"certificate": {"type": "X509", "description":
                                                "client certificate whose CN is the group "
                                                "[SEC-02]"}}}}
    return "# Made by scripts/make_model.py from spec/model; change the data, not this file.\n" \
           + "\n".join(yaml(document)) + "\n"
