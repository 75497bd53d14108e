"""Plans for clusters of devices under random skies, and how large they may be."""

import time
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st
from tests.plans.expert_scenes import EMS, OWN, changed, cluster_scene, upload_bits
from tests.plans.test_federated_experts import ALL, ALONE, ASYNC, BUFF, FL, MASS
from tests.plans.test_random_skies import skies

from fedorbit.base.errors import InputError
from fedorbit.data.homes import Homes
from fedorbit.plans.check import check_plan
from fedorbit.plans.strategies.ems import plan_ems
from fedorbit.plans.strategies.fedasync_experts import plan_fedasync_experts
from fedorbit.plans.strategies.fedbuff_experts import plan_fedbuff_experts
from fedorbit.plans.strategies.fl_experts import plan_fl_experts
from fedorbit.plans.strategies.local_only import plan_local_only

PROFILED = ("before", "in_contact")
EMS_WAYS = [
    {
        "band": band,
        "is_synchronous": waits,
        "trains_when_disconnected": trains,
        "profiled": profiled,
    }
    for band, waits, trains, profiled in product(
        *(("shared", "in_turn"), (False, True), (False, True), PROFILED)
    )
]
SERVERS = [
    {"server": server, "local_work": work, "profiled": profiled}
    for server, work, profiled in product(
        *(("station", "everywhere"), ("fixed", "filled"), PROFILED)
    )
]
BY_USE = changed(FL, average="by_use")
BASELINES = {
    "fl": lambda world, way: plan_fl_experts(world, changed(BY_USE, **way), ALL, MASS),
    "fedasync": lambda world, way: plan_fedasync_experts(
        world, changed(ASYNC, **way), ALL
    ),
    "fedbuff": lambda world, way: plan_fedbuff_experts(
        world, changed(BUFF, trains="assigned", **way), OWN
    ),
    "alone": lambda world, way: plan_local_only(world, ALONE, OWN),
}
PLANS = 20  # of each case


def assert_valid(plan, world):
    """Check a plan, and that whole experts are sent once for every use."""
    check_plan(plan, world)
    assert plan.ops["end_s"].max() <= world.horizon_s
    each = world.card.parts["expert/0"].bits
    blocks = {2 * each, 4 * each}
    assert set(upload_bits(plan)) <= blocks
    sent = plan.ledger[plan.ledger["payload"] == "model"]
    access = sent[sent["link"] == "access"]
    down = access[access["receiver"].isin(["A", "B"])]
    assert set(down.groupby("op")["bits"].sum()) <= blocks


def try_skies(plan_of, ways):
    """Plan in one of some ways under random skies, and check."""
    rounds = []

    # A sky in which no plan fits is replaced by another.
    @given(
        skies(),
        st.integers(1, 4),
        st.sampled_from([1e6, 5e6, 4e7]),
        st.sampled_from(ways),
    )
    @settings(
        max_examples=PLANS,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    def plan_is_valid(passes, devices, expert_bits, way):
        assume({"A", "B"} <= {site for _, site, _, _ in passes})
        world = cluster_scene(passes, ["G"], devices, expert_bits, horizon_s=900.0)
        try:
            plan = plan_of(world, way)
        except InputError:
            reject()
        assert_valid(plan, world)
        rounds.append(plan.ops["round"].max())

    plan_is_valid()
    assert len(rounds) >= PLANS
    assert max(rounds) > 1


@pytest.mark.parametrize("variant", ["round_robin", "keep_last", "wait_for_all"])
def test_every_plan_of_ems_is_valid(variant):
    short = changed(EMS, short_windows=variant)
    try_skies(lambda world, way: plan_ems(world, changed(short, **way), OWN), EMS_WAYS)


@pytest.mark.parametrize("strategy", BASELINES)
def test_every_plan_of_a_baseline_is_valid(strategy):
    try_skies(BASELINES[strategy], SERVERS)


def test_no_expert_is_trained_by_two_clusters():
    passes = [(f"S{n}", "AB"[n % 2], 100 * n, 100 * n + 60) for n in range(8)]
    plan = plan_ems(cluster_scene(passes, horizon_s=900.0), EMS, OWN)
    trained = plan.ops[plan.ops["op"] == "train"].explode("scope")
    assert (trained.groupby("scope")["target"].nunique() == 1).all()
    assert trained["scope"].nunique() == 4


def many(devices, clusters, rounds):
    """Return a scene of clusters with as many windows as there are rounds."""
    passes = [
        (f"S{cluster}", f"site {cluster}", 5400 * n, 5400 * n + 240)
        for n in range(rounds + 1)
        for cluster in range(clusters)
    ]
    homes = {
        f"cluster/{n}": [f"site {n}"] * (devices // clusters) for n in range(clusters)
    }
    return cluster_scene(
        passes, homes=Homes.of(homes), expert_bits=1e4, horizon_s=5400.0 * rounds + 240
    )


@pytest.mark.parametrize("variant", ["round_robin", "keep_last"])
def test_two_thousand_devices_and_a_hundred_rounds_are_planned_in_seconds(variant):
    world = many(2000, 4, 100)
    start = time.process_time()
    long = changed(EMS, short_windows=variant, step_cap=80)
    plan = plan_ems(world, long, np.eye(4, dtype=bool))
    assert time.process_time() - start < 10
    assert (plan.ledger["sender"].str.startswith("client/")).sum() == 2000 * 100
