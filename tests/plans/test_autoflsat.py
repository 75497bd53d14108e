"""A hierarchy whose planes train while they wait, over a real star of 27 satellites."""

from dataclasses import replace

import pandas as pd
import pytest
from tests.plans.aboard import ABOARD, star_scene, trained

from fedorbit.plans.check import check_plan
from fedorbit.plans.plan import Plan
from fedorbit.plans.strategy import find_strategy

SLOW = replace(star_scene(), compute_flop_s=2e8)
"""Rounds take about 8 s here: 16 samples of 1.01e8 operations."""
WAITING = {"cached": False, "inter_orbit": "ground", "exchanges": 2}


def planned(name, world=SLOW, **changes) -> Plan:
    strategy = find_strategy(name)
    plan = strategy.plan(world, strategy.settings(**ABOARD[name] | changes))
    check_plan(plan, world)
    return plan


def exchanges(plan) -> pd.DataFrame:
    ops = plan.ops
    return ops[(ops["op"] == "mix") & (ops["target"] == "average") & (ops["round"] > 0)]


@pytest.mark.parametrize("way", ["earliest", "chain", "ground"])
def test_with_one_round_at_a_time_it_is_learning_on_board(way):
    auto = planned("autoflsat", inter_orbit=way, most_rounds=1)
    alone = planned("onboard", inter_orbit=way)
    pd.testing.assert_frame_equal(auto.ops, alone.ops)
    pd.testing.assert_frame_equal(auto.ledger, alone.ledger)


def all_have_it_s(plan) -> float:
    """Return when all planes have the mean of the first exchange."""
    ops = plan.ops
    copies = ops[[list(own) == ["average"] for own in ops["sources"]]]
    return copies["end_s"].iloc[:3].max()


def test_waits_are_filled_with_rounds_that_delay_no_exchange():
    alone = planned("autoflsat", most_rounds=1, **WAITING)
    plan = planned("autoflsat", most_rounds=1000, **WAITING)
    first, second = exchanges(plan)["round"]
    assert 1 < first < second
    for most in (1, first // 2, first):
        fewer = planned("autoflsat", most_rounds=int(most), **WAITING)
        assert exchanges(fewer)["round"].iloc[0] == most
        assert all_have_it_s(fewer) == pytest.approx(all_have_it_s(alone), abs=0.01)
    # After the last round some plane sends before another could end.
    ledger = plan.ledger
    mix = exchanges(plan).index[0]
    down = ledger[(ledger["op"] == mix) & (ledger["link"] == "feeder")]
    own = trained(plan)
    last = own[own["round"] == first].set_index("target")
    round_s = (last["end_s"] - last["start_s"]).max()
    assert down["start_s"].min() - last["end_s"].max() < round_s
    assert plan.ops["end_s"].max() <= SLOW.horizon_s


def test_rounds_that_would_delay_an_exchange_are_not_taken():
    # Planes of this star see one another all the time.
    plan = planned("autoflsat", inter_orbit="earliest", most_rounds=10)
    assert exchanges(plan)["round"].tolist() == [1, 2, 3]


def test_every_satellite_trains_in_every_round_and_planes_are_evaluated_as_one():
    plan = planned("autoflsat", most_rounds=5, **WAITING)
    rounds = exchanges(plan)["round"].iloc[-1]
    assert (
        trained(plan).groupby("target")["round"].apply(list).tolist()
        == [list(range(1, rounds + 1))] * 3
    )
    seen = plan.ops[plan.ops["op"] == "evaluate"]
    assert set(seen["round"]) == {0, rounds}
    assert set(seen["target"]) == {*SLOW.homes.groups, "average"}


@pytest.mark.parametrize(
    ("name", "bits"), [("onboard", 1.1e6), ("autoflsat", 1.1e6), ("split", 1e5)]
)
def test_adapters_are_sent_around_where_they_learn_on_board(name, bits):
    changes = {"learns": "adapter_head", "inter_orbit": "ground"}
    ledger = planned(name, star_scene(), **changes).ledger
    feeder = ledger[(ledger["link"] == "feeder") & (ledger["payload"] == "model")]
    assert set(feeder["bits"]) == {bits}
