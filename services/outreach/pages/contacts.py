"""Pages of outreach contacts: log one in under a minute, follow up, look back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from schemas.envelope import new_id
from services.outreach import forms
from services.outreach.bodies import ContactBody, ContactCorrection
from services.outreach.commands import contacts
from services.outreach.pages.shared import PAGES, again, moved
from services.outreach.wording_help import suggestions
from services.runtime.errors import DomainError
from services.runtime.lists import Paging
from services.runtime.security.headers import permissions_policy
from services.runtime.security.permissions import Permission, allows
from services.runtime.web import Context, allowed

router = APIRouter(include_in_schema=False, dependencies=[Depends(PAGES.speaking)])

SENTENCES = {
    "contacted_on": "Enter the day you spoke, for example 24 11 2026.",
    "venue": "Say where you met, for example: food bank, Castle Street.",
    "venue_kind": "Choose the kind of place.",
    "area_code": "Choose the area.",
    "position": "This position is not in the UK. Carry on without it.",
    "people": "Enter how many people, as a number.",
    "language": "Choose the language you spoke.",
    "follow_up_on": "Enter the day to follow up, like 24 11 2026.",
    "notes": "Keep the notes to 4,000 characters.",
    "asked": "Keep this to 4,000 characters.",
}
LISTS = ("barriers",)


@router.get("/contacts/new")
async def new_contact(
    request: Request, context: Context = allowed(Permission.CONTACT_LOG)
) -> Response:
    page = PAGES.page(request, "contact_new.html", **await _form_context(context, FormData()))
    return _may_ask_where(page)


@router.post("/contacts/new")
async def log_contact(
    request: Request, id: UUID, context: Context = allowed(Permission.CONTACT_LOG)
) -> Response:
    form = await request.form()
    now = context.node.now()
    try:
        body = forms.nested(form, LISTS)
        read = forms.validate(ContactBody, body | {"recorded_at": now}, SENTENCES)
        stored = await context.run(contacts.log, contacts.Log(id, read, now))
    except (DomainError, forms.FormProblems) as problem:
        known = await _form_context(context, form, contact_id=id)
        return _may_ask_where(again(request, "contact_new.html", problem, **known))
    if "register" in form:
        return moved(f"/contacts/{stored.id}/register", "The contact is saved.")
    return moved(f"/contacts/{stored.id}", "The contact is saved.")


def _may_ask_where(page: Response) -> Response:
    """The one page that may ask the device for its position, and does so on a tap only."""
    page.headers["Permissions-Policy"] = permissions_policy("geolocation")
    return page


async def _form_context(
    context: Context, form: FormData, contact_id: UUID | None = None
) -> dict[str, Any]:
    today = context.node.now().date()
    recent = await context.query(contacts.recent_venues, context.principal)
    return {
        "contact_id": contact_id or new_id(),
        "values": form,
        "recent": recent,
        "today": today,
        "may_register": allows(context.principal, Permission.PARTICIPANT_REGISTER),
    }


@router.get("/contacts")
async def my_contacts(
    request: Request, after: str = "", context: Context = allowed(Permission.CONTACT_READ)
) -> Response:
    want = contacts.Wanted(Paging(20, after or None))
    found = await context.audited(contacts.list_page, want)
    return PAGES.page(
        request, "contacts.html", found=found, account_id=context.principal.account_id
    )


@router.get("/follow-ups")
async def follow_ups(
    request: Request, after: str = "", context: Context = allowed(Permission.CONTACT_READ)
) -> Response:
    today = context.node.now().date()
    want = contacts.Wanted(Paging(20, after or None), follow_ups_until=today + timedelta(days=30))
    found = await context.audited(contacts.list_page, want)
    due = sorted(found.items, key=lambda contact: contact.follow_up_on or date.max)
    return PAGES.page(request, "follow_ups.html", items=due, next=found.next, today=today)


@router.get("/contacts/saved")
async def saved(request: Request, context: Context = allowed(Permission.CONTACT_LOG)) -> Response:
    """After a form that was sent from the device, or waits there for a signal."""
    may_register = allows(context.principal, Permission.PARTICIPANT_REGISTER)
    return PAGES.page(request, "contact_saved.html", may_register=may_register)


@router.get("/contacts/{contact_id}")
async def one_contact(
    request: Request, contact_id: UUID, context: Context = allowed(Permission.CONTACT_READ)
) -> Response:
    contact = await context.audited(contacts.read, contact_id)
    return PAGES.page(
        request,
        "contact.html",
        contact=contact,
        values={},
        suggestions=suggestions(contact.notes, contact.asked),
        may_log=allows(context.principal, Permission.CONTACT_LOG),
        may_register=allows(context.principal, Permission.PARTICIPANT_REGISTER),
        today=context.node.now().date(),
    )


@router.post("/contacts/{contact_id}/follow-up")
async def set_follow_up(
    request: Request, contact_id: UUID, context: Context = allowed(Permission.CONTACT_LOG)
) -> Response:
    """Done, or a new date. The newest revision is used: nothing else on the contact changes."""
    form = await request.form()
    contact = await context.audited(contacts.read, contact_id)
    if "done" in form:
        change = ContactCorrection(follow_up_done=True)
        text = "The follow-up is done."
    else:
        body = forms.nested(form)
        change = forms.validate(ContactCorrection, {"follow_up_done": False, **body}, SENTENCES)
        text = "The follow-up has a new date."
    await context.run(contacts.correct, contacts.Correct(contact_id, contact.revision, change))
    return moved(f"/contacts/{contact_id}", text)


@router.get("/contacts/{contact_id}/erase")
async def ask_erase(
    request: Request, contact_id: UUID, context: Context = allowed(Permission.CONTACT_LOG)
) -> Response:
    contact = await context.audited(contacts.read, contact_id)
    return PAGES.page(request, "contact_erase.html", contact=contact)


@router.post("/contacts/{contact_id}/erase")
async def erase(contact_id: UUID, context: Context = allowed(Permission.CONTACT_LOG)) -> Response:
    await context.run(contacts.erase, contact_id)
    return moved("/contacts", "The contact is deleted.")
