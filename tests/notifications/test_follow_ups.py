"""Follow-ups, each once, whatever is killed; and what goes after the retention time."""

from __future__ import annotations

from datetime import date, time
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete, select

from schemas.events import (
    FeedbackShared,
    InvitationRequested,
    OpportunityChanged,
    SeatFilled,
    SeatReleased,
)
from schemas.events import Session as Meeting
from services.notifications import following_up
from services.notifications.models import Inbound, TemplateVersion
from tests.support.journey import Journey


def meeting(on: date) -> Meeting:
    return Meeting(on=on, starts=time(10), ends=time(12))


def set_sessions(journey: Journey, revision: int, *days: date) -> None:
    journey.tell(
        OpportunityChanged(
            opportunity_id=journey.opportunity_id,
            organisation_id="elmfield",
            revision=revision,
            title="Better home care",
            host_name="Elmfield Council",
            host_kind="council",
            area_code="E08000003",
            seats=3,
            sessions=[meeting(day) for day in days],
            contact_phone="0161 496 0000",
        )
    )


def seated(journey: Journey) -> InvitationRequested:
    event = journey.invited()
    journey.text("YES")
    journey.tell(SeatFilled(**seat_of(event)))
    journey.run_jobs()
    return event


def test_what_was_done_is_told_to_all_who_took_part_and_to_nobody_else(journey: Journey) -> None:
    phones = [f"+4477009002{n:02d}" for n in range(4)]
    asked = [journey.invited(phone=phone) for phone in phones]
    journey.text("NO", phone=phones[2])
    journey.text("YES", phone=phones[3])
    journey.tell(*(SeatFilled(**seat_of(one)) for one in (asked[0], asked[1], asked[3])))
    journey.tell(SeatReleased(**seat_of(asked[3]), reason="released"))
    journey.run_jobs()
    before = len(journey.standin.sent)
    days_pass(journey, 1)
    opportunity, said = journey.opportunity_id, "We put in a hearing loop."
    journey.tell(
        FeedbackShared(
            feedback_id=uuid4(), opportunity_id=opportunity, you_said="Speak up.", we_did=said
        )
    )
    days_pass(journey, 1)
    told = [one.to for one in journey.standin.sent[before:] if "hearing loop" in one.body]
    assert sorted(told) == phones[:2]


def seat_of(event: InvitationRequested) -> dict[str, Any]:
    return {
        "seat_id": event.match_id,
        "match_id": event.match_id,
        "opportunity_id": event.opportunity_id,
        "participant_id": event.participant_id,
    }


def days_pass(journey: Journey, days: int) -> None:
    for _ in range(days * 4):
        journey.clock.forward(hours=6)
        journey.run_jobs()


def test_who_has_not_answered_is_reminded_once_before_the_day(journey: Journey) -> None:
    journey.invited()
    days_pass(journey, 6)
    assert len(journey.bodies()) == 1
    days_pass(journey, 10)
    assert len(journey.bodies()) == 2
    assert "by Thursday 12 March" in journey.bodies()[1]


def test_a_reminder_that_cannot_be_written_goes_out_once_its_text_is_mended(
    journey: Journey,
) -> None:
    journey.invited()
    journey.spoil_template("reminder")
    days_pass(journey, 8)
    assert len(journey.bodies()) == 1
    journey.node.database.write(lambda s: s.execute(delete(TemplateVersion)))
    days_pass(journey, 2)
    assert len(journey.bodies()) == 2
    assert "by Thursday 12 March" in journey.bodies()[1]


def test_who_has_answered_is_not_reminded(journey: Journey) -> None:
    journey.invited()
    journey.text("no thanks")
    days_pass(journey, 12)
    assert len(journey.bodies()) == 2


def test_a_member_is_reminded_the_day_before_each_session_and_thanked_after_the_last(
    journey: Journey,
) -> None:
    set_sessions(journey, 2, date(2026, 3, 11), date(2026, 3, 18))
    seated(journey)
    days_pass(journey, 21)
    told = journey.bodies()[2:]
    assert [("is on Wednesday 11 March" in body) for body in told] == [True, False, False]
    assert "is on Wednesday 18 March" in told[1]
    assert "Thank you for coming" in told[2]


def test_a_moved_session_is_reminded_of_on_its_new_day_only(journey: Journey) -> None:
    set_sessions(journey, 2, date(2026, 3, 11))
    seated(journey)
    set_sessions(journey, 3, date(2026, 3, 16))
    days_pass(journey, 21)
    reminders = [body for body in journey.bodies() if " is on " in body]
    assert len(reminders) == 1
    assert "Monday 16 March" in reminders[0]


def test_who_gave_the_seat_back_hears_no_more_of_it(journey: Journey) -> None:
    set_sessions(journey, 2, date(2026, 3, 11))
    event = seated(journey)
    journey.tell(SeatReleased(**seat_of(event), reason="said_no"))
    days_pass(journey, 14)
    assert len(journey.bodies()) == 2


def test_stop_ends_follow_ups_too(journey: Journey) -> None:
    set_sessions(journey, 2, date(2026, 3, 11))
    seated(journey)
    journey.text("STOP")
    days_pass(journey, 14)
    assert len(journey.bodies()) == 2


def test_a_kill_between_writing_and_commit_leaves_neither_message_nor_mark(
    journey: Journey,
) -> None:
    journey.invited()
    journey.clock.forward(days=8)

    class Killed(Exception):
        pass

    def then_die(session: Any) -> None:
        assert following_up.send_due(session, journey.clock()) == 1
        raise Killed

    with pytest.raises(Killed):
        journey.node.database.write(then_die)
    assert len(journey.messages()) == 1
    journey.restart()
    days_pass(journey, 2)
    assert len(journey.bodies()) == 2


def test_texts_go_after_the_retention_time_and_counts_stay(journey: Journey) -> None:
    journey.invited()
    journey.text("no thanks")
    journey.clock.forward(days=179)
    journey.run_jobs()
    assert all(message.sealed for message in journey.messages())
    journey.clock.forward(days=2)
    journey.run_jobs()
    assert [message.sealed for message in journey.messages()] == [None, None]
    assert [message.parts > 0 for message in journey.messages()] == [True, True]
    row = journey.node.database.read(lambda s: s.scalars(select(Inbound)).one())
    assert (row.sealed, row.phone_index, row.meaning) == (None, "", "no")
