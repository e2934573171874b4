import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.providers.base import (
    OutgoingSms,
    PermanentFailure,
    TemporaryFailure,
    UnknownOutcome,
)
from services.notifications.providers.console import ConsoleSms
from services.notifications.providers.failover import REST_SECONDS, FailoverSms
from services.notifications.providers.pace import LONGEST_PAUSE, Pace, PacedSms, backoff
from services.notifications.providers.twilio_sms import TwilioSms
from tests.support.twilio_standin import Standin, start

TO = "+447700900123"
MESSAGE = OutgoingSms("ref-1", TO, "Hello")


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def pair() -> Iterator[tuple[Standin, Standin, FailoverSms, Clock]]:
    with start() as first, start() as second:
        clock = Clock()
        providers = [
            TwilioSms(
                s.account_sid,
                s.auth_token,
                messaging_service_sid=s.messaging_service_sid,
                api_base_url=s.url,
                timeout=0.5,
            )
            for s in (first, second)
        ]
        yield first, second, FailoverSms(providers, clock), clock


Pair = tuple[Standin, Standin, FailoverSms, Clock]


def test_the_next_provider_steps_in_when_the_first_surely_sent_nothing(pair: Pair) -> None:
    first, second, failover, _ = pair
    first.fail_next("too_many")
    accepted = failover.send(MESSAGE)
    assert [m.sid for m in second.sent] == [accepted.provider_id]
    assert first.sent == []


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("server_error", TemporaryFailure),
        ("accepted_then_error", TemporaryFailure),
        ("accepted_then_closed", UnknownOutcome),
    ],
)
def test_no_other_provider_is_tried_when_the_text_may_be_out(
    pair: Pair, fault: str, kind: type[Exception]
) -> None:
    first, second, failover, _ = pair
    first.fail_next(fault)
    with pytest.raises(kind):
        failover.send(MESSAGE)
    assert second.requests == 0


def test_a_stop_at_one_provider_is_never_got_round_by_another(pair: Pair) -> None:
    first, second, failover, _ = pair
    first.reply(TO, "STOP")
    with pytest.raises(PermanentFailure):
        failover.send(MESSAGE)
    assert second.requests == 0


def test_a_provider_that_keeps_failing_rests_and_comes_back(pair: Pair) -> None:
    first, second, failover, clock = pair
    first.fail_next(*["too_many"] * 3)
    for _ in range(5):
        failover.send(MESSAGE)
    assert (first.requests, second.requests) == (3, 5)
    clock.now += REST_SECONDS
    failover.send(MESSAGE)
    assert (first.requests, second.requests) == (4, 5)


def test_when_all_are_away_the_failure_is_told(pair: Pair) -> None:
    first, second, failover, _ = pair
    first.fail_next("too_many")
    second.fail_next("too_many")
    with pytest.raises(TemporaryFailure) as caught:
        failover.send(MESSAGE)
    assert caught.value.surely_not_sent


def test_looking_up_asks_every_provider(pair: Pair) -> None:
    first, _, failover, _ = pair
    since = datetime.now(UTC)
    assert failover.find(MESSAGE, since) is None
    first.fail_next("too_many")
    accepted = failover.send(MESSAGE)
    assert failover.find(MESSAGE, since) is not None
    assert failover.find(MESSAGE, since, {accepted.provider_id}) is None
    first.stop()
    with pytest.raises(TemporaryFailure):
        failover.find(MESSAGE, since, {accepted.provider_id})


@given(
    st.floats(0.5, 500),
    st.integers(1, 50),
    st.lists(st.floats(0, 2), min_size=1, max_size=200),
)
def test_no_more_go_out_in_any_time_than_burst_and_rate_allow(
    rate: float, burst: int, gaps: list[float]
) -> None:
    pace = Pace(rate, burst)
    now, starts = 0.0, []
    for gap in gaps:
        now += gap
        wait = pace.reserve(now, longest_wait=5)
        if wait is not None:
            assert wait <= 5
            starts.append(now + wait)
    for i, begin in enumerate(starts):
        for j in range(i, len(starts)):
            assert j - i + 1 <= burst + (starts[j] - begin) * rate + 1e-6


def test_a_long_queue_is_put_back_rather_than_waited_for() -> None:
    slept: list[float] = []
    provider = PacedSms(
        ConsoleSms(io.StringIO()), Pace(1, burst=2), clock=lambda: 0.0, sleep=slept.append
    )
    for n in range(4):
        provider.send(OutgoingSms(str(n), TO, "x"))
    assert slept == [1.0, 2.0]
    with pytest.raises(TemporaryFailure) as caught:
        provider.send(OutgoingSms("5", TO, "x"))
    assert caught.value.surely_not_sent
    assert provider.find(OutgoingSms("0", TO, "x"), datetime.now(UTC)) is not None


@given(st.integers(1, 200), st.floats(0, 1))
def test_the_pause_grows_to_a_limit_and_is_spread_by_chance(attempts: int, luck: float) -> None:
    pause = backoff(attempts, luck)
    assert timedelta(seconds=1) <= pause <= LONGEST_PAUSE
    assert backoff(attempts + 1, luck) >= pause
    assert backoff(attempts, 0.0) * 2 == backoff(attempts, 1.0)


def test_a_console_prints_each_reference_once() -> None:
    screen = io.StringIO()
    provider = ConsoleSms(screen)
    assert provider.send(MESSAGE) == provider.send(MESSAGE)
    assert screen.getvalue() == f"text to {TO} (1 part)\n  | Hello\n"
