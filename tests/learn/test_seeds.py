"""Seeds that train together have the records of each alone, to the bit."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from tests.learn.tasks import (
    MLP,
    SOFTMAX,
    START_A,
    START_B,
    StopAfter,
    Stopped,
    changed,
    images,
    plan,
)

from fedorbit.learn.model import parse_model
from fedorbit.learn.run import blocks
from fedorbit.learn.run.checkpoint import Checkpoint
from fedorbit.learn.run.devices import together
from fedorbit.learn.run.engine import run_plan, run_seeds
from fedorbit.learn.run.task import Tasks

SIZES = {"hidden": 12, "experts": 4, "width": 5, "active": 2, "routing": "masked"}
EXPERTS = parse_model({"name": "experts"} | SIZES)
SEEDS = range(3)
FOUR = [0, 1, 2, 3]


def of_seeds(model, **changes) -> list:
    """Return tasks whose clients hold other samples, and others in number."""
    tasks = [images(model, **changes)]
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        cuts = np.sort(rng.choice(np.arange(1, 150), 5, replace=False))
        split = np.split(rng.permutation(150), cuts)
        parts = {"night": torch.arange(7 + seed, 30), "test": torch.arange(seed, 20)}
        own = replace(
            tasks[0],
            seed=seed,
            samples=dict(enumerate(split)),
            interim_tests=parts,
            test_parts={"night": parts["night"]},
        )
        tasks.append(own)
    return tasks[1:]


def exchanged(one: str, other: str) -> pd.DataFrame:
    """Return two slots that train by scopes and proximally, and mix, all tested."""
    rounds = []
    for number in (1, 2, 3):
        rounds += [
            ("train", "A", FOUR, number),
            ("train", "B", [4, 5], number),
            ("mix", "A", {"A": 0.25, "B": 0.75}),
            ("evaluate", "A"),
            ("evaluate", "B"),
        ]
    ops = plan(START_A, START_B, *rounds, local_steps=4)
    for row in ops.index[ops["op"] != "evaluate"][2:]:
        ops.at[row, "scope"] = [one if ops.at[row, "target"] == "A" else other]
    ops.loc[7:, "proximal"] = 0.3
    ops.loc[(ops["op"] == "evaluate") & (ops["target"] == "B"), "part"] = "night"
    return ops


CASES = {
    "softmax": (SOFTMAX, "all", "all"),
    "mlp": (MLP, "all", "all"),
    "head": (MLP, "head", "all"),
    "experts": (EXPERTS, "expert/0", "expert/3"),
    "whole mixture": (EXPERTS, "all", "gate"),
}


@pytest.mark.parametrize("case", CASES)
def test_seeds_together_have_the_bits_of_each_alone(case):
    model, *scopes = CASES[case]
    ops, tasks = exchanged(*scopes), of_seeds(model)
    alone = [run_plan(ops, task) for task in tasks]
    for own, found in zip(alone, run_seeds(ops, tasks), strict=True):
        pd.testing.assert_frame_equal(found, own, check_exact=True)
    assert alone[0]["loss"].iloc[-1] != alone[1]["loss"].iloc[-1]


@pytest.mark.parametrize("copies", [1, 3, 5, 100])
def test_how_many_train_at_once_does_not_part_seeds_from_one_alone(copies, monkeypatch):
    """Three copies cut the four clients of A; five hold one seed and a part of B."""
    monkeypatch.setattr("fedorbit.learn.run.devices.stack_size", lambda *_: copies)
    training = changed(batch_size=8, momentum=0.5, weight_decay=0.01)
    ops, tasks = exchanged("all", "all"), of_seeds(MLP, training=training)
    alone = [run_plan(ops, task) for task in tasks]
    for own, found in zip(alone, run_seeds(ops, tasks), strict=True):
        pd.testing.assert_frame_equal(found, own, check_exact=True)


def test_augmented_seeds_have_the_bits_of_each_alone():
    training = changed(batch_size=8, augmentation="shift_flip")
    cnn = parse_model({"name": "cnn"})
    ops, tasks = exchanged("all", "all"), of_seeds(cnn, training=training)
    alone = [run_plan(ops, task) for task in tasks]
    for own, found in zip(alone, run_seeds(ops, tasks), strict=True):
        pd.testing.assert_frame_equal(found, own, check_exact=True)


@pytest.mark.parametrize("stop", range(1, 12))
def test_seeds_that_are_stopped_go_on_to_the_same_records(stop, tmp_path):
    ops, tasks = exchanged("all", "head"), of_seeds(MLP)
    checkpoint = Checkpoint(tmp_path / "state.pt", 2, "this run")
    with pytest.raises(Stopped):
        run_seeds(ops, tasks, checkpoint=checkpoint, progress=StopAfter(stop))
    resumed = run_seeds(ops, tasks, checkpoint=checkpoint)
    for own, found in zip(run_seeds(ops, tasks), resumed, strict=True):
        pd.testing.assert_frame_equal(found, own, check_exact=True)


def test_small_models_run_together_and_convolutions_in_turn():
    tasks = of_seeds(MLP)
    assert together(tasks, "cpu") == [tasks]
    tasks = of_seeds(parse_model({"name": "cnn"}))
    assert together(tasks, "cpu") == [[task] for task in tasks]


def test_no_more_seeds_run_together_than_fit(monkeypatch):
    """8 KiB hold one model of 64 * 16 + 16 + 16 * 2 + 2 numbers, and not two."""
    monkeypatch.setitem(blocks.STACK_BYTES, "cpu", 8192)
    assert [len(group) for group in together(of_seeds(MLP), "cpu")] == [1, 1, 1]
    monkeypatch.setitem(blocks.STACK_BYTES, "cpu", 2 * 8192)
    assert [len(group) for group in together(of_seeds(MLP), "cpu")] == [3]


def test_tasks_of_other_samples_do_not_run_together():
    with pytest.raises(ValueError, match="do not share one train_x"):
        Tasks([images(MLP), images(MLP)])
