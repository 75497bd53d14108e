import pandas as pd
import pytest
from tests.plans.scenes import PASSES, scene

from fedorbit.plans.plan import Plan
from fedorbit.plans.readings.activity import handovers
from fedorbit.plans.readings.stations import averages_at_ground, averages_by_station
from fedorbit.plans.strategies.fedmeld import FedMeld, plan_fedmeld
from fedorbit.plans.strategies.hfl import Hfl, plan_hfl


def test_stations_by_hand_the_best_first():
    """With G the average is at the ground at 95 s, and back in B at 300 s.

    C is at the same place as G, and no satellite passes over H.
    """
    passes = PASSES + [(s, "C", *times) for s, site, *times in PASSES if site == "G"]

    def plan_with(station):
        return plan_hfl(scene(passes, ["A", "B"], [station]), Hfl(regional_rounds=1))

    table = averages_by_station(plan_with, ["H", "G", "C"])
    assert table["station"].tolist() == ["C", "G", "H"]
    assert table["averages"].tolist() == [1, 1, 0]
    assert table["last_h"].tolist()[:2] == pytest.approx([300 / 3600] * 2)
    assert table["hours_per_average"].tolist()[:2] == pytest.approx([300 / 3600] * 2)
    assert table.loc[2, ["last_h", "hours_per_average"]].isna().all()


def test_more_averages_come_before_a_sooner_end():
    world = scene(PASSES, ["A", "B"], ["G"])
    one = plan_hfl(world, Hfl(regional_rounds=1))
    # As if the server had averaged a second time, at the end.
    server = one.ops[one.ops["target"] == "ground"]
    ops = pd.concat([one.ops, server.assign(end_s=390.0)], ignore_index=True)
    twice = Plan(ops, one.ledger)
    plans = {"once": one, "twice": twice}
    table = averages_by_station(plans.__getitem__, ["once", "twice"])
    assert table["station"].tolist() == ["twice", "once"]
    assert table["hours_per_average"][0] == pytest.approx(195 / 3600)


def test_a_strategy_without_a_server_has_no_averages_at_the_ground():
    meld = FedMeld(variant="interval", round_interval=2, mixing_ratio=0.25)
    plan = plan_fedmeld(scene(PASSES, ["A", "B"]), meld)
    assert averages_at_ground(plan.ops) == 0


def test_handovers_by_hand():
    # In round 2 of test_fedmeld_by_hand, A goes over from S1 to S3, and B from S2 to
    # S1; in round 1 both keep the satellite that broadcast.
    meld = FedMeld(variant="interval", round_interval=2, mixing_ratio=0.25)
    assert handovers(plan_fedmeld(scene(PASSES, ["A", "B"]), meld)) == 2
    # Here the couriers of A and B are S3, which has not broadcast, and S2, which has.
    plan = plan_hfl(scene(PASSES, ["A", "B"], ["G"]), Hfl(regional_rounds=1))
    assert handovers(plan) == 1
