"""The practice library over HTTP, and its search on both databases."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import text

from services.matching.practice.bodies import ARTICLE
from services.runtime.security.principal import Role
from services.runtime.settings import Settings
from tests.matching.harness import Matching, Visitor, website
from tests.matching.test_pages import words
from tests.support.distributed import settings_for
from tests.support.servers import PostgresForTests

ARTICLES = "/api/v1/practice/articles"


def publish(matching: Matching, **changes: Any) -> str:
    """Written by a link worker, published by the coordinator; its id."""
    worker = matching.client(Role.LINK_WORKER)
    return publish_as(worker, matching.http, **changes)


def publish_as(author: TestClient, reviewer: TestClient, **changes: Any) -> str:
    written = author.post(ARTICLES, json=ARTICLE | changes)
    assert written.status_code == 201, written.text
    article = str(written.json()["article_id"])
    assert author.post(f"{ARTICLES}/{article}/submit", json={"names_nobody": True}).is_success
    published = reviewer.post(f"{ARTICLES}/{article}/publish")
    assert published.json()["state"] == "published", published.text
    return article


def titles(client: TestClient, **params: Any) -> list[str]:
    answer = client.get(ARTICLES, params=params)
    assert answer.status_code == 200, answer.text
    return [item["title"] for item in answer.json()["items"]]


def test_a_draft_is_its_authors_alone_until_a_second_person_publishes_it(
    matching: Matching,
) -> None:
    worker, other = matching.client(Role.LINK_WORKER), matching.client(Role.LINK_WORKER)
    answer = worker.post(ARTICLES, json=ARTICLE)
    path = answer.headers["location"]
    assert worker.get(path).json()["can"] == ["submit"]
    assert other.get(path).status_code == 404
    worker.post(f"{path}/submit", json={"names_nobody": True})
    assert other.get(path).json()["can"] == ["publish", "return"]
    refused = worker.post(f"{path}/publish")
    assert (refused.status_code, "second person" in refused.text) == (409, True)
    assert other.post(f"{path}/publish").status_code == 200
    assert titles(matching.client(Role.HOST)) == [ARTICLE["title"]]


def test_what_is_returned_tells_why_and_is_changed_and_sent_again(matching: Matching) -> None:
    worker = matching.client(Role.LINK_WORKER)
    path = worker.post(ARTICLES, json=ARTICLE).headers["location"]
    worker.post(f"{path}/submit", json={"names_nobody": True})
    matching.http.post(f"{path}/return", json={"reason": "Say what it cost."})
    read = worker.get(path)
    assert read.json()["steps"][-1]["reason"] == "Say what it cost."
    body = ARTICLE | {"summary": "It moved to the café, which costs £20 a morning."}
    stale = worker.put(path, json=body, headers={"if-match": '"1"'})
    assert stale.status_code == 412
    assert worker.put(path, json=body).status_code == 428
    changed = worker.put(path, json=body, headers={"if-match": read.headers["etag"]})
    assert changed.status_code == 200, changed.text
    worker.post(f"{path}/submit", json={"names_nobody": True})
    late = worker.put(path, json=body, headers={"if-match": worker.get(path).headers["etag"]})
    assert (late.status_code, "Take it back" in late.text) == (409, True)


def test_words_we_do_not_use_about_people_are_put_right_first(matching: Matching) -> None:
    worker = matching.client(Role.LINK_WORKER)
    body = ARTICLE | {"body": "How we went to meet " + "hard to" + " reach groups in the market."}
    path = worker.post(ARTICLES, json=body).headers["location"]
    answer = worker.post(f"{path}/submit", json={"names_nobody": True})
    assert answer.status_code == 422
    assert "instead" in answer.json()["detail"]
    assert worker.get(path).json()["state"] == "draft"


def test_other_organisations_read_only_what_is_shared_and_change_nothing(
    matching: Matching,
) -> None:
    shared = publish(matching, title="Shared with all")
    publish(matching, title="For us alone", shared=False)
    stranger = matching.client(Role.COORDINATOR, organisation="riverton")
    assert titles(stranger) == ["Shared with all"]
    seen = stranger.get(f"{ARTICLES}/{shared}").json()
    assert (seen["ours"], seen["can"], seen["steps"]) == (False, [], [])
    refused = stranger.post(f"{ARTICLES}/{shared}/return", json={"reason": "Not ours."})
    assert refused.status_code == 409
    assert len(titles(matching.http)) == 2


def test_taken_back_it_leaves_the_library_and_the_search(matching: Matching) -> None:
    worker = matching.client(Role.LINK_WORKER)
    article = publish_as(worker, matching.http)
    assert titles(matching.http, q="coffee") == [ARTICLE["title"]]
    assert worker.post(f"{ARTICLES}/{article}/withdraw").json()["state"] == "draft"
    assert titles(matching.http, q="coffee") == []
    left = matching.read(lambda s: s.scalar(text("SELECT count(*) FROM practice_fts")))
    assert left == 0


def test_a_page_of_results_leads_to_the_next(matching: Matching) -> None:
    for number in range(3):
        publish(matching, title=f"Example {number}")
    first = matching.http.get(ARTICLES, params={"limit": 2}).json()
    assert (first["total"], len(first["items"])) == (3, 2)
    rest = titles(matching.http, limit=2, cursor=first["next"])
    assert sorted([*rest, *(i["title"] for i in first["items"])]) == [
        f"Example {n}" for n in range(3)
    ]
    assert matching.http.get(ARTICLES, params={"cursor": "nonsense"}).status_code == 422


LIBRARY: tuple[dict[str, Any], ...] = (
    {"title": "Paying carers for travel", "summary": "Bus fares on the day, in cash."},
    {
        "title": "A quiet room",
        "summary": "One carer asked for a door that shuts.",
        "settings": ["nhs"],
        "barriers": ["health"],
    },
    {
        "title": "Evening meetings",
        "summary": "We asked when people can come.",
        "body": "Half of the group care for someone in the day. So we meet at seven in the café.",
        "barriers": ["time"],
    },
)
SEARCHES = {
    "carers": {"Paying carers for travel", "A quiet room"},
    "caring": {"Paying carers for travel", "A quiet room", "Evening meetings"},
    "PAY travel": {"Paying carers for travel"},
    "quiet the door": {"A quiet room"},
    "meeting": {"Evening meetings"},
    "café": {"Evening meetings"},
    "CAFE": {"Evening meetings"},
    "nothing like it": set(),
    "' OR 1=1 --": set(),
    '"; DROP TABLE': set(),
    "& | ! <->": {"Paying carers for travel", "A quiet room", "Evening meetings"},
}


def check_searches(matching: Matching) -> None:
    for each in LIBRARY:
        publish(matching, **each)
    for typed, found in SEARCHES.items():
        assert set(titles(matching.http, q=typed)) == found, typed
    assert titles(matching.http, q="carer")[0] == "Paying carers for travel"
    assert titles(matching.http, setting="nhs") == ["A quiet room"]
    assert titles(matching.http, barrier="time", q="meet") == ["Evening meetings"]
    assert titles(matching.http, barrier="time", setting="nhs") == []


def test_every_word_is_found_by_its_stem_titles_first(matching: Matching) -> None:
    check_searches(matching)


def with_keys(settings: Settings) -> Settings:
    security = settings.security.model_copy(update={"secret_key": SecretStr("s" * 48)})
    return settings.model_copy(update={"security": security})


@pytest.mark.postgres
def test_postgresql_finds_the_same(postgres: PostgresForTests, tmp_path: Any) -> None:
    with postgres.databases("matching") as url:
        matching = Matching(tmp_path, with_keys(settings_for(url)))
        try:
            check_searches(matching)
        finally:
            matching.node.close()


def test_an_example_goes_through_the_pages(matching: Matching) -> None:
    author = Visitor(matching, Role.LINK_WORKER)
    form = author.see("/practice/new")
    assert "Tell what was done" in words(author.send("/practice/new", form, 422, title="A title"))
    typed = {k: v for k, v in ARTICLE.items() if k != "shared"}
    kept = author.send("/practice/new", form, **typed, shared="yes")
    assert "Your draft is kept" in words(kept)
    mine = author.http.get("/matching/api/v1/practice/articles?shelf=mine").json()
    article = mine["items"][0]["article_id"]
    path = f"/practice/{article}"
    assert "Tick the box" in words(author.send(f"{path}/submit", kept, 422))
    edit = author.see(f"{path}/edit")
    changed = typed | {"title": "Meet beside the food bank", "shared": "yes", "revision": "1"}
    author.send(f"{path}/edit", edit, **changed)
    author.send(f"{path}/submit", author.see(path), names_nobody="yes")
    matching.coordinator_id = uuid4()  # somebody else signs in
    reviewer = Visitor(matching)
    assert "1 waits for review" in words(reviewer.see("/practice"))
    page = reviewer.see(path)
    assert "say why" in words(reviewer.send(f"{path}/return", page, 422)).lower()
    assert "It is published" in words(reviewer.send(f"{path}/publish", page))
    found = reviewer.see("/practice", q="food bank", barrier="place")
    assert "Meet beside the food bank" in found
    assert "1 article with “food bank”" in words(found)
    assert "Nothing has all of this" in reviewer.see("/practice", q="submarine")


def test_a_shared_article_has_an_address_that_needs_no_account(matching: Matching) -> None:
    shared, own = publish(matching), publish(matching, shared=False)
    site = website(matching)
    anybody = TestClient(site, headers={"accept": "text/html"}, follow_redirects=False)
    page = anybody.get(f"/matching/practice/open/{shared}")
    assert (page.status_code, ARTICLE["title"] in page.text) == (200, True)
    assert anybody.get(f"/matching/practice/open/{own}").status_code == 404
    assert "equal partners" in anybody.get("/matching/practice/co-production").text
    assert anybody.get("/matching/practice").status_code == 303
    assert anybody.get(f"/matching/practice/{shared}").status_code == 303


def test_opportunities_lead_to_examples_from_the_same_setting(matching: Matching) -> None:
    opportunity = matching.open(host_kind="nhs")
    page = Visitor(matching).see(f"/opportunities/{opportunity}")
    assert '/matching/practice?setting=nhs"' in page
