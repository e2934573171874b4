"""Surveys in a real browser: WCAG 2.2 AA on a phone and a desktop, the charts' tables open."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.matching.harness import Matching, running, website
from tests.matching.survey.test_survey import take_in
from tests.matching.test_pages_browser import WAYS, check_each
from tests.support.browser import (  # noqa: F401
    OpenPage,
    browser,
    chromium_path,
    open_page,
    playwright_driver,
    serve,
)

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Matching, str, list[str]]]:
    with running(tmp_path_factory.mktemp("survey")) as matching, serve(website(matching)) as base:
        survey = take_in(matching)["survey_id"]
        yield matching, base, ["", "/new", f"/{survey}"]


@pytest.mark.parametrize("way", WAYS)
def test_every_page_of_a_survey_is_accessible_seen_as(
    way: str,
    site: tuple[Matching, str, list[str]],
    open_page: OpenPage,  # noqa: F811
) -> None:
    matching, base, paths = site
    addresses = [f"/matching/surveys{path}" for path in paths]
    check_each(open_page(**WAYS[way]), matching, base, addresses)
