"""The tests of what must never happen, tried on code that does it: each must notice.

The services with one rule broken run the tests in a process of their own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.mutant import FILES

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
    files = {}
    for file, before, after in changes:
        code = (ROOT / HERE / file).read_text()
        assert before in code, f"{file} has changed: adapt this mutant"
        changed = tmp_path / file
        changed.write_text(code.replace(before, after))
        files[f"services.notifications.{changed.stem}"] = str(changed)
    command = [sys.executable, "-m", "pytest", "-x", "-n0", "-W", "ignore", "-p", "no:schemathesis"]
    command += ["-p", "tests.support.mutant", "-o", f"cache_dir={tmp_path / 'cache'}"]
    command += ["tests/notifications/test_journey.py", "-k", test]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, FILES: json.dumps(files)},
        capture_output=True,
        text=True,
        timeout=150,
    )
    assert done.returncode == 1, done.stdout[-2000:] + done.stderr[-2000:]
    assert f"::{test}" in done.stdout
