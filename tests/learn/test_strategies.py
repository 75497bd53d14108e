"""What strategies have in common when they learn: limits in which they agree."""

from dataclasses import replace

import numpy as np
import pytest
from tests.learn.tasks import MLP, final_model, images, task
from tests.learn.test_engine import ZERO, assert_same, trained_by_hand, weighted
from tests.plans.scenes import scene

from fedorbit.data.homes import region_homes
from fedorbit.plans.strategies.fedasync import FedAsync, plan_fedasync
from fedorbit.plans.strategies.fedavg_ground import FedAvgGround, plan_fedavg_ground
from fedorbit.plans.strategies.fedbuff import FedBuff, plan_fedbuff
from fedorbit.plans.strategies.fedmeld import FedMeld, plan_fedmeld
from fedorbit.plans.strategies.fedprox import FedProx, plan_fedprox
from fedorbit.plans.strategies.oracle_sync import OracleSync, plan_oracle_sync
from fedorbit.plans.strategies.pfl import Pfl, plan_pfl

# One satellite sees two regions and a station all the time; rounds take 50 s.
ALWAYS = scene(
    [("S1", site, 0, 600) for site in "ABG"], ["A", "B"], ["G"], local_steps=3
)


def with_clients(each: int, **changes):
    """Return the scene with equally many clients in each region."""
    return replace(ALWAYS, homes=region_homes(["A", "B"], each), **changes)


def model(plan, work, slot: str, number: int) -> dict:
    """Return the parameters of a slot as they are evaluated in a round."""
    ops = plan.ops
    seen = ops["op"] == "evaluate"
    wanted = seen & (ops["target"] == slot) & (ops["round"] == number)
    (row,) = ops.index[wanted]
    trainings = ops[ops["op"] == "train"][["clients", "target"]]
    groups = {c: t for own, t in trainings.to_numpy() for c in own}
    work = replace(work, groups=groups)
    return final_model(ops[: row + 1][(~seen | wanted)[: row + 1]], work)


@pytest.mark.parametrize("work", [task(), images(MLP, clients=4)])
def test_fedmeld_that_mixes_nothing_in_is_isolated_learning_bit_for_bit(work):
    world = with_clients(len(work.samples) // 2)
    nothing = FedMeld(variant="interval", round_interval=2, mixing_ratio=0.0)
    meld, alone = plan_fedmeld(world, nothing), plan_pfl(world, Pfl(average="never"))
    for key in (("region/A", 2), ("region/A", 6), ("region/B", 6), ("average", 4)):
        found, expected = model(meld, work, *key), model(alone, work, *key)
        for name, values in found.items():
            assert np.array_equal(values, expected[name]), (key, name)
    # Regions that learn alone differ.
    a, b = (model(alone, work, f"region/{region}", 6) for region in "AB")
    assert not np.array_equal(a["head.bias"], b["head.bias"])


def federated_averages(rounds: int) -> dict:
    """Return the model after each round of both clients of ``task``, by hand."""
    found, now = {}, ZERO
    for number in range(1, rounds + 1):
        # Client 0 holds 3 of 5 samples, client 1 holds 2.
        now = found[number] = weighted(
            (0.6, trained_by_hand(now, task(), 0, number)),
            (0.4, trained_by_hand(now, task(), 1, number)),
        )
    return found


def test_one_region_alone_is_federated_averaging():
    plan = plan_pfl(replace(ALWAYS, homes=region_homes(["A"], 2)), Pfl(average="never"))
    by_hand = federated_averages(6)
    for number in (2, 4, 6):
        assert_same(model(plan, task(), "region/A", number), by_hand[number])


# Regions of one client each, with the weights of their samples.
REGIONS_OF_ONE = with_clients(1, region_weights={"A": 3.0, "B": 2.0})


@pytest.mark.parametrize(
    ("planner", "settings", "number"),
    [
        (plan_oracle_sync, OracleSync(), 4),
        (plan_fedavg_ground, FedAvgGround(), 3),
        (plan_fedprox, FedProx(proximal=0.0), 3),
    ],
)
def test_regions_that_are_averaged_after_every_round_are_federated_averaging(
    planner, settings, number
):
    plan = planner(REGIONS_OF_ONE, settings)
    by_hand = federated_averages(number)
    for region in ("region/A", "region/B"):
        assert_same(model(plan, task(), region, number), by_hand[number])


def test_a_buffer_of_one_fresh_update_of_each_region_is_the_mean_of_regions():
    # Both start from the first model, and a whole step is taken.
    settings = FedBuff(
        regional_rounds=1, buffer_size=2, server_rate=1.0, staleness_exponent=0.5
    )
    world = with_clients(1, horizon_s=90.0)
    found = model(plan_fedbuff(world, settings), task(), "ground", 2)
    mean = weighted(
        (0.5, trained_by_hand(ZERO, task(), 0, 1)),
        (0.5, trained_by_hand(ZERO, task(), 1, 1)),
    )
    assert_same(found, mean)


def test_asynchronous_updates_are_mixed_in_one_after_the_other():
    settings = FedAsync(regional_rounds=1, mixing_ratio=0.5, staleness_exponent=1.0)
    world = with_clients(1, horizon_s=90.0)
    found = model(plan_fedasync(world, settings), task(), "ground", 2)
    # A's update counts 1/2; B's is stale by one version and counts 1/4.
    mixed = weighted(
        (0.75 * 0.5, ZERO),
        (0.75 * 0.5, trained_by_hand(ZERO, task(), 0, 1)),
        (0.25, trained_by_hand(ZERO, task(), 1, 1)),
    )
    assert_same(found, mixed)
