from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fedorbit.data.datasets import Dataset
from fedorbit.errors import RunError
from fedorbit.learn.engine import (
    RECORD,
    Task,
    draw_batches,
    evaluate,
    learning_rate,
    levels,
    make_task,
    run_plan,
)
from fedorbit.learn.models import Network, build_network
from fedorbit.learn.settings import Model, Training
from fedorbit.plans.plan import PlanBuilder

ONE_IN_A_MILLION = 1e-6
SOFTMAX = Model(name="softmax", hidden=0)
MLP = Model(name="mlp", hidden=16)
TRAINING = Training(local_steps=3, batch_size=2, learning_rate=0.5, decay_rounds=4)

# Client 0 has three samples, client 1 has two; the classes differ in the sign of the
# first feature, so that one round is enough to tell them apart.
TRAIN_X = [
    [1.0, 0.5, 0.2],
    [0.9, -0.3, 0.1],
    [-1.1, 0.4, 0.3],
    [-0.8, 0, 1],
    [1.2, 1, 0],
]
TRAIN_Y = [0, 0, 1, 1, 0]
TEST_X = [[1.0, 0, 0], [2.0, 0.1, 0], [-1.0, 0, 0], [-2.0, 0, 0.1]]
TEST_Y = [0, 0, 1, 1]
SAMPLES = {0: np.array([0, 1, 2]), 1: np.array([3, 4])}


def task(model: Model = SOFTMAX, seed: int = 0, **changes) -> Task:
    values = {
        "train_x": torch.tensor(TRAIN_X),
        "train_y": torch.tensor(TRAIN_Y),
        "test_x": torch.tensor(TEST_X),
        "test_y": torch.tensor(TEST_Y),
        "samples": SAMPLES,
        "network": build_network(model, features=3, classes=2),
        "training": TRAINING,
        "seed": seed,
    }
    return Task(**values | changes)


def plan(*steps: tuple, scopes: dict | None = None) -> pd.DataFrame:
    """Return operations that take a second each, one after the other."""
    builder = PlanBuilder()
    for second, (kind, *what) in enumerate(steps):
        times_s = (float(second), float(second + 1))
        if kind == "train":
            slot, clients, number = what
            builder.train(slot, clients, TRAINING.local_steps, times_s, number)
        elif kind == "mix":
            builder.mix(*what, times_s, 0)
        else:
            builder.evaluate(*what, times_s[1], 0)
    ops = builder.build().ops
    for row, scope in (scopes or {}).items():
        ops.loc[row, "scope"] = scope
    return ops


def final_model(ops: pd.DataFrame, work: Task) -> dict[str, np.ndarray]:
    """Return the parameters of the model that a plan evaluates last."""
    seen = []

    def logits(params, x):
        if x is work.test_x:
            seen.append({name: p.numpy().copy() for name, p in params.items()})
        return work.network.logits(params, x)

    run_plan(ops, replace(work, network=Network(work.network.init, logits)))
    return seen[-1]


def trained_by_hand(start: dict, work: Task, client: int, number: int) -> dict:
    """Return softmax regression after a client's round, by its analytic gradient."""
    weight, bias = start["head.weight"].copy(), start["head.bias"].copy()
    x, y = np.array(TRAIN_X), np.array(TRAIN_Y)
    # The step size of round n is 0.5 / (1 + (n - 1) / 4).
    rate = 0.5 / (1 + (number - 1) / 4)
    for batch in draw_batches(work, client, number, TRAINING.local_steps):
        logits = x[batch] @ weight + bias
        chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        error = (chances - np.eye(2)[y[batch]]) / len(batch)
        weight -= rate * x[batch].T @ error
        bias -= rate * error.sum(axis=0, keepdims=True)
    return {"head.weight": weight, "head.bias": bias}


def weighted(*terms: tuple[float, dict]) -> dict:
    return {name: sum(w * model[name] for w, model in terms) for name in terms[0][1]}


