"""What each leg takes, over the star of the tests of plans."""

import pytest
from tests.plans.aboard import ABOARD, star_scene, trained

from fedorbit.orbits.constants import SPEED_OF_LIGHT_M_S
from fedorbit.plans.moves.agreement import WAYS
from fedorbit.plans.readings.latency import ROADS, Latency, latencies
from fedorbit.plans.strategy import find_strategy

SETTINGS = Latency(starts_h=[0.0, 5.9], slot_s=10.0, speeds_flop_s=[1e10])


@pytest.fixture(scope="module")
def legs():
    return latencies(star_scene(), SETTINGS)


def test_every_leg_is_measured_by_every_way_from_every_start(legs):
    assert set(legs["start_s"]) == {0.0, 5.9 * 3600}
    down = legs[legs["leg"] == "down"]
    assert set(down["way"]) == {f"{gather}/{way}" for gather, way in ROADS}
    assert set(legs[legs["leg"] == "between"]["way"]) == set(WAYS)
    assert (legs["seconds"].dropna() > 0).all()
    # Six minutes before the scenario ends, each for itself does not come down.
    late = legs[(legs["start_s"] > 0) & (legs["way"] == "none/own")]
    assert late["seconds"].isna().all()


def test_legs_are_those_of_plans(legs):
    """A plan of one round is its legs and its computing, one after the other."""
    scene = star_scene()
    strategy = find_strategy("split")
    plan = strategy.plan(scene, strategy.settings(**ABOARD["split"] | {"rounds": 1}))
    first = legs[legs["start_s"] == 0].set_index(["leg", "way"])["seconds"]
    embedding_s = 400 * 1e6 / scene.compute_flop_s
    # From the start of the plan; the leg itself begins 40 ms earlier.
    ledger = plan.ledger[plan.ledger["payload"] == "embedding"]
    down_s = ledger["end_s"].max() - embedding_s
    assert down_s == pytest.approx(first["down", "both_ways/optimal"], abs=0.5)
    ground_s = 27 * 400 * 1e8 / 1e13
    up_s = trained(plan)["end_s"].max() - ledger["end_s"].max() - ground_s
    steps_s = 16 * 3e4 / scene.compute_flop_s
    legs_s = first["up", "both_ways/optimal"] + first["in_plane", "ring"] + steps_s
    assert up_s == pytest.approx(legs_s, abs=0.5)


def test_the_mean_of_a_plane_takes_light_and_bits_around_half_the_ring(legs):
    """Nine satellites, 0.1 Mbit heads at 1 Gbit/s: light rules.

    Both ways around, the last head comes after four hops of 0.1 Mbit or of halves,
    2 (7,378 km) sin(20 degrees) apart.
    """
    own = legs[(legs["leg"] == "in_plane") & (legs["start_s"] == 0)]["seconds"].iloc[0]
    hop_s = 2 * 7378e3 * 0.34202 / SPEED_OF_LIGHT_M_S
    assert 8 * hop_s <= own <= 8 * (hop_s + 0.1e6 / 1e9) * 1.1
