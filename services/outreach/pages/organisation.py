"""The organisation's settings, on a page; beside them what holds for the whole installation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from services.outreach import forms
from services.outreach.care_bodies import SettingsBody
from services.outreach.commands import organisation
from services.outreach.pages.administration import PAGES, ROLE_NAMES
from services.outreach.pages.shared import again, moved
from services.runtime.conditions import tag_of
from services.runtime.errors import DomainError
from services.runtime.security.permissions import Permission
from services.runtime.settings import Settings
from services.runtime.web import Context, allowed

router = APIRouter(prefix="/settings", include_in_schema=False)

WRITE = Permission.SETTINGS_WRITE
OWN_ROLES = "own"
SENTENCES = {
    "lock_minutes": "Enter minutes from 1 to 120, or leave it empty.",
    "second_factor_roles": "Tick roles of this list.",
}
WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")


@router.get("")
async def show(request: Request, context: Context = allowed(WRITE)) -> Response:
    found = await context.query(organisation.settings, context.principal.organisation_id)
    values = FormData(
        [
            ("induction_first", "true" if found.induction_first else ""),
            ("lock_minutes", str(found.lock_minutes or "")),
            ("second_factor", "installation" if found.second_factor_roles is None else OWN_ROLES),
            *(("second_factor_roles", role.value) for role in found.second_factor_roles or ()),
        ]
    )
    version = tag_of(found.model_dump_json()).strip('"')
    return PAGES.page(request, "administration/settings.html", **_known(context, version),
                      values=values)  # fmt: skip


@router.post("")
async def save(request: Request, context: Context = allowed(WRITE)) -> Response:
    form = await request.form()
    version = str(form.get("version", ""))
    try:
        given = forms.nested(form, ["second_factor_roles"], ["induction_first"])
        chosen = given.pop("second_factor_roles", [])
        own = given.pop("second_factor", "") == OWN_ROLES
        given.pop("version", None)
        body = forms.validate(
            SettingsBody, given | {"second_factor_roles": chosen if own else None}, SENTENCES
        )
        change = organisation.ChangeSettings(f'"{version}"', body)
        await context.run(organisation.set_settings, change)
    except (DomainError, forms.FormProblems) as problem:
        known = _known(context, version)
        template = "administration/settings.html"
        return again(request, template, problem, pages=PAGES, **known, values=form)
    return moved("/settings", "Saved. It holds from now on.")


def _known(context: Context, version: str) -> dict[str, Any]:
    settings = context.node.settings
    forced = [
        ROLE_NAMES[role] for role in ROLE_NAMES if role in settings.security.forced_second_factor
    ]
    return {
        "version": version,
        "forced": [name.partition(":")[0].lower() + "s" for name in forced],
        "installed": installed(settings),
    }


def installed(settings: Settings) -> list[tuple[str, str]]:
    """What whoever runs the service has set, in words: a name and a sentence each."""
    security = settings.security
    days = [WEEKDAYS[day] for day in sorted(settings.rest_weekdays)]
    rest = [*days, *(["bank holidays"] if settings.bank_holidays else [])]
    when = f"Between {settings.messages_from:%H:%M} and {settings.messages_until:%H:%M}"
    most = settings.messages_per_week
    return [
        ("Signed out", f"After {_length(security.session_idle)} without a click, "
         f"and {_length(security.session_absolute)} after the sign-in"),
        ("Sign in again", "Before anything that cannot be undone, if the sign-in is older than "
         f"{_length(security.fresh_sign_in)}"),
        ("Messages", when + (f", not on {' or '.join(rest)}" if rest else "")
         if settings.quiet_hours else "At any hour"),
        ("Messages to one person", f"At most {most} in seven days" if most else "No limit"),
        ("Texts of messages", f"Taken away after {_length(settings.message_retention)}"),
        ("Small numbers", f"Counts of 1 to {settings.monitoring_small} show as a star"),
    ]  # fmt: skip


def _length(period: timedelta) -> str:
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        count, rest = divmod(int(period.total_seconds()), size)
        if count and not rest:
            return f"{count} {unit}" + ("s" if count > 1 else "")
    return f"{int(period.total_seconds())} seconds"
