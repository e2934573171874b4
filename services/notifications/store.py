"""Reads and writes of notifications' own tables, a few lines each."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from schemas.envelope import new_id
from services.notifications import at_hand
from services.notifications.models import (
    Base,
    ConsentEntry,
    ErasedRecipient,
    Invitation,
    Message,
    OpportunityFacts,
    Recipient,
    Task,
)
from services.runtime.database import Database
from services.runtime.security.sealing import Sealer

CONTACT_FIELD = "contact"
MESSAGE_FIELD = "message"
INBOUND_FIELD = "inbound"
OPEN_STATES = ("requested", "sent", "held")


@dataclass(frozen=True)
class ContactDetails:
    """A person's name and addresses, opened. Never log it, never put it in an exception."""

    name: str
    phone: str | None
    email: str | None
    advocate_email: str | None = None

    @property
    def first_name(self) -> str:
        return self.name.split()[0] if self.name.split() else ""


def sealer(session: Session) -> Sealer:
    found = session.info["sealer"]
    assert isinstance(found, Sealer)
    return found


def open_contact(session: Session, recipient: Recipient) -> ContactDetails | None:
    if recipient.sealed is None:
        return None
    known = at_hand.of(session)
    if known is not None and recipient.sealed in known.contacts:
        return known.contacts[recipient.sealed]
    raw = json.loads(
        sealer(session).open(recipient.participant_id, CONTACT_FIELD, recipient.sealed)
    )
    opened = ContactDetails(
        raw.get("name", ""), raw.get("phone"), raw.get("email"), raw.get("advocate_email")
    )
    if known is not None:
        known.contacts[recipient.sealed] = opened
    return opened


def seal_message(session: Session, recipient: Recipient, content: str) -> str:
    """Seal under the person's own data key, which travels in their contact envelope."""
    assert recipient.sealed is not None
    key = recipient.sealed.split(".", 1)[1].rsplit(".", 2)[0]
    return sealer(session).seal(recipient.participant_id, MESSAGE_FIELD, content, key)


def is_erased(session: Session, participant_id: UUID) -> bool:
    known = at_hand.of(session)
    if known is not None and participant_id in known.people:
        return participant_id in known.erased
    return session.get(ErasedRecipient, participant_id) is not None


def erased(session: Session, people: Iterable[UUID]) -> set[UUID]:
    """Those of `people` who asked to be forgotten."""
    wanted = ErasedRecipient.participant_id.in_(list(people))
    return set(session.scalars(select(ErasedRecipient.participant_id).where(wanted)))


def recipient(session: Session, participant_id: UUID) -> Recipient:
    """The recipient's row, made when there is none yet."""
    found = session.get(Recipient, participant_id)
    if found is None:
        found = Recipient(participant_id=participant_id, revision=0, contact_revision=0)
        session.add(found)
        session.flush()
    return found


def recipient_or_none(session: Session, participant_id: UUID) -> Recipient | None:
    return session.get(Recipient, participant_id)


def by_phone(session: Session, phone: str) -> list[Recipient]:
    """Everybody who gave this number (E.164), oldest id first."""
    index = sealer(session).blind_index(phone)
    query = select(Recipient).where(Recipient.phone_index == index)
    return list(session.scalars(query.order_by(Recipient.participant_id)))


def consent_given(session: Session, participant_id: UUID, channel: str) -> bool:
    """The newest entry of the ledger decides; at the same instant a withdrawal does."""
    known = at_hand.of(session)
    if known is not None and participant_id in known.asked:
        return (participant_id, channel) in known.agreed
    newest = session.execute(
        select(ConsentEntry.given)
        .where(ConsentEntry.participant_id == participant_id, ConsentEntry.channel == channel)
        .order_by(ConsentEntry.at.desc(), ConsentEntry.given.asc(), ConsentEntry.id.desc())
        .limit(1)
    ).scalar()
    return bool(newest)


def consents(session: Session, people: Iterable[UUID]) -> frozenset[tuple[UUID, str]]:
    """(person, channel) for every consent that stands; the same rule as `consent_given`."""
    entries = session.execute(
        select(ConsentEntry.participant_id, ConsentEntry.channel, ConsentEntry.given)
        .where(ConsentEntry.participant_id.in_(list(people)))
        .order_by(ConsentEntry.at, ConsentEntry.given.desc(), ConsentEntry.id)
    )
    newest = {(person, channel): given for person, channel, given in entries}
    return frozenset(key for key, given in newest.items() if given)


