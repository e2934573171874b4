"""All three services in one process on SQLite, with two organisations, and every role in each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI
from sqlalchemy import select

from services.cli.community import PEOPLE, Person
from services.cli.compose import make_nodes, make_root, services
from services.cli.journey import contact_body, opportunity_body, participant_body
from services.matching.impact.bodies import PROGRAMME
from services.matching.models import MatchRow, SeatRow
from services.matching.practice.bodies import ARTICLE
from services.matching.survey.api import CSV as SURVEY_CSV
from services.notifications.models import Inbound, Invitation, Message, Task
from services.notifications.providers.twilio_webhooks import InboundSms
from services.notifications.webhooks import inbound_row
from services.outreach.account_models import SignIn
from services.outreach.commands.accounts import create_account
from services.runtime.clock import utc_now
from services.runtime.embedded import EmbeddedRunner
from services.runtime.node import Node
from services.runtime.security.csrf import make_token
from services.runtime.security.gate import Gate
from services.runtime.security.passwords import Passwords
from services.runtime.security.permissions import Owned
from services.runtime.security.principal import Principal, Role
from tests.support import schema
from tests.support.asking import Asker
from tests.support.sample import make_settings

ORIGIN = "http://localhost:8000"
PASSWORD = "kettle harbour violin"
HASHER = Passwords(memory_kib=64, passes=1)
HERE, ELSEWHERE = "elmfield", "riverton"
WITHOUT_ACCOUNT = frozenset({Role.PARTICIPANT})


@dataclass(frozen=True)
class Who:
    """A signed-in account with a client whose requests look like one of our own pages'."""

    principal: Principal
    client: Asker
    form_token: str

    @property
    def role(self) -> Role:
        return self.principal.role


@dataclass(frozen=True)
class Record:
    """Something that stands in a path: its id, the parameter's name, and whose it is."""

    parameter: str
    id: str
    owner: Owned


@dataclass
class Whole:
    """The services, their one application, and the records that were made in them."""

    nodes: list[Node]
    root: FastAPI
    portal: BlockingPortal
    records: list[Record] = field(default_factory=list)

    @property
    def runner(self) -> EmbeddedRunner:
        return EmbeddedRunner(self.nodes)

    def node(self, name: str) -> Node:
        return next(node for node in self.nodes if node.name == name)

    def settle(self, now: datetime | None = None) -> None:
        self.runner.settle((lambda: now) if now else None)

    def app(self, name: str) -> FastAPI:
        for route in self.root.routes:
            if getattr(route, "path", "") == f"/{name}":
                found = getattr(route, "app", None)
                assert isinstance(found, FastAPI)
                return found
        raise LookupError(name)

    def sign_in(self, role: Role, organisation: str = HERE, team: str | None = "north") -> Who:
        """An account of this role, signed in; no password is asked, a session is begun."""
        node, gate = self.node("outreach"), self.gate
        account_id = uuid4()
        if role not in WITHOUT_ACCOUNT:
            account_id = node.database.write(
                lambda session: create_account(
                    session,
                    email=f"{role.value}.{uuid4().hex[:8]}@{organisation}.example",
                    name="A Colleague",
                    password=PASSWORD,
                    role=role,
                    organisation_id=organisation,
                    team_id=team,
                    now=node.now(),
                    hasher=HASHER,
                )
            )
        return self.enter(gate, account_id, role, organisation, team)

    def enter(
        self, gate: Gate, account_id: UUID, role: Role, organisation: str, team: str | None
    ) -> Who:
        node = self.node("outreach")
        begun = gate.keeper.begin(
            account_id=account_id,
            role=role,
            organisation_id=organisation,
            team_id=team,
            now=node.now(),
        )
        row = SignIn(
            session_id=begun.id,
            account_id=account_id,
            started_at=begun.started_at,
            ends_at=begun.started_at + node.settings.security.session_absolute,
        )
        node.database.write(lambda session: session.add(row))
        client = self.browser()
        client.cookies[gate.cookies.session_name] = gate.keeper.token(begun)
        return Who(begun.principal, client, make_token(gate.form_key, begun.id))

    @property
    def gate(self) -> Gate:
        found = self.app("outreach").state.gate
        assert isinstance(found, Gate)
        return found

    def browser(self) -> Asker:
        client = Asker(self.root, ORIGIN, self.portal)
        client.headers.update({"origin": ORIGIN, "content-type": "application/json"})
        return client

    def note(self, parameter: str, record_id: object, owner: Owned) -> str:
        self.records.append(Record(parameter, str(record_id), owner))
        return str(record_id)


