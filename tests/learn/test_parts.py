"""Parts of models, of clients and of test samples, and models to start from."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from tests.learn.tasks import (
    CNN,
    MLP,
    START_A,
    START_B,
    StopAfter,
    Stopped,
    Watching,
    final_model,
    images,
    plan,
    task,
)
from tests.learn.test_engine import (
    ZERO,
    assert_same,
    failure,
    start_of,
    trained_by_hand,
    weighted,
)

from fedorbit.learn.run import blocks, devices, engine
from fedorbit.learn.run.checkpoint import Checkpoint
from fedorbit.learn.run.engine import run_plan
from fedorbit.learn.run.task import Task
from fedorbit.plans.plan import PlanBuilder


def test_the_record_has_the_kind_of_each_models_group():
    ops = plan(
        ("mix", "region/P", {"initial": 1.0}),
        ("mix", "orbit/3", {"initial": 1.0}),
        ("train", "region/P", [0, 1], 1),
        ("mix", "average", {"region/P": 0.5, "orbit/3": 0.5}),
        ("evaluate", "region/P"),
        ("evaluate", "orbit/3"),
        ("evaluate", "average"),
    )
    record = run_plan(ops, task())
    assert list(record.columns) == (
        ["round", "time_s", "model", "group", "part", "accuracy", "loss", "answers"]
    )
    assert record["group"].tolist() == ["region", "orbit", "average"]
    assert record["part"].tolist() == ["test"] * 3


# Test samples 0 and 1 are of class 0, samples 2 and 3 of class 1.
PARTS = {
    "test_parts": {"first": torch.tensor([0, 1]), "mixed": torch.tensor([1, 3])},
    "interim_tests": {
        "test": torch.arange(4),
        "first": torch.tensor([0]),
        "mixed": torch.tensor([1]),
    },
}


def run_untaught(ops: pd.DataFrame, work: Task) -> pd.DataFrame:
    """Return the record of a run that may end with nothing learned."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "check_learned", lambda *_: None)
        return run_plan(ops, work)


def on_part(ops: pd.DataFrame, row: int, part: str) -> pd.DataFrame:
    changed_ops = ops.copy()
    changed_ops.loc[row, "part"] = part
    return changed_ops


def test_an_evaluation_is_on_its_part_of_the_test_samples():
    """Bias alone calls everything class 0: all right, half right, half right."""
    constant = {"head.weight": torch.zeros(2, 3), "head.bias": torch.tensor([1.0, 0])}
    ops = plan(START_A, *[("evaluate", "A")] * 3, ("train", "A", [0], 1))
    ops = on_part(on_part(ops, 1, "first"), 2, "mixed")
    record = run_untaught(ops, task(first_model=constant, **PARTS))
    assert record["part"].tolist() == ["first", "mixed", "test"]
    assert record["accuracy"].tolist() == [1.0, 0.5, 0.5]


def test_only_the_last_evaluation_on_a_part_is_on_all_of_it():
    ops = plan(START_A, *[("evaluate", "A")] * 4, ("train", "A", [0], 1))
    ops = on_part(on_part(ops, 1, "mixed"), 3, "mixed")
    constant = {"head.weight": torch.zeros(2, 3), "head.bias": torch.tensor([1.0, 0])}
    interim = PARTS["interim_tests"] | {"test": torch.tensor([0])}
    work = task(first_model=constant, **PARTS | {"interim_tests": interim})
    record = run_untaught(ops, work)
    assert record["part"].tolist() == ["mixed", "test", "mixed", "test"]
    # Sample 1, sample 0, samples 1 and 3, and all four.
    assert record["accuracy"].tolist() == [1.0, 1.0, 0.5, 0.5]


def test_a_part_that_the_task_lacks_is_an_error():
    ops = on_part(plan(START_A, ("evaluate", "A")), 1, "rare")
    assert "test part 'rare', but the parts are test" in failure(ops, task())


