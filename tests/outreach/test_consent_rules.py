"""The rules of consent that must never break."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.outreach.consent import SKEW, Entry, current, is_given, is_skewed, said_at
from services.outreach.monitoring import shown

START = datetime(2026, 3, 2, tzinfo=UTC)
times = st.integers(0, 50).map(lambda hours: START + timedelta(hours=hours))
entries = st.builds(
    Entry,
    purpose=st.sampled_from(["contact", "matching", "monitoring"]),
    channel=st.sampled_from([None, "sms", "email"]),
    given=st.booleans(),
    wording_version=st.just("1"),
    at=times,
)


@given(st.lists(entries, max_size=30), times)
def test_a_withdrawal_as_new_as_anything_said_always_holds(
    ledger: list[Entry], at: datetime
) -> None:
    latest = max([entry.at for entry in ledger] + [at])
    ledger.append(Entry("contact", "sms", False, "1", latest))
    assert not is_given(ledger, "contact", "sms")


@given(st.lists(entries, max_size=30), st.randoms())
def test_the_order_in_which_entries_arrive_changes_nothing(
    ledger: list[Entry], random: object
) -> None:
    shuffled = list(ledger)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert {k: e.given for k, e in current(ledger).items()} == {
        k: e.given for k, e in current(shuffled).items()
    }


@given(st.lists(entries, max_size=30))
def test_nothing_said_is_never_a_yes(ledger: list[Entry]) -> None:
    ledger = [entry for entry in ledger if entry.purpose != "matching"]
    assert not is_given(ledger, "matching")


@given(times, times)
def test_nothing_is_ever_said_later_than_it_was_heard(said: datetime, heard: datetime) -> None:
    assert said_at(said, heard) <= heard


@given(times, st.integers(-3600, 3600))
def test_a_device_is_flagged_exactly_beyond_ten_minutes(received: datetime, off: int) -> None:
    device = received + timedelta(seconds=off)
    assert is_skewed(received, received, device) == (abs(timedelta(seconds=off)) > SKEW)


@given(st.integers(0, 10_000))
def test_a_count_leaves_starred_or_rounded(people: int) -> None:
    text = shown(people)
    if 1 <= people <= 7:
        assert text == "*"
    else:
        assert int(text) % 5 == 0
        assert abs(int(text) - people) <= 2
