"""What a service holds about one participant, from its tables (UK GDPR Articles 15 and 20).

Every table with a column `participant_id` is read, also one that is added later; a service says
only what cannot be seen from the tables: other columns that name a person, what is sealed and how,
and what is left out and why.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import MetaData, Select, Table, or_, select
from sqlalchemy.orm import Session

from services.runtime.audit import record, write_waiting
from services.runtime.clock import as_utc
from services.runtime.security.principal import Principal
from services.runtime.security.sealing import Sealer, SealError
from services.runtime.tables import audit

PERSON = "participant_id"
# Keyed hashes and keys tell a person nothing; ids of other people are not theirs.
NEVER = frozenset(
    {"phone_index", "email_index", "body_index", "wrapped", "token_hash", "seal_id", "pair_with"}
)
AUDIT = ("at", "role", "action", "subject_kind", "why")


@dataclass(frozen=True)
class Through:
    """Rows that belong to rows that are the person's: `column` names a `parent`'s id."""

    column: str
    parent: str


@dataclass(frozen=True)
class Held:
    """What cannot be seen from a service's tables.

    other: table to the columns that name a person, where they are not called `participant_id`.
    sealed: "table.column" to the column with the id it is sealed for, and the field's name.
    left_out: table to the reason why its rows are not given out.
    """

    other: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    through: Mapping[str, Through] = field(default_factory=dict)
    sealed: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)


def copied(
    session: Session,
    principal: Principal,
    metadata: MetaData,
    held: Held,
    people: Collection[UUID],
    now: datetime,
) -> dict[str, Any]:
    """`everything` of a person, after noting in the audit trail that the copy was made."""
    for one in people:
        record(session, principal, "subject-access:export", "participant", str(one), now)
    return everything(session, metadata, held, people)


def everything(
    session: Session, metadata: MetaData, held: Held, people: Collection[UUID]
) -> dict[str, Any]:
    """Rows by table, and what was left out with the reason. `people`: one person's ids.

    Each value is as a program reads it: ids and times as text, sealed values opened.
    """
    found: dict[str, Any] = {}
    ids: dict[str, list[Any]] = {}
    left_out: dict[str, str] = {}
    tables = sorted(metadata.tables.values(), key=lambda table: table.name in held.through)
    for table in tables:
        query = _query(table, held, people, ids)
        if query is None:
            continue
        rows = session.execute(query).mappings().all()
        ids[table.name] = [row["id"] for row in rows if "id" in row]
        if rows and table.name in held.left_out:
            left_out[table.name] = held.left_out[table.name]
        elif rows:
            sealer = session.info["sealer"]
            found[table.name] = [dict(_values(table, row, held, sealer)) for row in rows]
    return {
        "tables": found,
        "left_out": left_out,
        "who_read_or_changed_it": _trail(session, [*people, *chain.from_iterable(ids.values())]),
    }


def reads(metadata: MetaData, held: Held) -> set[str]:
    """Tables that are looked at."""
    return {
        table.name
        for table in metadata.tables.values()
        if table.name in held.through or _columns(table, held)
    }


def _columns(table: Table, held: Held) -> tuple[str, ...]:
    own = (PERSON,) if PERSON in table.columns else ()
    return own + held.other.get(table.name, ())


def _query(
    table: Table, held: Held, people: Collection[UUID], ids: Mapping[str, list[Any]]
) -> Select[Any] | None:
    if table.name in held.through:
        link = held.through[table.name]
        return select(table).where(table.columns[link.column].in_(ids.get(link.parent, [])))
    columns = _columns(table, held)
    if not columns:
        return None
    return select(table).where(or_(*(table.columns[column].in_(people) for column in columns)))


def _values(
    table: Table, row: Mapping[Any, Any], held: Held, sealer: Sealer
) -> Iterator[tuple[str, Any]]:
    for column in table.columns:
        value = row[column.name]
        how = held.sealed.get(f"{table.name}.{column.name}")
        if column.name in NEVER:
            continue
        if how is not None and value is not None:
            yield column.name, _opened(sealer, row[how[0]], how[1], value)
        else:
            yield column.name, _plain(value)


def _opened(sealer: Sealer, about: UUID, name: str, envelope: str) -> str:
    try:
        return sealer.open(about, name, envelope)
    except SealError:
        return "(cannot be opened with the keys that are here)"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return as_utc(value).isoformat()
    if isinstance(value, UUID | date | time):
        return str(value)
    return value


def _trail(session: Session, subjects: Collection[Any]) -> list[dict[str, Any]]:
    """Times, roles and actions; which colleague it was is the colleague's own data.

    `subjects`: ids of the person and of their records; a decision is noted beside the match.
    """
    write_waiting(session)  # that this copy was made belongs in it
    query = select(*(audit.c[name] for name in AUDIT)).where(
        audit.c.subject_id.in_([str(one) for one in subjects])
    )
    return [dict(row) for row in session.execute(query.order_by(audit.c.seq)).mappings()]
