"""Rows that wait in a session until just before its commit, so that they are written together.

What a savepoint or the transaction takes back takes its waiting rows with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

_WAITING = "rows that wait"
Row = dict[str, Any]
Waiting = dict[str, list[tuple[SessionTransaction, Row]]]


def wait(session: Session, kind: str, rows: Iterable[Row]) -> None:
    """Keep rows of this kind, in order, as part of the innermost savepoint or transaction."""
    during = session.get_nested_transaction() or session.get_transaction() or session.begin()
    waiting: Waiting = session.info.setdefault(_WAITING, {})
    waiting.setdefault(kind, []).extend((during, row) for row in rows)


def count(session: Session, kind: str) -> int:
    waiting: Waiting = session.info.get(_WAITING, {})
    return len(waiting.get(kind, ()))


def taken(session: Session, kind: str) -> list[Row]:
    """The rows of this kind, which wait no longer."""
    waiting: Waiting = session.info.get(_WAITING, {})
    return [row for _, row in waiting.pop(kind, ())]


@event.listens_for(Session, "after_soft_rollback")
def _after_rollback(session: Session, ended: SessionTransaction) -> None:
    """What was rolled back happened to nobody: its rows go, those around a savepoint stay."""
    waiting: Waiting = session.info.get(_WAITING, {})
    for kind, rows in waiting.items():
        waiting[kind] = [(during, row) for during, row in rows if not _within(during, ended)]


def _within(during: SessionTransaction, ended: SessionTransaction) -> bool:
    outer: SessionTransaction | None = during
    while outer is not None and outer is not ended:
        outer = outer.parent
    return outer is ended
