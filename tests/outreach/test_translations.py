"""Each language that is shipped says everything: no page falls back to English half way."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from babel.messages.mofile import write_mo
from fastapi.testclient import TestClient

from infra.messages import (
    LANGUAGES,
    OUTREACH,
    RUNTIME,
    Message,
    catalogue,
    missing,
    outreach_messages,
    path_of,
    runtime_messages,
)
from services.outreach import areas
from services.runtime.pages.language import LANGUAGES as SPOKEN
from tests.outreach.conftest import World, contact_body, register

PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}")
VOID = {"input", "br", "meta", "link", "hr", "img", "path", "rect", "line", "circle"}
# Names stay as they are in every language.
NAMES = {"New Voices", *(area.name for area in areas.all_areas().values())}
NAMES |= {language.name for language in SPOKEN.values()}
# What CLDR calls them alike.
NAMES |= {"Hindi", "Pashto", "Tigrinya", "Urdu", "Bengali", "Tamil", "Gujarati", "Amharic"}
NAMES |= {"Harehills food bank", "Quintessa Marblethwaite", "Quintesa Marblethwait", "Colleague"}
SAME_WORD = {
    "cy": {"Braille", "Person", "Post", "Dementia", "Roma", "LGBTQ+", "Easy Read"},
    "pl": {"Menu", "LGBTQ+"},
    "ur": {"LGBTQ+"},
    "ar": set[str](),
}


@pytest.fixture(scope="module")
def wanted() -> dict[Path, set[Message]]:
    return {OUTREACH: outreach_messages(), RUNTIME: runtime_messages()}


@pytest.mark.parametrize("folder", [OUTREACH, RUNTIME], ids=["outreach", "shared"])
@pytest.mark.parametrize("code", LANGUAGES)
def test_a_catalogue_says_everything_that_the_pages_say(
    code: str, folder: Path, wanted: dict[Path, set[Message]]
) -> None:
    assert missing(catalogue(folder, code), wanted[folder]) == []


@pytest.mark.parametrize("folder", [OUTREACH, RUNTIME], ids=["outreach", "shared"])
@pytest.mark.parametrize("code", LANGUAGES)
def test_a_catalogue_keeps_every_placeholder_and_compiles(code: str, folder: Path) -> None:
    known = catalogue(folder, code)
    for entry in known:
        if not entry.id:
            continue
        if isinstance(entry.id, str):
            pairs = [(entry.id, entry.string)]
        else:
            # A form for one, two or none may leave its number out, where the word says it.
            assert len(entry.string) == known.num_plurals
            pairs = [(entry.id[1], entry.string[-1])]
        for message, said in pairs:
            assert sorted(PLACEHOLDER.findall(said)) == sorted(PLACEHOLDER.findall(message)), said
    write_mo(io.BytesIO(), known)
    assert b"fuzzy" not in path_of(folder, code).read_bytes()


class Words(HTMLParser):
    """What a page says in its own language: texts, and what is read out of attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.said: set[str] = set()
        self._open: list[bool] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        # A part in another language says so, and is meant to stay.
        other = (tag != "html" and "lang" in told) or tag in {"script", "style"}
        if tag not in VOID:
            self._open.append(other or (bool(self._open) and self._open[-1]))
        if not other and not (self._open and self._open[-1]):
            for name in ("aria-label", "data-nv-required", "data-confirm", "data-text"):
                self._hear(told.get(name) or "")

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if not (self._open and self._open[-1]):
            self._hear(data)

    def _hear(self, text: str) -> None:
        words = " ".join(text.split())
        if re.search(r"[A-Za-z]{2}", words):
            self.said.add(words)


def said_on(client: TestClient, path: str, code: str) -> set[str]:
    answer = client.get(path, headers={"accept": "text/html", "accept-language": code})
    assert answer.status_code == 200, (path, answer.status_code)
    return Words(answer.text).said


def untranslated(english: set[str], other: set[str], code: str) -> set[str]:
    return {
        text
        for text in english & other
        # A unit is written alike in the same letters.
        if not re.fullmatch(r"\d+ km", text)
        # "Person 1", "Harehills food bank, Tuesday 24 November", ": Quintesa Marblethwait"
        if not any(text.lstrip(": ").startswith(name) for name in NAMES | SAME_WORD[code])
    }


@pytest.fixture
def paths(world: World, worker: TestClient) -> list[str]:
    contact, person = str(uuid4()), ""
    today = world.node.now().date().isoformat()
    worker.put(f"/api/v1/contacts/{contact}", json=contact_body(follow_up_on=today, notes=None))
    person = register(worker)
    register(worker, name="Quintesa Marblethwait", contact_id=contact)
    return [
        *("/people/new", f"/contacts/{contact}/register", "/people/saved", "/people"),
        *(f"/people/{person}{rest}" for rest in ("", "/edit", "/consent", "/duplicates", "/erase")),
        *("/", "/contacts/new", "/contacts/saved", "/contacts", f"/contacts/{contact}"),
        *(f"/contacts/{contact}/erase", "/follow-ups", "/places", "/start", "/waiting"),
        *("/learning", "/learning/definition", "/learning/principles", "/learning/examples"),
        "/concerns/new",
    ]


def test_no_page_of_a_link_worker_says_a_word_of_english_in_another_language(
    worker: TestClient, paths: list[str]
) -> None:
    english = {path: said_on(worker, path, "en") for path in paths}
    found = {
        (code, path): left
        for code in LANGUAGES
        for path in paths
        if (left := untranslated(english[path], said_on(worker, path, code), code))
    }
    assert found == {}


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("/people/new", {}),
    ("/people/new", {"name": "A", "area_code": "E08000035", "consents[0].purpose": "contact"}),
    ("/contacts/new", {"people": "many"}),
    ("/concerns/new", {}),
    ("/learning", {"familiarity": "9"}),
]


def refused(client: TestClient, path: str, form: dict[str, Any], code: str) -> Iterator[str]:
    headers = {"accept": "text/html", "accept-language": code}
    page = client.get(path, headers=headers)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token
    answer = client.post(
        f"{path}?id={uuid4()}",
        data={**form, "csrf_token": token[1]},
        headers={**headers, "content-type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 422
    found = re.findall(r'govuk-error-summary__list">(.*?)</ul>', answer.text, re.S)
    assert found
    yield from Words(found[0]).said or {re.sub(r"<[^>]+>|\s+", " ", found[0]).strip()}


@pytest.mark.parametrize(("path", "form"), REFUSED)
def test_what_is_refused_is_said_in_the_language_of_the_page(
    path: str, form: dict[str, Any], worker: TestClient
) -> None:
    english = set(refused(worker, path, form, "en"))
    kept = {code: english & set(refused(worker, path, form, code)) for code in LANGUAGES}
    assert not any(kept.values()), kept
