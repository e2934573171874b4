"""Known vulnerabilities in the locked dependencies, as the Python advisory service knows them.

    make audit        0: asked, and nothing is known; 1: something is known; 2: could not ask

Not being able to ask is never a pass: it is said as such and has a code of its own. Run it where
the network allows it, each week and before a release.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).parents[1] / "requirements.lock"
COMMAND = ("-m", "pip_audit", "--strict", "--progress-spinner", "off", "--timeout", "15",
           "--disable-pip", "--require-hashes", "-r")  # fmt: skip
FOUND = re.compile(r"^Found \d+ known vulnerabilit", re.M)
NOT_ASKED = "NOT CHECKED: the advisory service could not be asked about every dependency."


def verdict(code: int, output: str) -> tuple[int, str]:
    """What a run of pip-audit amounts to: our exit code and one sentence."""
    if code == 0:
        return 0, "Asked about every locked dependency: no vulnerability is known."
    if FOUND.search(output):
        return 1, "Vulnerabilities are known: see above, update, and make lock."
    return 2, f"{NOT_ASKED} Nothing is known about them; run it where the network allows it."


def main() -> int:
    ran = subprocess.run(  # noqa: S603 - our own interpreter and a fixed command
        [sys.executable, *COMMAND, str(LOCK)], capture_output=True, text=True, check=False
    )
    output = f"{ran.stderr}{ran.stdout}".strip()
    code, sentence = verdict(ran.returncode, output)
    print(output)
    print(sentence)
    return code


if __name__ == "__main__":
    sys.exit(main())
