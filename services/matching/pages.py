"""Pages for opportunities: the list, one opportunity, the form to open one, members, feedback.

The review of proposals is in `review_pages.py`. Every page works without JavaScript.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from schemas import vocabulary
from services.matching import (
    change_forms,
    commands,
    forms,
    measuring,
    queries,
    review_queries,
    wording,
)
from services.matching.bodies import On, ShareFeedback
from services.matching.characteristics import matchable, people
from services.matching.feedback_loop.api import loop_of
from services.matching.feedback_loop.reporting import outcome_words
from services.matching.opportunity_links import local_links
from services.matching.places import place_of
from services.runtime.errors import Conflict, DomainError
from services.runtime.lists import MOST, Paging
from services.runtime.pages import FieldError, flash, gettext, make_pages
from services.runtime.pages.navigation import navigation
from services.runtime.security.permissions import Permission, allows
from services.runtime.web import Context, allowed

router = APIRouter(include_in_schema=False)


def root(request: Request) -> str:
    """Where this service is mounted, without a slash at the end."""
    return str(request.scope.get("root_path", "")).rstrip("/")


PAGES = make_pages("Matching", Path(__file__).parent / "templates", navigation)
PAGES.env.globals.update(
    state_words=wording.state_words,
    state_colour=wording.state_colour,
    draw_words=wording.draw_words,
    reason_words=wording.reason_words,
    failure_words=wording.failure_words,
    status_words=wording.status_words,
    short_name=wording.short_name,
    listed=wording.listed,
    has_own_targets=wording.has_own_targets,
    local_links=local_links,
    pounds=wording.pounds,
)


def page(request: Request, template: str, **context: Any) -> Response:
    return PAGES.page(request, template, root=root(request), wide=True, **context)


def go(request: Request, path: str, note: str = "") -> Response:
    """To another page after a change, with a sentence about it."""
    answer = RedirectResponse(f"{root(request)}{path}", 303)
    if note:
        flash(answer, "success", note)
    return answer


@router.get("/")
async def start(
    request: Request, _context: Context = allowed(Permission.OPPORTUNITY_READ)
) -> Response:
    return go(request, "/opportunities")


@router.get("/opportunities")
async def list_opportunities(
    request: Request,
    context: Context = allowed(Permission.OPPORTUNITY_READ),
    state: Literal["open", "closed", "all"] = "open",
    sort: queries.Sort = "newest",
    cursor: Annotated[str | None, Query(max_length=400)] = None,
) -> Response:
    wanted = queries.Wanted(
        state=None if state == "all" else state, sort=sort, page=Paging(20, cursor)
    )
    found = await context.query(queries.opportunities, context.principal, wanted)
    return page(
        request,
        "opportunities.html",
        found=found,
        state=state,
        sort=sort,
        hosts=wording.host_kinds(),
        may_open=_may_write(context),
    )


@router.get("/opportunities/new")
async def new_opportunity(
    request: Request, _context: Context = allowed(Permission.OPPORTUNITY_WRITE)
) -> Response:
    return _form(request, {}, [])


@router.post("/opportunities/new")
async def open_opportunity(
    request: Request, context: Context = allowed(Permission.OPPORTUNITY_WRITE)
) -> Response:
    form = await request.form()
    if form.get("add"):
        return _form(request, form, [], forms.rows_of(form))
    try:
        opened = await context.run(commands.open_opportunity, forms.opening(form))
    except forms.FormRefused as refused:
        return _form(request, form, refused.errors, forms.rows_of(form))
    except DomainError as error:
        ids = {"targets": "targets-0-group", "offers": "offers", "members": "members"}
        return _form(request, form, [forms.refused(error, ids)], forms.rows_of(form))
    note = gettext("The opportunity is open. We are looking for people.")
    return go(request, f"/opportunities/{opened.opportunity_id}", note)


def _form(
    request: Request, typed: Any, errors: list[FieldError], rows: dict[str, int] | None = None
) -> Response:
    return page(
        request,
        "opportunity_form.html",
        errors=errors,
        typed=typed,
        chosen=lambda field: typed.getlist(field) if hasattr(typed, "getlist") else [],
        rows=rows or forms.ROWS,
        groups=forms.group_choices(),
        needs=[c for c in vocabulary.ACCESS_NEEDS.countable() if c.code != "other"],
        lived=vocabulary.LIVED_EXPERIENCE.countable(),
        people_in=change_forms.people_in,
        hosts=wording.host_kinds(),
        modes=wording.modes(),
        units=wording.payment_units(),
        expenses=wording.expenses(),
    )


@router.get("/opportunities/{opportunity_id}")
async def show_opportunity(
    request: Request,
    opportunity_id: UUID,
    context: Context = allowed(Permission.OPPORTUNITY_READ),
) -> Response:
    view = await context.query(queries.opportunity, context.principal, opportunity_id)
    own = view.representation is not None
    asked = blocked = None
    if own:
        states = ("approved", "invited", "accepted", "alternate")
        asked = await context.query(
            review_queries.proposals, context.principal, opportunity_id, states, Paging(MOST)
        )
        blocked = await context.query(review_queries.blocked, context.principal, opportunity_id)
    return page(
        request,
        "opportunity.html",
        view=view,
        own=own,
        may_read_practice=allows(context.principal, Permission.PRACTICE_READ),
        asked=asked,
        blocked=blocked,
        hosts=wording.host_kinds(),
        modes=wording.modes(),
        units=wording.payment_units(),
        expense_words=wording.expenses(),
        need_words={c.code: c.label for c in vocabulary.ACCESS_NEEDS.categories},
        open_to=[people(tuple(sorted(each.items()))) for each in view.open_to],
        opening_words=wording.opening_words(),
        place_known=place_of(view.area_code) is not None,
    )


@router.get("/opportunities/{opportunity_id}/close")
async def ask_to_close(
    request: Request,
    opportunity_id: UUID,
    context: Context = allowed(Permission.OPPORTUNITY_WRITE),
) -> Response:
    view = await context.query(queries.own_opportunity, context.principal, opportunity_id)
    return page(request, "close.html", view=view)


@router.post("/opportunities/{opportunity_id}/close")
async def close_opportunity(
    request: Request,
    opportunity_id: UUID,
    context: Context = allowed(Permission.OPPORTUNITY_WRITE),
) -> Response:
    await context.run(commands.close_opportunity, On(opportunity_id, None))
    note = gettext("The opportunity is closed.")
    return go(request, f"/opportunities/{opportunity_id}", note)


@router.get("/opportunities/{opportunity_id}/members/new")
async def new_member(
    request: Request,
    opportunity_id: UUID,
    context: Context = allowed(Permission.OPPORTUNITY_WRITE),
) -> Response:
    view = await context.query(queries.own_opportunity, context.principal, opportunity_id)
    return page(request, "member.html", view=view, lists=_asked_lists(), typed={})


@router.post("/opportunities/{opportunity_id}/members/new")
async def add_member(
    request: Request,
    opportunity_id: UUID,
    context: Context = allowed(Permission.OPPORTUNITY_WRITE),
) -> Response:
    form = await request.form()
    try:
        body = forms.member(form)
        await context.run(commands.add_members, On(opportunity_id, body))
    except (forms.FormRefused, DomainError) as error:
        view = await context.query(queries.own_opportunity, context.principal, opportunity_id)
        errors = (
            error.errors if isinstance(error, forms.FormRefused) else [forms.refused(error, {})]
        )
        return page(
            request, "member.html", view=view, lists=_asked_lists(), typed=form, errors=errors
        )
    return go(request, f"/opportunities/{opportunity_id}", gettext("The member is added."))


def _asked_lists() -> list[vocabulary.CodeList]:
    """Questions a member may answer; what is worked out is not asked."""
    return [x for x in matchable() if not x.derived and not x.multi]


@router.get("/opportunities/{opportunity_id}/feedback")
async def new_feedback(
    request: Request,
    opportunity_id: UUID,
    context: Context = allowed(Permission.FEEDBACK_SHARE),
) -> Response:
    return await _feedback_form(request, context, opportunity_id, {}, [])


async def _feedback_form(
    request: Request, context: Context, opportunity_id: UUID, typed: Any, errors: list[FieldError]
) -> Response:
    view = await context.query(queries.own_opportunity, context.principal, opportunity_id)
    seen = await loop_of(context, opportunity_id)
    return page(
        request,
        "feedback.html",
        view=view,
        typed=typed,
        errors=errors,
        waiting=[each for each in seen.said if each.feedback_id is None],
        chosen=typed.getlist("answers") if hasattr(typed, "getlist") else [],
        outcomes={code: text for code, text in outcome_words().items() if code},
    )


@router.post("/opportunities/{opportunity_id}/feedback")
async def share_feedback(
    request: Request,
    opportunity_id: UUID,
    context: Context = allowed(Permission.FEEDBACK_SHARE),
) -> Response:
    form = await request.form()
    try:
        words: dict[str, Any] = {f: str(form.get(f, "")) for f in ("you_said", "we_did")}
        words |= {"outcome": form.get("outcome") or None, "answers": form.getlist("answers")}
        body = forms.checked(ShareFeedback, words)
        await context.run(commands.share_feedback, On(opportunity_id, body))
    except forms.FormRefused as refused:
        return await _feedback_form(request, context, opportunity_id, form, refused.errors)
    except Conflict as error:
        found = [FieldError("answers", error.detail)]
        return await _feedback_form(request, context, opportunity_id, form, found)
    note = gettext("Your feedback is shared.")
    return go(request, f"/opportunities/{opportunity_id}", note)


@router.get("/voices")
async def who_is_heard(
    request: Request, context: Context = allowed(Permission.MONITORING_READ_AGGREGATES)
) -> Response:
    node = context.node
    seen = await context.query(
        measuring.measure, context.principal, node.now(), node.settings.small_number_threshold
    )
    return page(request, "voices.html", seen=seen, hosts=wording.host_kinds())


def _may_write(context: Context) -> bool:
    return allows(context.principal, Permission.OPPORTUNITY_WRITE)
