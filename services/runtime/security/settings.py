"""Security settings. Secrets come from the environment or from files, never from code."""

import base64
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.runtime.security.keys import read_or_create
from services.runtime.security.principal import Role

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1", "testserver"})


class MissingSecretError(ValueError):
    """A secret was not given where one must be; the message names the variable to set."""


class SecuritySettings(BaseSettings):
    """Read from NEWVOICES_... variables: NEWVOICES_SECRET_KEY, NEWVOICES_PUBLIC_BASE_URL ...

    Nest it as `security: SecuritySettings = Field(default_factory=SecuritySettings)`.
    """

    model_config = SettingsConfigDict(env_prefix="NEWVOICES_", extra="ignore", frozen=True)

    secret_key: SecretStr | None = Field(None, description="signs sessions and form tokens")
    secret_key_file: Path | None = Field(None, description="the same, from a file")
    master_keys: SecretStr | None = Field(None, description="the master key file's JSON text")
    master_key_file: Path | None = Field(None, description="keys that wrap each person's data key")
    session_public_keys: tuple[str, ...] = Field(
        (), description="a service that only verifies sessions: base64 Ed25519 public keys"
    )
    public_base_url: str = Field("http://localhost:8000", description="what people type")
    cookie_secure: bool | None = Field(None, description="default: true where the URL is https")
    session_idle: timedelta = Field(timedelta(hours=1), description="signed out after so long idle")
    session_absolute: timedelta = Field(timedelta(hours=12), description="sign in again after")
    fresh_sign_in: timedelta = Field(
        timedelta(minutes=30),
        description="how new a sign-in must be to erase or administer",
    )
    second_factor_roles: tuple[Role, ...] | None = Field(
        None,
        description="roles that must use a second factor; default: administrators and "
        "safeguarding leads where the address is https, nobody on localhost",
    )
    max_body_bytes: int = Field(1_048_576, gt=0, description="largest request body, in bytes")
    reads_per_minute: int = Field(1200, ge=0, description="by one account or program; 0: no limit")
    writes_per_minute: int = Field(600, ge=0, description="changes, the same way")
    exports_per_minute: int = Field(30, ge=0, description="files to take away, the same way")
    strangers_per_minute: int = Field(
        300, ge=0, description="by one address that has not signed in; 0: no limit"
    )
    csp_script_hashes: tuple[str, ...] = Field((), description="'sha256-...' of inline scripts")

    @field_validator("public_base_url")
    @classmethod
    def _https_unless_local(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme == "https" and parts.hostname:
            return url.rstrip("/")
        if parts.scheme == "http" and parts.hostname in LOCAL_HOSTS:
            return url.rstrip("/")
        raise ValueError(
            "NEWVOICES_PUBLIC_BASE_URL must start with https:// (http:// works on localhost only)"
        )

    @model_validator(mode="after")
    def _one_source_each(self) -> Self:
        if self.secret_key and self.secret_key_file:
            raise ValueError("set NEWVOICES_SECRET_KEY or NEWVOICES_SECRET_KEY_FILE, not both")
        if self.master_keys and self.master_key_file:
            raise ValueError("set NEWVOICES_MASTER_KEYS or NEWVOICES_MASTER_KEY_FILE, not both")
        return self

    @property
    def forced_second_factor(self) -> frozenset[str]:
        """Roles that must use a second factor unless their organisation says otherwise."""
        if self.second_factor_roles is not None:
            return frozenset(role.value for role in self.second_factor_roles)
        if self.public_base_url.startswith("https://"):
            return frozenset({Role.ADMINISTRATOR.value, Role.SAFEGUARDING_LEAD.value})
        return frozenset()

    @property
    def secure_cookies(self) -> bool:
        if self.cookie_secure is not None:
            return self.cookie_secure
        return self.public_base_url.startswith("https://")

    @property
    def public_origin(self) -> str:
        parts = urlsplit(self.public_base_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def public_host(self) -> str:
        """The bare host name, which is also the relying party id of passkeys."""
        return urlsplit(self.public_base_url).hostname or "localhost"

    def secret(self, data_folder: Path | None = None) -> bytes:
        """The secret key. With a data folder (the embedded default) one is made at first run.

        Raises MissingSecretError if there is none and no folder to keep one in.
        """
        if self.secret_key:
            return self.secret_key.get_secret_value().encode()
        if self.secret_key_file:
            return self.secret_key_file.read_bytes().strip()
        if data_folder is None:
            raise MissingSecretError("set NEWVOICES_SECRET_KEY or NEWVOICES_SECRET_KEY_FILE")
        fresh = base64.urlsafe_b64encode(secrets.token_bytes(48))
        return read_or_create(data_folder / "secret.key", fresh).strip()
