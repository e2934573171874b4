import json
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.support.twilio_standin import Faults, Standin, start
from tests.support.webhook_receiver import Receiver, receiver

TO = "+447700900123"


@pytest.fixture
def standin() -> Iterator[Standin]:
    with start() as running:
        yield running


@pytest.fixture
def ours(standin: Standin) -> Iterator[Receiver]:
    with receiver(standin.auth_token) as running:
        standin.inbound_url = running.url + "/inbound?channel=sms"
        yield running


def client_of(standin: Standin) -> Client:
    client = Client(standin.account_sid, standin.auth_token)
    client.api.base_url = standin.url
    return client


def send(standin: Standin, ours: Receiver | None = None, body: str = "Hello", to: str = TO) -> str:
    options = {"status_callback": ours.url + "/status?reference=r%201"} if ours else {}
    created = client_of(standin).messages.create(
        to=to, body=body, messaging_service_sid=standin.messaging_service_sid, **options
    )
    return str(created.sid)


def test_delivery_reports_come_in_turn_and_signed(standin: Standin, ours: Receiver) -> None:
    sid = send(standin, ours)
    assert standin.settle()
    assert ours.statuses(sid) == ["queued", "sent", "delivered"]
    assert all(valid for _, _, valid in ours.got)
    assert {path for path, _, _ in ours.got} == {"/status?reference=r%201"}
    assert client_of(standin).messages(sid).fetch().status == "delivered"


def test_reports_can_come_out_of_order_twice_or_never(standin: Standin, ours: Receiver) -> None:
    standin.set_faults(Faults(callback_disordered=1, callback_twice=1))
    sid = send(standin, ours)
    assert standin.settle()
    assert ours.statuses(sid) == ["delivered"] * 2 + ["sent"] * 2 + ["queued"] * 2
    standin.set_faults(Faults(callback_lost=1))
    lost = send(standin, ours)
    assert standin.settle()
    assert ours.statuses(lost) == []


def test_a_number_can_be_made_unreachable(standin: Standin, ours: Receiver) -> None:
    standin.fail_delivery(TO, 30005)
    sid = send(standin, ours)
    assert standin.settle()
    assert ours.statuses(sid)[-1] == "undelivered"
    assert ours.got[-1][1]["ErrorCode"] == "30005"


def test_a_uk_landline_is_taken_and_then_fails(standin: Standin, ours: Receiver) -> None:
    sid = send(standin, ours, to="+441632960001")
    assert standin.settle()
    assert ours.statuses(sid)[-1] == "undelivered"
    assert ours.got[-1][1]["ErrorCode"] == "30006"


def test_a_text_from_a_person_arrives_signed_and_may_arrive_twice(
    standin: Standin, ours: Receiver
) -> None:
    answered = standin.reply(TO, "Yes – ŵ & 😀", times=2)
    assert answered.statuses == (200, 200)
    (path, first, valid), (_, second, _) = ours.got
    assert (path, valid, first["Body"]) == ("/inbound?channel=sms", True, "Yes – ŵ & 😀")
    assert first["MessageSid"] == second["MessageSid"] == answered.message_sid


def test_stop_blocks_a_number_and_yes_opens_it_again_as_twilios_defaults_do(
    standin: Standin, ours: Receiver
) -> None:
    standin.reply(TO, "Stop please")
    assert standin.blocked == frozenset()
    standin.reply(TO, " stop ")
    assert standin.blocked == {TO}
    with pytest.raises(TwilioRestException) as caught:
        send(standin)
    assert caught.value.code == 21610
    standin.reply(TO, "Yes")
    assert standin.blocked == frozenset()
    assert send(standin)
    assert [f["Body"] for _, f, _ in ours.got] == ["Stop please", " stop ", "Yes"]


def test_lists_are_newest_first_filtered_by_number_and_paged(standin: Standin) -> None:
    sids = [send(standin, body=f"Text {n}") for n in range(5)]
    send(standin, to="+447700900124")
    listed = client_of(standin).messages.list(to=TO, page_size=2)
    assert [m.sid for m in listed] == sids[::-1]
    assert [m.sid for m in client_of(standin).messages.list(to=TO, limit=3)] == sids[:1:-1]


def test_faults_come_in_their_share_and_repeat_with_the_seed(standin: Standin) -> None:
    def outcomes() -> list[int]:
        standin.set_faults(Faults(too_many=0.3, server_error=0.2, seed=7))
        found = []
        for _ in range(60):
            try:
                send(standin)
                found.append(201)
            except TwilioRestException as error:
                found.append(error.status)
        return found

    first = outcomes()
    assert {201, 429, 500} == set(first)
    assert outcomes() == first


def test_another_process_can_look_and_answer_over_http(standin: Standin, ours: Receiver) -> None:
    sid = send(standin)
    standin.settle()
    shown = httpx.get(f"{standin.url}/standin/messages").json()
    assert [m["sid"] for m in shown] == [sid]
    answer = httpx.post(f"{standin.url}/standin/replies", json={"from": TO, "body": "YES"}).json()
    assert answer["statuses"] == [200]
    assert ours.got[-1][1]["Body"] == "YES"


def test_waiting_for_a_text_ends_when_it_comes(standin: Standin) -> None:
    assert not standin.wait_for(lambda sent: len(sent) == 1, timeout=0.05)
    send(standin)
    assert standin.wait_for(lambda sent: len(sent) == 1)


def test_a_fault_that_does_not_exist_is_named(standin: Standin) -> None:
    with pytest.raises(ValueError, match="earthquake"):
        standin.fail_next("earthquake")


def test_the_phones_page_shows_texts_and_sends_answers(standin: Standin, ours: Receiver) -> None:
    send(standin, body="Hello <b>Amina</b>")
    with httpx.Client(base_url=standin.url, follow_redirects=True) as browser:
        page = browser.get("/standin/").text
        assert "Hello &lt;b&gt;Amina&lt;/b&gt;" in page
        assert TO in page
        answered = browser.post("/standin/phone", data={"from": TO, "body": "YES"})
        assert "YES" in answered.text
        elsewhere = {"Origin": "https://evil.example"}
        refused = browser.post("/standin/phone", data={"from": TO, "body": "x"}, headers=elsewhere)
        assert refused.status_code == 403
    assert [f["Body"] for _, f, _ in ours.got] == ["YES"]


def test_it_runs_as_a_process_of_its_own() -> None:
    command = [sys.executable, "-m", "services.notifications.standin", "--answer-delay", "0.01"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        shown = json.loads(process.stdout.readline())
        client = Client(shown["account_sid"], shown["auth_token"])
        client.api.base_url = shown["url"]
        service = shown["messaging_service_sid"]
        assert client.messages.create(to=TO, body="Hello", messaging_service_sid=service).sid
        assert httpx.get(f"{shown['url']}/standin/messages").json()[0]["body"] == "Hello"
        process.terminate()
        assert process.wait(timeout=20) == 0
