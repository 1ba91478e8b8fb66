"""`ess check`: refuses what the vectors refuse, by the same rule; finds in a sequence what no single
message shows; and says so in two languages, as JSON and by its exit code. `ess encode` writes
messages that it finds nothing in."""
import gzip
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "lib"))
from trial import BINARIES, SOURCE, check, report  # noqa: E402

SID, NEXT = "0000002a9f3c01d7", "0000002b00000001"
T = 1763827200000
CODE = "019ab2c4-7d10-7e3a-9b52-6f0c2d8e4a11"


def ess(*words, text="", language="en"):
    return subprocess.run([BINARIES / "ess", *words], input=text, capture_output=True, text=True,
                          timeout=60, env=os.environ | {"ESS_LANG": language})


def findings(lines, *words):
    """(findings, sum, exit code) of a capture."""
    done = ess("check", "--json", *words, text="\n".join(lines) + "\n")
    check(not done.stderr, "nothing on stderr", done.stderr)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    return told[:-1], told[-1], done.returncode


def payload_of(vector):
    if "payload_hex" in vector:
        return bytes.fromhex(vector["payload_hex"])
    text = vector.get("payload") or "".join(t * n for t, n in vector.get("payload_parts", []))
    return text.encode("utf-8", "surrogatepass")


def told_otherwise(vector):
    """Vectors about who receives, and those whose topic a capture's line cannot hold."""
    topic = vector.get("topic")
    return (not any(key.startswith("payload") for key in vector) or not topic or " " in topic
            or "/" not in topic or "\n" in topic
            or vector.get("fault_rule") in ("TOP-04", "TOP-14", "TOP-21", "DLV-30")
            or vector.get("sender") or not topic.isprintable()
            or vector.get("fault_rule") in ("SIG-08", "SIG-12")  # who has the key can tell
            or vector["id"] in ("SIG-01/4", "SIG-02/13"))  # no signature in x: only who needs one


def vectors():
    looked_at = []
    for path in sorted((SOURCE / "spec" / "vectors").rglob("*.json")):
        found = json.loads(path.read_text(encoding="utf-8"))
        looked_at += [v for v in found if isinstance(v, dict) and not told_otherwise(v)]
    lines = [f"{T / 1000:.3f} 0 1 {v['topic']} {payload_of(v).hex()}" for v in looked_at]
    told, total, _ = findings(lines)
    refused = {f["line"]: f["rule"] for f in told
               if f["finding"] in ("refused", "major-not-served")
               or "signature" in f["finding"] and "key" in looked_at[f["line"] - 1]}
    for number, vector in enumerate(looked_at, 1):
        check(refused.get(number) == vector.get("fault_rule"), "as the vector says", vector["id"],
              refused.get(number), vector.get("fault_rule"))
    check(total["messages"] == len(looked_at) > 250, "all looked at", total)
    return len(looked_at)


def signed_vectors():
    """With the key that a vector names, the same answer as a device that trusts it."""
    found = json.loads((SOURCE / "spec/vectors/signed/signature.json").read_text(encoding="utf-8"))
    right = 0
    for key in sorted({v["key"] for v in found}):
        of_key = [v for v in found if v["key"] == key]
        lines = [f"{v['topic']} {payload_of(v).hex()}" for v in of_key]
        if of_key[0].get("fault_rule") == "SIG-08":
            done = ess("check", "--key", key, text="\n".join(lines))
            check(done.returncode == 65 and "[cli-" in done.stderr, "no key", done)
            continue
        told, total, _ = findings(lines, "--key", key)
        for number, vector in enumerate(of_key, 1):
            rules = {f["rule"] for f in told if f["line"] == number and "signature" in f["finding"]}
            wanted = set() if vector["accept"] else {vector["fault_rule"]}
            if vector["id"] in ("SIG-01/4", "SIG-02/13"):  # none at all is one that is missing
                wanted = {"SIG-12"}
            check(rules == wanted, "as the device", vector["id"], rules, wanted)
        right += total["signatures"]["right"]
        check(total["signatures"]["right"] == sum(v["accept"] for v in of_key), "counted", total)
    check(right > 8, "right ones are among them", right)


