"""The past of the small community: meetings held and paid for, what was said, what got in the way.

Through the same commands as the APIs, with the clock of then.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from services.cli.community import VENUES
from services.cli.journey import contact_body, opportunity_body
from services.matching import commands as matching_commands
from services.matching.barriers import commands as barriers
from services.matching.barriers.bodies import RecordAction, ReportBarriers
from services.matching.bodies import On, OpenOpportunity, ShareFeedback
from services.matching.feedback_loop import commands as feedback_loop
from services.matching.feedback_loop.bodies import NoteSaid
from services.matching.reciprocity import commands as reciprocity
from services.matching.reciprocity import store as reciprocity_store
from services.matching.reciprocity.bodies import (
    RecordChoice,
    RecordOwed,
    RecordSession,
    Settle,
)
from services.outreach.bodies import ContactBody
from services.outreach.commands.contacts import Log
from services.outreach.commands.contacts import log as log_contact
from services.runtime.node import Node
from services.runtime.security.principal import Principal

CHOICES: tuple[Any, ...] = ("paid", "paid", "paid", "paid", "expenses_only", "declined")
SAID = (
    "Visitors wait too long at the door.",
    "The sign-in book is hard to read.",
    "Families want to know visiting times for the holidays.",
)
HEARD = (
    ("travel", "never_asked"),
    ("never_asked",),
    ("time", "caring"),
    ("cost",),
    ("nothing_changed",),
    ("travel",),
    ("language",),
    ("never_asked", "cost"),
)
DONE: tuple[dict[str, Any], ...] = (
    {
        "code": "travel",
        "what": "A minibus from the estate to each meeting.",
        "done_by": "host",
        "outcome": "removed",
        "cost_pence": 12000,
    },
    {
        "code": "time",
        "what": "Every second meeting is in the evening.",
        "done_by": "coordinator",
        "outcome": "eased",
    },
    {
        "code": "language",
        "what": "An interpreter for Urdu and Polish.",
        "done_by": "host",
        "outcome": "removed",
        "cost_pence": 18000,
    },
)


def seed_thanks(
    outreach: Node, matching: Node, worker: Principal, coordinator: Principal, now: datetime
) -> None:
    _group(matching, coordinator, now)
    _barriers(outreach, matching, worker, coordinator, now)


def _group(node: Node, coordinator: Principal, now: datetime) -> None:
    """A full group that met twice: paid in time, paid late, overdue, not due yet."""
    first, second = now - timedelta(days=90), now - timedelta(days=55)
    meetings = [
        {"on": at.date().isoformat(), "starts": "14:00", "ends": "16:00"} for at in (first, second)
    ]
    body = OpenOpportunity.model_validate(
        opportunity_body(
            title="Visiting charter group",
            host_name="Rowan House",
            host_kind="care_home",
            purpose="To write what visitors can count on.",
            place="Rowan House, Mill Street",
            seats=6,
            targets=[],
            members=[{"prior_seat": number < 2} for number in range(6)],
            sessions=meetings,
        )
    )
    with node.database.writing() as session:
        opened = matching_commands.open_opportunity(
            session, coordinator, body, first - timedelta(days=20)
        )
        here = opened.opportunity_id
        session.flush()
        people = [each.holder_id for each in reciprocity_store.holders(session, here)]
        _choices(session, coordinator, here, people, first)
        _payments(session, coordinator, here, people, first, second)
        _said(session, coordinator, here, first, second)


def _choices(
    session: Session, coordinator: Principal, here: UUID, people: list[UUID], at: datetime
) -> None:
    for holder, choice in zip(people, CHOICES, strict=True):
        said = RecordChoice(choice=choice, told_about_benefits=True)
        reciprocity.record_choice(session, coordinator, On(here, (holder, said)), at)
    session.flush()


def _payments(
    session: Session,
    coordinator: Principal,
    here: UUID,
    people: list[UUID],
    first: datetime,
    second: datetime,
) -> None:
    owed = []
    for at in (first, second):
        came = RecordSession(on=at.date(), holder_ids=people)
        owed.append(reciprocity.record_session(session, coordinator, On(here, came), at).owed_ids)
        session.flush()
    travel = RecordOwed.model_validate(
        {
            "holder_id": people[4],
            "kind": "expense",
            "expense": "travel",
            "rate_id": "mileage_car",
            "quantity": "12.5",
            "session_on": second.date(),
            "due_on": second.date() + timedelta(days=70),
        }
    )
    training = RecordOwed(holder_id=people[5], kind="training", label="Chairing a meeting", pence=0)
    for thing in (travel, training):
        reciprocity.record_owed(session, coordinator, On(here, thing), second)
    session.flush()
    for ids, at in ((owed[0], first + timedelta(days=14)), (owed[1][:2], second + timedelta(35))):
        paid = Settle(owed_ids=ids, paid_on=at.date())
        reciprocity.settle(session, coordinator, On(here, paid), at)
    session.flush()


def _said(
    session: Session, coordinator: Principal, here: UUID, first: datetime, second: datetime
) -> None:
    ids = [
        feedback_loop.note_said(
            session, coordinator, On(here, NoteSaid(words=words, said_on=at.date())), at
        ).said_id
        for words, at in zip(SAID, (first, first, second), strict=True)
    ]
    session.flush()
    answer = ShareFeedback(
        you_said=SAID[0],
        we_did="A second person opens the door at weekends.",
        outcome="changed",
        answers=ids[:1],
    )
    at = first + timedelta(days=21)
    matching_commands.share_feedback(session, coordinator, On(here, answer), at)


def _barriers(
    outreach: Node, matching: Node, worker: Principal, coordinator: Principal, now: datetime
) -> None:
    """Conversations and notes of the last months, more of them lately."""
    for months_ago, conversations in ((4, 6), (3, 8), (2, 11), (1, 14)):
        then = now - timedelta(days=31 * months_ago)
        for number in range(conversations):
            with outreach.database.writing() as session:
                log_contact(session, worker, Log(uuid4(), _conversation(number, then)), then)
        with matching.database.writing() as session:
            for who, codes in ((worker, ["travel", "language"]), (coordinator, ["time", "cost"])):
                for _ in range(3):
                    seen = ReportBarriers(codes=codes, on=then.date())
                    barriers.report(session, who, seen, then)
    with matching.database.writing() as session:
        for number, done in enumerate(DONE):
            at = now - timedelta(days=20 * (number + 1))
            action = RecordAction.model_validate(done | {"done_on": at.date()})
            barriers.act(session, coordinator, action, at)


def _conversation(number: int, then: datetime) -> ContactBody:
    venue = tuple(VENUES)[number % len(VENUES)]
    body = contact_body(venue) | {
        "contacted_on": then.date().isoformat(),
        "recorded_at": then.isoformat(),
        "barriers": list(HEARD[number % len(HEARD)]),
        "notes": None,
        "follow_up_on": None,
    }
    return ContactBody.model_validate(body)
