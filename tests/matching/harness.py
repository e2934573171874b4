"""A matching service on a database of its own, spoken to over HTTP and with events."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from schemas.envelope import Event, Payload, parse_event, parse_payload
from schemas.events import (
    TYPES,
    Availability,
    Consent,
    InvitationAnswered,
    MatchingProfile,
    ParticipantRegistered,
    SeatFilled,
)
from services.matching.service import SERVICE
from services.runtime import inbox, letters
from services.runtime.embedded import EmbeddedRunner
from services.runtime.node import Node
from services.runtime.pages import mount_static
from services.runtime.processor import process
from services.runtime.security.headers import SecurityHeadersMiddleware
from services.runtime.security.master_keys import LocalMasterKeys
from services.runtime.security.permissions import ROLE_PERMISSIONS
from services.runtime.security.principal import Role
from services.runtime.security.settings import SecuritySettings
from services.runtime.security.tokens import new_secret
from services.runtime.settings import Settings
from services.runtime.tables import api_tokens, outbox
from tests.support.schema import migrate
from tests.support.servers import PostgresForTests

T = TypeVar("T")
P = TypeVar("P", bound=Payload)

NOW = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
ORGANISATION = "elmfield"
AREA = "E08000003"


class Matching:
    """One matching service. Time stands still at `now` until a test moves it."""

    def __init__(self, folder: Path, settings: Settings | None = None) -> None:
        self.now = NOW
        if settings is None:
            security = SecuritySettings(secret_key=SecretStr("s" * 48))
            settings = Settings(data_dir=folder, security=security)
        self.node = Node(SERVICE, settings, clock=lambda: self.now)
        migrate(self.node)
        self.runner = EmbeddedRunner([self.node])
        self.app = SERVICE.make_app(self.node)
        self.coordinator_id = uuid4()
        self.http = self.client(Role.COORDINATOR, self.coordinator_id)

    def client(
        self, role: Role, account_id: UUID | None = None, organisation: str = ORGANISATION
    ) -> TestClient:
        """A client with an API token of this role."""
        secret, token_hash = new_secret()
        row = {
            "id": uuid4(),
            "token_hash": token_hash,
            "account_id": account_id or uuid4(),
            "role": role.value,
            "organisation_id": organisation,
            "scopes": [p.value for p in ROLE_PERMISSIONS[role]],
            "expires_at": NOW + timedelta(days=300),
        }
        self.node.writer.write(lambda session: session.execute(insert(api_tokens).values(**row)))
        headers = {"Authorization": f"Bearer {secret}"}
        return TestClient(self.app, headers=headers, raise_server_exceptions=False)

    def receive(self, *payloads: Payload, ids: Sequence[UUID] | None = None) -> list[Event]:
        """Deliver events of another service and take them into effect; returns them."""
        events = [
            Event.of(p, source="outreach", time=self.now, event_id=ids[n] if ids else None)
            for n, p in enumerate(payloads)
        ]
        self.deliver(events)
        return events

    def deliver(self, events: Sequence[Event]) -> None:
        raws = [
            inbox.Raw("newvoices.participants", e.subject, e.to_json(), f"test:{n}")
            for n, e in enumerate(events)
        ]
        readers = SERVICE.readers
        self.node.writer.write(lambda s: inbox.receive(s, raws, readers, self.now))
        while process(self.node, self.now):
            pass
        dead = self.read(lambda s: [row.error for row in letters.dead(s)])
        pending = self.read(lambda s: inbox.lanes_due(s, self.now + timedelta(days=1)))
        if dead or pending:
            errors = self.read(lambda s: list(s.scalars(select(inbox.inbox.c.error))))
            raise AssertionError(f"events failed: {dead or errors}")

    def settle(self) -> None:
        """Run the background jobs until nothing is left to do."""
        self.runner.settle(lambda: self.now)

    def read(self, query: Any) -> Any:
        return self.node.database.read(query)

    def write(self, job: Any) -> Any:
        return self.node.writer.write(job)

    def published(self, kind: type[P]) -> list[P]:
        """Every event of this kind in the outbox, oldest first."""

        def rows(session: Session) -> list[str | None]:
            query = select(outbox.c.payload).where(outbox.c.type == kind.type_name())
            return list(session.scalars(query.order_by(outbox.c.seq)))

        raws = [raw for raw in self.read(rows) if raw]
        return [parse_payload(parse_event(raw), TYPES) for raw in raws]  # type: ignore[misc]

    def open(self, **changes: Any) -> UUID:
        """Open an opportunity through the API; returns its id."""
        answer = self.http.post("/api/v1/opportunities", json=opening(**changes))
        assert answer.status_code == 201, answer.text
        return UUID(answer.json()["opportunity_id"])

    def register(self, *args: Any, **told: Any) -> UUID:
        event = registered(*args, **told)
        self.receive(event)
        return event.participant_id

    def proposals(self, opportunity_id: UUID, *states: str) -> list[dict[str, Any]]:
        answer = self.http.get(
            f"/api/v1/opportunities/{opportunity_id}/proposals",
            params={"state": states or ["proposed"]},
        )
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    def approve(self, match_id: str) -> dict[str, Any]:
        answer = self.http.post(f"/api/v1/proposals/{match_id}/approve", json={})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def invite(self, opportunity_id: UUID, participant_id: UUID) -> InvitationAnswered:
        """Approve a person's proposal; returns their yes, not yet delivered."""
        found = self.proposals(opportunity_id)
        (match,) = [m for m in found if m["participant_id"] == str(participant_id)]
        return answer_of(match, self.approve(match["match_id"]), opportunity_id)

    def published_seat(self) -> UUID:
        """The id of the seat that was filled last."""
        return self.published(SeatFilled)[-1].seat_id

    def view(self, opportunity_id: UUID) -> dict[str, Any]:
        answer = self.http.get(f"/api/v1/opportunities/{opportunity_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@contextmanager
def running(folder: Path) -> Iterator[Matching]:
    matching = Matching(folder)
    try:
        yield matching
    finally:
        matching.node.close()


def opening(**changes: Any) -> dict[str, Any]:
    """The body that opens a group of three with two seats for young people."""
    body: dict[str, Any] = {
        "title": "Better home care",
        "host_name": "Elmfield Council",
        "host_kind": "council",
        "area_code": AREA,
        "seats": 3,
        "offers": ["step_free"],
        "targets": [{"group": {"age_band": "18_24"}, "least": 2}],
    }
    return body | changes


def registered(
    characteristics: dict[str, list[str]] | None = None,
    lived_experience: Sequence[str] = (),
    needs: Sequence[str] = (),
    *,
    participant_id: UUID | None = None,
    revision: int = 1,
    matching: bool = True,
    channels: Sequence[Any] = ("sms",),
    organisation: str = ORGANISATION,
    prior_seats: int = 0,
    modes: Sequence[Any] = ("in_person", "online", "phone"),
    at: datetime = NOW,
) -> ParticipantRegistered:
    """A young person who agreed to be matched, unless told otherwise."""
    told = {"age_band": ["18_24"]} if characteristics is None else characteristics
    consents = [Consent(purpose="matching", given=matching, wording_version="1", at=at)]
    consents += [contact(channel, True, at) for channel in channels]
    return ParticipantRegistered(
        participant_id=participant_id or uuid4(),
        organisation_id=organisation,
        revision=revision,
        area_code=AREA,
        matching_profile=MatchingProfile(
            characteristics=told, lived_experience=list(lived_experience)
        ),
        access_needs=list(needs),
        availability=Availability(modes=list(modes)),
        prior_seats=prior_seats,
        consents=consents,
    )


def contact(channel: Any, given: bool, at: datetime = NOW) -> Consent:
    return Consent(purpose="contact", channel=channel, given=given, wording_version="1", at=at)


def answer_of(
    match: dict[str, Any], decided: dict[str, Any], opportunity_id: UUID, answer: Any = "yes"
) -> InvitationAnswered:
    return InvitationAnswered(
        invitation_id=UUID(decided["invitation_id"]),
        match_id=UUID(match["match_id"]),
        opportunity_id=opportunity_id,
        participant_id=UUID(match["participant_id"]),
        answer=answer,
        answered_at=NOW,
    )


@contextmanager
def running_on_postgres(postgres: PostgresForTests, folder: Path) -> Iterator[Matching]:
    with postgres.databases("matching") as url:
        keys = LocalMasterKeys.fresh().to_json().decode()
        security = SecuritySettings(secret_key=SecretStr("s" * 48), master_keys=SecretStr(keys))
        settings = Settings(database_url=SecretStr(url), security=security)
        matching = Matching(folder, settings)
        with closing(matching.node):
            yield matching


def website(matching: Matching) -> FastAPI:
    """The service as people reach it: under /matching, beside the static files."""
    site = FastAPI()
    site.add_middleware(SecurityHeadersMiddleware, settings=matching.node.settings.security)
    mount_static(site)
    site.mount("/matching", matching.app)
    return site


def cookies_of(matching: Matching, role: Role = Role.COORDINATOR) -> dict[str, str]:
    """A browser's session of this role; the coordinator's by default."""
    keeper = matching.app.state.gate.keeper
    session = keeper.begin(
        account_id=matching.coordinator_id,
        role=role,
        organisation_id=ORGANISATION,
        team_id=None,
        now=matching.now,
    )
    return {matching.app.state.gate.cookies.session_name: keeper.token(session)}


class Visitor:
    """Somebody with a browser that runs no scripts: opens pages and sends their forms."""

    def __init__(self, matching: Matching, role: Role = Role.COORDINATOR) -> None:
        self.http = TestClient(
            website(matching),
            base_url="http://localhost:8000",
            cookies=cookies_of(matching, role),
            headers={"accept": "text/html", "origin": "http://localhost:8000"},
            raise_server_exceptions=False,
        )

    def see(self, path: str, **params: Any) -> str:
        answer = self.http.get(f"/matching{path}", params=params or None)
        assert answer.status_code == 200, answer.text
        return answer.text

    def send(self, path: str, page: str, status: int = 200, **fields: Any) -> str:
        """Send a form with the token of the page that it stands on; returns the page after."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found, "the page has no form"
        answer = self.http.post(f"/matching{path}", data={"csrf_token": found[1], **fields})
        assert answer.status_code == status, answer.text
        return answer.text
