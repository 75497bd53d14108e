"""Few satellites over two regions on one meridian: cells share what they can."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from tests.plans.scenes import LINKS

from fedorbit.data.homes import region_homes
from fedorbit.orbits.contacts import find_contacts
from fedorbit.orbits.walker import walker_elements
from fedorbit.plans.designs.cells import Ground, Planner, plan_cells
from fedorbit.plans.designs.grid import Grid, walker_of
from fedorbit.plans.designs.readings import read_plan
from fedorbit.plans.scene import Scene, SceneSettings

START, HOURS = datetime(2026, 1, 1, tzinfo=UTC), 6.0
GRID = {
    "planes": [6],
    "satellites_per_plane": [2],
    "altitude_km": [1200],
    "shapes": [{"pattern": "star", "inclination_deg": 87}],
    "min_elevation_deg": [10],
    "stations": [1, 2],
}


def sites(*rows):
    columns = ["name", "latitude_deg", "longitude_deg", "altitude_m"]
    return pd.DataFrame(rows, columns=columns)


@pytest.fixture(scope="module")
def ground():
    regions = sites(("Dakar", 14.7, -17.4, 20.0), ("Dublin", 53.3, -6.3, 20.0))
    stations = sites(("Tromso", 69.7, 19.0, 0.0), ("Awarua", -46.5, 168.4, 0.0))
    settings = SceneSettings(
        hours=HOURS,
        links=LINKS,
        clients={"per_region": 2, "compute_flop_s": 1.0},
        model_bits=1e7,
        flop_per_sample=1.0,
        local_steps=5,
        batch_size=4,
        evaluation_interval=1,
    )
    homes = region_homes(list(regions["name"]), 2)
    return Ground(regions, stations, homes, START, settings)


PLANNERS = [
    Planner.of(
        "fedmeld", {"variant": "interval", "round_interval": 1, "mixing_ratio": 0.5}
    ),
    Planner.of("hfl", {"regional_rounds": 1}),
    Planner.of("ring_allreduce", {"regional_rounds": 1, "isl": "radio"}),
]


def test_every_cell_has_a_row_of_every_strategy(ground):
    rows = pd.DataFrame(plan_cells(Grid(**GRID).cells(), ground, PLANNERS))
    assert rows[["cell", "strategy"]].to_numpy().tolist() == [
        [cell, planner.name] for cell in (0, 1) for planner in PLANNERS
    ]
    own = rows.set_index(["strategy", "cell"])
    # FedMeld has no use for stations, and a second one delays nobody.
    assert own.loc[("fedmeld", 0), "hours_per_average"] > 0
    same = ["hours_per_average", "idle_share", "bits_access_per_average"]
    assert own.loc[("fedmeld", 0), same].equals(own.loc[("fedmeld", 1), same])
    hours = own.loc["hfl"]["hours_per_average"]
    assert hours[1] <= hours[0]
    assert (own["revisit_s"] > 0).all()


def test_a_cell_without_a_path_says_why(ground):
    rows = pd.DataFrame(plan_cells(Grid(**GRID).cells(), ground, PLANNERS))
    ring = rows[rows["strategy"] == "ring_allreduce"]
    assert ring["reason"].str.contains("shares a plane with two others").all()
    assert ring["hours_per_average"].isna().all()
    assert (ring["exchanges"] == 0).all()
    assert (rows.loc[rows["strategy"] != "ring_allreduce", "reason"] == "").all()


def test_a_cell_is_what_the_strategy_plans_by_itself(ground):
    (cell,) = Grid(**GRID | {"stations": [1]}).cells().iloc
    satellites = walker_elements(walker_of(cell), START)
    places = pd.concat([ground.regions, ground.stations[:1]])
    passes = find_contacts(
        satellites, places.assign(min_elevation_deg=10.0), START, HOURS
    )
    scene = Scene.of(passes, ground.homes, ["Tromso"], ground.settings)
    expected = read_plan(PLANNERS[1].plan(scene), scene)
    rows = list(plan_cells(cell.to_frame().T, ground, [PLANNERS[1]]))
    for key, value in expected.items():
        np.testing.assert_equal(rows[0][key], value)


def test_a_cell_of_more_stations_than_there_are_is_refused(ground, refused):
    cells = Grid(**GRID | {"stations": [1, 3]}).cells()
    assert refused(lambda: next(plan_cells(cells, ground, PLANNERS))) == (
        "grid.stations names 3, but the file scenario.stations.file has 2 of them; "
        "name at most 2, or a file with more."
    )
