"""newvoices retention: what has been kept for long enough, counted first, then made to go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from services.cli.compose import make_nodes
from services.matching.retention_rules import RULES as MATCHING
from services.notifications.retention_rules import RULES as NOTIFICATIONS
from services.outreach.retention_rules import RULES as OUTREACH
from services.runtime.node import Node
from services.runtime.retention import (
    Due,
    Rule,
    Schedule,
    ScheduleError,
    before,
    clear_batch,
    code_of,
    matched,
    read_schedule,
)
from services.runtime.security.principal import Principal, Role
from services.runtime.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

app = typer.Typer(no_args_is_help=True)

RULES: Mapping[str, Sequence[Rule]] = {
    "outreach": OUTREACH,
    "matching": MATCHING,
    "notifications": NOTIFICATIONS,
}
OURS = Path(__file__).parent / "schedule.toml"
AT_THE_TERMINAL = Principal(UUID(int=0), Role.ADMINISTRATOR, "", None, "terminal")


@app.callback()
def main() -> None:
    """Records that have been kept for long enough, by a dated schedule."""


@app.command()
def plan() -> None:
    """Count what is due. Changes nothing, and prints the code that `apply` asks for."""
    with _opened() as (nodes, schedule, now):
        found = due(nodes, schedule, now)
        _show(found)
        typer.echo(f"schedule of {schedule.version}; nothing was changed")
        typer.echo(f"to do it: newvoices retention apply {code_of(schedule, found)}")


@app.command()
def apply(code: Annotated[str, typer.Argument(help="what `plan` printed")]) -> None:
    """Make what a plan counted go, if everything is as it was then. Each batch is audited."""
    with _opened() as (nodes, schedule, now):
        found = due(nodes, schedule, now)
        if code != code_of(schedule, found):
            typer.echo("Things are not as they were at that plan. Look at a new one.", err=True)
            raise typer.Exit(1)
        done = carry_out(nodes, schedule, found, now)
        for name, count in done.items():
            if count:
                typer.echo(f"{count:>7} {name}")
        typer.echo(f"{sum(done.values())} records are gone")


@app.command()
def document() -> None:
    """The schedule in words, as in docs/security/retention.md."""
    typer.echo(in_words(read_schedule(OURS)), nl=False)


@contextmanager
def _opened() -> Iterator[tuple[list[Node], Schedule, datetime]]:
    settings = Settings()
    try:
        schedule = read_schedule(settings.retention_schedule or OURS)
        matched(schedule, RULES)
    except ScheduleError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    nodes = make_nodes(settings)
    try:
        yield nodes, schedule, nodes[0].now()
    finally:
        for node in nodes:
            node.database.scrub()
            node.close()


def due(nodes: Sequence[Node], schedule: Schedule, now: datetime) -> list[Due]:
    by_name = {node.name: node for node in nodes}
    found = []
    for service, rule, kept in matched(schedule, RULES):
        since = before(kept, now)
        with by_name[service].database.reading() as session:
            found.append(Due(service, rule, kept, since, rule.count(session, since)))
    return found


def carry_out(
    nodes: Sequence[Node], schedule: Schedule, found: Sequence[Due], now: datetime
) -> dict[str, int]:
    """How many went, by kind. Batch by batch, so that nobody waits long for the databases."""
    by_name = {node.name: node for node in nodes}
    done = {}
    for one in found:
        job = partial(
            clear_batch,
            principal=AT_THE_TERMINAL,
            due=one,
            version=schedule.version,
            now=now,
        )
        count = 0
        while one.count and (went := by_name[one.service].writer.write(job)):
            count += went
        done[one.rule.kind] = count
    return done


def _show(found: Sequence[Due]) -> None:
    for one in found:
        typer.echo(f"{one.count:>7} {one.service:<14}{one.rule.what}, {_days(one.kept.days)}")


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def in_words(schedule: Schedule) -> str:
    """Markdown, made from the rules and the schedule that comes with the code."""
    lines = [
        "# How long records are kept",
        "",
        "Made by `newvoices retention document` from `services/cli/schedule.toml` and the rules of",
        f"each service; a test compares the two. Schedule of {schedule.version}.",
        "",
        "| service | what | kept for | since | why |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {service} | {rule.what} | {_days(kept.days)} | {kept.since} | {kept.reason} |"
        for service, rule, kept in matched(schedule, RULES)
    ]
    lines += ["", "No command deletes:", ""]
    lines += [f"- **{what}** – {why}" for what, why in schedule.for_good.items()]
    lines += [
        "",
        "`newvoices retention plan` counts what is due and changes nothing; it prints a code.",
        "`newvoices retention apply CODE` does it, if counts and schedule are as they were, and",
        "writes kind, count and schedule into the audit trail. Participants go by erasure, in",
        "every service. Backups hold what they held: keep them no longer than the shortest of",
        "these, or count them in. Old event ids, idempotency keys, ended sessions and steps of a",
        "sign-in go by themselves within a day to a month.",
    ]
    return "\n".join(lines) + "\n"
