"""Many at once: events, outcomes and reports share transactions, and none suffers for another."""

from __future__ import annotations

import threading
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event as sql_event
from sqlalchemy.orm import Session

from schemas.events import Consent, ConsentChanged, ParticipantErased
from services.notifications import receipts, sending, settling
from services.notifications.models import Message, Receipt
from services.notifications.settling import Mark
from services.runtime import outbox
from tests.support.journey import Journey

PHONES = [f"+4477009001{n:02d}" for n in range(20)]


def asked(journey: Journey, person: UUID) -> Any:
    """The event of a request, not delivered yet."""
    told: list[Any] = []
    journey.tell, tell = told.append, journey.tell  # type: ignore[method-assign]
    try:
        return journey.request(person)
    finally:
        journey.tell = tell  # type: ignore[method-assign]


def withdrawn(journey: Journey, person: UUID) -> ConsentChanged:
    no = Consent(
        purpose="contact", channel="sms", given=False, wording_version="1", at=journey.clock()
    )
    return ConsentChanged(participant_id=person, consent=no, evidence="link_worker")


def test_a_consent_withdrawn_in_the_same_batch_stops_the_invitation(journey: Journey) -> None:
    person = journey.register()
    journey.clock.forward(seconds=1)
    journey.tell(withdrawn(journey, person), asked(journey, person))
    journey.run_jobs()
    assert journey.bodies() == []
    assert [task.kind for task in journey.tasks()] == ["no_way_to_reach"]


def test_somebody_erased_in_the_same_batch_is_not_invited(journey: Journey) -> None:
    person, other = journey.register(), journey.register(phone=PHONES[0])
    journey.tell(
        ParticipantErased(participant_id=person), asked(journey, person), asked(journey, other)
    )
    journey.run_jobs()
    assert len(journey.messages()) == len(journey.bodies()) == 1


def test_an_invitation_asked_for_twice_in_one_batch_is_written_once(journey: Journey) -> None:
    request = asked(journey, journey.register())
    journey.tell(request, request)
    journey.run_jobs()
    assert len(journey.bodies()) == 1


def test_a_batch_of_invitations_takes_few_statements(journey: Journey) -> None:
    people = [journey.register(phone=phone) for phone in PHONES]
    requests = [asked(journey, person) for person in people]
    statements: list[str] = []
    engine = journey.node.database.engine
    sql_event.listen(engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
    journey.tell(*requests)
    # A query each would make it 20 and more for every kind of query.
    assert len(statements) < len(people) + 10
    journey.run_jobs()
    assert len(journey.bodies()) == len(people)


def test_a_report_that_cannot_be_taken_into_effect_holds_up_no_other(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    for phone in PHONES[:3]:
        journey.invited(phone=phone)
    sent = journey.messages()
    bad = sent[1].id
    publish = outbox.publish

    def refuses(session: Session, payload: Any, now: Any) -> Any:
        if payload.invitation_id == sent[1].invitation_id:
            raise ValueError("cannot be published")
        return publish(session, payload, now)

    monkeypatch.setattr(receipts.outbox, "publish", refuses)
    with journey.node.database.writing() as session:
        for message in sent:
            made = Receipt(
                provider_id=message.provider_id or "",
                status="delivered",
                received_at=journey.clock(),
                handled=False,
            )
            session.add(made)
    journey.run_jobs()
    states = {message.id: message.state for message in journey.messages()}
    assert states == {m.id: "sent" if m.id == bad else "delivered" for m in sent}
    assert [task.kind for task in journey.tasks()] == ["unclear_delivery"]
    assert len(journey.published("invitation.delivered")) == 2


def test_a_report_that_tells_whose_number_it_is_serves_the_next_one_of_its_batch(
    journey: Journey,
) -> None:
    journey.request(journey.register())
    with journey.node.database.writing() as session:
        (message,) = session.query(Message).all()
        message.state, message.due_at = "sending", journey.clock()
        for status, reference in (("sent", message.id), ("delivered", None)):
            journey.clock.forward(seconds=1)
            session.add(
                Receipt(
                    provider_id="SMx",
                    status=status,
                    message_id=reference,
                    received_at=journey.clock(),
                    handled=False,
                )
            )
    receipts.settle_receipts(journey.node, journey.clock())
    assert [message.state for message in journey.messages()] == ["delivered"]


def test_an_outcome_that_cannot_be_marked_leaves_the_others_marked(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = [journey.request(journey.register(phone=phone)) for phone in PHONES[:3]]
    bad = requests[1].invitation_id
    mark_sent = settling.mark_sent

    def refuses(session: Session, message: Message, *more: Any) -> None:
        if message.invitation_id == bad:
            raise ValueError("cannot be marked")
        mark_sent(session, message, *more)

    monkeypatch.setattr(settling, "mark_sent", refuses)
    sending.dispatch(journey.node, journey.clock())
    states = {message.invitation_id: message.state for message in journey.messages()}
    assert states == {r.invitation_id: "sending" if r is requests[1] else "sent" for r in requests}
    monkeypatch.undo()
    for _ in range(3):
        journey.clock.forward(minutes=1)
        journey.run_jobs()
    assert {message.state for message in journey.messages()} == {"sent"}
    assert len(journey.bodies()) == 3


def test_an_outcome_for_a_message_that_is_gone_changes_nothing(journey: Journey) -> None:
    journey.invited()
    (message,) = journey.messages()
    gone = Mark(
        item=sending.Claimed(uuid4(), "sms", 1, journey.clock(), False),
        outcome=None,
        at=journey.clock(),
    )
    providers = journey.node.extras["providers"]
    journey.node.writer.write(lambda s: settling.settle_all(s, [gone], providers))
    assert [one.state for one in journey.messages()] == [message.state]


def test_no_sending_thread_outlives_its_service(journey: Journey) -> None:
    journey.invited()
    mine = {thread for thread in threading.enumerate() if thread.name.startswith("send")}
    assert mine
    journey.node.close()
    assert not [thread for thread in mine if thread.is_alive()]
