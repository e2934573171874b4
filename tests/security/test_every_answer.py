"""Every route of the whole application over https: its headers, its cookies, its content type."""

from __future__ import annotations

from collections.abc import Iterator
from http.cookies import SimpleCookie

import pytest
from anyio.from_thread import start_blocking_portal
from fastapi import FastAPI
from httpx import Response
from pydantic import SecretStr
from structlog.testing import capture_logs

from services.cli.compose import make_nodes, make_root
from services.runtime.security.master_keys import LocalMasterKeys
from services.runtime.security.routes import route_table
from services.runtime.security.settings import SecuritySettings
from services.runtime.settings import Settings
from tests.support.asking import Asker
from tests.support.figures import tell

ORIGIN = "https://voices.example"
SOME_ID = "0190b1f0-0000-7000-8000-000000000000"
YEAR = 31_536_000


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    security = SecuritySettings(
        secret_key=SecretStr("s" * 48),
        master_keys=SecretStr(LocalMasterKeys.fresh().to_json().decode()),
        public_base_url=ORIGIN,
    )
    settings = Settings(data_dir=tmp_path_factory.mktemp("https"), security=security)
    nodes = make_nodes(settings)
    yield make_root(nodes)
    for node in nodes:
        node.close()


@pytest.fixture(scope="module")
def client(root: FastAPI) -> Iterator[Asker]:
    with start_blocking_portal() as portal:
        yield Asker(root, ORIGIN, portal)


@pytest.fixture(scope="module")
def answers(root: FastAPI, client: Asker) -> list[tuple[str, Response]]:
    """Each route asked by a stranger as a browser does, and some addresses that nothing has."""
    found = []
    for route in route_table(root):
        path = "".join(SOME_ID if part.startswith("{") else part for part in _parts(route.path))
        for method in sorted(route.methods or {"GET"}):
            headers = {"accept": "text/html"} if "/api/" not in path else {}
            client.cookies.clear()
            address = f"{path}?lang=cy"
            answer = client.request(method, address, headers=headers, follow_redirects=False)
            found.append((f"{method} {path}", answer))
    for path in ("/no/such/page", "/static/", "/static/../pyproject.toml", "/.git/config"):
        found.append((f"GET {path}", client.get(path)))
    assert len(found) > 250
    tell("answers looked at for headers, cookies and content type", len(found))
    return found


def _parts(path: str) -> list[str]:
    return path.replace("{", "\0{").replace("}", "}\0").split("\0")


def test_every_answer_carries_the_headers_that_a_browser_needs(
    answers: list[tuple[str, Response]],
) -> None:
    for asked, answer in answers:
        headers = answer.headers
        policy = headers["content-security-policy"].split("; ")
        for directive in ("default-src 'none'", "object-src 'none'", "base-uri 'none'",
                          "frame-ancestors 'none'"):  # fmt: skip
            assert directive in policy, asked
        assert "unsafe" not in headers["content-security-policy"], asked
        assert headers["x-content-type-options"] == "nosniff", asked
        assert headers["referrer-policy"] == "same-origin", asked
        assert headers["cross-origin-opener-policy"] == "same-origin", asked
        assert headers["cross-origin-resource-policy"] == "same-origin", asked
        age, *rest = headers["strict-transport-security"].split("; ")
        assert int(age.removeprefix("max-age=")) >= YEAR, asked
        assert "includeSubDomains" in rest, asked
        assert "access-control-allow-origin" not in headers, asked


def test_every_answer_says_what_it_holds_and_in_which_letters(
    answers: list[tuple[str, Response]],
) -> None:
    for asked, answer in answers:
        kind = answer.headers.get("content-type", "")
        assert kind or not answer.content, asked
        if kind.startswith("text/") or "xml" in kind:
            assert "charset=utf-8" in kind.lower(), f"{asked}: {kind}"


def test_no_answer_is_kept_but_files_without_data(answers: list[tuple[str, Response]]) -> None:
    kept = {
        asked.split()[1] for asked, answer in answers
        if "no-store" not in answer.headers["cache-control"]
    }  # fmt: skip
    open_files = ("/static", "/outreach/sw.js", "/outreach/app.webmanifest")
    assert {path for path in kept if not path.startswith(open_files)} == set()


def test_every_cookie_is_for_this_host_over_https_and_out_of_reach_of_scripts(
    answers: list[tuple[str, Response]],
) -> None:
    names = set()
    for asked, answer in answers:
        for line in answer.headers.get_list("set-cookie"):
            cookie = SimpleCookie(line)
            (name,) = cookie
            names.add(name)
            attributes = cookie[name]
            assert name.startswith("__Host-"), f"{asked}: {name}"
            assert attributes["secure"], f"{asked}: {name}"
            assert attributes["httponly"], f"{asked}: {name}"
            assert attributes["samesite"].lower() == "lax", f"{asked}: {name}"
            assert (attributes["path"], attributes["domain"]) == ("/", ""), f"{asked}: {name}"
    assert {"__Host-nv_form", "__Host-nv_lang"} <= names


def test_a_chosen_language_and_a_sentence_for_the_next_page_come_back_under_their_prefix(
    client: Asker,
) -> None:
    client.cookies.clear()
    client.get("/outreach/sign-in?lang=cy")
    assert '<html lang="cy"' in client.get("/outreach/sign-in").text
    client.cookies.clear()
    # Without the prefix a neighbouring host could have set it.
    client.cookies["nv_lang"] = "pl"
    assert '<html lang="pl"' not in client.get("/outreach/sign-in").text


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "PROPFIND"])
@pytest.mark.parametrize("path", ["/", "/outreach/sign-in", "/matching/api/v1/opportunities"])
def test_a_method_that_no_route_has_is_refused_and_echoes_nothing(
    client: Asker, method: str, path: str
) -> None:
    answer = client.request(method, path, headers={"x-probe": "echoed"})
    assert answer.status_code in (404, 405)
    assert "echoed" not in answer.text


def test_nothing_is_listed_and_nothing_beside_the_built_files_is_served(
    client: Asker,
) -> None:
    for path in ("/static", "/static/", "/.git/config", "/static/..%2f..%2fpyproject.toml",
                 "/.env", "/requirements.lock"):  # fmt: skip
        assert client.get(path).status_code == 404, path


def test_no_part_runs_in_a_debug_mode_or_names_its_version(
    root: FastAPI, answers: list[tuple[str, Response]]
) -> None:
    assert root.debug is False
    for asked, answer in answers:
        told = " ".join(f"{k}: {v}" for k, v in answer.headers.items()).lower()
        for name in ("uvicorn/", "python/", "starlette", "x-powered-by", "fastapi"):
            assert name not in told, asked
        assert "Traceback" not in answer.text, asked


def test_repeated_and_misplaced_parameters_change_nothing(client: Asker) -> None:
    """A value is read from the one place that a route names, whatever else carries its name."""
    client.cookies.clear()
    with capture_logs() as seen:
        answer = client.post(
            "/outreach/api/v1/sign-in?email=a@b.example&password=x&email=c@d.example",
            json={"an@unknown.example": "field"},
            headers={"origin": ORIGIN},
        )
    assert answer.status_code == 422
    assert {"email", "password"} <= {one["field"] for one in answer.json()["errors"]}
    (line,) = [one for one in seen if one["event"] == "body refused"]
    assert line["faults"] >= 2
    assert "example" not in str(line)
