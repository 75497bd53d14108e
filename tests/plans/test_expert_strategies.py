"""Strategies for experts as studies name them, with the experts of a table."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.plans.clustered import CLUSTERED
from tests.plans.expert_scenes import ALL, BLOCK_BITS, OWN, cluster_scene
from tests.plans.scenes import PASSES

from fedorbit.base.errors import InputError
from fedorbit.base.files import write_table
from fedorbit.plans.check import check_plan
from fedorbit.plans.splitting import Splitting
from fedorbit.plans.strategy import find_strategy

MASS = np.array([[0.4, 0.4, 0.1, 0.1], [0.1, 0.1, 0.4, 0.4]])
WORLD = replace(
    cluster_scene(PASSES, ["G"], expert_bits=BLOCK_BITS / 4),
    experts=Splitting(OWN, MASS),
)
OF_ITS_OWN = {"ems", "local_only"}


def planned(name, **changes):
    strategy = find_strategy(name)
    settings = strategy.settings(**CLUSTERED[name] | changes)
    assert strategy.needs(settings).experts
    plan = strategy.plan(WORLD, settings)
    check_plan(plan, WORLD)
    return plan


def trained(plan):
    """Return what each slot trains."""
    ops = plan.ops[plan.ops["op"] == "train"].explode("scope")
    return ops.groupby("target")["scope"].agg(set).to_dict()


@pytest.mark.parametrize("name", CLUSTERED)
def test_a_strategy_trains_all_experts_or_those_of_a_cluster(name):
    own = trained(planned(name))
    everything = {f"expert/{number}" for number in range(4)}
    if name in OF_ITS_OWN:
        first = own.get("cluster/0", own.get("client/0"))
        assert first == {"expert/0", "expert/1"}
    else:
        assert all(scope == everything for scope in own.values())


@pytest.mark.parametrize("name", CLUSTERED)
def test_clusters_are_tested_on_their_own_part_by_the_experts_that_they_train(name):
    plan = planned(name)
    seen = plan.ops[plan.ops["op"] == "evaluate"]
    whole = seen["target"] == "average"
    assert (seen["part"][whole] == "test").all()
    groups = {f"client/{c}": WORLD.homes.group(c) for c in range(4)}
    slots = seen["target"][~whole]
    assert (seen["part"][~whole] == slots.map(lambda s: groups.get(s, s))).all()
    experts = 2 if name in OF_ITS_OWN else 4
    assert (seen["scope"][~whole].map(len) == experts).all()


def test_a_study_chooses_what_is_trained_and_where_the_server_is():
    plan = planned("fl_by_use", trains="assigned", server="everywhere")
    assert trained(plan)["cluster/1"] == {"expert/2", "expert/3"}
    settings = find_strategy("fl_by_use").settings(
        **CLUSTERED["fl_by_use"] | {"server": "everywhere"}
    )
    assert not find_strategy("fl_by_use").needs(settings).stations


def table(**changes):
    row, number = np.indices(MASS.shape).reshape(2, -1)
    own = {"seed": 0, "cluster": np.array(["A", "B"])[row], "expert": number}
    own |= {"number": number, "mass": MASS[row, number], "assigned": OWN[row, number]}
    return pd.DataFrame(own | changes)


def test_a_table_of_experts_is_read_in_the_order_of_the_clusters(tmp_path):
    path = tmp_path / "experts.parquet"
    both = pd.concat([table(), table(seed=1, mass=0.25)])
    write_table(both, path)
    found = Splitting.read(path, ["B", "A"])
    assert np.array_equal(found.assigned, OWN[::-1])
    assert found.mass == pytest.approx((MASS[::-1] + 0.25) / 2)
    assert np.array_equal(found.trained("all"), ALL)
    with pytest.raises(InputError, match="not the experts of the clusters A, C"):
        Splitting.read(path, ["A", "C"])
