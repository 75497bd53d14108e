import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.plans.scenes import PASSES, PICKUP_S, scene
from tests.plans.test_random_skies import skies

from fedorbit.base.errors import InputError, SettingsError
from fedorbit.plans.check import check_plan
from fedorbit.plans.moves.perturbation import Perturbation
from fedorbit.plans.moves.refly import assignments, refly
from fedorbit.plans.plan import Plan
from fedorbit.plans.strategies.fedmeld import FedMeld, plan_fedmeld

MELD = FedMeld(variant="interval", round_interval=2, mixing_ratio=0.25)
DRIFT = {"median_late_s_per_day2": 0.22, "seed": 0}
LAST = ("S3", "A", 120, 200)
"""The pass in which S3 brings B's model to A, in the plan of test_fedmeld_by_hand."""

# One satellite over both regions all the time carries everything: cycles of 100 s.
STEADY = [("S1", "A", 0, 500), ("S1", "B", 0, 500)]
# It is away from A when A would mix for the first time; S2 serves meanwhile.
GAP = [("S1", "A", 0, 90), ("S1", "A", 120, 500), ("S1", "B", 0, 500)]
GAP += [("S2", "A", 0, 500)]


def flown(planned, passes, patience_s, horizon_s=400.0):
    """Return the plan for one sky as it is flown in another."""
    old, new = (scene(p, ["A", "B"], horizon_s=horizon_s) for p in (planned, passes))
    plan = refly(plan_fedmeld(old, MELD), new, MELD, patience_s)
    check_plan(plan, new)
    return plan


def mixings_s(plan: Plan, region: str):
    own = plan.ops[plan.ops["target"] == f"region/{region}"]
    return own["end_s"][own["staleness"] > 0].tolist()


def rounds_s(plan: Plan, region: str):
    own = plan.ops[plan.ops["target"] == f"region/{region}"]
    return own["end_s"][own["op"] == "train"].tolist()


def test_assignments_by_hand():
    # The plan of test_fedmeld_by_hand; both models may be loaded from 10 s.
    world = scene(PASSES, ["A", "B"])
    found = assignments(plan_fedmeld(world, MELD), world)
    assert set(found) == {("A", 0), ("B", 0)}
    to_a, to_b = found["A", 0], found["B", 0]
    assert (to_a.satellite, to_b.satellite) == ("S3", "S1")
    times = [
        (to.broadcast_s, to.loaded_s, to.arrival_s, to.ready_s, to.exchange_s)
        for to in (to_a, to_b)
    ]
    assert times[0] == pytest.approx((10, 10 + PICKUP_S, 120, 90, 120))
    assert times[1] == pytest.approx((10, 10 + PICKUP_S, 80, 90, 90))


@pytest.mark.parametrize("passes", [PASSES, STEADY])
def test_in_the_same_sky_it_is_the_very_same_plan(passes):
    planned = plan_fedmeld(scene(passes, ["A", "B"]), MELD)
    again = flown(passes, passes, 0.0)
    assert again.ops.equals(planned.ops)
    assert again.ledger.equals(planned.ledger)


def test_a_carrier_30_s_late_makes_the_region_mix_30_s_later():
    late = [*PASSES[:-1], ("S3", "A", 150, 230)]
    assert PASSES[-1] == LAST
    assert mixings_s(flown(PASSES, PASSES, 30.0), "A") == pytest.approx([130])
    plan = flown(PASSES, late, 30.0)
    assert mixings_s(plan, "A") == pytest.approx([160])
    assert mixings_s(plan, "B") == pytest.approx([100])
    carried = plan.ledger[plan.ledger["link"] == "carry"]
    assert dict(zip(carried["sender"], carried["end_s"], strict=True)) == (
        pytest.approx({"S1": 80, "S3": 150})
    )


def test_a_carrier_later_than_patience_is_not_waited_for():
    # A gives up at 120 + 29; S2 is in view then and takes the uploads, 149-159.
    late = [*PASSES[:-1], ("S3", "A", 150, 230)]
    plan = flown(PASSES, late, 29.0)
    assert mixings_s(plan, "A") == []
    assert rounds_s(plan, "A") == pytest.approx([50, 159])
    assert mixings_s(plan, "B") == pytest.approx([100])


def test_a_carrier_early_by_less_than_it_stays_makes_no_region_later():
    # A is ready at 90, so a satellite that rises at 85 need not be waited for.
    early = [*PASSES[:-1], ("S3", "A", 85, 165)]
    assert mixings_s(flown(PASSES, early, 0.0), "A") == pytest.approx([100])


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param([p for p in PASSES if p[:2] != ("S3", "A")], id="never comes"),
        pytest.param(
            [p if p[0] != "S3" else ("new", *p[1:]) for p in PASSES], id="renamed"
        ),
        pytest.param([*PASSES[:-1], ("S3", "A", 120, 139)], id="too short a pass"),
        pytest.param(
            [p if p != ("S3", "B", 0, 25) else ("S3", "B", 0, 17) for p in PASSES],
            id="too short a pick-up",
        ),
        pytest.param(
            [p if p != ("S3", "B", 0, 25) else ("S3", "B", 0, 10) for p in PASSES],
            id="gone before the broadcast ends",
        ),
    ],
)
def test_without_its_carrier_a_region_mixes_nothing_and_goes_on(changed):
    # A gives up at 120 + 5. S1 has set, so it hands over to S2, which rises at 140, or
    # to S3 where that is in view and stays for uploads and broadcast.
    plan = flown(PASSES, changed, 5.0)
    s3_stays = any(
        p[:2] in (("S3", "A"), ("new", "A")) and p[3] == 200 for p in changed
    )
    end_s = 135 if s3_stays else 150
    assert mixings_s(plan, "A") == []
    assert rounds_s(plan, "A") == pytest.approx([50, end_s])
    assert mixings_s(plan, "B") == pytest.approx([100])
    assert not plan.ops["sources"].map(lambda s: "carrier/S3/B/0" in s).any()


