"""What every API promises (docs/api.md), tried on every operation of the three services."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from services.cli.journey import opportunity_body
from services.matching.impact.bodies import PROGRAMME
from services.matching.survey.api import CSV
from services.runtime.errors import TYPE, DomainError
from services.runtime.lists import MOST, USUAL
from services.runtime.openapi import JSON, operations
from services.runtime.problems import BY_STATUS, FIELDS, MEDIA_TYPE
from services.runtime.security.permissions import Permission, allows
from services.runtime.security.principal import Role
from services.runtime.security.problems import RefusedError
from services.runtime.security.routes import route_table
from tests.support.whole import Who, Whole, owner, populate, whole

SERVICES = ("outreach", "matching", "notifications")
GUIDE = Path("docs/api.md")
QUERY = {"/api/v1/monitoring": {"period": "2020-Q1"}}
DRAFT = {"kind": "thanks_no", "sms": "Thank you.", "reviewed": True}
# An account's role and team: set whole, each change audited, nothing of a colleague's is lost.
SAID_IN_FULL = ("/api/v1/accounts/{account_id}/role",)
IN_PATH = {"area_code": "E06000001"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    with whole(tmp_path_factory.mktemp("conventions")) as made:
        people = {role: made.sign_in(role) for role in Role}
        populate(made, people[Role.LINK_WORKER], people[Role.COORDINATOR], 1)
        made.__dict__["people"] = people
        _second_records(made, people[Role.COORDINATOR])
        yield made


def _second_records(world: Whole, coordinator: Who) -> None:
    """So that more lists have more than one page of one."""
    for who, path, body in (
        (coordinator, "/notifications/api/v1/templates", DRAFT),
        (coordinator, "/notifications/api/v1/templates", DRAFT),
        (coordinator, "/outreach/api/v1/api-tokens", {"scopes": ["opportunity:read"], "days": 9}),
        (coordinator, "/outreach/api/v1/api-tokens", {"scopes": ["opportunity:read"], "days": 9}),
        (coordinator, "/matching/api/v1/programmes", PROGRAMME),
        (coordinator, "/matching/api/v1/surveys", CSV),
        (coordinator, "/matching/api/v1/opportunities", opportunity_body()),
    ):
        made = who.client.post(path, json=body)
        assert made.status_code == 201, (path, made.text)
        if path.endswith("/templates"):
            world.note("version_id", made.json()["id"], owner(coordinator))


@dataclass(frozen=True)
class Read:
    """A GET of an API: its address with records of ours in it, and who may ask."""

    service: str
    path: str
    address: str
    said: dict[str, Any]
    who: Who
    document: dict[str, Any]

    def get(self, headers: dict[str, str] | None = None, **query: Any) -> Any:
        return self.who.client.get(
            f"/{self.service}{self.address}",
            params=QUERY.get(self.path, {}) | query,
            headers=headers or {},
        )

    @property
    def answer(self) -> dict[str, Any]:
        schema = self.said["responses"]["200"]["content"][JSON].get("schema", {})
        return _followed(schema, self.document)


def _followed(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def reads(world: Whole) -> Iterator[Read]:
    for service in SERVICES:
        app = world.app(service)
        needs = {
            (method, one.path): one.access[0].permission
            for one in route_table(app)
            for method in one.methods
        }
        document = app.openapi()
        for method, path, said in operations(document):
            content = said["responses"].get("200", {}).get("content", {})
            if method != "get" or "/api/" not in path or JSON not in content:
                continue
            who = _who(world, needs["GET", path], path)
            yield Read(service, path, _filled(world, path), said, who, document)


def _who(world: Whole, needed: Permission | None, path: str) -> Who:
    """Who registered the people asks about them; the coordinator about all else, if they may."""
    people: dict[Role, Who] = world.__dict__["people"]
    may = [w for w in people.values() if needed is None or allows(w.principal, needed)]
    first = Role.LINK_WORKER if "participant" in path else Role.COORDINATOR
    return people[first] if people[first] in may else may[0]


def _filled(world: Whole, path: str) -> str:
    def record(found: re.Match[str]) -> str:
        ids = [one.id for one in world.records if one.parameter == found[1]]
        return str(IN_PATH.get(found[1]) or (ids[0] if ids else "none"))

    return re.sub(r"\{(\w+)\}", record, path)


def lists_of(world: Whole) -> list[Read]:
    return [
        read
        for read in reads(world)
        if read.answer.get("type") == "array" or "items" in read.answer.get("properties", {})
    ]


def test_every_list_takes_a_limit_and_a_cursor_and_answers_with_items_and_next(
    world: Whole,
) -> None:
    found = lists_of(world)
    assert len(found) >= 25, [read.path for read in found]
    for read in found:
        told = {one["name"]: one["schema"] for one in read.said["parameters"]}
        assert {"items", "next"} <= set(read.answer.get("properties", {})), read.path
        assert (told["limit"]["default"], told["limit"]["maximum"]) == (USUAL, MOST), read.path
        assert "cursor" in told, read.path
        assert not {"after", "before", "offset", "page"} & set(told), read.path


def test_pages_of_one_hold_together_what_one_page_of_many_holds(world: Whole) -> None:
    followed = 0
    for read in lists_of(world):
        whole_page = read.get(limit=MOST)
        if whole_page.status_code == 404:
            assert read.path.startswith("/api/v1/area-profiles"), read.path
            continue
        assert whole_page.status_code == 200, (read.path, whole_page.text)
        assert whole_page.json()["next"] is None, read.path
        rows, cursor = [], None
        while True:
            page = read.get(limit=1, **({"cursor": cursor} if cursor else {})).json()
            rows += page["items"]
            cursor = page["next"]
            if cursor is None:
                break
        assert rows == whole_page.json()["items"], read.path
        followed += len(rows) > 1
    assert followed >= 8


def test_a_list_refuses_what_it_does_not_know(world: Whole) -> None:
    for read in lists_of(world):
        for query in ({"stat": "open"}, {"limit": MOST + 1}, {"limit": 0}):
            refused = read.get(**query)
            assert refused.status_code == 422, (read.path, query)
            assert refused.headers["content-type"] == MEDIA_TYPE
        strange = read.get(cursor="bm9uc2Vuc2U")
        if not read.path.startswith("/api/v1/area-profiles"):
            assert strange.json()["type"] == f"{TYPE}query-not-known", read.path
            assert strange.json()["errors"][0]["field"] == "cursor"


def test_every_read_has_an_etag_and_answers_304_to_who_holds_it(world: Whole) -> None:
    tried = 0
    for read in reads(world):
        if read.path.endswith(("/live", "/device", "/impact")):
            continue  # they name the moment of asking
        first = read.get()
        if first.status_code != 200:
            assert first.headers["content-type"] == MEDIA_TYPE, (read.path, first.text)
            continue
        again = read.get({"if-none-match": f'"other", {first.headers["etag"]}'})
        assert (again.status_code, again.content) == (304, b""), read.path
        assert again.headers["etag"] == first.headers["etag"]
        assert "304" in read.said["responses"]
        assert "If-None-Match" in {one["name"] for one in read.said["parameters"]}
        tried += 1
    assert tried >= 40


def test_every_change_that_could_overwrite_another_asks_for_the_version(world: Whole) -> None:
    """Whatever replaces or corrects a record, by PUT under an id of ours or by PATCH."""
    for service in SERVICES:
        for method, path, said in operations(world.app(service).openapi()):
            if method not in ("put", "patch"):
                continue
            names = {one["name"] for one in said.get("parameters", [])}
            if method == "put" and "201" in said["responses"]:
                continue  # made under the device's own id: another body is a conflict
            if path in SAID_IN_FULL:
                continue
            assert "If-Match" in names, f"{service} {method} {path}"
            assert {"412", "428"} <= set(said["responses"]), path


def test_every_operation_is_described_with_examples_that_hold(world: Whole) -> None:
    for service in SERVICES:
        document = world.app(service).openapi()
        registry: Registry[Any] = Registry().with_resource(
            "urn:document", Resource.opaque(document)
        )
        for method, path, said in operations(document):
            where = f"{service} {method} {path}"
            assert said.get("summary"), where
            assert said.get("description") or path.startswith("/health"), where
            bodies = [said.get("requestBody", {}), *said["responses"].values()]
            for media in (m for body in bodies for m in body.get("content", {}).items()):
                _check_example(media, registry, where)


def _check_example(media: tuple[str, Any], registry: Registry[Any], where: str) -> None:
    kind, said = media
    if kind not in (JSON, MEDIA_TYPE) or not said.get("schema"):
        return
    assert "example" in said or "examples" in said, f"{where} {kind} has no example"
    if "example" not in said:
        return
    assert '"…"' not in json.dumps(said["example"], ensure_ascii=False), where
    schema = _absolute(said["schema"])
    for error in Draft202012Validator(schema, registry=registry).iter_errors(said["example"]):
        pytest.fail(f"{where}: {error.json_path} {error.message}")


def _absolute(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {
            key: f"urn:document{value}" if key == "$ref" else _absolute(value)
            for key, value in schema.items()
        }
    return [_absolute(one) for one in schema] if isinstance(schema, list) else schema


def test_every_kind_of_error_has_a_type_of_its_own_that_the_guide_lists(world: Whole) -> None:
    raised = {one.code for one in _kinds(DomainError)} | {FIELDS}
    raised |= {code for code, _title in BY_STATUS.values()}
    raised |= set(re.findall(r'cls\(\s*\d{3},\s*"([a-z-]+)"', inspect.getsource(RefusedError)))
    raised.add("account-closed")
    listed = re.findall(r"^\| `([a-z0-9-]+)` \| \d{3}", GUIDE.read_text(), re.MULTILINE)
    assert len(listed) == len(set(listed))
    assert set(listed) == raised


def _kinds(kind: type[DomainError]) -> list[type[DomainError]]:
    found = [kind]
    for each in kind.__subclasses__():
        assert "code" in each.__dict__, f"{each.__name__} has no code of its own"
        found += _kinds(each)
    return found


def test_an_error_names_its_type_wherever_it_comes_from(world: Whole) -> None:
    client = world.__dict__["people"][Role.COORDINATOR].client
    nobody = world.browser()
    start = "/matching/api/v1/opportunities"
    missing = f"{start}/0198f2a0-0000-7000-8000-00000000dead"
    for answer, code in (
        (nobody.get(start), "not-signed-in"),
        (nobody.get(start, headers={"authorization": "Bearer nv_x"}), "token-unknown"),
        (client.get(missing), "not-found"),
        (client.get(f"{start}/7"), "fields"),
        (client.delete(start), "method-not-allowed"),
        (client.get("/matching/api/v1/nothing"), "not-found"),
        (client.patch(missing, json={}), "version-needed"),
        (client.patch(missing, json={}, headers={"if-match": '"x"'}), "version-stale"),
        (client.get("/outreach/api/v1/concerns"), "not-allowed"),
    ):
        assert answer.headers["content-type"] == MEDIA_TYPE, answer.text
        told = answer.json()
        assert told["type"] == f"{TYPE}{code}", told
        assert {"title", "status", "detail"} <= set(told)
