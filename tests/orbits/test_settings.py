import pytest
from pydantic import ValidationError

from fedorbit.orbits.settings import Ageing, Coverage, OrbitScenario, Sites
from fedorbit.orbits.walker import Walker

SCENARIO = {
    "start": "2026-01-01T00:00:00Z",
    "hours": 8766.0,
    "constellation": {"source": "file", "path": "x.tle"},
    "regions": {"file": "x.csv", "min_elevation_deg": 0.0},
}
WALKER = {
    "pattern": "star",
    "planes": 1000,
    "satellites_per_plane": 100,
    "phasing": 0,
    "altitude_km": 1200.0,
    "inclination_deg": 87.9,
}


def test_the_limits_are_those_of_the_command():
    assert OrbitScenario.model_validate(SCENARIO).hours == 8766.0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"hours": 8766.1}, "less than or equal to 8766"),
        ({"hours": 0.0}, "greater than 0"),
        ({"start": "1956-12-31T23:59:59Z"}, "1957 to 2056"),
        ({"start": "2057-01-01T00:00:00Z"}, "1957 to 2056"),
        ({"regions": {"file": "x.csv", "min_elevation_deg": 89.91}}, "equal to 89.9"),
        ({"regions": {"file": "x.csv", "min_elevation_deg": -0.1}}, "equal to 0"),
    ],
)
def test_scenarios_beyond_the_limits_are_refused(change, words):
    with pytest.raises(ValidationError, match=words):
        OrbitScenario.model_validate(SCENARIO | change)


def test_other_hours_and_masks_have_the_same_limits():
    ageing = {"snapshots": ["a.tle", "b.tle"]}
    ageing |= {
        "altitude_km": [1, 2],
        "inclination_deg": [1, 2],
        "max_epoch_age_days": 1,
    }
    with pytest.raises(ValidationError, match="8766"):
        Ageing.model_validate({"hours": 9000.0} | ageing)
    with pytest.raises(ValidationError, match="89.9"):
        Coverage(masks_deg=[90.0], latitude_step_deg=1.0, time_step_s=1.0)
    assert Sites(file="x.csv", min_elevation_deg=89.9).min_elevation_deg == 89.9


def test_patterns_have_100_000_satellites_at_most():
    assert Walker.model_validate(WALKER).planes == 1000
    for change in (
        {"satellites_per_plane": 101},
        {"planes": 1001},
        {"planes": 1, "satellites_per_plane": 1001},
        {"planes": 0},
    ):
        with pytest.raises(ValidationError):
            Walker.model_validate(WALKER | change)
