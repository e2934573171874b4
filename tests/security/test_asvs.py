"""The list of what is met of OWASP ASVS 5.0 is whole, and each line leads to a test that exists."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

from infra.asvs import DATA, LEVELS, PAGE, ROOT, STATES, Line, chapters, page, wanted
from tests.support.figures import tell

LINES: list[Line] = [line for chapter in chapters() for line in chapter.lines]


@cache
def names_in(path: str) -> frozenset[str]:
    text = (ROOT / path).read_text(encoding="utf-8")
    return frozenset(re.findall(r"^\s*(?:async )?def (test_\w+)", text, re.M))


def test_the_standard_is_counted_as_it_was_published() -> None:
    levels = Counter("".join(LEVELS.values()))
    assert levels == {"1": 70, "2": 183, "3": 92}
    assert len({section.partition(".")[0] for section in LEVELS}) == 17


def test_every_requirement_of_levels_1_and_2_has_one_line_in_its_order() -> None:
    assert [line.id for line in LINES] == list(wanted())
    assert [line.level for line in LINES] == list(wanted().values())
    for chapter in chapters():
        assert {line.id.partition(".")[0] for line in chapter.lines} == {str(chapter.number)}


def test_every_line_names_tests_or_documents_that_exist() -> None:
    for line in LINES:
        assert line.state in STATES, line.id
        for shown in line.shown:
            path, _, test = shown.partition("::")
            assert (ROOT / path).is_file(), f"{line.id}: {path}"
            if path.startswith("tests/"):
                assert test in names_in(path), f"{line.id}: {shown}"


def test_what_is_met_is_shown_and_what_is_not_says_why() -> None:
    for line in LINES:
        if line.state == "met":
            assert line.shown, f"{line.id} is met, and nothing shows it"
        if line.state in ("partly", "not met", "does not apply"):
            assert line.says or line.state == "not met", f"{line.id} does not say why"


def test_no_line_is_the_standards_own_sentence() -> None:
    for line in LINES:
        assert not line.asks.startswith("Verify"), line.id
        assert len(line.asks) < 90, line.id


def test_the_document_is_the_one_that_the_data_makes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(chapters()), "run python -m infra.asvs"
    assert len(list(DATA.glob("*.toml"))) == 17


def test_most_of_the_list_is_met() -> None:
    counts = Counter(line.state for line in LINES)
    for state in STATES:
        tell(f"requirements of ASVS 5.0, levels 1 and 2: {state}", counts[state])
    assert counts["met"] > counts["partly"] + counts["not met"] + counts["yours"]
