"""Short surveys by text: who is asked, once, and what the answers become."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from schemas.events import ParticipantErased, SurveyAnswered, SurveyRequested
from services.matching.impact.models import AskedRow
from tests.matching.harness import NOW, Matching, Visitor
from tests.matching.impact.test_impact import PROGRAMMES, figure, impact, start
from tests.matching.test_pages import words


def seated(matching: Matching, count: int) -> tuple[str, list[UUID]]:
    """A programme with so many people in seats."""
    opportunity = matching.open(seats=count, targets=[])
    people = [matching.register() for _ in range(count)]
    matching.settle()
    for person in people:
        matching.receive(matching.invite(opportunity, person))
    return start(matching, opportunity_ids=[str(opportunity)]), people


def answer(asked: SurveyRequested, value: int) -> SurveyAnswered:
    return SurveyAnswered(
        match_id=asked.match_id,
        participant_id=asked.participant_id,
        question=asked.question,
        value=value,
        answered_at=NOW,
    )


def rows(matching: Matching) -> list[AskedRow]:
    return list(matching.read(lambda s: s.scalars(select(AskedRow)).all()))


def test_everybody_with_a_seat_is_asked_once(matching: Matching) -> None:
    programme, people = seated(matching, 3)
    path = f"{PROGRAMMES}/{programme}/questions"
    assert matching.http.post(path).json() == {"people": 3}
    asked = matching.published(SurveyRequested)
    assert {each.participant_id for each in asked} == set(people)
    assert {each.question for each in asked} == {"listened"}
    again = matching.http.post(path)
    assert (again.status_code, "Nobody is asked twice" in again.text) == (409, True)
    assert len(matching.published(SurveyRequested)) == 3


def test_an_answer_counts_once_and_leads_to_the_second_question(matching: Matching) -> None:
    programme, _people = seated(matching, 1)
    matching.http.post(f"{PROGRAMMES}/{programme}/questions")
    (first,) = matching.published(SurveyRequested)
    matching.receive(answer(first, 4), answer(first, 1))
    _, second = matching.published(SurveyRequested)
    assert second.question == "again"
    matching.receive(answer(second, 5))
    assert {(r.question, r.value) for r in rows(matching)} == {("listened", 4), ("again", 5)}
    assert len(matching.published(SurveyRequested)) == 2


def test_an_answer_to_nothing_that_was_asked_is_left_out(matching: Matching) -> None:
    programme, _people = seated(matching, 1)
    matching.http.post(f"{PROGRAMMES}/{programme}/questions")
    (first,) = matching.published(SurveyRequested)
    matching.receive(answer(first.model_copy(update={"question": "again"}), 5))
    assert [(r.question, r.value) for r in rows(matching)] == [("listened", None)]


def test_rates_and_good_answers_are_figures_with_intervals(matching: Matching) -> None:
    programme, _people = seated(matching, 16)
    matching.http.post(f"{PROGRAMMES}/{programme}/questions")
    for number, asked in enumerate(matching.published(SurveyRequested)[:11]):
        matching.receive(answer(asked, 5 if number < 6 else 2))
    matching.now += timedelta(days=1)
    seen = impact(matching, programme)
    response, good = figure(seen, "survey_response"), figure(seen, "listened")
    assert (response["part"], response["whole"]) == (11, 16)
    assert response["low"] < response["value"] < response["high"]
    assert (good["part"], good["whole"]) == (6, 11)
    # Nobody has answered the second question yet.
    assert figure(seen, "survey_completion")["value"] == 0
    assert figure(seen, "again")["value"] is None


def test_an_erased_person_is_nobody_in_what_was_asked(matching: Matching) -> None:
    programme, (person,) = seated(matching, 1)
    matching.http.post(f"{PROGRAMMES}/{programme}/questions")
    matching.receive(ParticipantErased(participant_id=person))
    assert person not in {row.participant_id for row in rows(matching)}


def test_people_are_asked_from_the_page(matching: Matching) -> None:
    programme, _people = seated(matching, 2)
    visitor = Visitor(matching)
    records = visitor.see(f"/programmes/{programme}/records")
    path = f"/programmes/{programme}/questions"
    assert "2 people are asked." in words(visitor.send(path, records))
    assert "Nobody is asked twice" in words(visitor.send(path, records, 422))
