"""kill -9 of the agent at any moment: the ledger and the history still agree to the last value."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "lib"))
from trial import report, survive_kills  # noqa: E402

survive_kills(["agent-SH001"], kills=4, seed=1)
report("kill agent")
