"""JSON Schemas (2020-12) of what travels, for make_model.py --schema: spec/schema/.

One file a message type; one a kind of object (values by name: the d of DATA and PARAM, the v of a
row); one a command (the d of its CMD). Only keywords that draft-07 reads the same way are used
(but prefixItems and $defs, which it passes over), so that AsyncAPI tools take them as they are.

A value beyond the model's limits is still a right message (an alarm shows it): so the limits of
points stand in annotations, x-min and x-max. The limits of a command's arguments bind: a device
rejects what breaks them.
"""
import json

from model_page import decimal

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MADE = "Made by scripts/make_model.py from spec/model; change the data, not this file."
INT64, SAFE = 2**63 - 1, 2**53 - 1
SEGMENT = "[^$+#/\\u0000-\\u001f\\u007f-\\u009f][^+#/\\u0000-\\u001f\\u007f-\\u009f]*"
SID = "[0-9a-f]{16}"
N = "[1-9][0-9]{0,18}"


def say(en, zh, **rest):
    return {"description": en, "x-zh": zh, **rest}


def ref(name, folder=""):
    return {"$ref": f"{folder}common.json#/$defs/{name}"}


def whole(low, high, **rest):
    return {"type": "integer", "minimum": low, "maximum": high, **rest}


def plain(schema):
    """The value itself, null, or the object form with its quality and time."""
    return {"anyOf": [schema, {"type": "null"}, {
        "type": "object", "required": ["v"],
        "properties": {"v": {"anyOf": [schema, {"type": "null"}]}, "q": {"$ref": "#/$defs/q"},
                       "ts": {"$ref": "#/$defs/t"}}}]}


def exact():
    return {"type": "number", "minimum": -2**63, "maximum": INT64}


def numbers(element):
    return {"type": "array", "maxItems": 1024, "items": {"anyOf": [element, {"type": "null"}]}}


def values_defs():
    own = {"number": exact(), "enum": whole(-2**31, 2**31 - 1), "bool": {"type": "boolean"},
           "text": {"type": "string"}, "array": numbers(exact())}
    defs = {f"{name}Value": plain(schema) for name, schema in own.items()}
    defs["value"] = say("a value by point name [DAT-01, DAT-05]", "按测点名给出的取值",
                        **plain({"anyOf": [own["number"], own["text"], own["bool"],
                                           own["array"]]}))
    defs["values"] = say(
        "values by name [DAT-01]", "按名称给出的取值", type="object",
        propertyNames={"minLength": 1, "maxLength": 64},
        additionalProperties={"$ref": "#/$defs/value"})
    return defs


def row_defs():
    row = {"type": "object", "required": ["v"],
           "properties": {"n": {"$ref": "#/$defs/n"}, "ts": {"$ref": "#/$defs/t"},
                          "ns": {"$ref": "#/$defs/ns"}, "v": {"$ref": "#/$defs/values"}}}
    batch = {"type": "object", "required": ["rows"], "properties": {
        "rows": {"type": "array", "minItems": 1, "maxItems": 1024,
                 "items": {"$ref": "#/$defs/row"}}}}
    return {"row": say("a row of a batch [DAT-02, DAT-03]", "批次中的一行", **row),
            "batch": say("rows, each with the number it was first given [DAT-02]",
                         "多行数据，每行保留首次编号", **batch),
            "report": {"if": {"required": ["rows"]}, "then": {"$ref": "#/$defs/batch"},
                       "else": {"$ref": "#/$defs/values"}},
            "liveReport": {"if": {"required": ["cols"]}, "then": {"$ref": "#/$defs/columns"},
                           "else": {"$ref": "#/$defs/report"}},
            "columns": say("a batch as columns [ENC-13]", "按列给出的批次", **columns_def())}


