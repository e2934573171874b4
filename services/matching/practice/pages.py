"""Pages of the practice library: what co-production is, the search, one article, its review."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from services.matching import forms
from services.matching.bodies import On
from services.matching.pages import go, page
from services.matching.practice import commands, queries, tags
from services.matching.practice.bodies import ArticleBody, ArticleView, Return, Submit
from services.runtime.errors import DomainError
from services.runtime.lists import Paging
from services.runtime.pages import FieldError, gettext
from services.runtime.security.gate import public
from services.runtime.security.permissions import Permission, allows
from services.runtime.web import Context, allowed

router = APIRouter(prefix="/practice", include_in_schema=False)

PAGE_SIZE = 20
_LISTS = {"barriers": "barrier", "settings": "setting", "roles": "role"}
_SENTENCES = {
    "kind": "Choose what it is.",
    "title": "Enter a title, with 3 to 120 letters.",
    "summary": "Say in one or two sentences what it is about, with 10 to 300 letters.",
    "body": "Tell what was done and what came of it, with 40 to 8,000 letters.",
    "credit": "Use at most 200 letters.",
    "reason": "Say why you return it, with 3 to 300 letters.",
    "names_nobody": "Tick the box if it names nobody who did not agree to it.",
}


@router.get("/co-production", dependencies=[public("people who are invited read it, too")])
async def co_production(request: Request) -> Response:
    return page(request, "co_production.html", told=queries.co_production())


@router.get("/open/{article}", dependencies=[public("its author shared it with everybody")])
async def open_article(request: Request, article: UUID) -> Response:
    """A stable address for invitations and learning: no account is needed."""
    node = request.app.state.node
    row = node.database.read(lambda session: queries.open_article(session, article))
    return page(request, "practice_open.html", article=row)


@router.get("")
async def library(
    request: Request,
    context: Context = allowed(Permission.PRACTICE_READ),
    q: Annotated[str, Query(max_length=200)] = "",
    barrier: Annotated[str, Query(max_length=40)] = "",
    setting: Annotated[str, Query(max_length=40)] = "",
    role: Annotated[str, Query(max_length=40)] = "",
    shelf: queries.Shelf = "library",
    cursor: Annotated[str | None, Query(max_length=400)] = None,
) -> Response:
    wanted = queries.Wanted(q, barrier, setting, role, shelf, Paging(PAGE_SIZE, cursor))
    found = await context.query(queries.articles, context.principal, wanted)
    waiting = await context.query(
        queries.articles, context.principal, queries.Wanted(shelf="to_review", page=Paging(1))
    )
    return page(
        request,
        "practice.html",
        found=found,
        wanted=wanted,
        waiting=waiting.total,
        choices=tags.choices(),
        may_write=allows(context.principal, Permission.PRACTICE_WRITE),
        may_review=allows(context.principal, Permission.PRACTICE_REVIEW),
        label_of=_label_of,
        state_of=state_words,
    )


@router.get("/new")
async def new_article(
    request: Request, _context: Context = allowed(Permission.PRACTICE_WRITE)
) -> Response:
    return _form(request, {}, [])


@router.post("/new")
async def write_article(
    request: Request, context: Context = allowed(Permission.PRACTICE_WRITE)
) -> Response:
    form = await request.form()
    try:
        saved = await context.run(commands.write, _typed(form))
    except forms.FormRefused as refused:
        return _form(request, form, refused.errors)
    except DomainError as error:
        return _form(request, form, [forms.refused(error, {"barriers": "barriers"})])
    return go(request, f"/practice/{saved.article_id}", gettext("Your draft is kept."))


@router.get("/{article_id}")
async def show_article(
    request: Request, article_id: UUID, context: Context = allowed(Permission.PRACTICE_READ)
) -> Response:
    return await _article(request, context, article_id)


async def _article(
    request: Request,
    context: Context,
    article_id: UUID,
    errors: list[FieldError] | None = None,
    typed: Any = None,
) -> Response:
    view = await context.query(queries.article, context.principal, article_id)
    return page(
        request,
        "practice_article.html",
        view=view,
        typed=typed or {},
        errors=errors or [],
        label_of=_label_of,
        state_of=state_words,
        step_of=_step_words,
    )


@router.get("/{article_id}/edit")
async def edit_article(
    request: Request, article_id: UUID, context: Context = allowed(Permission.PRACTICE_WRITE)
) -> Response:
    view = await context.query(queries.article, context.principal, article_id)
    if not view.editable:
        note = gettext("It can be changed only by its author, and only as a draft.")
        return go(request, f"/practice/{article_id}", note)
    return _form(request, _as_typed(view), [], view)


@router.post("/{article_id}/edit")
async def rewrite_article(
    request: Request, article_id: UUID, context: Context = allowed(Permission.PRACTICE_WRITE)
) -> Response:
    view = await context.query(queries.article, context.principal, article_id)
    form = await request.form()
    try:
        given = str(form.get("revision", ""))
        revision = int(given) if given.isascii() and given.isdigit() and len(given) < 9 else 0
        await context.run(commands.rewrite, commands.Rewrite(article_id, revision, _typed(form)))
    except forms.FormRefused as refused:
        return _form(request, form, refused.errors, view)
    except DomainError as error:
        return _form(request, form, [forms.refused(error, {"barriers": "barriers"})], view)
    return go(request, f"/practice/{article_id}", gettext("Your changes are kept."))


@router.post("/{article_id}/submit")
async def submit_article(
    request: Request, article_id: UUID, context: Context = allowed(Permission.PRACTICE_WRITE)
) -> Response:
    await context.query(queries.article, context.principal, article_id)
    form = await request.form()
    try:
        if not form.get("names_nobody"):
            sentence = gettext(_SENTENCES["names_nobody"])
            raise forms.FormRefused([FieldError("names_nobody", sentence)])
        await context.run(commands.submit, On(article_id, Submit(names_nobody=True)))
    except forms.FormRefused as refused:
        return await _article(request, context, article_id, refused.errors)
    except DomainError as error:
        return await _article(request, context, article_id, [forms.refused(error, {})])
    note = gettext("Sent. A colleague has to look at it before it is published.")
    return go(request, f"/practice/{article_id}", note)


@router.post("/{article_id}/publish")
async def publish_article(
    request: Request, article_id: UUID, context: Context = allowed(Permission.PRACTICE_REVIEW)
) -> Response:
    await context.query(queries.article, context.principal, article_id)
    try:
        await context.run(commands.publish, On(article_id, None))
    except DomainError as error:
        return await _article(request, context, article_id, [forms.refused(error, {})])
    return go(request, f"/practice/{article_id}", gettext("It is published."))


@router.post("/{article_id}/return")
async def return_article(
    request: Request, article_id: UUID, context: Context = allowed(Permission.PRACTICE_REVIEW)
) -> Response:
    await context.query(queries.article, context.principal, article_id)
    form = await request.form()
    try:
        body = _checked(Return, {"reason": str(form.get("reason", ""))})
        await context.run(commands.give_back, On(article_id, body))
    except forms.FormRefused as refused:
        return await _article(request, context, article_id, refused.errors, form)
    except DomainError as error:
        return await _article(request, context, article_id, [forms.refused(error, {})], form)
    note = gettext("Returned. Its author reads your reason.")
    return go(request, "/practice?shelf=to_review", note)


@router.post("/{article_id}/withdraw")
async def withdraw_article(
    request: Request, article_id: UUID, context: Context = allowed(Permission.PRACTICE_WRITE)
) -> Response:
    await context.query(queries.article, context.principal, article_id)
    try:
        await context.run(commands.withdraw, On(article_id, None))
    except DomainError as error:
        return await _article(request, context, article_id, [forms.refused(error, {})])
    return go(request, f"/practice/{article_id}", gettext("It is a draft again."))


def state_words(state: str) -> str:
    return {
        "draft": gettext("Draft"),
        "in_review": gettext("Waiting for review"),
        "published": gettext("Published"),
        "returned": gettext("Returned to its author"),
    }[state]


def _step_words(step: str) -> str:
    return {
        "submit": gettext("Sent for review"),
        "publish": gettext("Published"),
        "return": gettext("Returned"),
        "withdraw": gettext("Taken back by its author"),
    }[step]


def _label_of(view: Any) -> list[str]:
    return tags.labels({"barrier": view.barriers, "setting": view.settings, "role": view.roles})


def _form(
    request: Request, typed: Any, errors: list[FieldError], view: ArticleView | None = None
) -> Response:
    return page(
        request,
        "practice_form.html",
        typed=typed,
        chosen=lambda field: (
            typed.getlist(field) if hasattr(typed, "getlist") else typed.get(field, [])
        ),
        errors=errors,
        view=view,
        choices=tags.choices(),
    )


def _as_typed(view: ArticleView) -> dict[str, Any]:
    kept = view.model_dump()
    return kept | {flag: "yes" if kept[flag] else "" for flag in ("made_up", "shared")}


def _typed(form: FormData) -> ArticleBody:
    body: dict[str, Any] = {
        field: str(form.get(field, "")).replace("\r\n", "\n").strip()
        for field in ("kind", "title", "summary", "body", "credit")
    }
    for field in _LISTS:
        body[field] = [str(v) for v in form.getlist(field)]
    for flag in ("made_up", "shared"):
        body[flag] = bool(form.get(flag))
    return _checked(ArticleBody, body)


def _checked(model: type[forms.M], body: dict[str, Any]) -> forms.M:
    """As `forms.checked`, with the sentences of these forms."""
    try:
        return forms.checked(model, body)
    except forms.FormRefused as refused:
        told = [
            FieldError(e.field, gettext(_SENTENCES[e.field])) if e.field in _SENTENCES else e
            for e in refused.errors
        ]
        raise forms.FormRefused(told) from None
