"""Which template a message is written from: an organisation's newest approved version, or ours."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.notifications import at_hand
from services.notifications.messages import Format, has_form, template_for
from services.notifications.models import TemplateVersion
from services.notifications.templating import Template, builtin

APPROVED = "approved"


def as_template(row: TemplateVersion) -> Template:
    return Template(
        kind=row.kind,
        language=row.language,
        version=row.version,
        sms=row.sms,
        subject=row.subject,
        letter=row.letter,
        easy_read=row.easy_read,
        reviewed=row.reviewed,
        own=True,
    )


def current(
    session: Session, organisation_id: str, kind: str, language: str, form: Format
) -> Template:
    """The template to use now: in the person's language where it has this format, else English.

    Look at `.language`. Raises TemplateProblem for a kind that is not known.
    """
    for wanted in dict.fromkeys((language, "en")):
        own = newest_approved(session, organisation_id, kind, wanted)
        if own is not None and has_form(own, form):
            return own
        shipped = builtin(kind, wanted)
        if shipped.language == wanted and has_form(shipped, form):
            return shipped
    return template_for(kind, language, form)


def newest_approved(
    session: Session, organisation_id: str, kind: str, language: str
) -> Template | None:
    known = at_hand.of(session)
    key = (organisation_id, kind, language)
    if known is not None and key in known.templates:
        return known.templates[key]
    row = session.scalar(
        select(TemplateVersion)
        .where(
            TemplateVersion.organisation_id == organisation_id,
            TemplateVersion.kind == kind,
            TemplateVersion.language == language,
            TemplateVersion.state == APPROVED,
        )
        .order_by(TemplateVersion.version.desc())
        .limit(1)
    )
    found = as_template(row) if row else None
    if known is not None:
        known.templates[key] = found
    return found
