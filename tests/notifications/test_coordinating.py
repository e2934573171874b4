"""What a coordinator does over the API: templates, payments, answers, resending, quiet days."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from schemas.events import PaymentRecorded
from services.notifications import actions
from services.notifications.messages import Format, print_pdf
from services.notifications.service import app as make_app
from services.notifications.templating import builtin
from services.runtime.security.principal import Principal, Role
from tests.support.journey import Journey
from tests.support.web import ORIGIN


@pytest.fixture
def api(journey: Journey) -> TestClient:
    """A coordinator of the organisation."""
    app = make_app(journey.node)
    gate = app.state.gate
    session = gate.keeper.begin(
        account_id=uuid4(),
        role=Role.COORDINATOR,
        organisation_id="elmfield",
        team_id=None,
        now=journey.clock(),
    )
    client = TestClient(app, base_url=ORIGIN, raise_server_exceptions=False)
    client.headers["origin"] = ORIGIN
    client.cookies.set(gate.cookies.session_name, gate.keeper.token(session))
    return client


def post(api: TestClient, path: str, body: dict[str, Any] | None = None) -> Any:
    return api.post(f"/api/v1{path}", json=body or {})


SMS = "Thank you, {{ first_name }}. That is fine. Reply STOP for no more texts.\n"
SIGNED = "{{ organisation }}, {{ contact_phone }}"


def test_a_failing_version_cannot_be_approved(api: TestClient) -> None:
    body = {"kind": "thanks_no", "sms": "Thanks, hard to reach friend.", "reviewed": True}
    made = post(api, "/templates", body).json()["id"]
    assert post(api, f"/templates/{made}/approve").status_code == 409
    checked = post(api, f"/templates/{made}/check").json()
    assert "must" in {finding["weight"] for finding in checked["findings"]}
    refused = post(api, f"/templates/{made}/approve", {"reason": "We like it."})
    assert refused.status_code == 409
    assert "new version" in refused.json()["detail"]


def test_warnings_need_a_reason_and_then_the_version_is_used(
    api: TestClient, journey: Journey
) -> None:
    body = {"kind": "thanks_no", "sms": SMS + SIGNED, "reviewed": False}
    made = post(api, "/templates", body).json()["id"]
    assert post(api, f"/templates/{made}/check").json()["findings"]
    assert post(api, f"/templates/{made}/approve").status_code == 409
    approved = post(api, f"/templates/{made}/approve", {"reason": "Read by three of us."})
    assert approved.json()["state"] == "approved"
    journey.invited()
    journey.text("no thanks")
    assert journey.bodies()[-1].startswith("Thank you, Amina. That is fine.")
    assert journey.messages()[-1].template_version == "thanks_no/en/own-1"


def test_a_missing_placeholder_is_named_before_anything_is_sent(api: TestClient) -> None:
    body = {"kind": "thanks_no", "sms": "{{ shoe_size }} " + SIGNED, "reviewed": True}
    made = post(api, "/templates", body).json()["id"]
    (finding,) = post(api, f"/templates/{made}/check").json()["findings"]
    assert "shoe_size" in finding["message"]
    shown = api.get(f"/api/v1/templates/{made}/preview")
    assert shown.status_code == 409
    assert "shoe_size" in shown.json()["detail"]


def test_a_preview_has_an_invitations_own_facts_and_nobodys_name(
    api: TestClient, journey: Journey
) -> None:
    event = journey.invited(name="Zebedee Unmistakable")
    body = {"kind": "thanks_no", "sms": SMS + "{{ opportunity_title }} " + SIGNED, "reviewed": True}
    made = post(api, "/templates", body).json()["id"]
    path = f"/api/v1/templates/{made}/preview?invitation_id={event.invitation_id}"
    (preview,) = api.get(path).json()["items"]
    assert "Better home care" in preview["text"]
    assert "Zebedee" not in preview["text"]


def test_an_invitation_is_previewed_in_every_format_with_its_own_facts(
    api: TestClient, journey: Journey
) -> None:
    event = journey.invited()
    shipped = builtin("invitation")
    forms = {"sms": shipped.sms, "letter": shipped.letter, "easy_read": shipped.easy_read}
    body = {"kind": "invitation", "subject": shipped.subject, "reviewed": True, **forms}
    made = post(api, "/templates", body).json()["id"]
    path = f"/api/v1/templates/{made}/preview?invitation_id={event.invitation_id}"
    previews = {one["format"]: one["text"] for one in api.get(path).json()["items"]}
    assert set(previews) == set(Format)
    assert {form for form, text in previews.items() if "Better home care" not in text} == set()


def test_a_payment_is_told_once_for_each_day(api: TestClient, journey: Journey) -> None:
    event = journey.invited()
    path = f"/invitations/{event.invitation_id}/payment-sent"
    paid = {"amount_pence": 2550, "paid_on": "2026-03-02"}
    assert post(api, path, paid).status_code == 409
    journey.text("YES")
    assert post(api, path, paid).status_code == 200
    assert post(api, path, paid).status_code == 409
    journey.run_jobs()
    (told,) = [body for body in journey.bodies() if "£25.50" in body]
    assert "Monday 2 March" in told


def test_each_payment_that_is_recorded_is_told_once(journey: Journey) -> None:
    event = journey.invited()
    about = event.model_dump(include={"match_id", "opportunity_id", "participant_id"})
    day = date(2026, 3, 2)
    sent = [
        PaymentRecorded(**about, payment_id=uuid4(), amount_pence=pence, paid_on=day)
        for pence in (2500, 460)
    ]
    journey.tell(*sent)
    journey.text("YES")
    journey.tell(*sent, *sent)
    journey.run_jobs()
    told = [body for body in journey.bodies() if "We sent you" in body]
    assert len(told) == 2
    assert sum("£25 " in body for body in told) == 1
    assert sum("£4.60" in body for body in told) == 1
    assert all("benefits" in body for body in told)


def test_how_a_person_wants_to_be_paid_goes_with_an_answer_by_phone(
    api: TestClient, journey: Journey
) -> None:
    event = journey.invited(communication_formats=["phone_call"])
    path = f"/invitations/{event.invitation_id}/answer"
    said = {"answer": "yes", "payment_choice": "expenses_only"}
    assert post(api, path, said).status_code == 200
    (answered,) = journey.published("invitation.answered")
    assert answered["payment_choice"] == "expenses_only"


def test_an_answer_by_phone_fills_the_task_and_is_told_to_matching(
    api: TestClient, journey: Journey
) -> None:
    event = journey.invited(communication_formats=["phone_call"])
    path = f"/invitations/{event.invitation_id}/answer"
    assert post(api, path, {"answer": "yes"}).status_code == 200
    (answered,) = journey.published("invitation.answered")
    assert (answered["answer"], answered["channel"]) == ("yes", "phone")
    assert api.get("/api/v1/tasks").json()["items"] == []
    assert post(api, path, {"answer": "no"}).status_code == 409


def test_only_what_surely_did_not_arrive_is_sent_again_and_only_once(
    api: TestClient, journey: Journey
) -> None:
    journey.invited()
    journey.text("no thanks")
    thanks = journey.messages()[-1]
    assert post(api, f"/messages/{thanks.id}/resend").status_code == 409
    assert thanks.provider_id is not None
    journey.report(thanks.provider_id, "undelivered", ErrorCode="30003")
    assert post(api, f"/messages/{thanks.id}/resend").status_code == 200
    assert post(api, f"/messages/{thanks.id}/resend").status_code == 409
    journey.run_jobs()
    assert len(journey.bodies()) == 3


def test_quiet_days_are_kept_and_can_be_taken_away(api: TestClient, journey: Journey) -> None:
    person = journey.register()
    days = {"first": "2026-03-02", "last": "2026-03-05"}
    made = post(api, f"/people/{person}/quiet-days", days)
    assert made.status_code == 201
    journey.request(person)
    journey.run_jobs()
    assert journey.bodies() == []
    assert post(api, f"/people/{uuid4()}/quiet-days", days).status_code == 404
    backwards = {"first": "2026-03-05", "last": "2026-03-02"}
    assert post(api, f"/people/{person}/quiet-days", backwards).status_code == 422
    json = {"content-type": "application/json"}
    ended = api.delete(f"/api/v1/quiet-days/{made.json()['id']}", headers=json)
    assert ended.status_code == 200


def test_the_words_of_a_task_are_made_for_its_need(journey: Journey) -> None:
    journey.invited(communication_formats=["large_print", "audio"])
    who = Principal(uuid4(), Role.COORDINATOR, "elmfield", None, "test")
    found = {
        task.kind: journey.node.database.write(
            partial(actions.document, principal=who, task_id=task.id, now=journey.clock())
        )
        for task in journey.tasks()
    }
    assert "[pause]" in found["record_audio"].text
    assert print_pdf(found["post_large_print"]).startswith(b"%PDF")