def columns_def():
    def steps(low):
        return {"type": "array", "minItems": 1, "maxItems": 1024,
                "items": {"type": "integer", "minimum": low}}

    column = {"type": "object", "required": ["d"], "additionalProperties": False,
              "properties": {"d": {"type": "array", "maxItems": 1024}, "s": whole(0, 18),
                             "at": {**steps(0), "minItems": 0}}}
    entry = {"type": "object", "required": ["n", "ts", "v"], "additionalProperties": False,
             "properties": {"n": steps(-INT64), "ts": steps(-SAFE), "ns": {"$ref": "#/$defs/ns"},
                            "v": {"type": "object", "maxProperties": 1024,
                                  "propertyNames": {"minLength": 1, "maxLength": 64},
                                  "additionalProperties": column}}}
    return {"type": "object", "required": ["cols"], "additionalProperties": False,
            "properties": {"cols": {"type": "array", "minItems": 1, "maxItems": 256,
                                    "items": entry}}}


def common():
    """What all messages share."""
    defs = {
        "t": say("UTC milliseconds since 1970 [ENV-03]", "UTC 毫秒时间戳", **whole(0, SAFE)),
        "ns": say("unit[/component[/part]] below the topic [ENV-04]", "主题之下的对象路径",
                  type="string", maxLength=160, pattern=f"^{SEGMENT}(/{SEGMENT}){{0,2}}$"),
        "code": say("names the message [ENV-05]", "消息序列号", type="string",
                    pattern="^[!#-\\[\\]-~]{1,64}$"),
        "reportCode": say("<sid>-<n> [ENV-05, DLV-01]", "会话号与序号", type="string",
                          pattern=f"^{SID}-{N}$"),
        "sid": say("the device's session series [ENV-05]", "设备会话号", type="string",
                   pattern=f"^{SID}$"),
        "n": say("number in the series [DAT-03]", "序号",
                 anyOf=[whole(1, INT64), {"type": "string", "pattern": f"^{N}$"}]),
        "q": say("quality: 0 good [DAT-05]", "品质，0 为良好", **whole(0, 255)),
        "x": say("extensions [ENV-11]", "扩展成员", type="object"),
        "envelope": {"type": "object", "required": ["t", "d"], "properties": {
            "t": {"$ref": "#/$defs/t"}, "ns": {"$ref": "#/$defs/ns"},
            "code": {"$ref": "#/$defs/code"}, "s": {"enum": ["METRIC", "CMD"]},
            "te": {"enum": ["REQ", "RES"]}, "d": {"type": "object"},
            "x": {"$ref": "#/$defs/x"}}},
        **values_defs(), **row_defs()}
    return {"$schema": DIALECT, "$comment": MADE, "title": "what all messages share",
            "x-zh": "各类消息共用的定义", "$defs": defs}


def message(title, zh, s, te, d, **more):
    """A payload: the envelope, with what the type of message fixes [ENV-06, ENV-09]."""
    properties = {"s": {"const": s}, "te": {"const": te}, "d": d, **more.pop("properties", {})}
    required = {"required": more.pop("required")} if "required" in more else {}
    return {"$schema": DIALECT, "$comment": MADE, "title": title, "x-zh": zh,
            "allOf": [ref("envelope")], "type": "object", **required, "properties": properties}


NUMBERED = {"required": ["code"], "properties": {"code": ref("reportCode")}}


def state(head):
    text = {"type": "string"}
    return message(f"presence [PRE-01]; model {head['id']}", "在线状态", "METRIC", "REQ", {
        "type": "object", "required": ["on", "sid"], "properties": {
            "on": say("1 here, 0 gone", "1 在线，0 离线", **whole(0, 1)), "sid": ref("sid"),
            "model": say("id of the point model", "点表模型编号", **text),
            "modelVer": say("its version", "点表模型版本", **text),
            "modelHash": say("its hash", "点表模型校验值", **text),
            "fw": say("firmware version", "固件版本", **text),
            "clock": say("synced or unsynced", "时钟是否已同步", **text),
            "ext": say("what makers added to the model: id, version, hash [MOD-04]",
                       "厂家扩展：编号、版本、校验值", type="array", maxItems=4, items=text),
            "sign": say("classes of commands that need a signature", "需要签名的命令安全类别", **text),
            "minor": say("minor version of the protocol", "协议次版本", **whole(0, 999)),
            "enc": say("encodings it can read", "可读取的编码", type="array", maxItems=16,
                       items=text),
            "kids": say("keys it trusts (device) or signs with (cloud)",
                        "设备信任的、云端签名所用的密钥标识", type="array", maxItems=8,
                        items=text),
            "units": say("names of the units", "单元名称", type="array", maxItems=64,
                         items=text)}})


