"""Fails the test that lets anything of a made-up person into a log line, an address or a metric.

On for every test. Each log record of the process is written as the product would write it
(`services.runtime.logs`), and each address that a client asks for is read as it stands; log files
that processes of their own leave behind are read when the session ends. What is looked for are the
names, phones, emails and notes that the tests and the made-up community use.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote_plus

import pytest
import structlog
from prometheus_client import REGISTRY, generate_latest

from services.cli.community import PEOPLE
from services.runtime.logs import name_the_error
from services.runtime.security.redaction import redact

LARGEST_FILE = 50_000_000
# What tests call their people, beside the made-up community.
TEST_PEOPLE = (
    "Quintessa",
    "Marblethwait",
    "zebrafinch",
    "plumtree",
    "wombatical",
    "Larkspurrow",
    "Ottoline Fernsby",
    "Barnaby Quill",
)
# A test that logs a person's value to show that it is caught, or asks an address on purpose.
ON_PURPOSE = "tells_on_purpose"
# A test that makes its addresses up: hypothesis draws from the constants of our own source, so a
# made-up person's number comes up by itself. What the product logs about them is still read.
MADE_UP = "makes_up_addresses"


def personal_values() -> frozenset[str]:
    """In lower case: how `found_in` looks."""
    return frozenset(name.lower() for name in (*TEST_PEOPLE, *(one.name for one in PEOPLE)))


def digits(phone: str) -> str:
    """The part of a number that is the same in every way to write it."""
    return re.sub(r"\D", "", phone)[-10:]


VALUES = personal_values()
# A number of the community is one only where no other digit stands beside it.
PHONES = re.compile(
    rf"(?<!\d)(?:(?:\+|00)?44|0)?(?:{'|'.join(digits(one.phone) for one in PEOPLE)})(?!\d)"
)
# Ofcom's drama numbers, 07700 900000 to 900999, as written with or without spaces and +44.
DRAMA_PHONE = re.compile(r"(?<!\d)(?:\+?44|0)[\s\-()]{0,2}7700[\s\-]?900[\s\-]?\d{3}(?!\d)")


def found_in(text: str) -> str | None:
    """The first personal value in a text; None when there is none."""
    lowered = unquote_plus(text).lower()
    for value in VALUES:
        if value in lowered:
            return value
    phone = DRAMA_PHONE.search(lowered) or PHONES.search(lowered)
    return phone[0] if phone else None


class Scanner(logging.Handler):
    """Reads each record as the product writes it, and the addresses that clients ask for."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.leaks: list[str] = []
        self.read = 0
        self.reads_addresses = True
        self.setFormatter(
            structlog.stdlib.ProcessorFormatter(
                foreign_pre_chain=[structlog.processors.add_log_level, name_the_error, redact],
                processor=structlog.processors.JSONRenderer(),
            )
        )

    def emit(self, record: logging.LogRecord) -> None:
        if record.name == "httpx" and not self.reads_addresses:
            return
        try:
            # An address is read as it is: redaction does not reach a proxy's log.
            line = record.getMessage() if record.name == "httpx" else self.format(record)
        except Exception:
            return
        self.read += 1
        value = found_in(line)
        if value is not None:
            self.leaks.append(f"{record.name} ({record.levelname}) tells {value!r}: {line[:300]}")

    def take(self) -> list[str]:
        found, self.leaks = self.leaks, []
        return found


SCANNER = Scanner()


def in_metrics() -> Iterator[str]:
    for line in generate_latest(REGISTRY).decode().splitlines():
        value = found_in(line)
        if value is not None:
            yield f"a metric tells {value!r}: {line[:200]}"


def in_files(folders: Iterable[Path]) -> Iterator[str]:
    """Log files of processes that tests started."""
    for folder in folders:
        for path in sorted(folder.rglob("*.log")):
            if not path.is_file() or path.stat().st_size > LARGEST_FILE:
                continue
            for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
                value = found_in(line)
                if value is not None:
                    yield f"{path.name}:{number} tells {value!r}: {line[:300]}"


@pytest.fixture(autouse=True)
def nothing_personal_is_logged(request: pytest.FixtureRequest) -> Iterator[None]:
    """Also what other threads log while a test runs is held against it."""
    root, httpx = logging.getLogger(), logging.getLogger("httpx")
    before = httpx.level
    for logger in (root, httpx):
        if SCANNER not in logger.handlers:
            logger.addHandler(SCANNER)
    httpx.setLevel(logging.INFO)
    httpx.propagate = False
    SCANNER.take()
    SCANNER.reads_addresses = request.node.get_closest_marker(MADE_UP) is None
    yield
    httpx.setLevel(before)
    leaks = SCANNER.take()
    if request.node.get_closest_marker(ON_PURPOSE) is None and leaks:
        pytest.fail("personal data was logged:\n" + "\n".join(leaks), pytrace=False)


@pytest.fixture(autouse=True, scope="session")
def nothing_personal_is_left_behind(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[None]:
    yield
    leaks = [*in_metrics(), *in_files([tmp_path_factory.getbasetemp()])]
    if leaks:
        pytest.fail("personal data was left behind:\n" + "\n".join(leaks), pytrace=False)
