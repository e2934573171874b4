"""`make run-distributed`: one script starts everything that runs apart, and takes it down again."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.cli.journey import Api
from services.cli.processes import free_port, wait_until_ready
from tests.support.apart import ALL, environment
from tests.support.distributed import TOP, settings_for
from tests.support.servers import KafkaForTests, PostgresForTests
from tests.support.waiting import eventually

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.postgres,
    pytest.mark.timeout(400),
]


@pytest.fixture
def script(
    tmp_path: Path, kafka: KafkaForTests, postgres: PostgresForTests
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The running script, leader of its own process group, and the address it serves."""
    port = free_port()
    log = tmp_path / "script.log"
    with postgres.databases(*ALL) as url, log.open("wb") as output:
        told = environment(settings_for(url), kafka.bootstrap, kafka.new_prefix())
        process = subprocess.Popen(
            ["infra/run-distributed.sh"],
            cwd=TOP,
            env={**os.environ, **told, "PORT": str(port)},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            wait_until_ready(f"http://localhost:{port}", process, log)
            yield process, f"http://localhost:{port}"
        finally:
            if members(process.pid):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def members(group: int) -> bool:
    """Whether a process of the group is alive."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_made_up_community_is_matched_and_nothing_is_left_running_after_a_stop(
    script: tuple[subprocess.Popen[bytes], str],
) -> None:
    process, base = script
    coordinator = Api(dict.fromkeys(ALL, base))
    coordinator.sign_in("coordinator")
    (opportunity, *_) = coordinator.get("matching", "/api/v1/opportunities")["items"]
    path = f"/api/v1/opportunities/{opportunity['opportunity_id']}/proposals"
    eventually(lambda: coordinator.get("matching", path)["items"], what="a proposal", patience=120)
    coordinator.close()
    process.terminate()
    assert process.wait(timeout=120) is not None
    assert not members(process.pid)
