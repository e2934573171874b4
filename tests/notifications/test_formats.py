from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.communication import LABELS, Need
from services.notifications.formats import TASK_WORDS, Delivery, Plan, TaskKind, Way, Ways, plan
from services.notifications.messages import Format

BOTH = Ways(sms=True, email=True, languages=frozenset({"en", "cy"}))
SMS_ONLY = replace(BOTH, email=False)


def test_without_a_recorded_need_a_text_message_goes_out() -> None:
    assert plan([], [], BOTH) == Plan((Delivery(Way.SMS, Format.SMS),), ())
    assert plan([], [], replace(BOTH, sms=False)) == Plan((Delivery(Way.EMAIL, Format.EMAIL),), ())
    assert plan(["email"], [], BOTH) == Plan((Delivery(Way.EMAIL, Format.EMAIL),), ())


@pytest.mark.parametrize(
    ("need", "form", "task"),
    [
        ("large_print", Format.LARGE_PRINT, TaskKind.POST_LARGE_PRINT),
        ("easy_read", Format.EASY_READ, TaskKind.POST_EASY_READ),
    ],
)
def test_print_forms_go_with_an_email_or_by_post(need: str, form: Format, task: TaskKind) -> None:
    attached = Plan((Delivery(Way.EMAIL, Format.EMAIL, (form,)),), ())
    assert plan([need], [], BOTH) == attached
    assert plan([], [need], BOTH) == attached
    assert plan([need], [], SMS_ONLY) == Plan((), (task,))


@pytest.mark.parametrize(
    ("needs", "tasks"),
    [
        (["phone_call"], [TaskKind.CALL]),
        (["phone_call", "text_relay"], [TaskKind.CALL_THROUGH_RELAY]),
        (["interpreter"], [TaskKind.CALL_WITH_INTERPRETER]),
        (["braille"], [TaskKind.POST_BRAILLE]),
        (["audio"], [TaskKind.RECORD_AUDIO]),
        (["post", "large_print"], [TaskKind.POST, TaskKind.POST_LARGE_PRINT]),
        (["bsl_video"], [TaskKind.MAKE_BSL_VIDEO]),
        (["advocate"], [TaskKind.TELL_ADVOCATE]),
        (["smoke_signals"], [TaskKind.LOOK_AT_NEEDS]),
    ],
)
def test_what_only_a_person_can_do_becomes_a_task_and_no_message(
    needs: list[str], tasks: list[TaskKind]
) -> None:
    assert plan(needs, [], BOTH) == Plan((), tuple(tasks))


def test_a_signed_video_goes_out_once_there_is_one() -> None:
    assert plan(["bsl_video"], [], replace(BOTH, bsl_video=True)).deliveries


def test_an_advocate_is_copied_in_by_email() -> None:
    ways = replace(BOTH, advocate_email=True)
    assert plan(["advocate"], [], ways) == Plan(
        (Delivery(Way.EMAIL, Format.EMAIL, (), copy_advocate=True),), ()
    )
    assert plan(["advocate"], [], replace(ways, email=False)).tasks == (TaskKind.TELL_ADVOCATE,)


def test_a_language_without_a_checked_template_means_a_call_with_an_interpreter() -> None:
    assert plan([], [], BOTH, language="ur") == Plan((), (TaskKind.CALL_WITH_INTERPRETER,))
    assert plan([], [], BOTH, language="cy").deliveries


def test_easy_read_that_a_message_does_not_have_is_made_by_a_person() -> None:
    assert plan(["easy_read"], [], BOTH, has_easy_read=False).tasks == (TaskKind.POST_EASY_READ,)


def test_every_need_has_words_and_every_task_says_what_to_do() -> None:
    assert set(LABELS) == set(Need)
    assert set(TASK_WORDS) == set(TaskKind)


WAYS = st.builds(
    Ways,
    sms=st.booleans(),
    email=st.booleans(),
    languages=st.frozensets(st.sampled_from(["en", "cy", "pl"])),
    advocate_email=st.booleans(),
    bsl_video=st.booleans(),
)


@given(
    st.frozensets(st.sampled_from([*Need, "smoke_signals"])),
    st.frozensets(st.sampled_from(["easy_read", "large_print", "step_free"])),
    WAYS,
    st.sampled_from(["en", "cy", "ur"]),
)
def test_a_need_is_met_or_a_person_is_asked_and_nobody_is_forgotten(
    formats: frozenset[str], access_needs: frozenset[str], ways: Ways, language: str
) -> None:
    planned = plan(formats, access_needs, ways, language)
    assert bool(planned.deliveries) is not bool(planned.tasks)
    for delivery in planned.deliveries:
        assert ways.sms if delivery.way is Way.SMS else ways.email
        assert language in ways.languages
        assert not {Need.PHONE_CALL, Need.BRAILLE, Need.AUDIO, Need.INTERPRETER} & formats
        assert delivery.copy_advocate is (Need.ADVOCATE in formats)
        for need, form in (("easy_read", Format.EASY_READ), ("large_print", Format.LARGE_PRINT)):
            assert (form in delivery.attach) is (need in formats | access_needs)
