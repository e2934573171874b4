"""Lock-out and rate limits."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.runtime.security.rate import Bucket, LockPolicy, RateLimit, may_try, take

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
POLICY = LockPolicy()
ages = st.lists(st.integers(-600, 10_000).map(lambda s: NOW - timedelta(seconds=s)), max_size=40)


def failures(count: int, ago: timedelta = timedelta(0)) -> list[datetime]:
    return [NOW - ago] * count


def test_four_wrong_passwords_cost_nothing_and_the_fifth_half_a_minute() -> None:
    assert may_try(failures(4), NOW).allowed
    fifth = may_try(failures(5), NOW)
    assert not fifth.allowed
    assert fifth.retry_after_seconds == 30
    assert may_try(failures(5, timedelta(seconds=30)), NOW).allowed


def test_each_further_failure_doubles_the_wait_up_to_a_quarter_of_an_hour() -> None:
    waits = [may_try(failures(n), NOW).retry_after_seconds for n in range(5, 13)]
    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]


@given(times=ages)
def test_nobody_is_ever_locked_out_for_longer_than_the_longest_wait(times: list[datetime]) -> None:
    decision = may_try(times, NOW)
    assert decision.retry_after <= POLICY.longest_wait
    assert may_try(times, NOW + POLICY.longest_wait + timedelta(minutes=10)).allowed
    assert decision.allowed == (decision.retry_after == timedelta(0))


@given(times=ages)
def test_the_wait_that_is_told_is_the_wait_that_is_kept(times: list[datetime]) -> None:
    past = [time for time in times if time <= NOW]
    decision = may_try(past, NOW)
    if not decision.allowed:
        assert may_try(past, NOW + decision.retry_after).allowed
        assert not may_try(past, NOW + decision.retry_after / 2).allowed


@given(
    capacity=st.integers(1, 20),
    gaps=st.lists(st.integers(0, 20_000), max_size=80),
)
def test_no_window_ever_lets_more_through_than_the_limit(capacity: int, gaps: list[int]) -> None:
    limit = RateLimit(capacity, timedelta(minutes=1))
    bucket: Bucket | None = None
    now, passed = NOW, []
    for gap in gaps:
        now += timedelta(milliseconds=gap)
        bucket, decision = take(bucket, now, limit)
        if decision.allowed:
            passed.append(now)
    for index, start in enumerate(passed):
        within = [time for time in passed[index:] if time - start < limit.per]
        # A full bucket at the start, and what is refilled before the window ends.
        assert len(within) <= 2 * capacity


@given(capacity=st.integers(1, 20), quiet=st.integers(0, 1_000_000))
def test_a_long_quiet_time_saves_up_no_more_than_a_full_bucket(capacity: int, quiet: int) -> None:
    limit = RateLimit(capacity, timedelta(minutes=1))
    bucket, _ = take(None, NOW, limit)
    later = NOW + timedelta(seconds=quiet)
    passed = 0
    for _ in range(2 * capacity):
        bucket, decision = take(bucket, later, limit)
        passed += decision.allowed
    assert passed <= capacity


@given(capacity=st.integers(1, 20), used=st.integers(0, 40))
def test_the_told_wait_is_enough_to_pass_again(capacity: int, used: int) -> None:
    limit = RateLimit(capacity, timedelta(minutes=1))
    bucket: Bucket | None = None
    for _ in range(used):
        bucket, _ = take(bucket, NOW, limit)
    bucket, decision = take(bucket, NOW, limit)
    assert decision.allowed == (used < capacity)
    later = NOW + decision.retry_after + timedelta(milliseconds=1)
    if not decision.allowed:
        assert decision.retry_after_seconds >= 1
        assert take(bucket, later, limit)[1].allowed


def test_a_clock_that_runs_behind_neither_fills_nor_drains_a_bucket() -> None:
    limit = RateLimit(2, timedelta(minutes=1))
    bucket, _ = take(None, NOW, limit)
    bucket, decision = take(bucket, NOW - timedelta(hours=1), limit)
    assert decision.allowed
    assert bucket == Bucket(0.0, NOW)
