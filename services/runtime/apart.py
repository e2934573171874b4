"""Many small works in one transaction, where one that fails must not undo the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from services.runtime.writer import undo

T = TypeVar("T")


def each_apart(
    session: Session,
    items: Sequence[T],
    act: Callable[[T], None],
    failed: Callable[[T, Exception], None],
) -> None:
    """Do `act` to each item, in order; what raises leaves nothing, and goes to `failed`.

    A savepoint each is slow, and most batches have no failure: they share one, and only when
    an item raises is everything taken back and done again one by one. So `act` may have no effect
    outside the session. A database that is down is no item's fault: OperationalError goes on.
    """
    if not items or _together(session, items, act):
        return
    for item in items:
        savepoint = session.begin_nested()
        try:
            act(item)
            savepoint.commit()
        except OperationalError:
            raise
        except Exception as error:
            undo(session, savepoint)
            failed(item, error)


def _together(session: Session, items: Sequence[T], act: Callable[[T], None]) -> bool:
    savepoint = session.begin_nested()
    try:
        for item in items:
            act(item)
        savepoint.commit()
    except OperationalError:
        raise
    except Exception:
        undo(session, savepoint)
        return False
    return True
