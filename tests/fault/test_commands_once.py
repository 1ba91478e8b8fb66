"""Commands under kill -9 of the agent and of the hub: none runs twice, none is called done that was
not, and each ends in a final stage.

Each command asks for a power no other asks for, so the simulator's ledger tells how often it was
written to the equipment.
"""
import concurrent.futures
import json
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "lib"))
from trial import Plant, agrees, check, moment, report, wait_for_history, wait_until  # noqa: E402

FINAL = {"done", "failed", "rejected", "expired", "superseded", "cancelled", "unknown"}
TRIALS = 10


def written(plant, power):
    """How often that set-point was written, by the equipment's own ledger."""
    count = 0
    for line in plant.ledger("SH001").read_text().splitlines():
        entry = json.loads(line)
        if entry["k"] == "write" and entry["v"].get("PCS/pSet") == power:
            count += 1
    return count


def final_state(plant, power):
    """The command's state by the hub, once it is final."""
    answer = plant.try_get("/commands?group=SH001") or {"commands": []}
    states = [c["state"] for c in answer["commands"] if c["a"].get("p") == power]
    return states[0] if states and states[0] in FINAL else None


def send(plant, power):
    plant.run("cmd", "SH001/CAB01/PCS", "power.set", f"p={power}", "rvt=3600", "--ttl", "30",
              "--no-wait")


def trial(plant, dice, power, victim):
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        sent = pool.submit(send, plant, power)
        wait_until(lambda: sent.done() or plant.try_get("/commands?group=SH001"), "the hub")
        moment(dice, 0.25)
        plant.kill(victim)
        sent.result()
    plant.restart(victim)
    known = any(c["a"].get("p") == power
                for c in wait_until(lambda: plant.try_get("/commands?group=SH001"), "the hub")["commands"])
    if not known: # the hub died before it had the command: the sender was told so
        check(written(plant, power) == 0, "a command the hub does not know was not run", power)
        return "never taken"
    state = wait_until(lambda: final_state(plant, power), f"a final stage of p={power}", 60)
    times = written(plant, power)
    check(times <= 1, f"p={power} ({state}) was written at most once", times)
    check(state != "done" or times == 1, f"p={power} is done, so it was written", times)
    return state


def main():
    dice = random.Random(3)
    seen = {}
    with Plant(cabinets=1) as plant:
        plant.start()
        wait_for_history(plant, "SH001", 2)
        for i in range(TRIALS):
            state = trial(plant, dice, 20 + i, dice.choice(("agent-SH001", "hub")))
            seen[state] = seen.get(state, 0) + 1
        wait_until(lambda: plant.online() == {"SH001"}, "the agent online")
        plant.stop_agents()
        for i in range(TRIALS): # also nothing was written late
            check(written(plant, 20 + i) <= 1, "written at most once", 20 + i)
        agrees(plant, killed_agent=True)
    print(f"{TRIALS} commands under kills: {seen}; none written twice")


main()
report("commands once")