def assert_same(found: dict, expected: dict, tolerance: float = ONE_IN_A_MILLION):
    assert found.keys() == expected.keys()
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], rtol=0, atol=tolerance)


ZERO = {"head.weight": np.zeros((3, 2)), "head.bias": np.zeros((1, 2))}
START_A = ("mix", "A", {"initial": 1.0})
START_B = ("mix", "B", {"initial": 1.0})


def test_federated_averaging_is_that_by_hand():
    work = task()
    ops = plan(START_A, ("train", "A", [0, 1], 1), ("evaluate", "A"))
    # Client 0 holds 3 of 5 samples, client 1 holds 2.
    expected = weighted(
        (0.6, trained_by_hand(ZERO, work, 0, 1)),
        (0.4, trained_by_hand(ZERO, work, 1, 1)),
    )
    assert_same(final_model(ops, work), expected)


def test_three_rounds_of_federated_averaging_are_those_by_hand():
    work = task()
    rounds = [("train", "A", [0, 1], number) for number in (1, 2, 3)]
    model = ZERO
    for number in (1, 2, 3):
        model = weighted(
            (0.6, trained_by_hand(model, work, 0, number)),
            (0.4, trained_by_hand(model, work, 1, number)),
        )
    assert_same(final_model(plan(START_A, *rounds, ("evaluate", "A")), work), model)


def test_a_mix_is_the_weighted_sum_of_its_sources():
    work = task()
    ops = plan(
        START_A,
        START_B,
        ("train", "A", [0], 1),
        ("train", "B", [1], 1),
        ("mix", "A", {"A": 0.25, "B": 0.75}),
        ("evaluate", "A"),
    )
    expected = weighted(
        (0.25, trained_by_hand(ZERO, work, 0, 1)),
        (0.75, trained_by_hand(ZERO, work, 1, 1)),
    )
    assert_same(final_model(ops, work), expected)


def test_a_copy_keeps_the_model_of_its_time():
    work = task()
    ops = plan(
        START_A,
        ("train", "A", [0], 1),
        ("mix", "copy", {"A": 1.0}),
        ("train", "A", [0], 2),
        ("evaluate", "copy"),
    )
    assert_same(final_model(ops, work), trained_by_hand(ZERO, work, 0, 1))


def start_of(work: Task) -> dict:
    params = work.network.init(torch.Generator().manual_seed(work.seed))
    return {name: p.numpy() for name, p in params.items()}


@pytest.mark.parametrize("clients", [[0], [0, 1]])
@pytest.mark.parametrize(("part", "rest"), [("head", "hidden"), ("hidden", "head")])
def test_training_of_one_part_leaves_the_other_as_it_was(part, rest, clients):
    work = task(MLP)
    rounds = [("train", "A", clients, number) for number in range(1, 11)]
    scopes = {row: part for row in range(1, 11)}
    ops = plan(START_A, *rounds, ("evaluate", "A"), scopes=scopes)
    before, after = start_of(work), final_model(ops, work)
    for name in (f"{rest}.weight", f"{rest}.bias"):
        np.testing.assert_array_equal(after[name], before[name])
    assert np.abs(after[f"{part}.weight"] - before[f"{part}.weight"]).max() > 0.01


def test_a_mix_of_one_part_leaves_the_other_as_it_was():
    work = task(MLP)
    start = [START_A, START_B]
    start += [("train", "A", [0, 1], number) for number in range(1, 7)]
    start += [("train", "B", [1, 0], number) for number in range(11, 18)]
    own = final_model(plan(*start, ("evaluate", "A")), work)
    other = final_model(plan(*start, ("evaluate", "A"), ("evaluate", "B")), work)
    mixed = final_model(
        plan(
            *start,
            ("mix", "A", {"A": 0.5, "B": 0.5}),
            ("evaluate", "A"),
            scopes={len(start): "head"},
        ),
        work,
    )
    halves = weighted((0.5, own), (0.5, other))
    for part in ("weight", "bias"):
        np.testing.assert_array_equal(mixed[f"hidden.{part}"], own[f"hidden.{part}"])
        np.testing.assert_allclose(
            mixed[f"head.{part}"], halves[f"head.{part}"], atol=ONE_IN_A_MILLION
        )
    assert np.abs(own["hidden.weight"] - other["hidden.weight"]).max() > 0.01


