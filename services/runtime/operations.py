"""Endpoints every service has: is it alive, is it ready, and what stands in its dead letters."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from services.runtime import audit, letters, lists, migrations, tables
from services.runtime.errors import NotFound
from services.runtime.node import Node
from services.runtime.processor import describe
from services.runtime.security.gate import public
from services.runtime.security.permissions import Permission
from services.runtime.security.principal import Principal
from services.runtime.web import Context, allowed

NEWEST = (lists.By(tables.inbox.c.seq, descending=True),)

router = APIRouter(tags=["operations"])


class Health(BaseModel):
    status: str = Field(examples=["ok"])
    checks: dict[str, str] = Field(default={}, examples=[{"database": "ok", "schema": "ok"}])


class DeadLetter(BaseModel):
    """An event that could not be taken into effect, with why. It holds no personal data."""

    event_id: str
    topic: str = Field(examples=["newvoices.participants"])
    key: str
    type: str
    attempts: int
    received_at: datetime
    reason: str = Field(examples=["MalformedEvent: not a readable event; look at: time"])


class DeadLetters(lists.Listed[DeadLetter]):
    """Newest first."""


class Replayed(BaseModel):
    replayed: int


class Replay(BaseModel):
    event_ids: list[str] | None = Field(
        default=None, description="which dead letters; none means all", max_length=1000
    )


@router.get("/health/live", dependencies=[public("health checks of the machine, no data")])
async def live() -> Health:
    """The process answers."""
    return Health(status="ok")


@router.get(
    "/health/ready",
    dependencies=[public("health checks of the machine, no data")],
    responses={503: {"model": Health}},
)
async def ready(request: Request) -> Response:
    """The database answers and has the schema this code needs."""
    node: Node = request.app.state.node
    checks = await run_in_threadpool(_checks, node)
    fine = all(value == "ok" for value in checks.values())
    health = Health(status="ok" if fine else "not ready", checks=checks)
    return JSONResponse(health.model_dump(), status_code=200 if fine else 503)


def _checks(node: Node) -> dict[str, str]:
    try:
        current = migrations.is_current(node.service, node.database)
    except Exception as error:
        return {"database": describe(error)}
    return {"database": "ok", "schema": "ok" if current else "run the migrations"}


@router.get("/api/v1/dead-letters")
async def list_dead_letters(
    page: lists.Paged,
    context: Context = allowed(Permission.DEAD_LETTER_READ),
) -> DeadLetters:
    """Events that could not be taken into effect, newest first."""
    return await context.query(dead_letters, page)


@router.post("/api/v1/dead-letters/replay")
async def replay_dead_letters(
    body: Replay, context: Context = allowed(Permission.DEAD_LETTER_REPLAY)
) -> Replayed:
    """Try dead letters again, once their cause is mended. Order per key is kept."""
    return await context.command(_replay, body)  # type: ignore[return-value]


@router.post("/api/v1/dead-letters/{event_id}/discard", status_code=204)
async def discard_dead_letter(
    event_id: str, context: Context = allowed(Permission.DEAD_LETTER_REPLAY)
) -> Response:
    """Give a dead letter up for good; later events of its key go on."""
    return await context.command(_discard, event_id)


def dead_letters(session: Session, page: lists.Paging) -> DeadLetters:
    query = lists.after(letters.query(), NEWEST, page)
    rows, following = lists.cut(session.execute(query).all(), NEWEST, page)
    items = [
        DeadLetter(
            event_id=row.event_id,
            topic=row.topic,
            key=row.key,
            type=row.type,
            attempts=row.attempts,
            received_at=row.received_at,
            reason=row.error or "",
        )
        for row in rows
    ]
    return DeadLetters(items=items, next=following)


def _replay(session: Session, principal: Principal, body: Replay, now: datetime) -> Replayed:
    count = letters.replay(session, body.event_ids, now)
    audit.record(session, principal, "dead-letter:replay", "dead-letters", str(count), now)
    return Replayed(replayed=count)


def _discard(session: Session, principal: Principal, event_id: str, now: datetime) -> None:
    if not letters.discard(session, event_id, now):
        raise NotFound("There is no dead letter with this id.")
    audit.record(session, principal, "dead-letter:discard", "dead-letter", event_id, now)
