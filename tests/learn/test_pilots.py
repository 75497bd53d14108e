from dataclasses import replace

import numpy as np
import pytest
from tests.learn.tasks import MLP, final_model, images, task
from tests.plans.scenes import scene

from fedorbit.learn.run.engine import run_plan
from fedorbit.learn.run.sgd import Steps
from fedorbit.learn.scmr.pilots import heterogeneity_proxy, run_pilots, variance_of_mean
from fedorbit.plans.scmr.pilot_plans import pilot_ops
from fedorbit.plans.strategies.fedmeld import FedMeld, plan_fedmeld

WORLD = scene(
    [("S1", site, 0, 2000) for site in "AB"], "AB", horizon_s=900.0, local_steps=3
)
GROUPS = {0: "region/A", 1: "region/A", 2: "region/B", 3: "region/B"}


FIRST = replace(images(MLP, clients=4), groups=GROUPS)


def work(seed=0):
    return replace(FIRST, seed=seed)


@pytest.mark.parametrize("slot", ["region/A", "region/B", "average"])
@pytest.mark.parametrize("interval", [1, 2])
def test_a_pilot_makes_the_models_of_fedmelds_plan_to_the_bit(slot, interval):
    own = FedMeld(variant="interval", round_interval=interval, mixing_ratio=0.3)
    ops = plan_fedmeld(WORLD, own).ops
    cut = ops[ops["round"] <= 4]
    pilot = pilot_ops(WORLD, interval, 0.3, 4)
    models = [
        final_model(some[(some["op"] != "evaluate") | (some["target"] == slot)], work())
        for some in (cut, pilot)
    ]
    for name in models[0]:
        assert np.array_equal(models[0][name], models[1][name])


def test_losses_are_those_on_the_training_samples_and_means_over_seeds():
    cells = [pilot_ops(WORLD, 1, 0.3, 2), pilot_ops(WORLD, 2, 0.1, 2)]
    tasks = [work(seed) for seed in (0, 1)]
    found = run_pilots(cells, tasks, 2)
    for number, ops in enumerate(cells):
        losses, regional = [], []
        for one in tasks:
            seen = replace(one, test_x=one.train_x, test_y=one.train_y)
            record = run_plan(ops, seen).set_index("model")["loss"]
            losses.append(record["average"])
            regional += [record["region/A"], record["region/B"]]
        # With statistics, gradients are summed in two halves.
        assert found.mean_loss[number] == pytest.approx(np.mean(losses), rel=1e-5)
        assert found.regional_loss[number] == pytest.approx(np.mean(regional), 1e-5)
    nothing = replace(tasks[0], test_x=tasks[0].test_x * 0)
    again = run_pilots(cells, [nothing, tasks[1]], 2)
    assert np.array_equal(again.mean_loss, found.mean_loss)
    assert (again.squared_gradient, again.variance) == (
        found.squared_gradient,
        found.variance,
    )


def test_the_variance_of_the_mean_by_hand():
    """Client 0 has 3 of 5 samples, client 1 has 2."""

    def steps(client, values):
        return Steps(0, 1, client, np.ones(2), np.array(values))

    seen = [steps(0, [1.0, 3.0]), steps(1, [4.0, 6.0])]
    assert variance_of_mean(seen, task()) == pytest.approx(0.36 * 2 + 0.16 * 5)
    # Who was never drawn counts as the others do.
    assert variance_of_mean(seen[:1], task()) == pytest.approx((0.36 + 0.16) * 2)


def test_the_proxy_of_gamma_is_none_for_equal_clients_and_grows_with_their_unlikeness():
    """With one feature of its own, a client's labels are easy alone and hard together.

    Clients of ``twins`` hold the same samples; those of ``foes`` have samples of one
    kind, with labels of one class each.
    """
    plain = task()
    seen = replace(plain, test_x=plain.train_x, test_y=plain.train_y)
    one = replace(seen, samples={0: np.arange(5)}, groups={0: "region/P"})
    assert heterogeneity_proxy(one, 5) == pytest.approx(0.0, abs=1e-7)
    foes = {0: np.array([0, 1, 4]), 1: np.array([2, 3])}
    mixed = {0: np.array([0, 2, 4]), 1: np.array([1, 3])}
    apart = heterogeneity_proxy(replace(seen, samples=foes), 5)
    assert apart > 2 * heterogeneity_proxy(replace(seen, samples=mixed), 5)
