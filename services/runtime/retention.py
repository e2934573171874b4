"""Retention by schedule: which records have been kept for long enough, counted first, then gone.

Each service says in `retention_rules.py` what a kind of record is and how its old ones go; how
long it is kept, since when and why stands in a dated file (`schedule.toml`, or one of the
organisation's own). A rule without an entry, or an entry without a rule, is refused.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from services.runtime import audit
from services.runtime.security.principal import Principal

BATCH = 500


class ScheduleError(ValueError):
    """The schedule cannot be used; the message says what to put right."""


@dataclass(frozen=True)
class Rule:
    """A kind of record of one service.

    count(session, before): how many are older than `before`.
    clear(session, before, now): makes one batch go, at most BATCH; returns how many went.
    """

    kind: str
    what: str
    count: Callable[[Session, datetime], int]
    clear: Callable[[Session, datetime, datetime], int]


class Kept(BaseModel):
    """How long a kind of record is kept, since when this holds, and why so long."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    days: int = Field(ge=1)
    since: date
    reason: str = Field(min_length=20)


class Schedule(BaseModel):
    """The whole schedule: service to kind to how long. `version` is the day it was agreed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: date
    kept: dict[str, dict[str, Kept]]
    for_good: dict[str, str] = Field(description="what no command deletes, and why")


@dataclass(frozen=True)
class Due:
    """What a plan found for one kind of record."""

    service: str
    rule: Rule
    kept: Kept
    before: datetime
    count: int


def read_schedule(path: Path) -> Schedule:
    """Raises ScheduleError with a sentence."""
    try:
        return Schedule.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError:
        raise ScheduleError(f"There is no schedule at {path}.") from None
    except ValueError as error:
        raise ScheduleError(f"{path.name} cannot be read as a schedule: {error}") from None


def matched(
    schedule: Schedule, rules: Mapping[str, Sequence[Rule]]
) -> list[tuple[str, Rule, Kept]]:
    """Every rule with its entry. Raises ScheduleError when one has no other half."""
    found = []
    for service, known in rules.items():
        entries = dict(schedule.kept.get(service, {}))
        for rule in known:
            kept = entries.pop(rule.kind, None)
            if kept is None:
                raise ScheduleError(f"The schedule does not say how long {rule.kind} is kept.")
            found.append((service, rule, kept))
        if entries:
            raise ScheduleError(f"{service} knows no records of the kind {min(entries)}.")
    if unknown := set(schedule.kept) - set(rules):
        raise ScheduleError(f"There is no service {min(unknown)}.")
    return found


def before(kept: Kept, now: datetime) -> datetime:
    return now - timedelta(days=kept.days)


def code_of(schedule: Schedule, found: Sequence[Due]) -> str:
    """Stands for a plan: another schedule or other counts make another code."""
    told = [str(schedule.version), *((due.service, due.rule.kind, due.count) for due in found)]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:8]


def clear_batch(
    session: Session, principal: Principal, due: Due, version: date, now: datetime
) -> int:
    """One batch of one kind, written into the audit trail: kind, count and schedule."""
    count = due.rule.clear(session, due.before, now)
    if count:
        why = f"{count} records, schedule of {version}"
        audit.record(session, principal, "retention:apply", "records", due.rule.kind, now, why)
    return count
