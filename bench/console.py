"""How long a coordinator waits for a page, with 1,000 opportunities and 100,000 people.

    python -m bench.console [people] [opportunities] [looks]

Rows are put in directly, as matching would have written them: every opportunity has targets,
members and a full queue. Prints p50 and p95 in milliseconds of each page, rendered in this process.
"""

from __future__ import annotations

import random
import re
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

from fastapi.testclient import TestClient
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from schemas.envelope import new_id
from services.matching import commands, reference
from services.matching.barriers.models import BarrierReportRow
from services.matching.bodies import OpenOpportunity
from services.matching.feedback_loop.models import SaidRow
from services.matching.impact.bodies import PROGRAMME, ProgrammeBody
from services.matching.impact.commands import start as begin_programme
from services.matching.models import MatchRow, OpportunityRow, ProfileRow, TermRow
from services.matching.reciprocity.models import OwedRow
from services.matching.service import SERVICE
from services.runtime import migrations
from services.runtime.node import Node
from services.runtime.security.principal import Principal, Role
from services.runtime.security.settings import SecuritySettings
from services.runtime.settings import Settings

QUEUE = 30
BATCH = 5_000
AREA = "E06000001"
CENSUS = Path(reference.__file__).parent / "data" / "census2021-ts021-extract.csv"
PAGES = (
    "/opportunities",
    "/opportunities?sort=widest_gap",
    "/HERE",
    *(f"/HERE/{page}" for page in ("review", "what-if", "targets", "change", "draws", "sharing")),
    "/HERE/reciprocity",
    "/HERE/feedback-loop",
    "/voices",
    "/api/v1/measures/export?form=csv",
    "/reciprocity",
    "/owed-answers",
    "/barriers",
    "/practice",
    "/surveys",
    "/programmes",
    "/ONE",
)
TARGETS = [
    {"group": {"age_band": "18_24"}, "least": 2},
    {"group": {"ethnic_group": "asian"}, "proportion": 0.25},
    {"group": {"lived_experience": "unpaid_carer"}, "least": 1},
]


def people(session: Session, count: int, organisation: str) -> list[UUID]:
    ids = [uuid4() for _ in range(count)]
    for start in range(0, count, BATCH):
        rows = [
            {
                "participant_id": each,
                "organisation_id": organisation,
                "area_code": AREA,
                "categories": {"age_band": [random.choice(["18_24", "35_44", "75_84"])]},
                "needs": [],
                "slots": [],
                "modes": ["in_person"],
                "prior_seats": 0,
            }
            for each in ids[start : start + BATCH]
        ]
        session.execute(insert(ProfileRow), rows)
    return ids


def fill(session: Session, who: Principal, node: Node, opportunities: int, ids: list[UUID]) -> None:
    now = node.now()
    for number in range(opportunities):
        body = OpenOpportunity.model_validate(
            {
                "title": f"Group {number}",
                "host_name": "Elmfield Council",
                "host_kind": random.choice(["nhs", "council", "care_home", "voluntary"]),
                "area_code": AREA,
                "seats": 12,
                "targets": TARGETS,
                "members": [{"prior_seat": n % 2 == 0} for n in range(4)],
            }
        )
        opened = commands.open_opportunity(session, who, body, now)
        session.get_one(OpportunityRow, opened.opportunity_id).refill_due = None
        rows = [
            {
                "id": new_id(),
                "opportunity_id": opened.opportunity_id,
                "participant_id": each,
                "state": "proposed" if at < QUEUE - 4 else "blocked",
                "gain": random.randrange(100_000),
                "new_voice": True,
                "rank": random.randrange(10**9),
                "tie": f"{random.randrange(16**8):08x}",
                "sentence": "We suggest this person because they are a new voice.",
                "explanation": {"changes": [], "needs": {}},
                "created_at": now,
                "updated_at": now,
            }
            for at, each in enumerate(random.sample(ids, QUEUE))
        ]
        session.execute(insert(MatchRow), rows)


def with_a_past(session: Session) -> None:
    """Seats taken over the last three years, one in ten given up again, one in five by someone
    who has sat before."""
    terms = session.scalars(select(TermRow).order_by(TermRow.id)).all()
    for term in terms:
        term.started_at -= timedelta(days=random.randrange(1_000))
        if random.random() < 0.1:
            term.ended_at = term.started_at + timedelta(days=random.randrange(1, 60))
        if random.random() < 0.2:
            term.holder_id = random.choice(terms).holder_id


