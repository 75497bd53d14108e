"""Local training against PyTorch's own optimiser, and statistics of gradients."""

import numpy as np
import pytest
import torch
from tests.learn.tasks import (
    CNN,
    MLP,
    SAMPLES,
    SOFTMAX,
    START_A,
    averaging,
    changed,
    drawn,
    final_model,
    images,
    plan,
    task,
)
from torch import nn
from torch.nn.functional import cross_entropy

from fedorbit.learn.models.quadratic import Quadratic
from fedorbit.learn.run.engine import run_plan
from fedorbit.learn.run.task import learning_rate

ONE_IN_A_MILLION = 1e-6


@pytest.mark.parametrize(
    "training",
    [
        changed(learning_rate=0.1, local_steps=5),
        changed(learning_rate=0.1, momentum=0.9, local_steps=5),
        changed(learning_rate=0.1, weight_decay=0.3, local_steps=5),
        changed(learning_rate=0.1, momentum=0.5, weight_decay=0.1, local_steps=5),
    ],
    ids=["plain", "momentum", "weight decay", "both"],
)
def test_federated_averaging_is_that_of_pytorchs_own_optimiser(training):
    work = task(training=training)
    rounds = 3
    steps = [START_A]
    for number in range(1, rounds + 1):
        steps += [("train", "A", [0, 1], number)]
    ops = plan(*steps, ("evaluate", "A"), local_steps=5)

    model = nn.Linear(3, 2)
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    for number in range(1, rounds + 1):
        start = {name: p.clone() for name, p in model.state_dict().items()}
        mean = {name: torch.zeros_like(p) for name, p in start.items()}
        for client, samples in SAMPLES.items():
            model.load_state_dict(start)
            optimiser = torch.optim.SGD(
                model.parameters(),
                learning_rate(training, number),
                momentum=training.momentum,
                weight_decay=training.weight_decay,
            )
            for batch in drawn(work, client, number, 5):
                optimiser.zero_grad()
                loss = cross_entropy(model(work.train_x[batch]), work.train_y[batch])
                loss.backward()
                optimiser.step()
            for name, p in model.state_dict().items():
                mean[name] += len(samples) / 5 * p
        model.load_state_dict(mean)
    found = final_model(ops, work)
    for name, p in model.state_dict().items():
        np.testing.assert_allclose(
            found[f"head.{name}"], p.numpy(), rtol=0, atol=ONE_IN_A_MILLION
        )


@pytest.mark.parametrize("kernel", ["stacked", "looped"])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_a_proximal_training_is_that_of_pytorchs_own_optimiser(kernel, momentum):
    training = changed(learning_rate=0.1, momentum=momentum, weight_decay=0.1)
    work, mu = task(training=training), 2.0
    steps = [START_A, ("train", "A", [0, 1], 1), ("train", "A", [1], 2)]
    ops = plan(*steps, ("evaluate", "A"), local_steps=4)
    ops.loc[2, "proximal"] = mu  # of the second training only
    found = final_model(ops, work, kernel=kernel)

    before = final_model(plan(*steps[:2], ("evaluate", "A"), local_steps=4), work)
    received = {n: torch.tensor(before[f"head.{n}"]) for n in ("weight", "bias")}
    model = nn.Linear(3, 2)
    model.load_state_dict(received)
    rate = learning_rate(training, 2)
    decay = {"momentum": momentum, "weight_decay": 0.1}
    optimiser = torch.optim.SGD(model.parameters(), rate, **decay)
    for batch in drawn(work, 1, 2, 4):
        optimiser.zero_grad()
        loss = cross_entropy(model(work.train_x[batch]), work.train_y[batch])
        for name, p in model.named_parameters():
            loss = loss + mu / 2 * ((p - received[name]) ** 2).sum()
        loss.backward()
        optimiser.step()
    for name, p in model.state_dict().items():
        np.testing.assert_allclose(
            found[f"head.{name}"], p.numpy(), rtol=0, atol=ONE_IN_A_MILLION
        )


@pytest.mark.parametrize("kernel", ["stacked", "looped"])
def test_two_proximal_steps_on_a_quadratic_by_hand(kernel):
    # A = diag(0.5, 1, 2), one sample c, from w0 = 0 with rate 0.5 and mu = 0.2: the
    # first step leads to w1 = 0.5 A c, where the term still is zero; the second is
    # w1 - 0.5 (A (w1 - c) + 0.2 w1).
    model = Quadratic(name="quadratic", strong_convexity=0.5, smoothness=2.0)
    centre = np.array([1.0, -2.0, 3.0], dtype=np.float32)
    alone = {0: np.array([0])}
    work = task(model, train_x=torch.tensor(centre[None]), samples=alone)
    ops = plan(START_A, ("train", "A", [0], 1), ("evaluate", "A"), local_steps=2)
    ops.loc[1, "proximal"] = 0.2
    found = final_model(ops, work, kernel=kernel)["head.point"]
    # 0.25 - 0.5 (-0.375 + 0.05), -1 - 0.5 (1 - 0.2), 3 - 0.5 (0 + 0.6)
    np.testing.assert_allclose(found, [0.4125, -1.4, 2.7], rtol=0, atol=1e-6)


