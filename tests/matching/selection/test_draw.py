"""The draw can be run again by anyone, and a changed record is found out."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.selection import (
    Group,
    Participant,
    Request,
    Rule,
    SoftTarget,
    Target,
    UnclearRequestError,
    draw,
    fair_lottery,
    prepare,
    public_notice,
    read_record,
    verify,
    verify_file,
)
from services.matching.selection.randomness import Stream
from services.matching.selection.record import commitment_of
from tests.matching.selection import brute
from tests.support.examples import examples

SEED, OTHER_SEED = "5e" * 32, "a7" * 32
UNDER_25 = Group.of("people under 25", ("age", "under_25"))
NORTH = Group.of("people from the north", ("area", "north"))


def small_request():
    pool = tuple(
        Participant.of(
            f"person-{i}",
            {"age": ("under_25", "over_65")[i % 2], "area": ("north", "south", "east")[i % 3]},
        )
        for i in range(12)
    )
    member = Participant.of("member", {"age": "under_25"})
    return Request(pool, 4, (Target(UNDER_25, 2, 3),), (SoftTarget(NORTH, 2),), (member,))


@pytest.fixture(scope="module")
def prepared():
    return prepare(fair_lottery(small_request()), SEED, reference="opportunity-1", stand_ins=5)


@pytest.fixture(scope="module")
def drawn(prepared):
    return draw(prepared, SEED, "words from the floor")


def test_a_true_record_passes_every_check(drawn):
    result = verify(drawn, drawn.commitment)
    assert result.holds
    assert [check.name for check in result.checks] == [
        "commitment",
        "people",
        "targets",
        "tickets",
        "chances",
        "bound",
        "fairest",
        "draw",
        "stand_ins",
    ]
    assert not any("quota" in check.sentence.lower() for check in result.checks)


@settings(max_examples=examples(40), deadline=None)
@given(brute.requests(soft=True), st.sampled_from(Rule), st.integers(0, 4))
def test_every_selection_survives_a_file_and_passes_its_checks(request_, rule, stand_ins):
    before = prepare(fair_lottery(request_, rule), SEED, stand_ins=stand_ins)
    assert verify(before).holds
    after = read_record(draw(before, SEED).to_json())
    result = verify(after, before.commitment)
    assert result.holds, result
    people = {person.id: person for person in request_.pool}
    chosen = [people[one] for one in after.selected]
    assert brute.off_target(request_, chosen) == (0, 0)
    assert len(after.stand_ins) == min(stand_ins, len(people) - request_.seats)
    assert len({*after.selected, *after.stand_ins}) == len(chosen) + len(after.stand_ins)


def test_the_same_seed_and_words_select_the_same_people(prepared, drawn):
    assert draw(prepared, SEED, "words from the floor") == drawn


def test_words_added_after_publication_change_the_draw(prepared):
    tickets = {draw(prepared, SEED, words).ticket for words in ("one", "two", "three")}
    assert len(tickets) == 3


def test_another_seed_than_the_one_committed_to_is_refused(prepared):
    with pytest.raises(UnclearRequestError, match="not the seed"):
        draw(prepared, OTHER_SEED)


def test_a_record_is_drawn_once(drawn):
    with pytest.raises(UnclearRequestError, match="has been held"):
        draw(drawn, SEED)


@pytest.mark.parametrize("seed", ["", "5e", "G" * 64, "5E" * 32])
def test_a_seed_that_is_too_short_or_not_hexadecimal_is_refused(seed):
    with pytest.raises(UnclearRequestError, match="64 hexadecimal digits"):
        prepare(fair_lottery(small_request()), seed)


def test_the_commitment_does_not_show_the_seed_and_depends_on_it(prepared):
    assert SEED not in prepared.to_json()
    other = prepare(fair_lottery(small_request()), OTHER_SEED, reference="opportunity-1")
    assert other.commitment != prepared.commitment


def test_the_public_notice_names_nobody_and_no_ones_categories(drawn):
    text = json.dumps(public_notice(drawn))
    assert "person-" not in text
    assert "area" not in text
    assert drawn.commitment in text


def leaves(value, path=()):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from leaves(inner, (*path, place))
    else:
        yield path


def changed(value):
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return "x" if value is None else value + "x"


@settings(max_examples=examples(150), deadline=None)
@given(data=st.data())
def test_any_changed_value_is_found_out(drawn, data):
    raw = json.loads(drawn.to_json())
    path = data.draw(
        st.sampled_from([p for p in leaves(raw) if p[:2] != ("fairness", "shortfall")])
    )
    inner = raw
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = changed(inner[path[-1]])
    try:
        record = read_record(json.dumps(raw))
    except UnclearRequestError:
        return
    if record.fairness.proven != drawn.fairness.proven and path[-1] == "proven":
        return  # claiming less than was proven hides nothing
    assert not verify(record, drawn.commitment).holds


def test_a_record_rewritten_for_a_wanted_person_fails_against_the_published_commitment(drawn):
    """Someone tries seeds until their friend is drawn, and commits anew."""
    for attempt in range(100):
        seed = f"{attempt:064x}"
        again = prepare(fair_lottery(small_request()), seed, reference="opportunity-1", stand_ins=5)
        rigged = draw(again, seed)
        if "person-7" in rigged.selected:
            break
    assert verify(rigged).holds
    result = verify(rigged, drawn.commitment)
    assert [check.name for check in result.checks if not check.holds] == ["commitment"]


def test_an_unfair_lottery_is_found_out_even_if_committed_to(prepared):
    """One panel alone meets every target, yet gives most people no chance."""
    unfair = replace(prepared, panels=(replace(prepared.panels[0], tickets=10**9),))
    unfair = replace(unfair, commitment=commitment_of(unfair, SEED))
    failed = {check.name for check in verify(draw(unfair, SEED)).checks if not check.holds}
    assert {"chances", "fairest"} <= failed


def test_a_bound_that_is_claimed_too_low_is_found_out(prepared):
    low = replace(prepared.fairness, bound=prepared.fairness.bound * 0.99)
    failed = {
        check.name for check in verify(replace(prepared, fairness=low)).checks if not check.holds
    }
    assert failed == {"bound"}


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "null", '{"format": "newvoices-selection-1"}', "[" * 100_000, '"\\ud800"'],
)
def test_a_file_that_is_not_a_record_is_refused_with_what_to_do(text, tmp_path):
    file = tmp_path / "record.json"
    file.write_text(text, "utf-8")
    with pytest.raises(UnclearRequestError, match="Ask for the file as it was saved"):
        verify_file(file)


def test_a_file_is_checked_from_its_path(drawn, tmp_path):
    file = tmp_path / "record.json"
    file.write_text(drawn.to_json(), "utf-8")
    assert verify_file(file, drawn.commitment).holds


def test_the_stream_of_numbers_is_the_documented_one():
    """Written out once more from the documentation, with hashlib alone."""
    from hashlib import sha256

    key = sha256((3).to_bytes(8, "big") + b"key" + (1).to_bytes(8, "big") + b"2").digest()
    block = sha256(key + (0).to_bytes(8, "big")).digest()
    expected = [int.from_bytes(block[i : i + 8], "big") % 1000 for i in (0, 8, 16, 24)]
    stream = Stream("key", "2")
    assert [stream.below(1000) for _ in range(4)] == expected


@given(st.integers(1, 10), st.text(max_size=5))
def test_numbers_stay_below_their_limit_and_shuffles_lose_nobody(count, text):
    stream = Stream(text)
    assert all(0 <= stream.below(count) < count for _ in range(20))
    assert Counter(stream.shuffled("abcdef")) == Counter("abcdef")


def test_people_are_drawn_as_often_as_their_chance_says():
    """2,000 draws: each count lies within five standard deviations of its expectation."""
    lottery = fair_lottery(small_request())
    chances = lottery.chance_of()
    drawn = Counter()
    for attempt in range(2000):
        seed = f"{attempt:064x}"
        drawn.update(draw(prepare(lottery, seed), seed).selected)
    for person, chance in chances.items():
        spread = (2000 * chance * (1 - chance)) ** 0.5
        assert abs(drawn[person] - 2000 * chance) <= 5 * spread + 1e-6
