"""A tiny service to try the runtime on: it counts what it has heard, once per event."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from fastapi import FastAPI
from sqlalchemy import MetaData, String, Uuid, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from schemas.events import ConsentChanged, OpportunityClosed, ParticipantErased
from services.runtime.errors import DomainError
from services.runtime.node import Node
from services.runtime.security.settings import SecuritySettings
from services.runtime.service import Service
from services.runtime.settings import Settings
from services.runtime.tables import NAMING, RUNTIME

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


class Heard(Base):
    __tablename__ = "heard"

    id: Mapped[int] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(String(60))
    about: Mapped[UUID] = mapped_column(Uuid)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **parts: float) -> datetime:
        self.now += timedelta(**parts)
        return self.now


class Refusing:
    """Ids the handler refuses, so that tests can break and mend it."""

    def __init__(self) -> None:
        self.ids: set[UUID] = set()
        self.clashing: set[UUID] = set()


refusing = Refusing()


def hear_closed(event: OpportunityClosed, session: Session, _now: datetime) -> None:
    session.add(Heard(what="closed", about=event.opportunity_id))
    session.flush()
    if event.opportunity_id in refusing.clashing:
        taken = session.scalars(select(Heard.id)).first()
        session.expunge_all()
        session.add(Heard(id=taken, what="again", about=event.opportunity_id))
    if event.opportunity_id in refusing.ids:
        raise DomainError("not ready for this one")


def hear_erased(event: ParticipantErased, session: Session, _now: datetime) -> None:
    if event.participant_id in refusing.ids:
        raise ValueError("a value that must not be shown: 07700 900123")
    session.add(Heard(what="erased", about=event.participant_id))


def hear_consent(event: ConsentChanged, session: Session, _now: datetime) -> None:
    session.add(Heard(what="consent", about=event.participant_id))


def _app(_node: Node) -> FastAPI:
    return FastAPI()


def make_service(name: str) -> Service:
    return Service(
        name=name,
        metadata=Base.metadata,
        migrations=Path("unused"),
        handlers={
            OpportunityClosed: hear_closed,
            ParticipantErased: hear_erased,
            ConsentChanged: hear_consent,
        },
        make_app=_app,
        out_of_order=frozenset({ConsentChanged}),
    )


def make_settings(folder: Path | None = None) -> Settings:
    return Settings(
        data_dir=folder or Path(tempfile.mkdtemp(prefix="newvoices-test-")),
        # One account asks more often in a test than any person would.
        security=SecuritySettings(
            reads_per_minute=0, writes_per_minute=0, exports_per_minute=0, strangers_per_minute=0
        ),
    )


def make_node(name: str, settings: Settings, clock: Clock) -> Node:
    node = Node(make_service(name), settings, clock)
    RUNTIME.create_all(node.database.engine)
    Base.metadata.create_all(node.database.engine)
    return node


def heard(node: Node) -> list[str]:
    """What took effect, in order."""
    return node.database.read(lambda s: list(s.scalars(select(Heard.what).order_by(Heard.id))))


def count_heard(node: Node) -> int:
    return node.database.read(lambda s: s.scalar(select(func.count()).select_from(Heard)) or 0)


def closed(opportunity_id: UUID | None = None) -> OpportunityClosed:
    return OpportunityClosed(opportunity_id=opportunity_id or uuid4())