def data(n, soc=50, kind="DATA", sid=SID, t=T):
    d = {"rows": [{"n": n, "ts": t, "v": {"soc": soc}}]} if kind == "HIST" else {"soc": soc}
    return f"v1/{kind}/ess/SH001/CAB01/BMS " + json.dumps({"t": t, "code": f"{sid}-{n}", "d": d})


def state(on, sid=SID, group="SH001"):
    return f"v1/STATE/ess/{group} " + json.dumps({"t": T, "d": {"on": on, "sid": sid}})


def receipt(*ranges, sid=SID, **more):
    d = {"op": "ack", "sid": sid, "ok": ranges, **more}
    return "v1/RSP/ess/SH001 " + json.dumps({"t": T, "d": d})


def gap(n, *ranges):
    return "v1/EVENT/ess/SH001 " + json.dumps({"t": T, "code": f"{SID}-{n}", "d": {
        "event": "gap", "sid": SID, "lost": ranges}})


def cmd(p=60, t=T, exp=T + 30000, code=CODE, op="power.set"):
    args = {"p": p, "rvt": 900} if op == "power.set" else {}
    return "v1/CMD/ess/SH001/CAB01/PCS " + json.dumps({
        "t": t, "code": code, "d": {"op": op, "a": args}, "x": {"exp": exp}})


def ack(stage, r=0, t=T + 100, code=CODE, unit="CAB01", **more):
    return f"v1/ACK/ess/SH001/{unit}/PCS " + json.dumps({
        "t": t, "code": code, "d": {"stage": stage, "r": r, **more}})


def carried(line, retain=0, qos=1, at=T / 1000):
    return f"{at:.6f} {retain} {qos} {line}"


