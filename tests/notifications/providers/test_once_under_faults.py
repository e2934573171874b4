"""Mark, send, look up: with faults at the provider each text still goes out exactly once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from services.notifications.providers.base import (
    Accepted,
    OutgoingSms,
    PermanentFailure,
    SmsProvider,
    TemporaryFailure,
    UnknownOutcome,
)
from services.notifications.providers.twilio_sms import TwilioSms
from tests.support.twilio_standin import Faults, Standin, start

FAULTS = Faults(
    too_many=0.06,
    server_error=0.06,
    closed=0.04,
    accepted_then_error=0.06,
    accepted_then_closed=0.06,
    accepted_then_silence=0.03,
    silence_seconds=1.0,
    seed=11,
)


def provider_at(standin: Standin) -> TwilioSms:
    return TwilioSms(
        standin.account_sid,
        standin.auth_token,
        messaging_service_sid=standin.messaging_service_sid,
        api_base_url=standin.url,
        timeout=0.3,
    )


def deliver(provider: SmsProvider, message: OutgoingSms, look_up: bool) -> Accepted | str:
    """What the sender does with one message, without its tables."""
    since = datetime.now(UTC)
    maybe_out = False
    for _ in range(50):
        try:
            found = provider.find(message, since) if maybe_out and look_up else None
            return found or provider.send(message)
        except PermanentFailure as failure:
            return failure.code
        except TemporaryFailure as failure:
            maybe_out = maybe_out or not failure.surely_not_sent
        except UnknownOutcome:
            maybe_out = True
    raise AssertionError("the provider never took it")


def run(look_up: bool) -> Counter[str]:
    with start(faults=FAULTS) as standin:
        provider = provider_at(standin)
        messages = [
            OutgoingSms(f"r{n}", f"+447700900{n:03d}", f"Invitation {n}") for n in range(250)
        ]
        for stopped in messages[::10]:
            standin.reply(stopped.to, "STOP")
        with ThreadPoolExecutor(16) as pool:
            outcomes = list(pool.map(lambda m: deliver(provider, m, look_up), messages))
        for message, outcome in zip(messages, outcomes, strict=True):
            if message in messages[::10]:
                assert outcome == "21610"
            else:
                assert isinstance(outcome, Accepted)
        return Counter(m.to for m in standin.sent)


def test_each_text_goes_out_once_and_none_after_stop() -> None:
    sent = run(look_up=True)
    assert set(sent.values()) == {1}
    assert len(sent) == 225


def test_without_looking_up_people_would_get_it_twice() -> None:
    assert max(run(look_up=False).values()) > 1


@pytest.mark.parametrize("fault", ["accepted_then_error", "accepted_then_closed"])
def test_the_same_words_to_the_same_person_twice_are_told_apart(fault: str) -> None:
    with start() as standin:
        provider = provider_at(standin)
        message = OutgoingSms("r", "+447700900123", "Reminder")
        since = datetime.now(UTC)
        first = provider.send(message)
        standin.fail_next(fault)
        with pytest.raises((TemporaryFailure, UnknownOutcome)):
            provider.send(message)
        second = provider.find(message, since, known_ids={first.provider_id})
        assert second is not None
        assert second.provider_id != first.provider_id