def test_levels_are_those_by_hand():
    ops = plan(
        START_A,  # 0: first, as the initial model is there
        START_B,  # 1: likewise
        ("train", "A", [0], 1),  # 2: after 0 wrote A
        ("mix", "kept", {"A": 1.0}),  # 3: after 2 wrote A
        ("train", "A", [0], 2),  # 4: after 3 read the A that it overwrites
        ("evaluate", "B"),  # 5: after 1 wrote B
        ("mix", "B", {"B": 0.5, "kept": 0.5}),  # 6: after 3 wrote kept and 5 read B
        ("evaluate", "A"),  # 7: after 4 wrote A
    )
    # Sorted by end, an evaluation ends at its second like the others.
    assert levels(ops) == [[0, 1], [2, 5], [3], [4, 6], [7]]


STEPS = st.one_of(
    st.tuples(st.just("train"), st.sampled_from("ABC")),
    st.tuples(st.just("evaluate"), st.sampled_from("ABC")),
    st.tuples(st.just("mix"), st.sampled_from("ABC"), st.sampled_from("ABC")),
)


@given(st.lists(STEPS, max_size=20))
def test_levels_keep_every_pair_of_dependent_operations_in_order(steps):
    rows = [("mix", slot, {"initial": 1.0}) for slot in "ABC"]
    for number, (kind, slot, *other) in enumerate(steps):
        if kind == "train":
            rows.append(("train", slot, [0], number))
        elif kind == "evaluate":
            rows.append(("evaluate", slot))
        else:
            rows.append(("mix", slot, {slot: 0.5, other[0]: 0.5}))
    ops = plan(*rows)
    level_of = {row: n for n, level in enumerate(levels(ops)) for row in level}
    assert sorted(level_of) == list(range(len(ops)))
    reads = [
        {op.target} if op.op == "evaluate" else set(op.sources)
        for op in ops.itertuples()
    ]
    writes = [set() if op.op == "evaluate" else {op.target} for op in ops.itertuples()]
    for late in range(len(ops)):
        for early in range(late):
            meets = reads[late] & writes[early] | writes[late] & (
                writes[early] | reads[early]
            )
            if meets:
                assert level_of[early] < level_of[late]


FOUR_SLOTS = [("mix", slot, {"initial": 1.0}) for slot in "ABCD"]
FOUR_TRAININGS = [
    ("train", "A", [0], 1),
    ("train", "B", [1], 1),
    ("train", "C", [0, 1], 2),
    ("train", "D", [1, 0], 3),
]
FOUR_MIXES = [("mix", "E", {"A": 0.5, "C": 0.5}), ("mix", "F", {"B": 0.25, "D": 0.75})]
SIX_EVALUATIONS = [("evaluate", slot) for slot in "ABCDEF"]


@pytest.mark.parametrize("model", [SOFTMAX, MLP])
def test_results_do_not_depend_on_the_order_of_independent_operations(model):
    blocks = [FOUR_SLOTS, FOUR_TRAININGS, FOUR_MIXES, SIX_EVALUATIONS]
    forwards = plan(*(step for block in blocks for step in block))
    backwards = plan(*(step for block in blocks for step in reversed(block)))
    in_turn = plan(
        *(
            step
            for pair in zip(FOUR_SLOTS, FOUR_TRAININGS, strict=True)
            for step in pair
        ),
        *FOUR_MIXES,
        *SIX_EVALUATIONS,
    )
    columns = ["accuracy", "loss"]
    first = run_plan(forwards, task(model)).set_index("model")[columns]
    for other in (backwards, in_turn):
        second = run_plan(other, task(model)).set_index("model")[columns]
        pd.testing.assert_frame_equal(
            second.loc[first.index], first, rtol=0, atol=ONE_IN_A_MILLION
        )


