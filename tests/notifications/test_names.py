"""A person's name is shown after approval, to who approved them, and each look is written down."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from schemas.events import InvitationCancelled, InvitationRequested, ParticipantErased
from services.notifications.service import app as make_app
from services.runtime.security.principal import Role
from services.runtime.tables import audit as audit_table
from tests.support.journey import Journey
from tests.support.web import ORIGIN

COORDINATOR = uuid4()
NOT_ALLOWED = "urn:newvoices:problem:not-allowed"


def signed_in(
    journey: Journey,
    account_id: UUID = COORDINATOR,
    role: Role = Role.COORDINATOR,
    organisation: str = "elmfield",
) -> TestClient:
    app = make_app(journey.node)
    gate = app.state.gate
    session = gate.keeper.begin(
        account_id=account_id,
        role=role,
        organisation_id=organisation,
        team_id=None,
        now=journey.clock(),
    )
    client = TestClient(app, base_url=ORIGIN, raise_server_exceptions=False)
    client.headers["origin"] = ORIGIN
    client.cookies.set(gate.cookies.session_name, gate.keeper.token(session))
    return client


@pytest.fixture
def asked(journey: Journey) -> InvitationRequested:
    return journey.request(journey.register(), asked_by=COORDINATOR)


def name_of(client: TestClient, asked: InvitationRequested) -> Any:
    return client.post(f"/api/v1/invitations/{asked.invitation_id}/name", json={})


def looks(journey: Journey) -> int:
    query = select(audit_table.c.seq).where(audit_table.c.action == "name:read")
    return len(journey.node.database.read(lambda s: list(s.execute(query))))


def test_who_approved_reads_the_name_and_the_look_is_written_down(
    journey: Journey, asked: InvitationRequested
) -> None:
    answer = name_of(signed_in(journey), asked)
    assert answer.json().get("name") == "Amina Test", answer.text
    assert looks(journey) == 1


@pytest.mark.parametrize(
    "who",
    [
        {"account_id": uuid4()},
        {"organisation": "riverton"},
    ],
)
def test_another_coordinator_learns_not_even_that_somebody_was_asked(
    journey: Journey, asked: InvitationRequested, who: dict[str, Any]
) -> None:
    answer = name_of(signed_in(journey, **who), asked)
    assert answer.status_code == 404
    assert "Amina" not in answer.text
    assert looks(journey) == 0


@pytest.mark.parametrize(
    "role", [role for role in Role if role not in (Role.COORDINATOR, Role.PARTICIPANT)]
)
def test_no_other_role_reads_a_name_here(
    journey: Journey, asked: InvitationRequested, role: Role
) -> None:
    answer = name_of(signed_in(journey, role=role), asked)
    assert (answer.status_code, answer.json()["type"]) == (403, NOT_ALLOWED)


def test_a_name_is_hidden_again_once_the_approval_is_taken_back(
    journey: Journey, asked: InvitationRequested
) -> None:
    facts = asked.model_dump(
        include={"invitation_id", "match_id", "opportunity_id", "participant_id"}
    )
    journey.tell(InvitationCancelled(**facts, reason="undone"))
    answer = name_of(signed_in(journey), asked)
    assert answer.status_code == 409
    assert "hidden again" in answer.json()["detail"]


def test_nobody_has_the_name_of_who_asked_to_be_forgotten(
    journey: Journey, asked: InvitationRequested
) -> None:
    journey.tell(ParticipantErased(participant_id=asked.participant_id))
    answer = name_of(signed_in(journey), asked)
    assert answer.status_code in (409, 410)
    assert "Amina" not in answer.text


def test_the_page_shows_the_name_only_after_the_button_was_pressed(
    journey: Journey, asked: InvitationRequested
) -> None:
    client = signed_in(journey)
    client.headers["accept"] = "text/html"
    path = f"/delivery/{asked.invitation_id}"
    page = client.get(path)
    assert "Amina" not in page.text
    token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
    shown = client.post(f"{path}/name", data={"csrf_token": token})
    assert 'id="name">Amina Test<' in shown.text
