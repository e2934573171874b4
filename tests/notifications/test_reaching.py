"""Recorded needs, met or handed to a person: real SMTP server, real stand-in, real pages."""

from __future__ import annotations

import io
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Literal

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pypdf import PdfReader

from schemas.events import InvitationRequested
from services.notifications.service import app as make_app
from services.notifications.service import prepare
from tests.support.mail_server import MailServer, mail_server
from tests.support.notifying import Notifying

EMAIL = "amina@example.org"
ADVOCATE = "advocate@example.org"
BOTH = ("sms", "email", "phone", "post")


class Reaching(Notifying):
    def __init__(self, folder: Path, mail: MailServer, **settings: Any) -> None:
        super().__init__(
            folder,
            smtp_host="127.0.0.1",
            smtp_port=mail.port,
            smtp_security="none",
            smtp_sender="voices@example.org",
            **settings,
        )
        self.mail = mail

    def emails(self) -> list[EmailMessage]:
        return [message for _, message in self.mail.got]

    def kinds(self) -> list[str]:
        return [task.kind for task in self.tasks()]

    def web(self) -> TestClient:
        root = FastAPI()
        root.mount("/notifications", make_app(self.node))
        return TestClient(root, base_url="http://localhost:8000", raise_server_exceptions=False)


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def reaching(tmp_path: Path, mail: MailServer) -> Iterator[Reaching]:
    made = Reaching(tmp_path, mail)
    yield made
    made.close()


def text_of(email: EmailMessage) -> str:
    part = email.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def link_in(email: EmailMessage, word: str) -> str:
    """The path of the first link in the text twin that holds `word`."""
    found = [w for w in text_of(email).split() if word in w and w.startswith("https://")]
    return found[0].removeprefix("https://localhost:8000").rstrip(".")


