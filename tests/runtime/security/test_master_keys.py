"""The key ring's file: made once, private, rotated, refused when it is not ours."""

import base64
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.security.keys import derive, read_or_create, readable_by_others
from services.runtime.security.master_keys import (
    LocalMasterKeys,
    add_master_key,
    load_master_keys,
    load_sealer,
    master_key_path,
    retire_master_key,
)
from services.runtime.security.settings import MissingSecretError, SecuritySettings


def test_the_first_run_makes_a_private_key_file_and_the_second_finds_it(tmp_path: Path) -> None:
    first = load_master_keys(SecuritySettings(), tmp_path / "data")
    second = load_master_keys(SecuritySettings(), tmp_path / "data")
    path = master_key_path(tmp_path / "data")
    assert first == second
    assert path.stat().st_mode & 0o777 == 0o600
    assert not readable_by_others(path)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_processes_that_start_together_agree_on_one_file(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    with ThreadPoolExecutor(8) as pool:
        seen = set(pool.map(lambda n: read_or_create(path, b"from %d" % n), range(64)))
    assert len(seen) == 1


def test_a_service_without_keys_says_which_variable_to_set() -> None:
    with pytest.raises(MissingSecretError, match="NEWVOICES_MASTER_KEY_FILE"):
        load_master_keys(SecuritySettings())
    with pytest.raises(MissingSecretError, match="NEWVOICES_SECRET_KEY"):
        SecuritySettings().secret()


def test_keys_come_from_the_environment_or_from_a_named_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = LocalMasterKeys.fresh()
    file = tmp_path / "ring.json"
    file.write_bytes(ring.to_json())
    assert load_master_keys(SecuritySettings(master_key_file=file)) == ring
    monkeypatch.setenv("NEWVOICES_MASTER_KEYS", ring.to_json().decode())
    assert load_master_keys(SecuritySettings()) == ring


def test_rotation_adds_a_key_then_retires_the_old_one(tmp_path: Path) -> None:
    person = UUID(int=5)
    before = load_sealer(SecuritySettings(), tmp_path)
    envelope = before.seal(person, "name", "Amina", before.new_key(person))
    path = master_key_path(tmp_path)
    assert add_master_key(path).current == "k2"
    during = load_sealer(SecuritySettings(), tmp_path)
    assert during.open(person, "name", envelope) == "Amina"
    moved = during.rewrap(person, envelope)
    with pytest.raises(ValueError, match="current"):
        retire_master_key(path, "k2")
    retire_master_key(path, "k1")
    assert load_sealer(SecuritySettings(), tmp_path).open(person, "name", moved) == "Amina"
    assert path.stat().st_mode & 0o777 == 0o600


@given(noise=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_a_file_that_is_no_key_ring_is_refused_without_repeating_it(noise: bytes) -> None:
    with pytest.raises(ValueError, match="master key file") as caught:
        LocalMasterKeys.from_json(noise)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("keys", "current", "message"),
    [
        ({"k1": b"short"}, "k1", "32 bytes"),
        ({"k1": bytes(32)}, "k9", "current"),
        ({"k.1": bytes(32)}, "k.1", "letters and digits"),
    ],
)
def test_a_faulty_key_ring_is_refused(keys: dict[str, bytes], current: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LocalMasterKeys(keys, current, bytes(32))


def test_each_purpose_has_its_own_key_and_short_secrets_are_refused() -> None:
    secret = base64.b64encode(bytes(range(32)))
    assert derive(secret, "form tokens") != derive(secret, "session signing key")
    assert derive(secret, "form tokens") == derive(secret, "form tokens")
    with pytest.raises(ValueError, match="32"):
        derive(b"too short", "form tokens")


def test_plain_http_is_for_localhost_only() -> None:
    assert not SecuritySettings(public_base_url="http://localhost:8000/").secure_cookies
    assert SecuritySettings(public_base_url="https://voices.example").secure_cookies
    with pytest.raises(ValueError, match="https"):
        SecuritySettings(public_base_url="http://voices.example")


def test_a_secret_from_two_places_is_refused_and_never_printed(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not both"):
        SecuritySettings(secret_key="a" * 40, secret_key_file=tmp_path / "s")  # type: ignore[arg-type]
    settings = SecuritySettings(secret_key="not-to-be-seen" * 4)  # type: ignore[arg-type]
    assert "not-to-be-seen" not in repr(settings)
    assert settings.secret() == b"not-to-be-seen" * 4


def test_a_secret_file_is_read_and_a_data_folder_keeps_one(tmp_path: Path) -> None:
    file = tmp_path / "given.key"
    file.write_text("s" * 40 + "\n")
    assert SecuritySettings(secret_key_file=file).secret() == b"s" * 40
    made = SecuritySettings().secret(tmp_path / "data")
    assert len(made) >= 32
    assert SecuritySettings().secret(tmp_path / "data") == made
