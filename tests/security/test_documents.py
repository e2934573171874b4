"""What the security documents say is what the code does: numbers, ways in, keys, classes."""

from __future__ import annotations

import re
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from services.outreach import own_page
from services.outreach.commands import administering, passkeys, signing_in, stepping
from services.runtime.pages.offline import LOCK_AFTER
from services.runtime.security import passwords, tokens
from services.runtime.security.rate import LockPolicy
from services.runtime.security.settings import SecuritySettings
from services.runtime.tables import audit

ROOT = Path(__file__).parents[2]
DOCUMENTS = ROOT / "docs" / "security"
USES_CRYPTOGRAPHY = re.compile(
    r"^\s*(?:import|from) (?:hashlib|hmac|secrets|cryptography|argon2|pyotp|joserfc|webauthn)\b",
    re.M,
)


def text_of(name: str) -> str:
    return (DOCUMENTS / f"{name}.md").read_text(encoding="utf-8")


def in_words(value: Any) -> str:
    """A constant as the documents write it."""
    if isinstance(value, timedelta):
        for unit, seconds in (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1)):
            count = value.total_seconds() / seconds
            if count >= 1 and count == int(count):
                return f"{int(count)} {unit}{'' if count == 1 else 's'}"
    return f"{value:,}"


def constant(named: str) -> Any:
    module, _, path = named.partition(":")
    found: Any = import_module(module)
    for part in path.split("."):
        fields = getattr(found, "model_fields", {})
        found = fields[part].default if part in fields else getattr(found, part)
    return found


LIMITS = re.findall(r"^\|.*?\| `(services[\w.]+:[\w.]+)` \|$", text_of("limits"), re.M)


def test_the_list_of_limits_names_the_constants_that_it_tells_of() -> None:
    assert len(LIMITS) > 15


@pytest.mark.parametrize("named", LIMITS)
def test_a_limit_in_the_document_is_the_one_in_force(named: str) -> None:
    (row,) = [line for line in text_of("limits").splitlines() if f"`{named}`" in line]
    assert re.search(rf"(?<![\d,]){re.escape(in_words(constant(named)))}(?![\d,])", row), row


def test_the_waits_and_times_of_signing_in_are_the_ones_in_force() -> None:
    said, settings = text_of("sign-in"), SecuritySettings()
    for policy, row in ((signing_in.PER_ACCOUNT, "one account"), (signing_in.PER_SENDER, "sender")):
        (line,) = [one for one in said.splitlines() if one.startswith("|") and row in one
                   and "failures" in one]  # fmt: skip
        assert f"{policy.free_tries} failures in an hour" in line
        assert policy.memory == timedelta(hours=1)
        assert in_words(policy.first_wait) in line
        assert in_words(policy.longest_wait) in line
    assert isinstance(signing_in.PER_ACCOUNT, LockPolicy)
    assert f"idle | {in_words(settings.session_idle)}" in said
    assert f"in all | {in_words(settings.session_absolute)}" in said
    assert f"locks after {in_words(LOCK_AFTER)}" in said
    assert f"| {in_words(settings.fresh_sign_in)}; for a new passkey 15" in said
    assert timedelta(minutes=15) == passkeys.FRESH
    assert f"works once, for {in_words(stepping.LASTS)}" in said
    assert f"works once, for {in_words(stepping.AT_PROVIDER)}" in said
    assert (
        timedelta(hours=1), timedelta(days=1), timedelta(days=1),
    ) == (own_page.ASKED_LINK_HOLDS, own_page.LINK_HOLDS, administering.LINK_HOLDS)  # fmt: skip
    assert f"{tokens.LONGEST_LIFE.days} days at most" in said
    assert f"{passwords.SHORTEST} characters" in said
    assert f"up to {passwords.LONGEST}" in said


def test_words_that_the_document_lists_make_no_password() -> None:
    said = text_of("sign-in")
    listed = re.search(r"its words: (.*?); of roles: (.*?); keyboard", said, re.S)
    assert listed is not None
    words = [word.strip() for part in listed.groups() for word in part.split(",")]
    assert len(words) >= 10
    for word in words:
        assert passwords.problem_with(f"{word} {word} {word} 1") is not None, word


def test_every_file_that_uses_cryptography_is_in_the_inventory() -> None:
    said = text_of("cryptography")
    sources = [one for top in ("services", "schemas") for one in (ROOT / top).rglob("*.py")]
    using = [one for one in sources if USES_CRYPTOGRAPHY.search(one.read_text(encoding="utf-8"))]
    assert len(using) > 20
    for file in using:
        near = "/".join(file.parts[-2:])
        assert f"`{file.name}`" in said or f"`{near}`" in said, file
    for script in (ROOT / "infra/assets/src/scripts").glob("*.ts"):
        if "subtle." in script.read_text(encoding="utf-8"):
            assert f"`{script.name}`" in said, script


def test_every_setting_that_names_somebody_to_talk_to_is_among_the_connections() -> None:
    said = text_of("connections")
    for named in (
        "NEWVOICES_PUBLIC_BASE_URL", "NEWVOICES_KAFKA", "NEWVOICES_DATABASE_URL", "NEWVOICES_OIDC",
        "NEWVOICES_SMTP", "NEWVOICES_SMS_PROVIDERS", "TWILIO_", "OTEL_EXPORTER_OTLP_",
        "NEWVOICES_METRICS_PORT", "NEWVOICES_TRUSTED_PROXIES",
    ):  # fmt: skip
        assert named in said, named


def test_every_message_that_our_code_logs_by_hand_is_of_a_kind_in_the_inventory() -> None:
    said = text_of("logging")
    for event in ("sign-in refused", "request refused", "request failed"):
        assert f'"{event}"' in said
    assert {"at", "actor", "role", "action", "subject_id", "why", "hash"} <= set(audit.c.keys())


def test_the_promise_for_updates_has_days_and_the_watched_parts_are_in_the_lock() -> None:
    said = text_of("components")
    days = [int(found) for found in re.findall(r"^\|[^|]+\| (\d+) days", said, re.M)]
    assert days == sorted(days)
    assert len(days) == 4
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    watched = said.partition("hold keys:")[2].replace("\n", " ").rstrip(". ").split(",")
    for name in watched:
        assert re.search(rf"^{re.escape(name.strip())}==", lock, re.M), name
    assert "--hash=sha256:" in lock


def test_every_table_that_holds_sealed_values_belongs_to_a_class() -> None:
    said = text_of("data-classes")
    for held in ("name", "phone", "notes", "replies", "matching profile", "monitoring", "passwords",
                 "audit trail"):  # fmt: skip
        assert held in said, held


def test_the_image_holds_named_folders_and_no_history_of_the_source() -> None:
    image = (ROOT / "infra" / "Dockerfile").read_text(encoding="utf-8")
    copied = [line.split()[1:-1] for line in image.splitlines() if line.startswith("COPY")]
    taken = {one for line in copied for one in line if not one.startswith("--")}
    assert not taken & {".", "./", "*", ".git"}
    assert "/app" in taken, "the second stage takes what the first made of them"