def test_a_client_draws_the_same_samples_of_a_round_in_any_plan():
    work = task()
    alone = plan(START_A, ("train", "A", [0], 5), ("evaluate", "A"))
    among_others = plan(
        START_B,
        ("train", "B", [1], 4),
        START_A,
        ("train", "B", [1], 5),
        ("train", "A", [0], 5),
        ("evaluate", "A"),
    )
    expected = trained_by_hand(ZERO, work, 0, 5)
    assert_same(final_model(alone, work), expected)
    assert_same(final_model(among_others, work), expected)


def test_batches_are_drawn_from_the_clients_own_samples():
    work = task(samples={0: np.arange(100, 140), 1: np.arange(40)})
    batches = draw_batches(work, 0, 1, 50)
    assert batches.shape == (50, TRAINING.batch_size)
    # A hundred draws of forty samples miss one with a chance of 0.08 and reach all
    # tens of them surely.
    assert set(batches.ravel()) <= set(range(100, 140))
    assert len(set(batches.ravel())) > 30


@given(
    st.tuples(st.integers(0, 9), st.integers(0, 1), st.integers(1, 99)),
    st.tuples(st.integers(0, 9), st.integers(0, 1), st.integers(1, 99)),
)
def test_draws_are_keyed_by_seed_client_and_round(one, other):
    samples = {0: np.arange(1000), 1: np.arange(1000)}

    def draws(seed, client, number):
        return draw_batches(task(seed=seed, samples=samples), client, number, 10)

    assert (draws(*one) == draws(*one)).all()
    assert (draws(*one) == draws(*other)).all() == (one == other)


def test_the_learning_rate_falls_as_by_hand():
    # 0.5 / (1 + (n - 1) / 4): 0.5 / 1, 0.5 / 1.25, 0.5 / 2, 0.5 / 3.
    for number, rate in {1: 0.5, 2: 0.4, 5: 0.25, 9: 0.5 / 3}.items():
        assert learning_rate(TRAINING, number) == pytest.approx(rate, rel=1e-12)


def test_accuracy_and_loss_are_those_by_hand():
    # Logits are the features: right, right, wrong and right by a margin of 2 each. The
    # cross-entropy is ln(1 + e^-2) = 0.126928 if right, ln(1 + e^2) = 2.126928 if
    # wrong, and (3 * 0.126928 + 2.126928) / 4 = 0.626928.
    work = task(
        test_x=torch.tensor([[2.0, 0.0], [0.0, 2.0], [0.0, 2.0], [2.0, 0.0]]),
        test_y=torch.tensor([0, 1, 0, 0]),
    )
    model = {"head.weight": torch.eye(2), "head.bias": torch.zeros(1, 2)}
    accuracy, loss = evaluate(work, model)
    assert accuracy == 0.75
    assert loss == pytest.approx(0.626928, abs=ONE_IN_A_MILLION)


def test_the_record_has_a_row_for_each_evaluation_in_the_order_of_the_plan():
    ops = plan(
        START_A,
        ("train", "A", [0, 1], 1),
        ("evaluate", "A"),
        START_B,
        ("evaluate", "B"),
        ("train", "A", [0, 1], 2),
        ("evaluate", "A"),
    )
    record = run_plan(ops, task())
    assert list(record.columns) == RECORD
    assert record["model"].tolist() == ["A", "B", "A"]
    assert record["time_s"].tolist() == [3.0, 5.0, 7.0]
    # The untrained softmax calls both classes equally likely: ln 2 = 0.693147.
    assert record["loss"][1] == pytest.approx(0.693147, abs=ONE_IN_A_MILLION)
    assert record["accuracy"].tolist() == [1.0, 0.5, 1.0]


