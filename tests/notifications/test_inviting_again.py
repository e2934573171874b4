"""An invitation that failed goes out once more: by email, or to a number that was mended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient

from schemas.events import ContactDetailsSealed, InvitationRequested, OpportunityClosed
from services.notifications import store
from services.notifications.service import app as make_app
from services.runtime.security.principal import Role
from tests.support.journey import Journey
from tests.support.mail_server import MailServer, mail_server
from tests.support.web import ORIGIN


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def journey(tmp_path: Path, mail: MailServer) -> Iterator[Journey]:
    made = Journey(
        tmp_path,
        smtp_host="127.0.0.1",
        smtp_port=mail.port,
        smtp_security="none",
        smtp_sender="voices@example.org",
    )
    yield made
    made.close()


class Coordinator:
    def __init__(self, journey: Journey, organisation: str = "elmfield") -> None:
        app = make_app(journey.node)
        gate = app.state.gate
        session = gate.keeper.begin(
            account_id=uuid4(),
            role=Role.COORDINATOR,
            organisation_id=organisation,
            team_id=None,
            now=journey.clock(),
        )
        self.client = TestClient(app, base_url=ORIGIN, raise_server_exceptions=False)
        self.client.headers["origin"] = ORIGIN
        self.client.cookies.set(gate.cookies.session_name, gate.keeper.token(session))

    def again(self, invitation_id: UUID, channel: str | None = None) -> tuple[int, str]:
        path = f"/api/v1/invitations/{invitation_id}/send-again"
        answer = self.client.post(path, json={"channel": channel})
        return answer.status_code, str(answer.json().get("detail", ""))


def failed(journey: Journey, **person: Any) -> InvitationRequested:
    event = journey.invited(**person)
    (message,) = journey.messages()
    journey.report(str(message.provider_id), "undelivered", ErrorCode="30005")
    assert journey.invitation(event.invitation_id).state == "failed"
    return event


def test_a_text_that_failed_goes_out_by_email_once(journey: Journey, mail: MailServer) -> None:
    event = failed(journey, email="amina@example.org", agreed=("sms", "email"))
    coordinator = Coordinator(journey)
    assert coordinator.again(event.invitation_id, "email")[0] == 200
    (told,) = journey.published("invitation.resent")
    assert told["invitation_id"] == str(event.invitation_id)
    journey.run_jobs()
    assert len(mail.got) == 1
    assert journey.invitation(event.invitation_id).state == "sent"
    status, detail = coordinator.again(event.invitation_id, "sms")
    assert (status, len(mail.got)) == (409, 1)
    assert "did not arrive" in detail


def test_it_can_be_answered_like_any_other(journey: Journey) -> None:
    event = failed(journey)
    assert Coordinator(journey).again(event.invitation_id)[0] == 200
    journey.run_jobs()
    journey.text("YES")
    assert journey.answers() == ["yes"]


def test_a_mended_number_is_used(journey: Journey) -> None:
    event = failed(journey)
    person = event.participant_id
    key = journey.node.sealer.new_key(person)
    details = json.dumps({"name": "Amina Test", "phone": "+447700900777", "email": None})
    sealed = journey.node.sealer.seal(person, store.CONTACT_FIELD, details, key)
    journey.tell(ContactDetailsSealed(participant_id=person, revision=2, sealed=sealed))
    assert Coordinator(journey).again(event.invitation_id)[0] == 200
    journey.run_jobs()
    assert [message.to for message in journey.standin.sent][-1] == "+447700900777"


def test_a_second_failure_is_the_end_of_it(journey: Journey) -> None:
    event = failed(journey)
    coordinator = Coordinator(journey)
    coordinator.again(event.invitation_id)
    journey.run_jobs()
    last = journey.messages()[-1]
    journey.report(str(last.provider_id), "undelivered", ErrorCode="30005")
    assert len(journey.published("invitation.failed")) == 2
    status, detail = coordinator.again(event.invitation_id)
    assert status == 409
    assert "Ring or write" in detail


def test_a_way_that_is_not_open_is_refused_and_uses_up_nothing(journey: Journey) -> None:
    event = failed(journey)
    coordinator = Coordinator(journey)
    status, detail = coordinator.again(event.invitation_id, "email")
    assert status == 409
    assert "by email" in detail
    assert coordinator.again(event.invitation_id, "sms")[0] == 200


def test_only_a_failed_invitation_of_an_open_opportunity_goes_out_again(journey: Journey) -> None:
    event = failed(journey)
    assert Coordinator(journey, "elsewhere").again(event.invitation_id)[0] == 404
    journey.tell(OpportunityClosed(opportunity_id=event.opportunity_id))
    assert Coordinator(journey).again(event.invitation_id)[0] == 409


def test_an_invitation_on_its_way_is_not_sent_again(journey: Journey) -> None:
    event = journey.invited()
    assert Coordinator(journey).again(event.invitation_id)[0] == 409


def test_one_that_was_approved_again_meanwhile_stays_as_it_is(journey: Journey) -> None:
    event = failed(journey)
    journey.clock.forward(minutes=1)
    journey.request(event.participant_id, match_id=event.match_id)
    status, detail = Coordinator(journey).again(event.invitation_id)
    assert status == 409
    assert "approved again" in detail


def test_the_page_of_a_failed_invitation_offers_it(journey: Journey) -> None:
    event = failed(journey)
    page = Coordinator(journey).client.get(f"/delivery/{event.invitation_id}").text
    assert "Send the invitation once more" in page
    assert "By text message" in page
