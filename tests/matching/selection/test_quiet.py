from __future__ import annotations

import subprocess
import sys

SOLVE = """
import numpy as np
from services.matching.selection.solver import Entries, Model
one = np.ones(1)
entries = Entries()
entries.block(0, 0, np.ones((1, 1)))
model = Model(
    entries, costs=one, lower=0 * one, upper=one, row_lower=0 * one, row_upper=one, maximise=True
)
assert model.solve()
"""


def test_the_solver_prints_nothing() -> None:
    done = subprocess.run([sys.executable, "-c", SOLVE], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")
