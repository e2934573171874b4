from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events import PaymentChoice
from services.notifications.replies import Numbered, Reply, ReplyKind, classify, normalise

YES, NO, STOP = ReplyKind.YES, ReplyKind.NO, ReplyKind.STOP
START, HELP, FREE = ReplyKind.START, ReplyKind.HELP, ReplyKind.FREE_TEXT


@pytest.mark.parametrize(
    "text",
    [
        *("YES", "yes.", "Yes please!", "y", "Yeah", "yes 👍", "Yes 🙂", "ＹＥＳ", "y\u200bes"),
        *("  Yes\n", "Yes, I can come", "I'd love to", "Hi, yes please. Thank you x"),
        *("Ie, diolch", "Ydw", "Gallaf", "Hoffwn", "TAK", "tak, proszę", "Oczywiście", "Chętnie"),
        *("ہاں", "جی ہاں", "جی ہاں شکریہ", "haan ji", "نعم", "نَعَمْ", "أجل", "موافق", "نعم، شكرا"),
    ],
)
def test_a_yes_in_any_shipped_language_is_a_yes(text: str) -> None:
    assert classify(text) == Reply(YES)


@pytest.mark.parametrize(
    "text",
    [
        *("NO", "no thanks", "No, thank you.", "nope", "N", "I can't make it", "I can’t"),
        *("No sorry I can't", "not interested", "Sorry, not this time"),
        *("Na, dim diolch", "Nac ydw", "Nie, dziękuję", "nie mogę", "Niestety nie"),
        *("نہیں", "جی نہیں شکریہ", "nahi", "لا", "لَا", "لا شكرا", "كلا"),
    ],
)
def test_a_refusal_is_a_no_and_never_an_opt_out(text: str) -> None:
    assert classify(text) == Reply(NO)


@pytest.mark.parametrize(
    ("choice", "text"),
    [
        *(
            ("paid", t)
            for t in ("YES PAID", "Yes please, paid and expenses", "paid, yes", "ie talu")
        ),
        *(("paid", t) for t in ("Tak płatnie", "ہاں معاوضہ", "نعم أجر", "YES. PAY ME, thanks")),
        *(("expenses_only", t) for t in ("YES COSTS", "yes - expenses only please", "Ie, costau")),
        *(
            ("expenses_only", t)
            for t in ("TAK KOSZTY", "ہاں خرچہ", "نعم تكاليف", "costs only, yes")
        ),
        *(("declined", t) for t in ("YES UNPAID", "yes, I can come, no pay", "Ie, am ddim")),
        *(("declined", t) for t in ("tak bez zapłaty", "ہاں مفت", "نعم مجانا", "Yes. Not paid")),
    ],
)
def test_a_yes_says_how_to_be_paid_in_any_shipped_language(choice: str, text: str) -> None:
    assert classify(text) == Reply(YES, choice=cast(PaymentChoice, choice))


@pytest.mark.parametrize(
    "text",
    [
        *("paid", "COSTS", "yes paid or unpaid", "yes costs?", "no expenses", "yes if I am paid"),
        *("how much is paid", "Costs? Yes", "yes I pay the bus", "1 yes paid 2 yes costs"),
    ],
)
def test_a_choice_of_payment_is_never_guessed(text: str) -> None:
    assert classify(text).kind is FREE
    assert classify(text).choice is None


def test_a_choice_beside_numbers_goes_with_each_yes_and_stop_stays_stop() -> None:
    both = (Numbered(1, YES), Numbered(3, YES))
    assert classify("yes to 1 and 3, costs only") == Reply(YES, None, both, choice="expenses_only")
    assert classify("1 yes unpaid, 2 no").choice == "declined"
    assert classify("YES PAID STOP") == classify("paid? STOP") == Reply(STOP)


