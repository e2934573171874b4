"""Rotation of master keys: every wrapped key and envelope under the current key, row by row.

Values are not opened; only each person's data key is unwrapped and wrapped anew. A rotation that
was cut off goes on where it stopped.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Table, select, update
from sqlalchemy.orm import Session

from schemas.events import ContactDetailsSealed
from services.runtime.node import Node
from services.runtime.security.sealing import Sealer
from services.runtime.tables import inbox, outbox

BATCH = 500


@dataclass(frozen=True)
class Sealed:
    """Columns of a table that hold envelopes, and the column with the id they are sealed for."""

    table: str
    person: str
    envelopes: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


SEALED: dict[str, tuple[Sealed, ...]] = {
    "outreach": (
        Sealed("person_keys", "subject_id", keys=("wrapped",)),
        Sealed(
            "participants", "id", ("name", "phone", "email", "postal_address", "advocate_email")
        ),
        Sealed("contacts", "id", ("asked", "notes")),
        Sealed("accounts", "id", ("email", "name"), ("wrapped_key",)),
        Sealed("second_factors", "account_id", ("secret",)),
        Sealed("safeguarding_concerns", "id", ("what", "done")),
        Sealed("safeguarding_steps", "concern_id", ("note",)),
    ),
    "matching": (),
    "notifications": (
        Sealed("recipients", "participant_id", ("sealed",)),
        Sealed("messages", "participant_id", ("sealed",)),
        Sealed("inbound", "seal_id", ("sealed",)),
    ),
}


def rewrap_all(node: Node) -> int:
    """Bring a service's database under the current master key; how many values changed."""
    changed = 0
    for sealed in SEALED[node.name]:
        table = node.service.metadata.tables[sealed.table]
        changed += sum(_batches(node, table, sealed))
    for log in (outbox, inbox):
        changed += sum(_event_batches(node, log))
    return changed


def _batches(node: Node, table: Table, sealed: Sealed) -> Iterator[int]:
    keys = list(table.primary_key.columns)
    count = node.database.read(lambda s: len(s.execute(select(*keys)).all()))
    for start in range(0, count, BATCH):

        def job(session: Session, start: int = start) -> int:
            query = select(table).order_by(*keys).offset(start).limit(BATCH).with_for_update()
            changed = 0
            for row in session.execute(query).all():
                values = dict(_rewrapped(node.sealer, row._mapping, sealed))
                if values:
                    same = [key == row._mapping[key.name] for key in keys]
                    session.execute(update(table).where(*same).values(**values))
                    changed += len(values)
            return changed

        yield node.writer.write(job)


def _rewrapped(sealer: Sealer, row: object, sealed: Sealed) -> Iterator[tuple[str, str]]:
    values: dict[str, object] = dict(row)  # type: ignore[call-overload]
    person = values[sealed.person]
    for column in sealed.envelopes:
        value = values[column]
        if isinstance(value, str) and value and sealer.needs_rewrap(value):
            yield column, sealer.rewrap(person, value)  # type: ignore[arg-type]
    for column in sealed.keys:
        value = values[column]
        if isinstance(value, str) and value and sealer.needs_rewrap(value):
            yield column, sealer.rewrap_key(person, value)  # type: ignore[arg-type]


def _event_batches(node: Node, log: Table) -> Iterator[int]:
    """Contact details travel sealed; those that still stand in a table are rewrapped too."""
    kind = ContactDetailsSealed.type_name()
    where = (log.c.type == kind, log.c.payload.is_not(None))
    seqs = node.database.read(lambda s: list(s.scalars(select(log.c.seq).where(*where))))
    for start in range(0, len(seqs), BATCH):

        def job(session: Session, part: list[int] = seqs[start : start + BATCH]) -> int:
            changed = 0
            query = select(log.c.seq, log.c.payload).where(log.c.seq.in_(part), *where)
            for seq, payload in session.execute(query).all():
                event = json.loads(payload)
                envelope = event["data"].get("sealed")
                if envelope is None or not node.sealer.needs_rewrap(envelope):
                    continue
                said = ContactDetailsSealed.model_validate(event["data"])
                event["data"]["sealed"] = node.sealer.rewrap(said.participant_id, envelope)
                text = json.dumps(event, separators=(",", ":"), ensure_ascii=False)
                session.execute(update(log).where(log.c.seq == seq).values(payload=text))
                changed += 1
            return changed

        yield node.writer.write(job)
