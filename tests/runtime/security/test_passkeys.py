"""Passkeys, answered by a device in software."""

import json
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.runtime.security.passkeys import (
    PasskeyRefusedError,
    Passkeys,
    StoredPasskey,
    credential_id_of,
)
from services.runtime.security.settings import SecuritySettings
from tests.runtime.security.soft_authenticator import USER_PRESENT, SoftAuthenticator
from tests.support.examples import examples

HOST, ORIGIN = "voices.example", "https://voices.example"
SITE = Passkeys.from_settings(SecuritySettings(public_base_url=ORIGIN))


def register(device: SoftAuthenticator) -> StoredPasskey:
    begun = SITE.begin_registration(UUID(int=1), "link worker 1")
    return SITE.finish_registration(device.create(begun.options_json), begun.challenge)


def test_a_registered_passkey_signs_in_and_its_count_rises() -> None:
    device = SoftAuthenticator(HOST, ORIGIN)
    passkey = register(device)
    assert passkey.credential_id == device.credential_id
    begun = SITE.begin_sign_in()
    answer = device.get(begun.options_json)
    assert credential_id_of(answer) == passkey.credential_id
    assert SITE.finish_sign_in(answer, begun.challenge, passkey) == 1


def test_the_options_ask_for_a_verified_holder_and_name_known_devices() -> None:
    options = json.loads(SITE.begin_registration(UUID(int=1), "a", [b"known"]).options_json)
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert len(options["excludeCredentials"]) == 1
    assert options["rp"]["id"] == HOST


def test_an_answer_to_another_challenge_is_refused() -> None:
    device = SoftAuthenticator(HOST, ORIGIN)
    passkey = register(device)
    answer = device.get(SITE.begin_sign_in().options_json)
    with pytest.raises(PasskeyRefusedError):
        SITE.finish_sign_in(answer, SITE.begin_sign_in().challenge, passkey)


def test_an_answer_made_on_a_look_alike_site_is_refused() -> None:
    for host, origin in ((HOST, "https://v0ices.example"), ("v0ices.example", ORIGIN)):
        device = SoftAuthenticator(host, origin)
        with pytest.raises(PasskeyRefusedError):
            register(device)
        device.host, device.origin = HOST, ORIGIN
        passkey = register(device)
        device.host, device.origin = host, origin
        begun = SITE.begin_sign_in()
        with pytest.raises(PasskeyRefusedError):
            SITE.finish_sign_in(device.get(begun.options_json), begun.challenge, passkey)


def test_a_device_that_does_not_verify_its_holder_is_refused() -> None:
    with pytest.raises(PasskeyRefusedError):
        register(SoftAuthenticator(HOST, ORIGIN, verifies=False))
    device = SoftAuthenticator(HOST, ORIGIN)
    passkey = register(device)
    device.flags = USER_PRESENT
    begun = SITE.begin_sign_in()
    with pytest.raises(PasskeyRefusedError):
        SITE.finish_sign_in(device.get(begun.options_json), begun.challenge, passkey)


def test_a_cloned_device_is_noticed_by_its_count() -> None:
    device = SoftAuthenticator(HOST, ORIGIN)
    passkey = register(device)
    begun = SITE.begin_sign_in()
    answer = device.get(begun.options_json)
    ahead = StoredPasskey(passkey.credential_id, passkey.public_key, sign_count=5)
    with pytest.raises(PasskeyRefusedError):
        SITE.finish_sign_in(answer, begun.challenge, ahead)


def test_one_passkey_does_not_sign_in_as_another() -> None:
    mine, yours = SoftAuthenticator(HOST, ORIGIN), SoftAuthenticator(HOST, ORIGIN)
    passkey, other = register(mine), register(yours)
    begun = SITE.begin_sign_in()
    answer = mine.get(begun.options_json)
    with pytest.raises(PasskeyRefusedError):
        SITE.finish_sign_in(answer, begun.challenge, other)
    renamed = StoredPasskey(other.credential_id, passkey.public_key, 0)
    with pytest.raises(PasskeyRefusedError):
        SITE.finish_sign_in(answer, begun.challenge, renamed)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)


@given(data=st.data())
@settings(max_examples=examples(150), deadline=None)
def test_a_damaged_answer_is_refused_and_never_breaks(data: st.DataObject) -> None:
    device = SoftAuthenticator(HOST, ORIGIN)
    begun = SITE.begin_registration(UUID(int=1), "a")
    answer = json.loads(device.create(begun.options_json))
    where = answer["response"] if data.draw(st.booleans()) else answer
    where[data.draw(st.sampled_from(sorted(where)))] = data.draw(json_values)
    damaged = json.dumps(answer)
    # An optional part may be damaged without harm; then it is still this device's passkey.
    try:
        passkey = SITE.finish_registration(damaged, begun.challenge)
    except PasskeyRefusedError:
        return
    assert passkey.credential_id == device.credential_id


@given(noise=st.text(max_size=60) | json_values.map(json.dumps))
def test_noise_is_refused_as_no_passkey(noise: str) -> None:
    passkey = StoredPasskey(b"id", b"key", 0)
    with pytest.raises(PasskeyRefusedError):
        SITE.finish_sign_in(noise, b"challenge", passkey)
    with pytest.raises(PasskeyRefusedError):
        SITE.finish_registration(noise, b"challenge")
    with pytest.raises(PasskeyRefusedError):
        credential_id_of(noise)
