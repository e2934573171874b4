"""docker-compose.yml as it is written; no engine runs here."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from infra.kafka.jars import kafka_version
from services.cli.compose import NAMES
from services.runtime.settings import Settings

TOP = Path(__file__).parents[2]
FILE = TOP / "docker-compose.yml"
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text())["services"]
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|MASTER_KEYS|SID")

each_service = pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)


@each_service
def test_every_service_says_whether_it_is_healthy_and_comes_back_after_a_crash(
    service: dict[str, Any],
) -> None:
    check = service["healthcheck"]
    assert check["test"][0] in ("CMD", "CMD-SHELL")
    assert {"interval", "timeout", "retries"} <= check.keys()
    assert service["restart"] == "unless-stopped"


@each_service
def test_every_service_runs_read_only_without_root_and_without_privileges(
    service: dict[str, Any],
) -> None:
    assert service["read_only"] is True
    assert service["user"] not in ("", "0", "root")
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "privileged" not in service


@each_service
def test_secrets_come_from_the_environment_only(service: dict[str, Any]) -> None:
    for name, value in service.get("environment", {}).items():
        if SECRET.search(name) or "password" in str(value).lower():
            assert re.search(r"\$\{[A-Z_]+:[?-][^}]*\}", value), f"{name} is written out"
    addresses = re.findall(r"postgresql://[^:@/]+:([^@]+)@", str(service.get("environment")))
    assert all(one.startswith("${") for one in addresses)


def test_only_the_gateway_can_be_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["gateway"]


def test_there_is_a_web_process_and_a_worker_for_each_service() -> None:
    for name in NAMES:
        assert SERVICES[name]["command"] == ["web", name]
        assert SERVICES[f"{name}-worker"]["command"] == ["worker", name]
        for process in (SERVICES[name], SERVICES[f"{name}-worker"]):
            needs = process["depends_on"]
            assert {n: c["condition"] for n, c in needs.items()} == {
                "kafka": "service_healthy",
                "postgres": "service_healthy",
            }


def test_only_who_sends_messages_has_the_provider_s_secrets() -> None:
    holding = {
        name
        for name, service in SERVICES.items()
        if any(one.startswith("TWILIO_") for one in service.get("environment", {}))
    }
    assert holding == {"notifications", "notifications-worker"}
    assert SERVICES["notifications"]["environment"]["NEWVOICES_KAFKA"] == "kafka:9092"


def test_every_variable_is_one_that_the_settings_know() -> None:
    known = {f"NEWVOICES_{name.upper()}" for name in Settings.model_fields}
    nested = {f"NEWVOICES_{n.upper()}" for n in Settings().security.__class__.model_fields}
    for name in SERVICES["notifications"]["environment"]:
        assert name in known | nested or name.startswith("TWILIO_"), name


def test_the_broker_is_the_version_the_tests_run_on_and_keeps_its_data() -> None:
    kafka = SERVICES["kafka"]
    assert kafka["image"] == f"apache/kafka:{kafka_version()}"
    assert [v.partition(":")[2] for v in kafka["volumes"]] == [
        kafka["environment"]["KAFKA_LOG_DIRS"]
    ]


def test_the_gateway_knows_every_service() -> None:
    written = (TOP / "infra/compose/gateway.conf").read_text()
    assert all(f"http://${name}:8000" in written for name in NAMES)


def test_lock_out_and_limits_count_by_the_visitor_s_address_and_not_the_gateway_s() -> None:
    assert "X-Forwarded-For $remote_addr;" in (TOP / "infra/compose/gateway.conf").read_text()
    seen = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(scope["client"][0])

    trusted = SERVICES["outreach"]["environment"]["NEWVOICES_TRUSTED_PROXIES"]
    headers = [(b"x-forwarded-for", b"203.0.113.9")]
    for sender in ("172.18.0.5", "198.51.100.7"):
        scope = {"type": "http", "client": (sender, 1), "headers": headers, "scheme": "http"}
        asyncio.run(ProxyHeadersMiddleware(app, trusted)(scope, None, None))
    assert seen == ["203.0.113.9", "198.51.100.7"], "nobody but the gateway is believed"


@pytest.mark.skipif(shutil.which("docker-compose") is None, reason="docker-compose is not there")
def test_docker_compose_itself_can_read_it() -> None:
    secrets = dict.fromkeys(
        ("NEWVOICES_SECRET_KEY", "NEWVOICES_MASTER_KEYS", "POSTGRES_PASSWORD"), "given"
    )
    told = ["docker-compose", "-f", str(FILE), "config", "--quiet"]
    subprocess.run(told, check=True, env={"PATH": "/usr/bin:/bin", **secrets}, cwd=TOP)
    refused = subprocess.run(told, check=False, env={"PATH": "/usr/bin:/bin"}, cwd=TOP)
    assert refused.returncode != 0, "without secrets it must not start"
