"""Lists in pages, the same for every list of every API.

`limit` (1 to 200, usually 50) and `cursor` go in, `items` and `next` come out; `next` is the
`cursor` of the page after, null on the last. A cursor says where the page before ended, not how
many rows were seen, so that records which come or go meanwhile shift nothing. What else may stand
in the query are the filters that an endpoint names; any other name is refused, since a filter that
is misspelt and ignored would answer with everything.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import Depends, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy import Column, ColumnElement, Select, and_, or_
from sqlalchemy.orm import InstrumentedAttribute

from services.runtime.clock import as_utc
from services.runtime.errors import DomainError

T = TypeVar("T")
Q = TypeVar("Q", bound="Select[*tuple[Any, ...]]")

USUAL, MOST = 50, 200

Limit = Annotated[int, Query(ge=1, le=MOST, description="how many to answer with")]
Cursor = Annotated[str | None, Query(max_length=400, description="`next` of the page before")]


class NotAllowedHere(DomainError):
    """A query that an endpoint does not know, or a cursor that it did not give."""

    code = "query-not-known"
    title = "Check the address"


class Listed(BaseModel, Generic[T]):
    """A page of a list."""

    items: list[T]
    next: str | None = Field(
        default=None, description="pass as `cursor` for the next page; null on the last"
    )


@dataclass(frozen=True, slots=True)
class Paging:
    """`limit` rows after the place that `cursor` names; None: from the start."""

    limit: int = USUAL
    cursor: str | None = None


FIRST = Paging()
# For a page of ours that shows a short list whole.
EVERYTHING = Paging(limit=10_000)


@dataclass(frozen=True, slots=True)
class By:
    """One column of an order. The last one of an order must be unique."""

    column: InstrumentedAttribute[Any] | Column[Any]
    descending: bool = False


def paging(request: Request, limit: Limit = USUAL, cursor: Cursor = None) -> Paging:
    """The page that a request asks for. Raises NotAllowedHere for a name that no filter has."""
    route = request.scope["route"]
    known = _filters.get(route.endpoint)
    if known is None:
        known = _filters[route.endpoint] = _known(route)
    if not known.issuperset(request.query_params):
        names = ", ".join(sorted(known))
        raise NotAllowedHere(f"This list has no such filter. It knows: {names}.")
    return Paging(limit, cursor)


Paged = Annotated[Paging, Depends(paging)]


_filters: dict[Callable[..., Any], frozenset[str]] = {}


def _known(route: Any) -> frozenset[str]:
    found: set[str] = set()
    waiting = [route.dependant]
    while waiting:
        dependant = waiting.pop()
        found.update(field.alias for field in dependant.query_params)
        waiting.extend(dependant.dependencies)
    return frozenset(found)


def after(query: Q, order: Sequence[By], wanted: Paging) -> Q:
    """The query in this order, behind the cursor; one row more, to know if a page follows."""
    if wanted.cursor is not None:
        texts = _decode(wanted.cursor, _mark(order), len(order))
        values = [_read(by.column, text) for by, text in zip(order, texts, strict=True)]
        query = query.where(_behind(order, values))
    ranks = [by.column.desc() if by.descending else by.column.asc() for by in order]
    return query.order_by(*ranks).limit(wanted.limit + 1)


def cut(
    rows: Sequence[T],
    order: Sequence[By],
    wanted: Paging,
    record: Callable[[T], Any] = lambda row: row,
) -> tuple[list[T], str | None]:
    """The rows of the page and its `next`. `record` finds the mapped object in a row."""
    kept = list(rows[: wanted.limit])
    if len(rows) <= wanted.limit:
        return kept, None
    last = record(kept[-1])
    return kept, _encode(_mark(order), *(_text(getattr(last, by.column.key)) for by in order))


def portion(
    items: Sequence[T], wanted: Paging, key: Callable[[T], object]
) -> tuple[list[T], str | None]:
    """A page of a list that is whole in memory. `key` is unique and stays with its item.

    When the item that a cursor names is gone, the page goes on at the place where it stood.
    """
    start = 0
    if wanted.cursor is not None:
        name, place = _decode(wanted.cursor, "list", 2)
        keys = [str(key(item)) for item in items]
        start = keys.index(name) + 1 if name in keys else _count(place)
    end = start + wanted.limit
    kept = list(items[start:end])
    if end >= len(items):
        return kept, None
    return kept, _encode("list", str(key(kept[-1])), str(end - 1))


def offset(wanted: Paging) -> int:
    """How many rows were shown already, for an order that has no columns, such as a rank."""
    if wanted.cursor is None:
        return 0
    return _count(_decode(wanted.cursor, "rank", 1)[0])


def ranked(shown: int) -> str:
    """The cursor that `offset` reads."""
    return _encode("rank", str(shown))


def _behind(order: Sequence[By], values: Sequence[Any]) -> ColumnElement[bool]:
    """a < x, or a = x and b < y, and so on."""
    ways = []
    for last, (by, value) in enumerate(zip(order, values, strict=True)):
        same = [order[n].column == values[n] for n in range(last)]
        ways.append(and_(*same, by.column < value if by.descending else by.column > value))
    return or_(*ways)


def _mark(order: Sequence[By]) -> str:
    """A cursor of one order means nothing in another."""
    return ",".join(f"{by.column.key}{'-' if by.descending else ''}" for by in order)


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return as_utc(value).isoformat()
    return repr(value) if isinstance(value, float) else str(value)


def _read(column: InstrumentedAttribute[Any] | Column[Any], text: str) -> Any:
    kinds: dict[type, Callable[[str], Any]] = {
        datetime: lambda given: as_utc(datetime.fromisoformat(given)),
        date: date.fromisoformat,
        UUID: UUID,
        int: int,
        float: float,
    }
    try:
        return kinds.get(column.type.python_type, str)(text)
    except (ValueError, OverflowError):
        raise _not_ours() from None


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise _not_ours()
    return int(text)


def _encode(*parts: str) -> str:
    raw = json.dumps(parts, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(cursor: str, mark: str, count: int) -> list[str]:
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        parts = json.loads(base64.urlsafe_b64decode(padded))
    except (ValueError, binascii.Error, RecursionError):
        parts = None
    if not isinstance(parts, list) or [type(part) for part in parts] != [str] * (count + 1):
        raise _not_ours()
    if parts[0] != mark:
        raise _not_ours()
    return parts[1:]


def _not_ours() -> NotAllowedHere:
    return NotAllowedHere(
        "This cursor is not of this list. Leave `cursor` out to start again.", "cursor"
    )
