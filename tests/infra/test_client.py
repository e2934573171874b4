"""A client that is generated from the OpenAPI documents, and works."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from infra.client import generate
from services.cli.journey import opportunity_body
from services.runtime.errors import TYPE
from services.runtime.security.principal import Role
from tests.support.browser import serve
from tests.support.whole import whole


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of a running installation with three opportunities, and an API token."""
    folder = tmp_path_factory.mktemp("client")
    with whole(folder / "data") as world:
        coordinator = world.sign_in(Role.COORDINATOR).client
        for seats in (4, 5, 6):
            body = opportunity_body(seats=seats)
            assert coordinator.post("/matching/api/v1/opportunities", json=body).is_success
        scopes = ["opportunity:read", "opportunity:write", "inbox:read"]
        issued = coordinator.post("/outreach/api/v1/api-tokens", json={"scopes": scopes, "days": 1})
        world.settle()  # the other services hear of the token
        names = ("outreach", "matching", "notifications")
        generate(folder, {name: world.app(name) for name in names})
        sys.path.insert(0, str(folder))
        try:
            with serve(world.root) as base:
                yield base, issued.json()["secret"]
        finally:
            sys.path.remove(str(folder))


class Api:
    """One generated package, signed in by token."""

    def __init__(self, service: tuple[str, str], name: str) -> None:
        base, token = service
        self.package = f"newvoices_{name}"
        client = importlib.import_module(f"{self.package}.client")
        self.client = client.AuthenticatedClient(base_url=f"{base}/{name}", token=token)

    def call(self, operation: str, *ids: UUID, **given: Any) -> Any:
        """The answer in full: `status_code`, `headers`, and `parsed` into a model."""
        module = importlib.import_module(f"{self.package}.api.{operation}")
        return module.sync_detailed(*ids, client=self.client, **given)

    def model(self, module: str, name: str) -> Any:
        return getattr(importlib.import_module(f"{self.package}.models.{module}"), name)


def test_a_generated_client_signs_in_pages_opens_changes_and_reads_errors(
    service: tuple[str, str],
) -> None:
    matching = Api(service, "matching")
    seen, cursor = [], None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = matching.call("opportunities.list_opportunities", limit=2, **more).parsed
        seen += [(each.opportunity_id, each.seats) for each in page.items]
        cursor = page.next_
        if cursor is None:
            break
    assert [seats for _, seats in seen] == [6, 5, 4]  # newest first, over two pages

    newest = seen[0][0]
    found = matching.call("opportunities.read_opportunity", newest)
    assert found.parsed.title == opportunity_body()["title"]
    known = found.headers["etag"]
    again = matching.call("opportunities.read_opportunity", newest, if_none_match=known)
    assert again.status_code == 304

    change = matching.model("change_opportunity", "ChangeOpportunity")(seats=8)
    for status in (200, 412):
        answer = matching.call(
            "opportunities.change_opportunity", newest, body=change, if_match=known
        )
        assert answer.status_code == status
    assert answer.parsed.type_ == f"{TYPE}version-stale"

    missing = matching.call("opportunities.read_opportunity", uuid4())
    assert (missing.status_code, missing.parsed.type_) == (404, f"{TYPE}not-found")
    refused = matching.call("opportunities.list_opportunities", limit=0)
    assert refused.parsed.type_ == f"{TYPE}fields"
    assert refused.parsed.errors[0].field == "query.limit"


def test_the_other_services_answer_their_clients_too(service: tuple[str, str]) -> None:
    inbox = Api(service, "notifications").call("invitations.list_inbox")
    assert (inbox.status_code, inbox.parsed.items) == (200, [])
    refused = Api(service, "outreach").call("accounts.list_accounts")
    assert refused.parsed.type_ in {f"{TYPE}not-allowed", f"{TYPE}not-for-tokens"}


def test_everything_of_the_documents_is_in_the_clients(service: tuple[str, str]) -> None:
    """`generate` raises for what it had to leave out; the names are those of the operations."""
    folder = Path(importlib.import_module("newvoices_matching").__path__[0])
    names = {path.stem for path in (folder / "api").rglob("*.py")}
    assert {"list_opportunities", "approve_many", "read_impact", "prepare_draw"} <= names
    assert not [name for name in names if "api_v1" in name]
