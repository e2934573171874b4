"""From an invitation, from learning and from an opportunity one comes to practical examples."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.runtime.security.principal import Role
from tests.support.asking import Asker
from tests.support.whole import Whole, populate, whole

ANSWER_PAGE = Path("services/notifications/templates/answer.html")
LINK = re.compile(r'href="(/matching/practice[^"]*)"')
HTML = {"accept": "text/html"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    with whole(tmp_path_factory.mktemp("practice")) as made:
        yield made


def arrives(client: Asker, link: str) -> None:
    answer = client.get(link, headers=HTML)
    assert answer.status_code == 200, link
    assert "co-production" in answer.text.lower()


def test_whoever_is_invited_reads_what_co_production_is_without_signing_in(world: Whole) -> None:
    (link,) = LINK.findall(ANSWER_PAGE.read_text())
    arrives(world.browser(), link)


def test_learning_and_an_opportunity_lead_to_the_library(world: Whole) -> None:
    worker, coordinator = world.sign_in(Role.LINK_WORKER), world.sign_in(Role.COORDINATOR)
    populate(world, worker, coordinator, 1)
    opportunity = next(r.id for r in world.records if r.parameter == "opportunity_id")
    for who, page in (
        (worker, "/outreach/learning"),
        (coordinator, f"/matching/opportunities/{opportunity}"),
    ):
        shown = who.client.get(page, headers=HTML)
        for link in LINK.findall(shown.text):
            arrives(who.client, link)
        main = shown.text.partition("<main")[2]
        assert LINK.findall(main), page