STAGES = [ack("accepted"), ack("executing"), ack("done", v={"pSetEcho": 60})]
# (lines, kinds of finding with their lines)
SEQUENCES = [
    ([state(1), data(1), data(2), receipt([1, 2]), cmd(), *STAGES, state(0)], []),
    ([state(1), data(1), data(1), receipt([1, 1])], []),  # sent again
    ([state(1), data(1), data(2), data(1, kind="HIST"), receipt([1, 2])], []),  # and otherwise
    ([data(1), data(1, soc=51)], [("n-reused", 2)]),
    ([data(1), data(1, soc=51, kind="HIST")], [("n-reused", 2)]),
    ([data(1), data(3), data(2)], [("n-back", 3)]),
    ([data(1), data(3), data(2, kind="HIST")], []),
    ([data(1), data(5)], [("n-missing", 0)]),
    ([data(1), gap(5, [2, 4])], []),
    ([data(3), receipt([1, 3])], []),  # what was before the capture began is not known
    ([data(3), receipt([3, 4])], [("receipt-early", 2)]),
    ([data(1), receipt(no=[[1, "ENV-03"]])], [("receipt-refuses", 2)]),
    ([state(1), state(1, NEXT), data(1, sid=SID), data(1, sid=NEXT)], []),
    ([state(1, NEXT), state(1)], [("sid-back", 2)]),
    ([state(1, NEXT), state(0)], []),  # the death of an earlier life
    ([state(1), data(1, sid=NEXT)], [("sid-unannounced", 2)]),
    ([state(1), state(0), data(1)], [("after-death", 3)]),
    ([state(1), state(0), state(1), data(1)], []),
    ([cmd(), cmd(t=T + 1000), *STAGES, STAGES[-1]], []),
    ([cmd(), cmd(p=61), *STAGES], [("command-changed", 2)]),
    ([cmd(), cmd(exp=T + 60000), *STAGES], [("command-changed", 2)]),
    ([ack("done")], [("ack-unasked", 1)]),
    ([cmd(), ack("done", unit="CAB02")], [("ack-elsewhere", 2)]),
    ([cmd(), ack("executing"), ack("accepted"), ack("done")], [("stage-back", 3)]),
    ([cmd(), ack("done"), ack("failed", 14)], [("final-twice", 3)]),
    ([cmd(), ack("done"), ack("done", 5)], [("final-changed", 3)]),
    ([cmd(), ack("accepted", t=T + 32000), ack("done")], [("tried-late", 2)]),
    ([cmd(), ack("accepted", t=T + 30100), ack("done")], []),  # came in time, answered after
    ([cmd(), ack("expired", 10, t=T + 31000)], []),
    ([cmd(t=T + 30000)], [("sent-late", 1)]),
    ([cmd(), ack("accepted"), carried(state(1), at=T / 1000 + 41)], [("no-final", 0)]),
    ([carried(state(1), 1), carried(data(1)), carried(data(2), 1)], [("retained", 3)]),
    ([carried(cmd(), 1)], [("retained-command", 1)]),
    ([carried(state(1), qos=2)], [("qos-2", 1)]),
    ([carried(cmd(), qos=0), carried(data(1), qos=0)], [("qos-0", 1)]),
    ([cmd(op="fly"), cmd(op="fly", code="01ARZ3NDEKTSV4RRFFQ69G5FAV")], [("unknown-op", 1)]),
    ([cmd(code="17")], [("code-form", 1)]),
    ([cmd(p=126)], [("args", 1)]),
    ([data(1, soc=101), data(2, soc=102)], [("beyond", 1)]),  # told once a point
    ([data(1, soc="x")], [("other-type", 1)]),
    ([data(1).replace("soc", "xAcmeSoc")], [("unknown-point", 1)]),
    ([data(1).replace("soc", "state").replace("50", "77")], [("unknown-value", 1)]),
    ([data(1).replace("SH001", "SH.1")], [("level-form", 1)]),
    ([data(1).replace("\"t\"", "\"pad\": \"" + "x" * 17000 + "\", \"t\"")], [("large", 1)]),
    (["hello", "", data(1)], [("no-message", 1)]),
]


def sequences():
    for lines, wanted in SEQUENCES:
        told, total, code = findings(lines)
        check([(f["finding"], f["line"]) for f in told] == wanted, "found", lines, told)
        broken = [f for f in told if f["severity"] == "broken"]
        check(code == (65 if broken else 0) and total["broken"] == len(broken), "and summed", total)
    return len(SEQUENCES)


