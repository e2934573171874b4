from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.notifications.providers.base import (
    Attachment,
    Blame,
    DeliveryFailure,
    OutgoingEmail,
    PermanentFailure,
    TemporaryFailure,
    UnknownOutcome,
)
from services.notifications.providers.smtp_email import SmtpEmail, SmtpSettings, build_email
from tests.support.mail_server import MailServer, mail_server

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
EMAIL = OutgoingEmail(
    reference="ref-1",
    to="amina@example.org",
    subject="Would you like to help?",
    text="Croeso – مرحبا",
    html='<html lang="en"><p>Croeso – مرحبا</p></html>',
    language="en",
    unsubscribe_url="https://voices.example.org/stop/abc",
)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


def provider_for(server: MailServer, **changes: object) -> SmtpEmail:
    settings = SmtpSettings(
        host="127.0.0.1",
        port=server.port,
        sender="hello@voices.example.org",
        sender_name="New Voices",
        reply_to="team@voices.example.org",
        security="none",
        unsubscribe_address="stop@voices.example.org",
        timeout=5,
    )
    return SmtpEmail(replace(settings, **changes), clock=lambda: NOW)  # type: ignore[arg-type]


def test_an_email_arrives_with_html_and_its_plain_text_twin(server: MailServer) -> None:
    accepted = provider_for(server).send(EMAIL)
    ((recipients, mail),) = server.got
    assert recipients == ["amina@example.org"]
    plain, html = mail.iter_parts()
    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert plain.get_content().strip() == EMAIL.text  # type: ignore[attr-defined]
    assert EMAIL.html in html.get_content()  # type: ignore[attr-defined]
    assert mail["Message-ID"] == accepted.provider_id == "<ref-1@voices.example.org>"
    assert (mail["Content-Language"], mail["Auto-Submitted"]) == ("en", "auto-generated")


def test_one_click_unsubscribe_is_offered_as_rfc_8058_asks(server: MailServer) -> None:
    provider_for(server).send(EMAIL)
    ((_, mail),) = server.got
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Unsubscribe"] == (
        "<https://voices.example.org/stop/abc>, "
        "<mailto:stop@voices.example.org?subject=unsubscribe>"
    )


def test_an_unsubscribe_link_without_https_is_not_sent(server: MailServer) -> None:
    with pytest.raises(PermanentFailure, match="https"):
        provider_for(server).send(replace(EMAIL, unsubscribe_url="http://voices.example.org"))
    assert server.got == []


def test_an_advocate_is_copied_in_and_a_pdf_goes_along(server: MailServer) -> None:
    pdf = Attachment("invitation-large-print.pdf", "application/pdf", b"%PDF-1.7 ...")
    provider_for(server).send(replace(EMAIL, cc=("advocate@example.org",), attachments=(pdf,)))
    ((recipients, mail),) = server.got
    assert recipients == ["amina@example.org", "advocate@example.org"]
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == "invitation-large-print.pdf"
    assert attached.get_content() == b"%PDF-1.7 ..."  # type: ignore[attr-defined]


def test_no_value_can_add_a_header() -> None:
    settings = SmtpSettings("h", 25, "a@b.example", "Name\r\nBcc: x@y.example", security="none")
    mail = build_email(replace(EMAIL, subject="Hello\r\nBcc: x@y.example"), settings, NOW)
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Hello Bcc: x@y.example"


@pytest.mark.parametrize(
    ("refusal", "kind", "blame"),
    [
        ("550 no such user amina@example.org", PermanentFailure, Blame.NUMBER),
        ("451 try later", TemporaryFailure, Blame.NETWORK),
    ],
)
def test_a_refused_mailbox_ends_or_waits_without_naming_it(
    server: MailServer, refusal: str, kind: type[DeliveryFailure], blame: Blame
) -> None:
    server.refuse["amina@example.org"] = refusal
    with pytest.raises(kind) as caught:
        provider_for(server).send(EMAIL)
    assert caught.value.blame is blame
    assert "amina" not in str(caught.value)
    assert caught.value.__context__ is None


def test_when_the_advocate_is_refused_nobody_gets_half_the_message(server: MailServer) -> None:
    server.refuse["advocate@example.org"] = "550 no"
    with pytest.raises(PermanentFailure):
        provider_for(server).send(replace(EMAIL, cc=("advocate@example.org",)))
    assert server.got == []


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("554 spam", PermanentFailure),
        ("452 full", TemporaryFailure),
        ("hang_up", UnknownOutcome),
    ],
)
def test_what_happens_at_the_text_itself_is_told_apart(
    server: MailServer, answer: str, kind: type[DeliveryFailure]
) -> None:
    server.at_data = answer
    with pytest.raises(kind):
        provider_for(server).send(EMAIL)


def test_a_server_that_is_away_surely_has_not_sent() -> None:
    with mail_server() as gone:
        provider = provider_for(gone)
    with pytest.raises(TemporaryFailure) as caught:
        provider.send(EMAIL)
    assert caught.value.surely_not_sent


def test_a_server_without_encryption_is_a_fault_of_our_settings(server: MailServer) -> None:
    with pytest.raises(TemporaryFailure) as caught:
        provider_for(server, security="starttls").send(EMAIL)
    assert caught.value.blame is Blame.SETUP
    assert server.got == []
