"""Register a person: one question a page, consent first, everything else as they like."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from schemas import vocabulary
from schemas.envelope import new_id
from services.outreach import choices, forms
from services.outreach.commands import contacts, participants
from services.outreach.consent import CHANNELS
from services.outreach.consent_wording import CURRENT, TEXTS
from services.outreach.pages.shared import PAGES, again, moved
from services.outreach.participant_bodies import ParticipantBody
from services.runtime.errors import DomainError
from services.runtime.lists import Paging
from services.runtime.pages.language import LANGUAGES
from services.runtime.security.gate import requires
from services.runtime.security.permissions import Permission
from services.runtime.web import Context, allowed

router = APIRouter(include_in_schema=False, dependencies=[Depends(PAGES.speaking)])

SENTENCES = {
    "name": "Enter a name. A first name or the name they like to be called is enough.",
    "phone": "Enter a phone number, like 07700 900123.",
    "email": "Enter an email address, like name@example.org.",
    "area_code": "Choose the area they live in.",
    "language": "Choose their language.",
    "availability-travel_km": "Enter a number from 1 to 500, or leave it empty.",
    "availability": "Choose the days and times that suit them.",
    "prior_seats": "Enter a number, 0 if they have not sat on a panel before.",
    "consents": "Choose yes or no.",
    "advocate": "Enter the advocate's email address, like name@example.org.",
    "contact_id": "Load this page again from the contact.",
}
PROFILE = "matching_profile.characteristics"
COUNTED = "monitoring"
LISTS = (
    "access_needs",
    "communication_formats",
    "availability.weekdays",
    "availability.parts_of_day",
    "availability.modes",
    "matching_profile.lived_experience",
    *(f"{store}.{list_id}" for store in (PROFILE, COUNTED) for list_id in choices.PROFILE_LISTS),
)
CHANNEL_TICKS = tuple(f"consents[{n}].given" for n in range(len(CHANNELS)))
MATCHING, MONITORING = len(CHANNELS), len(CHANNELS) + 1


@router.get("/people/new")
async def new_person(
    request: Request, context: Context = allowed(Permission.PARTICIPANT_REGISTER)
) -> Response:
    known = await _form_context(context, FormData(), None)
    return PAGES.page(request, "person_new.html", **known)


@router.get("/contacts/{contact_id}/register")
async def met_at_contact(
    request: Request,
    contact_id: UUID,
    context: Context = allowed(Permission.PARTICIPANT_REGISTER),
) -> Response:
    """The same form with the contact chosen. An address of its own: the one that the device keeps
    must not remember a contact."""
    await context.audited(contacts.read, contact_id)
    known = await _form_context(context, FormData(), contact_id)
    return PAGES.page(request, "person_new.html", **known)


@router.get("/people/saved", dependencies=[requires(Permission.PARTICIPANT_REGISTER)])
async def saved(request: Request) -> Response:
    """After a form that was sent from the device, or waits there for a signal."""
    return PAGES.page(request, "person_saved.html")


@router.post("/people/new")
async def register(
    request: Request,
    id: UUID,
    contact: UUID | None = None,
    context: Context = allowed(Permission.PARTICIPANT_REGISTER),
) -> Response:
    form = await request.form()
    now = context.node.now()
    try:
        body = _only_agreed(forms.nested(form, LISTS, CHANNEL_TICKS))
        read = forms.validate(ParticipantBody, body | {"recorded_at": now}, SENTENCES)
        stored = await context.run(participants.register, participants.Register(id, read, now))
    except (DomainError, forms.FormProblems) as problem:
        known = await _form_context(context, form, contact, person_id=id)
        return again(request, "person_new.html", problem, **known)
    path = f"/people/{stored.id}"
    if stored.possible_duplicates:
        return moved(
            f"{path}/duplicates", "Saved. Somebody with this phone is here already.", "notice"
        )
    return moved(path, "The person is registered.")


def _only_agreed(body: dict[str, Any]) -> dict[str, Any]:
    """Without a yes to a purpose, its questions were not asked: whatever stands there goes."""
    agreed = {c.get("purpose") for c in body.get("consents", []) if str(c.get("given")) == "true"}
    for purpose, answers in (("matching", "matching_profile"), ("monitoring", COUNTED)):
        if purpose not in agreed:
            body.pop(answers, None)
    return body


async def _form_context(
    context: Context, form: FormData, contact: UUID | None, person_id: UUID | None = None
) -> dict[str, Any]:
    met = contacts.Wanted(Paging(limit=6), mine_only=True)
    recent = await context.audited(contacts.list_page, met)
    return {
        "recent": recent.items,
        "person_id": person_id or new_id(),
        "contact_id": contact or form.get("contact_id") or "",
        "values": form,
        "texts": TEXTS[CURRENT],
        "version": CURRENT,
        "channels": CHANNELS,
        "matching": MATCHING,
        "monitoring": MONITORING,
        "lists": [vocabulary.code_list(list_id) for list_id in choices.PROFILE_LISTS],
        "lived": vocabulary.LIVED_EXPERIENCE,
        "needs": vocabulary.ACCESS_NEEDS,
        "profile": PROFILE,
        "all_languages": list(LANGUAGES.values()),
    }
