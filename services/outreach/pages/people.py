"""Pages about participants: the list, one person, corrections, consent, duplicates, erasure."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from schemas import vocabulary
from services.outreach import forms
from services.outreach.commands import consents, erasure, merging, participants, reading
from services.outreach.consent import CHANNELS
from services.outreach.consent_wording import CURRENT, TEXTS
from services.outreach.pages.registration import SENTENCES
from services.outreach.pages.shared import PAGES, again, moved
from services.outreach.participant_bodies import (
    ConsentChange,
    ParticipantCorrection,
    ParticipantView,
)
from services.runtime.errors import DomainError
from services.runtime.lists import Paging
from services.runtime.security.permissions import Permission, allows
from services.runtime.web import Context, allowed

router = APIRouter(include_in_schema=False, dependencies=[Depends(PAGES.speaking)])

READ = Permission.PARTICIPANT_READ_SENSITIVE
EDIT_LISTS = (
    "access_needs",
    "communication_formats",
    "availability.weekdays",
    "availability.parts_of_day",
    "availability.modes",
)
WAYS = [("contact", channel) for channel in CHANNELS]
PURPOSES: list[tuple[str, str | None]] = [*WAYS, ("matching", None), ("monitoring", None)]


@router.get("/people")
async def people(request: Request, after: str = "", context: Context = allowed(READ)) -> Response:
    found = await context.audited(reading.list_page, reading.Wanted(Paging(20, after or None)))
    return PAGES.page(request, "people.html", found=found)


@router.get("/people/{person_id}")
async def one_person(
    request: Request, person_id: UUID, context: Context = allowed(READ)
) -> Response:
    person = await context.audited(reading.participant, person_id)
    history = await context.audited(merging.history, person_id)
    return PAGES.page(
        request,
        "person.html",
        person=person,
        merges=history.items,
        vocabulary=vocabulary,
        may_change=allows(context.principal, Permission.PARTICIPANT_UPDATE),
    )


@router.get("/people/{person_id}/edit")
async def edit_form(
    request: Request,
    person_id: UUID,
    context: Context = allowed(Permission.PARTICIPANT_UPDATE),
) -> Response:
    person = await context.audited(reading.participant, person_id)
    return PAGES.page(request, "person_edit.html", person=person, values=_as_form(person))


@router.post("/people/{person_id}/edit")
async def edit(
    request: Request,
    person_id: UUID,
    revision: int,
    context: Context = allowed(Permission.PARTICIPANT_UPDATE),
) -> Response:
    form = await request.form()
    try:
        body = forms.nested(form, EDIT_LISTS)
        emptied = dict.fromkeys(("phone", "email", "postal_address"))
        lists: dict[str, Any] = {
            "access_needs": [],
            "communication_formats": [],
            "advocate": {},
        }
        read = forms.validate(ParticipantCorrection, emptied | lists | body, SENTENCES)
        await context.run(participants.correct, participants.Correct(person_id, revision, read))
    except (DomainError, forms.FormProblems) as problem:
        person = await context.audited(reading.participant, person_id)
        return again(request, "person_edit.html", problem, person=person, values=form)
    return moved(f"/people/{person_id}", "The changes are saved.")


def _as_form(person: ParticipantView) -> FormData:
    """What is stored, as the form would have sent it."""
    pairs: list[tuple[str, str | UploadFile]] = []
    for field in ("name", "phone", "email", "postal_address", "language", "area_code"):
        pairs.append((field, str(getattr(person, field) or "")))
    if person.advocate_email:
        pairs += [("advocate.email", person.advocate_email), ("advocate.agreed", "true")]
    pairs += [("access_needs", code) for code in person.access_needs]
    pairs += [("communication_formats", code) for code in person.communication_formats]
    for field, given in person.availability.model_dump().items():
        values = given if isinstance(given, list) else [given or ""]
        pairs += [(f"availability.{field}", str(value)) for value in values]
    return FormData(pairs)


@router.get("/people/{person_id}/consent")
async def consent_form(
    request: Request, person_id: UUID, context: Context = allowed(Permission.CONSENT_CHANGE)
) -> Response:
    person = await context.audited(reading.participant, person_id)
    return PAGES.page(request, "person_consent.html", **_consent_context(person))


@router.post("/people/{person_id}/consent")
async def change_consent(
    request: Request, person_id: UUID, context: Context = allowed(Permission.CONSENT_CHANGE)
) -> Response:
    """Only what differs from what holds now goes into the ledger."""
    form = await request.form()
    person = await context.audited(reading.participant, person_id)
    held = _held(person)
    changes = [
        {"purpose": purpose, "channel": channel, "given": said, "wording_version": CURRENT}
        for purpose, channel in PURPOSES
        if (said := f"{purpose}-{channel or 'all'}" in form) != held.get((purpose, channel), False)
    ]
    if not changes:
        return moved(f"/people/{person_id}", "Nothing was changed.", "notice")
    try:
        body = ConsentChange.model_validate(
            {"consents": changes, "recorded_at": context.node.now()}
        )
        await context.run(consents.change, consents.Change(person_id, body))
    except DomainError as problem:
        return again(request, "person_consent.html", problem, **_consent_context(person))
    return moved(f"/people/{person_id}", "The consent is saved and in effect.")


def _held(person: ParticipantView) -> dict[tuple[str, str | None], bool]:
    return {(c.purpose, c.channel): c.given for c in person.consents}


def _consent_context(person: ParticipantView) -> dict[str, Any]:
    return {
        "person": person,
        "held": _held(person),
        "channels": CHANNELS,
        "texts": TEXTS[CURRENT],
    }


@router.get("/people/{person_id}/duplicates")
async def duplicates(
    request: Request, person_id: UUID, context: Context = allowed(Permission.PARTICIPANT_UPDATE)
) -> Response:
    person = await context.audited(reading.participant, person_id)
    found = await context.audited(merging.find_candidates, person_id)
    return PAGES.page(request, "duplicates.html", person=person, found=found)


@router.post("/people/{person_id}/merge")
async def merge(
    person_id: UUID,
    other: UUID,
    context: Context = allowed(Permission.PARTICIPANT_UPDATE),
) -> Response:
    await context.run(merging.merge, merging.Together(person_id, other))
    return moved(f"/people/{person_id}", "The two records are merged. You can undo this.")


@router.post("/merges/{merge_id}/undo")
async def undo(
    merge_id: UUID, context: Context = allowed(Permission.PARTICIPANT_UPDATE)
) -> Response:
    undone = await context.run(merging.unmerge, merge_id)
    return moved(f"/people/{undone.kept_id}", "The merge is undone.")


@router.get("/people/{person_id}/erase")
async def ask_erase(
    request: Request, person_id: UUID, context: Context = allowed(Permission.PARTICIPANT_ERASE)
) -> Response:
    person = await context.audited(reading.participant, person_id)
    return PAGES.page(request, "person_erase.html", person=person)


@router.post("/people/{person_id}/erase")
async def erase(
    person_id: UUID, context: Context = allowed(Permission.PARTICIPANT_ERASE)
) -> Response:
    await context.run(erasure.erase, person_id)
    return moved("/people", "The person is erased everywhere.")
