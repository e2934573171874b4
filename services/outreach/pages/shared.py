"""What all of outreach's pages share: the layout, the menu, moving on after a form."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from schemas.outreach_codes import COMMUNICATION_FORMATS
from services.outreach import areas, choices, forms
from services.runtime.addresses import national
from services.runtime.errors import DomainError
from services.runtime.pages import FieldError, flash, gettext, make_pages
from services.runtime.pages.language import Catalogues
from services.runtime.pages.navigation import navigation
from services.runtime.pages.offline import OfflineApp
from services.runtime.pages.pages import Pages

HERE = Path(__file__).parents[1]
ROOT = "/outreach"

CONSENTS = {
    "sms": "Text messages",
    "email": "Emails",
    "phone": "Phone calls",
    "post": "Letters",
    "matching": "Using answers to find places",
    "monitoring": "Counting answers",
}
GROUP_NAMES = {
    "white_british": "White: British",
    "white_other": "White: Irish, Gypsy, Roma, other",
    "mixed": "Mixed or multiple ethnic groups",
    "asian": "Asian or Asian British",
    "black": "Black, Caribbean or African",
    "other": "Other ethnic group",
}

OFFLINE = OfflineApp(
    scope=f"{ROOT}/",
    pages=tuple(
        ROOT + path for path in ("/contacts/new", "/contacts/saved", "/people/new", "/people/saved")
    ),
    fallback=f"{ROOT}/start",
    waiting=f"{ROOT}/waiting",
    session=f"{ROOT}/api/v1/device",
    sign_out=f"{ROOT}/api/v1/sign-out",
)

PAGES = make_pages(
    "Outreach",
    HERE / "templates",
    navigation,
    home=f"{ROOT}/",
    sign_in=f"{ROOT}/sign-in",
    sign_out=f"{ROOT}/sign-out",
    locales=HERE / "locales",
    offline=OFFLINE,
)
CATALOGUES = Catalogues([HERE / "locales"])
PAGES.env.globals.update(
    in_language=CATALOGUES.gettext,
    control_id=forms.control_id,
    area_name=areas.name_of,
    language_name=choices.language_name,
    choices=choices,
    dict=dict,
    group_names=GROUP_NAMES,
)
PAGES.env.filters.update(
    phone=lambda number: national(number) if number else "",
    extract_label=lambda code: gettext(COMMUNICATION_FORMATS.get(code, code)),
    weekday=lambda day: gettext(choices.WEEKDAYS[day]),
    part_of_day=lambda code: gettext(choices.PARTS_OF_DAY[code]),
    mode=lambda code: gettext(choices.MODES[code]),
    consent_label=lambda said: gettext(CONSENTS[said.channel or said.purpose]),
)


def moved(
    path: str, text: str = "", kind: Literal["success", "notice", "warning"] = "success"
) -> Response:
    """On to another page after a form, with one sentence for it."""
    response = RedirectResponse(ROOT + path, status_code=303)
    if text:
        flash(response, kind, gettext(text))
    return response


def again(
    request: Request,
    template: str,
    problem: DomainError | forms.FormProblems,
    pages: Pages = PAGES,
    **context: Any,
) -> Response:
    """The form once more with what to put right, and the answers as they were."""
    errors: list[FieldError]
    errors = (
        problem.errors if isinstance(problem, forms.FormProblems) else forms.from_domain(problem)
    )
    return pages.page(request, template, errors=errors, **context)