def signatures():
    """Each finding, by key and class; and how many were looked at."""
    with tempfile.TemporaryDirectory() as folder:
        files = [str(pathlib.Path(folder) / name) for name in ("ours", "other")]
        public = [ess("key", "new", file).stdout.strip() for file in files]
        unsigned = cmd(op="stop")
        ours = ess("encode", "SH001/CAB01/PCS", "stop", "--type", "CMD", "--sign",
                   files[0]).stdout.strip()
        theirs = ess("encode", "SH001/CAB01/PCS", "stop", "--type", "CMD", "--sign",
                     files[1]).stdout.strip()
        altered = ours.replace('"op":"stop"', '"op":"STOP"')
        packed = ours.split(" ", 1)[0] + " " + gzip.compress(ours.split(" ", 1)[1].encode()).hex()
        moved = ours.replace("SH001", "SH002")
        keys = ["--key", files[0] + ".pub"]
        both = [*keys, "--key", public[1], "--key", public[0]]  # the same twice is one
        none = {"right": 0, "wrong": 0, "unknown": 0, "missing": 0, "unverified": 0}
        for lines, options, names, counts in [
                ([ours, packed], keys, [], {"right": 2}),
                ([ours, theirs], keys, ["signature-key"], {"right": 1, "unknown": 1}),
                ([ours, theirs], both, [], {"right": 2}),
                ([altered], keys, ["signature-wrong"], {"wrong": 1}),
                ([moved], keys, ["signature-wrong"], {"wrong": 1}),
                ([unsigned], keys, ["signature-missing"], {"missing": 1}),
                ([unsigned, ours], [*keys, "--signed-classes", "BC"], [], {"right": 1}),
                ([unsigned], [*keys, "--signed-classes=none"], [], {}),
                ([altered], [*keys, "--signed-classes", "none"], ["signature-wrong"], {"wrong": 1}),
                ([unsigned], ["--signed-classes", "ABC"], ["signature-missing"], {"missing": 1}),
                ([unsigned, ours, theirs], [], [], {"unverified": 2}),
                ([ours.replace('"kid"', '"Kid"')], [], ["signature-form"], {"wrong": 1})]:
            told, total, code = findings(lines, *options)
            told = [f for f in told if "signature" in f["finding"]]
            check([f["finding"] for f in told] == names, "found", lines, options, told)
            check(total["signatures"] == none | counts and code == (65 if names else 0), "counted",
                  options, total)
        text = "\n".join([ours, unsigned])
        done = ess("check", *keys, text=text)
        check("line 2: broken SIG-12: a command of this class needs a signature, and has none "
              "(stop, " in done.stdout, "for people", done)
        check("signatures: 1 right, 0 wrong, 0 of other keys, 1 missing" in done.stdout, "a sum",
              done)
        done = ess("check", *keys, text=text, language="zh")
        check("签名：正确 1 个" in done.stdout and "须有签名" in done.stdout, "in Chinese", done)
        done = ess("check", text=ours)
        check("1 signatures were not verified: no --key was given" in done.stdout, "said", done)
    for options in (["--key", "/nowhere"], ["--signed-classes", "AB"]):
        done = ess("check", *options, text=data(1))
        check(done.returncode in (2, 65) and options[1] in done.stderr and not done.stdout,
              "refused", done)


def majors():
    """Served and known, served and not known, not served."""
    other = data(1).replace("v1/", "v2/")
    for lines, options, names, unread in [
            ([data(1), other], [], [("major-not-served", 2)], 0),
            ([data(1), other, other], ["--majors", "1,2"], [("major-not-known", 2)], 2),
            ([data(1), other], ["--majors", "2"], [("major-not-served", 1),
                                                   ("major-not-known", 2)], 1),
            ([other, other.replace("v2", "v3")], ["--majors=1,3,65535"],
             [("major-not-served", 1), ("major-not-known", 2)], 1),
            ([data(1).replace("v1/", "v0/")], ["--majors", "1,2"], [("refused", 1)], 0)]:
        told, total, _ = findings(lines, *options)
        check([(f["finding"], f["line"]) for f in told] == names, "found", lines, options, told)
        check(total["other_majors"] == unread, "counted", total)
    done = ess("check", text=other)
    check("line 1: broken TOP-11: this major of the protocol is not served: it is refused unread "
          "(v2 ≠ v1)" in done.stdout, "for people", done)
    done = ess("check", "--majors", "1,2", text=other, language="zh")
    check(done.returncode == 0 and "建议 VER-01：" in done.stdout and "未作判断" in done.stdout,
          "in Chinese", done)
    for text in ("0", "65536", "1,", "1;2", "1,2,3,4,5", "99999999999999999999", "", "v1"):
        done = ess("check", f"--majors={text}", text=data(1))
        check(done.returncode == 2 and "--majors" in done.stderr, "no majors", text, done)


