"""An organisation's own versions of messages: draft, checked, approved; never changed after that.

What we ship is version 0. A failed check must be put right; a warning may stand with a reason.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from schemas.envelope import new_id
from services.notifications import composing, template_store
from services.notifications.message_check import Report, Weight, check_template
from services.notifications.messages import Format, Written, has_form, write
from services.notifications.models import Invitation, Recipient, TemplateVersion
from services.notifications.queueing import settings_of
from services.notifications.template_facts import FACTS, MessageFacts, example_facts
from services.notifications.templating import LANGUAGES, Template, TemplateProblem, builtin
from services.runtime import audit, lists
from services.runtime.clock import as_utc
from services.runtime.errors import Conflict, DomainError, NotFound
from services.runtime.security.principal import Principal

NEWEST = (
    lists.By(TemplateVersion.written_at, descending=True),
    lists.By(TemplateVersion.id, descending=True),
)
PREVIEW_STOP_URL = "https://voices.example.org/notifications/stop-emails/example"


class TemplateBody(BaseModel):
    """A new version. Placeholders are those of the kind; see docs/messages.md for the forms."""

    kind: str = Field(examples=["invitation"])
    language: str = Field(default="en", examples=["en"])
    sms: str = Field(default="", max_length=2000)
    subject: str = Field(default="", max_length=300)
    letter: str = Field(default="", max_length=12000)
    easy_read: str = Field(default="", max_length=8000)
    reviewed: bool = Field(description="a first-language speaker has read it")


class ApproveBody(BaseModel):
    reason: str = Field(default="", max_length=500, description="why its warnings may stand")


class FindingView(BaseModel):
    code: str = Field(examples=["long_sentence"])
    weight: Weight
    form: str
    message: str


class VersionView(BaseModel):
    """version 0 is what we ship; id is empty for it."""

    id: UUID | None
    kind: str
    language: str
    version: int
    state: str
    score: int | None = None
    findings: list[FindingView] = []
    reason: str = ""
    reviewed: bool = False
    approved_at: datetime | None = None
    sms: str = ""
    subject: str = ""
    letter: str = ""
    easy_read: str = ""


class Versions(lists.Listed[VersionView]):
    """Newest first."""


class Made(BaseModel):
    id: UUID


class Preview(BaseModel):
    """A message in one format. `html` is for reading in a page, `parts` for texts."""

    format: Format
    subject: str
    text: str
    html: str


class Previews(lists.Listed[Preview]):
    """One for each format."""


def write_version(
    session: Session, principal: Principal, body: TemplateBody, now: datetime
) -> Made:
    if body.kind not in FACTS:
        raise DomainError("There is no message of this kind. Choose one from the list.")
    if body.language not in LANGUAGES:
        raise DomainError("We cannot write in this language yet. Choose one from the list.")
    if not body.sms.strip():
        raise DomainError("Write the text message: every message needs one.")
    newest = session.scalar(
        select(func.max(TemplateVersion.version)).where(
            TemplateVersion.organisation_id == principal.organisation_id,
            TemplateVersion.kind == body.kind,
            TemplateVersion.language == body.language,
        )
    )
    row = TemplateVersion(
        id=new_id(),
        organisation_id=principal.organisation_id,
        version=(newest or 0) + 1,
        state="draft",
        written_by=principal.account_id,
        written_at=now,
        **body.model_dump(),
    )
    session.add(row)
    audit.record(session, principal, "template:write", "template", str(row.id), now)
    return Made(id=row.id)


def check_version(
    session: Session, principal: Principal, version_id: UUID, _now: datetime
) -> VersionView:
    """Score it and keep what was found; a draft becomes `checked`."""
    row = own_version(session, principal, version_id)
    if row.state == template_store.APPROVED:
        raise Conflict("This version is approved already. Write a new one to change it.")
    report = check(session, template_store.as_template(row))
    row.state, row.score = "checked", report.score
    row.findings = [asdict(finding) for finding in report.findings]
    return view(row)


def approve_version(
    session: Session, principal: Principal, body: tuple[UUID, ApproveBody], now: datetime
) -> VersionView:
    """From now on messages are written from it. Raises Conflict where it may not be used."""
    version_id, approval = body
    row = own_version(session, principal, version_id)
    if row.state != "checked":
        raise Conflict("Check this version first.")
    weights = {finding["weight"] for finding in row.findings}
    if Weight.MUST in weights:
        raise Conflict("Put right what the check found, in a new version.")
    if weights and not approval.reason.strip():
        raise Conflict("Say why the warnings may stand.")
    row.state, row.reason = template_store.APPROVED, approval.reason.strip()
    row.approved_by, row.approved_at = principal.account_id, now
    audit.record(session, principal, "template:approve", "template", str(row.id), now, row.reason)
    return view(row)


def check(session: Session, template: Template) -> Report:
    base = settings_of(session).security.public_base_url
    own = frozenset({base.partition("://")[2].partition(":")[0].partition("/")[0]})
    domains = own - {"localhost", "127.0.0.1"}
    facts = example_facts(template.kind)
    if domains and hasattr(facts, "answer_url"):
        facts = facts.model_copy(update={"answer_url": f"https://{next(iter(domains))}/a/1"})
    return check_template(template, facts, domains)


def versions(
    session: Session,
    principal: Principal,
    kind: str | None = None,
    page: lists.Paging = lists.EVERYTHING,
) -> Versions:
    """Own versions, newest first."""
    query = select(TemplateVersion).where(
        TemplateVersion.organisation_id == principal.organisation_id
    )
    if kind is not None:
        query = query.where(TemplateVersion.kind == kind)
    found = session.scalars(lists.after(query, NEWEST, page)).all()
    rows, following = lists.cut(found, NEWEST, page)
    return Versions(items=[view(row) for row in rows], next=following)


def version(session: Session, principal: Principal, version_id: UUID) -> VersionView:
    return view(own_version(session, principal, version_id))


def shipped(kind: str, language: str) -> VersionView:
    """What we ship, as version 0. Raises NotFound where we ship none in this language."""
    try:
        template = builtin(kind, language)
    except TemplateProblem:
        raise NotFound("There is no message of this kind.") from None
    if template.language != language:
        raise NotFound("We ship no template in this language yet.")
    forms = {name: getattr(template, name) for name in ("sms", "subject", "letter", "easy_read")}
    return VersionView(
        id=None,
        kind=kind,
        language=language,
        version=0,
        state="shipped",
        reviewed=template.reviewed,
        **forms,
    )


def own_version(session: Session, principal: Principal, version_id: UUID) -> TemplateVersion:
    row = session.get(TemplateVersion, version_id)
    if row is None or row.organisation_id != principal.organisation_id:
        raise NotFound("There is no template with this id.")
    return row


def view(row: TemplateVersion) -> VersionView:
    names = set(VersionView.model_fields) - {"findings", "approved_at"}
    return VersionView(
        **{name: getattr(row, name) for name in names},
        findings=[FindingView(**finding) for finding in row.findings],
        approved_at=as_utc(row.approved_at) if row.approved_at else None,
    )


def previews(
    session: Session, principal: Principal, template: Template, invitation_id: UUID | None
) -> list[Preview]:
    """Every format it has, with an invitation's own facts or with made-up ones.

    Raises Conflict naming the placeholder or the line at fault.
    """
    facts = _facts(session, principal, template, invitation_id)
    try:
        return [
            _preview(write(template, facts, form, unsubscribe_url=PREVIEW_STOP_URL))
            for form in Format
            if has_form(template, form)
        ]
    except TemplateProblem as problem:
        raise Conflict(str(problem)) from None


def previews_of(
    session: Session, principal: Principal, version_id: UUID, invitation_id: UUID | None
) -> list[Preview]:
    row = own_version(session, principal, version_id)
    return previews(session, principal, template_store.as_template(row), invitation_id)


def _preview(written: Written) -> Preview:
    return Preview(
        format=written.format, subject=written.subject, text=written.text, html=written.html
    )


def _facts(
    session: Session, principal: Principal, template: Template, invitation_id: UUID | None
) -> MessageFacts | dict[str, object]:
    """Made-up facts, with an invitation's own in their place: all but the person's name."""
    made_up = example_facts(template.kind)
    if invitation_id is None or "opportunity_title" not in type(made_up).model_fields:
        return made_up
    invitation = session.get(Invitation, invitation_id)
    if invitation is None or invitation.organisation_id != principal.organisation_id:
        raise NotFound("There is no invitation with this id.")
    recipient = session.get(Recipient, invitation.participant_id) or Recipient(
        participant_id=invitation.participant_id, formats=[], language=template.language
    )
    real = composing.facts_of(session, invitation, recipient, template.language)
    return made_up.model_dump() | real | {"first_name": made_up.first_name}
