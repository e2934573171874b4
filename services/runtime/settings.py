"""Settings, all from environment variables that start with NEWVOICES_ (or TWILIO_)."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from services.runtime.kafka_access import KafkaAccess
from services.runtime.messaging_settings import MessagingSettings
from services.runtime.security.oidc_settings import OidcProvider
from services.runtime.security.settings import SecuritySettings


class Settings(MessagingSettings):
    """What differs between installations. Secrets come from the environment or from files."""

    model_config = SettingsConfigDict(
        env_prefix="NEWVOICES_", env_nested_delimiter="__", extra="ignore", populate_by_name=True
    )

    data_dir: Path = Path("var/data")
    database_url: SecretStr | None = Field(
        default=None, description="PostgreSQL server; none means SQLite files in data_dir"
    )
    database_urls: dict[str, SecretStr] = Field(
        default={}, description="a service's own URL, where roles differ: DATABASE_URLS__OUTREACH"
    )
    backup_database_url: SecretStr | None = Field(
        default=None, description="PostgreSQL's administrator, for backup and restore only"
    )
    kafka: str | None = Field(default=None, description="bootstrap servers; none means embedded")
    kafka_access: KafkaAccess = Field(default_factory=KafkaAccess)
    event_retention: timedelta = Field(
        default=timedelta(days=21),
        gt=timedelta(days=14),
        le=timedelta(days=28),
        description="how long a delivered event stays in the outbox; longer than in Kafka's topics",
    )
    host: str = "127.0.0.1"
    port: int = 8000
    trusted_proxies: str = Field(
        default="127.0.0.1",
        description="addresses or networks, with commas, whose X-Forwarded-For is believed",
    )
    security: SecuritySettings = Field(default_factory=SecuritySettings)
    oidc: dict[str, OidcProvider] = Field(
        default={}, description="identity providers by a code of yours: OIDC__LEEDS__ISSUER …"
    )
    retention_schedule: Path | None = Field(
        default=None, description="a schedule of your own; default: services/cli/schedule.toml"
    )
    metrics_port: int | None = Field(default=None, description="Prometheus metrics; none: off")
    monitoring_small: int = Field(
        default=7, ge=1, description="monitoring counts up to this are a star (SQLite)"
    )
    monitoring_round_to: int = Field(
        default=5, ge=1, description="larger ones are rounded to this (SQLite)"
    )
    small_number_threshold: int = Field(default=5, ge=1)
    organisation_name: str = "New Voices"
    help_phone: str = Field(default="01632 960 100", description="whom people may ring for help")

    twilio_account_sid: str | None = Field(
        default=None, validation_alias=AliasChoices("TWILIO_ACCOUNT_SID")
    )
    twilio_auth_token: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("TWILIO_AUTH_TOKEN")
    )
    twilio_messaging_service_sid: str | None = Field(
        default=None, validation_alias=AliasChoices("TWILIO_MESSAGING_SERVICE_SID")
    )
    twilio_from: str | None = Field(default=None, validation_alias=AliasChoices("TWILIO_FROM"))
    twilio_base_url: str | None = Field(
        default=None, validation_alias=AliasChoices("TWILIO_BASE_URL")
    )

    def database_url_of(self, service: str) -> str | None:
        """The PostgreSQL URL of a service, or the server's; none means SQLite."""
        found = self.database_urls.get(service) or self.database_url
        return found.get_secret_value() if found else None

    def secrets_dir(self) -> Path | None:
        """Where keys are made at the first run: only in the embedded default, beside its data."""
        return None if self.database_url or self.database_urls else self.data_dir

    @cached_property
    def embedded(self) -> bool:
        return self.kafka is None