def test_a_run_starts_from_the_model_that_it_is_given():
    work = task()
    given = {
        "head.weight": torch.tensor([[1.0, 0, 0], [0, 1, 0]]),
        "head.bias": torch.tensor([0.5, -0.5]),
    }
    ops = plan(START_A, ("train", "A", [0], 1), ("evaluate", "A"))
    start = {name: p.numpy() for name, p in given.items()}
    expected = trained_by_hand(start, work, 0, 1)
    assert_same(final_model(ops, task(first_model=given)), expected)
    # Nothing was written into the model that was given.
    assert given["head.bias"].tolist() == [0.5, -0.5]


class Halves(Watching):
    """A network whose parts are not told by the names of parameters."""

    def scopes(self):
        return {"adapter": ["hidden.bias", "head.bias"], "rest": ["head.weight"]}


def test_the_network_tells_which_parameters_a_scope_is():
    """All parameters of B but one go over to A, by parts that cross the layers."""
    work = replace(task(MLP), network=Halves(task(MLP).network))
    builder = PlanBuilder()
    builder.mix("A", {"initial": 1.0}, (0.0, 1.0), 0)
    builder.mix("B", {"initial": 1.0}, (0.0, 1.0), 0)
    builder.train("B", [0], 3, (1.0, 2.0), 1)
    scope = ("adapter", "rest")
    builder.mix("A", {"B": 1.0}, (2.0, 3.0), 1, scope=scope)
    builder.evaluate("A", 3.0, 1)
    builder.evaluate("B", 3.0, 1)
    run_plan(builder.build().ops, work)
    other, mixed = work.network.seen  # B is ready first
    before = start_of(work)
    for name in ("hidden.bias", "head.bias", "head.weight"):
        np.testing.assert_array_equal(mixed[name], other[name])
        assert np.abs(mixed[name] - before[name]).max() > 0
    np.testing.assert_array_equal(mixed["hidden.weight"], before["hidden.weight"])
    assert np.abs(other["hidden.weight"] - before["hidden.weight"]).max() > 0


class Keeping(Watching):
    """A network that keeps the very tensors of the models that are scored."""

    def score(self, params, x, y):
        self.seen.append(dict(params))
        return self.network.score(params, x, y)


def test_what_is_out_of_scope_is_the_same_tensor_in_all_models():
    work = replace(task(MLP), network=Keeping(task(MLP).network))
    start = [START_A, START_B]
    ops = plan(
        *start,
        ("train", "A", [0, 1], 1),
        ("train", "B", [1], 1),
        ("mix", "A", {"A": 0.5, "B": 0.5}),
        *[("evaluate", slot) for slot in "AB"],
        scopes={row: "head" for row in (2, 3, 4)},
    )
    run_plan(ops, work)
    a, b = work.network.seen
    for name in ("hidden.weight", "hidden.bias"):
        assert a[name] is b[name]
    assert not torch.equal(a["head.weight"], b["head.weight"])


def test_a_mix_of_a_part_of_the_clients_is_that_by_hand():
    """Three devices hold models of their own; the mean of two of them is taken."""
    work = task(
        samples={0: np.array([0, 1, 2]), 1: np.array([3, 4]), 2: np.array([0, 4])},
        groups=dict.fromkeys(range(3), "cluster/0"),
    )
    own = [f"client/{client}" for client in range(3)]
    ops = plan(
        *[("mix", slot, {"initial": 1.0}) for slot in own],
        *[("train", slot, [client], 1) for client, slot in enumerate(own)],
        ("mix", "cluster/0", {own[1]: 0.25, own[2]: 0.75}),
        ("train", own[0], [0], 2),
        ("evaluate", "cluster/0"),
    )
    expected = weighted(
        (0.25, trained_by_hand(ZERO, work, 1, 1)),
        (0.75, trained_by_hand(ZERO, work, 2, 1)),
    )
    assert_same(final_model(ops, work), expected)


