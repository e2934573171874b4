"""What a batch of events will ask for, read with a few queries instead of a few for each event.

It holds within one transaction and one batch, and `store` asks it before the database. What a
handler changes is told to it, so that it never says what was.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from services.notifications.store import ContactDetails
    from services.notifications.templating import Template

_KEY = "notifications at hand"


@dataclass
class AtHand:
    """erased: those of `people` who were. agreed: consents of the people in `asked`, by channel.

    new: ids of invitations that are not there yet. rows: kept, since a session forgets rows
    that nobody holds. contacts: by their envelope.
    """

    people: frozenset[UUID]
    erased: set[UUID]
    asked: set[UUID]
    agreed: frozenset[tuple[UUID, str]]
    new: set[UUID]
    rows: list[Any] = field(repr=False)
    contacts: dict[str, ContactDetails] = field(default_factory=dict, repr=False)
    templates: dict[tuple[str, str, str], Template | None] = field(default_factory=dict)


@contextmanager
def holding(session: Session, known: AtHand) -> Iterator[None]:
    session.info[_KEY] = known
    try:
        yield
    finally:
        del session.info[_KEY]


def of(session: Session) -> AtHand | None:
    found = session.info.get(_KEY)
    return found if isinstance(found, AtHand) else None
