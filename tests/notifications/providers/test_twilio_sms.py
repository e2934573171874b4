import logging
import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from urllib3 import PoolManager
from urllib3.exceptions import SSLError

from services.notifications.providers.base import (
    Blame,
    OutgoingSms,
    PermanentFailure,
    TemporaryFailure,
    UnknownOutcome,
)
from services.notifications.providers.twilio_sms import TwilioSms
from tests.support.twilio_standin import Standin, start

TO = "+447700900123"
MESSAGE = OutgoingSms("ref-1", TO, "Hello Amina. Reply YES or NO.")


@pytest.fixture(scope="module")
def shared_standin() -> Iterator[Standin]:
    with start() as standin:
        yield standin


@pytest.fixture
def standin(shared_standin: Standin) -> Iterator[Standin]:
    yield shared_standin
    shared_standin.reply(TO, "START")


def provider_for(standin: Standin, **changes: object) -> TwilioSms:
    options: dict[str, object] = {
        "account_sid": standin.account_sid,
        "auth_token": standin.auth_token,
        "messaging_service_sid": standin.messaging_service_sid,
        "api_base_url": standin.url,
        "timeout": 0.5,
    }
    return TwilioSms(**{**options, **changes})  # type: ignore[arg-type]


def test_a_text_is_handed_over_and_has_twilios_id(standin: Standin) -> None:
    accepted = provider_for(standin).send(MESSAGE)
    (taken,) = [m for m in standin.sent if m.sid == accepted.provider_id]
    assert (taken.to, taken.body) == (TO, MESSAGE.body)
    assert taken.messaging_service_sid == standin.messaging_service_sid


def test_the_delivery_report_address_carries_the_reference(standin: Standin) -> None:
    provider = provider_for(standin, status_callback="http://127.0.0.1:9/status?v=1")
    accepted = provider.send(OutgoingSms("a b&c", TO, "Hello"))
    (taken,) = [m for m in standin.sent if m.sid == accepted.provider_id]
    assert taken.status_callback == "http://127.0.0.1:9/status?v=1&reference=a+b%26c"


def test_a_number_of_ours_can_stand_in_for_the_messaging_service(standin: Standin) -> None:
    provider = provider_for(standin, messaging_service_sid=None, from_number=standin.from_number)
    assert provider.send(MESSAGE).parts == 1


def test_a_sender_is_needed_and_only_one() -> None:
    with pytest.raises(ValueError, match="either"):
        TwilioSms("AC", "t")
    with pytest.raises(ValueError, match="either"):
        TwilioSms("AC", "t", messaging_service_sid="MG", from_number="+44")


@pytest.mark.parametrize(
    ("to", "body", "code", "blame"),
    [
        ("+48221234567", "Hello", "21635", Blame.NUMBER),
        ("07700900123", "Hello", "21211", Blame.NUMBER),
        (TO, "a" * 1601, "21617", Blame.MESSAGE),
        (TO, " ", "21602", Blame.MESSAGE),
    ],
)
def test_a_refusal_for_good_has_a_plain_reason_without_number_or_text(
    standin: Standin, to: str, body: str, code: str, blame: Blame
) -> None:
    with pytest.raises(PermanentFailure) as caught:
        provider_for(standin).send(OutgoingSms("ref", to, body))
    assert (caught.value.code, caught.value.blame) == (code, blame)
    assert to not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_a_person_who_sent_stop_gets_nothing_more(standin: Standin) -> None:
    standin.reply(TO, "STOP")
    before = len(standin.sent)
    with pytest.raises(PermanentFailure, match="STOP") as caught:
        provider_for(standin).send(MESSAGE)
    assert (caught.value.code, caught.value.blame) == ("21610", Blame.PERSON)
    assert len(standin.sent) == before


def test_too_many_requests_waits_as_long_as_the_provider_says(standin: Standin) -> None:
    standin.fail_next("too_many")
    with pytest.raises(TemporaryFailure) as caught:
        provider_for(standin).send(MESSAGE)
    assert caught.value.retry_after == timedelta(seconds=1)
    assert caught.value.surely_not_sent


