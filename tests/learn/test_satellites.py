"""What strategies of satellites have in common when they learn."""

from dataclasses import replace

import numpy as np
from tests.learn.tasks import MLP, final_model, images
from tests.plans.test_server_of_satellites import FEDAVG, FEDBUFF, WORLD, planned

from fedorbit.plans.plan import PlanBuilder

ONE_STEP = replace(WORLD, local_steps=1, evaluation_interval=1)
GROUPS = {0: "orbit/0", 1: "orbit/0", 2: "orbit/1"}


def work():
    """Return a task of three satellites that hold 50 samples each."""
    return replace(images(MLP, clients=3), groups=GROUPS)


def centralised(rounds: int, slot="ground"):
    """Return operations of gradient descent on batches of all clients."""
    plan = PlanBuilder()
    plan.mix(slot, {"initial": 1.0}, (0.0, 0.0), 0)
    for number in range(1, rounds + 1):
        plan.train(slot, [0, 1, 2], 1, (number - 1.0, float(number)), number)
    plan.evaluate(slot, float(rounds), rounds)
    return plan.build().ops


def learned(plan, slot: str):
    """Return the parameters of a slot as it is evaluated last."""
    ops = plan.ops
    seen = ops["op"] == "evaluate"
    last = ops[seen & (ops["target"] == slot)].index[-1]
    return final_model(ops[(~seen | (ops.index == last)) & (ops.index <= last)], work())


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


def test_a_buffer_of_all_fresh_satellites_is_the_first_round_of_fedavg():
    plan = planned("fedbuff_satellites", FEDBUFF, ONE_STEP, buffer_size=3, rounds=1)
    # S3 comes twice before S2 does, unless the server is told to wait.
    assert plan.ops["staleness"].max() == 0
    expected = final_model(centralised(1), work())
    scheduled = planned(
        "fedbuff_satellites", FEDBUFF, ONE_STEP, buffer_size=3, rounds=1, scheduled=True
    )
    assert_close(learned(scheduled, "average"), expected)
