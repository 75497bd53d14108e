"""Mixings by the law: the engine's losses and ratios are those worked out beside it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from tests.learn.tasks import (
    MLP,
    SOFTMAX,
    StopAfter,
    Stopped,
    changed,
    drawn,
    final_model,
    images,
)
from tests.learn.test_seeds import of_seeds

from fedorbit.learn.run.checkpoint import Checkpoint
from fedorbit.learn.run.engine import run_plan, run_seeds
from fedorbit.plans.plan import PlanBuilder
from fedorbit.theory.fedmeld.running import LEAST, Losses, next_ratio

CLIENTS = {"P": [0, 1, 2, 3], "Q": [4, 5]}
GROUPS = {k: f"region/{name}" for name, own in CLIENTS.items() for k in own}
STEPS = 2
FIRST = 0.4


def melding(mixings, ratios=None):
    """Return two regions that train a round and mix, again and again.

    ``ratios`` are those of each mixing and region, if the engine is not to find them.
    """
    plan = PlanBuilder()
    for region in CLIENTS:
        plan.mix(f"region/{region}", {"initial": 1.0}, (0.0, 0.0), 0)
    for number in range(1, mixings + 1):
        times_s = (float(number), float(number))
        for region in CLIENTS:
            kept = {f"region/{region}": 1.0}
            plan.mix(f"kept/{region}/{number - 1}", kept, times_s, number)
        for region, clients in CLIENTS.items():
            (other,) = set(CLIENTS) - {region}
            slot = f"region/{region}"
            plan.train(slot, clients, 3, times_s, number)
            ratio = FIRST if ratios is None else ratios[number - 1, region]
            weights = {slot: 1 - ratio, f"kept/{other}/{number - 1}": ratio}
            by = {}
            if ratios is None:
                weights[f"kept/{region}/{number - 1}"] = 0.0
                by = {"judges": clients, "steps": STEPS}
            plan.mix(slot, weights, times_s, number, 1, **by)
            plan.evaluate(slot, float(number), number)
    return plan.build().ops


def task(**changes):
    """Return clients of unlike sizes; Q has more of the second class than P."""
    own = images(SOFTMAX, groups=GROUPS)
    by_class = torch.argsort(own.train_y + torch.arange(150) % 3, stable=True).numpy()
    cuts = np.split(by_class, [40, 60, 75, 100, 140])
    slow = changed(batch_size=8, learning_rate=0.005)
    values = {"samples": dict(enumerate(cuts)), "training": slow}
    return replace(own, **values | changes)


def loss(model, work, region, number):
    """Return the loss of softmax regression on what is judged, by definition."""
    total, size = 0.0, 0
    for client in CLIENTS[region]:
        rows = drawn(work, client, number, STEPS).ravel()
        x = work.train_x[rows].double().numpy().reshape(len(rows), -1)
        weight, bias = (model[n].astype(float) for n in ("head.weight", "head.bias"))
        logits = x @ (weight if len(weight) == x.shape[1] else weight.T) + bias.ravel()
        right = logits[np.arange(len(rows)), work.train_y[rows].numpy()]
        each = np.log(np.exp(logits).sum(1)) - right
        own = len(work.samples[client])
        total, size = total + own * each.mean(), size + own
    return total / size


def end_of(ops, region, work):
    """Return the model of a region after all operations."""
    own = ops["target"] == f"region/{region}"
    return final_model(ops[own | (ops["op"] != "evaluate")], work)


def after(mixings, work, ratios):
    """Return the models of both regions after some mixings with known ratios."""
    if mixings == 0:
        initial = {name: p.numpy() for name, p in work.initial().items()}
        return dict.fromkeys(CLIENTS, initial)
    ops = melding(mixings, ratios)
    return {region: end_of(ops, region, work) for region in CLIENTS}


def test_ratios_are_those_of_the_losses_of_three_models():
    """Five mixings, one by one, with the ratios worked out beside the engine."""
    work = task()
    ratios: dict = {}
    seen: dict = {region: [] for region in CLIENTS}
    for number in range(1, 6):
        models = after(number - 1, work, ratios)
        for region in CLIENTS:
            (other,) = set(CLIENTS) - {region}
            own, carried = models[region], models[other]
            middle = {name: (own[name] + carried[name]) / 2 for name in own}
            three = [loss(m, work, region, number) for m in (own, carried, middle)]
            used = [ratios[n, region] for n in range(number - 1)]
            seen[region].append(Losses(*three))
            ratios[number - 1, region] = next_ratio(seen[region], used, FIRST, 2)
    chosen = np.array([ratios[n, region] for n in range(5) for region in CLIENTS])
    assert (chosen[:4] == FIRST).all() and len(set(chosen[4:])) > 2
    for region, expected in after(5, work, ratios).items():
        found = end_of(melding(5), region, work)
        for name in expected:
            np.testing.assert_allclose(
                found[name], expected[name], rtol=1e-3, atol=1e-5
            )


def test_regions_with_the_same_single_sample_mix_as_little_as_they_may():
    """All clients learn the same: being apart costs nothing."""
    same = task(samples=dict.fromkeys(range(6), np.array([7])))
    least = {(n, r): FIRST if n < 2 else LEAST for n in range(5) for r in CLIENTS}
    expected = end_of(melding(5, least), "P", same)
    for name, value in end_of(melding(5), "P", same).items():
        np.testing.assert_allclose(value, expected[name], rtol=1e-5, atol=1e-7)


def grouped(tasks):
    return [replace(one, groups=GROUPS) for one in tasks]


@pytest.mark.parametrize("model", [SOFTMAX, MLP])
def test_seeds_together_have_the_bits_of_each_alone(model):
    ops, tasks = melding(6), grouped(of_seeds(model))
    for own, found in zip(tasks, run_seeds(ops, tasks), strict=True):
        pd.testing.assert_frame_equal(found, run_plan(ops, own), check_exact=True)


@pytest.mark.parametrize("stop", [5, 12, 19, 25])
def test_a_stopped_run_goes_on_with_what_regions_have_seen(stop, tmp_path):
    ops, tasks = melding(6), grouped(of_seeds(MLP))
    checkpoint = Checkpoint(tmp_path / "state.pt", 2, "this run")
    with pytest.raises(Stopped):
        run_seeds(ops, tasks, checkpoint=checkpoint, progress=StopAfter(stop))
    resumed = run_seeds(ops, tasks, checkpoint=checkpoint)
    for own, found in zip(run_seeds(ops, tasks), resumed, strict=True):
        pd.testing.assert_frame_equal(found, own, check_exact=True)


def test_the_first_two_mixings_are_those_with_the_given_ratio_to_the_bit():
    work = images(MLP, groups=GROUPS)
    fixed = melding(2, {(n, region): FIRST for n in range(2) for region in CLIENTS})
    found, expected = final_model(melding(2), work), final_model(fixed, work)
    for name in found:
        np.testing.assert_array_equal(found[name], expected[name])