def words():
    """What a person reads."""
    text = "\n".join([data(1), data(1, soc=51), "v1/DATA/ess/SH001 {\"t\":-1,\"d\":{}}"])
    done = ess("check", text=text)
    check(done.returncode == 65 and "line 2: broken DLV-02" in done.stdout, "the line", done)
    check("line 3: broken ENV-20 payload byte 5" in done.stdout, "and the byte", done)
    check("3 messages, 2 broken, 0 advice" in done.stdout, "a sum", done)
    done = ess("check", text=text, language="zh")
    check("第 2 行：违反 DLV-02" in done.stdout and "报文 3 条" in done.stdout, "in Chinese", done)
    done = ess("check", "--topic", "v1/STATE/ess/SH001", text=state(1).split(" ", 1)[1])
    check(done.returncode == 0, "a bare payload", done)
    done = ess("check", SOURCE / "spec" / "captures" / "v1.0.txt")
    check(done.returncode == 0 and " 0 broken" in done.stdout, "the traffic of our own", done)
    check(ess("check", "/nowhere").returncode == 65, "no such file")


REPORT = ["--sid", SID, "--n", "5", "--t", str(T)]
HEAD = f'{{"t":{T},"code":"{SID}-5","s":"METRIC","te":"REQ","d":'
# (words, the message)
WRITTEN = [
    (["SH001/CAB01/BMS", "soc=56.30", "state=3", *REPORT],
     "v1/DATA/ess/SH001/CAB01/BMS " + HEAD + '{"soc":56.30,"state":3}}'),
    (["SH001/CAB01/BMS/C1", "cellV=[3287,null]", "--type", "HIST", "--ts", "7", *REPORT],
     f'v1/HIST/ess/SH001/CAB01/BMS {{"t":{T},"ns":"C1","code":"{SID}-5","s":"METRIC","te":"REQ",'
     '"d":{"rows":[{"n":5,"ts":7,"v":{"cellV":[3287,null]}}]}}'),
    (["SH001/EMS", "site=123", "estop=false", *REPORT],  # a text stays a text
     "v1/DATA/ess/SH001/EMS " + HEAD + '{"site":"123","estop":false}}'),
    (["SH001/CAB01/PCS", "socMin=10", "--type", "PARAM", "--rev", "0", *REPORT],
     "v1/PARAM/ess/SH001/CAB01/PCS " + HEAD + '{"socMin":10},"x":{"rev":0}}'),
    (["SH001", "event=gap", "lost=[[1,4]]", "--type", "EVENT", *REPORT],
     "v1/EVENT/ess/SH001 " + HEAD + '{"event":"gap","lost":[[1,4]]}}'),
    (["SH001/CAB01", "--d", "-", *REPORT], "v1/DATA/ess/SH001/CAB01 " + HEAD + '{ "a": 1}}'),
    (["SH001", "on=1", "--type", "STATE", "--sid", SID, "--t", "1"],
     f'v1/STATE/ess/SH001 {{"t":1,"s":"METRIC","d":{{"sid":"{SID}","on":1}}}}'),
    (["SH001", "ok=[[1,5]]", "--type", "RSP", "--sid", SID, "--t", "1"],
     f'v1/RSP/ess/SH001 {{"t":1,"s":"METRIC","te":"RES","d":{{"op":"ack","sid":"{SID}",'
     '"ok":[[1,5]]}}'),
    (["SH001/CAB01/PCS", "power.set", "p=-60.5", "rvt=900", "--type", "CMD", "--code", CODE,
      "--t", "1000", "--ttl", "9", "--by", "op7", "--app", "pv"],
     f'v1/CMD/pv/SH001/CAB01/PCS {{"t":1000,"code":"{CODE}","s":"CMD","te":"REQ","d":{{"op":'
     '"power.set","a":{"p":-60.5,"rvt":900}},"x":{"exp":10000,"by":"op7"}}'),
    (["SH001/CAB01/PCS", "stage=done", "r=0", "--type", "ACK", "--code", CODE, "--t", "1"],
     f'v1/ACK/ess/SH001/CAB01/PCS {{"t":1,"code":"{CODE}","s":"CMD","te":"RES","d":{{"stage":'
     '"done","r":0}}'),
]
# (words, exit code, what is told)
UNWRITTEN = [
    (["SH001/CAB01/BMS", "soc=1e99", *REPORT], 65, "DAT-04"),
    (["SH001/CAB01/BMS", "soc=1", "soc=2", *REPORT], 65, "ENV-"),
    (["SH001/CAB01/BMS", "soc=1"], 2, "--sid SID --n N"),
    (["SH001/CAB01/BMS", "soc", *REPORT], 2, "KEY=VALUE"),
    (["SH.1/CAB01", "soc=1", *REPORT], 65, "TOP-05"),
    (["SH001/a/b/c/d", "soc=1", *REPORT], 2, "SH001/a/b/c/d"),
    (["SH001/CAB01/PCS", "stage=doing", "r=0", "--type", "ACK", "--code", CODE], 65, "CMD-"),
    (["SH001/CAB01/PCS", "stop", "--type", "CMD", "--t", "9", "--exp", "8"], 65, "CMD-22"),
    (["SH001/CAB01/PCS", "--type", "CMD"], 2, "[OPERATION]"),
    (["SH001", "--type", "FOO"], 2, "--type FOO"),
    (["SH001", "--d", "/nowhere", *REPORT], 65, "/nowhere"),
]


