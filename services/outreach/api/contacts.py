"""Outreach contacts over HTTP."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from schemas.envelope import new_id
from services.outreach.api.conditions import DeviceTime, answered
from services.outreach.bodies import (
    ContactBody,
    ContactCorrection,
    ContactPage,
    ContactView,
    Stored,
)
from services.outreach.commands import contacts
from services.outreach.participant_bodies import Changed
from services.runtime import lists
from services.runtime.conditions import IfMatch, etag, revision_of
from services.runtime.security.permissions import Permission
from services.runtime.web import Context, allowed, json_with_etag

router = APIRouter(prefix="/api/v1/contacts", tags=["contacts"])
PATH = "/api/v1/contacts"


@router.put("/{contact_id}", response_model=Stored, responses={201: {"model": Stored}})
async def log_contact(
    contact_id: UUID,
    body: ContactBody,
    request: Request,
    device_time: DeviceTime = None,
    context: Context = allowed(Permission.CONTACT_LOG),
) -> Response:
    """Log a contact under an id that the device made.

    Safe to repeat: 201 the first time, 200 for the same body again, 409 for another body under
    the same id, 410 if the contact was erased.
    """
    what = contacts.Log(contact_id, body, device_time)
    return answered(request, await context.command(contacts.log, what), PATH)


@router.post("", status_code=201, response_model=Stored)
async def log_new_contact(
    body: ContactBody,
    request: Request,
    device_time: DeviceTime = None,
    context: Context = allowed(Permission.CONTACT_LOG),
) -> Response:
    """Log a contact; the id is made here. Send an Idempotency-Key so that a retry adds nothing."""
    what = contacts.Log(new_id(), body, device_time)
    return answered(request, await context.command(contacts.log, what), PATH)


@router.get("")
async def list_contacts(
    page: lists.Paged,
    follow_ups_until: date | None = None,
    mine_only: bool = False,
    context: Context = allowed(Permission.CONTACT_READ),
) -> ContactPage:
    """Your own contacts and your team's, newest first; or those with a follow-up due."""
    want = contacts.Wanted(page, follow_ups_until, mine_only)
    return await context.audited(contacts.list_page, want)


@router.get("/{contact_id}", response_model=ContactView)
async def read_contact(
    contact_id: UUID, context: Context = allowed(Permission.CONTACT_READ)
) -> Response:
    """One contact, with its revision as ETag."""
    view = await context.audited(contacts.read, contact_id)
    return json_with_etag(view, etag(view.revision))


@router.patch("/{contact_id}", response_model=Changed)
async def correct_contact(
    contact_id: UUID,
    body: ContactCorrection,
    request: Request,
    if_match: IfMatch = None,
    context: Context = allowed(Permission.CONTACT_LOG),
) -> Response:
    """Change the given fields of the revision named in If-Match; 412 if there is a newer one."""
    what = contacts.Correct(contact_id, revision_of(if_match), body)
    return answered(request, await context.command(contacts.correct, what), PATH)


@router.delete("/{contact_id}", status_code=204)
async def erase_contact(
    contact_id: UUID, context: Context = allowed(Permission.CONTACT_LOG)
) -> Response:
    """Erase a contact and its notes for good."""
    return await context.command(contacts.erase, contact_id)
