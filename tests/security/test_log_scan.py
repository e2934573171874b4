"""The scan that stands over the whole suite finds what it should: a leak fails the test."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from services.cli.community import PEOPLE
from tests.support.log_scan import SCANNER, digits, found_in, in_files, in_metrics

PERSON = PEOPLE[0]


@pytest.mark.parametrize(
    "line",
    [
        f"registered {PERSON.name}",
        PERSON.name.upper(),
        f"/outreach/people?q={PERSON.name.replace(' ', '+')}",
        f"/outreach/people?q={PERSON.name.replace(' ', '%20')}",
        "sent to 07700 900123",
        "sent to +447700900123",
        f"sent to 0{digits(PERSON.phone)}",
        "Marblethwaite, Quintessa",
    ],
)
def test_a_personal_value_is_found_however_it_is_written(line: str) -> None:
    assert found_in(line) is not None


@pytest.mark.parametrize(
    "line", ["participant 0193b0c0-0000-7000-8000-0000000000bb", "E08000003", "", "07700900", "{}"]
)
def test_ids_and_codes_are_not(line: str) -> None:
    assert found_in(line) is None


def test_a_longer_run_of_digits_that_holds_a_number_is_none() -> None:
    assert found_in(f"/x?n=1{digits(PERSON.phone)}7") is None
    assert found_in(f"/x?n=0044{digits(PERSON.phone)}") is not None


@pytest.mark.makes_up_addresses
@pytest.mark.tells_on_purpose
def test_an_address_that_a_generator_made_up_is_no_leak_and_what_is_logged_about_it_is() -> None:
    logging.getLogger("httpx").info("HTTP Request: GET http://localhost/x?q=%s", PERSON.name)
    assert SCANNER.take() == []
    logging.getLogger("anything").error("nothing at %s", PERSON.name)
    assert len(SCANNER.take()) == 1


@pytest.mark.tells_on_purpose
def test_a_name_in_a_log_line_is_a_leak_and_a_redacted_phone_is_none() -> None:
    logging.getLogger("anything").error("no place for %s", PERSON.name)
    (leak,) = SCANNER.take()
    assert "anything" in leak
    logging.getLogger("anything").error("no place for %s", PERSON.phone)
    assert SCANNER.take() == []


@pytest.mark.tells_on_purpose
def test_an_address_that_holds_a_phone_is_a_leak_though_the_log_would_blank_it() -> None:
    logging.getLogger("httpx").info("HTTP Request: GET http://localhost/x?q=07700900123")
    assert len(SCANNER.take()) == 1


def test_a_log_file_of_another_process_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "data" / "processes.log"
    path.parent.mkdir()
    path.write_text("started\n")
    assert list(in_files([tmp_path])) == []
    path.write_text(f"started\nfailed for {PERSON.name}\n")
    (leak,) = in_files([tmp_path])
    assert "processes.log:2" in leak
    path.unlink()
    assert list(in_metrics()) == []
