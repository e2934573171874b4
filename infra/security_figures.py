"""What the security tests tried, counted in one run of them.

    make figures                  inputs, requests, routes and roles
    make figures FAULTS=yes       kills at every step as well: Kafka, PostgreSQL, minutes

The tests fail at the first server error and the first leak, so those are nought where they pass.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
TESTS = (
    "tests/security/test_api_fuzzed.py",
    "tests/security/test_roles_fuzzed.py",
    "tests/security/test_parsers.py",
    "tests/security/test_log_scan.py",
    "tests/security/test_asvs.py",
    "tests/runtime/security",
)
FAULTS = ("tests/scenario/test_killed_at_any_step.py",)
FIGURE = re.compile(r"^figure: (\d+) (.+)$", re.M)
EXAMPLES = re.compile(r"(\d+) passing, (\d+) failing, and (\d+) invalid test cases")


def gathered(output: str) -> list[tuple[str, int]]:
    """The figures that a run of the tests printed, in the order they came."""
    found: Counter[str] = Counter()
    for count, what in FIGURE.findall(output):
        found[what] += int(count)
    tried = sum(sum(map(int, counts)) for counts in EXAMPLES.findall(output))
    return [*found.items(), ("inputs made up for parsers and rules by hypothesis", tried)]


def run(tests: tuple[str, ...]) -> tuple[int, str]:
    command = [sys.executable, "-m", "pytest", "-n", "0", "-s", "-q", "--no-header",
               "--hypothesis-show-statistics", "--hypothesis-profile=thorough",
               "-W", "ignore", *tests]  # fmt: skip
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    return ran.returncode, ran.stdout + ran.stderr


def main(arguments: list[str]) -> int:
    code, output = run(TESTS)
    if code != 0:
        print(output[-4000:])
        return code
    for what, count in gathered(output):
        print(f"{count:>9,}  {what}")
    print(f"{0:>9}  server errors, leaks of a made-up person (a test fails at the first)")
    if "--faults" in arguments:
        code, output = run(FAULTS)
        passed = re.search(r"(\d+) passed", output)
        print(
            f"{passed[1] if passed else 0:>9}  places of a kill survived, everything counted after"
        )
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
