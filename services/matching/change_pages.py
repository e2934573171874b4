"""Pages that change an opportunity: its facts, its targets, and weights tried before they are kept.

Targets can start from an area's census profile or from an earlier group; both only fill the form.
"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from schemas import vocabulary
from services.matching import (
    change_forms,
    commands,
    forms,
    queries,
    review_queries,
    target_sources,
    wording,
)
from services.matching.bodies import ChangeOpportunity, On, TargetBody, WhatIfBody
from services.matching.pages import go, page
from services.matching.store import target_id
from services.matching.views import OpportunityView, WhatIfView
from services.runtime.errors import DomainError
from services.runtime.pages import FieldError, gettext
from services.runtime.security.permissions import Permission
from services.runtime.web import Context, allowed

router = APIRouter(include_in_schema=False)

LEAST_WEIGHT, MOST_WEIGHT, WEIGHT_STEP = 0.25, 5.0, 0.25
Picks = Annotated[list[str], Query(alias="pick", max_length=forms.MOST_ROWS)]


@router.get("/opportunities/{opportunity_id}/change")
async def ask_to_change(
    request: Request,
    opportunity_id: UUID,
    context: Context = allowed(Permission.OPPORTUNITY_WRITE),
) -> Response:
    view = await context.query(queries.own_opportunity, context.principal, opportunity_id)
    return _change_page(request, view, change_forms.facts(view))


@router.post("/opportunities/{opportunity_id}/change")
async def change(
    request: Request,
    opportunity_id: UUID,
    context: Context = allowed(Permission.OPPORTUNITY_WRITE),
) -> Response:
    view = await context.query(queries.own_opportunity, context.principal, opportunity_id)
    form = await request.form()
    if form.get("add"):
        return _change_page(request, view, form)
    try:
        await _keep(context, opportunity_id, form, change_forms.changing(form))
    except forms.FormRefused as refused:
        return _change_page(request, view, form, refused.errors)
    except DomainError as error:
        ids = {"offers": "offers", "can_arrange": "can_arrange", "seats": "seats"}
        return _change_page(request, view, form, [forms.refused(error, ids)])
    return go(request, f"/opportunities/{opportunity_id}", gettext("Your changes are saved."))


def _change_page(
    request: Request, view: OpportunityView, typed: FormData, errors: list[FieldError] | None = None
) -> Response:
    return page(
        request,
        "change.html",
        view=view,
        errors=errors or [],
        typed=typed,
        chosen=typed.getlist,
        rows=forms.rows_of(typed),
        needs=[c for c in vocabulary.ACCESS_NEEDS.countable() if c.code != "other"],
        lived=vocabulary.LIVED_EXPERIENCE.countable(),
        people_in=change_forms.people_in,
        modes=wording.modes(),
        units=wording.payment_units(),
        expenses=wording.expenses(),
    )


async def _keep(
    context: Context, opportunity_id: UUID, form: FormData, body: ChangeOpportunity
) -> None:
    change = commands.Change(opportunity_id, change_forms.revision(form), body)
    await context.run(commands.change_opportunity, change)


@router.get("/opportunities/{opportunity_id}/targets")
async def ask_for_targets(
    request: Request,
    opportunity_id: UUID,
    context: Context = allowed(Permission.OPPORTUNITY_WRITE),
    area: Annotated[str, Query(max_length=12)] = "",
    pick: Picks = [],  # noqa: B006 - FastAPI copies defaults
    like: UUID | None = None,
) -> Response:
    """The targets, with what an area profile or an earlier group adds; nothing is saved yet."""
    view = await context.query(queries.own_opportunity, context.principal, opportunity_id)
    bodies = list(view.targets)
    if area and pick:
        bodies += target_sources.picked(area, pick, bodies)
    if like is not None:
        other = await context.query(queries.own_opportunity, context.principal, like)
        bodies = target_sources.merged(bodies, other.targets)
    typed = change_forms.targets(bodies, view.revision)
    return _targets_page(request, view, typed, added=len(bodies) - len(view.targets))


@router.post("/opportunities/{opportunity_id}/targets")
async def set_targets(
    request: Request,
    opportunity_id: UUID,
    context: Context = allowed(Permission.OPPORTUNITY_WRITE),
) -> Response:
    view = await context.query(queries.own_opportunity, context.principal, opportunity_id)
    form = _with_area(await request.form(), view.area_code)
    if form.get("add"):
        return _targets_page(request, view, form)
    try:
        await _keep(context, opportunity_id, form, change_forms.changing_targets(form))
    except forms.FormRefused as refused:
        return _targets_page(request, view, form, refused.errors)
    except DomainError as error:
        problem = forms.refused(error, {"targets": "targets-0-group"})
        return _targets_page(request, view, form, [problem])
    return go(request, f"/opportunities/{opportunity_id}", gettext("The targets are saved."))


def _with_area(form: FormData, area_code: str) -> FormData:
    """A tick for the census means the area of this opportunity, which the form does not ask."""
    return FormData([*form.multi_items(), ("area_code", area_code)])


def _targets_page(
    request: Request,
    view: OpportunityView,
    typed: FormData,
    errors: list[FieldError] | None = None,
    added: int = 0,
) -> Response:
    return page(
        request,
        "targets.html",
        view=view,
        errors=errors or [],
        typed=typed,
        rows=forms.rows_of(typed),
        groups=forms.group_choices(),
        people_in=change_forms.people_in,
        weights=True,
        added=added,
    )


@router.get("/opportunities/{opportunity_id}/targets/area")
async def choose_from_area(
    request: Request,
    opportunity_id: UUID,
    context: Context = allowed(Permission.OPPORTUNITY_WRITE),
    area: Annotated[str, Query(max_length=12)] = "",
) -> Response:
    view = await context.query(queries.own_opportunity, context.principal, opportunity_id)
    choice = await context.query(
        target_sources.area_choice, context.principal, opportunity_id, area or view.area_code
    )
    return page(request, "targets_area.html", view=view, choice=choice, area=area or view.area_code)


@router.get("/opportunities/{opportunity_id}/targets/earlier")
async def choose_earlier(
    request: Request,
    opportunity_id: UUID,
    context: Context = allowed(Permission.OPPORTUNITY_WRITE),
) -> Response:
    view = await context.query(queries.own_opportunity, context.principal, opportunity_id)
    found = await context.query(target_sources.earlier, context.principal, opportunity_id)
    return page(request, "targets_earlier.html", view=view, earlier=found)


@router.get("/opportunities/{opportunity_id}/what-if")
async def try_weights(
    request: Request, opportunity_id: UUID, context: Context = allowed(Permission.PROPOSAL_READ)
) -> Response:
    """The gaps and the order of proposals under other weights. Nothing changes."""
    view = await context.query(queries.own_opportunity, context.principal, opportunity_id)
    weights, errors = _weights(view, request.query_params)
    ask = On(opportunity_id, WhatIfBody(weights={} if errors else weights))
    seen = await context.query(review_queries.what_if, context.principal, ask)
    return _weights_page(request, view, seen, errors)


@router.post("/opportunities/{opportunity_id}/what-if")
async def keep_weights(
    request: Request, opportunity_id: UUID, context: Context = allowed(Permission.OPPORTUNITY_WRITE)
) -> Response:
    view = await context.query(queries.own_opportunity, context.principal, opportunity_id)
    form = await request.form()
    weights, errors = _weights(view, form)
    try:
        if not errors:
            body = ChangeOpportunity(targets=_reweighted(view.targets, weights))
            await _keep(context, opportunity_id, form, body)
            note = gettext("The weights are saved. We look through everyone again.")
            return go(request, f"/opportunities/{opportunity_id}/review", note)
    except DomainError as error:
        errors = [forms.refused(error, {})]
    ask = On(opportunity_id, WhatIfBody())
    seen = await context.query(review_queries.what_if, context.principal, ask)
    return _weights_page(request, view, seen, errors)


def _weights(view: OpportunityView, given: Any) -> tuple[dict[str, float], list[FieldError]]:
    """Target id to the weight that was asked for; those not asked for are left out."""
    found, errors = {}, []
    for row, body in enumerate(view.targets):
        text = str(given.get(f"w-{row}", "")).strip()
        if not text:
            continue
        try:
            weight = float(text)
        except ValueError:
            weight = 0.0
        if 0 < weight <= 100:
            found[_id_of(body)] = weight
        else:
            sentence = gettext("Enter a number above 0, up to 100.")
            errors.append(FieldError(f"w-{row}", sentence))
    return found, errors


def _id_of(body: TargetBody) -> str:
    return target_id(tuple(sorted(body.group.items())))


def _reweighted(bodies: list[TargetBody], weights: dict[str, float]) -> list[TargetBody]:
    return [b.model_copy(update={"weight": weights.get(_id_of(b), b.weight)}) for b in bodies]


def _weights_page(
    request: Request, view: OpportunityView, seen: WhatIfView, errors: list[FieldError]
) -> Response:
    most = max([MOST_WEIGHT, *(c.weight for c in seen.changes)])
    return page(
        request,
        "what_if.html",
        view=view,
        seen=seen,
        errors=errors,
        least=LEAST_WEIGHT,
        most=most,
        step=WEIGHT_STEP,
    )
