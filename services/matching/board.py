"""The open opportunities of an organisation as columns, kept in memory and right.

What is kept is never trusted by itself. Each state of an opportunity has a stamp that no other
state ever has, so a look at the count and the sum of the stamps, which the database answers from
an index, tells whether what is kept is what a transaction sees; if not, the opportunities whose
stamps differ are read again. What a transaction that was rolled back left here has stamps that no
longer exist, and goes the same way. Several processes need no word between them.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, bindparam, func, select
from sqlalchemy.orm import Session

from services.matching import store
from services.matching.model import Participant
from services.matching.models import OpportunityRow
from services.matching.open_opportunities import OpenOpportunities


@dataclass(slots=True)
class Board:
    """The columns of one organisation, and the state of each opportunity that they hold."""

    columns: OpenOpportunities = field(default_factory=OpenOpportunities)
    stamps: dict[UUID, tuple[int, int]] = field(default_factory=dict)
    seen: tuple[int, int] = (0, 0)


_BOARDS: WeakKeyDictionary[Engine, dict[str, Board]] = WeakKeyDictionary()
_LOCK = threading.Lock()


def standing(
    session: Session, organisation_id: str, person: Participant, now: datetime, limit: int
) -> list[tuple[UUID, int]]:
    """The best opportunities for the person with their ranks, also those a change would open."""
    with _LOCK:
        columns = _right(session, organisation_id).columns
        return [(UUID(each.id), each.rank) for each in columns.standing(person, now, limit)]


def ordered(
    session: Session, organisation_id: str, person: Participant, ids: Collection[UUID]
) -> list[UUID]:
    """These opportunities with a seat to fill, the best for the person first."""
    with _LOCK:
        columns = _right(session, organisation_id).columns
        return [UUID(each) for each in columns.ordered(person, [str(i) for i in ids])]


_OF_IT = (
    OpportunityRow.organisation_id == bindparam("organisation"),
    OpportunityRow.state == "open",
)
_SEEN = select(func.count(), func.coalesce(func.sum(OpportunityRow.stamp), 0)).where(*_OF_IT)
_STAMPS = select(OpportunityRow.id, OpportunityRow.revision, OpportunityRow.stamp).where(*_OF_IT)


def _right(session: Session, organisation_id: str) -> Board:
    """The board as this transaction has to see it."""
    session.flush()
    engine = session.get_bind().engine
    board = _BOARDS.setdefault(engine, {}).setdefault(organisation_id, Board())
    of_it = {"organisation": organisation_id}
    count, total = session.execute(_SEEN, of_it).one()
    if board.seen != (count, int(total)):
        rows = session.execute(_STAMPS, of_it)
        _bring_up_to_date(session, board, {row.id: (row.revision, row.stamp) for row in rows})
    return board


def _bring_up_to_date(session: Session, board: Board, stamps: dict[UUID, tuple[int, int]]) -> None:
    for gone in board.stamps.keys() - stamps.keys():
        board.columns.remove(str(gone))
        del board.stamps[gone]
    changed = [i for i, stamp in stamps.items() if board.stamps.get(i) != stamp]
    for at in range(0, len(changed), store.AT_ONCE):
        query = select(OpportunityRow).where(
            OpportunityRow.id.in_(changed[at : at + store.AT_ONCE])
        )
        for row in session.scalars(query):
            board.columns.put(store.as_opportunity(row), store.as_tally(row))
            board.stamps[row.id] = (row.revision, row.stamp)
    # Of what was read, not of what was asked for: another transaction may have come between.
    board.seen = (len(board.stamps), sum(stamp for _, stamp in board.stamps.values()))