def record_consent(
    session: Session,
    participant_id: UUID,
    channel: str,
    given: bool,
    at: datetime,
    wording_version: str,
    evidence: str,
) -> None:
    if (known := at_hand.of(session)) is not None:
        known.asked.discard(participant_id)
    session.add(
        ConsentEntry(
            participant_id=participant_id,
            channel=channel,
            given=given,
            at=at,
            wording_version=wording_version,
            evidence=evidence,
        )
    )


def cancel_queued(
    session: Session, participant_id: UUID, channel: str | None, now: datetime, reason: str
) -> None:
    """Nothing queued goes out any more; what is being sent this moment is past recall."""
    statement = update(Message).where(
        Message.participant_id == participant_id, Message.state == "queued"
    )
    if channel is not None:
        statement = statement.where(Message.channel == channel)
    session.execute(statement.values(state="cancelled", reason=reason, finished_at=now))


def cancel_invitation_messages(
    session: Session, invitation_id: UUID, now: datetime, reason: str
) -> None:
    session.execute(
        update(Message)
        .where(Message.invitation_id == invitation_id, Message.state == "queued")
        .values(state="cancelled", reason=reason, finished_at=now)
    )


def opportunity(session: Session, opportunity_id: UUID) -> OpportunityFacts | None:
    return session.get(OpportunityFacts, opportunity_id)


def invitation(session: Session, invitation_id: UUID) -> Invitation | None:
    known = at_hand.of(session)
    if known is not None and invitation_id in known.new:
        return None
    return session.get(Invitation, invitation_id)


def add_invitation(session: Session, invitation: Invitation) -> None:
    if (known := at_hand.of(session)) is not None:
        known.new.discard(invitation.id)
    session.add(invitation)


def invitations(session: Session, ids: Iterable[UUID]) -> list[Invitation]:
    return list(session.scalars(select(Invitation).where(Invitation.id.in_(list(ids)))))


def open_invitations(session: Session, participant_ids: Iterable[UUID]) -> list[Invitation]:
    """Sent and not yet answered, oldest first."""
    query = select(Invitation).where(
        Invitation.participant_id.in_(list(participant_ids)), Invitation.state == "sent"
    )
    return list(session.scalars(query.order_by(Invitation.sent_at, Invitation.id)))


def add_task(
    session: Session,
    *,
    organisation_id: str,
    participant_id: UUID,
    invitation_id: UUID | None,
    kind: str,
    detail: str,
    now: datetime,
    about: str = "",
    facts: dict[str, Any] | None = None,
) -> None:
    session.add(
        Task(
            id=new_id(),
            organisation_id=organisation_id,
            participant_id=participant_id,
            invitation_id=invitation_id,
            kind=kind,
            detail=detail,
            created_at=now,
            about=about,
            facts=facts or {},
        )
    )


def finish_tasks(session: Session, invitation_id: UUID, about: str, now: datetime) -> None:
    query = select(Task).where(
        Task.invitation_id == invitation_id, Task.about == about, Task.done_at.is_(None)
    )
    for task in session.scalars(query):
        task.done_at = now


def add_once(session: Session, table: type[Base], rows: list[dict[str, Any]]) -> None:
    """Add rows, save those whose key is there already. One statement, no look before."""
    session.connection().execute(_insert_once(table, session.get_bind().dialect.name), rows)


@cache
def _insert_once(table: type[Base], dialect: str) -> Insert:
    make = sqlite_insert if dialect == "sqlite" else postgresql_insert
    return make(Base.metadata.tables[table.__tablename__]).on_conflict_do_nothing()


def locked_messages(
    session: Session, ids: Iterable[UUID], provider_ids: Iterable[str] = ()
) -> list[Message]:
    """Messages by our id or the provider's, as they are now and until the commit.

    In the order of their ids, so that two who lock some of the same never wait for each other.
    """
    query = (
        select(Message)
        .where(or_(Message.id.in_(list(ids)), Message.provider_id.in_(list(provider_ids))))
        .order_by(Message.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


def any_row(database: Database, query: str) -> bool:
    """Whether a query finds anything. Asked after every commit, so it passes the session by."""
    if database.is_sqlite:
        return bool(database.glance(query))
    return database.read(lambda session: session.execute(text(query)).first() is not None)
