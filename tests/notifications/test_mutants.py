"""The tests of what must never happen, tried on code that does it: each must notice.

A copy of the services with one rule broken runs the tests in a process of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HERE = Path("services/notifications")

# What is broken, by file: (what stands there, what is put in its place).
Change = tuple[str, str, str]
MUTANTS: dict[str, tuple[tuple[Change, ...], str]] = {
    "sent before it is marked": (
        (
            ("claiming.py", 'message.state, message.reason = "sending", ""', 'message.reason = ""'),
            (
                "settling.py",
                'message.state != "sending"',
                'message.state not in ("queued", "sending")',
            ),
        ),
        "test_a_message_the_provider_took_without_saying_so_is_found_and_not_sent_again",
    ),
    "sent again without asking the provider": (
        (("claiming.py", "looking=True", "looking=False"),),
        "test_a_message_the_provider_took_without_saying_so_is_found_and_not_sent_again",
    ),
    "STOP not looked at before sending": (
        (("claiming.py", "if message.kind not in ANSWERS_TO_A_TEXT and not", "if False and not"),),
        "test_stop_while_a_text_is_on_its_way_ends_its_further_tries",
    ),
    "STOP leaves what is queued": (
        (
            ("consent.py", "store.cancel_queued(", "(lambda *_: None)("),
            ("claiming.py", "if message.kind not in ANSWERS_TO_A_TEXT and not", "if False and not"),
        ),
        "test_stop_withdraws_consent_and_cancels_what_is_queued",
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_tests_notice(name: str, tmp_path: Path) -> None:
    changes, test = MUTANTS[name]
    for folder in ("services", "schemas", "tests"):
        # With their times, so that what is compiled already counts for all but the changed file.
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for file, before, after in changes:
        path = tmp_path / HERE / file
        code = path.read_text()
        assert before in code, f"{file} has changed: adapt this mutant"
        path.write_text(code.replace(before, after))
    command = [sys.executable, "-m", "pytest", "-x", "-n0", "-W", "ignore", "-p", "no:schemathesis"]
    command += ["tests/notifications/test_journey.py", "-k", test]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=150
    )
    assert done.returncode == 1, done.stdout[-2000:]
    assert f"::{test}" in done.stdout
