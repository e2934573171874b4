"""newvoices audit: is the trail whole, and what does it say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import select

from services.cli.compose import make_nodes
from services.runtime.audit import FIELDS, first_broken_seq, newest_hash
from services.runtime.node import Node
from services.runtime.settings import Settings
from services.runtime.tables import audit

app = typer.Typer(no_args_is_help=True)


@app.callback()
def main() -> None:
    """Who read or changed what about whom: ids and codes, chained by hashes."""


@app.command()
def verify() -> None:
    """Check the chain of every service. Keep the newest hashes elsewhere: they show a cut end."""
    nodes = make_nodes(Settings())
    try:
        broken = [node.name for node in nodes if not whole(node)]
    finally:
        for node in nodes:
            node.close()
    if broken:
        raise typer.Exit(1)


def whole(node: Node) -> bool:
    """Whether nothing in the trail was changed, put in or taken out; says so."""
    seq = node.database.read(first_broken_seq)
    if seq is not None:
        typer.echo(f"{node.name:<14}BROKEN at entry {seq}: changed, put in, or one is missing")
        return False
    typer.echo(f"{node.name:<14}whole; newest hash {node.database.read(newest_hash)}")
    return True


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="JSON lines, one entry a line")],
    about: Annotated[str | None, typer.Option(help="only entries about this id")] = None,
) -> None:
    """Write the entries of all services into a file, oldest first."""
    nodes = make_nodes(Settings())
    try:
        with file.open("x", encoding="utf-8") as out:
            count = sum(_export(node, about, out) for node in nodes)
    finally:
        for node in nodes:
            node.close()
    typer.echo(f"{count} entries")


def _export(node: Node, about: str | None, out: object) -> int:
    query = select(audit).order_by(audit.c.seq)
    if about is not None:
        query = query.where(audit.c.subject_id == about)
    with node.database.reading() as session:
        rows = session.execute(query).all()
    for row in rows:
        entry = {"service": node.name, "seq": row.seq}
        entry |= {name: row._mapping[name] for name in (*FIELDS, "previous_hash", "hash")}
        print(json.dumps(entry, ensure_ascii=False), file=out)  # type: ignore[call-overload]
    return len(rows)
