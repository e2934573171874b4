from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.notifications.answering import (
    Accept,
    AskWhich,
    Decline,
    ForCoordinator,
    GiveHelp,
    NothingOpen,
    OpenInvitation,
    OptIn,
    OptOut,
    Several,
    resolve,
)
from services.notifications.replies import ReplyKind, classify

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


def invitation(n: int, number: int | None = None, person: str = "p1") -> OpenInvitation:
    return OpenInvitation(
        f"i{n}", person, f"Group {n}", f"Name{person}", NOW + timedelta(n), number
    )


def test_with_one_open_invitation_yes_and_no_answer_it() -> None:
    assert resolve(classify("yes"), [invitation(1)]) == Accept("i1")
    assert resolve(classify("no"), [invitation(1)]) == Decline("i1")


def test_with_two_open_invitations_the_person_is_asked_and_a_bare_number_settles_it() -> None:
    asked = resolve(classify("yes"), [invitation(2), invitation(1)])
    assert isinstance(asked, AskWhich)
    assert asked.answer is ReplyKind.YES
    assert [(o.number, o.invitation_id, o.text) for o in asked.options] == [
        (1, "i1", "Group 1"),
        (2, "i2", "Group 2"),
    ]
    told = [invitation(1, number=1), invitation(2, number=2)]
    assert resolve(classify("2"), told, earlier=ReplyKind.YES) == Accept("i2")
    assert resolve(classify("1 no"), told, earlier=ReplyKind.YES) == Decline("i1")
    assert resolve(classify("1 yes 2 no"), told) == Several((Accept("i1"), Decline("i2")))
    assert resolve(classify("yes to both"), told) == Several((Accept("i1"), Accept("i2")))
    assert resolve(classify("both"), told, ReplyKind.NO) == Several((Decline("i1"), Decline("i2")))


def test_a_phone_shared_by_two_people_is_asked_by_name_and_both_is_not_taken_for_two_people() -> (
    None
):
    shared = [invitation(1, person="p1"), invitation(2, person="p2")]
    asked = resolve(classify("yes"), shared)
    assert isinstance(asked, AskWhich)
    assert [o.text for o in asked.options] == ["Namep1: Group 1", "Namep2: Group 2"]
    told = [invitation(1, 1, "p1"), invitation(2, 2, "p2")]
    assert isinstance(resolve(classify("yes to both"), told), AskWhich)


def test_a_number_keeps_its_meaning_when_another_invitation_is_answered_or_arrives() -> None:
    left = [invitation(2, number=2), invitation(3)]
    assert resolve(classify("2 yes"), left) == Accept("i2")
    asked = resolve(classify("1 yes"), left)
    assert isinstance(asked, AskWhich)
    assert [(o.number, o.invitation_id) for o in asked.options] == [(2, "i2"), (3, "i3")]


def test_a_number_nobody_was_told_is_read_by_a_person() -> None:
    assert resolve(classify("yes 2"), [invitation(1)]) == ForCoordinator(ReplyKind.YES)
    assert resolve(classify("2"), [invitation(1)]) == ForCoordinator(None)


def test_both_does_not_take_in_an_invitation_that_came_after_the_question() -> None:
    assert isinstance(
        resolve(classify("yes to both"), [invitation(1, 1), invitation(2, 2), invitation(3)]),
        AskWhich,
    )


def test_a_yes_with_nothing_open_is_not_taken_for_anything_else() -> None:
    assert resolve(classify("yes"), []) == NothingOpen(ReplyKind.YES)
    assert resolve(classify("1 yes"), []) == NothingOpen(ReplyKind.YES)


def test_stop_start_and_help_need_no_invitation() -> None:
    for open_invitations in ([], [invitation(1)], [invitation(1), invitation(2)]):
        assert resolve(classify("STOP"), open_invitations) == OptOut()
        assert resolve(classify("START"), open_invitations) == OptIn()
        assert resolve(classify("HELP"), open_invitations) == GiveHelp()


def test_free_text_goes_to_the_coordinator_even_with_one_invitation_open() -> None:
    assert resolve(classify("yes but not Tuesday"), [invitation(1)]) == ForCoordinator(
        ReplyKind.YES
    )


@given(
    st.lists(st.sampled_from([None, 1, 2, 3, 4]), min_size=2, max_size=4),
    st.sampled_from(["yes", "no", "y", "nie", "نعم"]),
)
def test_a_plain_answer_never_settles_one_of_several_invitations(
    numbers: list[int | None], text: str
) -> None:
    seen: set[int] = set()
    invitations = []
    for n, number in enumerate(numbers):
        keep = number if number is not None and number not in seen else None
        seen |= {keep} if keep else set()
        invitations.append(invitation(n, keep))
    outcome = resolve(classify(text), invitations)
    assert isinstance(outcome, AskWhich)
    assert len({o.number for o in outcome.options}) == len(invitations)
    assert all(
        o.number == i.number
        for o in outcome.options
        for i in invitations
        if i.invitation_id == o.invitation_id and i.number
    )
