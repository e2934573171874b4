"""Whoever learns something about one person leaves an entry in the trail, by whichever route."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from sqlalchemy import func, select

from services.runtime.security.permissions import PARTICIPANT_DATA, allows
from services.runtime.security.principal import Role
from services.runtime.tables import audit
from tests.security.fuzzing import Operation, operations, send
from tests.support.figures import tell
from tests.support.whole import Whole, populate, whole

# Counters of what waits, for a page that is open already: nobody's id or word.
COUNTERS = "/live"
# A look that needs a body, and changes nothing.
ASKED_BY_POST = "/what-if"


def entries(world: Whole, operation: Operation) -> int:
    node = world.node(operation.path.split("/")[1])
    query = select(func.count()).select_from(audit)
    return node.database.read(lambda session: session.scalar(query) or 0)


def test_every_look_at_personal_data_is_in_the_trail(tmp_path: Path) -> None:
    with whole(tmp_path) as world:
        worker, coordinator = world.sign_in(Role.LINK_WORKER), world.sign_in(Role.COORDINATOR)
        populate(world, worker, coordinator, 1)
        everybody = [worker, coordinator, world.sign_in(Role.SAFEGUARDING_LEAD)]
        ids = {record.parameter: record.id for record in world.records}
        looks, unwritten = Counter[str](), []
        for operation in operations(world):
            permission = operation.access.permission
            is_look = operation.method == "GET" or operation.path.endswith(ASKED_BY_POST)
            if not is_look or permission not in PARTICIPANT_DATA:
                continue
            for who in everybody:
                if not allows(who.principal, permission):
                    continue
                before = entries(world, operation)
                body = {"match_ids": [ids["match_id"]]} if operation.method == "POST" else ...
                if send(who, operation, operation.at(ids), body).status_code != 200:
                    continue
                looks[operation.path] += 1
                if entries(world, operation) == before and not operation.path.endswith(COUNTERS):
                    unwritten.append(f"{who.role} {operation.path}")
        assert unwritten == []
        assert len(looks) > 40
        tell("looks at personal data, each in the audit trail", looks.total())
