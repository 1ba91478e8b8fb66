"""What the tests of whole programs share: the plant, checks that say what they saw, kill trials."""
import os
import pathlib
import random
import sys
import time

SOURCE = pathlib.Path(os.environ.get("ESS_SOURCE") or pathlib.Path(__file__).parents[2])
sys.path.insert(0, str(SOURCE / "scripts"))

from plant import BINARIES, Plant, PlantError, accepts, free_port, wait_until  # noqa: E402,F401


SCAN_VALUES = 500 # in a scan of all points of the cabinet
SCRIPT_SECONDS = 200 # of the 240 that ctest gives a script; the rest is for stopping the plant
BEGAN = time.monotonic()


class Failed(AssertionError):
    """A check that did not hold."""


def check(holds, what, *seen):
    """Raises with what was expected and what was seen."""
    if not holds:
        raise Failed(f"{what}; saw: {', '.join(map(repr, seen))}")


def time_left():
    """Seconds that a script may still wait for something: how long one step takes is the machine's
    affair, so a wait is bounded by the whole script alone."""
    return max(1.0, BEGAN + SCRIPT_SECONDS - time.monotonic())


def report(name):
    """The line a passed script ends with."""
    print(f"{name}: passed", flush=True)


def heartbeat(plant, group):
    """Samples stored of a point that changes every second."""
    return plant.stored(group).get("CAB01/PCS/hb", 0)


def wait_for_history(plant, group, more, seconds=40):
    """Until so many more heartbeats are in history; the plant is alive from register to store."""
    have = heartbeat(plant, group)
    wait_until(lambda: heartbeat(plant, group) >= have + more,
               f"{more} more heartbeats of {group} in history", seconds)


def moment(dice, longest=1.0):
    """Lets a random part of a scan pass: the kill must be able to fall anywhere in it. Nothing is
    expected to have happened by then."""
    time.sleep(dice.uniform(0, longest))


def agrees(plant, killed_agent=False):
    """The audit's answer, having checked that ledger and history agree. Nothing is excused but,
    where an agent was killed, what it had in hand [TEL-05]."""
    result = plant.audit(*(["--killed"] if killed_agent else []))
    wrong = {k: result[k] for k in ("lost", "duplicated", "altered") if result[k]}
    check(not wrong, "ledger and history agree", result)
    return result


def survive_kills(victims, kills, seed):
    """Kills the named programs one after another at chance moments, then holds the simulators'
    ledgers against the history: nothing lost, doubled or altered."""
    dice = random.Random(seed)
    agents = 0 # of the kills
    with Plant(cabinets=1) as plant:
        plant.start()
        # At work, so that values move and every lost reading would show.
        code, final = plant.command("SH001", "power.set", "p=60", "rvt=3600")
        check(code == 0, "the cabinet takes a power", final)
        wait_for_history(plant, "SH001", 2)
        for _ in range(kills):
            victim = dice.choice(victims)
            agents += victim.startswith("agent-")
            moment(dice, 3.0) # several scans: what was not made durable after each would show
            plant.kill(victim)
            moment(dice, 2.0)
            plant.restart(victim)
            wait_for_history(plant, "SH001", 2)
        plant.stop_agents()
        result = agrees(plant, agents > 0)
        check(result["points_stored"] > 400, "the history holds something", result)
        # The agent syncs within milliseconds of a scan: hardly one kill of all falls in between.
        check(result["in_flight"] <= (SCAN_VALUES if agents else 0), "one scan at most", result)
        print(f"{kills} kills of {', '.join(victims)}: {result['points_sampled']} values sampled, "
              f"{result['points_stored']} stored, 0 lost, 0 doubled, 0 altered, "
              f"{result['in_flight']} in flight at a kill")
