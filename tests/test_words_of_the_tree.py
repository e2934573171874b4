from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]

# Where the phrases are named in order to be caught.
NAMED_TO_BE_CAUGHT = re.compile(
    r"^(schemas/wording|tests/schemas/test_wording|tests/notifications/test_.*"
    r"|tests/outreach/test_.*|tests/test_words_of_the_tree)"
)
NEVER = (
    re.compile(r"hard(er|est)?[\s_-]*to[\s_-]*reach", re.IGNORECASE),
    re.compile(r"\busual[\s_-]suspects?\b", re.IGNORECASE),
    re.compile(r"\bvulnerable[\s_-](group|people|communit)", re.IGNORECASE),
)


def files() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("this is no git checkout")
    return [name for name in listed.stdout.splitlines() if not NAMED_TO_BE_CAUGHT.match(name)]


def test_nobody_is_given_a_name_that_puts_the_difficulty_on_them() -> None:
    found = []
    for name in files():
        path = TOP / name
        if path.suffix in {".png", ".pdf", ".ico", ".mo"} or not path.is_file():
            continue
        text = path.read_text(errors="replace")
        found += [f"{name}: {pattern.pattern}" for pattern in NEVER if pattern.search(text)]
    assert found == []
