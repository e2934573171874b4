"""The links across all services, by what the signed-in person may do.

Links are grouped by area. The menu shows one link an area, and each page of an area shows all the
links of that area, so that both stay short however much there is. Addresses only: a service knows
the others by their path, never by their code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request

from services.runtime.pages.language import gettext
from services.runtime.pages.pages import NavItem
from services.runtime.security.gate import current_session
from services.runtime.security.permissions import Permission, allows
from services.runtime.security.principal import Principal

Link = tuple[str, str, Permission]
"""What it says, where it goes, and what a person must be allowed to do to see it."""


@dataclass(frozen=True, slots=True)
class Area:
    """A part of the service: its name in the menu, and its pages, the main one first.

    Somebody who may see only one of the pages reads that page's name in the menu.
    """

    name: str
    links: tuple[Link, ...]


AREAS: tuple[Area, ...] = (
    Area("Home", (("Home", "/outreach/", Permission.ACCOUNT_OWN),)),
    # On its own, as it is what a link worker does many times a day.
    Area("Log a contact", (("Log a contact", "/outreach/contacts/new", Permission.CONTACT_LOG),)),
    Area(
        "Contacts",
        (
            ("Contacts", "/outreach/contacts", Permission.CONTACT_READ),
            ("Follow-ups", "/outreach/follow-ups", Permission.CONTACT_READ),
            ("Places", "/outreach/places", Permission.CONTACT_READ),
        ),
    ),
    Area("People", (("People", "/outreach/people", Permission.PARTICIPANT_READ_SENSITIVE),)),
    Area(
        "Opportunities",
        (
            ("Opportunities", "/matching/opportunities", Permission.PROPOSAL_READ),
            ("Payments", "/matching/reciprocity", Permission.PROPOSAL_READ),
            ("Answers we owe", "/matching/owed-answers", Permission.PROPOSAL_READ),
        ),
    ),
    Area(
        "Messages",
        (
            ("Inbox", "/notifications/inbox", Permission.INBOX_READ),
            ("Tasks", "/notifications/tasks", Permission.INBOX_READ),
            ("Delivery", "/notifications/delivery", Permission.PROPOSAL_READ),
            ("Templates", "/notifications/templates", Permission.TEMPLATE_WRITE),
        ),
    ),
    Area(
        "Evidence",
        (
            ("Who is heard", "/matching/voices", Permission.OPPORTUNITY_WRITE),
            ("Impact", "/matching/programmes", Permission.PROGRAMME_WRITE),
            ("Surveys", "/matching/surveys", Permission.PROGRAMME_WRITE),
            ("Barriers", "/matching/barriers", Permission.MONITORING_READ_AGGREGATES),
        ),
    ),
    Area(
        "Safety",
        (
            ("Concerns", "/outreach/concerns", Permission.SAFEGUARDING_READ),
            ("Raise a concern", "/outreach/concerns/new", Permission.SAFEGUARDING_WRITE),
        ),
    ),
    Area(
        "Learning",
        (
            ("Learning", "/outreach/learning", Permission.ACCOUNT_OWN),
            ("Practice library", "/matching/practice", Permission.PRACTICE_READ),
        ),
    ),
    Area(
        "Accounts",
        (
            ("Accounts", "/outreach/accounts", Permission.ACCOUNT_ADMINISTER),
            ("Settings", "/outreach/settings", Permission.SETTINGS_WRITE),
        ),
    ),
    Area("Your account", (("Your account", "/outreach/account", Permission.ACCOUNT_OWN),)),
)


def navigation(request: Request) -> Sequence[NavItem]:
    """The areas for whoever is signed in, with their pages; none before that."""
    session = current_session(request)
    if session is None:
        return ()
    return [item for area in AREAS if (item := _item(area, session.principal)) is not None]


def _item(area: Area, principal: Principal) -> NavItem | None:
    pages = tuple(
        NavItem(gettext(text), href)
        for text, href, permission in area.links
        if allows(principal, permission)
    )
    if len(pages) < 2:
        return pages[0] if pages else None
    return NavItem(gettext(area.name), pages[0].href, pages)
