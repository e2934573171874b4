"""The list of what is met of OWASP ASVS 5.0 is whole, and each line leads to tests that exist."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.support.figures import tell

ROOT = Path(__file__).parents[2]
LIST = ROOT / "docs" / "security" / "asvs.md"
# Chapter and number of its sections, as the standard was published in May 2025.
SECTIONS = {
    1: 5, 2: 4, 3: 7, 4: 4, 5: 4, 6: 8, 7: 6, 8: 4, 9: 2,
    10: 7, 11: 7, 12: 3, 13: 4, 14: 3, 15: 4, 16: 5, 17: 3,
}  # fmt: skip
SHOWN = {"met", "partly"}
STATES = SHOWN | {"not met", "yours", "does not apply"}
ROW = re.compile(r"^\| (\d+\.\d+) [^|]+ \| ([^|]+) \| (.+) \|$", re.M)
ROWS: list[tuple[str, str, str]] = ROW.findall(LIST.read_text(encoding="utf-8"))


def test_every_section_of_the_standard_has_one_line_in_its_order() -> None:
    wanted = [f"{chapter}.{n}" for chapter, most in SECTIONS.items() for n in range(1, most + 1)]
    assert [number for number, *_ in ROWS] == wanted


@pytest.mark.parametrize(("number", "state", "told"), ROWS, ids=[row[0] for row in ROWS])
def test_a_line_names_tests_that_exist_or_says_what_is_missing(
    number: str, state: str, told: str
) -> None:
    assert state in STATES, number
    named = re.findall(r"`(tests/[\w/]+\.py)`", told)
    for path in named:
        text = (ROOT / path).read_text(encoding="utf-8")
        assert re.search(r"^\s*(async )?def test_", text, re.M), path
    if state in SHOWN:
        assert named, f"{number} says {state} and names no test"
    if state == "partly":
        assert len(re.sub(r"`[^`]*`", "", told)) > 40, f"{number} does not say what is missing"


def test_most_of_the_list_is_met() -> None:
    counts = Counter(state for _, state, _ in ROWS)
    for state, count in counts.items():
        tell(f"sections of ASVS 5.0: {state}", count)
    assert counts["met"] > counts["partly"] + counts["not met"]
