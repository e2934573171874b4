"""What was said, what changed, who was told, and what still waits; figures checked against SQL."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events import FeedbackShared, FeedbackTold
from services.matching.feedback_loop.domain import SILENCE, Standing, debt, last_before
from services.runtime.security.principal import Role
from tests.matching.barriers.test_barriers import sql
from tests.matching.harness import Matching, Visitor
from tests.matching.reciprocity.test_pages import words

TODAY = date(2026, 9, 1)
DAYS = st.dates(date(2026, 6, 1), date(2026, 12, 1))
MEETING = {"starts": "10:00", "ends": "12:00", "mode": "in_person"}


def note(matching: Matching, opportunity: UUID, text: str, day: date = TODAY) -> str:
    path = f"/api/v1/opportunities/{opportunity}/said"
    answer = matching.http.post(path, json={"words": text, "said_on": day.isoformat()})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["said_id"])


def share(matching: Matching, opportunity: UUID, status: int = 201, **more: Any) -> Any:
    body = {"you_said": "Letters are hard to read.", "we_did": "They are in Easy Read now."}
    path = f"/api/v1/opportunities/{opportunity}/feedback"
    answer = matching.http.post(path, json=body | more)
    assert answer.status_code == status, answer.text
    return answer.json()


def loop(matching: Matching, opportunity: UUID) -> dict[str, Any]:
    answer = matching.http.get(f"/api/v1/opportunities/{opportunity}/feedback-loop")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def owed(matching: Matching) -> dict[str, Any]:
    return dict(matching.http.get("/api/v1/owed-answers").json())


@given(st.integers(0, 3), st.none() | DAYS, st.none() | DAYS, DAYS)
def test_an_answer_is_owed_for_what_was_said_or_after_four_silent_weeks(
    unanswered: int, met: date | None, shared: date | None, today: date
) -> None:
    owes = debt(Standing(unanswered, met, shared), today)
    silent = met is not None and today - met >= SILENCE and (shared is None or shared < met)
    assert owes == ("unanswered" if unanswered else "silent" if silent else None)


def test_a_meeting_to_come_is_not_the_last_one() -> None:
    days = [TODAY - timedelta(3), TODAY, TODAY + timedelta(1)]
    assert last_before(days, TODAY) == TODAY
    assert last_before(days[2:], TODAY) is None


def test_what_was_said_waits_until_it_is_answered(matching: Matching) -> None:
    opportunity = matching.open()
    first = note(matching, opportunity, "Letters are hard to read.")
    second = note(matching, opportunity, "Visits are too short.", TODAY - timedelta(9))
    assert loop(matching, opportunity)["totals"]["unanswered"] == 2
    (item,) = owed(matching)["items"]
    assert (item["owes"], item["unanswered"]) == ("unanswered", 2)
    assert item["waiting_since"] == (TODAY - timedelta(9)).isoformat()
    share(matching, opportunity, answers=[first, second], outcome="changed")
    seen = loop(matching, opportunity)
    assert seen["owes"] is None
    assert {s["feedback_id"] for s in seen["said"]} == {seen["answers"][0]["feedback_id"]}
    assert owed(matching)["items"] == []
    refused = share(matching, opportunity, 409, answers=[first])
    assert "has an answer already" in refused["detail"]
    assert len(matching.published(FeedbackShared)) == 1


def test_an_answer_to_what_was_said_elsewhere_is_refused(matching: Matching) -> None:
    here, elsewhere = matching.open(), matching.open(title="Elsewhere")
    said = note(matching, elsewhere, "Visits are too short.")
    share(matching, here, 404, answers=[said])
    share(matching, here, 404, answers=[str(uuid4())])
    assert loop(matching, here)["answers"] == []


def test_people_who_met_and_heard_nothing_are_owed_an_answer(matching: Matching) -> None:
    day = TODAY + timedelta(days=1)
    opportunity = matching.open(sessions=[MEETING | {"on": day.isoformat()}])
    assert owed(matching)["items"] == []
    matching.now += timedelta(days=29)
    (item,) = owed(matching)["items"]
    assert (item["owes"], item["waiting_since"]) == ("silent", day.isoformat())
    share(matching, opportunity)
    assert owed(matching)["items"] == []


def test_how_many_heard_comes_from_those_who_told_them(matching: Matching) -> None:
    opportunity = matching.open()
    feedback = UUID(share(matching, opportunity)["feedback_id"])
    assert loop(matching, opportunity)["answers"][0]["people_told"] is None
    told = FeedbackTold(feedback_id=feedback, opportunity_id=opportunity, people=4)
    stray = FeedbackTold(feedback_id=uuid4(), opportunity_id=opportunity, people=9)
    matching.receive(told, stray)
    seen = loop(matching, opportunity)
    assert seen["answers"][0]["people_told"] == seen["totals"]["people_told"] == 4


def community(matching: Matching) -> UUID:
    opportunity, other = matching.open(), matching.open(title="Another group")
    first = note(matching, opportunity, "Letters are hard to read.")
    note(matching, opportunity, "Visits are too short.")
    note(matching, other, "The room is cold.")
    ids = [
        share(matching, opportunity, answers=[first], outcome="changed"),
        share(matching, opportunity, outcome="not_changed"),
        share(matching, other, outcome="partly"),
        share(matching, other),
    ]
    for number, made in enumerate(ids[:3]):
        matching.receive(
            FeedbackTold(
                feedback_id=UUID(made["feedback_id"]), opportunity_id=opportunity, people=3 + number
            )
        )
    return opportunity


def test_every_figure_is_what_the_database_says(matching: Matching) -> None:
    opportunity = community(matching)
    for which, found in (
        ("1 = 1", owed(matching)["totals"]),
        (f"opportunity_id = '{opportunity.hex}'", loop(matching, opportunity)["totals"]),
    ):
        mine = f"SELECT id FROM feedback WHERE {which}"
        (row,) = sql(
            matching,
            f"""
            SELECT (SELECT COUNT(*) FROM said WHERE {which}) + (SELECT COUNT(*) FROM feedback f
                     WHERE {which} AND NOT EXISTS
                     (SELECT 1 FROM said WHERE feedback_id = f.id)),
                   (SELECT COUNT(*) FROM said WHERE {which} AND feedback_id IS NULL),
                   (SELECT COUNT(*) FROM feedback WHERE {which}),
                   (SELECT COUNT(*) FROM feedback_outcomes
                     WHERE feedback_id IN ({mine}) AND outcome IN ('changed', 'partly')),
                   (SELECT TOTAL(people_told) FROM feedback_outcomes WHERE feedback_id IN ({mine}))
            """,
        )
        assert tuple(found.values()) == tuple(row)
    assert tuple(owed(matching)["totals"].values()) == (6, 2, 4, 2, 12)


def test_the_pages_note_answer_and_list(matching: Matching) -> None:
    opportunity = matching.open()
    visitor = Visitor(matching)
    here = f"/opportunities/{opportunity}"
    form = visitor.see(f"{here}/feedback-loop")
    wrong = visitor.send(f"{here}/feedback-loop", form, 422, words="x", said_on="2030-01-01")
    assert 'href="#words"' in wrong
    kept = visitor.send(
        f"{here}/feedback-loop", form, words="Visits are too short.", said_on=TODAY.isoformat()
    )
    assert "Still unanswered of 1 things said 1" in words(kept)
    listed = visitor.see("/owed-answers")
    assert "1 thing has no answer" in words(listed)
    form = visitor.see(f"{here}/feedback")
    (said,) = loop(matching, opportunity)["said"]
    typed = {"you_said": "Visits are too short.", "we_did": "None is under 30 minutes."}
    typed |= {"outcome": "changed", "answers": said["said_id"]}
    assert "Your feedback is shared" in words(visitor.send(f"{here}/feedback", form, **typed))
    again = visitor.send(f"{here}/feedback", form, 422, **typed)
    assert "has an answer already" in words(again)
    page = visitor.see(f"{here}/feedback-loop")
    assert "Nothing waits for an answer." in words(page)
    assert "It changed. Shared on 1 September 2026." in words(page)
    assert "Every opportunity of yours has answered." in words(visitor.see("/owed-answers"))


def test_no_stranger_reads_notes_or_answers(matching: Matching) -> None:
    opportunity = community(matching)
    stranger = matching.client(Role.COORDINATOR)
    path = f"/api/v1/opportunities/{opportunity}"
    assert stranger.get(f"{path}/feedback-loop").status_code == 404
    body = {"words": "Visits are too short.", "said_on": TODAY.isoformat()}
    assert stranger.post(f"{path}/said", json=body).status_code == 404
    assert stranger.get("/api/v1/owed-answers").json()["items"] == []


@pytest.mark.parametrize("form", ["csv", "ods", "html", "pdf"])
def test_the_loop_comes_as_a_file(matching: Matching, form: str) -> None:
    opportunity = community(matching)
    path = f"/api/v1/opportunities/{opportunity}/feedback-loop/export"
    file = matching.http.get(path, params={"form": form})
    assert file.status_code == 200
    if form in ("csv", "html"):
        assert "Visits are too short." in file.content.decode()
