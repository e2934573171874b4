"""Short questions by text: asked once, answered by a number, and only the number leaves."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events import InvitationRequested, SeatFilled, SeatReleased, SurveyRequested
from services.notifications.replies import classify
from services.notifications.surveys import value_of
from tests.notifications.test_follow_ups import days_pass, seat_of, seated
from tests.support.journey import Journey


def ask(journey: Journey, event: InvitationRequested, question: Any = "listened") -> None:
    journey.tell(
        SurveyRequested(
            match_id=event.match_id,
            opportunity_id=event.opportunity_id,
            participant_id=event.participant_id,
            question=question,
        )
    )
    journey.run_jobs()


def asked(journey: Journey) -> list[str]:
    return [body for body in journey.bodies() if "question about" in body]


def test_a_number_is_recorded_and_travels_alone(journey: Journey) -> None:
    event = seated(journey)
    ask(journey, event)
    assert "1 is not at all, 5 is very much" in asked(journey)[0]
    assert "STOP" in asked(journey)[0]
    journey.text("4")
    (answered,) = journey.published("survey.answered")
    assert (answered["value"], answered["question"]) == (4, "listened")
    assert answered["match_id"] == str(event.match_id)
    assert set(answered) == {"match_id", "participant_id", "question", "value", "answered_at"}
    journey.text("5")
    assert len(journey.published("survey.answered")) == 1


def test_a_question_is_asked_once_and_only_of_somebody_with_a_seat(journey: Journey) -> None:
    event = journey.invited()
    ask(journey, event)
    assert asked(journey) == []
    journey.text("YES")
    event = seated_again(journey, event)
    ask(journey, event)
    ask(journey, event)
    assert len(asked(journey)) == 1


def seated_again(journey: Journey, event: InvitationRequested) -> InvitationRequested:
    journey.tell(SeatFilled(**seat_of(event)))
    journey.run_jobs()
    return event


@pytest.mark.parametrize("said", ["0", "6", "4 or 5", "it was fine", "YES", "2 yes"])
def test_anything_but_one_number_from_1_to_5_is_no_answer(journey: Journey, said: str) -> None:
    ask(journey, seated(journey))
    journey.text(said)
    assert journey.published("survey.answered") == []


def test_stop_is_stop_whatever_was_asked(journey: Journey) -> None:
    event = seated(journey)
    ask(journey, event)
    journey.text("STOP")
    assert journey.published("survey.answered") == []
    ask(journey, event, "again")
    assert len(asked(journey)) == 1


def test_a_number_that_comes_after_two_weeks_answers_nothing(journey: Journey) -> None:
    ask(journey, seated(journey))
    days_pass(journey, 15)
    journey.text("4")
    assert journey.published("survey.answered") == []


def test_who_gave_the_seat_back_is_not_asked(journey: Journey) -> None:
    event = seated(journey)
    journey.tell(SeatReleased(**seat_of(event), reason="said_no"))
    ask(journey, event)
    assert asked(journey) == []


@given(st.integers(0, 99))
def test_only_1_to_5_are_values(number: int) -> None:
    value = value_of(classify(str(number)))
    assert value == (number if 1 <= number <= 5 else None)
