from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from schemas.envelope import Event, Payload
from schemas.events import Consent, ConsentChanged, ParticipantErased
from services.runtime import inbox, letters, outbox
from services.runtime.embedded import EmbeddedRunner, feed
from services.runtime.loops import IDLE_SECONDS
from services.runtime.processor import MAX_ATTEMPTS, pause, process
from services.runtime.tables import inbox as inbox_table
from tests.support.examples import examples
from tests.support.sample import (
    Clock,
    closed,
    count_heard,
    heard,
    make_node,
    make_settings,
    refusing,
)
from tests.support.waiting import eventually


class Pair:
    """Two nodes: `source` publishes, `sink` hears."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        made = make_settings(folder)
        self.source = make_node("outreach", made, self.clock)
        self.sink = make_node("matching", made, self.clock)
        self.runner = EmbeddedRunner([self.source, self.sink])

    def publish(self, *payloads: Payload) -> list[Event]:
        return self.source.database.write(
            lambda s: outbox.publish_all(s, list(payloads), self.clock())
        )

    def settle(self) -> None:
        self.runner.settle(self.clock)

    def receive(self, *bodies: bytes | str, key: str = "k") -> int:
        raws = [inbox.Raw("newvoices.opportunities", key, b, str(i)) for i, b in enumerate(bodies)]
        return self.sink.database.write(
            lambda s: inbox.receive(s, raws, self.sink.service.readers, self.clock())
        )

    def states(self) -> list[str]:
        query = select(inbox_table.c.state).order_by(inbox_table.c.seq)
        return self.sink.database.read(lambda s: list(s.scalars(query)))

    def close(self) -> None:
        self.source.close()
        self.sink.close()


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    made = Pair(tmp_path)
    refusing.ids.clear()
    refusing.clashing.clear()
    yield made
    made.close()


def consent_for(person: UUID, clock: Clock) -> ConsentChanged:
    consent = Consent(
        purpose="contact", channel="sms", given=False, wording_version="1", at=clock()
    )
    return ConsentChanged(participant_id=person, consent=consent, evidence="reply_stop")


def test_an_event_that_breaks_a_constraint_does_not_stop_the_others(pair: Pair) -> None:
    clashing = closed()
    refusing.clashing.add(clashing.opportunity_id)
    pair.publish(clashing, closed(), closed())
    for _ in range(MAX_ATTEMPTS):
        pair.settle()
        pair.clock.forward(minutes=2)
    assert heard(pair.sink) == ["closed", "closed"]
    assert pair.states() == ["dead", "done", "done"]


def test_an_event_reaches_the_other_service(pair: Pair) -> None:
    pair.publish(closed())
    pair.settle()
    assert heard(pair.sink) == ["closed"]


def test_nothing_to_do_means_no_commit(pair: Pair) -> None:
    pair.runner.start()
    try:
        pair.publish(closed())
        pair.source.committed.notify()
        eventually(lambda: count_heard(pair.sink) == 1, what="the event in effect")
        # A step that sleeps unless woken: only a commit of its own could wake it again.
        time.sleep(IDLE_SECONDS)
        quiet = (pair.source.committed.count, pair.sink.committed.count)
        time.sleep(3 * IDLE_SECONDS)
        assert (pair.source.committed.count, pair.sink.committed.count) == quiet
    finally:
        pair.runner.stop()


def test_an_event_held_back_does_not_keep_the_consumer_awake(pair: Pair) -> None:
    one = closed()
    refusing.ids.add(one.opportunity_id)
    pair.publish(one, one)
    for _ in range(MAX_ATTEMPTS):
        pair.settle()
        pair.clock.forward(minutes=2)
    assert pair.states() == ["dead", "pending"]
    before = pair.sink.committed.count
    assert not process(pair.sink, pair.clock())
    assert pair.sink.committed.count == before


def test_an_event_is_published_only_if_its_change_commits(pair: Pair) -> None:
    def fails(session: object) -> None:
        outbox.publish(session, closed(), pair.clock())  # type: ignore[arg-type]
        raise RuntimeError("the change failed")

    with pytest.raises(RuntimeError):
        pair.source.database.write(fails)
    pair.settle()
    assert heard(pair.sink) == []


def test_an_event_delivered_twice_has_one_effect(pair: Pair) -> None:
    (event,) = pair.publish(closed())
    assert pair.receive(event.to_json(), event.to_json()) == 1
    pair.settle()
    assert pair.receive(event.to_json()) == 0
    pair.settle()
    assert count_heard(pair.sink) == 1


def test_what_a_service_said_itself_does_not_come_back_to_it(pair: Pair) -> None:
    said = pair.sink.database.write(lambda s: outbox.publish_all(s, [closed()], pair.clock()))
    assert pair.receive(said[0].to_json()) == 0
    pair.settle()
    assert heard(pair.sink) == []


def test_a_done_event_keeps_its_id_and_loses_its_content(pair: Pair) -> None:
    pair.publish(closed())
    pair.settle()
    row = pair.sink.database.read(lambda s: s.execute(select(inbox_table)).one())
    assert row.state == "done"
    assert row.payload is None


def test_unknown_fields_are_ignored(pair: Pair) -> None:
    (event,) = pair.publish(closed())
    newer = json.loads(event.to_json()) | {"id": str(uuid4()), "shade": "new"}
    newer["data"]["colour"] = "new too"
    pair.receive(json.dumps(newer))
    process(pair.sink, pair.clock())
    assert count_heard(pair.sink) == 1


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"id": 3}', b'{"specversion": "1.0"}']
)
def test_a_malformed_event_goes_to_the_dead_letters_with_its_reason(
    pair: Pair, body: bytes
) -> None:
    pair.receive(body)
    (letter,) = pair.sink.database.read(letters.dead)
    assert "not a readable event" in letter.error


def test_a_malformed_event_delivered_twice_is_one_dead_letter(pair: Pair) -> None:
    pair.receive(b"{")
    pair.receive(b"{")
    assert len(pair.sink.database.read(letters.dead)) == 1


def test_an_event_with_wrong_data_is_shown_without_its_values(pair: Pair) -> None:
    (event,) = pair.publish(closed())
    wrong = json.loads(event.to_json()) | {"id": str(uuid4())}
    wrong["data"] = {"opportunity_id": "07700 900123"}
    pair.receive(json.dumps(wrong))
    process(pair.sink, pair.clock())
    (letter,) = pair.sink.database.read(letters.dead)
    assert "opportunity_id" in letter.error
    assert "900123" not in letter.error


def test_an_unknown_version_is_a_dead_letter_and_not_lost(pair: Pair) -> None:
    (event,) = pair.publish(closed())
    later = json.loads(event.to_json()) | {"type": "org.newvoices.opportunity.closed.v9"}
    pair.receive(json.dumps(later))
    (letter,) = pair.sink.database.read(letters.dead)
    assert "v9" in letter.error


def test_a_dead_letter_takes_effect_after_its_cause_is_mended_and_it_is_replayed(
    pair: Pair,
) -> None:
    event = closed()
    refusing.ids.add(event.opportunity_id)
    pair.publish(event)
    for _ in range(MAX_ATTEMPTS):
        pair.settle()
        pair.clock.forward(minutes=2)
    assert pair.states() == ["dead"]
    assert heard(pair.sink) == []
    refusing.ids.clear()
    refusing.clashing.clear()
    replayed = pair.sink.database.write(lambda s: letters.replay(s, None, pair.clock()))
    assert replayed == 1
    pair.settle()
    assert heard(pair.sink) == ["closed"]


def test_a_failing_event_waits_longer_each_time_and_keeps_nothing_half_done(pair: Pair) -> None:
    event = closed()
    refusing.ids.add(event.opportunity_id)
    pair.publish(event)
    pair.settle()
    assert pair.states() == ["pending"]
    refusing.ids.clear()
    refusing.clashing.clear()
    pair.settle()
    assert heard(pair.sink) == []
    pair.clock.forward(seconds=pause(1).total_seconds())
    pair.settle()
    assert heard(pair.sink) == ["closed"]


def test_pauses_grow_up_to_a_minute() -> None:
    pauses = [pause(n) for n in range(1, 15)]
    assert pauses == sorted(pauses)
    assert pauses[0] == timedelta(milliseconds=200)
    assert pauses[-1] == timedelta(seconds=60)


def test_a_failing_event_does_not_take_its_batch_with_it(pair: Pair) -> None:
    events = [closed() for _ in range(10)]
    refusing.ids.add(events[4].opportunity_id)
    pair.publish(*events)
    pair.settle()
    assert count_heard(pair.sink) == 9


def test_later_events_of_a_key_wait_for_an_earlier_one_that_fails(pair: Pair) -> None:
    key = uuid4()
    refusing.ids.add(key)
    pair.publish(closed(key), closed(), closed(key))
    pair.settle()
    assert pair.states() == ["pending", "done", "pending"]
    refusing.ids.clear()
    refusing.clashing.clear()
    pair.clock.forward(minutes=1)
    pair.settle()
    assert pair.states() == ["done", "done", "done"]


def test_a_withdrawal_of_consent_never_waits_behind_a_dead_letter(pair: Pair) -> None:
    person = uuid4()
    refusing.ids.add(person)
    pair.publish(ParticipantErased(participant_id=person))
    for _ in range(MAX_ATTEMPTS):
        pair.settle()
        pair.clock.forward(minutes=2)
    pair.publish(consent_for(person, pair.clock))
    pair.settle()
    assert heard(pair.sink) == ["consent"]


def test_a_discarded_dead_letter_lets_its_key_go_on(pair: Pair) -> None:
    key = uuid4()
    refusing.ids.add(key)
    (first, _second) = pair.publish(closed(key), closed(key))
    for _ in range(MAX_ATTEMPTS):
        pair.settle()
        pair.clock.forward(minutes=2)
    refusing.ids.clear()
    refusing.clashing.clear()
    assert pair.sink.database.write(lambda s: letters.discard(s, str(first.id), pair.clock()))
    pair.settle()
    assert heard(pair.sink) == ["closed"]


def test_a_reason_never_repeats_what_an_exception_said(pair: Pair) -> None:
    person = uuid4()
    refusing.ids.add(person)
    pair.publish(ParticipantErased(participant_id=person))
    pair.settle()
    error = pair.sink.database.read(lambda s: s.scalar(select(inbox_table.c.error)))
    assert error is not None
    assert error.startswith("ValueError at hear_erased")
    assert "900123" not in error


def test_a_second_consumer_starts_where_it_left_off(pair: Pair) -> None:
    pair.publish(closed(), closed())
    pair.settle()
    pair.publish(closed())
    feed(pair.sink, [pair.source], pair.clock())
    assert count_heard(pair.sink) == 3


def test_erasing_a_key_leaves_no_content_in_outbox_or_inbox(pair: Pair) -> None:
    person = uuid4()
    refusing.ids.add(person)
    pair.publish(ParticipantErased(participant_id=person))
    pair.settle()
    pair.source.database.write(lambda s: outbox.erase(s, str(person)))
    pair.sink.database.write(lambda s: inbox.erase(s, str(person)))
    rows = pair.source.database.read(lambda s: outbox.read_after(s, 0, 10))
    assert [payload for *_, payload in rows] == [None]
    assert pair.states() == ["discarded"]


def test_threads_deliver_what_many_writers_publish(pair: Pair) -> None:
    pair.runner.start()

    def publish_some() -> None:
        for _ in range(20):
            pair.source.writer.write(lambda s: outbox.publish(s, closed(), pair.clock()))

    writers = [threading.Thread(target=publish_some) for _ in range(5)]
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    seen = pair.sink.committed.count
    for _ in range(200):
        if count_heard(pair.sink) == 100:
            break
        seen = pair.sink.committed.wait_beyond(seen, 0.1)
    pair.runner.stop()
    assert count_heard(pair.sink) == 100


def test_an_oversized_event_is_refused_before_it_is_stored(pair: Pair) -> None:
    event = closed()
    with pytest.raises(outbox.EventTooLarge):
        outbox._checked("x" * (outbox.MAX_EVENT_BYTES + 1))
    assert event.key() == str(event.opportunity_id)


@settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_whatever_is_repeated_or_refused_each_event_ends_in_effect_once_and_in_order_per_key(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    pair = Pair(tmp_path_factory.mktemp("flow"))
    keys = [uuid4() for _ in range(3)]
    order = data.draw(st.lists(st.sampled_from(keys), min_size=1, max_size=12))
    events = pair.publish(*[closed(key) for key in order])
    refusing.ids = set(data.draw(st.lists(st.sampled_from(keys), max_size=2)))
    for event in data.draw(st.permutations(events)):
        if data.draw(st.booleans()):
            # Redelivery in any order after the first delivery in order changes nothing.
            pair.settle()
            pair.receive(event.to_json())
    pair.settle()
    refusing.ids.clear()
    refusing.clashing.clear()
    pair.clock.forward(minutes=5)
    pair.settle()
    assert count_heard(pair.sink) == len(order)
    pair.close()
