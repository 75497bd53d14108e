"""What strategies of satellites have in common when they learn."""

from dataclasses import replace

import numpy as np
import pytest
from tests.learn.tasks import MLP, final_model, images
from tests.plans.aboard import ABOARD, star_scene
from tests.plans.test_server_of_satellites import FEDAVG, FEDBUFF, WORLD, planned

from fedorbit.plans.plan import PlanBuilder

ONE_STEP = replace(WORLD, local_steps=1, evaluation_interval=1)


def work(world=WORLD):
    """Return a task of 150 samples that the satellites of a scene share equally."""
    homes = world.homes
    groups = {client: homes.group(client) for client in range(len(homes))}
    return replace(images(MLP, clients=len(homes)), groups=groups)


def centralised(rounds: int):
    """Return operations of gradient descent on batches of all clients."""
    plan = PlanBuilder()
    plan.mix("ground", {"initial": 1.0}, (0.0, 0.0), 0)
    for number in range(1, rounds + 1):
        plan.train("ground", [0, 1, 2], 1, (number - 1.0, float(number)), number)
    plan.evaluate("ground", float(rounds), rounds)
    return plan.build().ops


def learned(plan, slot: str, task=None):
    """Return the parameters of a slot as it is evaluated last."""
    ops = plan.ops
    seen = ops["op"] == "evaluate"
    last = ops[seen & (ops["target"] == slot)].index[-1]
    before = ops[(~seen | (ops.index == last)) & (ops.index <= last)]
    return final_model(before, task or work())


def assert_close(found, expected):
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=0, atol=1e-6)


def test_fedavg_of_all_satellites_with_one_step_is_gradient_descent_on_all_samples():
    plan = planned("fedavg_satellites", FEDAVG, ONE_STEP)
    rounds = int(plan.ops["round"].max())
    assert rounds == 2
    expected = final_model(centralised(rounds), work())
    assert_close(learned(plan, "average"), expected)
    # Planes are a version behind.
    behind = final_model(centralised(rounds - 1), work())
    assert_close(learned(plan, "orbit/1"), behind)
    assert not np.allclose(expected["head.bias"], behind["head.bias"])


@pytest.mark.parametrize("scheduled", [False, True])
def test_a_buffer_of_all_fresh_satellites_is_the_first_round_of_fedavg(scheduled):
    changes = {"buffer_size": 3, "rounds": 1, "scheduled": scheduled}
    plan = planned("fedbuff_satellites", FEDBUFF, ONE_STEP, **changes)
    assert_close(learned(plan, "average"), final_model(centralised(1), work()))


@pytest.mark.parametrize("name", ABOARD)
def test_where_heads_learn_what_is_frozen_stays_to_the_bit(name):
    plan, task = planned(name, ABOARD[name], star_scene()), work(star_scene())
    first = {name: p.numpy() for name, p in task.initial().items()}
    for slot in ("average", "orbit/0"):
        found = learned(plan, slot, task)
        changed = {n for n in first if not np.array_equal(found[n], first[n])}
        assert changed == {"head.weight", "head.bias"}
