"""Fills empty databases with the small community, through the same commands as the APIs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select

from services.cli.community import ORGANISATION, PASSWORD, PEOPLE, STAFF, TEAM
from services.cli.community_impact import seed_impact
from services.cli.community_practice import seed_practice
from services.cli.compose import make_nodes
from services.cli.journey import contact_body, opportunity_body, participant_body
from services.cli.seeding_thanks import seed_thanks
from services.matching import commands as matching_commands
from services.matching import reference
from services.matching.bodies import OpenOpportunity
from services.matching.survey import store as survey_store
from services.matching.survey.sample import sample
from services.outreach.account_models import Account
from services.outreach.bodies import ContactBody
from services.outreach.commands.accounts import create_account
from services.outreach.commands.contacts import Log
from services.outreach.commands.contacts import log as log_contact
from services.outreach.commands.participants import Register, register
from services.outreach.participant_bodies import ParticipantBody
from services.runtime.node import Node
from services.runtime.security.principal import Principal, Role
from services.runtime.settings import Settings

OPPORTUNITIES: tuple[dict[str, Any], ...] = (
    {},
    {
        "title": "Hospital discharge board",
        "host_name": "Elmfield NHS Trust",
        "host_kind": "nhs",
        "purpose": "To make going home from hospital safer.",
        "place": "Online",
        "seats": 4,
        "targets": [
            {"group": {"ethnic_group": "black_african"}, "least": 1},
            {"group": {"lived_experience": "uses_care_at_home"}, "least": 1},
        ],
    },
    {
        "title": "Rowan House residents' panel",
        "host_name": "Rowan House",
        "host_kind": "care_home",
        "purpose": "To plan meals, outings and visits together.",
        "place": "Rowan House, Mill Street",
        "seats": 3,
        "payment_pence": 1500,
        "targets": [{"group": {"age_band": "75_84"}, "least": 1}],
        "members": [],
    },
)


NOT_IN_THE_OPEN = (
    "Nothing was added: the made-up accounts have a password that everybody knows, and this "
    "installation has an https address. Make the first account with: newvoices accounts add"
)


def seed_databases() -> str:
    nodes = make_nodes(Settings())
    try:
        return seed_nodes(nodes)
    finally:
        for node in nodes:
            node.close()


def seed_nodes(nodes: Sequence[Node], people: bool = True) -> str:
    """Accounts first, then people and opportunities; does nothing where accounts exist.

    Nor at an address that others can open: everybody can read the password in the source.
    """
    outreach, matching = nodes[0], nodes[1]
    if outreach.settings.security.public_base_url.startswith("https://"):
        return NOT_IN_THE_OPEN
    known = outreach.database.read(lambda s: s.scalar(select(func.count()).select_from(Account)))
    if known:
        return "The databases hold accounts already; nothing was added."
    now = outreach.now()
    accounts = _accounts(outreach, now)
    if people:
        _census(matching, now)
        _people(outreach, accounts["link_worker"], now)
        seed_thanks(outreach, matching, accounts["link_worker"], accounts["coordinator"], now)
        _opportunities(matching, accounts["coordinator"], now)
        seed_impact(matching, accounts["coordinator"], now)
        _survey(matching, accounts["coordinator"], now)
        seed_practice(matching, accounts["link_worker"], accounts["coordinator"], now)
    emails = "\n".join(f"  {email}" for email, *_ in STAFF)
    return f"A made-up community is ready. Sign in as\n{emails}\nwith the password: {PASSWORD}"


def _accounts(node: Node, now: datetime) -> dict[str, Principal]:
    made = {}
    for email, name, role, team in STAFF:
        account_id = uuid4()
        with node.database.writing() as session:
            create_account(
                session,
                email=email,
                name=name,
                password=PASSWORD,
                role=Role(role),
                organisation_id=ORGANISATION,
                team_id=team,
                now=now,
                account_id=account_id,
            )
        made[role] = _principal(account_id, Role(role), team)
    return made


def _principal(account_id: UUID, role: Role, team: str | None = TEAM) -> Principal:
    return Principal(account_id, role, ORGANISATION, team, "seed")


def _people(node: Node, worker: Principal, now: datetime) -> None:
    for person in PEOPLE:
        contact_id, person_id = uuid4(), uuid4()
        contact = ContactBody.model_validate(contact_body(person.venue))
        body = ParticipantBody.model_validate(participant_body(person, str(contact_id)))
        with node.database.writing() as session:
            log_contact(session, worker, Log(contact_id, contact), now)
            register(session, worker, Register(person_id, body), now)


def _opportunities(node: Node, coordinator: Principal, now: datetime) -> None:
    for changes in OPPORTUNITIES:
        body = OpenOpportunity.model_validate(opportunity_body(**changes))
        with node.database.writing() as session:
            matching_commands.open_opportunity(session, coordinator, body, now)


def _census(node: Node, now: datetime) -> None:
    """The census figures that come with the code, so that targets can be set from an area."""
    for file in sorted((Path(reference.__file__).parent / "data").glob("*-extract.csv")):
        with node.database.writing() as session:
            reference.import_file(session, file, now)


def _survey(node: Node, coordinator: Principal, now: datetime) -> None:
    """The made-up survey with the published totals."""
    file = survey_store.File("What people know of co-production (synthetic)", sample())
    with node.database.writing() as session:
        survey_store.take_in(session, coordinator, file, now)
