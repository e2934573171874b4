import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberType

from services.notifications.addresses import (
    AddressError,
    PhoneKind,
    is_uk_mobile,
    parse_email,
    parse_phone,
    parse_sms_number,
)


@pytest.mark.parametrize(
    "written",
    [
        *("07700 900123", "+44 (0)7700 900123", "0044 7700 900123", "+447700900123"),
        *(" 07700-900-123 ", "\u200b07700\u00a0900123\u200e", "(07700) 900123", "44 7700 900123"),
        *("٠٧٧٠٠ ٩٠٠١٢٣", "０７７００９００１２３"),
    ],
)
def test_a_mobile_number_is_read_however_people_write_it(written: str) -> None:
    phone = parse_sms_number(written)
    assert (phone.e164, phone.kind, phone.fictional) == ("+447700900123", PhoneKind.MOBILE, True)


def test_a_real_range_is_not_fictional_and_keeps_its_region() -> None:
    assert parse_sms_number("07624 400000").region == "IM"
    assert parse_sms_number("+48 512 345 678").region == "PL"
    assert not parse_sms_number("07400 123456").fictional


@pytest.mark.parametrize("landline", ["020 7946 0018", "01632 960001", "0113 243 1234"])
def test_a_landline_is_refused_for_text_messages_with_a_way_on(landline: str) -> None:
    assert parse_phone(landline).kind is PhoneKind.LANDLINE
    with pytest.raises(AddressError, match="landline") as caught:
        parse_sms_number(landline)
    assert caught.value.code == "phone_landline"
    assert "phone call" in caught.value.reason


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "phone_missing"),
        ("\u200b \t", "phone_missing"),
        ("call my sister", "phone_unreadable"),
        ("07700 90012", "phone_not_in_use"),
        ("07700 900123 4567", "phone_not_in_use"),
        ("0800 1111", "phone_no_text"),
        ("070 1234 5678", "phone_no_text"),
    ],
)
def test_a_number_we_cannot_text_gets_a_reason_without_repeating_it(
    written: str, code: str
) -> None:
    with pytest.raises(AddressError) as caught:
        parse_sms_number(written)
    assert caught.value.code == code
    digits = "".join(c for c in written if c.isdigit())
    assert not digits or digits not in str(caught.value).replace(" ", "")
    assert caught.value.__cause__ is None


def outcome_of(text: str) -> str:
    try:
        return parse_phone(text).e164
    except AddressError as error:
        return error.reason


@given(st.text(max_size=60))
def test_any_text_is_a_number_or_a_problem_said_plainly(text: str) -> None:
    outcome = outcome_of(text)
    assert outcome.startswith("+") or outcome.endswith(".")


@pytest.mark.parametrize(
    "written",
    [
        "amina@example.org",
        "  amina@EXAMPLE.org\n",
        "amina\u200b@example.org\ufeff",
        "amina @ example.org",
        "mailto:amina@example.org",
        "ａｍｉｎａ@example.org",
    ],
)
def test_an_email_address_is_tidied_before_it_is_checked(written: str) -> None:
    assert parse_email(written) == "amina@example.org"


@pytest.mark.parametrize(
    ("written", "code", "word"),
    [
        ("", "email_missing", "Enter"),
        ("amina.example.org", "email_unreadable", "@"),
        ("amina@example", "email_unreadable", "full stop"),
        ("@example.org", "email_unreadable", "before"),
        ("amina@exa mple..org", "email_unreadable", "Check"),
    ],
)
def test_an_address_we_cannot_use_says_what_to_do(written: str, code: str, word: str) -> None:
    with pytest.raises(AddressError, match=word) as caught:
        parse_email(written)
    assert caught.value.code == code
    assert "amina" not in str(caught.value)


@given(st.integers(7_000_000_000, 7_999_999_999))
def test_what_is_told_a_uk_mobile_at_a_glance_is_never_refused_for_its_kind(number: int) -> None:
    e164 = f"+44{number:010d}"
    if is_uk_mobile(e164):
        # A range nobody has been given yet may still be refused, but not as some other kind.
        kinds = {phonenumbers.number_type(phonenumbers.parse(e164))}
        assert kinds <= {PhoneNumberType.MOBILE, PhoneNumberType.UNKNOWN}


@pytest.mark.parametrize("other", ["+447012345678", "+447612345678", "+442079460018", "+4477009"])
def test_other_numbers_are_no_uk_mobiles_at_a_glance(other: str) -> None:
    assert not is_uk_mobile(other)
    assert is_uk_mobile("+447700900123")
