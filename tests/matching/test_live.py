"""Open pages hear of changes as counters, from any process, within limits and permissions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import update

from services.matching.live_api import STATES
from services.matching.models import OpportunityRow
from services.matching.service import SERVICE
from services.runtime import live
from services.runtime.node import Node
from services.runtime.security.principal import Role
from tests.matching.harness import Matching, cookies_of, running, website
from tests.support.browser import serve

COUNTERS = {*STATES, "revision", "filled", "seats", "changed"}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Matching, str]]:
    with running(tmp_path) as matching, serve(website(matching)) as base:
        yield matching, base


def news(answer: httpx.Response) -> Iterator[dict[str, Any]]:
    for line in answer.iter_lines():
        if line.startswith("data: {"):
            yield json.loads(line.removeprefix("data: "))


def watching(matching: Matching, base: str, opportunity: UUID) -> Any:
    return httpx.stream(
        "GET",
        f"{base}/matching/api/v1/opportunities/{opportunity}/live",
        headers={"accept": "text/event-stream"},
        cookies=cookies_of(matching),
        timeout=20,
    )


def test_an_open_page_hears_of_a_proposal_and_of_another_processes_change(
    site: tuple[Matching, str],
) -> None:
    matching, base = site
    opportunity = matching.open()
    matching.register()
    with watching(matching, base, opportunity) as answer:
        heard = news(answer)
        assert next(heard)["proposed"] == 1
        matching.register()
        assert next(heard)["proposed"] == 2
        other = Node(SERVICE, matching.node.settings, clock=matching.node.clock)
        query = update(OpportunityRow).where(OpportunityRow.id == opportunity)
        other.database.write(lambda s: s.execute(query.values(revision=9)))
        other.close()
        assert next(heard)["revision"] == 9


def test_news_are_numbers_under_known_names_and_nothing_of_a_person(matching: Matching) -> None:
    opportunity = matching.open()
    matching.register({"age_band": ["18_24"], "religion": ["sikh"]}, needs=["bsl"])
    found = matching.http.get(f"/api/v1/opportunities/{opportunity}/live").json()
    assert found.get("proposed", 0) + found.get("blocked", 0) == 1
    assert set(found) <= COUNTERS
    assert all(isinstance(value, int) for value in found.values())


def test_nobody_watches_what_they_may_not_read(matching: Matching) -> None:
    path = f"/api/v1/opportunities/{matching.open()}/live"
    for stream in ("application/json", "text/event-stream"):
        headers = {"accept": stream}
        other = matching.client(Role.COORDINATOR)
        assert other.get(path, headers=headers).status_code == 404
        elsewhere = matching.client(Role.COORDINATOR, organisation="riverton")
        assert elsewhere.get(path, headers=headers).status_code == 404
        for role in (Role.LINK_WORKER, Role.ADMINISTRATOR, Role.HOST):
            assert matching.client(role).get(path, headers=headers).status_code == 403


@pytest.mark.parametrize("limit", ["MOST", "MOST_EACH"])
def test_one_page_too_many_is_refused_in_words_and_hears_again_once_another_closed(
    site: tuple[Matching, str], limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, limit, 1)
    matching, base = site
    opportunity = matching.open()
    with watching(matching, base, opportunity) as first:
        heard = news(first)
        next(heard)
        with watching(matching, base, opportunity) as second:
            assert second.status_code == 503
            second.read()
            assert "Close some pages" in second.json()["detail"]
    while True:
        with watching(matching, base, opportunity) as again:
            if again.status_code == 200:
                heard = news(again)
                assert next(heard)["seats"] == 3
                break
