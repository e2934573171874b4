"""When a message may go out: the person's own time, their rest, and how often we write.

All rules look at local wall-clock time in the person's zone; times in and out are aware. Around
a change of the clocks the wall clock decides: 9am is 9am on the day the clocks change.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

NATIONS = {"E": "ENG", "W": "WLS", "S": "SCT", "N": "NIR"}
"""First letter of an ONS area code (E08000003) to the subdivision of the `holidays` library."""
WEEK = timedelta(days=7)
HORIZON = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Rules:
    """What an organisation has set, with what a person has asked for.

    opens, closes: messages go out from `opens` up to but not at `closes`, local time.
    rest_weekdays: 0 is Monday; 6, Sunday, is left in peace unless set otherwise.
    rest_dates: do-not-disturb dates of the person or the organisation.
    nation: "ENG", "WLS", "SCT" or "NIR" for bank holidays, or None to write on them too.
    most_per_week: messages in any seven days, or None for no limit.
    zone: IANA name.
    """

    opens: time = time(9)
    closes: time = time(20)
    rest_weekdays: frozenset[int] = frozenset({6})
    rest_dates: frozenset[date] = frozenset()
    nation: str | None = "ENG"
    most_per_week: int | None = 3
    zone: str = "Europe/London"

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise ValueError("Messages must be allowed to start before they must end.")
        if len(self.rest_weekdays & set(range(7))) == 7:
            raise ValueError("Leave at least one weekday on which messages may go out.")
        if self.most_per_week is not None and self.most_per_week < 1:
            raise ValueError("At least one message a week must be allowed.")
        if self.nation not in (None, *NATIONS.values()):
            raise ValueError('The nation is "ENG", "WLS", "SCT" or "NIR".')


class NoTimeLeft(ValueError):
    """The rules leave no moment within the next 400 days; a person has to look."""


@lru_cache(maxsize=64)
def _bank_holidays(nation: str, year: int) -> frozenset[date]:
    import holidays  # every calendar of the world: later than at the start of each process

    return frozenset(holidays.country_holidays("GB", subdiv=nation, years=year))


def nation_of(area_code: str) -> str | None:
    """Nation of an ONS area code, or None if it is not one of a UK nation."""
    return NATIONS.get(area_code[:1].upper())


def is_rest_day(day: date, rules: Rules) -> bool:
    """True on a resting weekday, a do-not-disturb date or a bank holiday of the nation."""
    return (
        day.weekday() in rules.rest_weekdays
        or day in rules.rest_dates
        or (rules.nation is not None and day in _bank_holidays(rules.nation, day.year))
    )


def _next_open(moment: datetime, rules: Rules) -> datetime:
    """`moment` if messages may go out then, else the next opening. In UTC."""
    zone = ZoneInfo(rules.zone)
    local = moment.astimezone(zone)
    if not is_rest_day(local.date(), rules) and rules.opens <= local.time() < rules.closes:
        return moment.astimezone(UTC)
    day = local.date() if local.time() < rules.opens else local.date() + timedelta(days=1)
    while is_rest_day(day, rules):
        day += timedelta(days=1)
        if day - local.date() > HORIZON:
            raise NoTimeLeft("No day is left on which messages may go out. Check the rest dates.")
    opening = datetime.combine(day, rules.opens, tzinfo=zone).astimezone(UTC)
    # An opening inside the hour that a spring change skips lies after it on the wall clock.
    return max(opening, moment.astimezone(UTC))


def _week_allows(moment: datetime, sent: Sequence[datetime], rules: Rules) -> datetime:
    """`moment`, or the first after it when fewer than the most have gone out in seven days."""
    if rules.most_per_week is None:
        return moment
    recent = sorted(s for s in sent if s > moment - WEEK)
    if len(recent) < rules.most_per_week:
        return moment
    return max(moment, recent[-rules.most_per_week] + WEEK)


def next_allowed(
    now: datetime, rules: Rules, sent: Sequence[datetime] = (), *, answering: bool = False
) -> datetime:
    """The first moment, not before `now`, at which a message to this person may go out. In UTC.

    sent: when messages went or will go out to them, at least the last seven days'.
    answering: the message answers one of theirs (STOP, HELP, a question): it goes at once.
    Raises ValueError for a time without zone, NoTimeLeft if the rules never allow one.
    """
    if now.tzinfo is None or any(s.tzinfo is None for s in sent):
        raise ValueError("Times need a time zone.")
    moment = now.astimezone(UTC)
    if answering:
        return moment
    while True:
        allowed = _next_open(_week_allows(moment, sent, rules), rules)
        if allowed == moment:
            return allowed
        if allowed - now > HORIZON:
            raise NoTimeLeft("No day is left on which messages may go out. Check the rest dates.")
        moment = allowed
