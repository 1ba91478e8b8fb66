"""kill -9 of agent, broker and hub in turn, by chance: the ledger and the history still agree."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "lib"))
from trial import report, survive_kills  # noqa: E402

survive_kills(["agent-SH001", "broker", "hub"], kills=6, seed=2)
report("kill any")
