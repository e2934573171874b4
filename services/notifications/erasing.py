"""Takes out of notifications all that tells of a person who asked to be forgotten."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from schemas.envelope import new_id
from services.notifications import at_hand, store
from services.notifications.models import (
    ConsentEntry,
    ErasedRecipient,
    Inbound,
    Invitation,
    Message,
    Recipient,
    Task,
)


def erase(session: Session, participant_id: UUID, now: datetime) -> None:
    """Remove all that tells of a person; counts of messages stay, without whose they were."""
    if (known := at_hand.of(session)) is not None:
        known.erased.add(participant_id)
        known.asked.discard(participant_id)
    if session.get(ErasedRecipient, participant_id) is None:
        session.add(ErasedRecipient(participant_id=participant_id, erased_at=now))
    store.cancel_queued(session, participant_id, None, now, "erased at the person's request")
    session.execute(
        update(Message).where(Message.participant_id == participant_id).values(sealed=None)
    )
    _forget_replies(session, participant_id)
    session.execute(delete(Recipient).where(Recipient.participant_id == participant_id))
    session.execute(delete(ConsentEntry).where(ConsentEntry.participant_id == participant_id))
    session.execute(delete(Task).where(Task.participant_id == participant_id))
    session.execute(
        update(Invitation)
        .where(Invitation.participant_id == participant_id, Invitation.state.in_(store.OPEN_STATES))
        .values(state="cancelled", reason="erased at the person's request")
    )
    # What was sent stays as counts, under an id that is nobody's.
    nobody = new_id()
    for table in (Message, Invitation):
        session.execute(
            update(table)
            .where(table.participant_id == participant_id)
            .values(participant_id=nobody)
        )
    session.expire_all()


def _forget_replies(session: Session, participant_id: UUID) -> None:
    """Their replies, and those that no one person could be told from, once nobody shares the phone.

    A reply on a shared phone may be the other person's, so it stays while one of them does.
    """
    session.execute(delete(Inbound).where(Inbound.participant_id == participant_id))
    known = session.get(Recipient, participant_id)
    if known is None or known.phone_index is None:
        return
    sharing = select(Recipient.participant_id).where(
        Recipient.phone_index == known.phone_index, Recipient.participant_id != participant_id
    )
    if session.scalar(sharing.limit(1)) is None:
        session.execute(delete(Inbound).where(Inbound.phone_index == known.phone_index))
