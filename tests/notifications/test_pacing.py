"""Quiet hours, rest dates, bank holidays and the weekly limit, through the real queue."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events import SeatFilled
from services.notifications.models import QuietDates, Recipient
from services.notifications.pacing import ANSWERS, Urgency, urgency_of, wait
from services.notifications.schedule import Rules, next_allowed
from services.runtime.clock import as_utc
from tests.support.journey import Journey

LATE_REPLY = date(2026, 5, 29)


@pytest.fixture
def evening(journey: Journey) -> Journey:
    """Monday 2 March 2026, 21:30 in London."""
    journey.clock.forward(hours=12, minutes=30)
    return journey


def test_what_we_start_in_the_evening_waits_for_the_morning_and_says_why(evening: Journey) -> None:
    evening.invited()
    assert evening.bodies() == []
    (message,) = evening.messages()
    assert message.state == "queued"
    assert "between 09:00 and 20:00" in message.reason
    evening.clock.forward(hours=11, minutes=29)
    evening.run_jobs()
    assert evening.bodies() == []
    evening.clock.forward(minutes=1)
    evening.run_jobs()
    assert len(evening.bodies()) == 1
    assert evening.messages()[0].reason == ""


def test_an_answer_to_a_text_goes_at_once_at_any_hour(journey: Journey) -> None:
    journey.invited()
    journey.clock.forward(hours=14)
    journey.text("HELP")
    journey.text("no thanks")
    assert len(journey.bodies()) == 3


def test_a_seat_that_is_filled_hours_later_is_confirmed_in_the_morning(journey: Journey) -> None:
    event = journey.invited()
    journey.clock.forward(hours=10)
    journey.text("YES")
    journey.clock.forward(hours=4)
    seat = {
        "seat_id": uuid4(),
        "match_id": event.match_id,
        "opportunity_id": event.opportunity_id,
        "participant_id": event.participant_id,
    }
    journey.tell(SeatFilled.model_validate(seat))
    journey.run_jobs()
    assert len(journey.bodies()) == 1
    journey.clock.forward(hours=10)
    journey.run_jobs()
    assert len(journey.bodies()) == 2


def test_nobody_gets_more_than_three_messages_that_we_start_in_seven_days(
    journey: Journey,
) -> None:
    person = journey.register()
    for _ in range(5):
        journey.request(person, reply_by=LATE_REPLY)
    journey.run_jobs()
    assert len(journey.bodies()) == 3
    assert "3 messages in the last seven days" in journey.messages()[-1].reason
    journey.clock.forward(days=6, hours=23)
    journey.run_jobs()
    assert len(journey.bodies()) == 3
    journey.clock.forward(hours=2)
    journey.run_jobs()
    assert len(journey.bodies()) == 5


def test_sundays_and_bank_holidays_are_left_in_peace(journey: Journey) -> None:
    journey.clock.forward(days=31)  # Good Friday is 3 April 2026
    assert journey.clock().date() == date(2026, 4, 2)
    journey.clock.forward(days=1)
    journey.request(journey.register(), reply_by=LATE_REPLY)
    journey.run_jobs()
    assert journey.bodies() == []
    assert "bank holidays" in journey.messages()[0].reason
    assert journey.messages()[0].due_at.date() == date(2026, 4, 4)


def test_a_person_is_left_in_peace_on_the_days_they_asked_for(journey: Journey) -> None:
    person = journey.register()
    rest(journey, person, date(2026, 3, 2), date(2026, 3, 5))
    journey.request(person)
    journey.run_jobs()
    (message,) = journey.messages()
    assert "asked not to be disturbed" in message.reason
    assert as_utc(message.due_at) == datetime(2026, 3, 6, 9, tzinfo=UTC)
    journey.invited(phone="+447700900124")
    assert len(journey.bodies()) == 1


def test_days_of_the_whole_organisation_hold_for_everybody(journey: Journey) -> None:
    rest(journey, None, date(2026, 3, 2), date(2026, 3, 2))
    journey.invited()
    assert journey.bodies() == []


def test_the_persons_own_zone_decides(journey: Journey) -> None:
    person = journey.register()

    def move(session: object) -> None:
        session.get_one(Recipient, person).zone = "America/New_York"  # type: ignore[attr-defined]

    journey.node.database.write(move)
    journey.request(person)
    journey.run_jobs()
    assert journey.bodies() == []
    assert as_utc(journey.messages()[0].due_at) == datetime(2026, 3, 2, 14, tzinfo=UTC)


def test_an_invitation_that_waited_past_its_date_goes_back_to_the_coordinator(
    journey: Journey,
) -> None:
    person = journey.register()
    rest(journey, person, date(2026, 3, 2), date(2026, 3, 20))
    event = journey.request(person)
    journey.clock.forward(days=19, hours=1)
    journey.run_jobs()
    assert journey.bodies() == []
    assert journey.invitation(event.invitation_id).state == "failed"
    (failed,) = journey.published("invitation.failed")
    assert "time to answer was over" in failed["reason"]


def rest(journey: Journey, person: UUID | None, first: date, last: date) -> None:
    row = QuietDates(
        id=uuid4(), organisation_id="elmfield", participant_id=person, first=first, last=last
    )
    journey.node.database.write(lambda s: s.add(row))


START = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 700 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))


@given(now=MOMENTS, ago=st.lists(st.integers(0, 200), max_size=6))
def test_a_message_that_may_go_now_breaks_no_rule_and_one_that_waits_has_a_reason(
    now: datetime, ago: list[int]
) -> None:
    rules = Rules()
    sent = [now - timedelta(hours=hours) for hours in ago]
    waiting = wait(Urgency.LIMITED, now, rules, sent)
    if waiting is None:
        assert next_allowed(now, rules, sent) == now
    else:
        assert waiting[0] > now
        assert waiting[1].startswith("It waits")


@given(now=MOMENTS, minutes=st.integers(0, 600), kind=st.sampled_from(sorted(ANSWERS)))
def test_answers_never_wait(now: datetime, minutes: int, kind: str) -> None:
    urgency = urgency_of(kind, now - timedelta(minutes=minutes), now)
    assert wait(urgency, now, Rules(), []) is None
