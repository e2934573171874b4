"""The links across all services, by what the signed-in person may do.

Addresses only: a service knows the others by their path, never by their code.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request

from services.runtime.pages.language import gettext
from services.runtime.pages.pages import NavItem
from services.runtime.security.gate import current_session
from services.runtime.security.permissions import Permission, allows

# What it says, where it goes, and what a person must be allowed to do to see it.
LINKS: tuple[tuple[str, str, Permission], ...] = (
    ("Home", "/outreach/", Permission.ACCOUNT_OWN),
    ("Log a contact", "/outreach/contacts/new", Permission.CONTACT_LOG),
    ("Contacts", "/outreach/contacts", Permission.CONTACT_READ),
    ("Follow-ups", "/outreach/follow-ups", Permission.CONTACT_READ),
    ("People", "/outreach/people", Permission.PARTICIPANT_READ_SENSITIVE),
    ("Places", "/outreach/places", Permission.CONTACT_READ),
    ("Opportunities", "/matching/opportunities", Permission.PROPOSAL_READ),
    ("Who is heard", "/matching/voices", Permission.OPPORTUNITY_WRITE),
    ("Delivery", "/notifications/delivery", Permission.PROPOSAL_READ),
    ("Inbox", "/notifications/inbox", Permission.INBOX_READ),
    ("Tasks", "/notifications/tasks", Permission.INBOX_READ),
    ("Templates", "/notifications/templates", Permission.TEMPLATE_WRITE),
    ("Concerns", "/outreach/concerns", Permission.SAFEGUARDING_READ),
    ("Raise a concern", "/outreach/concerns/new", Permission.SAFEGUARDING_WRITE),
    ("Learning", "/outreach/learning", Permission.ACCOUNT_OWN),
)


def navigation(request: Request) -> Sequence[NavItem]:
    """The links for whoever is signed in; none before that."""
    session = current_session(request)
    if session is None:
        return ()
    return [
        NavItem(gettext(text), href)
        for text, href, permission in LINKS
        if allows(session.principal, permission)
    ]
