"""Requests to an app as a signed-in person, without a network."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from fastapi import FastAPI
from fastapi.testclient import TestClient

from services.runtime.clock import utc_now
from services.runtime.security.gate import Gate
from services.runtime.security.principal import Role
from services.runtime.security.sessions import SessionKeeper

ORIGIN = "http://localhost:8000"


def client_for(
    app: FastAPI,
    gate: Gate,
    role: Role | None,
    *,
    account_id: UUID | None = None,
    organisation_id: str = "elmfield",
    team_id: str | None = None,
) -> TestClient:
    """A client that is signed in as `role`, or as nobody."""
    client = TestClient(app, base_url=ORIGIN, raise_server_exceptions=False)
    client.headers["origin"] = ORIGIN
    if role is not None:
        client.cookies.update(
            session_cookie(
                gate,
                role,
                account_id=account_id or uuid4(),
                organisation_id=organisation_id,
                team_id=team_id,
            )
        )
    return client


def session_cookie(gate: Gate, role: Role, **who: Any) -> dict[str, str]:
    keeper: SessionKeeper = gate.keeper
    session = keeper.begin(role=role, now=utc_now(), **who)
    return {gate.cookies.session_name: keeper.token(session)}
