"""Notifications, complete."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI

from schemas import events
from services.notifications import (
    api,
    api_messages,
    handlers,
    live_api,
    subject_access,
    webhooks,
)
from services.notifications.following_up import follow_up
from services.notifications.inbound import handle_replies
from services.notifications.models import Base
from services.notifications.pages import delivery, inbox, public, template_pages
from services.notifications.pages.shared import PAGES
from services.notifications.providers.ports import from_settings
from services.notifications.reading_ahead import read_ahead
from services.notifications.receipts import settle_receipts
from services.notifications.retention import forget_old
from services.notifications.sending import dispatch
from services.runtime.node import Node
from services.runtime.operations import router as operations
from services.runtime.pages import install_error_pages
from services.runtime.service import BackgroundJob, Service
from services.runtime.web import add_routes, make_app

PAGE_ROUTERS = (public.router, delivery.router, inbox.router, template_pages.router)


def app(node: Node) -> FastAPI:
    made = make_app(
        node,
        "New Voices: notifications",
        "Invitations by SMS and email, replies, and consent to be contacted.",
    )
    # Routes are looked through in this order: what a provider calls most comes first.
    add_routes(
        made,
        webhooks.router,
        operations,
        live_api.router,
        api.router,
        api_messages.router,
        *PAGE_ROUTERS,
        subject_access.router,
    )
    install_error_pages(made, PAGES)
    return made


def prepare(node: Node) -> None:
    """Choose the providers from the settings."""
    node.extras["providers"] = from_settings(node.settings)


SERVICE = Service(
    name="notifications",
    metadata=Base.metadata,
    migrations=Path(__file__).parent / "migrations" / "versions",
    handlers={
        events.ParticipantRegistered: handlers.on_participant,
        events.ParticipantUpdated: handlers.on_participant,
        events.ParticipantErased: handlers.on_erased,
        events.ConsentChanged: handlers.on_consent_changed,
        events.ContactDetailsSealed: handlers.on_contact_details,
        events.OwnPageLinkAsked: handlers.on_own_page_link_asked,
        events.OpportunityOpened: handlers.on_opportunity,
        events.OpportunityChanged: handlers.on_opportunity,
        events.OpportunityClosed: handlers.on_opportunity_closed,
        events.InvitationRequested: handlers.on_invitation_requested,
        events.InvitationCancelled: handlers.on_invitation_cancelled,
        events.MatchWithdrawn: handlers.on_match_withdrawn,
        events.SeatFilled: handlers.on_seat_filled,
        events.SeatReleased: handlers.on_seat_released,
        events.SurveyRequested: handlers.on_survey_requested,
        events.PaymentRecorded: handlers.on_payment_recorded,
        events.FeedbackShared: handlers.on_feedback_shared,
    },
    make_app=app,
    read_ahead=read_ahead,
    batch=25,
    prepare=prepare,
    jobs=(
        BackgroundJob("replies", handle_replies, gather=0.02),
        BackgroundJob("receipts", settle_receipts, gather=0.1),
        BackgroundJob("sending", dispatch, gather=0.01),
        BackgroundJob("following-up", follow_up, every=10.0, after_commits=False),
        BackgroundJob("retention", forget_old, every=600.0, after_commits=False),
    ),
    out_of_order=frozenset({events.ConsentChanged, events.ParticipantErased}),
)
