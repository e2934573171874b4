"""Matching as the runtime runs it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from uuid import UUID

from fastapi import FastAPI
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from schemas.events import (
    ConsentChanged,
    ContactLogged,
    FeedbackTold,
    InvitationAnswered,
    InvitationFailed,
    InvitationResent,
    InvitationSent,
    ParticipantErased,
    ParticipantRegistered,
    ParticipantUpdated,
    SurveyAnswered,
)
from services.matching import (
    api,
    change_pages,
    draw_api,
    draw_pages,
    handlers,
    live_api,
    measure_api,
    pages,
    review_pages,
    searching,
    sharing_pages,
    store,
    subject_access,
)
from services.matching.barriers import api as barriers_api
from services.matching.barriers import commands as barriers
from services.matching.barriers import pages as barriers_pages
from services.matching.feedback_loop import api as feedback_api
from services.matching.feedback_loop import commands as feedback_loop
from services.matching.feedback_loop import pages as feedback_pages
from services.matching.impact import api as impact_api
from services.matching.impact import pages as impact_pages
from services.matching.impact.asking import on_survey_answered
from services.matching.models import Base, OpportunityRow
from services.matching.practice import api as practice_api
from services.matching.practice import pages as practice_pages
from services.matching.reciprocity import api as reciprocity_api
from services.matching.reciprocity import pages as reciprocity_pages
from services.matching.survey import api as survey_api
from services.matching.survey import pages as survey_pages
from services.runtime import operations, web
from services.runtime.clock import as_utc
from services.runtime.node import Node
from services.runtime.pages import install_error_pages
from services.runtime.service import BackgroundJob, Service


def make_app(node: Node) -> FastAPI:
    app = web.make_app(
        node,
        "New Voices: matching",
        "Opportunities, the gaps in who is heard, and explained proposals that a coordinator "
        "decides on. People have ids here and no names.",
    )
    web.add_routes(
        app,
        operations.router,
        api.router,
        draw_api.router,
        live_api.router,
        sharing_pages.api,
        sharing_pages.router,
        measure_api.router,
        reciprocity_api.router,
        barriers_api.router,
        feedback_api.router,
        pages.router,
        reciprocity_pages.router,
        barriers_pages.router,
        feedback_pages.router,
        review_pages.router,
        draw_pages.router,
        practice_api.router,
        practice_pages.router,
        change_pages.router,
        subject_access.router,
        impact_api.router,
        impact_pages.router,
        survey_api.router,
        survey_pages.router,
    )
    install_error_pages(app, pages.PAGES)
    return app


def refill_due(node: Node, now: datetime) -> bool:
    """Look through everyone for one opportunity that is due; true if there was one."""
    work = node.database.read(lambda session: _search(session, now))
    if work is None:
        return False
    opportunity_id, due, people = work

    def refill(session: Session) -> None:
        row = store.lock(session, opportunity_id)
        if row is not None:
            searching.refill(session, row, people, due, now)

    node.writer.write(refill)
    return True


_DUE = (
    select(OpportunityRow.id)
    .where(OpportunityRow.refill_due <= bindparam("now", type_=OpportunityRow.refill_due.type))
    .order_by(OpportunityRow.refill_due, OpportunityRow.id)
    .limit(1)
)


def _search(session: Session, now: datetime) -> tuple[UUID, datetime, list[UUID]] | None:
    # Asked after every commit, and mostly in vain: so no more than an id.
    found = session.execute(_DUE, {"now": now}).first()
    row = session.get(OpportunityRow, found.id) if found else None
    if row is None or row.refill_due is None:
        return None
    return row.id, as_utc(row.refill_due), searching.best_of_everyone(session, row, now)


SERVICE = Service(
    name="matching",
    metadata=Base.metadata,
    migrations=Path(__file__).parent / "migrations" / "versions",
    handlers={
        ContactLogged: barriers.on_contact_logged,
        FeedbackTold: feedback_loop.on_feedback_told,
        ParticipantRegistered: handlers.on_participant,
        ParticipantUpdated: handlers.on_participant,
        ParticipantErased: handlers.on_participant_erased,
        ConsentChanged: handlers.on_consent_changed,
        InvitationSent: handlers.on_invitation_sent,
        InvitationFailed: handlers.on_invitation_failed,
        InvitationResent: handlers.on_invitation_resent,
        InvitationAnswered: handlers.on_invitation_answered,
        SurveyAnswered: on_survey_answered,
    },
    make_app=make_app,
    jobs=(BackgroundJob("propose", refill_due, every=5.0),),
    out_of_order=frozenset({ConsentChanged, ParticipantErased}),
)
