"""The made-up community of a fresh installation, looked at through its pages and by SQL."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import NormalDist
from typing import Any
from uuid import UUID

from fastapi.testclient import TestClient
from sqlalchemy import select

from services.cli.community import ORGANISATION
from services.cli.seeding import seed_nodes
from services.outreach.account_models import Account
from services.runtime.security.principal import Role
from tests.support.reading_pages import counted
from tests.support.whole import Whole, reply, whole

SENT = "/notifications/api/v1/invitations?state=sent"
OPPORTUNITY = "Better home care group"


@dataclass
class Console:
    """The made-up community, and who looks at it."""

    world: Whole
    clients: dict[str, TestClient]

    def see(self, path: str, role: str = "coordinator") -> str:
        answer = self.clients[role].get(path, headers={"accept": "text/html"})
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.text

    def api(self, path: str) -> Any:
        return self.clients["coordinator"].get(path).json()

    def sql(self, query: str, *values: Any, service: str = "matching") -> list[tuple[Any, ...]]:
        return counted(self.world.node(service), query, *values)

    def one(self, query: str, *values: Any, service: str = "matching") -> Any:
        return self.sql(query, *values, service=service)[0][0]

    @property
    def today(self) -> str:
        return self.world.node("matching").now().date().isoformat()

    @cached_property
    def opportunity(self) -> str:
        return str(self.one("SELECT id FROM opportunities WHERE title = ?", OPPORTUNITY))

    def path_of(self, number: str) -> str:
        return f"/matching/opportunities/{UUID(number)}"


@contextmanager
def made_up_community(folder: Path) -> Iterator[Console]:
    """Seeded, three people asked for a seat, of whom one said yes and one no."""
    with whole(folder) as world:
        seed_nodes(world.nodes)
        world.settle()
        accounts = world.node("outreach").database.read(
            lambda s: [(a.id, a.role, a.team_id) for a in s.scalars(select(Account))]
        )
        clients = {
            role: world.enter(world.gate, number, Role(role), ORGANISATION, team).client
            for number, role, team in accounts
        }
        made = Console(world, clients)
        path = f"/matching/api/v1/opportunities/{UUID(made.opportunity)}/proposals"
        coordinator = clients["coordinator"]
        for proposal in coordinator.get(path).json()["items"]:
            approve = f"/matching/api/v1/proposals/{proposal['match_id']}/approve"
            assert coordinator.post(approve, json={}).is_success
            world.settle()
            if len(coordinator.get(SENT).json()["items"]) == 3:
                break  # some are asked by a call instead
        _answer(made, ("YES", "NO"))
        yield made


def _answer(console: Console, answers: tuple[str, ...]) -> None:
    """The first people who were asked text back."""
    asked = console.clients["coordinator"].get(SENT).json()["items"]
    asked.sort(key=lambda each: str(each["participant_id"]))
    for number, (each, said) in enumerate(zip(asked, answers, strict=False)):
        person = console.clients["link_worker"].get(
            f"/outreach/api/v1/participants/{each['participant_id']}"
        )
        phone = "0" + person.json()["phone"].removeprefix("+44")
        reply(console.world, phone, said, f"SM{number:032d}")
    console.world.settle()


def wilson(part: int, whole: int) -> tuple[float, float]:
    """Wilson, E. B. (1927), worked out anew."""
    z = NormalDist().inv_cdf(0.975)
    share, n = part / whole, whole
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def percent(share: float) -> str:
    return f"{100 * share:.0f}%"


def close_to(shown: str, share: float) -> bool:
    """A rounded share may fall to either side of a half."""
    return abs(float(shown.rstrip("%")) - 100 * share) <= 0.5 + 1e-9


def pounds(pence: float) -> str:
    whole, rest = divmod(int(pence), 100)
    return f"£{whole:,}.{rest:02d}" if rest else f"£{whole:,}"
