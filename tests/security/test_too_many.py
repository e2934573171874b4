"""Webhooks and links that do not hold are slowed down by address; whoever holds one gets in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.notifications.signed_links import LinkFor, make_token
from services.runtime.security.settings import SecuritySettings
from tests.support.journey import INBOUND, Journey
from tests.support.notifying import PHONE

STOP = {"MessageSid": "SM1", "From": PHONE, "To": "+447700900000", "Body": "STOP"}


@pytest.fixture
def journey(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Journey]:
    made = Journey(tmp_path, security=SecuritySettings(strangers_per_minute=3))
    client = made.client()
    monkeypatch.setattr(made, "client", lambda: client)  # one process, which counts
    yield made
    made.close()


def test_forged_webhooks_are_slowed_down_and_a_signed_one_still_arrives(journey: Journey) -> None:
    journey.invited()
    assert [journey.post(INBOUND, STOP, signature="forged") for _ in range(3)] == [403] * 3
    refused = journey.client().post(INBOUND, data=STOP)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    assert refused.headers["content-type"] == "application/problem+json"
    assert journey.post(INBOUND, STOP) == 200


def test_guessed_links_are_slowed_down_and_a_true_one_still_stops_emails(journey: Journey) -> None:
    person = journey.invited().participant_id
    true = make_token(journey.node.sealer, LinkFor.STOP_EMAILS, person)
    client = journey.client()
    guesses = [client.post("/notifications/stop-emails/guess") for _ in range(4)]
    assert [guess.status_code for guess in guesses] == [404, 404, 404, 429]
    assert client.get("/notifications/answer/guess").status_code == 429
    assert client.post(f"/notifications/stop-emails/{true}").status_code == 200
