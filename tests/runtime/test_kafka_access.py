from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from services.runtime.kafka_access import KafkaAccess
from services.runtime.settings import Settings


def test_a_broker_on_a_trusted_network_needs_its_address_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NEWVOICES_KAFKA", "one:9092, two:9092")
    settings = Settings()
    assert not settings.embedded
    assert settings.kafka_access.client_options(settings.kafka or "") == {
        "bootstrap_servers": ["one:9092", "two:9092"],
        "security_protocol": "PLAINTEXT",
    }


def test_user_and_password_come_from_the_environment_and_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "password"
    secret.write_text("first\n")
    monkeypatch.setenv("NEWVOICES_KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("NEWVOICES_KAFKA_USERNAME", "newvoices")
    monkeypatch.setenv("NEWVOICES_KAFKA_PASSWORD_FILE", str(secret))
    access = Settings().kafka_access
    assert access.client_options("one:9092")["sasl_plain_password"] == "first"
    secret.write_text("second\n")
    assert access.client_options("one:9092")["sasl_plain_password"] == "second"


def test_a_password_is_never_shown() -> None:
    access = KafkaAccess(
        security_protocol="SASL_SSL", username="newvoices", password=SecretStr("hush")
    )
    assert "hush" not in repr(access)
    assert "hush" not in repr(Settings(kafka_access=access))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"security_protocol": "SASL_SSL"}, "NEWVOICES_KAFKA_USERNAME"),
        ({"security_protocol": "SASL_SSL", "username": "a"}, "NEWVOICES_KAFKA_PASSWORD"),
        ({"password": "a", "password_file": "b"}, "NEWVOICES_KAFKA_PASSWORD_FILE"),
        ({"certificate_file": "a"}, "NEWVOICES_KAFKA_KEY_FILE"),
    ],
)
def test_half_a_setting_is_refused_with_the_variable_to_set(
    wrong: dict[str, str], said: str
) -> None:
    with pytest.raises(ValidationError, match=said):
        KafkaAccess.model_validate(wrong)
