"""After the storm: is everything that was accepted in effect, once, and nothing twice?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from services.cli.compose import services
from services.runtime.service import Service
from tests.support.apart import ALL, Apart
from tests.support.load import Tally
from tests.support.waiting import eventually

WAITING = (
    "SELECT count(*) FROM outbox WHERE sent_at IS NULL",
    "SELECT count(*) FROM inbox WHERE state = 'pending'",
)
RECEIVED = "SELECT event_id FROM inbox"
TEXTS_WAITING = (
    "SELECT count(*) FROM messages WHERE state IN ('queued', 'sending')",
    "SELECT count(*) FROM inbound WHERE state = 'new'",
)

# Event id and type, and the service that sent it.
Published = dict[tuple[str, str], str]


@dataclass
class Account:
    """Counts to print, and each thing that is not as it should be in a sentence."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def expect(self, holds: bool, otherwise: str) -> None:
        if not holds:
            self.faults.append(otherwise)


def settle(apart: Apart, patience: float = 600) -> None:
    """Wait until no event waits anywhere and no text is on its way, seen three times running."""
    quiet = 0

    def look() -> bool:
        nonlocal quiet
        quiet = quiet + 1 if waiting(apart) == 0 else 0
        return quiet >= 3

    eventually(look, what="everything delivered", patience=patience)


def waiting(apart: Apart) -> int:
    asked = [(service, query) for service in ALL for query in WAITING]
    asked += [("notifications", query) for query in TEXTS_WAITING]
    return sum(apart.rows(service, query)[0][0] for service, query in asked) or on_the_way(apart)


def on_the_way(apart: Apart) -> int:
    """Events that Kafka has and a reader has not: after a kill it may be a while in taking up."""
    published = _published(apart)
    return sum(
        len(_due(reader, published) - {str(one) for (one,) in apart.rows(reader.name, RECEIVED)})
        for reader in services()
    )


def account(apart: Apart, tally: Tally, poison: int = 0) -> Account:
    """Compare what was accepted with every database and with the stand-in."""
    made = Account()
    made.counts["contacts accepted"] = len(tally.contacts)
    made.counts["of them while the broker was down"] = tally.while_broker_down
    made.counts["people registered"] = len(tally.people)
    _events(apart, made, poison)
    _records(apart, tally, made)
    _seats(apart, made)
    _texts(apart, made)
    return made


def _events(apart: Apart, made: Account, poison: int) -> None:
    """Each event is recorded once by every other service that reads its type, and is in effect."""
    published = _published(apart)
    made.counts["events committed"] = len(published)
    for reader in services():
        _received(apart, made, reader, published, poison)


def _published(apart: Apart) -> Published:
    return {
        (str(event_id), kind): service.name
        for service in services()
        for event_id, kind in apart.rows(service.name, "SELECT event_id, type FROM outbox")
    }


def _due(reader: Service, published: Published) -> set[str]:
    others = [one for one, sender in published.items() if sender != reader.name]
    return {event_id for event_id, kind in others if kind in reader.readers}


def _received(
    apart: Apart, made: Account, reader: Service, published: Published, poison: int
) -> None:
    rows = apart.rows(reader.name, "SELECT event_id, type, state FROM inbox")
    states = {str(event_id): state for event_id, _kind, state in rows}
    due = _due(reader, published)
    missing = due - states.keys()
    undone = sum(states.get(one) not in ("done", "discarded") for one in due) - len(missing)
    dead = Counter(states.values())["dead"]
    made.counts["events due at a reader"] += len(due)
    made.counts["of them in effect"] += len(due) - len(missing) - undone
    made.counts["dead letters (the poison)"] += dead
    made.expect(len(rows) == len(states), f"{reader.name}: an event is recorded twice")
    made.expect(not missing, f"{reader.name}: {len(missing)} events never came")
    made.expect(not undone, f"{reader.name}: {undone} events are not in effect")
    poisoned = poison if any("participants" in topic for topic in reader.topics) else 0
    made.expect(dead == poisoned, f"{reader.name}: {dead} dead letters instead of {poisoned}")


def _records(apart: Apart, tally: Tally, made: Account) -> None:
    """What the events did: the same people and revisions everywhere, each conversation once."""
    contacts = [str(one) for (one,) in apart.rows("outreach", "SELECT id FROM contacts")]
    made.expect(sorted(contacts) == sorted(tally.contacts), "contacts stored differ from accepted")
    revisions = _pairs(apart, "outreach", "SELECT id, revision FROM participants")
    made.expect(revisions.keys() == tally.people, "people stored differ from accepted")
    for service, table in (("matching", "participants"), ("notifications", "recipients")):
        query = f"SELECT participant_id, revision FROM {table}"
        found = _pairs(apart, service, query)
        made.expect(found == revisions, f"{service} does not hold everybody at their newest")
    stale = "SELECT count(*) FROM recipients WHERE CAST(access_needs AS text) LIKE '%bsl%'"
    made.expect(apart.rows("notifications", stale) == [(0,)], "an older state took effect")
    invited_by = "SELECT invitation_id FROM matches WHERE invitation_id IS NOT NULL"
    asked = _ids(apart, "matching", invited_by)
    made.counts["people invited"] = len(asked)
    invited = _ids(apart, "notifications", "SELECT id FROM invitations")
    made.expect(asked == invited, "invitations asked for differ from those that exist")


def _seats(apart: Apart, made: Account) -> None:
    rows = apart.rows(
        "matching",
        "SELECT o.seats, o.filled, count(s.id), count(s.id) FILTER (WHERE s.state = 'filled'),"
        " count(DISTINCT s.participant_id)"
        " FROM opportunities o LEFT JOIN seats s ON s.opportunity_id = o.id GROUP BY o.id",
    )
    for seats, tallied, there, filled, people in rows:
        made.counts["seats"] += seats
        made.counts["seats filled"] += filled
        made.counts["seats filled by invitation"] += people
        made.expect(filled <= seats == there, "an opportunity is overfilled")
        made.expect(tallied == filled, "an opportunity's tally differs from its seats")
    accepted = "SELECT count(*) FROM matches WHERE state = 'accepted'"
    seated = "SELECT count(*) FROM seats WHERE match_id IS NOT NULL"
    same = apart.rows("matching", accepted) == apart.rows("matching", seated)
    made.expect(same, "accepted people and filled seats differ")


def _texts(apart: Apart, made: Account) -> None:
    """Nobody got a text twice: by our reference of each, and by number and words."""
    sent = apart.standin.sent
    made.counts["texts sent"] = len(sent)
    references = Counter(list(_references(apart)))
    twice = sum(count - 1 for count in references.values())
    again = sum(count - 1 for count in Counter((m.to, m.body) for m in sent).values())
    made.counts["texts sent twice"] = twice
    made.expect(twice == 0, f"{twice} texts went out twice")
    made.expect(again == 0, f"{again} texts were repeated word for word")
    states = apart.rows("notifications", "SELECT id, state FROM messages WHERE channel = 'sms'")
    for message, state in states:
        if state in ("sent", "delivered"):
            made.expect(references[str(message)] == 1, "a text marked as sent was not")
        elif state == "unknown":
            made.faults.append("a text is left unknown")


def _references(apart: Apart) -> Iterator[str]:
    for message in apart.standin.sent:
        yield parse_qs(urlsplit(message.status_callback).query)["reference"][0]


def _pairs(apart: Apart, service: str, query: str) -> dict[str, int]:
    return {str(one): revision for one, revision in apart.rows(service, query)}


def _ids(apart: Apart, service: str, query: str) -> set[str]:
    return {str(one) for (one,) in apart.rows(service, query)}
