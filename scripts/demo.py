"""The demo: starts a plant, tells how to look at it, and proves at the end that nothing was lost.

What is printed at the end is counted from the simulators' own ledgers against the hub's history.
"""
import argparse
import json
import os
import signal
import socket
import sys
import time

from plant import BINARIES, Plant, PlantError, wait_until

TEXT = {
    "starting": ("Starting a broker, a hub, 3 cabinets and 3 agents in {0} ...",
                 "正在 {0} 启动消息服务器、云端、3 台储能柜和 3 个代理……"),
    "page": ("Page:      {0}", "网页：     {0}"),
    "login": ("Log in as: {0}   password: {1}", "用户名：   {0}   密码：{1}"),
    "try": ("Three commands to try:", "可以试试这三条命令："),
    "stop": ("Ctrl-C ends everything.", "按 Ctrl-C 全部结束。"),
    "command": ("Cabinet {0}: {1} kW for 15 minutes (+ discharge, - charge) ...",
                "{0} 柜：{1} kW，15 分钟（+ 放电，- 充电）……"),
    "stages": ("  {0}  ({1} ms)  read back: {2}", "  {0}（{1} 毫秒） 回读：{2}"),
    "ending": ("Stopping the agents and comparing ledgers with history ...",
               "正在停止代理，并将台账与历史数据逐一核对……"),
    "result": ("{points_sampled} values sampled, {points_stored} stored; lost {lost}, doubled "
               "{duplicated}, altered {altered}; stored within {report_to_store_ms_p99} ms (p99); sent {bytes_sent} bytes for "
               "{bytes_as_json} of JSON",
               "采样 {points_sampled} 个值，入库 {points_stored} 个；丢失 {lost}，重复 {duplicated}，"
               "改变 {altered}；入库延迟 p99 {report_to_store_ms_p99} 毫秒；"
               "实际传输 {bytes_sent} 字节，折合 JSON {bytes_as_json} 字节"),
    "lost": ("lost", "丢失"),
    "duplicated": ("doubled", "重复"),
    "altered": ("altered", "改变"),
    "differs": ("values {0}: {1}", "{0}的值：{1} 个"),
    "not_done": ("a command ended as {0}", "有命令以 {0} 结束"),
    "slow": ("a command took {0} ms", "有命令用时 {0} 毫秒"),
    "cells": ("{0}: only {1} of 260 cell voltages stored", "{0}：260 个单体电压仅入库 {1} 个"),
    "died": ("ended by itself: {0}", "自行退出：{0}"),
    "bad": ("FAILED: {0}", "失败：{0}"),
}


def chinese():
    chosen = [os.environ.get(n) for n in ("ESS_LANG", "LC_ALL", "LANG")]
    return next((c for c in chosen if c), "").startswith("zh")


def said(key, *values, **named):
    return TEXT[key][1 if said.chinese else 0].format(*values, **named)


def say(key, *values, **named):
    print(said(key, *values, **named), file=sys.stderr, flush=True)


def preferred_port(port):
    """The port that the README names when it is free, else any."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
            return port
        except OSError:
            return None


def introduce(plant):
    words = f"--hub {plant.hub_url} --token-file {plant.token_file}"
    tool = os.path.relpath(BINARIES / "ess")
    say("page", plant.hub_url)
    say("login", plant.user, plant.password)
    say("try")
    print(f"  {tool} watch {words}\n"
          f"  {tool} get values SH001 {words}\n"
          f"  {tool} cmd SH002/CAB01/PCS power.set p=-40 rvt=600 {words}", file=sys.stderr)
    say("stop")


def send_commands(plant):
    """Sets every cabinet to work; returns the final object of each command."""
    ended = []
    for group, power in zip(reversed(plant.groups), (-45, 30, 60)):
        say("command", group, power)
        _, final = plant.command(group, "power.set", f"p={power}", "rvt=900")
        stages = " > ".join(s["stage"] for s in final["stages"])
        say("stages", stages, final["command_ms"], json.dumps(final["read_back"]))
        ended.append(final)
    return ended


def failures(report, commands):
    """Everything that is wrong with this run, in words."""
    wrong = [said("differs", said(key), report[key])
             for key in ("lost", "duplicated", "altered") if report[key]]
    wrong += [said("not_done", c["state"]) for c in commands
              if c["state"] != "done" or not c["read_back"]]
    wrong += [said("slow", c["command_ms"]) for c in commands if c["command_ms"] >= 1000]
    wrong += [said("cells", group, cells)
              for group, cells in report["cells_per_cabinet"].items() if cells != 260]
    return wrong


def finish(plant, commands):
    """Holds the ledgers against the history. Of the commands the slowest is told."""
    say("ending")
    plant.stop_agents()
    report = plant.audit()
    command = max(commands, key=lambda c: c["command_ms"])
    report |= {"cabinets": len(plant.groups), "command_ms": command["command_ms"],
               "command_stages": [s["stage"] for s in command["stages"]],
               "command_read_back": command["read_back"]}
    stats = plant.get("/stats")
    report |= {"bytes_sent": stats["bytes"], "bytes_as_json": stats["json_bytes"]}
    return report


def run(plant, options):
    say("starting", plant.dir)
    plant.start()
    introduce(plant)
    began = time.monotonic()
    wait_until(lambda: len(plant.stored("SH001")) > 50, "the first reports in history")
    commands = send_commands(plant)
    try:
        while options.seconds is None or time.monotonic() - began < options.seconds:
            time.sleep(0.2)
            dead = [p.name for p in plant.programs.values() if not p.alive()]
            if dead:
                raise PlantError(said("died", ", ".join(dead)))
    except KeyboardInterrupt:
        pass
    return finish(plant, commands), commands


def main():
    parser = argparse.ArgumentParser(prog="scripts/demo.sh")
    parser.add_argument("--seconds", type=float, help="end by itself after so long")
    parser.add_argument("--json", action="store_true", help="last line: one JSON object")
    parser.add_argument("--lang", choices=("en", "zh"), help="default: from LANG")
    parser.add_argument("--dir", help="keep all files in this directory")
    options = parser.parse_args()
    said.chinese = options.lang == "zh" if options.lang else chinese()
    for end in (signal.SIGTERM, signal.SIGHUP): # as Ctrl-C
        signal.signal(end, signal.default_int_handler)
    try:
        with Plant(cabinets=3, directory=options.dir, http_port=preferred_port(8480)) as plant:
            report, commands = run(plant, options)
    except KeyboardInterrupt:
        return 130
    except PlantError as error:
        say("bad", error)
        return 1
    wrong = failures(report, commands)
    say("result", **report)
    for what in wrong:
        say("bad", what)
    if options.json:
        print(json.dumps(report))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