def test_after_a_lost_carrier_the_next_cycle_mixes_again():
    """S1 has left A at 90, when A is ready; S2 takes the uploads, and nothing mixes.

    In the second cycle S1 is back from 120. It brings B's model, loaded 110-117.6, to
    A in time. A's own model, ready at 110, it loads from 120 on, also in time for B.
    """
    assert mixings_s(flown(STEADY, STEADY, 0.0), "A") == pytest.approx([100, 200, 300])
    plan = flown(STEADY, GAP, 0.0)
    assert mixings_s(plan, "A") == pytest.approx([200, 300])
    assert mixings_s(plan, "B") == pytest.approx([100, 200, 300])
    assert rounds_s(plan, "A") == pytest.approx([50, 100, 150, 200, 250, 300])
    loads = plan.ops[plan.ops["target"] == "carrier/S1/A/2"]
    assert loads[["start_s", "end_s"]].to_numpy().tolist() == [
        pytest.approx([120, 120 + PICKUP_S])
    ]
    # The average of all regions counts A's model that did not mix.
    average = plan.ops["round"][plan.ops["target"] == "average"]
    assert average.unique().tolist() == [0, 1, 2, 3, 4, 5, 6]


def test_patience_costs_time_in_every_lost_cycle():
    plan = flown(STEADY, GAP, 7.0)
    assert rounds_s(plan, "A")[1] == pytest.approx(107)


def test_a_sky_in_which_no_cycle_ends_is_said():
    with pytest.raises(InputError, match="no exchange around the ring fits"):
        flown(STEADY, STEADY, 0.0, horizon_s=90.0)
    served = [("S2", "A", 0, 60), ("S2", "B", 0, 500)]
    with pytest.raises(InputError, match="no exchange around the ring fits"):
        flown(STEADY, served, 0.0)


@pytest.mark.parametrize(
    "other", [{"variant": "pipelined"}, {"topology": "chain"}], ids=str
)
def test_other_ways_to_mix_are_refused(other):
    meld = FedMeld(**MELD.model_dump() | other)
    world = scene(STEADY, ["A", "B"])
    with pytest.raises(SettingsError, match="flies the variant 'interval'.*leave"):
        refly(plan_fedmeld(world, meld), world, meld, 0.0)


def test_ages_and_patiences_are_named_once():
    values = {"ages_days": [0, 7.0], "patience_s": 30.0, "drift": DRIFT}
    assert Perturbation(**values).patiences_s == [30.0]
    assert Perturbation(**values, other_patiences_s=[0.0]).patiences_s == [30.0, 0.0]
    with pytest.raises(ValidationError, match="ages_days are .*; name each once"):
        Perturbation(**values | {"ages_days": [7.0, 7.0]})
    with pytest.raises(ValidationError, match="other_patiences_s are .*; name each"):
        Perturbation(**values, other_patiences_s=[0.0, 30.0])


@st.composite
def two_skies(draw):
    """Draw passes, and the same passes each satellite early or late and some lost."""
    old = draw(skies())
    shift_s = draw(
        st.lists(st.one_of(st.just(0.0), st.floats(-90, 90)), min_size=5, max_size=5)
    )
    new = [
        (satellite, site, max(0.0, rise + by), set_ + by)
        for satellite, site, rise, set_ in old
        for by in [shift_s[int(satellite[1:])]]
        if set_ + by > 1 and draw(st.integers(0, 9)) > 0
    ]
    return old, new


@given(two_skies(), st.integers(1, 2), st.floats(0, 200), st.booleans())
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_flown_in_any_sky_is_a_valid_plan(both, rounds, patience_s, three):
    old, new = both
    assume(old and new)
    regions = ["A", "B", "C"] if three else ["A", "B"]
    meld = FedMeld(variant="interval", round_interval=rounds, mixing_ratio=0.5)
    before, after = (scene(p, regions, horizon_s=900.0) for p in both)
    try:
        planned = plan_fedmeld(before, meld)
        plan = refly(planned, after, meld, patience_s)
    except InputError:
        assume(False)
    check_plan(plan, after)
    assigned, happened = assignments(planned, before), assignments(plan, after)
    assert set(happened) <= set(assigned)
    for key, carry in happened.items():
        assert carry.satellite == assigned[key].satellite
        assert carry.arrival_s <= assigned[key].exchange_s + patience_s
    trained = plan.ops[plan.ops["op"] == "train"]
    assert trained.groupby("target").size().nunique() == 1
