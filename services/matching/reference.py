"""Census profiles of areas: kept from a file, and the targets whose share comes from them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.matching import characteristics
from services.matching.bodies import TargetBody
from services.matching.models import AreaProfileRow
from services.matching.profiles import ReferenceProfile, import_profile
from services.runtime.errors import DomainError


def import_file(session: Session, path: Path, now: datetime) -> dict[str, int]:
    """Keep every profile of an ONS or Nomis download, in place of earlier ones of the same areas.

    Returns the number of areas by characteristic. Raises `ProfileError` with what to do.
    """
    profiles = import_profile(path)
    file_hash = hashlib.sha256(path.read_bytes()).hexdigest()
    for profile in profiles:
        session.merge(_row(profile, file_hash, now))
    return dict(Counter(profile.list_id for profile in profiles))


def _row(profile: ReferenceProfile, file_hash: str, now: datetime) -> AreaProfileRow:
    return AreaProfileRow(
        area_code=profile.area_code,
        list_id=profile.list_id,
        area_name=profile.area_name,
        source_table=profile.table,
        population=profile.population,
        counts=dict(profile.counts),
        stated=profile.stated,
        not_answered=profile.not_answered,
        caveats=list(profile.caveats),
        file_hash=file_hash,
        imported_at=now,
    )


def as_profile(row: AreaProfileRow) -> ReferenceProfile:
    return ReferenceProfile(
        list_id=row.list_id,
        table=row.source_table,
        area_code=row.area_code,
        area_name=row.area_name,
        population=row.population,
        counts=row.counts,
        stated=row.stated,
        not_answered=row.not_answered,
        caveats=tuple(row.caveats),
    )


def profiles_of(session: Session, area_code: str) -> Sequence[AreaProfileRow]:
    return session.scalars(
        select(AreaProfileRow)
        .where(AreaProfileRow.area_code == area_code)
        .order_by(AreaProfileRow.list_id)
    ).all()


def of(session: Session, body: TargetBody) -> tuple[float | None, dict[str, Any]]:
    """A target's proportion and the reference to store with it; none when a coordinator sets it.

    Raises DomainError when the census figure is not there, or cannot be.
    """
    if body.census_area is None:
        return body.proportion, {}
    if len(body.group) > 1:
        raise DomainError(
            "A census table counts one characteristic at a time. Set this target yourself.",
            "targets",
        )
    ((list_id, code),) = body.group.items()
    if characteristics.benchmark(list_id) is None:
        who = characteristics.people(((list_id, code),))
        raise DomainError(f"No census counts {who}, so set this target yourself.", "targets")
    row = session.get(AreaProfileRow, (body.census_area, list_id))
    if row is None or code not in row.counts:
        raise DomainError(
            "There is no census figure for this group and area here yet. Import the table "
            "with “newvoices profiles import”, or set the share yourself.",
            "targets",
        )
    profile = as_profile(row)
    return round(profile.proportion(code), 6), asdict(profile.reference())
