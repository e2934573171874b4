"""The Jinja environment of a service and the one function that answers with a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    PrefixLoader,
    pass_context,
)
from jinja2.runtime import Context
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from services.runtime.pages import flash, language
from services.runtime.pages.assets import HERE, Assets, shared_assets
from services.runtime.pages.compression import compress
from services.runtime.pages.language import LANGUAGES, Catalogues, Speech
from services.runtime.pages.offline import OfflineApp, owner_of
from services.runtime.security import csrf
from services.runtime.security.gate import Gate, current_session

YEAR_SECONDS = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class NavItem:
    """A link of the navigation: what it says and where it goes.

    `pages` are the links of its area, which its pages show below the menu.
    """

    text: str
    href: str
    pages: tuple[NavItem, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field; `field` is the id of the first control to put right."""

    field: str
    message: str


Navigation = Callable[[Request], Sequence[NavItem]]


def make_pages(
    service_name: str,
    template_dir: Path,
    navigation: Navigation | None = None,
    *,
    home: str = "/",
    sign_in: str = "/outreach/sign-in",
    sign_out: str = "/outreach/sign-out",
    static_dir: Path | None = None,
    locales: Path | None = None,
    offline: OfflineApp | None = None,
) -> Pages:
    """The pages of one service.

    Templates are found in `template_dir`, the shared ones as `nv/...` and the components'
    macros as `govuk_frontend_jinja/components/NAME/macro.html`. `service_name` is what people
    read beside the logo. Files in `static_dir` become `asset("NAME/file")`.
    """
    assets = shared_assets()
    if static_dir is not None:
        assets.add(static_dir, f"{template_dir.parent.name}/")
    folders = [folder for folder in (locales, HERE / "locales") if folder is not None]
    return Pages(
        environment(template_dir, assets),
        Catalogues(folders),
        {
            "service_name": service_name,
            "home_url": home,
            "sign_in_url": sign_in,
            "sign_out_url": sign_out,
            "offline": offline,
        },
        navigation,
    )


def environment(template_dir: Path, assets: Assets) -> Environment:
    """Jinja with autoescape, the components' macros, translation and our filters."""
    env = Environment(
        loader=ChoiceLoader(
            [
                FileSystemLoader(template_dir),
                PrefixLoader(
                    {
                        "nv": FileSystemLoader(HERE / "templates"),
                        "govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja"),
                    }
                ),
            ]
        ),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    env.install_gettext_callables(  # type: ignore[attr-defined]
        language.gettext, language.ngettext, newstyle=True
    )
    env.globals.update(asset=assets.url, csrf_field=csrf_field, languages=list(LANGUAGES.values()))
    env.filters.update(
        date=lambda value, style="long": language.current_speech().date(value, style),
        time=lambda value: language.current_speech().time(value),
        datetime=lambda value: language.current_speech().datetime(value),
        number=lambda value: language.current_speech().number(value),
        percent=lambda value: language.current_speech().percent(value),
        listed=lambda values: language.current_speech().listed(values),
    )
    return env


@pass_context
def csrf_field(context: Context) -> Markup:
    """The hidden field that proves a form is ours. Call it in a template, not in a macro."""
    token = context.get("csrf_token") or ""
    return Markup('<input type="hidden" name="{}" value="{}">').format(csrf.FORM_FIELD, token)


class Pages:
    """Answers with pages of one service."""

    def __init__(
        self,
        env: Environment,
        catalogues: Catalogues,
        shared: dict[str, Any],
        navigation: Navigation | None,
    ) -> None:
        self.env = env
        self._catalogues = catalogues
        self._shared = shared
        self._navigation = navigation
        self._reviewed = {code: catalogues.reviewed(code) for code in LANGUAGES}

    def page(
        self,
        request: Request,
        template: str,
        status: int = 200,
        errors: Iterable[FieldError] = (),
        **context: Any,
    ) -> Response:
        """The template as a page in the request's language.

        `errors` fill the error summary; a page with errors answers 422 unless told otherwise.
        """
        speech = self.speech(request)
        language.speak(speech)
        problems = list(errors)
        note = flash.take_flash(request)
        values = {
            **self._shared,
            **self._about(request, speech),
            "flashes": [note] if note else [],
            "errors": problems,
            "error_of": {problem.field: problem.message for problem in reversed(problems)},
            **context,
        }
        html = self.env.get_template(template).render(values)
        response = HTMLResponse(html, 422 if problems and status == 200 else status)
        response.headers["Content-Language"] = speech.language.code
        if note:
            response.delete_cookie(flash.COOKIE, httponly=True, samesite="lax")
        if request.query_params.get("lang") in LANGUAGES:
            response.set_cookie(
                language.COOKIE,
                speech.language.code,
                max_age=YEAR_SECONDS,
                httponly=True,
                samesite="lax",
            )
        compress(response, request)
        return response

    async def speaking(self, request: Request) -> None:
        """As a dependency of page routes: what they say before the page, in its language too."""
        language.speak(self.speech(request))

    def speech(self, request: Request) -> Speech:
        return Speech(language.language_of(request), self._catalogues)

    def _about(self, request: Request, speech: Speech) -> dict[str, Any]:
        items = self._navigation(request) if self._navigation else ()
        path = request.url.path
        session = current_session(request)
        area, best = _place(items, path)
        gate = getattr(request.app.state, "gate", None)
        return {
            "request": request,
            "lang": speech.language.code,
            "dir": speech.language.direction,
            "speech": speech,
            "translation_reviewed": self._reviewed[speech.language.code],
            "navigation": [
                {
                    "text": item.text,
                    "href": item.href,
                    "current": item is area and not item.pages,
                    "active": item is area and bool(item.pages),
                }
                for item in items
            ],
            "area": area if area is not None and area.pages else None,
            "area_page": best,
            "signed_in": session is not None,
            "device_owner": owner_of(session.principal.account_id) if session else "",
            "csrf_token": gate.form_token(request) if isinstance(gate, Gate) else "",
            "path": path,
        }


def _place(items: Sequence[NavItem], path: str) -> tuple[NavItem | None, str | None]:
    """The area that a path is in and the address of its page there: the longest that fits."""
    found = [
        (page.href, item)
        for item in items
        for page in (item.pages or (item,))
        if _within(path, page.href)
    ]
    if not found:
        return None, None
    href, item = max(found, key=lambda pair: len(pair[0]))
    return item, href


def _within(path: str, href: str) -> bool:
    return path == href or path.startswith(href.rstrip("/") + "/")
