"""Outreach as the runtime sees it."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI

from schemas.events import ConsentChanged, ParticipantErased, SeatFilled, SeatReleased
from services.outreach import (
    account_models,
    care_models,
    handlers,
    monitoring_models,
    sign_in_models,
)
from services.outreach import own_page as own_pages
from services.outreach.api import (
    accounts,
    administering,
    care,
    contacts,
    monitoring,
    own_page,
    participants,
    second_factors,
)
from services.outreach.models import Base
from services.outreach.pages import (
    account,
    administration,
    choosing_password,
    device,
    entry,
    organisation,
    own,
    people,
    places,
    registration,
    ways_in,
)
from services.outreach.pages import care as care_pages
from services.outreach.pages import contacts as contact_pages
from services.outreach.pages.shared import PAGES
from services.outreach.telling_leads import tell_leads
from services.runtime import operations
from services.runtime.node import Node
from services.runtime.pages import install_error_pages
from services.runtime.service import BackgroundJob, Service
from services.runtime.web import add_routes, make_app

# Their tables belong to the same metadata.
TABLES = (account_models, care_models, monitoring_models, sign_in_models)

DESCRIPTION = """Link workers log outreach contacts and register people who agree.

Dates are ISO 8601. Errors are problem+json (RFC 9457) and say what to do. Lists come in pages:
pass `next` as `cursor`. A record that you may not see answers 404, an erased one 410.
"""


def app(node: Node) -> FastAPI:
    made = make_app(node, "New Voices: outreach", DESCRIPTION)
    for part in (accounts, administering, second_factors, contacts):
        add_routes(made, part.router)
    for part in (participants, own_page, monitoring, care):
        add_routes(made, part.router)
    for pages in (entry, ways_in, account, device, contact_pages, registration, people, places):
        add_routes(made, pages.router)
    add_routes(made, own.router, care_pages.router, choosing_password.router)
    add_routes(made, administration.router, organisation.router, operations.router)
    install_error_pages(made, PAGES)
    return made


SERVICE = Service(
    name="outreach",
    metadata=Base.metadata,
    migrations=Path(__file__).parent / "migrations" / "versions",
    handlers={
        ConsentChanged: handlers.on_consent_changed,
        SeatFilled: handlers.on_seat_filled,
        SeatReleased: handlers.on_seat_released,
    },
    jobs=(
        BackgroundJob("tell-leads", tell_leads, every=60.0, after_commits=False),
        BackgroundJob("index-emails", own_pages.index_emails, every=60.0, after_commits=False),
    ),
    make_app=app,
    out_of_order=frozenset({ConsentChanged, ParticipantErased}),
)
