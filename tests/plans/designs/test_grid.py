import pytest
from pydantic import ValidationError

from fedorbit.plans.designs.grid import CONSTELLATION, Grid, dealt, walker_of

GRID = {
    "planes": [1, 3],
    "satellites_per_plane": [4, 2],
    "altitude_km": [550],
    "shapes": [
        {"pattern": "delta", "inclination_deg": 53},
        {"pattern": "star", "inclination_deg": 90},
    ],
    "min_elevation_deg": [10, 25],
    "stations": [1, 2, 5],
}


def test_all_values_are_multiplied_and_the_last_varies_fastest():
    cells = Grid(**GRID).cells()
    assert len(cells) == Grid(**GRID).size == 2 * 2 * 2 * 2 * 3
    assert list(cells["cell"]) == list(range(48))
    assert list(cells["stations"][:4]) == [1, 2, 5, 1]
    assert list(cells["min_elevation_deg"][:4]) == [10, 10, 10, 25]
    assert cells.iloc[-1].to_dict() == {
        "cell": 47,
        "planes": 3,
        "satellites_per_plane": 2,
        "altitude_km": 550,
        "pattern": "star",
        "inclination_deg": 90,
        "min_elevation_deg": 25,
        "stations": 5,
    }


def test_jobs_share_whole_constellations_and_the_largest_come_first():
    """Eight constellations: 12, 12, 6, 6, 4, 4, 2 and 2 satellites, six cells each."""
    cells = Grid(**GRID).cells()
    parts = [dealt(cells, 3, job) for job in range(3)]
    satellites = [sorted(set(p["planes"] * p["satellites_per_plane"])) for p in parts]
    assert satellites == [[2, 6, 12], [2, 4, 12], [4, 6]]
    assert [len(part) for part in parts] == [18, 18, 12]
    together = sorted(number for part in parts for number in part["cell"])
    assert together == list(range(48))
    ways = [set(map(tuple, part[CONSTELLATION].to_numpy())) for part in parts]
    assert not ways[0] & ways[1] and not ways[1] & ways[2] and not ways[0] & ways[2]


def test_one_plane_has_no_neighbour_to_be_ahead_of():
    cells = Grid(**GRID).cells()
    assert walker_of(cells.iloc[0]).phasing == 0
    last = walker_of(cells.iloc[-1])
    assert (last.phasing, last.planes, last.pattern) == (1, 3, "star")


def test_a_value_that_stands_twice_is_refused():
    with pytest.raises(ValidationError, match="1 stands twice"):
        Grid(**GRID | {"planes": [1, 1]})