def written():
    for words, line in WRITTEN:
        done = ess("encode", *words, text='{\n"a": 1}\n')
        check(done.returncode == 0 and done.stdout == line + "\n", "written", words, done)
        told, total, _ = findings([line])
        check(total["broken"] == 0, "what is written is right", told)
    for words, code, wanted in UNWRITTEN:
        done = ess("encode", *words)
        check(done.returncode == code and wanted in done.stderr and not done.stdout,
              "not written, and why", words, done)
    done = ess("encode", "SH001/CAB01/PCS", "power.set", "p=600", "rvt=9", "--type", "CMD",
               language="zh")
    check(done.returncode == 0 and "设备会拒绝这些参数" in done.stderr, "advised", done)
    code = json.loads(done.stdout.split(" ", 1)[1])["code"]
    check(code[14] == "7" and len(code) == 36, "a UUIDv7 of its own", code)
    done = json.loads(ess("encode", *WRITTEN[0][0], "--json").stdout)
    check(done["payload"]["d"]["soc"] == 56.3 and done["qos"] == 1 and not done["retain"], "JSON",
          done)


COMMAND = ["SH001/CAB01/PCS", "power.set", "p=60", "rvt=900", "--type", "CMD", "--by", "op7"]
LONG = ["SH001/CAB01/BMS/C1", "cellV=[" + ",".join(["3287"] * 200) + "]", *REPORT]


