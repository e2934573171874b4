"""What a registration costs matching: processor time with columns, and row by row.

    python -m bench.proposing [--opportunities 50 200 800] [--people 600] [--profile]

For each number of open opportunities people register until the queues are full, then as many more
are measured, by turns with the columns and row by row, on the same database in one run. Time is
the processor's (`time.process_time`), commit included; the generator's seed is fixed.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import random
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock
from uuid import UUID, uuid4

from pydantic import SecretStr
from sqlalchemy.orm import Session

from bench import plain_proposing
from bench.figures import Figure
from schemas.events import Availability, Consent, MatchingProfile, ParticipantRegistered
from services.matching import commands, handlers, searching
from services.matching.bodies import OpenOpportunity
from services.matching.service import SERVICE
from services.runtime import migrations
from services.runtime.node import Node
from services.runtime.security.principal import Principal, Role
from services.runtime.security.settings import SecuritySettings
from services.runtime.settings import Settings

NOW = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
AREA = "E08000003"
AGES = ("16_17", "18_24", "25_34", "35_44", "45_54", "55_64", "65_74", "75_84")
ETHNIC = ("white_british", "white_roma", "asian_indian", "asian_pakistani", "black_african")
LIVED = ("unpaid_carer", "dementia", "learning_disability", "none")
NEEDS = ("step_free", "hearing_loop", "bsl", "easy_read", "braille_audio")
AIMS: tuple[dict[str, Any], ...] = (
    {"group": {"age_band": "18_24"}, "least": 2},
    {"group": {"age_band": "75_84"}, "least": 1},
    {"group": {"ethnic_group": "asian"}, "proportion": 0.2},
    {"group": {"ethnic_group": "white_roma"}, "least": 1},
    {"group": {"ethnic_group": "black_african"}, "least": 1, "most": 3},
    {"group": {"lived_experience": "unpaid_carer"}, "least": 2},
    {"group": {"lived_experience": "dementia"}, "least": 1},
    {"group": {"age_band": "18_24", "lived_experience": "unpaid_carer"}, "least": 1},
    {"group": {"sex": "female"}, "proportion": 0.5},
)


class Community:
    """Opportunities and registrations of one organisation, always the same."""

    def __init__(self, seed: int = 7) -> None:
        self.random = random.Random(seed)
        self.coordinator = Principal(UUID(int=1), Role.COORDINATOR, "elmfield", None, "bench")

    def opportunity(self) -> OpenOpportunity:
        pick = self.random
        seats = pick.randint(4, 10)
        members: list[dict[str, Any]] = [{"prior_seat": True}] * pick.randint(0, seats - 3)
        return OpenOpportunity.model_validate(
            {
                "title": "Better home care",
                "host_name": "Elmfield Council",
                "host_kind": "council",
                "area_code": AREA,
                "seats": seats,
                "offers": pick.sample(NEEDS, 3),
                "targets": pick.sample(AIMS, 4),
                "members": members,
            }
        )

    def person(self) -> ParticipantRegistered:
        pick = self.random
        told = {
            "age_band": [pick.choice(AGES)],
            "sex": [pick.choice(("female", "male"))],
            "ethnic_group": [pick.choice(ETHNIC)],
        }
        given = {"given": True, "wording_version": "1", "at": NOW}
        return ParticipantRegistered(
            participant_id=uuid4(),
            organisation_id="elmfield",
            revision=1,
            area_code=AREA,
            matching_profile=MatchingProfile(
                characteristics=told, lived_experience=[pick.choice(LIVED)]
            ),
            access_needs=pick.sample(NEEDS, pick.choice((0, 0, 1))),
            availability=Availability(modes=["in_person", "online"]),
            prior_seats=pick.choice((0, 0, 0, 1)),
            consents=[
                Consent(purpose="matching", **given),
                Consent(purpose="contact", channel="sms", **given),
            ],
        )


def _registered(node: Node, event: ParticipantRegistered) -> float:
    """Processor time in milliseconds of one registration with its commit."""
    begun = time.process_time()
    node.database.write(lambda session: handlers.on_participant(event, session, NOW))
    return (time.process_time() - begun) * 1000


def _row_by_row(node: Node, event: ParticipantRegistered) -> float:
    with mock.patch.object(searching, "consider", plain_proposing.consider):
        return _registered(node, event)


def measured(folder: Path, opportunities: int, people: int, count: int) -> list[Figure]:
    """Median and mean of a registration by both ways, with the queues full."""
    node, community = opened(folder, opportunities, people)
    columns, rows = [], []
    for _ in range(count):
        columns.append(_registered(node, community.person()))
        rows.append(_row_by_row(node, community.person()))
    node.close()
    what = f"a registration, {opportunities} open opportunities"
    slow = statistics.median(rows)
    fast = statistics.median(columns)
    return [
        Figure(f"{what}, row by row, median", slow, "ms"),
        Figure(f"{what}, columns, median", fast, "ms", "row by row", slow / fast),
        Figure(f"{what}, row by row, mean", statistics.fmean(rows), "ms"),
        Figure(
            f"{what}, columns, mean",
            statistics.fmean(columns),
            "ms",
            "row by row",
            statistics.fmean(rows) / statistics.fmean(columns),
        ),
    ]


def opened(folder: Path, opportunities: int, people: int) -> tuple[Node, Community]:
    """A service with so many open opportunities, after so many registrations."""
    security = SecuritySettings(secret_key=SecretStr("s" * 48))
    node = Node(SERVICE, Settings(data_dir=folder, security=security), clock=lambda: NOW)
    migrations.upgrade(SERVICE, node.database)
    community = Community()

    def open_all(session: Session) -> None:
        for _ in range(opportunities):
            body = community.opportunity()
            commands.open_opportunity(session, community.coordinator, body, NOW)

    node.database.write(open_all)
    for _ in range(people):
        _registered(node, community.person())
    return node, community


def profiled(folder: Path, opportunities: int, people: int, count: int) -> None:
    node, community = opened(folder, opportunities, people)
    events = [community.person() for _ in range(count)]
    profile = cProfile.Profile()
    profile.enable()
    for event in events:
        _registered(node, event)
    profile.disable()
    pstats.Stats(profile).sort_stats("cumulative").print_stats(70)
    node.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--opportunities", type=int, nargs="+", default=[50, 200, 800])
    parser.add_argument("--people", type=int, default=600)
    parser.add_argument("--measured", type=int, default=100)
    parser.add_argument("--profile", action="store_true")
    chosen = parser.parse_args()
    print("| figure | value | beside | ratio |\n|---|---|---|---|")
    for number in chosen.opportunities:
        with tempfile.TemporaryDirectory() as folder:
            if chosen.profile:
                profiled(Path(folder), number, chosen.people, chosen.measured)
                continue
            for figure in measured(Path(folder), number, chosen.people, chosen.measured):
                print(figure.row())


if __name__ == "__main__":
    main()
