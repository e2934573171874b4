"""PostgreSQL as `infra/postgres` sets it up: a role a service, and monitoring apart."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from infra.postgres.server import Server
from services.runtime.security.master_keys import LocalMasterKeys
from services.runtime.security.settings import SecuritySettings
from services.runtime.settings import Settings
from tests.support.servers import needed_programs


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="newvoices-"))
    folder.chmod(0o755)
    with needed_programs():
        made = Server.create(folder / "pg")
    try:
        made.start()
        yield made
    finally:
        made.kill()


def settings_of(**urls: str) -> Settings:
    return Settings(
        database_urls={name: SecretStr(url) for name, url in urls.items()},
        security=SecuritySettings(
            secret_key=SecretStr("s" * 48),
            master_keys=SecretStr(LocalMasterKeys.fresh().to_json().decode()),
        ),
    )
