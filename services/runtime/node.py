"""One running service: its database, writer, settings and clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from services.runtime.clock import Clock, utc_now
from services.runtime.database import Database, database_url
from services.runtime.security.master_keys import load_sealer
from services.runtime.service import Service
from services.runtime.settings import Settings
from services.runtime.signal import Signal
from services.runtime.writer import Writer


class Node:
    """A service with what it needs to run. `extras` holds what its own code hangs on it."""

    def __init__(self, service: Service, settings: Settings, clock: Clock = utc_now) -> None:
        self.service = service
        self.settings = settings
        self.clock = clock
        self.sealer = load_sealer(settings.security, settings.secrets_dir())
        self.database = Database(
            service.name,
            database_url(service.name, settings.database_url_of(service.name), settings.data_dir),
            {"sealer": self.sealer, "settings": settings, "now": self.now},
            service.schemas,
        )
        self.writer = Writer(self.database)
        self.extras: dict[str, Any] = {}
        self._at_close: list[Callable[[], None]] = []
        if service.prepare is not None:
            service.prepare(self)

    @property
    def name(self) -> str:
        return self.service.name

    @property
    def committed(self) -> Signal:
        return self.writer.committed

    def now(self) -> datetime:
        return self.clock()

    def at_close(self, end: Callable[[], None]) -> None:
        """Call `end` when this node is closed, before its writer and database are."""
        self._at_close.append(end)

    def close(self) -> None:
        for end in reversed(self._at_close):
            end()
        self._at_close.clear()
        self.writer.close()
        self.database.dispose()
