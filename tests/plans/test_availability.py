import numpy as np
import pandas as pd
import pytest
from tests.plans.scenes import PASSES, contacts, scene

from fedorbit.plans.plan import PlanBuilder
from fedorbit.plans.readings.availability import (
    Availability,
    newest_by_place,
    places,
    versions_on_board,
)
from fedorbit.plans.strategies.fedmeld import FedMeld, plan_fedmeld

MELD = FedMeld(variant="interval", round_interval=2, mixing_ratio=0.25)


@pytest.fixture(scope="module")
def versions():
    found = versions_on_board(plan_fedmeld(scene(PASSES, ["A", "B"]), MELD))
    return found.round({"from_s": 9, "made_s": 9})


def test_who_has_which_model_by_hand(versions):
    """As test_fedmeld_by_hand tells: S1 and S2 collect round 1 at 50 s.

    S1 collects round 2 of B at 100 s, S3 that of A at 130 s. What S1 and S3 carry is
    the first model, which nobody has trained.
    """
    assert versions.to_numpy().tolist() == [
        ["S1", 50.0, "A", 1, 50.0],
        ["S2", 50.0, "B", 1, 50.0],
        ["S1", 100.0, "B", 2, 100.0],
        ["S3", 130.0, "A", 2, 130.0],
    ]


def test_a_place_keeps_the_newest_model_it_has_had(versions):
    over = contacts([("S1", "P", 60, 70), ("S1", "P", 110, 115), ("S3", "P", 125, 140)])
    times_s = np.array([55.0, 65.0, 112.0, 128.0, 135.0])
    found = newest_by_place(versions, over, times_s).set_index("time_s")
    # Nothing at 55 s; S3 comes with nothing, and has collected at 130 s.
    got = {t: tuple(row) for t, row in zip(found.index, found.to_numpy(), strict=True)}
    assert got == {
        65.0: ("P", "A", 1, 50.0),
        112.0: ("P", "B", 2, 100.0),
        128.0: ("P", "B", 2, 100.0),
        135.0: ("P", "A", 2, 130.0),
    }


def test_an_old_model_does_not_take_the_place_of_a_newer_one(versions):
    over = contacts([("S1", "P", 110, 115), ("S2", "P", 120, 130)])
    found = newest_by_place(versions, over, np.array([125.0]))
    assert found["made_s"].tolist() == [100.0]


def test_a_carrier_has_what_it_was_given_though_it_collected_nothing():
    plan = PlanBuilder()
    op = plan.train("region/A", [0, 1], 5, (0.0, 30.0), 1)
    plan.transfer(op, "access", "client/0", "S1", (20.0, 30.0), 1.0)
    plan.mix("carrier/S9/A/1", {"region/A": 1.0}, (200.0, 200.0), 1)
    found = versions_on_board(plan.build())
    assert found.to_numpy().tolist() == [
        ["S1", 30.0, "A", 1, 30.0],
        ["S9", 200.0, "A", 1, 30.0],
    ]


def test_a_place_that_sees_nobody_has_no_row(versions):
    nobody = contacts([("S4", "P", 0, 400)])
    assert newest_by_place(versions, nobody, np.array([400.0])).empty


def test_places_cover_the_earth_between_60_degrees():
    grid = places(Availability(strategies=["fedmeld"], step_deg=60), 25.0)
    assert len(grid) == 3 * 6
    assert grid["latitude_deg"].unique().tolist() == [-60, 0, 60]
    assert grid["longitude_deg"].unique().tolist() == [-180, -120, -60, 0, 60, 120]
    assert grid["name"].is_unique
    assert isinstance(grid, pd.DataFrame) and (grid["min_elevation_deg"] == 25).all()