def signed_and_read_back(folder):
    """A signed command as `ess decode` and `ess key check` see it."""
    ours, other = folder / "ours", folder / "other"
    public = ess("key", "new", ours).stdout.strip()
    ess("key", "new", other)
    line = ess("encode", *COMMAND, "--sign", ours).stdout
    payload = line.split(" ", 1)[1].rstrip("\n")
    d = json.loads(payload)
    check(list(d)[-1] == "x" and list(d["x"]) == ["exp", "by", "kid", "sig"], "SIG-01", d)
    done = ess("key", "check", public, "--topic", line.split(" ")[0], text=payload)
    check(done.returncode == 0, "the other way of asking", done)
    spoilt = line.replace('"p":60', '"p":61')
    plain = ess("encode", *COMMAND).stdout
    for text, options, code, wanted, name in [
            (line, ["--key", public], 0, "right (kid ", "right"),
            (line, ["--key", f"{ours}.pub", "--key", f"{other}.pub"], 0, "right (kid ", "right"),
            (line, ["--key", f"{other}.pub"], 1, "of a key that was not given (kid", "unknown"),
            (spoilt, ["--key", public], 1, "WRONG: not this key's", "wrong"),
            (spoilt, [], 0, "not verified, no --key was given", "unverified"),
            (payload, ["--key", public], 0, "not verified, it covers the topic: give --topic",
             "unverified"),
            (line.replace('"sig":', '"sig" :'), ["--key", public], 1, "has not its form: ",
             "wrong"),
            (plain, ["--key", public], 0, "none", "none")]:
        done = ess("decode", *options, text=text)
        check(done.returncode == code and f"signature    {wanted}" in done.stdout, "shown", done)
        done = ess("decode", "--json", *options, text=text)
        told = json.loads(done.stdout)
        check(done.returncode == code and told["signature"] == name, "and as JSON", done)
        check(("kid" in told) == (wanted not in ("none", "has not its form: ")), "its kid", told)
    done = ess("decode", "--key", public, text=line, language="zh")
    check("正确（kid " in done.stdout, "in Chinese", done)
    check("signature" not in ess("decode", text=data(1)).stdout, "others have none")
    (folder / "ours.pub").chmod(0o600)
    for options, code, wanted in [(["--sign", f"{ours}.pub"], 65, "[cli-key]"),
                                  (["--sign", folder / "none"], 65, "[cli-file]"),
                                  (["--sign", ours, "--type", "ACK"], 2, "--type CMD")]:
        done = ess("encode", *COMMAND, *options)
        check(done.returncode == code and wanted in done.stderr and not done.stdout, "not signed",
              done)


def packed_and_read_back():
    """Each method, out of encode into decode and check; and where there is none."""
    plain = ess("encode", *LONG).stdout
    dictionary = json.loads((SOURCE / "spec/dict/dictionaries.json").read_text())[-1]["id"]
    for method, shown in (("gzip", "gzip, "), ("zstd", "zstd, "),
                          (f"zstd:{dictionary}", f"zstd:{dictionary}, ")):
        line = ess("encode", *LONG, "--pack", method).stdout
        topic, digits = line.rstrip("\n").split(" ")
        check(bytes.fromhex(digits)[:2] in (b"\x1f\x8b", b"\x28\xb5"), "packed", line)
        check(len(digits) < len(plain), "and smaller", line)
        done = ess("decode", "--json", text=line)
        check(json.loads(done.stdout)["payload"] == json.loads(plain.split(" ", 1)[1]), "the same",
              done)
        check(shown in ess("decode", text=line).stdout, "said how", line)
        told, total, code = findings([line.rstrip()])
        check(code == 0 and total["messages"] == 1, "right", told)
        done = json.loads(ess("encode", *LONG, "--pack", method, "--json").stdout)
        check(bytes.fromhex(done["payload_hex"]) and "payload" not in done, "JSON", done)
    short = ["SH001/CAB01/BMS", "soc=1", *REPORT]
    receipt_words = ["SH001", "ok=[[1,5]]", "--type", "RSP", "--sid", SID, "--t", "1"]
    done = ess("encode", *receipt_words, "--pack", "gzip")
    check(done.stdout == ess("encode", *receipt_words).stdout and "(ENC-11)" in done.stderr, "left plain",
          done)
    for words, code, wanted in [
            ([*short, "--pack", "lzma"], 2, "--pack lzma"),
            ([*short, "--pack", 'zstd","gzip'], 2, "--pack"),
            ([*short, "--pack", "cols"], 2, "--pack cols"),
            (["SH001", "on=1", "--type", "STATE", "--sid", SID, "--pack", "gzip"], 65, "ENC-03")]:
        done = ess("encode", *words)
        check(done.returncode == code and wanted in done.stderr and not done.stdout, "not packed",
              done)


def main():
    written()
    with tempfile.TemporaryDirectory() as folder:
        signed_and_read_back(pathlib.Path(folder))
    packed_and_read_back()
    count = vectors()
    print(f"{count} vectors and {sequences()} sequences judged as they should be")
    signed_vectors()
    signatures()
    majors()
    words()
    report("test_check")


main()
