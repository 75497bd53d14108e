import numpy as np
import pandas as pd
import pytest
from tests.plans.scenes import MODEL_BITS, PASSES, contacts, scene

from fedorbit.plans.designs.readings import (
    exchange_ends_s,
    exchanges_per_average,
    out_of_view_s,
    read_plan,
)
from fedorbit.plans.scmr.pilot_plans import pilot_ops
from fedorbit.plans.strategies.fedmeld import FedMeld, plan_fedmeld
from fedorbit.plans.strategies.hfl import Hfl, plan_hfl

HFL = Hfl(regional_rounds=1, relays=False)


def test_hfl_has_an_average_in_each_exchange():
    """The plan of tests/plans/test_by_hand.py: A has it at 120, B at 300.

    Ten transfers on access links: two broadcasts and four uploads of the round, and two
    broadcasts of the average; on feeders two ways down and two up.
    """
    world = scene(PASSES, ["A", "B"], ["G"])
    found = read_plan(plan_hfl(world, HFL), world)
    assert found["exchange_end_s"] == [300.0]
    assert (found["exchanges"], found["exchanges_per_average"]) == (1, 1)
    assert found["hours_per_average"] == pytest.approx(400 / 3600)
    assert found["bits_feeder_per_average"] == 4 * MODEL_BITS
    assert found["bits_isl_per_average"] == 0


def test_fedmelds_first_exchange_brings_nothing_that_was_learned():
    """It carries the models that regions began with, and no other fits."""
    world = scene(PASSES, ["A", "B"])
    meld = FedMeld(variant="interval", round_interval=2, mixing_ratio=0.25)
    plan = plan_fedmeld(world, meld)
    assert exchange_ends_s(plan.ops).to_dict() == {2: pytest.approx(130)}
    found = read_plan(plan, world)
    assert found["exchanges"] == 1
    assert np.isnan(found["exchanges_per_average"])
    assert np.isnan(found["hours_per_average"])


@pytest.mark.parametrize("regions", ["AB", "ABC", "ABCDE"])
def test_fedmeld_has_gone_around_the_ring_after_as_many_exchanges(regions):
    ops = pilot_ops(scene([], regions), 3, 0.5, 3 * len(regions))
    assert exchanges_per_average(ops, list(regions)) == len(regions)
    too_few = ops[ops["round"] < 3 * len(regions)]
    assert exchanges_per_average(too_few, list(regions)) == np.inf


def test_a_revisit_is_the_mean_gap_between_passes():
    """A sees nothing for 10, 20 and 20 s, though two passes overlap; B for 50 s."""
    passes = [("S1", "A", 10, 20), ("S2", "A", 15, 40), ("S1", "A", 60, 80)]
    passes += [("S2", "B", 0, 50)]
    assert out_of_view_s(contacts(passes), ["A"], 100.0) == pytest.approx(50 / 3)
    assert out_of_view_s(contacts(passes), ["A", "B"], 100.0) == 25
    assert out_of_view_s(contacts(passes), ["B"], 50.0) == 0
    assert out_of_view_s(pd.DataFrame(contacts(passes)), ["C"], 70.0) == 70
