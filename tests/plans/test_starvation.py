import pytest
from tests.plans.scenes import PASSES, scene

from fedorbit.data.homes import orbit_homes, region_homes
from fedorbit.plans.plan import Plan, PlanBuilder
from fedorbit.plans.readings.starvation import starvation, starved
from fedorbit.plans.strategies.fedasync import FedAsync, plan_fedasync
from fedorbit.plans.strategies.fedmeld import FedMeld, plan_fedmeld
from fedorbit.plans.strategies.pfl import Pfl, plan_pfl


def table_of(plan: Plan, regions: list[str], horizon_s: float = 400.0):
    homes = region_homes(regions, 2)
    return starvation(plan.ops, homes, horizon_s).set_index("region")


def test_rounds_exchanges_and_waits_by_hand():
    # The plan of test_fedmeld_by_hand: rounds are over in A at 50 and 130, in B at 50
    # and 100, and both mix after the second; 400 is the horizon.
    meld = FedMeld(variant="interval", round_interval=2, mixing_ratio=0.25)
    plan = plan_fedmeld(scene(PASSES, ["A", "B"]), meld)
    table = table_of(plan, ["A", "B"])
    assert table["rounds"].tolist() == [2, 2]
    assert table["exchanges"].tolist() == [1, 1]
    assert table["longest_without_round_s"].tolist() == pytest.approx([270, 300])
    assert table["longest_without_exchange_s"].tolist() == pytest.approx([270, 300])
    assert starved(table.reset_index()) == "every region has rounds and exchanges."


def test_regions_that_learn_alone_have_no_exchange():
    plan = plan_pfl(scene(PASSES, ["A", "B"]), Pfl(average="never"))
    table = table_of(plan, ["A", "B"])
    assert table["exchanges"].tolist() == [0, 0]
    assert table["longest_without_exchange_s"].tolist() == [400, 400]
    assert starved(table.reset_index()) == "starved: no exchange in A, B."


def test_a_region_whose_updates_never_get_to_a_station_starves():
    # S2 broadcasts in B once, and nobody comes back to collect.
    passes = [("S1", "A", 0, 400), ("S1", "G", 0, 400), ("S2", "B", 0, 30)]
    settings = FedAsync(regional_rounds=1, mixing_ratio=0.5, staleness_exponent=0.5)
    plan = plan_fedasync(scene(passes, ["A", "B"], ["G"]), settings)
    table = table_of(plan, ["A", "B"])
    # A: rounds of 50 s, and 5 s down and up again; the answers are back from 60 to 360.
    assert table["rounds"].tolist() == [6, 0]
    assert table["exchanges"].tolist() == [6, 0]
    assert table.loc["B", "longest_without_round_s"] == 400
    sentence = "starved: no round in B and no exchange in B."
    assert starved(table.reset_index()) == sentence


def test_of_planes_the_column_is_called_orbit():
    plan = PlanBuilder()
    for name in ("orbit/3", "orbit/7"):
        plan.mix(name, {"initial": 1.0}, (0.0, 0.0), 0)
    plan.train("orbit/3", [0, 1], 5, (0.0, 30.0), 1)
    plan.mix("orbit/7", {"orbit/7": 0.5, "orbit/3": 0.5}, (40.0, 40.0), 1)
    homes = orbit_homes({3: ["S1", "S2"], 7: ["S3"]})
    table = starvation(plan.build().ops, homes, 100.0)
    assert table["orbit"].tolist() == ["3", "7"]
    assert table["rounds"].tolist() == [1, 0]
    assert table["exchanges"].tolist() == [0, 1]
    assert table["longest_without_round_s"].tolist() == [70.0, 100.0]
    assert starved(table) == "starved: no round in 7 and no exchange in 3."
