"""Which records of outreach have been kept for long enough."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.outreach import consent, sealed, store
from services.outreach.account_models import Account, SignIn
from services.outreach.care_models import Concern, ConcernStep, Familiarity, LearningDone
from services.outreach.commands.erasure import erase_expired
from services.outreach.models import ConsentEntry, HeldSeat, OutreachContact, Participant
from services.outreach.sign_in_models import (
    Identity,
    OwnPageLink,
    Passkey,
    RecoveryCode,
    SecondFactor,
)
from services.runtime.retention import BATCH, Rule


def _count(
    session: Session, column: InstrumentedAttribute[UUID], condition: ColumnElement[bool]
) -> int:
    return session.scalar(select(func.count(column)).where(condition)) or 0


def _old_notes(before: datetime) -> ColumnElement[bool]:
    told = or_(OutreachContact.notes.is_not(None), OutreachContact.asked.is_not(None))
    return and_(told, OutreachContact.received_at < before)


def count_notes(session: Session, before: datetime) -> int:
    return _count(session, OutreachContact.id, _old_notes(before))


def clear_notes(session: Session, before: datetime, _now: datetime) -> int:
    """The words go; that a contact took place, where and with how many, stays for the counts."""
    query = select(OutreachContact.id).where(_old_notes(before)).limit(BATCH)
    ids = session.scalars(query).all()
    session.execute(
        update(OutreachContact)
        .where(OutreachContact.id.in_(ids))
        .values(asked=None, notes=None, revision=OutreachContact.revision + 1)
    )
    for one in ids:
        sealed.forget_key(session, one)
    return len(ids)


def _last_word() -> ColumnElement[datetime]:
    return (
        select(func.max(ConsentEntry.received_at))
        .where(ConsentEntry.participant_id == Participant.id)
        .scalar_subquery()
    )


def _without_consent(session: Session, before: datetime) -> list[UUID]:
    """People whose every yes was taken back before then. Merged records follow the kept one."""
    query = select(Participant.id).where(Participant.merged_into.is_(None), _last_word() < before)
    found = []
    for one in session.scalars(query.order_by(Participant.id)):
        entries = store.consents(session, one)
        if not any(entry.given for entry in consent.current(entries).values()):
            found.append(one)
    return found


def _silent(before: datetime) -> ColumnElement[bool]:
    seat = select(HeldSeat.seat_id).where(
        HeldSeat.participant_id == Participant.id,
        or_(HeldSeat.released_at.is_(None), HeldSeat.filled_at >= before),
    )
    return and_(
        Participant.merged_into.is_(None),
        Participant.registered_at < before,
        func.coalesce(_last_word(), Participant.registered_at) < before,
        ~seat.exists(),
    )


def count_without_consent(session: Session, before: datetime) -> int:
    return len(_without_consent(session, before))


def clear_without_consent(session: Session, before: datetime, now: datetime) -> int:
    return _erase(session, _without_consent(session, before)[:BATCH], now)


def count_silent(session: Session, before: datetime) -> int:
    return _count(session, Participant.id, _silent(before))


def clear_silent(session: Session, before: datetime, now: datetime) -> int:
    query = select(Participant.id).where(_silent(before)).order_by(Participant.id).limit(BATCH)
    return _erase(session, list(session.scalars(query)), now)


def _erase(session: Session, people: list[UUID], now: datetime) -> int:
    for one in people:
        erase_expired(session, one, now)
    return len(people)


def _closed_concerns(before: datetime) -> ColumnElement[bool]:
    last = (
        select(func.max(ConcernStep.at))
        .where(ConcernStep.concern_id == Concern.id)
        .scalar_subquery()
    )
    return and_(Concern.state == "closed", last < before)


def count_concerns(session: Session, before: datetime) -> int:
    return _count(session, Concern.id, _closed_concerns(before))


def clear_concerns(session: Session, before: datetime, _now: datetime) -> int:
    query = select(Concern.id).where(_closed_concerns(before)).limit(BATCH)
    ids = session.scalars(query).all()
    session.execute(delete(ConcernStep).where(ConcernStep.concern_id.in_(ids)))
    session.execute(delete(Concern).where(Concern.id.in_(ids)))
    for one in ids:
        sealed.forget_key(session, one)
    return len(ids)


def count_accounts(session: Session, before: datetime) -> int:
    return _count(session, Account.id, Account.disabled_at < before)


def clear_accounts(session: Session, before: datetime, _now: datetime) -> int:
    query = select(Account.id).where(Account.disabled_at < before).limit(BATCH)
    ids = session.scalars(query).all()
    for table in (SecondFactor, RecoveryCode, Passkey, Identity, SignIn, LearningDone, Familiarity):
        session.execute(delete(table).where(table.account_id.in_(ids)))
    session.execute(delete(Account).where(Account.id.in_(ids)))
    return len(ids)


def count_links(session: Session, before: datetime) -> int:
    query = select(func.count()).select_from(OwnPageLink).where(OwnPageLink.expires_at < before)
    return session.scalar(query) or 0


def clear_links(session: Session, before: datetime, _now: datetime) -> int:
    query = select(OwnPageLink.token_hash).where(OwnPageLink.expires_at < before).limit(BATCH)
    hashes = session.scalars(query).all()
    session.execute(delete(OwnPageLink).where(OwnPageLink.token_hash.in_(hashes)))
    return len(hashes)


RULES = (
    Rule("contact-notes", "notes of outreach contacts", count_notes, clear_notes),
    Rule(
        "participants-without-consent",
        "participants who took every yes back",
        count_without_consent,
        clear_without_consent,
    ),
    Rule(
        "participants-not-heard-of",
        "participants without a seat or a new word of consent",
        count_silent,
        clear_silent,
    ),
    Rule(
        "closed-concerns", "safeguarding concerns that were closed", count_concerns, clear_concerns
    ),
    Rule("ended-accounts", "accounts of colleagues who left", count_accounts, clear_accounts),
    Rule("own-page-links", "links to an own page that ran out", count_links, clear_links),
)