def history():
    n = {"properties": {"rows": {"items": {"required": ["n"]}}}, "required": ["rows"]}
    return message("backfill [DLV-06, DLV-08]", "补传数据", "METRIC", "REQ",
                   {"if": {"required": ["cols"]}, "then": ref("columns"),
                    "else": {"allOf": [ref("batch"), n]}}, **NUMBERED)


def alarm():
    """What binds an EVENT that has a member "alarm"."""
    part = "[A-Za-z0-9/]+"
    levels = [{"properties": {"alarm": {"pattern": rf"^{part}\.{part}\.{level}$"},
                              "level": {"const": level}}} for level in (1, 2, 3)]
    return {"required": ["id", "level", "act"], "anyOf": levels, "properties": {
        "alarm": say("code of the alarm: kind.family.level [ALM-06]", "告警代码：类别.族.等级",
                     type="string", maxLength=64),
        "id": say("of this one occurrence [ALM-09]", "本次告警的标识", type="string",
                  pattern=r"^[!#-\[\]-~]{1,64}$"),
        "level": say("as the code ends [ALM-07]", "等级，与代码末段一致", **whole(1, 3)),
        "act": say("raised or cleared [ALM-08]", "发生或消除", enum=["raise", "clear"]),
        "first": ref("t"), "last": ref("t"),
        "n": say("how often it was seen since it began [ALM-11]", "起始以来出现的次数",
                 **whole(1, SAFE)),
        "v": say("what was measured [ALM-12]", "测得的值", **exact()),
        "limit": say("the limit that it crossed [ALM-12]", "所越过的限值", **exact())}}


def event():
    return message("event, alarm raised or cleared", "事件、告警产生与消除", "METRIC", "REQ", {
        "type": "object", "properties": {
            "event": say("what happened", "发生了什么", type="string"), "ts": ref("t")},
        "if": {"required": ["alarm"]}, "then": alarm()}, **NUMBERED)


def param():
    extra = {"type": "object", "properties": {
        "rev": say("revision of the parameters [PAR-01]", "参数版本号", **whole(0, INT64)),
        "ts": ref("t")}}
    return message("parameters of one object [PAR-01]", "一个对象的全部参数", "METRIC", "REQ",
                   ref("report"), required=["code"],
                   properties={"code": ref("reportCode"), "x": extra})


def command():
    return message("command [CMD-01, CMD-02]", "控制命令", "CMD", "REQ", {
        "type": "object", "required": ["op"], "properties": {
            "op": say("operation of the model", "操作名", type="string", minLength=1),
            "a": say("arguments, absolute values", "参数，绝对值", type="object")}},
        required=["code", "x"], properties={"x": {
            "type": "object", "required": ["exp"], "properties": {
                "exp": say("UTC milliseconds after which it must not be tried",
                           "失效时间，UTC 毫秒", **whole(1, SAFE)),
                "by": say("who ordered it", "下令者", type="string"),
                "kid": say("key that it is signed with, 16 hex digits [SIG-09]",
                           "签名所用密钥的标识，16 位十六进制数字", type="string"),
                "sig": say("Ed25519 signature, 128 hex digits, the last member [SIG-02]",
                           "Ed25519 签名，128 位十六进制数字，须为最后一个成员",
                           type="string")}}})


STAGES = ["accepted", "executing", "done", "failed", "rejected", "expired", "superseded",
          "cancelled", "unknown"]


def reply(results):
    return message("staged reply to a command [CMD-05]", "命令的分阶段应答", "CMD", "RES", {
        "type": "object", "required": ["stage", "r"], "properties": {
            "stage": say("how far it got; from done on: final", "执行阶段", enum=STAGES),
            "r": say("result code", "结果码", **whole(0, 999),
                     **{"x-values": [{"value": r["code"], "en": r["en"], "zh": r["zh"]}
                                     for r in results]}),
            "v": say("values read back", "回读值", type="object"),
            "why": say("a word for people", "说明文字", type="string")}}, required=["code"])


