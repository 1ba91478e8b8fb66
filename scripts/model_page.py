"""The reference page of the point model (docs/model.md), for make_model.py --doc."""

CLASSES = """| class | reported |
|---|---|
| F | on change, at most each second |
| N | on change, at most every 5 to 10 s |
| S | on change, at most each minute |
| C | cells: every 10 to 60 s |
| E | on change, at once |
| D | at start and when it changes; parameters |
"""

HEAD = """# Point model {id} {version} · 点表参考

Made by `scripts/make_model.py` from `spec/model/`; change the data, not this page.
本页由 `spec/model/` 的数据生成，请修改数据而不是本页。

Hash 校验 `{hash}` · {objects} kinds of object 对象类型 · {scalars} scalar points 标量测点, of them
其中 {params} parameters 参数 · {arrays} arrays 数组 · {commands} commands 命令 · {alarms} alarms
告警 · {results} result codes 结果码

- An object's path is `unit[/component[/part]]`. Its kind: the unit is left out where a component
  follows, and the digits at the end of each segment are dropped: `CAB01/BMS/C1` is a `BMS/C`,
  `GRID/METER` a `METER`, `PV01` a `PV`, `EV01/GUN2` a `GUN`.
- A pack is `BMS/P` and a number, cluster x 100 + pack: pack 3 of cluster 1 is `CAB01/BMS/P103`.
- Power and current: + is discharge, export, production. 功率与电流：放电、送出、发电为正。
- Parameters are reported with a revision on PARAM and set by `param.set`; they are listed apart.
- A source names the item of another model that means the same: SunSpec `model point`, GB/T 34131,
  IEC 61850-7-4 and 7-420 `node.object`, OpenEMS channel, OCPP. Unit and sign are this model's.
  来源指明其他模型中含义相同的项；单位与正负号以本模型为准。

"""

COLUMNS = ("name", "中文", "English", "unit", "type", "class", "range", "dead band", "source")


def row(*cells):
    return "| " + " | ".join(str(c).replace("|", "\\|") for c in cells) + " |\n"


def header(*cells):
    return row(*cells) + "|" + "---|" * len(cells) + "\n"


def decimal(value):
    mantissa, scale = value
    if scale == 0:
        return str(mantissa)
    digits = str(abs(mantissa)).rjust(scale + 1, "0")
    return f"{'-' if mantissa < 0 else ''}{digits[:-scale]}.{digits[-scale:]}"


def span(item):
    if item["values"]:
        return "; ".join(f"{v['value']} {v['en']} {v['zh']}" for v in item["values"])
    if item["type"] not in ("number", "array"):
        return ""
    return f"{decimal(item['low'])} … {decimal(item['high'])}"


def sources(item):
    return ", ".join(item["source"]) if isinstance(item["source"], list) else ""


def point(item):
    band = decimal(item["band"]) if item["band"][0] else ""
    return row(f"`{item['name']}`", item["zh"], item["en"], item["unit"], item["type"],
               item["class"], span(item), band, sources(item))


def kind(entry):
    out = f"\n## {entry['kind']} · {entry['zh']} · {entry['en']}\n\n"
    values = [p for p in entry["points"] if not p["param"]]
    params = [p for p in entry["points"] if p["param"]]
    out += header(*COLUMNS) + "".join(map(point, values))
    if params:
        out += f"\n### Parameters of {entry['kind']} · 参数\n\n"
        out += header(*COLUMNS) + "".join(map(point, params))
    return out


EXECUTORS = {"registers": "tables", "params": "tables", "device": "program"}


def argument(item):
    unit = f" {item['unit']}" if item["unit"] else ""
    limits = span(item)
    optional = "" if item["required"] else ", optional 可选"
    return (f"`{item['name']}` {item['type']}{optional}: {item['zh']} {item['en']}"
            + (f" ({limits}{unit})" if limits else ""))


def commands(model):
    out = """
## Commands · 命令

Class 等级: A operator 操作员, B engineer 工程师, C two persons 双人. Carried out by: `tables`, what the
command writes and reads back stands in the data, and a device whose registers lack a point of it
answers result 18; `program`, the device's program must know the operation, else it answers 18.

"""
    out += header("op", "中文", "English", "class", "for", "arguments", "by")
    for c in model["commands"]:
        out += row(f"`{c['op']}`", c["zh"], c["en"], c["class"], c["kind"] or "any",
                   "<br>".join(map(argument, c["args"])), EXECUTORS[c["executor"]])
    return out


def alarms(model):
    out = """
## Alarms · 告警

A code is `kind.family.level`. Level 级别: 1 warning 预警, 2 limits power 限功率, 3 stops 停机. The object
that raised it stands in the report's path, not in the code.

"""
    out += header("code", "中文", "English", "处理建议", "what to do", "points", "source")
    for a in model["alarms"]:
        out += row(f"`{a['code']}`", a["zh"], a["en"], a["advice"]["zh"], a["advice"]["en"],
                   ", ".join(a["points"]), sources(a))
    return out


def results(model):
    out = "\n## Result codes · 结果码\n\n" + header("code", "id", "中文", "English")
    return out + "".join(row(r["code"], f"`{r['id']}`", r["zh"], r["en"]) for r in model["results"])


def page(model):
    """The page as text; model as make_model.read_model gives it."""
    points = [p for o in model["objects"] for p in o["points"]]
    counts = {"objects": len(model["objects"]),
              "arrays": sum(p["type"] == "array" for p in points),
              "scalars": sum(p["type"] != "array" for p in points),
              "params": sum(p["param"] for p in points)}
    counts.update({name: len(model[name]) for name in ("commands", "alarms", "results")})
    return (HEAD.format(**{**model["head"], **counts, "hash": model["hash"]}) + CLASSES
            + "".join(map(kind, model["objects"])) + commands(model) + alarms(model)
            + results(model))
