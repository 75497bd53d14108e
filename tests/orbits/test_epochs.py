from datetime import UTC, datetime

import pytest

from fedorbit.orbits.elements import Unusable
from fedorbit.orbits.epochs import parse_epoch

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-01T12:00:00.000000",
        "2026-01-01T12:00:00.000000Z",
        "2026-01-01T12:00:00",
        "2026-01-01 12:00:00.000000",
        "2026-001T12:00:00.000000",
        "2026-001T12:00:00Z",
        "2026-01-01T12:00:00.000",
        "2026-01-01T12:00:00+00:00",
        "2026-01-01T13:30:00.0+01:30",
        "2026-01-01T07:00:00-0500",
        "2026-01-01T12:00",
        "2026-01-01T12Z",
        "2026-01-01t12:00:00z",
        "  2026-01-01T12:00:00.  ",
        "2026-01-01T12:00:00." + 30 * "0",
    ],
)
def test_every_form_of_a_moment_is_the_same_moment(text):
    assert parse_epoch(text) == NOON


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        # Beyond the microsecond it is rounded.
        ("2026-01-01T12:00:00.123456789", NOON.replace(microsecond=123457)),
        ("2026-01-01T11:59:59.9999999", NOON),
        ("2024-366T00:00:00", datetime(2024, 12, 31, tzinfo=UTC)),
        ("2026-01-01", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2025-12-31T24:00:00", datetime(2026, 1, 1, tzinfo=UTC)),
        # SGP4 counts days of 86,400 s, so that a leap second is the next day's first.
        ("2016-12-31T23:59:60.5", datetime(2017, 1, 1, 0, 0, 0, 500000, tzinfo=UTC)),
    ],
)
def test_moments_are_what_they_say(text, moment):
    assert parse_epoch(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "today",
        "",
        "2026-13-01T00:00:00",
        "2026-02-29T00:00:00",
        "2026-000T00:00:00",
        "2026-366T00:00:00",
        "2026-01-01T25:00:00",
        "2026-01-01T24:00:01",
        "2026-01-01T12:60:00",
        "2026-01-01T12:00:60",
        "2026-03-31T23:59:60",
        "26-01-01T12:00:00",
        "01/02/2026 12:00:00",
        "2026-01-01T12:00:00 UTC",
        "2026-01-01T12:00:00.5.5",
        "٢٠٢٦-01-01T12:00:00",
        "2461042.0",
        "1900-01-01T00:00:00",
        "9999-12-31T23:59:59-12:00",
        "0001-01-01T00:00:00+12:00",
    ],
)
def test_what_is_no_moment_of_the_space_age_is_left_out(text):
    with pytest.raises(Unusable) as caught:
        parse_epoch(text)
    assert caught.value.reason == "epoch"
    assert caught.value.told.startswith("the epoch is")
