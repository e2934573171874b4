"""Who read or changed what about whom, in a chain of hashes that shows any later change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from services.runtime.security.audit_chain import GENESIS, ChainedEntry, append, first_broken
from services.runtime.security.principal import Principal
from services.runtime.tables import audit

FIELDS = ("at", "actor", "role", "action", "subject_kind", "subject_id", "why")


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
    entry = {
        "at": now.isoformat(),
        "actor": str(principal.account_id),
        "role": principal.role.value,
        "action": action,
        "subject_kind": subject_kind,
        "subject_id": subject_id,
        "why": why,
    }
    chained = append(newest_hash(session), entry)
    session.execute(
        insert(audit).values(**entry, previous_hash=chained.previous_hash, hash=chained.hash)
    )


def newest_hash(session: Session) -> str:
    """The hash that stands for the whole trail; kept elsewhere, it shows a cut-off end."""
    return session.scalar(select(audit.c.hash).order_by(audit.c.seq.desc()).limit(1)) or GENESIS


def first_broken_seq(session: Session) -> int | None:
    """The number of the first entry that was changed, put in, or follows a removed one."""
    seqs: list[int] = []

    def chain() -> Iterator[ChainedEntry]:
        rows = session.execute(select(audit).order_by(audit.c.seq)).yield_per(1000)
        for row in rows:
            seqs[:] = [row.seq]
            content = {name: row._mapping[name] for name in FIELDS}
            yield ChainedEntry(content, row.previous_hash, row.hash)

    return seqs[0] if first_broken(chain()) is not None else None
