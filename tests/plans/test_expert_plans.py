"""Plans for clusters of devices under random skies, and how large they may be."""

import time
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st
from tests.plans.expert_scenes import EMS, OWN, changed, cluster_scene, upload_bits
from tests.plans.test_federated_experts import ALL, ASYNC, BUFF, FL, MASS
from tests.plans.test_random_skies import skies

from fedorbit.base.errors import InputError
from fedorbit.data.homes import Homes
from fedorbit.plans.check import check_plan
from fedorbit.plans.experts.ems import plan_ems
from fedorbit.plans.experts.fedasync_experts import plan_fedasync_experts
from fedorbit.plans.experts.fedbuff_experts import plan_fedbuff_experts
from fedorbit.plans.experts.fl_experts import plan_fl_experts
from fedorbit.plans.experts.local_only import LocalOnly, plan_local_only

EMS_WAYS = [
    {
        "short_windows": variant,
        "band": band,
        "is_synchronous": waits,
        "trains_when_disconnected": trains,
    }
    for variant, band, waits, trains in product(
        ("round_robin", "keep_last", "wait_for_all"),
        ("shared", "in_turn"),
        (False, True),
        (False, True),
    )
]
SERVERS = [
    {"server": server, "local_work": work}
    for server, work in product(("station", "everywhere"), ("fixed", "filled"))
]


def assert_valid(plan, world):
    """Check a plan, and that whole experts are sent once for every use."""
    check_plan(plan, world)
    assert plan.ops["end_s"].max() <= world.horizon_s
    block_bits = {
        2 * world.card.parts["expert/0"].bits,
        4 * world.card.parts["expert/0"].bits,
    }
    assert set(upload_bits(plan)) <= block_bits
    access = plan.ledger[plan.ledger["link"] == "access"]
    down = access[access["receiver"].isin(["A", "B"])]
    assert set(down.groupby("op")["bits"].sum()) <= block_bits


def random_skies(plan_of, examples):
    """Plan under random skies, devices and sizes of experts, and check."""
    found = []

    @given(skies(), st.integers(1, 4), st.sampled_from([1e6, 5e6, 4e7]))
    @settings(
        max_examples=examples,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    def plan_is_valid(passes, devices, expert_bits):
        assume({"A", "B"} <= {site for _, site, _, _ in passes})
        world = cluster_scene(passes, ["G"], devices, expert_bits, horizon_s=900.0)
        try:
            plan = plan_of(world)
        except InputError:
            reject()
        assert_valid(plan, world)
        found.append(plan.ops["round"].max())

    plan_is_valid()
    assert len(found) >= examples
    assert max(found) > 1


@pytest.mark.parametrize(
    "way", EMS_WAYS, ids=lambda way: "-".join(map(str, way.values()))
)
def test_every_plan_of_ems_is_valid(way):
    random_skies(lambda world: plan_ems(world, changed(EMS, **way), OWN), 15)


@pytest.mark.parametrize("way", SERVERS, ids=lambda way: "-".join(way.values()))
def test_every_plan_of_a_baseline_is_valid(way):
    by_use = changed(FL, average="by_use", **way)
    random_skies(lambda world: plan_fl_experts(world, by_use, ALL, MASS), 15)
    asynchronous = changed(ASYNC, **way)
    random_skies(lambda world: plan_fedasync_experts(world, asynchronous, ALL), 15)
    buffered = changed(BUFF, **way)
    random_skies(lambda world: plan_fedbuff_experts(world, buffered, OWN), 15)


def test_every_plan_of_devices_alone_is_valid():
    alone = LocalOnly(round_steps=5)
    random_skies(lambda world: plan_local_only(world, alone, OWN), 15)


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
    plan = plan_ems(world, changed(EMS, short_windows=variant), np.eye(4, dtype=bool))
    assert time.process_time() - start < 10
    assert (plan.ledger["sender"].str.startswith("client/")).sum() >= 2000 * 99