def test_who_asked_for_email_gets_html_with_a_text_twin_and_a_way_to_stop(
    reaching: Reaching,
) -> None:
    event = reaching.invited(email=EMAIL, agreed=BOTH, communication_formats=["email"])
    (email,) = reaching.emails()
    assert email["To"] == EMAIL
    assert email["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    html = email.get_body(("html",))
    assert html is not None
    for words in ("Better home care", "£25", "benefits", "0161 496 0000"):
        assert words in text_of(email)
        assert words in html.get_content()
    assert reaching.bodies() == []
    assert reaching.invitation(event.invitation_id).state == "sent"
    (sent,) = reaching.published("invitation.sent")
    assert sent["channel"] == "email"


def test_no_email_leaves_without_consent_to_email(reaching: Reaching) -> None:
    reaching.invited(email=EMAIL, agreed=("sms",), communication_formats=["email"])
    assert reaching.emails() == []
    assert reaching.bodies() == []
    assert reaching.kinds() == ["no_way_to_reach"]


def test_large_print_and_easy_read_go_along_as_tagged_pdfs(reaching: Reaching) -> None:
    needs = ["large_print", "easy_read"]
    reaching.invited(email=EMAIL, agreed=BOTH, communication_formats=needs)
    (email,) = reaching.emails()
    files = {part.get_filename(): part.get_content() for part in email.iter_attachments()}
    assert set(files) == {"large-print.pdf", "easy-read.pdf"}
    for content in files.values():
        words = "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
        assert "Better home care" in " ".join(words.split())


@pytest.mark.parametrize(
    ("need", "task"),
    [
        ("large_print", "post_large_print"),
        ("easy_read", "post_easy_read"),
        ("audio", "record_audio"),
        ("braille", "post_braille"),
        ("bsl_video", "make_bsl_video"),
        ("phone_call", "call"),
        ("interpreter", "call_with_interpreter"),
        ("post", "post"),
        ("advocate", "tell_advocate"),
        ("a_need_of_tomorrow", "look_at_needs"),
    ],
)
def test_a_need_no_message_can_meet_becomes_a_task_and_no_message(
    reaching: Reaching, need: str, task: str
) -> None:
    event = reaching.invited(communication_formats=[need])
    assert task in reaching.kinds()
    assert reaching.bodies() == []
    invitation = reaching.invitation(event.invitation_id)
    assert invitation.state == "held"
    assert invitation.reason.endswith(".")


def test_text_relay_changes_how_to_ring_and_not_a_text(reaching: Reaching) -> None:
    reaching.invited(communication_formats=["phone_call", "text_relay"])
    assert reaching.kinds() == ["call_through_relay"]
    assert "18002" in reaching.tasks()[0].detail


def test_a_task_says_when_a_person_has_not_agreed_to_calls(reaching: Reaching) -> None:
    reaching.invited(communication_formats=["phone_call"])
    reaching.invited(phone="+447700900124", agreed=BOTH, communication_formats=["phone_call"])
    unsure, agreed = reaching.tasks()
    assert "not agreed to calls" in unsure.detail
    assert "not agreed" not in agreed.detail


def test_an_advocate_is_copied_in_only_where_the_person_chose_one(reaching: Reaching) -> None:
    reaching.invited(
        email=EMAIL, agreed=BOTH, advocate=ADVOCATE, communication_formats=["email", "advocate"]
    )
    reaching.invited(email=EMAIL, agreed=BOTH, advocate=ADVOCATE, communication_formats=["email"])
    assert [to for to, _ in reaching.mail.got] == [[EMAIL, ADVOCATE], [EMAIL]]


def test_a_language_that_no_speaker_has_checked_becomes_a_call_with_an_interpreter(
    reaching: Reaching,
) -> None:
    reaching.invited(language="pl")
    assert reaching.kinds() == ["call_with_interpreter"]
    assert reaching.bodies() == []


def test_a_landline_gets_no_text_and_the_coordinator_the_reason(reaching: Reaching) -> None:
    event = reaching.invited(phone="+441614960000")
    assert reaching.bodies() == []
    assert "cannot get texts" in reaching.invitation(event.invitation_id).reason


def test_opening_the_stop_link_changes_nothing_and_one_click_stops_emails(
    reaching: Reaching,
) -> None:
    event = invited_by_email(reaching)
    (email,) = reaching.emails()
    path = link_in(email, "/stop-emails/")
    assert f"<https://localhost:8000{path}>" in email["List-Unsubscribe"]
    web = reaching.web()
    assert web.get(path).status_code == 200
    assert reaching.published("consent.changed") == []
    for _ in range(2):
        done = web.post(path, data={"List-Unsubscribe": "One-Click"})
        assert done.status_code == 200
    (changed,) = reaching.published("consent.changed")
    assert (changed["consent"]["channel"], changed["consent"]["given"]) == ("email", False)
    assert changed["evidence"] == "email_link"
    reaching.request(event.participant_id)
    reaching.run_jobs()
    assert len(reaching.emails()) == 1


def test_a_forged_link_does_nothing(reaching: Reaching) -> None:
    invited_by_email(reaching)
    (email,) = reaching.emails()
    stop, answer = link_in(email, "/stop-emails/"), link_in(email, "/answer/")
    web = reaching.web()
    swapped = answer.replace("/answer/", "/stop-emails/")
    for path in (stop[:-1] + "x", swapped, "/notifications/stop-emails/abc"):
        assert web.post(path).status_code == 404
    assert reaching.published("consent.changed") == []


@pytest.mark.parametrize("said", ["yes", "no"])
def test_an_email_is_answered_on_its_page_once(reaching: Reaching, said: str) -> None:
    invited_by_email(reaching)
    path = link_in(reaching.emails()[0], "/answer/")
    web = reaching.web()
    assert "Better home care" in web.get(path).text
    assert reaching.published("invitation.answered") == []
    for again in (said, "yes", "no"):
        assert web.post(f"{path}/{again}").status_code == 200
    (answered,) = reaching.published("invitation.answered")
    assert (answered["answer"], answered["channel"]) == (said, "email")


def test_the_answer_page_says_what_pay_may_do_before_it_asks_and_keeps_the_choice(
    reaching: Reaching,
) -> None:
    invited_by_email(reaching)
    path = link_in(reaching.emails()[0], "/answer/")
    web = reaching.web()
    page = web.get(path).text
    assert page.index("£25") < page.index("This may affect benefits") < page.index("Pay me")
    assert page.index("Pay me") < page.index("Yes, I would like to")
    assert web.post(f"{path}/yes", data={"payment_choice": "declined"}).status_code == 200
    (answered,) = reaching.published("invitation.answered")
    assert answered["payment_choice"] == "declined"


@pytest.mark.parametrize(("said", "typed"), [("no", "paid"), ("yes", "in gold"), ("yes", "")])
def test_no_choice_is_made_up_for_anybody(reaching: Reaching, said: str, typed: str) -> None:
    invited_by_email(reaching)
    path = link_in(reaching.emails()[0], "/answer/")
    reaching.web().post(f"{path}/{said}", data={"payment_choice": typed})
    (answered,) = reaching.published("invitation.answered")
    assert answered["payment_choice"] is None


def test_an_email_whose_fate_is_unclear_waits_for_a_person_and_is_not_sent_again(
    reaching: Reaching, mail: MailServer
) -> None:
    mail.at_data = "hang_up"
    invited_by_email(reaching)
    mail.at_data = "250 taken"
    for _ in range(3):
        reaching.clock.forward(minutes=5)
        reaching.run_jobs()
    assert len(mail.got) == 1
    assert reaching.kinds() == ["unclear_delivery"]


def test_wrong_settings_of_ours_cost_no_message_its_tries(reaching: Reaching) -> None:
    use_security(reaching, "starttls")
    event = invited_by_email(reaching)
    for _ in range(12):
        reaching.clock.forward(minutes=20)
        reaching.run_jobs()
    assert "did not let us in" in reaching.messages()[0].reason
    use_security(reaching, "none")
    reaching.clock.forward(minutes=20)
    reaching.run_jobs()
    assert len(reaching.emails()) == 1
    assert reaching.invitation(event.invitation_id).state == "sent"


def use_security(reaching: Reaching, security: Literal["starttls", "none"]) -> None:
    reaching.node.settings.smtp_security = security
    prepare(reaching.node)


def invited_by_email(reaching: Reaching) -> InvitationRequested:
    return reaching.invited(email=EMAIL, agreed=("email",), communication_formats=["email"])
