"""What the tables of matching share: the metadata, how Python types are stored, and stamps."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, DateTime, Float, MetaData
from sqlalchemy.orm import DeclarativeBase

from services.runtime.tables import NAMING


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {
        datetime: DateTime(timezone=True),
        date: Date,
        dict[str, Any]: JSON,
        list[Any]: JSON,
        float: Float,
    }


def new_stamp() -> int:
    """A number that no earlier or later state has: what rolled back leaves no trace under it."""
    return secrets.randbits(40) + 1
