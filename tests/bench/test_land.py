import numpy as np
import pandas as pd
import pytest
from land import draw_on_land, on_land

from fedorbit.base.files import read_table
from fedorbit.orbits.sites import read_sites

# A square island of 20 degrees, given as two lines, with a square lake of 4 degrees.
LINES = {
    0: [(0, 0), (20, 0), (20, 20)],
    1: [(20, 20), (0, 20), (0, 0)],
    2: [(8, 8), (12, 8), (12, 12), (8, 12), (8, 8)],
}
ISLAND = pd.DataFrame(
    [(line, *point) for line, points in LINES.items() for point in points],
    columns=["line", "longitude_deg", "latitude_deg"],
)


@pytest.fixture(scope="module")
def coastlines(project):
    return read_table(project / "data/map/coastlines.csv")


def test_an_island_with_a_lake_by_hand():
    latitude_deg = [5, 10, 5, -1, 25, 15]
    longitude_deg = [5, 10, 10, 5, 5, 19.9]
    found = on_land(ISLAND, latitude_deg, longitude_deg)
    assert found.tolist() == [True, False, True, False, False, True]


def test_known_places_are_on_land_or_at_sea(coastlines):
    # Berlin, Delhi, Antarctica, Alice Springs, Chukotka east of 180 degrees
    land = [(52.5, 13.4), (28.6, 77.2), (-85, 0), (-23.7, 133.9), (67.0, -176.0)]
    # Atlantic, Pacific, Gulf of Guinea, Indian Ocean, Bering Sea
    sea = [(40.0, -40.0), (0.0, -150.0), (0.0, 0.0), (-50.0, 100.0), (58.0, -179.0)]
    assert on_land(coastlines, *np.array(land).T).all()
    assert not on_land(coastlines, *np.array(sea).T).any()


def test_drawn_places_are_uniform_on_the_land():
    drawn = draw_on_land(ISLAND, 400, 20.0, 1)
    inside = on_land(ISLAND, drawn["latitude_deg"], drawn["longitude_deg"])
    assert inside.all()
    assert drawn["name"].is_unique
    # The southern half holds sin 10 / sin 20 of the island, 0.508, less the lake's
    # equal halves: about 203 of 400, with a standard deviation of 10.
    assert 163 < (drawn["latitude_deg"] < 10).sum() < 243


def test_the_shipped_random_regions_are_those_of_the_seed(coastlines, project):
    shipped = read_sites(project / "data/regions/random_5.csv")
    pd.testing.assert_frame_equal(shipped, draw_on_land(coastlines, 5, 53.0, 0))
