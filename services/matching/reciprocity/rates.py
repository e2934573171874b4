"""Rates and payment terms: dated entries with a source, looked up for a day.

The file says what may be paid; nothing in the code does. Raises NoRate, with what to do, where no
entry holds.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, ValidationError

from services.runtime.errors import DomainError

BUILT_IN = Path(__file__).parent / "rates.toml"
FILE_NAME = "rates.toml"
Unit = Literal["session", "hour", "half_day", "day", "mile"]


class NoRate(DomainError):
    code = "no-rate"
    title = "There is no rate for this day"


class RatesUnreadable(DomainError):
    code = "rates-unreadable"
    status = 500
    title = "The file of rates cannot be used"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    valid_from: date
    source: Annotated[str, Field(min_length=3, max_length=200)]
    link: HttpUrl


class Rate(_Entry):
    """So many pence for each unit, from a day until a newer entry of the same id."""

    id: str = Field(pattern=r"^[a-z0-9_]{1,40}$")
    label: str = Field(min_length=3, max_length=80)
    kind: Literal["payment", "expense"]
    amount_pence: int = Field(gt=0, le=1_000_000)
    unit: Unit


class Term(_Entry):
    """Days from a meeting until its payment is due."""

    days: int = Field(ge=1, le=120)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    rate: list[Rate] = []
    term: list[Term] = []


E = TypeVar("E", bound=_Entry)


@dataclass(frozen=True, slots=True)
class Rates:
    rates: tuple[Rate, ...]
    terms: tuple[Term, ...]

    def on(self, rate_id: str, day: date) -> Rate:
        """The rate that holds on a day. Raises NoRate."""
        found = _newest((r for r in self.rates if r.id == rate_id), day)
        if found is None:
            raise NoRate(
                f"No rate of this name holds on {day.day} {day:%B %Y}. Enter an amount, or add "
                "the rate with its source to the file of rates.",
                "rate_id",
            )
        return found

    def all_on(self, day: date) -> list[Rate]:
        """Every rate that holds on a day, in the order of the file."""
        ids = dict.fromkeys(rate.id for rate in self.rates)
        found = (_newest((r for r in self.rates if r.id == i), day) for i in ids)
        return [rate for rate in found if rate is not None]

    def due(self, day: date) -> date:
        """When what is earned on a day is due. Raises NoRate where no term holds."""
        term = self.term_on(day)
        if term is None:
            raise NoRate("No payment term holds on this day. Enter the day it is due.", "due_on")
        return day + timedelta(days=term.days)

    def term_on(self, day: date) -> Term | None:
        return _newest(self.terms, day)


def _newest(entries: Iterable[E], day: date) -> E | None:
    held = [entry for entry in entries if entry.valid_from <= day]
    return max(held, key=lambda entry: entry.valid_from, default=None)


def load(data_dir: Path) -> Rates:
    """The organisation's own file if there is one in the data folder, else the built-in one."""
    own = data_dir / FILE_NAME
    path = own if own.is_file() else BUILT_IN
    return _load(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _load(path: Path, _changed: int) -> Rates:
    return parse(path.read_text())


def parse(text: str) -> Rates:
    """Raises RatesUnreadable with the entry and field to put right."""
    try:
        found = _File.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError:
        raise RatesUnreadable("The file of rates is not TOML. Check what was changed.") from None
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise RatesUnreadable(f"Check “{where}” in the file of rates.") from None
    days = [(rate.id, rate.valid_from) for rate in found.rate]
    if len(set(days)) != len(days):
        raise RatesUnreadable("A rate has two entries for the same day. Remove one of them.")
    return Rates(tuple(found.rate), tuple(found.term))
