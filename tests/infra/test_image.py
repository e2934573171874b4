"""What the image holds: what the service needs, in the versions that the tests ran with."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PINNED = re.compile(r"^([a-z0-9-]+)==([^ ]+)", re.M)
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
TOOLS = {"pytest", "mypy", "ruff", "schemathesis", "hypothesis", "playwright", "pip-audit",
         "pre-commit", "import-linter", "aiosmtpd", "openapi-python-client"}  # fmt: skip


def lines(name: str) -> dict[str, set[str]]:
    """Each package with its versions: one for each kind of machine."""
    found: dict[str, set[str]] = {}
    for package, version in PINNED.findall((ROOT / name).read_text(encoding="utf-8")):
        found.setdefault(package, set()).add(version)
    return found


def test_the_image_holds_the_tested_versions_and_no_tool_of_the_tests() -> None:
    image, tested = lines("infra/requirements.lock"), lines("requirements.lock")
    assert len(image) > 80
    assert not TOOLS & set(image)
    assert set(tested) >= TOOLS
    for package, versions in image.items():
        if package in tested:  # the others are for machines that the tests do not run on
            assert versions <= tested[package], package
    assert len(image.keys() - tested.keys()) <= 2
    text = (ROOT / "infra/requirements.lock").read_text(encoding="utf-8")
    assert len(HASH.findall(text)) >= len(image)


def test_the_image_is_made_from_that_lock_and_runs_without_rights() -> None:
    image = (ROOT / "infra/Dockerfile").read_text(encoding="utf-8")
    assert "LOCK=infra/requirements.lock make setup" in image
    assert "requirements.lock pyproject.toml" not in image
    assert re.search(r"^USER 10001$", image, re.M)
