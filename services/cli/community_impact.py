"""A made-up year of a programme, so that its page shows something. Nobody in it exists.

The rows are what events of that year would have left behind; no message is sent for them.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.cli.journey import opportunity_body
from services.matching import commands as matching_commands
from services.matching import store
from services.matching.bodies import On, OpenOpportunity, ShareFeedback
from services.matching.impact import commands
from services.matching.impact.bodies import CostBody, InfluenceBody, ProgrammeBody
from services.matching.impact.models import AskedRow
from services.matching.models import MatchRow, SeatRow, TermRow
from services.runtime.node import Node
from services.runtime.security.principal import Principal

LENGTH = timedelta(days=330)
GROUPS: tuple[tuple[dict[str, Any], int], ...] = (
    ({"title": "Home care standards group", "seats": 22}, 320),
    ({"title": "Short breaks for carers panel", "host_kind": "voluntary", "seats": 16}, 250),
)
THEORY = {
    "inputs": ["One link worker for three days a week", "£25 for each meeting, and travel"],
    "activities": [
        "Outreach at the food bank, the mosques and the market",
        "Invitations by text, with a person to ring",
    ],
    "outputs": ["Open seats are filled within eight weeks"],
    "outcomes": ["Half of the people who take a seat never sat on a panel before", "People stay"],
    "impact": ["Home care follows what people asked for"],
}
AIMS = {
    "answered": 0.6,
    "survey_response": 0.6,
    "listened": 0.7,
    "again": 0.7,
    "accepted": 0.5,
    "feedback_given": 1.0,
    "time_to_fill": 56,
    "new_voice_rate": 0.5,
    "retention": 0.75,
    "barriers_removed": 0.5,
    "decisions_influenced": 0.5,
    "cost_per_new_voice": 60_000,
}
DECISIONS = (
    (300, "How long a home care visit is at least", "changed", "The contract says 30 minutes."),
    (240, "Who may change the times of visits", "changed", "Minutes of the board, item 4."),
    (180, "Which providers are asked to bid", "unchanged", "The law on tenders left no room."),
    (90, "What the complaints letter says", "changed", "The new letter is in use."),
    (20, "Whether evening breaks are offered", "open", ""),
)


def seed_impact(node: Node, coordinator: Principal, now: datetime) -> None:
    """One programme with two groups, a year of seats, costs and decisions."""
    dice = Random(2026)  # noqa: S311 - the same made-up year each time
    ids = []
    for changes, days_ago in GROUPS:
        with node.database.writing() as session:
            ids.append(
                _group(session, coordinator, changes, now - timedelta(days=days_ago), now, dice)
            )
    body = ProgrammeBody.model_validate(
        {
            "name": "New voices in home care (made-up figures)",
            "started_on": (now - LENGTH).date(),
            "theory": THEORY,
            "aims": AIMS,
            "opportunity_ids": ids,
        }
    )
    with node.database.writing() as session:
        programme = commands.start(session, coordinator, body, now).programme_id
        _costs(session, coordinator, programme, now)
        _answers(session, programme, ids, now, dice)
        for ago, what, outcome, why in DECISIONS:
            on = (now - timedelta(days=ago)).date()
            said = InfluenceBody.model_validate(
                {"on": on, "what": what, "outcome": outcome, "why": why}
            )
            commands.enter_decision(session, coordinator, On(programme, said), now)


def _costs(session: Session, coordinator: Principal, programme: UUID, now: datetime) -> None:
    for month in range(11):
        on = (now - LENGTH + timedelta(days=30 * month + 5)).date()
        for line in _lines(on, month):
            body = On(programme, CostBody.model_validate(line))
            commands.enter_cost(session, coordinator, body, now)


def _answers(
    session: Session, programme: UUID, groups: list[UUID], now: datetime, dice: Random
) -> None:
    """Two questions by text, a month ago: two in three answer, most of them twice."""
    query = select(MatchRow).where(
        MatchRow.opportunity_id.in_(groups), MatchRow.state == "accepted"
    )
    asked = now - timedelta(days=30)
    for match in session.scalars(query.order_by(MatchRow.asked_at, MatchRow.id)):
        answers = dice.random() < 0.65
        for question in ("listened", "again"):
            value = dice.choices((1, 2, 3, 4, 5), (10, 14, 20, 32, 24))[0]
            session.add(
                AskedRow(
                    match_id=match.id,
                    question=question,
                    programme_id=programme,
                    participant_id=match.participant_id,
                    asked_at=asked,
                    value=value if answers else None,
                    answered_at=asked + timedelta(hours=2) if answers else None,
                )
            )
            if not answers:
                break
            answers = dice.random() < 0.85


def _lines(on: date, month: int) -> list[dict[str, Any]]:
    return [
        {"on": on, "kind": "staff_hours", "minutes": 2400, "pence_an_hour": 2150},
        {"on": on, "kind": "payments", "pence": 20_000 + 2_500 * month},
        {"on": on, "kind": "travel", "pence": 3_140 + 110 * month, "note": "Bus fares"},
        {"on": on, "kind": "access", "pence": 9_000 if month % 3 == 0 else 0},
    ]


def _group(
    session: Session,
    coordinator: Principal,
    changes: dict[str, Any],
    opened: datetime,
    now: datetime,
    dice: Random,
) -> UUID:
    members = [{"prior_seat": True}, {"prior_seat": True}]
    given = opportunity_body(**changes, members=members, targets=[], sessions=[])
    body = OpenOpportunity.model_validate(given)
    group = matching_commands.open_opportunity(session, coordinator, body, opened).opportunity_id
    query = select(SeatRow).where(SeatRow.opportunity_id == group, SeatRow.state == "open")
    seats = session.scalars(query.order_by(SeatRow.number)).all()
    for seat in seats[:-2]:
        _fill(session, seat, opened + timedelta(days=dice.uniform(6, 75)), now, dice)
    for _ in range(len(seats) // 2):
        asked = opened + timedelta(days=dice.uniform(5, 60))
        said = {"state": "declined", "reason": "said_no"}
        session.add(_match(group, asked, new_voice=True, **said))
    for _ in range(len(seats) // 4):
        asked = opened + timedelta(days=dice.uniform(5, 60))
        session.add(_match(group, asked, new_voice=True, state="invited", reason=""))
    session.flush()
    row = store.locked(session, group)
    store.recount(session, row)
    matching_commands.share_feedback(
        session,
        coordinator,
        On(
            group,
            ShareFeedback(
                you_said="Visits are too short to do more than the tablets.",
                we_did="A visit takes 30 minutes at least in the new contract.",
            ),
        ),
        opened + timedelta(days=100),
    )
    return group


def _match(group: UUID, asked: datetime, *, new_voice: bool, state: str, reason: str) -> MatchRow:
    return MatchRow(
        id=uuid4(),
        opportunity_id=group,
        participant_id=uuid4(),
        state=state,
        reason=reason,
        gain=0,
        new_voice=new_voice,
        rank=0,
        tie="",
        invitation_id=uuid4(),
        reply_by=(asked + timedelta(days=7)).date(),
        asked_at=asked,
        created_at=asked,
        updated_at=asked,
    )


def _fill(session: Session, seat: SeatRow, taken: datetime, now: datetime, dice: Random) -> None:
    """Somebody takes the seat; one in four leaves, and half of those seats are taken again."""
    left = taken + timedelta(days=dice.uniform(20, 150))
    leaves = dice.random() < 0.25 and left < now
    match = _match(
        seat.opportunity_id,
        taken - timedelta(days=3),
        new_voice=dice.random() < 0.62,
        state="released" if leaves else "accepted",
        reason="stepped_down" if leaves else "",
    )
    session.add(match)
    session.flush()
    session.add(
        TermRow(
            id=uuid4(),
            opportunity_id=seat.opportunity_id,
            seat_id=seat.id,
            holder_id=match.participant_id,
            is_member=False,
            new_voice=match.new_voice,
            started_at=taken,
            ended_at=left if leaves else None,
        )
    )
    if not leaves:
        seat.state, seat.match_id = "filled", match.id
        seat.participant_id, seat.filled_at = match.participant_id, taken
        session.flush()
        return
    again = left + timedelta(days=dice.uniform(10, 40))
    if dice.random() < 0.5 and again < now:
        _fill(session, seat, again, now, dice)
