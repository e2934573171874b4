"""What the security tests tried, counted in one run of them, into docs/security/figures.md.

    make figures                  inputs, requests, routes and roles
    make figures FAULTS=yes       kills as well: at every step, and of Kafka and PostgreSQL; minutes

The tests fail at the first server error and the first leak, so those are nought where they pass.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
WRITTEN = ROOT / "docs/security/figures.md"
TESTS = (
    "tests/security/test_api_fuzzed.py",
    "tests/security/test_roles_fuzzed.py",
    "tests/security/test_parsers.py",
    "tests/security/test_log_scan.py",
    "tests/security/test_asvs.py",
    "tests/runtime/security",
)
FAULTS = ("tests/scenario/test_killed_at_any_step.py", "tests/scenario/test_faults.py")
FIGURE = re.compile(r"^figure: (\d+) (.+)$", re.M)
EXAMPLES = re.compile(r"(\d+) passing, (\d+) failing, and (\d+) invalid test cases")
NOUGHT = "server errors, leaks of a made-up person (a test fails at the first)"
HEAD = """# What the security tests tried

Written by `make figures FAULTS=yes`, which runs the tests named in `infra/security_figures.py`.

| count | what |
|---:|---|
"""

Figures = list[tuple[str, int]]


def gathered(output: str) -> Figures:
    """The figures that a run of the tests printed, in the order they came."""
    found: Counter[str] = Counter()
    for count, what in FIGURE.findall(output):
        found[what] += int(count)
    tried = sum(sum(map(int, counts)) for counts in EXAMPLES.findall(output))
    made_up = [("inputs made up for parsers and rules by hypothesis", tried)] if tried else []
    return [*found.items(), *made_up]


def table(figures: Figures) -> str:
    return HEAD + "".join(f"| {count:,} | {what} |\n" for what, count in figures)


def run(tests: tuple[str, ...], *more: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "pytest", "-n", "0", "-s", "-q", "--no-header",
               "--hypothesis-show-statistics", "--hypothesis-profile=thorough",
               "--show-capture=no", "-W", "ignore", *more, *tests]  # fmt: skip
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    return ran.returncode, ran.stdout + ran.stderr


def main(arguments: list[str]) -> int:
    with_faults = "--faults" in arguments
    figures: Figures = []
    # The storm of kills is left out of the usual run by its mark.
    for tests, more in [(TESTS, ()), *([(FAULTS, ("-m", "storm or not storm"))] * with_faults)]:
        code, output = run(tests, *more)
        if code != 0:
            print(output[-4000:])
            return code
        figures += gathered(output)
    figures.append((NOUGHT, 0))
    for what, count in figures:
        print(f"{count:>9,}  {what}")
    if with_faults:
        WRITTEN.write_text(table(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
