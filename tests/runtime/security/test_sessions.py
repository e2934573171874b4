"""Session tokens: signed, expiring, verified without the signing key."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.security.principal import Role
from services.runtime.security.sessions import Session, SessionKeeper, SessionRefusedError
from services.runtime.security.settings import SecuritySettings

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
KEEPER = SessionKeeper([], Ed25519PrivateKey.generate())


def begin(keeper: SessionKeeper = KEEPER, now: datetime = NOW) -> Session:
    return keeper.begin(
        account_id=UUID(int=1),
        role=Role.LINK_WORKER,
        organisation_id="leeds",
        team_id="north",
        now=now,
    )


@given(
    role=st.sampled_from(Role),
    account=st.uuids(),
    organisation=st.text(max_size=30),
    team=st.none() | st.text(max_size=30),
    scopes=st.frozensets(st.text(max_size=10), max_size=5),
    second=st.booleans(),
)
def test_a_token_gives_back_the_session_it_was_made_from(
    role: Role,
    account: UUID,
    organisation: str,
    team: str | None,
    scopes: frozenset[str],
    second: bool,
) -> None:
    session = KEEPER.begin(
        account_id=account,
        role=role,
        organisation_id=organisation,
        team_id=team,
        now=NOW,
        scopes=scopes,
        second_factor=second,
    )
    assert KEEPER.read(KEEPER.token(session), NOW) == session


@given(where=st.integers(0, 10_000), letter=st.sampled_from("Aa9_-.=é"))
def test_a_token_changed_in_any_place_is_refused(where: int, letter: str) -> None:
    session = begin()
    token = KEEPER.token(session)
    place = where % len(token)
    letter = "B" if letter == token[place] else letter
    try:
        read = KEEPER.read(token[:place] + letter + token[place + 1 :], NOW)
    except SessionRefusedError:
        return
    # Only the unused bits of the signature's last base64 letter may differ.
    assert place == len(token) - 1
    assert read == session


@given(noise=st.text(max_size=120))
def test_noise_is_refused_as_no_session(noise: str) -> None:
    for token in (noise, f"{noise}.{noise}.{noise}", KEEPER.token(begin()) + noise + "."):
        with pytest.raises(SessionRefusedError):
            KEEPER.read(token, NOW)


def test_each_sign_in_has_a_new_session_id() -> None:
    assert begin().id != begin().id


def test_an_idle_session_ends_after_an_hour() -> None:
    token = KEEPER.token(begin())
    KEEPER.read(token, NOW + timedelta(minutes=59))
    with pytest.raises(SessionRefusedError, match="over"):
        KEEPER.read(token, NOW + timedelta(hours=1))


def test_a_busy_session_is_renewed_after_half_its_idle_time_but_never_beyond_its_whole_life() -> (
    None
):
    session = begin()
    assert KEEPER.renew(session, NOW + timedelta(minutes=29)) is None
    now = NOW
    while now < NOW + timedelta(hours=12):
        session = KEEPER.renew(session, now) or session
        assert session.expires_at <= NOW + timedelta(hours=12)
        assert KEEPER.read(KEEPER.token(session), now) == session
        now += timedelta(minutes=20)
    with pytest.raises(SessionRefusedError):
        KEEPER.read(KEEPER.token(session), NOW + timedelta(hours=12))


def test_a_session_from_the_future_is_refused() -> None:
    with pytest.raises(SessionRefusedError):
        KEEPER.read(KEEPER.token(begin()), NOW - timedelta(minutes=5))


def test_a_service_with_the_public_key_reads_sessions_but_cannot_make_them() -> None:
    outreach = SessionKeeper.from_settings(SecuritySettings(secret_key="s" * 40))  # type: ignore[arg-type]
    reader = SessionKeeper.from_settings(SecuritySettings(session_public_keys=outreach.public_keys))
    session = begin(outreach)
    assert reader.read(outreach.token(session), NOW) == session
    assert not reader.can_sign
    assert reader.renew(session, NOW + timedelta(minutes=45)) is None
    with pytest.raises(RuntimeError):
        reader.token(session)


def test_a_session_signed_with_another_key_is_refused() -> None:
    stranger = SessionKeeper([], Ed25519PrivateKey.generate())
    with pytest.raises(SessionRefusedError):
        KEEPER.read(stranger.token(begin(stranger)), NOW)


def test_a_session_of_another_installation_with_the_same_key_is_refused() -> None:
    key = Ed25519PrivateKey.generate()
    trial = SessionKeeper([], key, audience="https://trial.example")
    real = SessionKeeper([], key, audience="https://voices.example")
    token = trial.token(begin(trial))
    assert trial.read(token, NOW).principal.organisation_id == "leeds"
    with pytest.raises(SessionRefusedError):
        real.read(token, NOW)


def test_a_change_of_password_can_ask_for_a_fresh_sign_in() -> None:
    session = begin()
    assert session.signed_in_within(timedelta(minutes=10), NOW + timedelta(minutes=9))
    assert not session.signed_in_within(timedelta(minutes=10), NOW + timedelta(minutes=11))
