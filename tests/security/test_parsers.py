"""Whatever comes in from outside is read, or refused in the parser's own words: nothing else."""

from __future__ import annotations

import json
import tempfile
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.envelope import MalformedEvent, parse_event, parse_payload
from schemas.events import TYPES
from services.matching import census_file
from services.notifications.providers.twilio_webhooks import (
    UnreadableWebhookError,
    read_inbound,
    read_status,
)
from services.runtime.addresses import AddressError, parse_email, parse_phone
from services.runtime.retention import ScheduleError, read_schedule
from services.runtime.security.master_keys import LocalMasterKeys
from services.runtime.security.sealing import Sealer, SealError
from tests.support.log_scan import found_in

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
UNTIMED = settings(deadline=None)
SECRET = "Quintessa Marblethwaite 07700 900123"
ENVELOPE: dict[str, Any] = {
    "specversion": "1.0",
    "id": "0193b0c0-0000-7000-8000-0000000000aa",
    "source": "newvoices/outreach",
    "type": "org.newvoices.participant.erased.v1",
    "subject": "0193b0c0-0000-7000-8000-0000000000bb",
    "time": "2026-11-24T10:00:00Z",
    "data": {"participant_id": "0193b0c0-0000-7000-8000-0000000000bb"},
}


def decode(raw: str | bytes) -> None:
    try:
        parse_payload(parse_event(raw), TYPES)
    except MalformedEvent as refused:
        assert found_in(str(refused)) is None, "the refusal tells what was in the event"


@UNTIMED
@given(st.binary() | st.text())
@example(b"\xff\xfe")
@example("[" * 100_000)
@example(b'{"data": 1e999}')
def test_any_bytes_are_an_event_or_a_malformed_one(raw: str | bytes) -> None:
    decode(raw)


@UNTIMED
@given(st.dictionaries(st.sampled_from(sorted(ENVELOPE)), JSON_VALUES), JSON_VALUES)
def test_an_event_with_any_field_of_any_kind_is_read_or_refused(
    changes: dict[str, Any], extra: Any
) -> None:
    decode(json.dumps({**ENVELOPE, **changes, "later_field": extra}))


@UNTIMED
@given(st.sampled_from(sorted(TYPES)), st.dictionaries(st.text(), JSON_VALUES, max_size=5))
def test_a_known_kind_with_any_content_is_read_or_refused_and_never_quoted(
    kind: str, data: dict[str, Any]
) -> None:
    decode(json.dumps({**ENVELOPE, "type": kind, "data": {**data, "participant_id": SECRET}}))


FIELDS = ("MessageSid", "From", "To", "Body", "NumMedia", "OptOutType", "MessageStatus")


@UNTIMED
@given(
    st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=20), st.text(max_size=200)),
    st.booleans(),
)
def test_any_webhook_form_is_read_or_refused(fields: dict[str, str], with_all: bool) -> None:
    if with_all:
        fields = {
            "MessageSid": f"SM{'0' * 32}",
            "From": "+447700900123",
            "To": "+441632960000",
            "Body": SECRET,
            "MessageStatus": "sent",
            **fields,
        }
    for read in (read_inbound, partial(read_status, reference=None)):
        try:
            read(fields)
        except UnreadableWebhookError as refused:
            assert found_in(str(refused)) is None


HEADERS = ("area_code,area_name,age,count", "Lower tier local authorities,Observation", "")


@UNTIMED
@given(
    st.sampled_from(HEADERS),
    st.lists(st.lists(st.text(max_size=12), max_size=6), max_size=6),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"]),
)
def test_any_file_of_figures_is_read_or_refused(
    header: str, rows: list[list[str]], mark: str, encoding: str
) -> None:
    text = "\n".join([header, *(mark.join(row) for row in rows)])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "figures.csv"
        path.write_bytes(text.encode(encoding, errors="replace"))
        try:
            census_file.read(path)
        except census_file.ProfileError as refused:
            assert str(refused)


REAL = Path(census_file.__file__).parent / "data"


@UNTIMED
@given(st.data())
def test_a_real_file_of_figures_with_any_bytes_changed_is_read_or_refused(data: Any) -> None:
    source = data.draw(st.sampled_from(sorted(REAL.glob("*.csv"))))
    content = bytearray(source.read_bytes()[:4000])
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / source.name
        path.write_bytes(bytes(content))
        try:
            census_file.read(path)
        except census_file.ProfileError as refused:
            assert str(refused)


@UNTIMED
@given(st.text(max_size=300))
def test_any_address_is_read_or_refused(text: str) -> None:
    for read in (parse_phone, parse_email):
        try:
            read(text)
        except AddressError as error:
            assert error.reason


@UNTIMED
@given(st.text(max_size=300))
def test_any_schedule_is_read_or_refused(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "schedule.toml"
        path.write_bytes(text.encode("utf-8", errors="surrogatepass"))
        try:
            read_schedule(path)
        except ScheduleError as refused:
            assert str(refused)


@UNTIMED
@given(st.text(max_size=300))
def test_any_text_is_a_sealed_value_or_refused(text: str) -> None:
    ring = LocalMasterKeys.fresh()
    sealer = Sealer(ring, ring.index_key)
    for envelope in (text, f"nv1.{text}", f"nv1.k1.{text}.{text}.{text}"):
        try:
            sealer.open(UUID(int=1), "name", envelope)
        except SealError as refused:
            assert text == "" or len(text) < 3 or text not in str(refused)
