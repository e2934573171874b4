"""Pages carry the layout, the request's language, and errors in plain words."""

from pathlib import Path

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.testclient import TestClient

from services.runtime.errors import NotFound
from services.runtime.pages import (
    FieldError,
    NavItem,
    flash,
    install_error_pages,
    make_pages,
    mount_static,
)
from services.runtime.problems import install

HTML = {"accept": "text/html"}


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    (tmp_path / "hello.html").write_text(
        '{% extends "nv/base.html" %}{% block title %}Hello{% endblock %}'
        "{% block content %}<h1>{{ word }}</h1>{{ csrf_field() }}{% endblock %}"
    )
    pages = make_pages(
        "Outreach",
        tmp_path,
        lambda _request: [NavItem("Home", "/"), NavItem("Contacts", "/contacts")],
    )
    app = FastAPI()
    mount_static(app)
    install(app)

    @app.get("/contacts/new")
    def new(request: Request) -> Response:
        return pages.page(request, "hello.html", word="<b>bold</b>")

    @app.get("/wrong")
    def wrong(request: Request) -> Response:
        problems = [FieldError("venue", "Say where you met.")]
        return pages.page(request, "hello.html", errors=problems, word="x")

    @app.get("/saved")
    def saved() -> Response:
        response = Response(status_code=303, headers={"location": "/contacts/new"})
        flash(response, "success", "The contact is saved.")
        return response

    @app.get("/gone")
    def gone() -> None:
        raise NotFound("This contact does not exist. Go back to your list.")

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("Ada Lovelace 07700900123")

    install_error_pages(app, pages)
    return TestClient(app, raise_server_exceptions=False)


def test_what_people_typed_is_shown_as_text_and_never_as_markup(client: TestClient) -> None:
    assert "&lt;b&gt;bold" in client.get("/contacts/new", headers=HTML).text


def test_the_navigation_marks_the_page_one_is_on_and_no_other(client: TestClient) -> None:
    text = client.get("/contacts/new", headers=HTML).text
    assert text.count('aria-current="page"') == 1
    assert 'href="/contacts" aria-current="page"' in " ".join(text.split())


def test_a_page_with_errors_says_so_in_its_title_and_answers_422(client: TestClient) -> None:
    response = client.get("/wrong", headers=HTML)
    assert response.status_code == 422
    assert "<title>Error: Hello" in response.text
    assert '<a href="#venue">Say where you met.</a>' in response.text


def test_a_sentence_for_the_next_page_is_shown_once(client: TestClient) -> None:
    first = client.get("/saved", headers=HTML)
    assert "The contact is saved." in first.text
    assert "The contact is saved." not in client.get("/contacts/new", headers=HTML).text


def test_a_damaged_flash_cookie_is_ignored(client: TestClient) -> None:
    client.cookies.set("nv_flash", "not-base64-%%")
    assert client.get("/contacts/new", headers=HTML).status_code == 200


def test_a_person_reads_an_error_as_a_page_and_a_program_as_a_problem(client: TestClient) -> None:
    page = client.get("/gone", headers=HTML)
    assert page.status_code == 404
    assert "This contact does not exist. Go back to your list." in page.text
    assert client.get("/gone").headers["content-type"] == "application/problem+json"


def test_an_unknown_address_is_explained_in_a_plain_sentence(client: TestClient) -> None:
    page = client.get("/nowhere", headers=HTML)
    assert page.status_code == 404
    assert "Check the address for mistakes" in page.text


def test_a_fault_of_ours_shows_nothing_of_its_cause(client: TestClient) -> None:
    page = client.get("/broken", headers=HTML)
    assert page.status_code == 500
    assert "Nothing was saved." in page.text
    assert "Lovelace" not in page.text


@pytest.mark.parametrize(
    ("accept", "lang", "direction"),
    [
        ("en-GB", "en", "ltr"),
        ("cy", "cy", "ltr"),
        ("fr, pl;q=0.5, ur;q=0.8", "ur", "rtl"),
        ("ar-SA", "ar", "rtl"),
        ("de", "en", "ltr"),
        ("*;q=x", "en", "ltr"),
    ],
)
def test_the_page_speaks_the_first_language_we_have_in_the_order_the_browser_asks(
    client: TestClient, accept: str, lang: str, direction: str
) -> None:
    text = client.get("/contacts/new", headers=HTML | {"accept-language": accept}).text
    assert f'<html lang="{lang}" dir="{direction}"' in text


def test_a_chosen_language_is_kept_for_the_next_page(client: TestClient) -> None:
    client.get("/contacts/new?lang=cy", headers=HTML)
    assert '<html lang="cy"' in client.get("/contacts/new", headers=HTML).text


def test_a_page_is_sent_gzipped_and_its_length_tells_nothing(client: TestClient) -> None:
    plain = client.get("/contacts/new", headers=HTML | {"accept-encoding": "identity"})
    packed = [
        client.get("/contacts/new", headers=HTML | {"accept-encoding": "gzip"}) for _ in range(12)
    ]
    assert "content-encoding" not in plain.headers
    assert {page.headers["content-encoding"] for page in packed} == {"gzip"}
    assert {page.text for page in packed} == {plain.text}
    sizes = {int(page.headers["content-length"]) for page in packed}
    assert len(sizes) > 1
    assert max(sizes) < len(plain.content) / 2


def test_an_unknown_language_in_the_address_changes_nothing(client: TestClient) -> None:
    response = client.get("/contacts/new?lang=xx", headers=HTML)
    assert "nv_lang" not in response.headers.get("set-cookie", "")
