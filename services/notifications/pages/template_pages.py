"""Pages of templates: read, write, check, approve, and see every format."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response

from services.notifications import versions
from services.notifications.pages.shared import moved, page
from services.notifications.template_facts import FACTS
from services.notifications.templating import COMPUTED, LANGUAGES, builtin
from services.runtime.errors import DomainError
from services.runtime.pages import FieldError, gettext
from services.runtime.pages.language import LANGUAGES as NAMES
from services.runtime.security.permissions import Permission
from services.runtime.web import Context, allowed

router = APIRouter(prefix="/templates", include_in_schema=False)
WRITE = Permission.TEMPLATE_WRITE
FORMS = ("sms", "subject", "letter", "easy_read")
Text = Annotated[str, Form()]
Kind = Annotated[str, Query(max_length=30)]
Language = Annotated[str, Query(max_length=10)]


@router.get("")
async def list_templates(request: Request, context: Context = allowed(WRITE)) -> Response:
    own = await context.query(versions.versions, context.principal)
    return page(request, "templates.html", own=own.items, kinds=list(FACTS), names=NAMES)


@router.get("/shipped")
async def show_shipped(
    request: Request,
    context: Context = allowed(WRITE),
    kind: Kind = "invitation",
    language: Language = "en",
) -> Response:
    view = versions.shipped(kind, language)
    previews = await context.query(
        versions.previews, context.principal, builtin(kind, language), None
    )
    return _show(request, view, previews)


@router.get("/new")
async def new_version(
    request: Request,
    _context: Context = allowed(WRITE),
    kind: Kind = "invitation",
    language: Language = "en",
) -> Response:
    try:
        start = versions.shipped(kind, language)
    except DomainError:
        start = versions.shipped(kind, "en")
    typed = start.model_dump() | {"language": language if language in LANGUAGES else "en"}
    return _form(request, typed, [])


@router.post("/new")
async def write_version(request: Request, context: Context = allowed(WRITE)) -> Response:
    form = await request.form()
    typed = {name: str(form.get(name, "")) for name in ("kind", "language", *FORMS)}
    typed["reviewed"] = str(form.get("reviewed", ""))
    try:
        body = versions.TemplateBody(
            **{name: typed[name] for name in ("kind", "language", *FORMS)},
            reviewed=typed["reviewed"] == "yes",
        )
        made = await context.run(versions.write_version, body)
        await context.run(versions.check_version, made.id)
    except DomainError as error:
        return _form(request, typed, [FieldError("sms", gettext(error.detail))])
    except ValueError:
        problem = gettext("One of the forms is too long. Make it shorter.")
        return _form(request, typed, [FieldError("sms", problem)])
    return moved(f"/templates/{made.id}", "The version is saved and checked.")


@router.get("/{version_id}")
async def show_version(
    request: Request,
    version_id: UUID,
    context: Context = allowed(WRITE),
    invitation: UUID | None = None,
) -> Response:
    return await _version(request, context, version_id, invitation)


@router.post("/{version_id}/approve")
async def approve(
    request: Request, version_id: UUID, reason: Text = "", context: Context = allowed(WRITE)
) -> Response:
    body = versions.ApproveBody(reason=reason[:500])
    try:
        await context.run(versions.approve_version, (version_id, body))
    except DomainError as error:
        problem = [FieldError("reason", gettext(error.detail))]
        return await _version(request, context, version_id, None, problem)
    return moved(f"/templates/{version_id}", "The version is approved and in use.")


async def _version(
    request: Request,
    context: Context,
    version_id: UUID,
    invitation: UUID | None,
    errors: list[FieldError] | None = None,
) -> Response:
    who = context.principal
    view = await context.query(versions.version, who, version_id)
    note = ""
    previews: list[versions.Preview] = []
    try:
        previews = await context.query(versions.previews_of, who, version_id, invitation)
    except DomainError as error:
        note = error.detail
    return _show(request, view, previews, errors or [], note)


def _show(
    request: Request,
    view: versions.VersionView,
    previews: list[versions.Preview],
    errors: list[FieldError] | None = None,
    note: str = "",
) -> Response:
    return page(
        request, "template.html", errors or [], view=view, previews=previews, note=note, names=NAMES
    )


def _form(request: Request, typed: dict[str, Any], errors: list[FieldError]) -> Response:
    kind = typed["kind"] if typed["kind"] in FACTS else "invitation"
    placeholders = sorted(COMPUTED & {"why", "reply_cost"} | set(FACTS[kind].model_fields))
    return page(
        request,
        "template_form.html",
        errors,
        typed=typed,
        kinds=list(FACTS),
        names=NAMES,
        placeholders=placeholders,
    )
