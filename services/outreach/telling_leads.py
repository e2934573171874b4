"""Safeguarding leads are told by email, too, that a concern waits. Never what it says.

The email holds no name, no word of the concern, and no id: only that something waits, and where to
sign in. It goes out once a concern is overdue and again each day until a lead has looked. It is
sent first and noted afterwards: a second email does less harm than none.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import partial
from uuid import UUID

import aiosmtplib
import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from services.outreach import sealed
from services.outreach.account_models import Account
from services.outreach.care_models import Concern
from services.runtime.node import Node
from services.runtime.security.principal import Role
from services.runtime.settings import Settings

log = structlog.get_logger()

AGAIN_AFTER = timedelta(hours=24)
LOOK_EVERY = timedelta(minutes=1)
SUBJECT = "A safeguarding concern waits for you"
TEXT = """Hello

A safeguarding concern was not answered in time. Please sign in and look at it now:

{address}

This email does not say what it is about, to keep it safe. If you cannot look today, ask another
safeguarding lead.
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Concerns of one organisation that no lead answered, and the leads' addresses. Never log."""

    concerns: tuple[UUID, ...]
    leads: tuple[str, ...]


def tell_leads(node: Node, now: datetime) -> bool:
    """One round for the runtime: emails for what is overdue. Returns false: nothing is left."""
    if node.settings.smtp_host is None or now < node.extras.get("leads_due", now):
        return False
    node.extras["leads_due"] = now + LOOK_EVERY
    for waiting in node.database.read(lambda session: overdue(session, now)):
        told = [_tell(node.settings, address) for address in waiting.leads]
        if any(told):
            node.writer.write(partial(_note, ids=waiting.concerns, now=now))
    return False


def overdue(session: Session, now: datetime) -> list[Waiting]:
    """What to tell whom at `now`; organisations without a lead are left out."""
    rows = session.execute(
        select(Concern.organisation_id, Concern.id).where(
            Concern.state == "raised",
            Concern.answer_by < now,
            or_(Concern.told_at.is_(None), Concern.told_at <= now - AGAIN_AFTER),
        )
    ).all()
    by_organisation: dict[str, list[UUID]] = {}
    for organisation, concern_id in rows:
        by_organisation.setdefault(organisation, []).append(concern_id)
    found = [
        Waiting(tuple(ids), _leads(session, organisation))
        for organisation, ids in by_organisation.items()
    ]
    return [waiting for waiting in found if waiting.leads]


def _leads(session: Session, organisation_id: str) -> tuple[str, ...]:
    rows = session.scalars(
        select(Account).where(
            Account.organisation_id == organisation_id,
            Account.role == Role.SAFEGUARDING_LEAD.value,
            Account.disabled_at.is_(None),
        )
    )
    return tuple(sealed.sealer(session).open(row.id, "email", row.email) for row in rows)


def _note(session: Session, *, ids: tuple[UUID, ...], now: datetime) -> None:
    session.execute(update(Concern).where(Concern.id.in_(ids)).values(told_at=now))


def _tell(settings: Settings, address: str) -> bool:
    """Whether the mail server took it; what went wrong is logged without the address."""
    message = EmailMessage()
    message["Subject"] = SUBJECT
    message["From"] = settings.smtp_sender
    message["To"] = address
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(
        TEXT.format(address=f"{settings.security.public_base_url}/outreach/concerns")
    )
    password = settings.smtp_password
    try:
        asyncio.run(
            aiosmtplib.send(
                message,
                hostname=settings.smtp_host,
                port=settings.smtp_port,
                username=settings.smtp_username,
                password=password.get_secret_value() if password else None,
                start_tls=settings.smtp_security == "starttls",
                use_tls=settings.smtp_security == "tls",
                timeout=20,
            )
        )
    except (aiosmtplib.SMTPException, OSError) as error:
        log.warning("a safeguarding lead could not be told by email", reason=type(error).__name__)
        return False
    return True
