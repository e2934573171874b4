"""Everyone an organisation may match, as columns, kept in memory and right.

As with the opportunities of `board`, what is kept is never trusted by itself: the count and the
sum of the stamps of profiles, which the database answers from an index, tell whether it is what a
transaction sees. Whoever took their consent back has no profile, so the next look leaves them out
and takes them from memory.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Engine, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.matching import participants, store
from services.matching.gaps import Tally
from services.matching.model import Opportunity
from services.matching.models import ProfileRow
from services.matching.participant_pool import ParticipantPool


@dataclass(slots=True)
class Everyone:
    """The columns of one organisation, and the stamp of each profile that they hold."""

    pool: ParticipantPool = field(default_factory=ParticipantPool)
    stamps: dict[UUID, int] = field(default_factory=dict)
    seen: tuple[int, int] = (0, 0)


_KEPT: WeakKeyDictionary[Engine, dict[str, Everyone]] = WeakKeyDictionary()
_LOCK = threading.Lock()


def standing(
    session: Session,
    organisation_id: str,
    opportunity: Opportunity,
    tally: Tally,
    now: datetime,
    limits: tuple[int, int],
    without: Collection[UUID],
) -> tuple[list[UUID], list[UUID]]:
    """Of everyone the best to propose and the best held up, see `ParticipantPool.standing`."""
    with _LOCK:
        pool = _right(session, organisation_id).pool
        best, held_up = pool.standing(opportunity, tally, now, limits, [str(i) for i in without])
        return [UUID(each.id) for each in best], [UUID(each.id) for each in held_up]


def allowed(
    session: Session,
    organisation_id: str,
    opportunity: Opportunity,
    tally: Tally,
    now: datetime,
    without: Collection[UUID],
) -> list[UUID]:
    """Everyone whom no hard rule stops, in the order of ids."""
    with _LOCK:
        pool = _right(session, organisation_id).pool
        found = pool.allowed(opportunity, tally, now, [str(i) for i in without])
        return [UUID(each) for each in sorted(found)]


def how_many_allowed(
    session: Session,
    organisation_id: str,
    opportunity: Opportunity,
    tally: Tally,
    now: datetime,
    without: Collection[UUID],
) -> int:
    """How many people no hard rule stops."""
    with _LOCK:
        pool = _right(session, organisation_id).pool
        return len(pool.allowed(opportunity, tally, now, [str(i) for i in without]))


def _right(session: Session, organisation_id: str) -> Everyone:
    """Everyone as this transaction has to see them."""
    session.flush()
    engine = session.get_bind().engine
    kept = _KEPT.setdefault(engine, {}).setdefault(organisation_id, Everyone())
    of_it = ProfileRow.organisation_id == organisation_id
    count, total = session.execute(
        select(func.count(), func.coalesce(func.sum(ProfileRow.stamp), 0)).where(of_it)
    ).one()
    if kept.seen != (count, int(total)):
        _read_changes(session, kept, of_it)
    if kept.seen != (count, int(total)):  # two people had the same stamp, or one changed meanwhile
        _read_by_person(session, kept, of_it)
    return kept


def _read_changes(session: Session, kept: Everyone, of_it: ColumnElement[bool]) -> None:
    """By stamps alone, which an index holds: ids are read of those only who changed."""
    stamps = set(session.scalars(select(ProfileRow.stamp).where(of_it)))
    _leave_out(kept, [i for i, stamp in kept.stamps.items() if stamp not in stamps])
    _read(session, kept, ProfileRow.stamp, list(stamps - set(kept.stamps.values())), of_it)


def _read_by_person(session: Session, kept: Everyone, of_it: ColumnElement[bool]) -> None:
    rows = session.execute(select(ProfileRow.participant_id, ProfileRow.stamp).where(of_it))
    stamps = {row.participant_id: row.stamp for row in rows}
    _leave_out(kept, list(kept.stamps.keys() - stamps.keys()))
    changed = [i for i, stamp in stamps.items() if kept.stamps.get(i) != stamp]
    _read(session, kept, ProfileRow.participant_id, changed, of_it)


def _leave_out(kept: Everyone, people: Sequence[UUID]) -> None:
    for gone in people:
        kept.pool.remove(str(gone))
        del kept.stamps[gone]


def _read(
    session: Session,
    kept: Everyone,
    column: InstrumentedAttribute[Any],
    values: Sequence[object],
    of_it: ColumnElement[bool],
) -> None:
    for at in range(0, len(values), store.AT_ONCE):
        some = column.in_(values[at : at + store.AT_ONCE])
        profiles = session.scalars(select(ProfileRow).where(of_it, some)).all()
        for person in participants.people(session, profiles):
            kept.pool.put(person)
        kept.stamps |= {profile.participant_id: profile.stamp for profile in profiles}
    # Of what was read, not of what was asked for: another transaction may have come between.
    kept.seen = (len(kept.stamps), sum(kept.stamps.values()))