@contextmanager
def whole(folder: Path, **told: Any) -> Iterator[Whole]:
    # Tests run at any hour and on Sundays, too.
    settings = make_settings(folder).model_copy(update={"quiet_hours": False} | told)
    if settings.database_url is None:
        schema.place(folder, services())
    nodes = make_nodes(settings)
    try:
        with start_blocking_portal() as portal:
            yield Whole(nodes, make_root(nodes), portal)
    finally:
        for node in nodes:
            node.close()


def owner(who: Who) -> Owned:
    principal = who.principal
    return Owned(principal.organisation_id, principal.account_id, principal.team_id)


def phone_of(number: int) -> str:
    return f"07700 900{number:03d}"


def populate(world: Whole, worker: Who, coordinator: Who, first: int) -> None:
    """A contact, two people, an opportunity and all that follows from a proposal.

    `first` numbers the phones, so that nobody shares one.
    """
    mine, theirs = owner(worker), owner(coordinator)
    people = [_register(world, worker, PEOPLE[n], first + n) for n in (0, 9)]
    made = _send(coordinator, "POST", "/matching/api/v1/opportunities", opportunity_body())
    opportunity = world.note("opportunity_id", made["opportunity_id"], theirs)
    asked = {"scopes": ["contact:log"], "days": 9}
    token = _send(worker, "POST", "/outreach/api/v1/api-tokens", asked)
    world.note("token_id", token["id"], mine)
    world.note("account_id", worker.principal.account_id, mine)
    world.settle()
    path = f"/matching/api/v1/opportunities/{opportunity}/proposals"
    proposals = _send(coordinator, "GET", path)["items"]
    for proposal in proposals[:1]:
        approve = f"/matching/api/v1/proposals/{proposal['match_id']}/approve"
        _send(coordinator, "POST", approve, {})
    world.settle()
    reply(world, phone_of(first), "Is there parking?", f"SM{first:032d}")
    body = {"other_id": people[1]}
    merged = _send(worker, "POST", f"/outreach/api/v1/participants/{people[0]}/merges", body)
    undo = f"/outreach/api/v1/merges/{merged['id']}/undo"
    world.note("merge_id", merged["id"], mine)
    _send(worker, "POST", undo)
    world.settle()
    _task(world, people[0], theirs)
    concern = {"what": "Somebody takes her pension.", "urgency": "today"}
    raised = _send(worker, "POST", "/outreach/api/v1/concerns", concern)
    world.note("concern_id", raised["id"], mine)
    _programme(world, coordinator, theirs)
    written = _send(worker, "POST", "/matching/api/v1/practice/articles", ARTICLE)
    world.note("article_id", written["article_id"], mine)
    _draw(world, coordinator, theirs)
    _note_matching(world, opportunity, theirs)
    _payment(world, coordinator, opportunity, theirs)
    _note_notifications(world, set(people), theirs)


def _register(world: Whole, worker: Who, person: Person, number: int) -> str:
    contact_id, person_id = str(uuid4()), str(uuid4())
    mine = owner(worker)
    _send(worker, "PUT", f"/outreach/api/v1/contacts/{contact_id}", contact_body(person.venue))
    body = participant_body(person, contact_id) | {"phone": phone_of(number)}
    _send(worker, "PUT", f"/outreach/api/v1/participants/{person_id}", body)
    world.note("contact_id", contact_id, mine)
    return world.note("participant_id", person_id, mine)


