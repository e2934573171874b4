"""Whatever happens in whatever order: seats, holders and the kept tally agree."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from schemas.events import ConsentChanged, InvitationAnswered, ParticipantErased
from services.matching import store
from services.matching.models import MatchRow, OpportunityRow, SeatRow, TermRow
from services.runtime.security.principal import Role
from tests.matching.harness import NOW, Matching, answer_of, contact, opening, registered
from tests.support.examples import examples

AGES = st.sampled_from(["18_24", "25_34", "45_54", "prefer_not_to_say"])
TARGETS = [
    {"group": {"age_band": "18_24"}, "least": 2, "most": 4},
    {"group": {"age_band": "45_54"}, "proportion": 0.2},
]


class Seats(RuleBasedStateMachine):
    """One opportunity of an organisation of its own, on a database that all runs share."""

    matching: Matching
    people = Bundle("people")
    answers = Bundle("answers")

    @initialize()
    def open(self) -> None:
        self.organisation = f"org-{uuid4()}"
        self.http = self.matching.client(Role.COORDINATOR, organisation=self.organisation)
        body = opening(seats=4, targets=TARGETS, members=[{"prior_seat": True}])
        self.id = UUID(self.http.post("/api/v1/opportunities", json=body).json()["opportunity_id"])
        self.minutes = 0

    @rule(target=people, age=AGES)
    def register(self, age: str) -> UUID:
        event = registered({"age_band": [age]}, organisation=self.organisation)
        self.matching.receive(event)
        return event.participant_id

    @rule(target=answers, choice=st.integers(0, 9))
    def approve(self, choice: int) -> object:
        url = f"/api/v1/opportunities/{self.id}/proposals"
        found = self.http.get(url, params={"state": ["proposed", "alternate"]}).json()["items"]
        if not found:
            return multiple()
        match = found[choice % len(found)]
        decided = self.http.post(f"/api/v1/proposals/{match['match_id']}/approve", json={})
        if decided.status_code == 409:
            return multiple()
        return answer_of(match, decided.json(), self.id)

    @rule(answer=answers, said=st.sampled_from(["yes", "yes", "no"]), times=st.integers(1, 2))
    def reply(self, answer: InvitationAnswered, said: str, times: int) -> None:
        self.matching.receive(*[answer.model_copy(update={"answer": said})] * times)

    @rule(choice=st.integers(0, 9))
    def release(self, choice: int) -> None:
        filled = self.matching.read(
            lambda s: s.scalars(
                select(SeatRow.id)
                .where(SeatRow.opportunity_id == self.id, SeatRow.state == "filled")
                .order_by(SeatRow.number)
            ).all()
        )
        if filled:
            url = f"/api/v1/seats/{filled[choice % len(filled)]}/release"
            assert self.http.post(url, json={"reason": "other"}).status_code == 204

    @rule(person=people)
    def withdraw(self, person: UUID) -> None:
        self.minutes += 1
        no = contact("sms", False, NOW + timedelta(minutes=self.minutes))
        self.matching.receive(
            ConsentChanged(participant_id=person, consent=no, evidence="reply_stop")
        )

    @rule(person=consumes(people))
    def erase(self, person: UUID) -> None:
        self.matching.receive(ParticipantErased(participant_id=person))

    @rule(seats=st.integers(1, 7))
    def resize(self, seats: int) -> None:
        url = f"/api/v1/opportunities/{self.id}"
        etag = self.http.get(url).headers["etag"]
        body = {"seats": seats, "targets": []} if seats < 4 else {"seats": seats}
        answer = self.http.patch(url, json=body, headers={"If-Match": etag})
        assert answer.status_code in (200, 409), answer.text

    @rule()
    def add_member(self) -> None:
        url = f"/api/v1/opportunities/{self.id}/members"
        assert self.http.post(url, json={"members": [{}]}).status_code in (200, 409)

    @rule()
    def look_for_people(self) -> None:
        self.matching.settle()

    @invariant()
    def everything_agrees(self) -> None:
        if hasattr(self, "id"):
            self.matching.read(self._check)

    def _check(self, session: Session) -> None:
        row = session.get_one(OpportunityRow, self.id)
        seats = session.scalars(select(SeatRow).where(SeatRow.opportunity_id == self.id)).all()
        filled = [s for s in seats if s.state == "filled"]
        assert len(seats) == row.seats
        assert len({s.number for s in seats}) == row.seats
        assert row.filled == len(filled) <= row.seats
        holders = Counter(s.participant_id or s.member_id for s in filled)
        assert all(count == 1 for count in holders.values())
        matches = session.scalars(select(MatchRow).where(MatchRow.opportunity_id == self.id)).all()
        accepted = {m.id for m in matches if m.state == "accepted"}
        assert accepted == {s.match_id for s in filled if s.match_id}
        terms = session.scalar(
            select(func.count()).where(
                TermRow.opportunity_id == self.id, TermRow.ended_at.is_(None)
            )
        )
        assert terms == len(filled)
        counted = store.holders(session, self.id)
        assert row.held == [
            sum(all(code in c.get(name, ()) for name, code in t.groups) for c in counted)
            for t in row.targets
        ]
        if row.filled == row.seats:
            assert not [m for m in matches if m.state == "proposed"]


@pytest.mark.timeout(600)
def test_seats_holders_and_tally_agree_whatever_happens() -> None:
    with tempfile.TemporaryDirectory() as folder:
        matching = Matching(Path(folder))
        machine = type("SharedSeats", (Seats,), {"matching": matching})
        try:
            run_state_machine_as_test(
                machine,
                settings=settings(
                    max_examples=examples(10),
                    stateful_step_count=25,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            matching.node.close()
