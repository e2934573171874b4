"""A question by text and its answer, through all three services in one process."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from services.cli.community import PEOPLE
from services.cli.journey import opportunity_body
from services.matching.impact.bodies import PROGRAMME
from services.matching.impact.models import AskedRow
from services.runtime.security.principal import Role
from tests.support.whole import _register, _send, phone_of, reply, whole


def test_a_number_by_text_becomes_a_figure_of_the_programme(tmp_path: Path) -> None:
    with whole(tmp_path) as world:
        worker, coordinator = world.sign_in(Role.LINK_WORKER), world.sign_in(Role.COORDINATOR)
        _register(world, worker, PEOPLE[0], 101)
        body = opportunity_body(members=[])
        made = _send(coordinator, "POST", "/matching/api/v1/opportunities", body)
        world.settle()
        path = f"/matching/api/v1/opportunities/{made['opportunity_id']}/proposals"
        (proposal,) = _send(coordinator, "GET", path)["items"]
        approve = f"/matching/api/v1/proposals/{proposal['match_id']}/approve"
        _send(coordinator, "POST", approve, {})
        world.settle()
        reply(world, phone_of(101), "YES", f"SM{1:032d}")
        world.settle()
        programme = PROGRAMME | {"opportunity_ids": [made["opportunity_id"]]}
        started = _send(coordinator, "POST", "/matching/api/v1/programmes", programme)
        ask = f"/matching/api/v1/programmes/{started['programme_id']}/questions"
        assert _send(coordinator, "POST", ask) == {"people": 1}
        world.settle()
        reply(world, phone_of(101), "4", f"SM{2:032d}")
        world.settle()
        with world.node("matching").database.reading() as session:
            rows = session.scalars(select(AskedRow).order_by(AskedRow.asked_at)).all()
            found = [(row.match_id, row.question, row.value) for row in rows]
        match = UUID(proposal["match_id"])
        assert found == [(match, "listened", 4), (match, "again", None)]