def test_statistics_are_without_the_proximal_term():
    ops = plan(START_A, ("train", "A", [0, 1], 1), local_steps=2)
    found = {}
    for mu in (0.0, 5.0):
        ops["proximal"] = mu
        run_plan(ops, task(), statistics=found.setdefault(mu, []))
    # With equal models after the first step, the second sees the same gradients.
    for free, held in zip(found[0.0], found[5.0], strict=True):
        np.testing.assert_array_equal(free.squared_norm, held.squared_norm)


def relative_distance(one: dict, other: dict) -> float:
    apart = sum(((one[n] - other[n]) ** 2).sum() for n in one)
    return np.sqrt(apart / sum((one[n] ** 2).sum() for n in one))


@pytest.mark.parametrize("model", [SOFTMAX, MLP, CNN], ids=lambda m: m.name)
def test_both_kernels_learn_the_same_in_a_round(model):
    work, ops = images(model), averaging(list(range(6)), 1)
    stacked = final_model(ops, work, kernel="stacked")
    looped = final_model(ops, work, kernel="looped")
    assert relative_distance(stacked, looped) < 1e-4
    start = {name: p.numpy() for name, p in work.network.init(0).items()}
    assert relative_distance(stacked, start) > 1e-3


@pytest.mark.parametrize("kernel", ["stacked", "looped"])
@pytest.mark.parametrize("model", [SOFTMAX, CNN], ids=lambda m: m.name)
def test_bfloat16_learns_about_the_same_and_not_quite(model, kernel):
    ops = averaging(list(range(6)), 1)
    exact = final_model(ops, images(model), kernel=kernel)
    training = changed(batch_size=8, learning_rate=0.2, precision="bfloat16")
    rough = final_model(ops, images(model, training=training), kernel=kernel)
    assert all(p.dtype == np.float32 for p in rough.values())
    # bfloat16 has 8 bits of mantissa.
    assert 1e-7 < relative_distance(exact, rough) < 0.02


def test_an_augmented_run_differs_and_repeats():
    training = changed(batch_size=8, learning_rate=0.2, augmentation="shift_flip")
    ops = averaging(list(range(6)), 2)
    plain, moved = final_model(ops, images()), images(training=training)
    first = final_model(ops, moved)
    assert relative_distance(plain, first) > 1e-3
    again = final_model(ops, moved)
    assert all((first[name] == again[name]).all() for name in first)


@pytest.mark.parametrize("kernel", ["stacked", "looped"])
def test_statistics_are_those_of_the_gradients_at_the_start(kernel):
    # One step of softmax regression from zero: the gradient of a sample is
    # (1/2 - [its class]) x for each class, and 1/2 - [its class] for the bias.
    work = images(SOFTMAX, training=changed(batch_size=9, learning_rate=0.2))
    ops = plan(*[START_A, ("train", "A", [0, 1], 1), ("evaluate", "A")], local_steps=1)
    found = []
    run_plan(ops, work, kernel=kernel, statistics=found)
    assert [(s.round_number, s.client) for s in found] == [(1, 0), (1, 1)]
    for s in found:
        (batch,) = drawn(work, s.client, 1, 1)
        x, y = work.train_x[batch].numpy(), work.train_y[batch].numpy()
        error = 0.5 - np.eye(2)[y]
        each = np.concatenate([error[:, :, None] * x[:, None], error[..., None]], 2)
        mean = each.mean(0)
        assert s.squared_norm[0] == pytest.approx((mean**2).sum(), rel=1e-4)
        # Halves of 4 and 5 samples: their gradients' squared distance times 4 * 5 / 81.
        apart = ((each[:4].mean(0) - each[4:].mean(0)) ** 2).sum()
        assert s.variance[0] == pytest.approx(apart * 20 / 81, rel=1e-4)


def test_the_estimated_variance_is_that_of_batches():
    # Without steps of any size, all rounds have gradients at the start; the mean of
    # the estimates then nears the variance of their true gradients.
    training = changed(batch_size=8, learning_rate=1e-12)
    work = images(SOFTMAX, clients=1, training=training)
    found, gradients = [], []
    ops = plan(*[START_A], *[("train", "A", [0], n) for n in range(1, 301)])
    run_plan(ops, work, statistics=found)
    for number in range(1, 301):
        for batch in drawn(work, 0, number, 3):
            x, y = work.train_x[batch].numpy(), work.train_y[batch].numpy()
            error = 0.5 - np.eye(2)[y]
            x = np.concatenate([x, np.ones((len(x), 1))], 1)
            gradients.append((error.T @ x / len(x)).ravel())
    variance = np.var(gradients, axis=0).sum()
    estimated = np.mean([s.variance for s in found])
    # Nine hundred estimates of the sum of 130 variances: five percent is ample.
    assert estimated == pytest.approx(variance, rel=0.05)


def test_statistics_do_not_change_what_is_learned():
    work, ops = images(MLP), averaging(list(range(6)), 2)
    without = final_model(ops, work)
    with_them = final_model(ops, work, statistics=[])
    assert relative_distance(without, with_them) < 1e-5


def test_statistics_need_two_halves():
    with pytest.raises(ValueError, match="at least 2"):
        run_plan(averaging([0], 1), task(training=changed(batch_size=1)), statistics=[])
