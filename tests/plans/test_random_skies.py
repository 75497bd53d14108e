from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.plans.scenes import scene

from fedorbit.errors import InputError
from fedorbit.plans.check import check_plan
from fedorbit.plans.fedmeld import FedMeld, plan_fedmeld
from fedorbit.plans.hfl import Hfl, plan_hfl


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


@given(skies(), st.integers(1, 3), st.sampled_from([["A", "B"], ["A", "B", "C"]]))
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_plan_of_every_sky_is_valid(passes, rounds, regions):
    if not passes:
        return
    world = scene(passes, regions, ["G"], horizon_s=900.0)
    meld = FedMeld(variant="interval", round_interval=rounds, mixing_ratio=0.5)
    for planner, chosen in ((plan_fedmeld, meld), (plan_hfl, Hfl(regional_rounds=1))):
        try:
            plan = planner(world, chosen)
        except InputError:
            continue
        check_plan(plan, world)
        assert plan.ops["end_s"].max() <= world.horizon_s
        trained = plan.ops[plan.ops["op"] == "train"]
        assert set(trained["target"]) == {f"region/{region}" for region in regions}
        assert trained.groupby("target").size().nunique() == 1