def receipt():
    pair = {"type": "array", "minItems": 2, "maxItems": 2}
    return message("receipt: what the cloud has committed [DLV-04]", "回执：云端已落盘的序号",
                   "METRIC", "RES", {
        "type": "object", "required": ["op", "sid"], "properties": {
            "op": {"const": "ack"}, "sid": ref("sid"),
            "ok": say("ranges committed", "已提交的序号范围", type="array", maxItems=32,
                      items={**pair, "items": ref("n")}),
            "no": say("refused for good, with the rule broken", "永久拒绝的序号及所违反的规则",
                      type="array", maxItems=16,
                      items={**pair, "maxItems": 3, # which message, to who reads it [DLV-60]
                             "prefixItems": [ref("n"), {"type": "string"}, ref("t")]}),
            "slow": say("0: as configured; k: at 1/(k+1) of the rate", "0 为正常，k 为降至 1/(k+1)",
                        **whole(0, 255))}})


def annotated(item, schema):
    """A point's or an argument's own words around its form."""
    out = {"title": item["en"], "x-zh": item["zh"], **schema}
    notes = {"x-unit": item["unit"], "x-class": item.get("class"),
             "x-param": item.get("param") or None, "x-decimals": item["decimals"] or None}
    if item["type"] in ("number", "array"):
        notes |= {"x-min": decimal(item["low"]), "x-max": decimal(item["high"])}
    if item.get("band", (0, 0))[0]:
        notes["x-deadBand"] = decimal(item["band"])
    if item["values"]:
        notes["x-values"] = item["values"]
    if isinstance(item.get("source"), list):
        notes["x-source"] = item["source"]
    return out | {key: value for key, value in notes.items() if value}


def kind(entry):
    properties = {p["name"]: annotated(p, ref(p["type"] + "Value", "../"))
                  for p in entry["points"]}
    return {"$schema": DIALECT, "$comment": MADE, "title": f"{entry['kind']}: {entry['en']}",
            "x-zh": entry["zh"], "type": "object",
            "propertyNames": {"minLength": 1, "maxLength": 64}, "properties": properties,
            "additionalProperties": ref("value", "../")}


def argument(arg):
    if arg["type"] == "object":
        return annotated(arg, {"type": "object"})
    if arg["type"] in ("text", "bool"):
        return annotated(arg, {"type": {"text": "string", "bool": "boolean"}[arg["type"]]})
    bounds = {key: int(text) if "." not in text else float(text) for key, text in
              (("minimum", decimal(arg["low"])), ("maximum", decimal(arg["high"])))}
    return annotated(arg, {"type": "number" if arg["decimals"] else "integer", **bounds})


def operation(entry):
    args = {"type": "object", "additionalProperties": False,
            "properties": {a["name"]: argument(a) for a in entry["args"]},
            "required": [a["name"] for a in entry["args"] if a["required"]]}
    required = ["op", "a"] if args["required"] else ["op"]
    return {"$schema": DIALECT, "$comment": MADE, "title": f"{entry['op']}: {entry['en']}",
            "x-zh": entry["zh"], "x-class": entry["class"], "x-kind": entry["kind"] or "any",
            "type": "object", "required": required,
            "properties": {"op": {"const": entry["op"]}, "a": args}}


def schemas(model):
    """{path below spec/schema: text} of all files."""
    report = message("live report [DLV-01]", "实时数据上报", "METRIC", "REQ", ref("liveReport"),
                     **NUMBERED)
    files = {"common": common(), "STATE": state(model["head"]), "DATA": report,
             "HIST": history(), "PARAM": param(), "EVENT": event(), "CMD": command(),
             "ACK": reply(model["results"]), "RSP": receipt()}
    files |= {f"values/{o['kind'].replace('/', '.')}": kind(o) for o in model["objects"]}
    files |= {f"command/{c['op']}": operation(c) for c in model["commands"]}
    return {f"{name}.json": json.dumps(schema, ensure_ascii=False, indent=1) + "\n"
            for name, schema in files.items()}
