from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifications.schedule import (
    NoTimeLeft,
    Rules,
    is_rest_day,
    nation_of,
    next_allowed,
)
from tests.support.examples import examples

LONDON = ZoneInfo("Europe/London")
ZONES = ["Europe/London", "Europe/Warsaw", "Asia/Karachi", "Pacific/Auckland", "America/St_Johns"]


def london(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=LONDON)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("now", "allowed"),
    [
        (london(2026, 3, 3, 10), london(2026, 3, 3, 10)),  # a Tuesday morning
        (london(2026, 3, 3, 9), london(2026, 3, 3, 9)),
        (london(2026, 3, 3, 8, 59), london(2026, 3, 3, 9)),
        (london(2026, 3, 3, 20), london(2026, 3, 4, 9)),
        (london(2026, 3, 3, 23, 59), london(2026, 3, 4, 9)),
        (london(2026, 3, 7, 21), london(2026, 3, 9, 9)),  # over Sunday
        (london(2026, 4, 2, 21), london(2026, 4, 4, 9)),  # over Good Friday
        (london(2026, 4, 4, 21), london(2026, 4, 7, 9)),  # over Easter Sunday and Monday
        (london(2026, 12, 24, 20), london(2026, 12, 29, 9)),  # 28 December stands in for Boxing Day
    ],
)
def test_messages_wait_for_the_next_friendly_hour(now: datetime, allowed: datetime) -> None:
    assert next_allowed(now, Rules()) == allowed


def test_nine_in_the_morning_is_nine_on_the_day_the_clocks_change() -> None:
    every_day = Rules(rest_weekdays=frozenset(), nation=None)
    spring = next_allowed(london(2026, 3, 28, 22), every_day)
    assert spring == datetime(2026, 3, 29, 8, tzinfo=UTC)
    autumn = next_allowed(london(2026, 10, 24, 22), every_day)
    assert autumn == datetime(2026, 10, 25, 9, tzinfo=UTC)


def test_bank_holidays_are_those_of_the_persons_nation() -> None:
    st_andrew, easter_monday, boyne = date(2026, 11, 30), date(2026, 4, 6), date(2026, 7, 13)
    resting = {
        nation: [is_rest_day(d, Rules(nation=nation)) for d in (st_andrew, easter_monday, boyne)]
        for nation in ("ENG", "WLS", "SCT", "NIR")
    }
    assert resting == {
        "ENG": [False, True, False],
        "WLS": [False, True, False],
        "SCT": [True, False, False],
        "NIR": [False, True, True],
    }
    assert [nation_of(c) for c in ("E08000003", "W06000015", "S12000049", "N09000003", "x")] == [
        *("ENG", "WLS", "SCT", "NIR"),
        None,
    ]


def test_a_do_not_disturb_date_is_kept() -> None:
    rules = Rules(rest_dates=frozenset({date(2026, 3, 3), date(2026, 3, 4)}))
    assert next_allowed(london(2026, 3, 3, 10), rules) == london(2026, 3, 5, 9)


def test_no_more_than_so_many_in_any_seven_days() -> None:
    sent = [london(2026, 3, 2, 10), london(2026, 3, 3, 11), london(2026, 3, 4, 12)]
    assert next_allowed(london(2026, 3, 5, 10), Rules(), sent) == london(2026, 3, 9, 10)
    assert next_allowed(london(2026, 3, 5, 10), Rules(), sent[1:]) == london(2026, 3, 5, 10)
    unlimited = Rules(most_per_week=None)
    assert next_allowed(london(2026, 3, 5, 10), unlimited, sent * 5) == london(2026, 3, 5, 10)


def test_an_answer_to_a_person_goes_at_once_even_at_night() -> None:
    night = london(2026, 12, 25, 3)
    assert next_allowed(night, Rules(most_per_week=1), [night], answering=True) == night


def test_the_hours_are_those_of_the_persons_own_zone() -> None:
    karachi = Rules(zone="Asia/Karachi", nation=None)
    allowed = next_allowed(datetime(2026, 3, 3, 1, tzinfo=UTC), karachi)
    assert allowed == datetime(2026, 3, 3, 4, tzinfo=UTC)


def test_rules_that_allow_nothing_are_refused() -> None:
    for wrong in (
        {"opens": time(20), "closes": time(9)},
        {"rest_weekdays": frozenset(range(7))},
        {"most_per_week": 0},
        {"nation": "FRA"},
    ):
        with pytest.raises(ValueError, match=r"\."):
            Rules(**wrong)  # type: ignore[arg-type]
    always_resting = Rules(
        rest_dates=frozenset(date(2026, 1, 1) + timedelta(n) for n in range(900))
    )
    with pytest.raises(NoTimeLeft):
        next_allowed(london(2026, 3, 3, 10), always_resting)
    with pytest.raises(ValueError, match="zone"):
        next_allowed(datetime(2026, 3, 3, 10), Rules())  # noqa: DTZ001


MOMENTS = st.integers(0, 12 * 365 * 24 * 60).map(
    lambda minutes: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
RULES = st.builds(
    Rules,
    opens=st.times(time(0), time(11)),
    closes=st.times(time(12), time(23, 59)),
    rest_weekdays=st.frozensets(st.integers(0, 6), max_size=4),
    rest_dates=st.frozensets(st.dates(date(2020, 1, 1), date(2032, 2, 1)), max_size=5),
    nation=st.sampled_from([None, "ENG", "WLS", "SCT", "NIR"]),
    most_per_week=st.one_of(st.none(), st.integers(1, 4)),
    zone=st.sampled_from(ZONES),
)


@settings(max_examples=examples(400))
@given(MOMENTS, RULES, st.lists(st.integers(-14 * 24 * 60, 7 * 24 * 60), max_size=12))
def test_no_message_goes_out_early_at_a_quiet_hour_or_too_often(
    now: datetime, rules: Rules, minutes: list[int]
) -> None:
    sent = [now + timedelta(minutes=m) for m in minutes]
    allowed = next_allowed(now, rules, sent)
    local = allowed.astimezone(ZoneInfo(rules.zone))
    assert allowed >= now
    assert rules.opens <= local.time() < rules.closes
    assert not is_rest_day(local.date(), rules)
    if rules.most_per_week is not None:
        week = [s for s in sent if allowed - timedelta(days=7) < s <= allowed]
        assert len(week) < rules.most_per_week
    assert next_allowed(allowed, rules, sent) == allowed


@settings(max_examples=examples(100))
@given(MOMENTS, RULES)
def test_no_friendly_hour_is_passed_over(now: datetime, rules: Rules) -> None:
    allowed = next_allowed(now, rules)
    zone = ZoneInfo(rules.zone)
    moment = now
    while moment < allowed - timedelta(minutes=30):
        local = moment.astimezone(zone)
        assert is_rest_day(local.date(), rules) or not rules.opens <= local.time() < rules.closes
        moment += timedelta(minutes=30)


@given(MOMENTS, RULES, st.integers(1, 30))
def test_a_whole_campaign_keeps_within_the_weekly_limit(
    now: datetime, rules: Rules, messages: int
) -> None:
    sent: list[datetime] = []
    for _ in range(messages):
        sent.append(next_allowed(max([now, *sent]), rules, sent))
    limit = rules.most_per_week or messages
    for moment in sent:
        assert sum(moment - timedelta(days=7) < s <= moment for s in sent) <= limit
