"""A record made under an id of the client's own: what it meets, and how it is written.

This is the busiest way through outreach, so it asks once and writes each table once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy import BindParameter, Table, bindparam, exists, func, insert, inspect, select
from sqlalchemy.orm import DeclarativeBase, Session

from services.outreach import sealed
from services.outreach.care_models import OrganisationSetting
from services.outreach.models import (
    HeldSeat,
    OutreachContact,
    Participant,
    PersonKey,
    Tombstone,
)
from services.runtime.errors import Gone
from services.runtime.idempotency import ERASED

TOMBSTONES, KEYS = Tombstone.__table__, PersonKey.__table__
CONTACTS, PARTICIPANTS = OutreachContact.__table__, Participant.__table__
SEATS, SETTINGS = HeldSeat.__table__, OrganisationSetting.__table__


@dataclass(frozen=True, slots=True)
class Opening:
    """What a record with an id of the client's own meets, read by one statement.

    key: the wrapped data key of the id, if it has one. seats: held by a participant of this id.
    """

    known: bool
    key: str | None
    seats: int
    induction_first: bool


_ID: BindParameter[Any] = bindparam("id")
_ORGANISATION: BindParameter[Any] = bindparam("organisation")
_OPENING = select(
    exists().where(TOMBSTONES.c.id == _ID).label("erased"),
    exists().where(CONTACTS.c.id == _ID).label("contact"),
    exists().where(PARTICIPANTS.c.id == _ID).label("participant"),
    select(KEYS.c.wrapped).where(KEYS.c.subject_id == _ID).scalar_subquery().label("key"),
    select(func.count())
    .select_from(SEATS)
    .where(SEATS.c.participant_id == _ID, SEATS.c.released_at.is_(None))
    .scalar_subquery()
    .label("seats"),
    select(SETTINGS.c.induction_first)
    .where(SETTINGS.c.organisation_id == _ORGANISATION)
    .scalar_subquery()
    .label("induction_first"),
)


def opening(
    session: Session, record_id: UUID, organisation_id: str, of: type[DeclarativeBase]
) -> Opening:
    """Raises Gone (410) for an id that was erased; `known`: whether there is such a record."""
    session.flush()
    row = session.execute(_OPENING, {"id": record_id, "organisation": organisation_id}).one()
    if row.erased:
        raise Gone(ERASED)
    known = row.contact if of is OutreachContact else row.participant
    return Opening(bool(known), row.key, row.seats, bool(row.induction_first))


def seal_new(
    session: Session, record_id: UUID, key: str | None, values: dict[str, str | None]
) -> tuple[str | None, dict[str, str | None]]:
    """The record's key and its sealed values. A key is made and written if there is none yet and
    something to seal."""
    given = {field: value for field, value in values.items() if value}
    if given and key is None:
        key = sealed.sealer(session).new_key(record_id)
        insert_all(session, PersonKey, [{"subject_id": record_id, "wrapped": key}])
    hidden: dict[str, str | None] = dict.fromkeys(values)
    for field, value in given.items():
        assert key is not None
        hidden[field] = sealed.sealer(session).seal(record_id, field, value, key)
    return key, hidden


def insert_at_once(session: Session, row: DeclarativeBase) -> None:
    """A new row by one statement, past the unit of work, which costs more than the statement.

    The session does not know it afterwards: change it no more.
    """
    mapper = inspect(type(row))
    names = [(each.key, each.columns[0].key) for each in mapper.column_attrs]
    values = {column: row.__dict__[name] for name, column in names if name in row.__dict__}
    session.execute(insert(cast(Table, mapper.local_table)), values)


def insert_all(session: Session, of: type[DeclarativeBase], rows: list[dict[str, Any]]) -> None:
    """Rows of one table, given by the names of its columns, by one statement."""
    if rows:
        session.execute(insert(cast(Table, of.__table__)), rows)
