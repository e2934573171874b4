"""Passwords: what is accepted, how they are kept."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.runtime.security.passwords import LONGEST, Passwords, problem_with
from tests.support.examples import examples

CHEAP = Passwords(memory_kib=64, passes=1)


@pytest.mark.parametrize(
    "password",
    [
        "kettle anorak gravel",
        "cat dig sun",
        "tide-lorry-quilt",
        "Xk29!vq7Lm#w",
        "ysgol mynydd glas",
        "جمل مفتاح سماء",
        "p" * 20 + "a lemon tram ferry",
    ],
)
def test_three_words_or_twelve_characters_will_do(password: str) -> None:
    assert problem_with(password, ["Amina Khan", "amina@council.example"]) is None


@pytest.mark.parametrize(
    "password",
    [
        "",
        "short",
        "two words",
        "elevenchars",
        "aaaaaaaaaaaaaaa",
        "password1234",
        "P4ssw0rd!2026",
        "welcome welcome welcome",
        "newvoices2026!",
        "liverpool football 1",
        "qwertyuiopqwe",
        "zyxwvutsrqponm",
        "123456789012345",
        "Summer2026Summer",
        "x" * (LONGEST + 1),
    ],
)
def test_short_or_widely_guessed_passwords_are_refused_with_advice(password: str) -> None:
    problem = problem_with(password)
    assert problem is not None
    assert problem.startswith(("Use ", "This "))


def test_a_password_of_ones_own_name_is_refused() -> None:
    personal = ["Amina Khan", "amina.khan@bradford.example"]
    assert problem_with("AminaKhan2026", personal) is not None
    assert problem_with("khan amina bradford", personal) is not None
    assert problem_with("khan kettle bradford", personal) is None


@given(password=st.text(max_size=200))
def test_no_advice_repeats_the_password(password: str) -> None:
    problem = problem_with(password)
    assert problem is None or len(password) < 10 or password not in problem


@given(password=st.text(max_size=LONGEST), other=st.text(max_size=LONGEST))
@settings(max_examples=examples(40), deadline=None)
def test_only_the_same_password_verifies(password: str, other: str) -> None:
    stored = CHEAP.hash(password)
    assert CHEAP.verify(stored, password)
    if other.casefold() != password.casefold() and not set(other) & set(password):
        assert not CHEAP.verify(stored, other)


def test_a_letter_typed_in_two_unicode_forms_is_one_password() -> None:
    assert CHEAP.verify(CHEAP.hash("caf\u00e9 anorak gravel"), "cafe\u0301 anorak gravel")


def test_nobody_signs_in_to_an_account_that_does_not_exist() -> None:
    assert not CHEAP.verify(None, "nobody has this password")
    assert not CHEAP.verify("not a hash", "kettle anorak gravel")


def test_a_hash_of_older_parameters_is_made_anew() -> None:
    stored = CHEAP.hash("kettle anorak gravel")
    assert not CHEAP.needs_rehash(stored)
    assert Passwords().needs_rehash(stored)
    assert Passwords().hash("x").startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert CHEAP.hash("same") != CHEAP.hash("same")
