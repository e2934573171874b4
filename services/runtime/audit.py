"""Who read or changed what about whom, in a chain of hashes that shows any later change.

Entries wait in the session and are chained just before its commit, all of them at once: each needs
the one before it, so only one transaction at a time may append, and must do so for a short time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import event, insert, select, text
from sqlalchemy.orm import Session

from services.runtime import waiting
from services.runtime.security.audit_chain import GENESIS, ChainedEntry, append, first_broken
from services.runtime.security.principal import Principal
from services.runtime.tables import audit

FIELDS = ("at", "actor", "role", "action", "subject_kind", "subject_id", "why")
_KIND = "audit"


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
    entry = {
        "at": now.isoformat(),
        "actor": str(principal.account_id),
        "role": principal.role.value,
        "action": action,
        "subject_kind": subject_kind,
        "subject_id": subject_id,
        "why": why,
    }
    waiting.wait(session, _KIND, [entry])


def count_waiting(session: Session) -> int:
    """How many entries this session has yet to write."""
    return waiting.count(session, _KIND)


def write_waiting(session: Session) -> None:
    """Chain and write the entries that wait in this session; what commits does it by itself."""
    entries = waiting.taken(session, _KIND)
    if not entries:
        return
    if session.get_bind().dialect.name != "sqlite":
        # Held until the commit that is about to come.
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext('newvoices-audit'))"))
    newest, rows = _newest_hash(session), []
    for entry in entries:
        chained = append(newest, entry)
        newest = chained.hash
        rows.append({**entry, "previous_hash": chained.previous_hash, "hash": chained.hash})
    session.execute(insert(audit), rows)


@event.listens_for(Session, "before_commit")
def _before_commit(session: Session) -> None:
    # Told of savepoints too: those are not the end yet.
    if not session.in_nested_transaction():
        write_waiting(session)


def newest_hash(session: Session) -> str:
    """The hash that stands for the whole trail; kept elsewhere, it shows a cut-off end."""
    write_waiting(session)
    return _newest_hash(session)


def _newest_hash(session: Session) -> str:
    return session.scalar(select(audit.c.hash).order_by(audit.c.seq.desc()).limit(1)) or GENESIS


def first_broken_seq(session: Session) -> int | None:
    """The number of the first entry that was changed, put in, or follows a removed one."""
    write_waiting(session)
    seqs: list[int] = []

    def chain() -> Iterator[ChainedEntry]:
        rows = session.execute(select(audit).order_by(audit.c.seq)).yield_per(1000)
        for row in rows:
            seqs[:] = [row.seq]
            content = {name: row._mapping[name] for name in FIELDS}
            yield ChainedEntry(content, row.previous_hash, row.hash)

    return seqs[0] if first_broken(chain()) is not None else None
