from __future__ import annotations

import copy
import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.compatibility import breaks
from schemas.documents import FOLDER, asyncapi, differences_on_disk, documents, schema_of
from schemas.envelope import Event, MalformedEvent, UnknownEvent, parse_event, parse_payload
from schemas.events import ALL, TYPES, ContactLogged, ParticipantRegistered
from tests.support.sample import START, closed

OLD: dict[str, Any] = schema_of(ParticipantRegistered)


def changed(**properties: dict[str, Any]) -> dict[str, Any]:
    new = copy.deepcopy(OLD)
    new["properties"] |= properties
    return new


def test_a_schema_reads_what_it_wrote_itself() -> None:
    for payload in ALL:
        assert breaks(schema_of(payload), schema_of(payload)) == []


def test_a_new_optional_field_breaks_nothing() -> None:
    assert breaks(OLD, changed(pronoun={"type": "string", "default": ""})) == []


def test_a_removed_field_breaks_nothing() -> None:
    new = copy.deepcopy(OLD)
    del new["properties"]["language"]
    assert breaks(OLD, new) == []


def test_a_new_required_field_breaks_older_events() -> None:
    new = changed(pronoun={"type": "string"})
    new["required"].append("pronoun")
    assert any("pronoun" in reason for reason in breaks(OLD, new))


def test_a_changed_type_breaks_older_events() -> None:
    assert breaks(OLD, changed(language={"type": "integer"}))


def test_a_narrower_number_breaks_older_events() -> None:
    assert breaks(OLD, changed(prior_seats={"type": "integer", "minimum": 1}))
    assert breaks(OLD, changed(prior_seats={"type": "integer", "maximum": 5}))


def test_a_wider_number_breaks_nothing() -> None:
    assert breaks(OLD, changed(revision={"type": "integer"})) == []
    assert breaks(OLD, changed(revision={"type": "number"})) == []


def test_a_dropped_choice_breaks_older_events() -> None:
    old = schema_of(ContactLogged)
    new = copy.deepcopy(old)
    new["properties"]["kind"]["enum"] = ["group"]
    assert breaks(old, new)
    new["properties"]["kind"]["enum"] = ["group", "one_to_one", "pair"]
    assert breaks(old, new) == []


def test_a_change_deep_inside_is_found() -> None:
    new = copy.deepcopy(OLD)
    new["$defs"]["Consent"]["properties"]["wording_version"] = {"type": "integer"}
    assert any("wording_version" in reason for reason in breaks(OLD, new))


def test_no_longer_accepting_null_breaks_older_events() -> None:
    new = changed(matching_profile={"$ref": "#/$defs/MatchingProfile"})
    assert breaks(OLD, new)


def test_published_documents_are_those_of_the_code_and_read_all_earlier_ones() -> None:
    assert differences_on_disk() == []


def test_every_published_document_is_a_valid_schema() -> None:
    for name, text in documents().items():
        if name != "asyncapi.json":
            jsonschema.Draft202012Validator.check_schema(json.loads(text))


def test_the_asyncapi_document_names_every_event_and_its_schema_file() -> None:
    messages = asyncapi()["components"]["messages"]
    assert set(messages) == set(TYPES)
    for message in messages.values():
        assert (FOLDER / message["payload"]["schema"]["$ref"]).exists()


def test_an_event_survives_its_journey_as_json() -> None:
    event = Event.of(closed(), source="matching", time=START)
    assert parse_event(event.to_json()) == event


def test_ids_sort_in_the_order_they_were_made() -> None:
    made = [Event.of(closed(), source="matching", time=START).id for _ in range(200)]
    assert made == sorted(made)


@given(st.binary(max_size=300))
def test_any_bytes_are_an_event_or_malformed(raw: bytes) -> None:
    try:
        parse_event(raw)
    except MalformedEvent as error:
        assert "look at" in str(error)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
        max_leaves=8,
    )
)
def test_any_data_is_read_or_refused_without_repeating_it(data: Any) -> None:
    event = Event.of(closed(), source="matching", time=START)
    changed_event = event.model_copy(update={"data": {"opportunity_id": data}})
    try:
        parse_payload(changed_event, TYPES)
    except MalformedEvent as error:
        assert "opportunity_id" in str(error)


def test_an_unknown_type_is_named() -> None:
    event = Event.of(closed(), source="matching", time=START)
    later = event.model_copy(update={"type": "org.newvoices.opportunity.closed.v2"})
    with pytest.raises(UnknownEvent, match="v2"):
        parse_payload(later, TYPES)
