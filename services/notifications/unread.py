"""Whose text has arrived and is still unread: it may be a STOP, so nothing goes to them first."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.notifications.models import Inbound, Recipient

IS_NEW = Inbound.state == "new"


def people_who_wrote(
    session: Session, among: Collection[UUID], arrived: Collection[str]
) -> frozenset[UUID]:
    """Which of these people have a text of theirs waiting to be read.

    arrived: blind indexes of the phones whose texts are not yet in the database.
    """
    if not among:
        return frozenset()
    if not arrived and session.scalar(select(Inbound.provider_id).where(IS_NEW).limit(1)) is None:
        return frozenset()
    query = select(Recipient.participant_id, Recipient.phone_index)
    query = query.where(Recipient.participant_id.in_(among), Recipient.phone_index.is_not(None))
    phones = {row.participant_id: row.phone_index for row in session.execute(query)}
    new = select(Inbound.phone_index).where(IS_NEW, Inbound.phone_index.in_(phones.values()))
    unread = {*arrived, *session.scalars(new)}
    return frozenset(person for person, phone in phones.items() if phone in unread)
