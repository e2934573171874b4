"""How to reach Kafka: encryption, sign-in, a prefix for names. Secrets from environment or files.

Environment: NEWVOICES_KAFKA (addresses) and NEWVOICES_KAFKA_SECURITY_PROTOCOL, _SASL_MECHANISM,
_USERNAME, _PASSWORD or _PASSWORD_FILE, _CA_FILE, _CERTIFICATE_FILE, _KEY_FILE, _NAME_PREFIX.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class KafkaAccess(BaseSettings):
    """Settings beside the addresses; the defaults fit a broker on a trusted network."""

    model_config = SettingsConfigDict(env_prefix="NEWVOICES_KAFKA_", extra="ignore", frozen=True)

    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    username: str | None = None
    password: SecretStr | None = None
    password_file: Path | None = None
    ca_file: Path | None = Field(None, description="trusted authority; none means the system's")
    certificate_file: Path | None = Field(None, description="our own certificate, if asked for")
    key_file: Path | None = Field(None, description="the key of our own certificate")
    name_prefix: str = Field(
        "", max_length=60, pattern=r"^[a-z0-9.-]*$", description="before each topic and group"
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.password and self.password_file:
            raise ValueError("set NEWVOICES_KAFKA_PASSWORD or NEWVOICES_KAFKA_PASSWORD_FILE")
        if self.uses_sasl and not (self.username and (self.password or self.password_file)):
            raise ValueError(
                f"NEWVOICES_KAFKA_SECURITY_PROTOCOL={self.security_protocol} also needs"
                " NEWVOICES_KAFKA_USERNAME and NEWVOICES_KAFKA_PASSWORD (or _PASSWORD_FILE)"
            )
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError(
                "set NEWVOICES_KAFKA_CERTIFICATE_FILE and NEWVOICES_KAFKA_KEY_FILE together"
            )
        return self

    @property
    def uses_sasl(self) -> bool:
        return self.security_protocol.startswith("SASL")

    @property
    def uses_tls(self) -> bool:
        return self.security_protocol.endswith("SSL")

    def secret(self) -> str | None:
        """The password, read anew from its file each time."""
        if self.password_file is not None:
            return self.password_file.read_text().strip()
        return self.password.get_secret_value() if self.password else None

    def tls_context(self) -> ssl.SSLContext | None:
        """Verifies the broker's certificate and host name; None without TLS."""
        if not self.uses_tls:
            return None
        context = ssl.create_default_context(cafile=self.ca_file)
        if self.certificate_file is not None:
            context.load_cert_chain(self.certificate_file, self.key_file)
        return context

    def client_options(self, bootstrap: str) -> dict[str, Any]:
        """Keyword arguments of any kafka-python client for the brokers at `bootstrap`."""
        options: dict[str, Any] = {
            "bootstrap_servers": [address.strip() for address in bootstrap.split(",")],
            "security_protocol": self.security_protocol,
        }
        if self.uses_tls:
            options["ssl_context"] = self.tls_context()
        if self.uses_sasl:
            options |= {
                "sasl_mechanism": self.sasl_mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.secret(),
            }
        return options
