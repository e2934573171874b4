"""Steps of a sign-in that go out and come back: short-lived, used once, for one browser only."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from services.outreach.sign_in_models import SignInStep
from services.runtime.clock import as_utc
from services.runtime.errors import DomainError
from services.runtime.security.tokens import hash_of

LASTS = timedelta(minutes=5)
AT_PROVIDER = timedelta(minutes=15)


class StepOver(DomainError):
    """The answer came late, twice, or from another browser."""

    code = "step-over"
    status = 401
    title = "Not signed in"

    def __init__(self) -> None:
        super().__init__("That took too long, or was used already. Please start again.")


def begin(
    session: Session,
    kind: str,
    step_id: str,
    binding: str,
    kept: dict[str, Any],
    now: datetime,
    lasts: timedelta = LASTS,
) -> None:
    """Remember a step under its random id. `binding` is the browser's cookie."""
    session.execute(delete(SignInStep).where(SignInStep.expires_at < now))
    session.add(
        SignInStep(
            id_hash=hash_of(step_id),
            kind=kind,
            binding=hash_of(binding),
            kept=kept,
            expires_at=now + lasts,
        )
    )


def take(session: Session, kind: str, step_id: str, binding: str, now: datetime) -> dict[str, Any]:
    """What was kept; it is gone now. Raises StepOver."""
    row = session.get(SignInStep, hash_of(step_id), with_for_update=True)
    if row is None or row.kind != kind:
        raise StepOver
    session.delete(row)
    session.flush()
    if row.binding != hash_of(binding) or not binding or now >= as_utc(row.expires_at):
        raise StepOver
    return dict(row.kept)
