"""A statement is compiled once in a test process, though each test opens databases of its own.

SQLAlchemy keeps compiled statements by engine and dialect; a test lives too short to earn back
what that costs.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Engine, create_engine
from sqlalchemy.util import LRUCache

from services.runtime import database

# More than a service's engine keeps: those of all three, and of every test, come together.
STATEMENTS = 4000


def pytest_configure() -> None:
    make = database._engine
    first = create_engine("sqlite://")
    first.connect().close()  # the dialect has now asked the driver what it can do
    compiled: LRUCache[Any, Any] = LRUCache(STATEMENTS)

    def engine(url: str, schemas: Collection[str]) -> Engine:
        made = make(url, schemas)
        if made.dialect.name != first.dialect.name:
            return made
        made.dialect = first.dialect
        made.update_execution_options(compiled_cache=compiled)
        return made

    database._engine = engine