@pytest.mark.parametrize(
    "text",
    [
        *("STOP", "stop", "StOp.", "STOPALL", "Stop all", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"),
        *(
            "OPT-OUT",
            "opt out",
            "OPTOUT",
            "REVOKE",
            "STOP PLEASE",
            "please stop",
            "\u200bSTOP\ufeff",
        ),
        *(
            "ＳＴＯＰ",
            "S T O P",
            "s.t.o.p.",
            "🛑 STOP 🛑",
            "“STOP”",
            "STOP!!! who gave you my number",
        ),
        *("stop yes", "no, stop", "yes stop", "Hi please stop", "cancel please", "Oh just STOP"),
        *("Stop texting me", "I said stop texting me", "do not text me again", "don't contact me"),
        *("please take me off your list", "Not interested, remove me", "unsubscribe me from this"),
        *("Wypisz mnie", "بند کریں", "توقف", "إيقاف", "إلغاء الاشتراك", "الغاء", "Stopiwch"),
        *("Atal", "Stopio, diolch", "zatrzymaj", "روکیں", "بند"),
    ],
)
def test_a_request_to_stop_is_seen_whatever_comes_with_it(text: str) -> None:
    assert classify(text) == Reply(STOP)


@pytest.mark.parametrize(
    "text",
    [
        *("Cancel my Tuesday place", "End of March is fine", "I quit smoking last year"),
        *("Is it near the bus stop?", "the bus stop", "Never stop texting me", "don't stop"),
        "I do not want to opt out",
    ],
)
def test_words_of_stopping_in_another_sense_do_not_cut_a_person_off(text: str) -> None:
    assert classify(text).kind is FREE


@pytest.mark.parametrize("text", ["START", "unstop", "Start please", "opt in", "شروع", "ابدأ"])
def test_a_wish_to_start_again_is_seen(text: str) -> None:
    assert classify(text) == Reply(START)


@pytest.mark.parametrize(
    "text", ["HELP", "info", "Help please", "?", "??", "who is this?", "Cymorth", "POMOC", "مدد"]
)
def test_a_call_for_help_is_seen(text: str) -> None:
    assert classify(text) == Reply(HELP)


@pytest.mark.parametrize(
    ("text", "likely"),
    [
        ("yes but not Tuesday", YES),
        ("Yes. Is there parking?", YES),
        ("ok", YES),
        ("👍", YES),
        ("no parking nearby?", NO),
        ("Cancel my place", NO),
        ("no problem", None),
        ("not sure", None),
        ("yes and no", None),
        ("help me get there", HELP),
        ("when do you stop?", STOP),
        ("What time does it start?", None),
        ("I'll bring my sister", None),
        ("", None),
        ("🤷", None),
    ],
)
def test_what_is_not_plain_goes_to_a_person_with_the_likely_meaning(
    text: str, likely: ReplyKind | None
) -> None:
    assert classify(text) == Reply(FREE, likely=likely)


def test_no_from_a_polish_reader_may_mean_yes_so_a_person_looks() -> None:
    assert classify("no") == Reply(NO)
    assert classify("No", language="pl").kind is FREE
    assert classify("nie", language="pl") == Reply(NO)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 YES", Reply(YES, numbers=(Numbered(1, YES),))),
        ("yes to 1", Reply(YES, numbers=(Numbered(1, YES),))),
        ("1️⃣ yes", Reply(YES, numbers=(Numbered(1, YES),))),
        ("١ نعم", Reply(YES, numbers=(Numbered(1, YES),))),
        ("No. 2", Reply(NO, numbers=(Numbered(2, NO),))),
        ("yes 1 and 3 please", Reply(YES, numbers=(Numbered(1, YES), Numbered(3, YES)))),
        ("1 yes, 2 no", Reply(FREE, numbers=(Numbered(1, YES), Numbered(2, NO)))),
        ("yes 1 no 2", Reply(FREE, numbers=(Numbered(1, YES), Numbered(2, NO)))),
        ("2", Reply(FREE, numbers=(Numbered(2, None),))),
        ("yes to both", Reply(YES, everything=True)),
        ("no to all", Reply(NO, everything=True)),
    ],
)
def test_numbered_answers_are_read_pair_by_pair(text: str, expected: Reply) -> None:
    assert classify(text) == expected


@pytest.mark.parametrize("text", ["yes 2 people", "1 yes 1 no", "yes at 10:30", "07700 900123"])
def test_numbers_that_count_something_else_are_left_to_a_person(text: str) -> None:
    assert classify(text).numbers == ()
    assert classify(text).kind is FREE


@given(st.text(max_size=300))
def test_any_text_at_all_gets_a_reading(text: str) -> None:
    assert isinstance(classify(text), Reply)


@given(st.text(max_size=80), st.sampled_from(["STOP", "stop", "Unsubscribe", "OPT-OUT"]))
def test_stop_at_the_front_wins_over_any_words_after_it(rest: str, word: str) -> None:
    assert classify(f"{word} {rest}").kind is STOP


@given(st.text(max_size=100))
def test_tidying_a_text_twice_changes_nothing_more(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)
