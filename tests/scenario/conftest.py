"""The same New Voices, however it runs: scenario tests only see its addresses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from services.cli.journey import Api
from tests.support.apart import ALL, Apart
from tests.support.embedded import Embedded

Installation = Embedded | Apart

DISTRIBUTED = [pytest.mark.kafka, pytest.mark.postgres]
MODES = [
    "embedded",
    pytest.param("distributed", marks=DISTRIBUTED),
]


@pytest.fixture(scope="module", params=MODES)
def installation(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """Real processes with accounts and nobody else, started once for a file of tests."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "embedded":
        with Embedded(folder) as embedded:
            embedded.start()
            yield embedded
        return
    kafka, postgres = request.getfixturevalue("kafka"), request.getfixturevalue("postgres")
    with (
        postgres.databases(*ALL) as url,
        Apart(folder, kafka.bootstrap, url, kafka.new_prefix()) as apart,
    ):
        apart.start_all()
        yield apart


@pytest.fixture
def worker(installation: Installation) -> Iterator[Api]:
    yield from _signed_in(installation, "link_worker")


@pytest.fixture
def coordinator(installation: Installation) -> Iterator[Api]:
    yield from _signed_in(installation, "coordinator")


def _signed_in(installation: Installation, role: str) -> Iterator[Api]:
    api = Api(installation.bases)
    api.sign_in(role)
    yield api
    api.close()