def programme(session: Session, who: Principal, node: Node) -> None:
    """As many opportunities as a programme may have, with a person asked in each."""
    now, today = node.now(), node.now().date()
    ids = session.scalars(select(OpportunityRow.id).order_by(OpportunityRow.id)).all()
    body = PROGRAMME | {"opportunity_ids": ids[:500], "started_on": today - timedelta(days=900)}
    begin_programme(session, who, ProgrammeBody.model_validate(body), now)
    asked = select(func.min(MatchRow.id)).group_by(MatchRow.opportunity_id)
    told = {"state": "invited", "asked_at": now, "reply_by": today}
    session.execute(update(MatchRow).where(MatchRow.id.in_(asked)).values(told))


def given_back(session: Session, who: Principal, node: Node) -> None:
    """In each opportunity five payments and something said; barriers told of 20,000 times."""
    now, today = node.now(), node.now().date()
    ids = session.scalars(select(OpportunityRow.id)).all()
    noted = {"recorded_by": who.account_id, "recorded_at": now}
    owed = [
        {
            "id": new_id(),
            "opportunity_id": each,
            "holder_id": uuid4(),
            "seat_number": 1,
            "kind": random.choice(["payment", "expense"]),
            "pence": 2_500,
            "due_on": today - timedelta(days=random.randrange(-30, 90)),
            "paid_on": today if random.random() < 0.8 else None,
            **noted,
        }
        for each in ids
        for _ in range(5)
    ]
    session.execute(insert(OwedRow), owed)
    said = {"words": "Letters are hard to read.", "said_on": today - timedelta(days=40), **noted}
    session.execute(insert(SaidRow), [{"id": new_id(), "opportunity_id": i, **said} for i in ids])
    reports = [
        {
            "id": new_id(),
            "organisation_id": who.organisation_id,
            "reporter": random.choice(["participant", "link_worker"]),
            "code": random.choice(["travel", "cost", "time", "never_asked"]),
            "reported_on": today - timedelta(days=random.randrange(400)),
            "recorded_at": now,
        }
        for _ in range(20_000)
    ]
    session.execute(insert(BarrierReportRow), reports)


def signed_in(node: Node, who: Principal) -> TestClient:
    app = SERVICE.make_app(node)
    gate = app.state.gate
    session = gate.keeper.begin(
        account_id=who.account_id,
        role=who.role,
        organisation_id=who.organisation_id,
        team_id=None,
        now=node.now(),
    )
    client = TestClient(app, headers={"accept": "text/html"})
    client.cookies.set(gate.cookies.session_name, gate.keeper.token(session))
    return client


def look(client: TestClient, path: str, looks: int) -> None:
    taken = []
    for _ in range(looks):
        began = time.perf_counter()
        assert client.get(path).status_code == 200, path
        taken.append((time.perf_counter() - began) * 1000)
    ordered = sorted(taken[1:])
    p95 = ordered[int(0.95 * (len(ordered) - 1))]
    name = re.sub(r"[0-9a-f-]{36}", "ID", path)
    print(f"{name:36} p50 {statistics.median(ordered):7.1f} ms   p95 {p95:7.1f} ms")


def main() -> None:
    given = [int(each) for each in sys.argv[1:]]
    count, opportunities, looks = [*given, *(100_000, 1_000, 30)[len(given) :]]
    random.seed(7)
    with tempfile.TemporaryDirectory() as folder:
        unlimited = SecuritySettings(reads_per_minute=0, exports_per_minute=0)
        node = Node(SERVICE, Settings(data_dir=Path(folder), security=unlimited))
        migrations.upgrade(SERVICE, node.database)
        who = Principal(uuid4(), Role.COORDINATOR, "elmfield", None, "bench")
        ids = node.database.write(lambda s: people(s, count, who.organisation_id))
        node.database.write(lambda s: fill(s, who, node, opportunities, ids))
        node.database.write(with_a_past)
        node.database.write(lambda s: reference.import_file(s, CENSUS, node.now()))
        node.database.write(lambda s: programme(s, who, node))
        node.database.write(lambda s: given_back(s, who, node))
        client = signed_in(node, who)
        listed = client.get("/api/v1/opportunities", params={"limit": 1}).json()
        here = f"/opportunities/{listed['items'][0]['opportunity_id']}"
        listed = client.get("/api/v1/programmes").json()
        one = f"/programmes/{listed['items'][0]['programme_id']}"
        print(f"{count} people, {opportunities} opportunities, {looks} looks at each page")
        for path in PAGES:
            path = path.replace("/HERE", here).replace("/ONE", one)
            look(client, path, looks)
        node.close()


if __name__ == "__main__":
    main()
