"""A node of notifications that people can be invited from, and a stand-in for its provider."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from pydantic import SecretStr
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bench.people import phone
from schemas.envelope import Event, Payload
from schemas.events import (
    Consent,
    ContactDetailsSealed,
    InvitationRequested,
    ParticipantRegistered,
)
from services.notifications import store
from services.notifications.claiming import OPEN
from services.notifications.models import Message
from services.notifications.service import SERVICE
from services.runtime import inbox, migrations
from services.runtime.node import Node
from services.runtime.processor import process
from services.runtime.security.settings import SecuritySettings
from services.runtime.settings import Settings
from services.runtime.tables import inbox as inbox_table
from tests.support.notifying import opened


class Bench:
    """A node of its own folder, whose provider is the stand-in that `at` tells of."""

    def __init__(self, folder: Path, at: dict[str, Any], port: int, threads: int) -> None:
        self.base = f"http://localhost:{port}"
        self.token = at["auth_token"]
        settings = Settings(
            data_dir=folder,
            security=SecuritySettings(public_base_url=self.base),
            twilio_account_sid=at["account_sid"],
            twilio_auth_token=SecretStr(self.token),
            twilio_messaging_service_sid=at["messaging_service_sid"],
            twilio_base_url=at["url"],
            send_threads=threads,
            # The stand-in's list never lags, so an unclear message can be looked up soon.
            send_lease=timedelta(seconds=3),
            quiet_hours=False,
        )
        self.node = Node(SERVICE, settings)
        migrations.upgrade(SERVICE, self.node.database)
        self.opportunity = uuid4()

    def receive(self, payloads: list[Payload]) -> None:
        now = self.node.now()
        raws = [
            inbox.Raw(p.topic, p.key(), Event.of(p, source="bench", time=now).to_json(), "bench")
            for p in payloads
        ]
        readers = self.node.service.readers
        self.node.writer.write(lambda session: inbox.receive(session, raws, readers, now))

    def settle(self) -> None:
        while process(self.node, self.node.now()):
            pass

    def community(self, count: int) -> list[UUID]:
        """One opportunity and so many people who agreed to texts, taken into effect."""
        self.receive([opened(self.opportunity, "bench")])
        people = [uuid4() for _ in range(count)]
        for start in range(0, count, 200):
            numbered = enumerate(people[start : start + 200], start)
            self.receive([p for number, who in numbered for p in self.registered(who, number)])
            self.settle()
        self.settle()
        return people

    def registered(self, person: UUID, number: int) -> list[Payload]:
        sealer, now = self.node.sealer, self.node.now()
        details = json.dumps({"name": "Ada Example", "phone": phone(number), "email": None})
        sealed = sealer.seal(person, store.CONTACT_FIELD, details, sealer.new_key(person))
        consent = Consent(purpose="contact", channel="sms", given=True, wording_version="1", at=now)
        state = ParticipantRegistered(
            participant_id=person,
            organisation_id="bench",
            revision=1,
            area_code="E08000003",
            consents=[consent],
        )
        return [state, ContactDetailsSealed(participant_id=person, revision=1, sealed=sealed)]

    def request(self, person: UUID) -> InvitationRequested:
        return InvitationRequested(
            invitation_id=uuid4(),
            match_id=uuid4(),
            opportunity_id=self.opportunity,
            participant_id=person,
            organisation_id="bench",
            reply_by=datetime.now(UTC).date() + timedelta(days=10),
        )

    def written(self) -> int:
        query = select(func.count()).select_from(Message).where(Message.kind == "invitation")
        return self.node.database.read(lambda session: session.scalar(query) or 0)

    def is_busy(self) -> bool:
        """Whether a message is open or an event waits. Cheap: it is asked during the run."""

        def look(session: Session) -> bool:
            is_open = select(Message.id).where(OPEN).limit(1)
            waits = select(inbox_table.c.seq).where(inbox.IS_PENDING).limit(1)
            return session.scalar(is_open) is not None or session.scalar(waits) is not None

        return self.node.database.read(look)


@contextmanager
def standin(delay: str, faults: dict[str, float]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """A provider in a process of its own: a folder to work in, and how to reach it."""
    command = [sys.executable, "-m", "services.notifications.standin"]
    command += ["--answer-delay", delay, "--faults", json.dumps(faults)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process,
        tempfile.TemporaryDirectory(prefix="newvoices-bench-") as folder,
    ):
        assert process.stdout is not None
        try:
            yield Path(folder), json.loads(process.stdout.readline())
        finally:
            process.terminate()
