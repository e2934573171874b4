"""Sealed values: they open for one person and one field, and for nobody once the key is gone."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.security.master_keys import LocalMasterKeys
from services.runtime.security.sealing import PAD_TO, Sealer, SealError

RING = LocalMasterKeys.fresh()
SEALER = Sealer(RING, RING.index_key)
values = st.text(max_size=300)
people = st.uuids()


@given(person=people, field=st.text(max_size=20), value=values)
def test_what_is_sealed_opens_again(person: UUID, field: str, value: str) -> None:
    envelope = SEALER.seal(person, field, value, SEALER.new_key(person))
    assert SEALER.open(person, field, envelope) == value


@given(person=people, other=people, value=values)
def test_an_envelope_moved_to_another_person_or_field_does_not_open(
    person: UUID, other: UUID, value: str
) -> None:
    envelope = SEALER.seal(person, "phone", value, SEALER.new_key(person))
    with pytest.raises(SealError):
        SEALER.open(person, "email", envelope)
    if other != person:
        with pytest.raises(SealError):
            SEALER.open(other, "phone", envelope)


@given(value=values, where=st.integers(0, 10_000), letter=st.sampled_from("Aa9_-.=é"))
def test_an_envelope_changed_in_any_place_does_not_open(
    value: str, where: int, letter: str
) -> None:
    person = UUID(int=7)
    envelope = SEALER.seal(person, "phone", value, SEALER.new_key(person))
    place = where % len(envelope)
    letter = "B" if letter == envelope[place] else letter
    changed = envelope[:place] + letter + envelope[place + 1 :]
    try:
        opened = SEALER.open(person, "phone", changed)
    except SealError:
        return
    # The last base64 letter has unused bits; such a change alters the text, not the bytes.
    assert place == len(envelope) - 1
    assert opened == value


def test_no_error_repeats_the_value_or_the_envelope() -> None:
    person = UUID(int=7)
    envelope = SEALER.seal(person, "phone", "+447700900123", SEALER.new_key(person))
    for field, text in (("email", envelope), ("phone", envelope[:-8]), ("phone", envelope + "!")):
        with pytest.raises(SealError) as caught:
            SEALER.open(person, field, text)
        assert "7700900123" not in str(caught.value)
        assert envelope[10:30] not in str(caught.value)
        assert caught.value.__cause__ is None


@given(noise=st.text(max_size=200))
def test_anything_that_is_not_an_envelope_gives_a_seal_error(noise: str) -> None:
    for text in (noise, f"nv1.{noise}", f"nv1.k1.{noise}.AAAA.AAAA", f"nv1.k1.AAAA.{noise}.A"):
        with pytest.raises(SealError):
            SEALER.open(UUID(int=1), "phone", text)
    with pytest.raises(SealError):
        SEALER.seal(UUID(int=1), "phone", "x", noise)


def test_a_value_sealed_twice_gives_two_different_envelopes() -> None:
    person = UUID(int=1)
    key = SEALER.new_key(person)
    assert SEALER.seal(person, "note", "hello", key) != SEALER.seal(person, "note", "hello", key)


def test_short_answers_have_one_length() -> None:
    person = UUID(int=1)
    key = SEALER.new_key(person)
    lengths = {
        len(SEALER.seal(person, "answer", value, key))
        for value in ("", "yes", "no", "prefer not to say", "x" * (PAD_TO - 1))
    }
    assert len(lengths) == 1


def test_the_key_of_one_person_does_not_seal_for_another() -> None:
    with pytest.raises(SealError):
        SEALER.seal(UUID(int=2), "phone", "x", SEALER.new_key(UUID(int=1)))


@given(person=people, value=values)
def test_rotation_keeps_the_value_and_leaves_the_old_key_unneeded(person: UUID, value: str) -> None:
    key = SEALER.new_key(person)
    envelope = SEALER.seal(person, "name", value, key)
    rotated = RING.with_new_key()
    rotating = Sealer(rotated, rotated.index_key)
    assert rotating.needs_rewrap(envelope)
    assert rotating.needs_rewrap(key)
    moved, moved_key = rotating.rewrap(person, envelope), rotating.rewrap_key(person, key)
    assert not rotating.needs_rewrap(moved)
    assert not rotating.needs_rewrap(moved_key)

    without_old = rotated.without(RING.current)
    after = Sealer(without_old, without_old.index_key)
    assert after.open(person, "name", moved) == value
    assert after.open(person, "name", after.seal(person, "name", value, moved_key)) == value
    with pytest.raises(SealError):
        after.open(person, "name", envelope)


@given(first=values, second=values)
def test_a_blind_index_is_the_same_for_the_same_value_only(first: str, second: str) -> None:
    assert (SEALER.blind_index(first) == SEALER.blind_index(second)) == (first == second)


def test_a_blind_index_depends_on_its_key_and_kind_and_survives_rotation() -> None:
    phone = "+447700900123"
    other = LocalMasterKeys.fresh()
    assert SEALER.blind_index(phone) != Sealer(other, other.index_key).blind_index(phone)
    assert SEALER.blind_index(phone) != SEALER.blind_index(phone, kind="email")
    rotated = RING.with_new_key()
    assert Sealer(rotated, rotated.index_key).blind_index(phone) == SEALER.blind_index(phone)
    assert len(SEALER.blind_index(phone)) == 32


def test_no_representation_of_a_key_ring_shows_a_key() -> None:
    shown = repr(RING)
    assert not any(repr(key) in shown for key in [*RING.keys.values(), RING.index_key])
