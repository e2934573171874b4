"""An audit that could not ask is no pass."""

from __future__ import annotations

import pytest

from infra.audit import LOCK, NOT_ASKED, verdict

FOUND = "Found 1 known vulnerability in 1 package\nName Version ID\nx 1.0 PYSEC-2026-1 1.1"


def test_a_clean_answer_is_a_pass_and_a_finding_is_not() -> None:
    assert verdict(0, "No known vulnerabilities found")[0] == 0
    assert verdict(1, FOUND)[0] == 1


@pytest.mark.parametrize(
    "output",
    [
        "ERROR:pip_audit._cli:x: Dependency not found on PyPI and could not be audited: x (1.0)",
        "ERROR:pip_audit._cli:Could not connect to the vulnerability feed",
        "",
    ],
)
def test_what_could_not_be_asked_is_said_as_such(output: str) -> None:
    code, sentence = verdict(1, output)
    assert code == 2
    assert sentence.startswith(NOT_ASKED)


def test_the_whole_lock_is_asked_about() -> None:
    lines = LOCK.read_text(encoding="utf-8").splitlines()
    assert sum("==" in line for line in lines) > 100
    assert LOCK.name == "requirements.lock"
