"""People at work while things break: link workers, a coordinator, and people who answer texts."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid5

import httpx

from services.cli.community import PEOPLE, Person
from services.cli.journey import (
    Api,
    JourneyError,
    contact_body,
    opportunity_body,
    participant_body,
)
from services.notifications.standin import Standin

ROOM = UUID("0193b0c0-0000-7000-8000-00000000beef")
REGISTERED = [person for person in PEOPLE if person.matching and person.texts]
PAUSE_SECONDS = 0.25


def insist(
    step: Callable[[], Any], patience: float = 600.0, over: threading.Event | None = None
) -> Any:
    """Do it again until it is accepted, as the queue on a phone does, or until all is `over`."""
    until = time.monotonic() + patience
    while True:
        try:
            return step()
        except (httpx.TransportError, JourneyError) as problem:
            if time.monotonic() > until or (over is not None and over.is_set()):
                raise AssertionError(f"not accepted within {patience:g} s: {problem}") from problem
            time.sleep(PAUSE_SECONDS)


def person_of(number: int) -> Person:
    """One of at most a thousand, each with a phone of their own."""
    known = REGISTERED[number % len(REGISTERED)]
    return replace(known, name=f"Person N{number}", phone=f"07700 900{number:03d}", access_needs=())


@dataclass
class Tally:
    """What was accepted, as the people who sent it know it."""

    contacts: set[str] = field(default_factory=set)
    people: set[str] = field(default_factory=set)
    opportunities: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    while_broker_down: int = 0


class Load:
    """`contacts` conversations; every `every`-th leads to a registration. Starts at once."""

    def __init__(
        self,
        bases: dict[str, str],
        standin: Standin,
        contacts: int,
        every: int,
        opportunities: int,
        clients: int = 4,
    ) -> None:
        if contacts / every > 1000:
            raise ValueError("there are a thousand phone numbers: register fewer people")
        self.bases, self.standin = bases, standin
        self.contacts, self.every = contacts, every
        self.tally = Tally()
        self.done = threading.Event()
        self.broker_down = threading.Event()
        self._numbers = itertools.count()
        self._allowed = contacts
        self._coordinator = self._signed_in("coordinator")
        for n in range(opportunities):
            self._open(n)
        self._pool = ThreadPoolExecutor(clients + 2)
        self._writers = [self._pool.submit(self._log_conversations) for _ in range(clients)]
        self._others: list[Future[None]] = [
            self._pool.submit(self._coordinate),
            self._pool.submit(self._answer_texts),
        ]

    @property
    def logged(self) -> int:
        return len(self.tally.contacts)

    def allow(self, contacts: int) -> None:
        """Nobody begins more conversations than so many, until more are allowed."""
        self._allowed = contacts

    def allow_half_of_the_rest(self) -> None:
        self._allowed += (self.contacts - self._allowed + 1) // 2

    def wait(self) -> None:
        """Until every conversation is logged; raises what a client raised."""
        for writer in self._writers:
            writer.result()

    def abandon(self) -> None:
        """Nobody goes on: the run has failed."""
        self.done.set()

    def stop(self) -> None:
        """The coordinator and the people who answer go home."""
        self.done.set()
        for other in self._others:
            other.result()
        self._pool.shutdown()
        self._coordinator.close()

    def _signed_in(self, role: str) -> Api:
        api = Api(self.bases)
        insist(lambda: api.sign_in(role))
        return api

    def _open(self, number: int) -> None:
        body = opportunity_body(title=f"Better care group {number}", seats=5)
        path = "/api/v1/opportunities"
        opened = insist(
            lambda: self._coordinator.send("POST", "matching", path, body, key=f"open-{number}")
        )
        self.tally.opportunities.append(opened["opportunity_id"])

    def _log_conversations(self) -> None:
        api = self._signed_in("link_worker")
        while (number := next(self._numbers)) < self.contacts and not self.done.is_set():
            while number >= self._allowed and not self.done.wait(0.02):
                pass
            down = self.broker_down.is_set()
            self._log_one(api, number)
            self.tally.while_broker_down += down and self.broker_down.is_set()
        api.close()

    def _log_one(self, api: Api, number: int) -> None:
        person = person_of(number // self.every)
        contact = str(uuid5(ROOM, f"contact-{number}"))
        body = contact_body(person.venue)
        path = f"/api/v1/contacts/{contact}"
        insist(lambda: api.send("PUT", "outreach", path, body), over=self.done)
        self.tally.contacts.add(contact)
        if number % self.every == 0:
            who = str(uuid5(ROOM, f"person-{number}"))
            told = participant_body(person, contact)
            path_of_person = f"/api/v1/participants/{who}"
            insist(lambda: api.send("PUT", "outreach", path_of_person, told), over=self.done)
            self.tally.people.add(who)

    def _coordinate(self) -> None:
        """Approve proposals as they come: each person is asked once, seats are over-invited."""
        while not self.done.wait(0.5):
            for opportunity in self.tally.opportunities:
                try:
                    self._approve_some(opportunity)
                except (httpx.TransportError, JourneyError):
                    continue

    def _approve_some(self, opportunity: str) -> None:
        path = f"/api/v1/opportunities/{opportunity}/proposals?state=proposed"
        for item in self._coordinator.get("matching", path)["items"][:5]:
            if item["participant_id"] in self.tally.asked:
                continue
            approve = f"/api/v1/proposals/{item['match_id']}/approve"
            sent = self._coordinator.send(
                "POST", "matching", approve, {}, key=item["match_id"], expect=(200, 201, 409)
            )
            if "invitation_id" in sent:
                self.tally.asked.add(item["participant_id"])

    def _answer_texts(self) -> None:
        """Everybody who is invited answers yes, again until the provider could pass it on."""
        while not self.done.wait(0.2):
            for text in self.standin.sent:
                if text.to in self.tally.answered or "YES" not in text.body:
                    continue
                if 200 in self.standin.reply(text.to, "YES").statuses:
                    self.tally.answered.add(text.to)
