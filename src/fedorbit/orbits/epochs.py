"""Times as messages of CCSDS write them, and as two-line element sets do."""

import re
from datetime import UTC, datetime, timedelta

from fedorbit.orbits.elements import Unusable
from fedorbit.orbits.limits import FIRST_YEAR, LAST_YEAR

# Time codes A and B of CCSDS 301.0-B-4, section 3.5, whose last parts may be missing;
# with the blank, the comma and the offset that ISO 8601 and RFC 3339 add.
TIME = re.compile(
    r"(\d{4})-(?:(\d\d)-(\d\d)|(\d{3}))"
    r"(?:[Tt ](\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,](\d{0,40}))?)?)?)?"
    r"(?:[Zz]|([-+])(\d\d)(?::?(\d\d))?)?",
    re.ASCII,
)
MONTHS_OF_LEAP_SECONDS = (6, 12)


def parse_epoch(text: str) -> datetime:
    """Return the moment, in UTC and to the microsecond, that a text names.

    For example ``2026-01-01T12:00:00.5``, ``2026-001T12:00:00Z`` or
    ``2026-01-01 14:00+02:00``. Without an offset it is UTC. Raises ``Unusable``.
    """
    found = TIME.fullmatch(text.strip())
    if not found:
        raise Unusable("epoch", f"the epoch is {text[:40]!r}, which is no time")
    year, month, day, day_of_year, hour, minute, second, decimals = found.groups()[:8]
    try:
        if day_of_year:
            moment = _day(int(year), int(day_of_year))
        else:
            moment = datetime(int(year), int(month), int(day), tzinfo=UTC)
        moment += _time_of_day(moment, *(int(t or 0) for t in (hour, minute, second)))
    except (ValueError, OverflowError):
        raise Unusable(
            "epoch", f"the epoch is {text!r}, which is not in the calendar"
        ) from None
    check_year(moment)
    if decimals:
        microseconds = round(int(decimals) * 1_000_000 / 10 ** len(decimals))
        moment += timedelta(microseconds=microseconds)
    sign, hours, minutes = found.groups()[8:]
    if sign:
        offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
        moment += offset if sign == "-" else -offset
    return check_year(moment)


def _day(year: int, day_of_year: int) -> datetime:
    """Return the beginning of a day; raises ``ValueError`` if the year lacks it."""
    moment = datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=day_of_year - 1)
    if moment.year != year:
        raise ValueError
    return moment


def _time_of_day(day: datetime, hour: int, minute: int, second: int) -> timedelta:
    """Return the time since midnight; raises ``ValueError`` where clocks have none."""
    is_leap = (
        (hour, minute, second) == (23, 59, 60)
        and day.month in MONTHS_OF_LEAP_SECONDS
        and (day + timedelta(days=1)).day == 1
    )
    is_midnight = (hour, minute, second) == (24, 0, 0)
    if not (is_leap or is_midnight or (hour < 24 and minute < 60 and second < 60)):
        raise ValueError
    return timedelta(hours=hour, minutes=minute, seconds=second)


def parse_tle_epoch(text: str) -> datetime:
    """Return the moment that columns 19 to 32 of a TLE name, such as 26001.50000000.

    Day 0 is the last of the year before, as sgp4 and Skyfield have it, and a day
    beyond the year's last is the first of the next. Raises ``Unusable``.
    """
    years = int(text[:2])
    year = 1900 + years if years >= FIRST_YEAR % 100 else 2000 + years
    day, _, decimals = text[2:].partition(".")
    days = int(day)
    if days > 366:
        raise Unusable("epoch", f"the epoch is day {days} of {year}")
    # A digit more or less than the usual eight is 0.09 ms or 8.64 ms.
    microseconds = round(int(decimals or 0) * 86_400_000_000 / 10 ** len(decimals))
    return check_year(
        datetime(year, 1, 1, tzinfo=UTC)
        + timedelta(days=days - 1, microseconds=microseconds)
    )


def check_year(moment: datetime) -> datetime:
    """Return ``moment``, or raise ``Unusable`` if it lies outside the space age."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise Unusable(
            "epoch",
            f"the epoch is of {moment.year}, which is not {FIRST_YEAR} to {LAST_YEAR}",
        )
    return moment
