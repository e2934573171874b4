"""Who read or changed what about whom, in a chain of hashes that shows any later change."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from services.runtime.security.principal import Principal
from services.runtime.tables import audit

GENESIS = "0" * 64


def entry_hash(previous: str, entry: dict[str, str]) -> str:
    """SHA-256 over the hash before and the entry as canonical JSON."""
    canonical = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(f"{previous}{canonical}".encode()).hexdigest()


def record(
    session: Session,
    principal: Principal,
    action: str,
    subject_kind: str,
    subject_id: str,
    now: datetime,
    why: str = "",
) -> None:
    """Append to the audit trail in the caller's transaction. Ids and codes only."""
    if session.get_bind().dialect.name != "sqlite":
        # Each entry needs the one before it: one appender at a time, until commit.
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext('newvoices-audit'))"))
    last = session.scalar(select(audit.c.hash).order_by(audit.c.seq.desc()).limit(1))
    previous = last or GENESIS
    entry = {
        "at": now.isoformat(),
        "actor": str(principal.account_id),
        "role": principal.role.value,
        "action": action,
        "subject_kind": subject_kind,
        "subject_id": subject_id,
        "why": why,
    }
    session.execute(
        insert(audit).values(**entry, previous_hash=previous, hash=entry_hash(previous, entry))
    )
