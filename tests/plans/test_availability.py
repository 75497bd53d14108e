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
from fedorbit.plans.strategies.hfl import Hfl, plan_hfl

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


@pytest.mark.parametrize("relays", [False, True])
def test_the_average_of_hierarchical_learning_is_on_board_by_hand(relays):
    """As test_hfl_by_hand tells: it is made at 95 s, and up at 100 s with S2 and S3."""
    world = scene(PASSES, ["A", "B"], ["G"])
    found = versions_on_board(plan_hfl(world, Hfl(regional_rounds=1, relays=relays)))
    server = found[found["region"] == "ground"].round(9)
    assert server["round"].eq(1).all() and server["made_s"].eq(95.0).all()
    up = server.groupby("satellite")["from_s"].min().to_dict()
    assert up["S3"] == 100.0
    assert relays or up == {"S2": 100.0, "S3": 100.0}


def test_the_answer_of_a_server_is_its_model_of_that_time():
    plan = PlanBuilder()
    plan.mix("ground", {"initial": 1.0}, (0.0, 0.0), 0)
    plan.train("region/A", [0, 1], 5, (0.0, 30.0), 3)
    plan.mix("reply/B/2", {"ground": 1.0}, (40.0, 40.0), 2)
    plan.mix("ground", {"ground": 0.5, "ground/A/3": 0.5}, (50.0, 50.0), 3)
    plan.mix("reply/A/3", {"ground": 1.0}, (50.0, 50.0), 3)
    plan.mix("ground", {"ground": 0.5, "ground/B/4": 0.5}, (60.0, 60.0), 4)
    plan.mix("carrier/S8/reply/B/2", {"reply/B/2": 1.0}, (70.0, 70.0), 2)
    plan.mix("carrier/S9/reply/A/3", {"reply/A/3": 1.0}, (70.0, 70.0), 3)
    back = plan.mix("region/A", {"reply/A/3": 1.0}, (90.0, 90.0), 3)
    plan.transfer(back, "feeder", "G", "S7", (71.0, 80.0), 1.0)
    # S8 brings the first model, which nobody has trained.
    assert versions_on_board(plan.build()).to_numpy().tolist() == [
        ["S9", 70.0, "ground", 3, 50.0],
        ["S7", 80.0, "ground", 3, 50.0],
    ]
