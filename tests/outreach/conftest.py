"""A running outreach with a real SQLite database, accounts, and clients that signed in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from schemas.envelope import Event, Payload, new_id, parse_event, parse_payload
from schemas.events import TYPES
from services.outreach.commands.accounts import create_account
from services.outreach.monitoring_models import MonitoringAnswer
from services.outreach.service import SERVICE
from services.runtime import inbox, outbox, processor
from services.runtime.clock import utc_now
from services.runtime.node import Node
from services.runtime.security.passwords import Passwords
from services.runtime.security.principal import Role
from services.runtime.security.settings import SecuritySettings
from services.runtime.tables import audit
from services.runtime.tables import outbox as outbox_table
from tests.support.identity_provider import IdentityProvider, identity_provider
from tests.support.sample import make_settings
from tests.support.schema import migrate

ORIGIN = "http://localhost:8000"
PASSWORD = "kettle harbour violin"
HASHER = Passwords(memory_kib=64, passes=1)


@dataclass
class World:
    """One outreach service and what tests do with it."""

    node: Node
    app: Any
    accounts: dict[str, UUID] = field(default_factory=dict)

    def account(
        self, email: str, role: Role = Role.LINK_WORKER, organisation: str = "leeds", team: str = ""
    ) -> UUID:
        made = self.node.database.write(
            lambda session: create_account(
                session,
                email=email,
                name="Colleague",
                password=PASSWORD,
                role=role,
                organisation_id=organisation,
                team_id=team or None,
                now=self.node.now(),
                hasher=HASHER,
            )
        )
        self.accounts[email] = made
        return made

    def browser(self) -> TestClient:
        client = TestClient(self.app, base_url=ORIGIN, raise_server_exceptions=False)
        client.headers["origin"] = ORIGIN
        return client

    def signed_in(
        self, email: str, role: Role = Role.LINK_WORKER, organisation: str = "leeds", team: str = ""
    ) -> TestClient:
        if email not in self.accounts:
            self.account(email, role, organisation, team)
        client = self.browser()
        answer = client.post("/api/v1/sign-in", json={"email": email, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        # Requests without a body prove as JSON, too, that one of our pages sent them.
        client.headers["content-type"] = "application/json"
        return client

    def events(self) -> list[Payload]:
        """What outreach told the others, oldest first; erased ones are left out."""
        rows = self.node.database.read(lambda session: outbox.read_after(session, 0, 10_000))
        return [parse_payload(parse_event(raw), TYPES) for *_, raw in rows if raw is not None]

    def events_of(self, kind: type[Payload]) -> list[Any]:
        return [event for event in self.events() if isinstance(event, kind)]

    def raw_events(self) -> str:
        rows = self.node.database.read(
            lambda session: session.scalars(select(outbox_table.c.payload)).all()
        )
        return json.dumps(rows)

    def hear(self, payload: Payload, times: int = 1) -> None:
        """Deliver an event of another service, as the log would."""
        event_id = new_id()
        for _ in range(times):
            self.node.writer.write(lambda session: self._receive(session, payload, event_id))
            while processor.process(self.node, self.node.now()):
                pass

    def _receive(self, session: Any, payload: Payload, event_id: UUID) -> None:
        event = Event.of(payload, source="matching", time=self.node.now(), event_id=event_id)
        raw = inbox.Raw(payload.topic, payload.key(), event.to_json(), "matching:1")
        inbox.receive(session, [raw], SERVICE.readers, self.node.now())

    def audited(self, subject: str) -> list[str]:
        query = select(audit.c.action).where(audit.c.subject_id == subject).order_by(audit.c.seq)
        return self.node.database.read(lambda session: list(session.scalars(query)))

    def files(self) -> bytes:
        """Every byte of the database and its write-ahead log."""
        folder = Path(self.node.settings.data_dir)
        return b"".join(path.read_bytes() for path in sorted(folder.glob("outreach.db*")))


@contextmanager
def new_world(folder: Path, **security: Any) -> Iterator[World]:
    settings = make_settings(folder)
    settings.security = SecuritySettings(**security)
    node = Node(SERVICE, settings, utc_now)
    migrate(node)
    yield World(node, SERVICE.make_app(node))
    node.close()


@pytest.fixture(scope="module")
def running() -> Iterator[IdentityProvider]:
    """An identity provider that answers over HTTP."""
    with identity_provider() as made:
        yield made


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with new_world(tmp_path) as made:
        yield made


@pytest.fixture
def worker(world: World) -> TestClient:
    return world.signed_in("worker@example.org", team="north")


def counted(world: World) -> list[tuple[str, str]]:
    """What is kept for equality monitoring, of everybody: question and answer."""
    query = select(MonitoringAnswer.list_id, MonitoringAnswer.code)
    rows = world.node.database.read(lambda session: session.execute(query).all())
    return sorted((list_id, code) for list_id, code in rows)


def contact_body(**changes: Any) -> dict[str, Any]:
    return {
        "contacted_on": utc_now().date().isoformat(),
        "venue": "Harehills food bank",
        "venue_kind": "food_bank",
        "area_code": "E08000035",
        "language": "ur",
        "barriers": ["travel", "never_asked"],
        "familiarity": "never_heard",
        "notes": "Zebrafinch prefers mornings.",
        "recorded_at": utc_now().isoformat(),
    } | changes


def consents(**given: bool) -> list[dict[str, Any]]:
    """sms=True, email=False … are channels; matching and monitoring are purposes."""
    return [
        {"purpose": name, "given": yes, "wording_version": "1"}
        if name in ("matching", "monitoring")
        else {"purpose": "contact", "channel": name, "given": yes, "wording_version": "1"}
        for name, yes in given.items()
    ]


def person_body(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Quintessa Marblethwaite",
        "phone": "07700 900123",
        "language": "ur",
        "area_code": "E08000035",
        "access_needs": ["interpreter_language", "step_free"],
        "consents": consents(sms=True, matching=True, monitoring=True),
        "matching_profile": {
            "characteristics": {"age_band": ["25_34"], "ethnic_group": ["asian_pakistani"]},
            "lived_experience": ["unpaid_carer"],
        },
        "monitoring": {"religion": ["muslim"], "age_band": ["25_34"]},
        "recorded_at": utc_now().isoformat(),
    } | changes


def register(client: TestClient, **changes: Any) -> str:
    """Register a person and return their id."""
    made = str(uuid4())
    answer = client.put(f"/api/v1/participants/{made}", json=person_body(**changes))
    assert answer.status_code == 201, answer.text
    return made