def test_a_run_repeats_for_a_seed_and_differs_between_seeds():
    ops = plan(START_A, ("train", "A", [0, 1], 1), ("evaluate", "A"))
    first, second = run_plan(ops, task(MLP)), run_plan(ops, task(MLP))
    pd.testing.assert_frame_equal(first, second, check_exact=True)
    assert run_plan(ops, task(MLP, seed=1))["loss"][0] != first["loss"][0]


def test_a_task_holds_the_samples_of_its_own_seed():
    arrays = Dataset(
        np.array(TRAIN_X, dtype=np.float32),
        np.array(TRAIN_Y),
        np.array(TEST_X, dtype=np.float32),
        np.array(TEST_Y),
    )
    partition = pd.DataFrame(
        {
            "seed": [0, 0, 0, 1, 1, 1],
            "sample": [0, 1, 2, 2, 0, 4],
            "client": [0, 0, 1, 0, 1, 1],
        }
    )
    work = make_task(arrays, partition, build_network(SOFTMAX, 3, 2), TRAINING, 1)
    assert {c: list(own) for c, own in work.samples.items()} == {0: [2], 1: [0, 4]}
    assert work.train_y.tolist() == TRAIN_Y and work.test_y.tolist() == TEST_Y
    assert work.seed == 1


def failure(ops: pd.DataFrame, work: Task) -> str:
    with pytest.raises(RunError) as caught:
        run_plan(ops, work)
    sentence = str(caught.value)
    assert "\n" not in sentence and sentence.endswith(".")
    return sentence


def test_a_model_that_is_not_finite_is_an_error():
    endless = TRAINING.model_copy(update={"learning_rate": 1e39})
    ops = plan(START_A, ("train", "A", [0, 1], 1), ("evaluate", "A"))
    sentence = failure(ops, task(training=endless))
    assert "A is not finite" in sentence and "round 1" in sentence
    assert "lower training.learning_rate" in sentence


def test_a_feature_that_is_not_a_number_is_an_error():
    features = torch.tensor(TRAIN_X)
    features[2] = float("nan")
    ops = plan(
        START_A, ("train", "A", [0], 1), ("train", "A", [0], 2), ("evaluate", "A")
    )
    assert "not finite" in failure(ops, task(train_x=features))


# Nothing but the bias can be learned from this, so everything is called class 0.
ALL_OF_CLASS_0 = {
    "train_x": torch.zeros(5, 3),
    "train_y": torch.zeros(5, dtype=torch.int64),
}


def test_ending_at_chance_is_an_error():
    ops = plan(START_A, ("train", "A", [0, 1], 1), ("evaluate", "A"))
    sentence = failure(ops, task(**ALL_OF_CLASS_0))
    assert "0.500" in sentence
    assert "lengthen the scenario" in sentence


def test_chance_is_the_share_of_the_most_frequent_class():
    # Always class 0 is right for three of four, which is no learning either.
    ops = plan(START_A, ("train", "A", [0, 1], 1), ("evaluate", "A"))
    work = task(test_y=torch.tensor([0, 0, 0, 1]), **ALL_OF_CLASS_0)
    assert "0.750" in failure(ops, work)


def test_a_client_without_samples_is_an_error():
    ops = plan(START_A, ("train", "A", [0, 7], 1), ("evaluate", "A"))
    sentence = failure(ops, task())
    assert "client 7" in sentence and "seed 0" in sentence


def test_a_scope_that_the_model_lacks_is_an_error():
    ops = plan(
        START_A, ("train", "A", [0], 1), ("evaluate", "A"), scopes={1: "expert/3"}
    )
    assert "'expert/3'" in failure(ops, task())
