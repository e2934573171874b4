"""A notifications node with a real stand-in of the SMS provider, driven through its events."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.envelope import Event, Payload
from schemas.events import (
    Channel,
    Consent,
    ContactDetailsSealed,
    InvitationRequested,
    OpportunityOpened,
    ParticipantRegistered,
)
from services.notifications import store
from services.notifications.models import Invitation, Message, Task, TemplateVersion
from services.notifications.service import SERVICE
from services.notifications.standin import Standin, start
from services.runtime import inbox
from services.runtime.node import Node
from services.runtime.processor import process
from services.runtime.security.settings import SecuritySettings
from services.runtime.settings import Settings
from services.runtime.tables import outbox
from tests.support.sample import Clock
from tests.support.schema import migrate

SID, TOKEN = "AC" + "0" * 32, "stand-in-token"
PHONE = "+447700900123"


def twilio_settings(folder: Path, standin: Standin, **more: Any) -> Settings:
    usual: dict[str, Any] = {
        "data_dir": folder,
        "security": SecuritySettings(),
        "twilio_account_sid": SID,
        "twilio_auth_token": SecretStr(TOKEN),
        "twilio_from": standin.from_number,
        "twilio_base_url": standin.url,
    }
    return Settings(**usual | more)


def opened(opportunity_id: UUID, organisation_id: str = "elmfield") -> OpportunityOpened:
    return OpportunityOpened(
        opportunity_id=opportunity_id,
        organisation_id=organisation_id,
        revision=1,
        title="Better home care",
        host_name="Elmfield Council",
        host_kind="council",
        area_code="E08000003",
        place="Elmfield Library",
        seats=3,
        payment_pence=2500,
        expenses=["travel"],
        contact_phone="0161 496 0000",
    )


class Notifying:
    """One person, one opportunity; helpers publish what the other services would."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.clock = Clock()
        self.standin = start(account_sid=SID, auth_token=TOKEN)
        self.node = Node(SERVICE, twilio_settings(folder, self.standin, **settings), self.clock)
        migrate(self.node)
        self.opportunity_id = uuid4()
        self.tell(opened(self.opportunity_id))

    def tell(self, *payloads: Payload) -> None:
        """Deliver events as the other services would, and take them into effect."""
        raws = []
        for payload in payloads:
            event = Event.of(payload, source="matching", time=self.clock())
            raws.append(inbox.Raw(payload.topic, payload.key(), event.to_json(), "test"))
        readers = self.node.service.readers
        self.node.database.write(lambda s: inbox.receive(s, raws, readers, self.clock()))
        while process(self.node, self.clock()):
            pass

    def register(
        self,
        phone: str | None = PHONE,
        name: str = "Amina Test",
        email: str | None = None,
        agreed: tuple[Channel, ...] = ("sms",),
        advocate: str | None = None,
        **state: Any,
    ) -> UUID:
        """Somebody who agreed to be written to in these ways, with their sealed addresses."""
        person = uuid4()
        key = self.node.sealer.new_key(person)
        details = {"name": name, "phone": phone, "email": email, "advocate_email": advocate}
        sealed = self.node.sealer.seal(person, store.CONTACT_FIELD, json.dumps(details), key)
        consents = [
            Consent(
                purpose="contact", channel=way, given=True, wording_version="1", at=self.clock()
            )
            for way in agreed
        ]
        state = {"consents": consents, "language": "en"} | state
        self.tell(
            ParticipantRegistered(
                participant_id=person,
                organisation_id="elmfield",
                revision=1,
                area_code="E08000003",
                **state,
            ),
            ContactDetailsSealed(participant_id=person, revision=1, sealed=sealed),
        )
        return person

    def request(self, person: UUID, **more: Any) -> InvitationRequested:
        event = InvitationRequested(
            invitation_id=uuid4(),
            match_id=uuid4(),
            opportunity_id=self.opportunity_id,
            participant_id=person,
            organisation_id="elmfield",
            reply_by=date(2026, 3, 12),
        ).model_copy(update=more)
        self.tell(event)
        return event

    def run_jobs(self) -> None:
        """Run every background job until none has anything left to do at this moment."""
        busy = True
        while busy:
            busy = any([job.run(self.node, self.clock()) for job in SERVICE.jobs])  # noqa: C419

    def invited(self, **state: Any) -> InvitationRequested:
        """A person who has their invitation."""
        event = self.request(self.register(**state))
        self.run_jobs()
        return event

    def bodies(self) -> list[str]:
        return [message.body for message in self.standin.sent]

    def invitation(self, invitation_id: UUID) -> Invitation:
        return self.node.database.read(lambda s: s.get_one(Invitation, invitation_id))

    def messages(self) -> list[Message]:
        query = select(Message).order_by(Message.queued_at, Message.id)
        return self.node.database.read(lambda s: list(s.scalars(query)))

    def tasks(self) -> list[Task]:
        query = select(Task).order_by(Task.created_at, Task.id)
        return self.node.database.read(lambda s: list(s.scalars(query)))

    def published(self, name: str) -> list[dict[str, Any]]:
        """Data of the events that this service has published under a name."""

        def find(session: Session) -> list[dict[str, Any]]:
            rows = session.scalars(select(outbox.c.payload).order_by(outbox.c.seq))
            events = [json.loads(row) for row in rows if row]
            wanted = f"org.newvoices.{name}.v1"
            return [event["data"] for event in events if event["type"] == wanted]

        return self.node.database.read(find)

    def spoil_template(self, kind: str) -> None:
        """An approved text of the organisation that asks for a fact nobody has."""
        version = TemplateVersion(
            id=uuid4(),
            organisation_id="elmfield",
            kind=kind,
            language="en",
            version=1,
            sms="Bring {{ nobody_knows_this }}",
            reviewed=True,
            state="approved",
            written_by=uuid4(),
            written_at=self.clock(),
        )
        self.node.database.write(lambda s: s.add(version))

    def restart(self) -> None:
        """A new process on the same database."""
        settings = self.node.settings
        self.node.close()
        self.node = Node(SERVICE, settings, self.clock)

    def close(self) -> None:
        self.node.close()
        self.standin.stop()
