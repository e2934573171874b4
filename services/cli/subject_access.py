"""newvoices subject-access: one file with everything that is held about one participant."""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from services.cli.compose import make_nodes
from services.matching import subject_access as matching
from services.notifications import subject_access as notifications
from services.outreach import subject_access as outreach
from services.runtime.errors import DomainError
from services.runtime.node import Node
from services.runtime.security.principal import Principal, Role
from services.runtime.settings import Settings

EXPORTS = {
    "outreach": outreach.export,
    "matching": matching.export,
    "notifications": notifications.export,
}
# Whoever runs the command is known to the machine, not to us.
AT_THE_TERMINAL = Principal(UUID(int=0), Role.ADMINISTRATOR, "", None, "terminal")


def subject_access(
    participant_id: Annotated[UUID, typer.Argument(help="the participant's id")],
    file: Annotated[Path, typer.Argument(help="a new file; only you can read it")],
) -> None:
    """Gather what all services hold about a participant, for their own copy. Each service writes
    down that it was read. Needs the keys and all three databases."""
    nodes = make_nodes(Settings())
    try:
        held = gather(nodes, participant_id)
    except DomainError as error:
        typer.echo(error.detail, err=True)
        raise typer.Exit(1) from None
    finally:
        for node in nodes:
            node.close()
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        typer.echo("This file is there already. Name a new one.", err=True)
        raise typer.Exit(1) from None
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        json.dump(held, out, indent=2, ensure_ascii=False)
    rows = sum(len(found) for part in held.values() for found in part["tables"].values())
    typer.echo(f"{rows} records of {len(held)} services. It holds personal data: hand it over")
    typer.echo("to the person themselves, then delete it.")


def gather(nodes: list[Node], participant_id: UUID) -> dict[str, Any]:
    """By service. Raises NotFound, or Gone for somebody who was erased."""
    by_name = {node.name: node for node in nodes}
    people = by_name["outreach"].database.read(
        partial(outreach.people_of, participant_id=participant_id)
    )
    found: dict[str, Any] = {}
    for name, export in EXPORTS.items():
        node = by_name[name]
        found[name] = node.writer.write(
            partial(export, principal=AT_THE_TERMINAL, people=people, now=node.now())
        )
    return found