class Measuring(Watching):
    """A network that keeps the shapes and the memory of what trains."""

    def step(self, params, x, y, names, rates):
        self.seen.append(
            {
                name: (p.shape[0], p.untyped_storage().nbytes() // p.element_size())
                for name, p in params.items()
            }
        )
        self.network.step(params, x, y, names, rates)


@pytest.mark.parametrize("slots", ["A", "AB"])
def test_frozen_parameters_are_not_stacked(slots):
    """Six clients train the head: six copies of it, and one of the hidden layer.

    The hidden layer has 64 x 16 weights, the head 16 x 2. Clients of two slots train
    together, since both have the very same hidden layer.
    """
    work = replace(images(MLP), network=Measuring(images(MLP).network))
    clients = np.array_split(np.arange(6), len(slots))
    ops = plan(
        *[("mix", slot, {"initial": 1.0}) for slot in slots],
        *[("train", s, own.tolist(), 1) for s, own in zip(slots, clients, strict=True)],
        ("evaluate", "A"),
        scopes=dict.fromkeys(range(len(slots), 2 * len(slots)), "head"),
    )
    run_plan(ops, work)
    steps = [seen for seen in work.network.seen if isinstance(seen["head.bias"], tuple)]
    assert len(steps) == 3
    for seen in steps:
        assert seen["hidden.weight"] == (6, 16 * 64)
        assert seen["hidden.bias"] == (6, 16)
        assert seen["head.weight"] == (6, 6 * 2 * 16)
        assert seen["head.bias"] == (6, 6 * 2)


def test_clients_with_other_frozen_parameters_train_apart():
    work = replace(images(MLP), network=Measuring(images(MLP).network))
    ops = plan(
        START_A,
        START_B,
        ("train", "B", [5], 1),
        ("train", "A", [0, 1, 2], 2),
        ("train", "B", [3, 4], 2),
        ("evaluate", "A"),
        scopes={3: "head", 4: "head"},
    )
    run_plan(ops, work)
    steps = [seen for seen in work.network.seen if isinstance(seen["head.bias"], tuple)]
    assert {seen["hidden.weight"] for seen in steps} == {
        (1, 16 * 64),  # the training of all of B
        (3, 16 * 64),
        (2, 16 * 64),
    }


def test_only_what_learns_counts_for_how_many_train_at_once(monkeypatch):
    """1 KiB holds seven heads of 34 numbers, and no whole model of 1,074."""
    monkeypatch.setitem(blocks.STACK_BYTES, "cpu", 1024)
    work = images(MLP)
    first = work.initial()
    heads = {name: p for name, p in first.items() if name.startswith("head.")}
    cpu = torch.device("cpu")
    assert devices.copies_at_once(work, heads, "stacked", cpu) == 7
    assert devices.copies_at_once(work, first, "stacked", cpu) == 1
    assert devices.copies_at_once(work, heads, "looped", cpu) == 1


@pytest.mark.parametrize("stop", [2, 4, 6])
def test_a_run_with_frozen_parts_goes_on_to_the_same_bits(stop, tmp_path):
    rounds = [
        ("train", slot, [3 * n, 3 * n + 1, 3 * n + 2], number)
        for number in (1, 2, 3)
        for n, slot in enumerate("AB")
    ]
    ops = plan(
        START_A,
        START_B,
        *rounds,
        *[("evaluate", slot) for slot in "AB"],
        scopes=dict.fromkeys(range(2, 8), "head"),
    )
    checkpoint = Checkpoint(tmp_path / "state.pt", 1, "this run")
    with pytest.raises(Stopped):
        run_plan(ops, images(MLP), checkpoint=checkpoint, progress=StopAfter(stop))
    record = run_plan(ops, images(MLP), checkpoint=checkpoint)
    whole = run_plan(ops, images(MLP))
    pd.testing.assert_frame_equal(record, whole, check_exact=True)


@pytest.mark.parametrize("kernel", ["stacked", "looped"])
@pytest.mark.parametrize("model", [MLP, CNN], ids=lambda m: m.name)
def test_both_kernels_train_a_part_the_same(kernel, model):
    """The head learns what it would from the features of the frozen rest."""
    ops = plan(
        START_A, ("train", "A", [0, 1], 1), ("evaluate", "A"), scopes={1: "head"}
    )
    work = images(model)
    found = final_model(ops, work, kernel=kernel)
    expected = final_model(ops, work, kernel="looped")
    start = {name: p.numpy() for name, p in work.initial().items()}
    for name in found:
        if name.startswith("head."):
            np.testing.assert_allclose(found[name], expected[name], atol=1e-6)
            assert np.abs(found[name] - start[name]).max() > 1e-3
        else:
            np.testing.assert_array_equal(found[name], start[name])
