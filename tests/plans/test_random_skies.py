import math
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st
from tests.plans.aboard import ABOARD
from tests.plans.clustered import CLUSTERED
from tests.plans.scenes import isls, scene

from fedorbit.base.errors import InputError
from fedorbit.plans.check import check_plan
from fedorbit.plans.scmr.solution import Solution
from fedorbit.plans.strategy import find_strategy, strategy_names

# A strategy that is tried in several ways has the way after a slash.
MELD = {"variant": "interval", "round_interval": 2, "mixing_ratio": 0.5}
SETTINGS = {
    "fedmeld": MELD,
    "fedmeld/pipelined": MELD | {"variant": "pipelined"},
    "fedmeld/chain": MELD | {"topology": "chain"},
    "fedmeld/grid": MELD
    | {"variant": "pipelined", "topology": "grid", "grid_columns": 1},
    "fedmeld_optimal": {
        "variant": "interval",
        "rounds": None,
        "strong_convexity": 0.1,
        "smoothness": 1.0,
        "pilot": {
            "rounds": 2,
            "cells": [
                {"round_interval": 1, "mixing_ratio": alpha}
                for alpha in (0.1, 0.2, 0.3)
            ],
        },
    },
    "fedmeld_law": {
        "variant": "interval",
        "round_interval": 2,
        "topology": "ring",
        "grid_columns": None,
        "alone_rounds": 2,
    },
    "fedmeld_adaptive": {"round_interval": 2, "first_ratio": 0.5, "judging_steps": 1},
    "fedmeld_regional": {"mixing_ratio": 0.3},
    "hfl": {"regional_rounds": 1},
    "hfl/isl": {"regional_rounds": 1, "isl": "radio"},
    "hfl/direct": {"regional_rounds": 1, "relays": False},
    "ring_allreduce": {"regional_rounds": 1, "isl": "radio"},
    "pfl": {"average": "last"},
    "pfl/direct": {"average": "last", "relays": False},
    "oracle_sync": {},
    "centralised": {
        "samples_per_client": 100,
        "bits_per_sample": 50000,
        "round_s": 50.0,
        "round_steps": 2,
    },
    "fedavg_ground": {},
    "fedavg_ground/direct": {"relays": False},
    "fedprox": {"proximal": 0.1},
    "fedasync": {"regional_rounds": 1, "mixing_ratio": 0.5, "staleness_exponent": 0.5},
    "fedbuff": {
        "regional_rounds": 1,
        "buffer_size": 2,
        "server_rate": 1.0,
        "staleness_exponent": 0.5,
    },
}
NOT_IN_STEP = {"centralised", "fedasync", "fedbuff"}
ROUNDS = dict.fromkeys(["fedmeld", "fedmeld_adaptive"], "round_interval")
ROUNDS |= {"hfl": "regional_rounds"}
ROUNDS |= dict.fromkeys(["ring_allreduce", "fedasync", "fedbuff"], "regional_rounds")


@st.composite
def skies(draw):
    """Draw passes in which no satellite is over one site twice at once."""
    passes = []
    for satellite in range(draw(st.integers(1, 5))):
        for site in "ABCG":
            time_s = draw(st.floats(0, 120))
            for _ in range(draw(st.integers(0, 5))):
                length_s = draw(st.floats(5, 120))
                passes.append((f"S{satellite}", site, time_s, time_s + length_s))
                time_s += length_s + draw(st.floats(1, 150))
    return passes


@st.composite
def links(draw):
    """Draw links of five satellites in a ring, each lost at one sample or at none."""
    ranges_km = {}
    for pair in ("S0-S1", "S1-S2", "S2-S3", "S3-S4", "S4-S0"):
        range_km, lost = draw(st.floats(500, 3000)), draw(st.integers(0, 7))
        ranges_km[pair] = [math.nan if n == lost else range_km for n in range(4)]
    return isls(ranges_km, 300.0)


PLANS = 30  # of each case
LONG_PLANS = 3  # of these at least, with more than one round


def assert_valid(plan, world, strategy: str) -> None:
    """Check a plan, and that its regions keep step where they have to."""
    check_plan(plan, world)
    assert plan.ops["end_s"].max() <= world.horizon_s
    evaluated = plan.ops[(plan.ops["op"] == "evaluate") & (plan.ops["round"] > 0)]
    regional = evaluated[evaluated["target"].str.startswith("region/")]
    assert (regional.groupby("round").size() == len(world.regions)).all()
    if strategy not in NOT_IN_STEP:
        trained = plan.ops[plan.ops["op"] == "train"]
        regions = {f"region/{region}" for region in world.regions}
        assert set(trained["target"]) == regions
        assert trained.groupby("target").size().nunique() == 1


@pytest.mark.parametrize("case", SETTINGS)
def test_every_plan_of_every_sky_is_valid(case):
    strategy = case.partition("/")[0]
    found = find_strategy(strategy)
    lengths = []  # in rounds, of all plans

    # A sky in which no plan fits is replaced by another.
    @given(
        skies(),
        st.integers(1, 3),
        st.sampled_from([["A", "B"], ["A", "B", "C"]]),
        st.sampled_from([None, 1]),
        links(),
    )
    @settings(
        max_examples=PLANS,
        derandomize=True,  # or the number of long plans would be a matter of luck
        suppress_health_check=list(HealthCheck),
    )
    def plan_is_valid(passes, rounds, regions, participants, between):
        assume(passes)
        everyone = scene(passes, regions, ["G"], horizon_s=900.0, clients=2)
        world = replace(
            everyone,
            participants_per_round=participants,
            isls=between,
            scmr=Solution(rounds, 0.3),
            law=Solution(2, 0.3),
        )
        values = SETTINGS[case]
        if strategy in ROUNDS:
            values = values | {ROUNDS[strategy]: rounds}
        try:
            plan = found.plan(world, found.settings(**values))
        except InputError:
            reject()
        assert_valid(plan, world, strategy)
        lengths.append(plan.ops["round"].max())

    plan_is_valid()
    assert len(lengths) >= PLANS
    assert sum(length > 1 for length in lengths) >= LONG_PLANS


def test_all_strategies_are_tried():
    on_ground = {case.partition("/")[0] for case in SETTINGS}
    assert on_ground | set(ABOARD) | set(CLUSTERED) == set(strategy_names())
    assert len(on_ground) + len(ABOARD) + len(CLUSTERED) == len(strategy_names())
