"""Columns and queues kept by stamps come to the same as judging everybody anew, row by row."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock
from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from bench import plain_proposing
from schemas.events import InvitationFailed
from services.matching import board, gaps, proposing, searching, store, taking_in
from services.matching.characteristics import Categories
from services.matching.model import Opportunity, Participant
from services.matching.models import MatchRow, OpportunityRow
from services.matching.open_opportunities import OpenOpportunities
from services.matching.pairing import Candidate
from services.runtime.database import Database
from services.runtime.security.principal import Role
from services.runtime.tables import outbox
from tests.matching.harness import NOW, ORGANISATION, Matching, answer_of, registered
from tests.matching.people import NOW as PEOPLE_NOW
from tests.matching.people import categories, crowd, opportunities
from tests.support.examples import examples

URL = "/api/v1/opportunities"
AIMS: list[dict[str, Any]] = [
    {"group": {"age_band": "18_24"}, "least": 2},
    {"group": {"ethnic_group": "asian"}, "proportion": 0.3},
    {"group": {"ethnic_group": "white_roma"}, "least": 1, "most": 2},
    {"group": {"lived_experience": "unpaid_carer"}, "least": 1},
    {"group": {"age_band": "18_24", "lived_experience": "unpaid_carer"}, "least": 1},
]
Told = tuple[str, str, str, str | None, int]


def person_of(told: Told) -> dict[str, Any]:
    age, ethnic, lived, need, prior = told
    return {
        "characteristics": {"age_band": [age], "ethnic_group": [ethnic]},
        "lived_experience": [lived],
        "needs": [need] if need else [],
        "prior_seats": prior,
    }


told = st.tuples(
    st.sampled_from(["18_24", "65_74", "prefer_not_to_say"]),
    st.sampled_from(["asian_indian", "white_roma", "white_british"]),
    st.sampled_from(["unpaid_carer", "none"]),
    st.sampled_from([None, None, "bsl", "step_free"]),
    st.sampled_from([0, 0, 0, 1]),
)
number = st.integers(0, 40)
steps = st.one_of(
    st.tuples(st.just("register"), told),
    st.tuples(st.just("register"), told),
    st.tuples(st.just("change"), number, told),
    st.tuples(st.just("withdraw"), number),
    st.tuples(st.sampled_from(["approve", "decline", "yes", "no", "fail", "undo"]), number),
    st.tuples(st.just("retarget"), st.integers(0, 3), st.integers(1, 5)),
    st.just(("look",)),
)


class Pair:
    """Two services with the same opportunities: one as it is, one row by row."""

    def __init__(self, folder: Path) -> None:
        first = Matching(folder / "one")
        picks = [(3, AIMS[:2]), (8, AIMS[1:4]), (2, AIMS[3:]), (5, AIMS)]
        self.opportunities = [
            first.open(seats=seats, targets=aims, offers=["step_free"]) for seats, aims in picks
        ]
        first.settle()
        (folder / "two").mkdir()
        with (
            closing(sqlite3.connect(folder / "one" / "matching.db")) as source,
            closing(sqlite3.connect(folder / "two" / "matching.db")) as copy,
        ):
            source.backup(copy)
        second = Matching(folder / "two")
        second.http = second.client(Role.COORDINATOR, first.coordinator_id)
        self.both = (first, second)
        self.people: list[UUID] = []
        self.revisions: dict[UUID, int] = {}

    def each(self, act: Callable[[Matching], None]) -> None:
        act(self.both[0])
        with (
            mock.patch.object(searching, "consider", plain_proposing.consider),
            mock.patch.object(searching, "best_of_everyone", plain_proposing.best_of_everyone),
        ):
            act(self.both[1])

    def step(self, step: Any) -> None:
        kind, *rest = step
        if kind == "register":
            event = registered(**person_of(rest[0]))
            self.people.append(event.participant_id)
            self.revisions[event.participant_id] = 1
            self.each(lambda m: m.receive(event) and None)
        elif kind in ("change", "withdraw") and self.people:
            who = self.people[rest[0] % len(self.people)]
            self.revisions[who] += 1
            about = person_of(rest[1]) if kind == "change" else {"matching": False}
            event = registered(
                **about,
                participant_id=who,
                revision=self.revisions[who],
                at=NOW + timedelta(minutes=self.revisions[who]),
            )
            self.each(lambda m: m.receive(event) and None)
        elif kind == "look":
            self.each(Matching.settle)
        elif kind == "retarget":
            self.each(lambda m: self._retarget(m, *rest))
        elif kind not in ("change", "withdraw"):
            self.each(lambda m: self._decide(m, kind, rest[0]))

    def _retarget(self, matching: Matching, at: int, aims: int) -> None:
        url = f"{URL}/{self.opportunities[at]}"
        etag = matching.http.get(url).headers["etag"]
        body = {"targets": AIMS[:aims]}
        if matching.view(self.opportunities[at])["seats"] >= 5:
            answer = matching.http.patch(url, json=body, headers={"If-Match": etag})
            assert answer.status_code == 200, answer.text

    def _decide(self, matching: Matching, kind: str, pick: int) -> None:
        wanted = {"approve": "proposed", "decline": "proposed", "undo": "declined"}
        state = wanted.get(kind, "approved")
        rows = matching.read(
            lambda s: (
                s.execute(
                    select(MatchRow)
                    .where(MatchRow.state == state)
                    .order_by(MatchRow.opportunity_id, MatchRow.participant_id)
                )
                .scalars()
                .all()
            )
        )
        if not rows:
            return
        match = rows[pick % len(rows)]
        base = f"/api/v1/proposals/{match.id}"
        if kind in ("approve", "decline", "undo"):
            body = {"reason": "other"} if kind == "decline" else {}
            answer = matching.http.post(f"{base}/{kind}", json=body)
            assert answer.status_code in (200, 409), answer.text
            return
        about = {
            "match_id": str(match.id),
            "participant_id": str(match.participant_id),
        }
        reply = answer_of(about, {"invitation_id": str(match.invitation_id)}, match.opportunity_id)
        if kind == "fail":
            facts = reply.model_dump(exclude={"answer", "answered_at"})
            failed = InvitationFailed(**facts, reason="gone", permanent=True)
            matching.receive(failed)
        else:
            matching.receive(reply.model_copy(update={"answer": kind}))

    def close(self) -> None:
        for matching in self.both:
            matching.node.close()


def everything(matching: Matching) -> list[Any]:
    """Every match without its id, and what was published of it."""

    def read(session: Session) -> list[Any]:
        rows = session.scalars(
            select(MatchRow).order_by(
                MatchRow.opportunity_id, MatchRow.participant_id, MatchRow.state, MatchRow.rank
            )
        ).all()
        facts = ("opportunity_id", "participant_id", "state", "reason", "gain", "new_voice")
        more = ("rank", "tie", "pair_with", "sentence", "explanation", "blocks", "groups")
        seen: list[Any] = [[getattr(m, f) for f in (*facts, *more)] for m in rows]
        due = session.execute(
            select(OpportunityRow.id, OpportunityRow.filled, OpportunityRow.refill_due).order_by(
                OpportunityRow.id
            )
        )
        seen += [tuple(row) for row in due]
        kinds = session.scalars(select(outbox.c.type).order_by(outbox.c.type))
        return [*seen, sorted(kinds)]

    return list(matching.read(read))


@contextmanager
def short_queues() -> Iterator[None]:
    """Bounds so low that queues fill, people are pushed out, and not every queue is looked at."""
    bounds = [
        (proposing, "depth", lambda free: min(4, free + 1)),
        (proposing, "MOST_BLOCKED", 2),
        (searching, "MOST_FOR_ONE_PERSON", 2),
        (searching, "FIRST_LOOK", 1),
    ]
    with ExitStack() as stack:
        for module, name, value in bounds:
            for each in (module, searching, taking_in, plain_proposing):
                if hasattr(each, name):
                    stack.enter_context(mock.patch.object(each, name, value))
        yield


YOUNG_CARER = ("18_24", "asian_indian", "unpaid_carer", None, 0)
OLDER = ("65_74", "white_roma", "none", "bsl", 0)
SEATED_ELSEWHERE: list[Any] = [
    *[("register", YOUNG_CARER)] * 4,
    *[("register", OLDER)] * 2,
    ("approve", 0),
    ("yes", 0),
    ("approve", 5),
    *[("register", YOUNG_CARER)] * 2,
    ("yes", 0),
    *[("register", OLDER)] * 3,
    ("withdraw", 1),
    ("look",),
    *[("register", YOUNG_CARER)] * 2,
]


@settings(max_examples=examples(6))
@example(SEATED_ELSEWHERE)
@given(st.lists(steps, min_size=8, max_size=30))
def test_whatever_happens_the_queues_are_those_of_judging_everybody_anew(
    tmp_path_factory: pytest.TempPathFactory, happened: list[Any]
) -> None:
    pair = Pair(tmp_path_factory.mktemp("pair"))
    try:
        with short_queues():
            for step in happened:
                pair.step(step)
                one, two = map(everything, pair.both)
                assert one == two, step
            pair.each(Matching.settle)
            assert everything(pair.both[0]) == everything(pair.both[1])
    finally:
        pair.close()


def test_a_registration_judges_nobody_else_anew(matching: Matching) -> None:
    opportunities = [matching.open(targets=AIMS[:2]) for _ in range(3)]
    for _ in range(4):
        matching.register()
    matching.settle()
    with mock.patch.object(proposing, "refresh", side_effect=AssertionError("judged anew")):
        newcomer = matching.register()
    for opportunity in opportunities:
        found = matching.proposals(opportunity)
        assert str(newcomer) in {p["participant_id"] for p in found}


def test_whoever_took_a_seat_elsewhere_stands_behind_new_voices_from_the_next_event_on(
    matching: Matching,
) -> None:
    here, there = (matching.open(targets=AIMS[:1]) for _ in range(2))
    seated = matching.register()
    matching.receive(matching.invite(there, seated))
    newcomers = [matching.register() for _ in range(2)]
    found = matching.proposals(here)
    assert [p["participant_id"] for p in found][-1] == str(seated)
    assert {p["participant_id"] for p in found[:-1]} == {str(n) for n in newcomers}
    assert [p["new_voice"] for p in found] == [True, True, False]
    assert "they are a familiar voice" in found[-1]["sentence"]


def test_what_a_rolled_back_transaction_wrote_is_not_kept(matching: Matching) -> None:
    opportunity = matching.open(seats=3, targets=AIMS[:1])
    someone = Participant("p", categories={"age_band": frozenset({"18_24"})})

    def places(session: Session) -> list[UUID]:
        found = board.standing(session, ORGANISATION, someone, NOW, 10)
        return [i for i, _ in found]

    class Regret(Exception):
        pass

    def close_and_fail(session: Session) -> None:
        row = store.locked(session, opportunity)
        row.filled = row.seats
        assert places(session) == []
        raise Regret

    assert matching.write(places) == [opportunity]
    with pytest.raises(Regret):
        matching.write(close_and_fail)
    assert matching.write(places) == [opportunity]


def test_a_change_by_another_process_is_seen(matching: Matching) -> None:
    opportunity = matching.open(seats=3, targets=AIMS[:1])
    someone = Participant("p", categories={"age_band": frozenset({"18_24"})})
    other = Database("matching", matching.node.database.url)

    def places(session: Session) -> int:
        return len(board.standing(session, ORGANISATION, someone, NOW, 10))

    assert matching.write(places) == 1
    with other.writing() as session:
        row = store.locked(session, opportunity)
        row.state = "closed"
    other.dispose()
    assert matching.write(places) == 0


@given(opportunities(), st.lists(categories, max_size=4), crowd())
def test_opportunities_stand_where_a_seat_is_worth_something_and_no_fixed_rule_is_against_it(
    opp: Opportunity, holders: list[Categories], people: list[Participant]
) -> None:
    tally = gaps.count(opp, holders)
    table = OpenOpportunities()
    table.put(opp, tally)
    for person in people:
        found = proposing.assess(opp, tally, Candidate(person), PEOPLE_NOW)
        stands = table.standing(person, PEOPLE_NOW, 5)
        assert bool(stands) == (found.outcome != "none")
        if stands:
            assert (stands[0].rank, stands[0].tie) == (found.score.rank, found.score.tie)
