"""What depends on the database's locks, on PostgreSQL: claiming, STOP, reports, webhooks."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.notifications import receipts, sending
from services.notifications.models import Receipt
from services.notifications.service import SERVICE
from services.runtime import audit
from services.runtime.node import Node
from services.runtime.security.master_keys import LocalMasterKeys
from services.runtime.security.principal import Principal, Role
from services.runtime.security.settings import SecuritySettings
from tests.notifications.test_batches import (
    test_a_report_that_cannot_be_taken_into_effect_holds_up_no_other,
    test_an_outcome_that_cannot_be_marked_leaves_the_others_marked,
)
from tests.notifications.test_journey import (
    test_a_message_the_provider_took_without_saying_so_is_found_and_not_sent_again,
    test_a_report_that_comes_before_we_know_it_was_sent_settles_the_message,
    test_a_yes_that_comes_before_we_know_it_was_sent_counts,
    test_stop_beats_what_is_queued_in_every_order_of_the_race,
    test_stop_while_a_text_is_on_its_way_ends_its_further_tries,
    test_stop_withdraws_consent_and_cancels_what_is_queued,
)
from tests.support.journey import Journey
from tests.support.servers import PostgresForTests

pytestmark = pytest.mark.postgres

# The same tests as on SQLite, with this module's journey.
__all__ = [
    "test_a_message_the_provider_took_without_saying_so_is_found_and_not_sent_again",
    "test_a_report_that_cannot_be_taken_into_effect_holds_up_no_other",
    "test_a_report_that_comes_before_we_know_it_was_sent_settles_the_message",
    "test_a_yes_that_comes_before_we_know_it_was_sent_counts",
    "test_an_outcome_that_cannot_be_marked_leaves_the_others_marked",
    "test_stop_beats_what_is_queued_in_every_order_of_the_race",
    "test_stop_while_a_text_is_on_its_way_ends_its_further_tries",
    "test_stop_withdraws_consent_and_cancels_what_is_queued",
]
PEOPLE = 40


@pytest.fixture
def journey(tmp_path: Path, postgres: PostgresForTests) -> Iterator[Journey]:
    keys = LocalMasterKeys.fresh().to_json().decode()
    security = SecuritySettings(secret_key=SecretStr("b" * 48), master_keys=SecretStr(keys))
    with postgres.databases("notifications") as url:
        made = Journey(tmp_path, database_url=SecretStr(url), security=security)
        yield made
        made.close()


def asked(journey: Journey) -> dict[str, UUID]:
    """So many people with an invitation in the queue, by phone; the ids of their messages."""
    people = {}
    for number in range(PEOPLE):
        phone = f"+4477009001{number:02d}"
        people[phone] = journey.request(journey.register(phone=phone)).participant_id
    messages = {message.participant_id: message.id for message in journey.messages()}
    return {phone: messages[person] for phone, person in people.items()}


def test_two_processes_that_claim_side_by_side_send_each_text_once(journey: Journey) -> None:
    phones = asked(journey)
    other = Node(SERVICE, journey.node.settings, journey.clock)
    at_once = threading.Barrier(2)

    def send(node: Node) -> None:
        at_once.wait()
        while sending.dispatch(node, journey.clock()):
            pass

    threads = [threading.Thread(target=send, args=(node,)) for node in (journey.node, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert Counter(message.to for message in journey.standin.sent) == dict.fromkeys(phones, 1)
    assert {message.state for message in journey.messages()} == {"sent"}


def test_reports_settled_by_two_at_once_take_effect_once(journey: Journey) -> None:
    asked(journey)
    journey.run_jobs()
    with journey.node.database.writing() as session:
        for message in journey.messages():
            for status in ("delivered", "sent"):
                session.add(
                    Receipt(
                        provider_id=message.provider_id or "",
                        status=status,
                        received_at=journey.clock(),
                        handled=False,
                    )
                )

    def settle() -> None:
        while receipts.settle_receipts(journey.node, journey.clock()):
            pass

    threads = [threading.Thread(target=settle) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    settle()
    assert {message.state for message in journey.messages()} == {"delivered"}
    assert len(journey.published("invitation.delivered")) == PEOPLE


def test_a_report_and_the_providers_answer_at_once_end_in_delivered(journey: Journey) -> None:
    """The report may be settled before, while or after the answer to our call is marked."""
    references = asked(journey)
    told: set[str] = set()

    def add(session: Session, sid: str, phone: str) -> None:
        made = Receipt(
            provider_id=sid,
            status="delivered",
            message_id=references[phone],
            received_at=journey.clock(),
            handled=False,
        )
        session.add(made)

    def report() -> None:
        while len(told) < PEOPLE:
            for message in list(journey.standin.sent):
                if message.sid not in told:
                    told.add(message.sid)
                    job = partial(add, sid=message.sid, phone=message.to)
                    journey.node.writer.write(job)
                    receipts.settle_receipts(journey.node, journey.clock())

    reporter = threading.Thread(target=report)
    reporter.start()
    while sending.dispatch(journey.node, journey.clock()):
        pass
    reporter.join(60)
    journey.run_jobs()
    assert {message.state for message in journey.messages()} == {"delivered"}
    assert len(journey.published("invitation.sent")) == PEOPLE


def test_a_report_sent_ten_times_at_once_is_kept_once(journey: Journey) -> None:
    journey.invited()
    (message,) = journey.messages()
    assert message.provider_id is not None
    answers: list[int] = []
    path = "/notifications/webhooks/twilio/status"

    def post() -> None:
        fields = {"MessageSid": message.provider_id or "", "MessageStatus": "delivered"}
        answers.append(journey.post(path, fields))

    threads = [threading.Thread(target=post) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [204] * 10
    count = select(func.count()).select_from(Receipt)
    assert journey.node.database.read(lambda session: session.scalar(count)) == 1


def test_audited_acts_of_several_writers_make_one_whole_chain(journey: Journey) -> None:
    who = Principal(journey.opportunity_id, Role.COORDINATOR, "elmfield", None, "s")

    def note(number: int) -> None:
        journey.node.database.write(
            lambda session: audit.record(
                session, who, "contact:log", "contact", str(number), journey.clock()
            )
        )

    threads = [threading.Thread(target=note, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert journey.node.database.read(audit.first_broken_seq) is None
