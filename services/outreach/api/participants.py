"""Participants over HTTP: register, read, correct, consent, erase, merge."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from schemas.envelope import new_id
from services.outreach import queries
from services.outreach.api.conditions import DeviceTime, answered
from services.outreach.bodies import Stored
from services.outreach.commands import consents, erasure, merging, participants, reading
from services.outreach.participant_bodies import (
    Candidates,
    Changed,
    ConsentChange,
    MergeBody,
    Merges,
    MergeView,
    ParticipantBody,
    ParticipantCorrection,
    ParticipantPage,
    ParticipantView,
    PseudonymView,
)
from services.runtime import lists
from services.runtime.conditions import IfMatch, etag, revision_of
from services.runtime.security.permissions import Permission
from services.runtime.web import Context, allowed, json_with_etag

router = APIRouter(prefix="/api/v1", tags=["participants"])
PATH = "/api/v1/participants"


@router.put(
    "/participants/{participant_id}", response_model=Stored, responses={201: {"model": Stored}}
)
async def register_participant(
    participant_id: UUID,
    body: ParticipantBody,
    request: Request,
    device_time: DeviceTime = None,
    context: Context = allowed(Permission.PARTICIPANT_REGISTER),
) -> Response:
    """Register a person who agrees, under an id that the device made.

    Safe to repeat: 201 the first time, 200 for the same body again, 409 for another body under
    the same id, 410 if the person was erased.
    """
    what = participants.Register(participant_id, body, device_time)
    return answered(request, await context.command(participants.register, what), PATH)


@router.post("/participants", status_code=201, response_model=Stored)
async def register_new_participant(
    body: ParticipantBody,
    request: Request,
    device_time: DeviceTime = None,
    context: Context = allowed(Permission.PARTICIPANT_REGISTER),
) -> Response:
    """Register a person; the id is made here. Send an Idempotency-Key so that a retry adds
    nothing."""
    what = participants.Register(new_id(), body, device_time)
    return answered(request, await context.command(participants.register, what), PATH)


@router.get("/participants")
async def list_participants(
    page: lists.Paged,
    mine_only: bool = False,
    context: Context = allowed(Permission.PARTICIPANT_READ_SENSITIVE),
) -> ParticipantPage:
    """People whom you or your team registered, newest first."""
    return await context.audited(reading.list_page, reading.Wanted(page, mine_only))


@router.get("/participants/{participant_id}", response_model=ParticipantView)
async def read_participant(
    participant_id: UUID, context: Context = allowed(Permission.PARTICIPANT_READ_SENSITIVE)
) -> Response:
    """One participant, with the revision as ETag. Monitoring answers are never shown."""
    view = await context.audited(reading.participant, participant_id)
    return json_with_etag(view, etag(view.revision))


@router.get("/participants/{participant_id}/pseudonym")
async def read_pseudonym(
    participant_id: UUID, context: Context = allowed(Permission.PARTICIPANT_READ)
) -> PseudonymView:
    """A participant of your organisation without name, addresses or characteristics."""
    return await context.query(queries.pseudonym, context.principal, participant_id)


@router.patch("/participants/{participant_id}", response_model=Changed)
async def correct_participant(
    participant_id: UUID,
    body: ParticipantCorrection,
    request: Request,
    if_match: IfMatch = None,
    context: Context = allowed(Permission.PARTICIPANT_UPDATE),
) -> Response:
    """Change the given fields of the revision named in If-Match; 412 if there is a newer one."""
    what = participants.Correct(participant_id, revision_of(if_match), body)
    return answered(request, await context.command(participants.correct, what), PATH)


@router.post("/participants/{participant_id}/consents", response_model=Changed)
async def change_consent(
    participant_id: UUID,
    body: ConsentChange,
    request: Request,
    context: Context = allowed(Permission.CONSENT_CHANGE),
) -> Response:
    """Record what the person says yes or no to now. A withdrawal is in effect at once."""
    what = consents.Change(participant_id, body)
    return answered(request, await context.command(consents.change, what), PATH)


@router.delete("/participants/{participant_id}", status_code=204)
async def erase_participant(
    participant_id: UUID, context: Context = allowed(Permission.PARTICIPANT_ERASE)
) -> Response:
    """Erase a person everywhere. The id can never be used again."""
    return await context.command(erasure.erase, participant_id)


@router.get("/participants/{participant_id}/duplicates")
async def find_duplicates(
    participant_id: UUID,
    page: lists.Paged,
    context: Context = allowed(Permission.PARTICIPANT_READ_SENSITIVE),
) -> Candidates:
    """Records that may be the same person, the likeliest first, with why. Nothing is merged by
    itself."""
    found = await context.audited(merging.find_candidates, participant_id)
    found.items, found.next = lists.portion(found.items, page, lambda one: one.id)
    return found


@router.post("/participants/{participant_id}/merges", status_code=201, response_model=MergeView)
async def merge_participants(
    participant_id: UUID,
    body: MergeBody,
    context: Context = allowed(Permission.PARTICIPANT_UPDATE),
) -> Response:
    """Merge another record into this one, because you know that they are one person."""
    what = merging.Together(participant_id, body.other_id)
    return await context.command(merging.merge, what, 201)


@router.get("/participants/{participant_id}/merges")
async def list_merges(
    participant_id: UUID,
    page: lists.Paged,
    context: Context = allowed(Permission.PARTICIPANT_READ),
) -> Merges:
    """What was merged with this record, when, by whom, and what was undone; oldest first."""
    found = await context.audited(merging.history, participant_id)
    found.items, found.next = lists.portion(found.items, page, lambda one: one.id)
    return found


@router.post("/merges/{merge_id}/undo", response_model=MergeView)
async def undo_merge(
    merge_id: UUID, context: Context = allowed(Permission.PARTICIPANT_UPDATE)
) -> Response:
    """Undo a merge. Both records stand alone again; what was withdrawn stays withdrawn."""
    return await context.command(merging.unmerge, merge_id)
