"""Whatever arrives at an API, in whatever role: never a server error, always a documented answer.

Requests are made up from the OpenAPI documents (schemathesis), valid and broken ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode

from services.runtime.security.permissions import Permission, allows
from services.runtime.security.principal import Role
from services.runtime.security.routes import route_table
from tests.support.examples import examples
from tests.support.figures import tell
from tests.support.whole import ORIGIN, Who, Whole, populate, whole

SERVICES = ("outreach", "matching", "notifications")
EXAMPLES = 8
# They end the session, or work for seconds; their own tests cover them.
LEFT_OUT = ("/sign-out", "/password", "/sign-in", "/draws")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    with whole(tmp_path_factory.mktemp("fuzzed")) as made:
        worker, coordinator = made.sign_in(Role.LINK_WORKER), made.sign_in(Role.COORDINATOR)
        populate(made, worker, coordinator, 1)
        yield made


@pytest.fixture(scope="module")
def everybody(world: Whole) -> dict[Role, Who]:
    return {role: world.sign_in(role) for role in Role}


@pytest.mark.makes_up_addresses
@pytest.mark.parametrize("name", SERVICES)
def test_no_made_up_request_ends_in_a_server_error(
    world: Whole, everybody: dict[Role, Who], name: str
) -> None:
    statuses: Counter[int] = Counter()
    needs = {
        (method, one.path): one.access[0].permission
        for one in route_table(world.app(name))
        for method in one.methods
    }
    document = schemathesis.openapi.from_dict(world.app(name).openapi())
    for result in document.get_all_operations():
        operation = result.ok()
        if operation.path.endswith(LEFT_OUT):
            continue
        who = _roles(everybody, needs[operation.method.upper(), operation.path])
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            cases = _cases(operation, mode)
            if cases is None:
                continue
            _try(cases, name, who, statuses)
    assert sum(statuses.values()) > 100
    assert not {status for status in statuses if status >= 500}
    tell("requests made up from the OpenAPI documents", sum(statuses.values()))


def _roles(everybody: dict[Role, Who], needed: Permission | None) -> list[Who]:
    """All who may, and one who may not: more of those would only learn 403 again."""
    may = [w for w in everybody.values() if needed is None or allows(w.principal, needed)]
    return may + [w for w in everybody.values() if w not in may][:1]


def _cases(operation: object, mode: GenerationMode) -> st.SearchStrategy | None:  # type: ignore[type-arg]
    try:
        return operation.as_strategy(generation_mode=mode)  # type: ignore[attr-defined]
    except Exception as error:
        # An operation without any parameter has no broken form.
        assert mode is GenerationMode.NEGATIVE, str(error)
        return None


def _try(
    cases: st.SearchStrategy,  # type: ignore[type-arg]
    name: str,
    everybody: list[Who],
    statuses: Counter[int],
) -> None:
    @given(case=cases)
    @settings(
        max_examples=examples(EXAMPLES),
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def run(case: object) -> None:
        for who in everybody:
            sent = case.as_transport_kwargs(base_url=f"{ORIGIN}/{name}")  # type: ignore[attr-defined]
            sent.pop("cookies", None)
            headers = dict(sent.pop("headers", None) or {}) | {"origin": ORIGIN}
            headers["content-type"] = "application/json"
            try:
                answer = who.client.request(
                    sent.pop("method"),
                    sent.pop("url"),
                    headers=headers,
                    follow_redirects=False,
                    **{key: sent[key] for key in ("params", "json", "data") if key in sent},
                )
            except (UnicodeError, ValueError):
                continue  # the client itself cannot send this
            statuses[answer.status_code] += 1
            assert answer.status_code < 500, f"{who.role} {case}: {answer.text}"

    try:
        run()
    except Exception as error:
        if "Unsatisfiable" not in type(error).__name__:
            raise