@pytest.mark.parametrize("fault", ["server_error", "accepted_then_error"])
def test_after_a_fault_of_the_provider_it_is_asked_before_any_resend(
    standin: Standin, fault: str
) -> None:
    standin.fail_next(fault)
    with pytest.raises(TemporaryFailure) as caught:
        provider_for(standin).send(MESSAGE)
    assert not caught.value.surely_not_sent


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("closed", "connection_lost"),
        ("accepted_then_closed", "connection_lost"),
        ("accepted_then_silence", "timeout"),
    ],
)
def test_no_answer_is_an_unknown_outcome_settled_by_looking_up(
    standin: Standin, fault: str, code: str
) -> None:
    message = OutgoingSms("ref", TO, f"A text about {fault} – “really”.")
    since = datetime.now(UTC)
    provider = provider_for(standin)
    standin.fail_next(fault)
    with pytest.raises(UnknownOutcome) as caught:
        provider.send(message)
    assert caught.value.code == code
    taken = [m for m in standin.sent if m.body == message.body]
    found = provider.find(message, since)
    assert (found.provider_id if found else None) == (taken[0].sid if taken else None)
    assert len(taken) == (0 if fault == "closed" else 1)


def test_looking_up_passes_over_other_texts(standin: Standin) -> None:
    provider = provider_for(standin)
    since = datetime.now(UTC)
    message = OutgoingSms("ref", TO, "The same words twice")
    first = provider.send(message)
    assert provider.find(message, since) is not None
    assert provider.find(message, since, known_ids={first.provider_id}) is None
    assert provider.find(OutgoingSms("r", TO, "Other words"), since) is None
    assert provider.find(OutgoingSms("r", "+447700900124", message.body), since) is None
    assert provider.find(message, since + timedelta(minutes=10)) is None


def test_looking_up_at_a_provider_that_is_away_never_says_not_sent() -> None:
    with pytest.raises(TemporaryFailure):
        provider_at_a_closed_port().find(MESSAGE, datetime.now(UTC))


def provider_at_a_closed_port() -> TwilioSms:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return TwilioSms(
        "AC1", "t", from_number="+447700900999", api_base_url=f"http://127.0.0.1:{port}", timeout=1
    )


def test_a_provider_that_cannot_be_reached_surely_has_not_sent() -> None:
    with pytest.raises(TemporaryFailure) as caught:
        provider_at_a_closed_port().send(MESSAGE)
    assert caught.value.surely_not_sent


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"auth_token": "wrong"}, "20003"),
        ({"messaging_service_sid": "MG" + "0" * 32}, "21701"),
        ({"messaging_service_sid": None, "from_number": "+447700900555"}, "21606"),
        ({"status_callback": "nonsense"}, "21609"),
    ],
)
def test_a_fault_in_our_own_settings_pauses_and_ends_no_invitation(
    standin: Standin, changes: dict[str, object], code: str
) -> None:
    with pytest.raises(TemporaryFailure) as caught:
        provider_for(standin, **changes).send(MESSAGE)
    assert (caught.value.code, caught.value.blame) == (code, Blame.SETUP)
    assert caught.value.surely_not_sent
    assert caught.value.retry_after is not None


@pytest.mark.parametrize(
    "act",
    [
        lambda provider: provider.send(MESSAGE),
        lambda provider: provider.find(MESSAGE, datetime.now(UTC)),
    ],
)
def test_no_number_and_no_text_reaches_a_log(
    standin: Standin, caplog: pytest.LogCaptureFixture, act: Callable[[TwilioSms], object]
) -> None:
    caplog.set_level(logging.DEBUG)
    act(provider_for(standin))
    assert "7700900123" not in caplog.text
    assert "Amina" not in caplog.text


def test_the_proxy_that_the_environment_names_is_used(
    standin: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", standin.url)
    provider = provider_for(standin, api_base_url="http://api.twilio.invalid")
    accepted = provider.send(MESSAGE)
    assert accepted.provider_id in {m.sid for m in standin.sent}


@pytest.mark.parametrize(
    ("error", "surely_not_sent"),
    [
        (SSLError(ssl.SSLCertVerificationError("not trusted")), True),
        # The text may have gone before the line was cut.
        (SSLError(ssl.SSLEOFError("cut")), False),
    ],
)
def test_a_fault_of_encryption_means_not_sent_only_while_connecting(
    standin: Standin, monkeypatch: pytest.MonkeyPatch, error: SSLError, surely_not_sent: bool
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(PoolManager, "request", fails)
    with pytest.raises(TemporaryFailure if surely_not_sent else UnknownOutcome):
        provider_for(standin).send(MESSAGE)