def reply(world: Whole, phone: str, text: str, sid: str) -> None:
    number = "+44" + phone.replace(" ", "")[1:]
    message = InboundSms(sid, number, "+441632960000", text, 0, None)
    node = world.node("notifications")
    row = inbound_row(node.sealer, message, node.now())
    node.database.write(lambda session: session.add(Inbound(**row)))


def _draw(world: Whole, coordinator: Who, theirs: Owned) -> None:
    """A prepared draw, for one seat that anybody may have."""
    body = opportunity_body(seats=1, targets=[], members=[])
    made = _send(coordinator, "POST", "/matching/api/v1/opportunities", body)
    path = f"/matching/api/v1/opportunities/{made['opportunity_id']}/draws"
    draw = _send(coordinator, "POST", path, {"rule": "maximin", "stand_ins": 0})
    world.note("draw_id", draw["draw_id"], theirs)


def _programme(world: Whole, coordinator: Who, theirs: Owned) -> None:
    path = "/matching/api/v1/programmes"
    made = _send(coordinator, "POST", path, PROGRAMME)
    programme = world.note("programme_id", made["programme_id"], theirs)
    cost = {"on": "2026-02-03", "kind": "travel", "pence": 1280}
    line = _send(coordinator, "POST", f"{path}/{programme}/costs", cost)
    world.note("line_id", line["id"], theirs)
    taken = _send(coordinator, "POST", "/matching/api/v1/surveys", SURVEY_CSV)
    world.note("survey_id", taken["survey_id"], theirs)


def _payment(world: Whole, coordinator: Who, opportunity: str, theirs: Owned) -> None:
    """A member who chose to be paid, and is."""
    path = f"/matching/api/v1/opportunities/{opportunity}"
    holders = _send(coordinator, "GET", f"{path}/reciprocity")["holders"]
    holder = next(h["holder_id"] for h in holders if h["is_member"])
    choice = {"choice": "paid", "told_about_benefits": True}
    _send(coordinator, "PUT", f"{path}/holders/{holder}/payment-choice", choice, '"0"')
    body = {"holder_id": holder, "kind": "payment", "pence": 2500}
    owed = _send(coordinator, "POST", f"{path}/reciprocity/items", body)
    world.note("holder_id", holder, theirs)
    world.note("owed_id", owed["owed_ids"][0], theirs)


def _task(world: Whole, participant_id: str, theirs: Owned) -> None:
    """A call to make, as composing asks for when a person takes no texts."""
    node = world.node("notifications")
    task = Task(
        id=uuid4(),
        participant_id=UUID(participant_id),
        organisation_id=theirs.organisation_id,
        kind="call_instead",
        detail="",
        created_at=node.now(),
    )
    node.database.write(lambda session: session.add(task))


def _note_matching(world: Whole, opportunity: str, theirs: Owned) -> None:
    node = world.node("matching")
    with node.database.reading() as session:
        about = UUID(opportunity)
        for kind, table in (("match_id", MatchRow), ("seat_id", SeatRow)):
            query = select(table.id).where(table.opportunity_id == about)
            for found in session.scalars(query):
                world.note(kind, found, theirs)


def _note_notifications(world: Whole, people: set[str], theirs: Owned) -> None:
    node = world.node("notifications")
    with node.database.reading() as session:
        for kind, table, key in (
            ("invitation_id", Invitation, Invitation.id),
            ("reply_id", Inbound, Inbound.provider_id),
            ("task_id", Task, Task.id),
            ("message_id", Message, Message.id),
        ):
            query = select(key, table.participant_id)
            for found, participant_id in session.execute(query):
                if str(participant_id) in people:
                    world.note(kind, found, theirs)


def _send(who: Who, method: str, path: str, body: Any = None, seen: str = "") -> Any:
    headers = {"if-match": seen} if seen else {}
    answer = who.client.request(method, path, json=body, headers=headers)
    assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
    return answer.json() if answer.content else None


def now() -> datetime:
    return utc_now()
