"""No secret is in the tree: keys, tokens of ours or of providers, passwords in addresses."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECRETS = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\n[A-Za-z0-9+/]{40}"),
    "a token of ours": re.compile(r"\b(?:nv|own)_[A-Za-z0-9_-]{43}\b"),
    "a Twilio account": re.compile(r"\bAC[0-9a-f]{32}\b"),
    "a cloud access key": re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    "a code host's token": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36}\b"),
    "a key ring": re.compile(r'"index_key": ?"[A-Za-z0-9+/]{43}="'),
}
# Made-up accounts of the tests and the stand-in: every digit group repeats.
MADE_UP = re.compile(r"AC(?:([0-9a-f]{1,8})\1+[0-9a-f]*|0{20,}[0-9a-f]*)$")


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False
    ).stdout
    return [ROOT / name for name in listed.decode().split("\0") if name]


def secrets_in(text: str) -> list[str]:
    return [
        kind
        for kind, pattern in SECRETS.items()
        for found in pattern.finditer(text)
        if not MADE_UP.match(found.group())
    ]


def test_no_file_of_the_tree_holds_a_secret() -> None:
    files = tracked()
    if not files:
        pytest.skip("not a git checkout: nothing tells which files belong to the tree")
    found = []
    for path in files:
        try:
            text = path.read_text()
        except (UnicodeDecodeError, FileNotFoundError):
            continue
        found += [f"{path.relative_to(ROOT)}: {kind}" for kind in secrets_in(text)]
    assert found == []


def test_the_scan_knows_a_secret_when_it_sees_one() -> None:
    assert secrets_in("nv_" + "aB3-" * 10 + "xyz") == ["a token of ours"]
    assert secrets_in("AC" + "0123456789abcdef0123456789abcde7") == ["a Twilio account"]
    assert secrets_in("AC" + "0" * 32) == []
