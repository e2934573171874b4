"""Each page of outreach is in the set of pictures, and each picture of the set is in docs."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator

from fastapi import APIRouter
from fastapi.routing import APIRoute

from infra.screenshot_walks import WALKS
from infra.screenshots import FOLDER, PAGES, WIDTHS
from services.outreach import pages

# No page to look at: files, what the device itself asks for, and ways to another website.
NO_PAGE = re.compile(
    r"/own/download|/places\.|/sw\.js|/app\.webmanifest|/api/|/sign-in/(with|back)"
)
# Seen at the end of a walk.
WALKED = ("/concerns/ID", "/choose-password/ID", "/own", "/own/ID")


def routes() -> Iterator[str]:
    for module in pkgutil.iter_modules(pages.__path__):
        found = getattr(importlib.import_module(f"{pages.__name__}.{module.name}"), "router", None)
        for route in found.routes if isinstance(found, APIRouter) else ():
            if isinstance(route, APIRoute) and "GET" in route.methods:
                yield route.path


def looked_at() -> Iterator[str]:
    """Addresses of the pictures, ID in the place of what the first link leads to."""
    for _name, _role, where in PAGES:
        how, *rest = where.split(":", 2)
        if how == "first":
            yield f"{rest[0]}/ID"
        elif how == "below":
            yield f"{rest[0]}/ID{rest[1].rsplit(':', 1)[1]}"
        else:
            yield where.partition("?")[0]


def test_every_page_of_outreach_is_in_the_set_of_pictures() -> None:
    seen = {path.removeprefix("/outreach") for path in looked_at()} | {*WALKED}
    wanted = [path for path in routes() if not NO_PAGE.match(path)]
    assert len(wanted) > 25
    lacking = [path for path in wanted if not any(_fits(path, one) for one in seen)]
    assert lacking == []


def _fits(route: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", route), path) is not None


def test_each_picture_in_docs_is_of_the_set_and_none_of_outreach_is_missing() -> None:
    ours = [walk.name for walk in WALKS]
    ours += [name for name, _role, where in PAGES if "/outreach/" in where]
    names = {*ours, *(name for name, _role, _where in PAGES)}
    taken = {path.name for path in FOLDER.glob("*.png")}
    assert taken - _pictures(names) == set()
    assert _pictures(ours) - taken == set()


def _pictures(names: Iterable[str]) -> set[str]:
    return {f"{name}-{width}.png" for name in names for width in WIDTHS}
