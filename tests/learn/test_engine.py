import numpy as np
import pandas as pd
import pytest
import torch
from tests.learn.tasks import (
    MLP,
    SOFTMAX,
    START_A,
    START_B,
    TRAIN_X,
    TRAIN_Y,
    TRAINING,
    changed,
    drawn,
    final_model,
    plan,
    task,
)

from fedorbit.base.errors import RunError
from fedorbit.learn.run import scoring
from fedorbit.learn.run.engine import RECORD, run_plan
from fedorbit.learn.run.scoring import evaluate
from fedorbit.learn.run.task import Task, Tasks

ONE_IN_A_MILLION = 1e-6


def trained_by_hand(start: dict, work: Task, client: int, number: int) -> dict:
    """Return softmax regression after a client's round, by its analytic gradient."""
    weight, bias = start["head.weight"].copy(), start["head.bias"].copy()
    x, y = np.array(TRAIN_X), np.array(TRAIN_Y)
    # The step size of round n is 0.5 / (1 + (n - 1) / 4).
    rate = 0.5 / (1 + (number - 1) / 4)
    for batch in drawn(work, client, number, TRAINING.local_steps):
        logits = x[batch] @ weight.T + bias
        chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        error = (chances - np.eye(2)[y[batch]]) / len(batch)
        weight -= rate * error.T @ x[batch]
        bias -= rate * error.sum(axis=0)
    return {"head.weight": weight, "head.bias": bias}


def weighted(*terms: tuple[float, dict]) -> dict:
    return {name: sum(w * model[name] for w, model in terms) for name in terms[0][1]}


def assert_same(found: dict, expected: dict, tolerance: float = ONE_IN_A_MILLION):
    assert found.keys() == expected.keys()
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], rtol=0, atol=tolerance)


ZERO = {"head.weight": np.zeros((2, 3)), "head.bias": np.zeros(2)}


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
    params = work.network.init(work.seed)
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


def test_accuracy_and_loss_are_those_by_hand():
    # Logits are the features: right, right, wrong and right by a margin of 2 each. The
    # cross-entropy is ln(1 + e^-2) = 0.126928 if right, ln(1 + e^2) = 2.126928 if
    # wrong, and (3 * 0.126928 + 2.126928) / 4 = 0.626928.
    work = task(
        test_x=torch.tensor([[2.0, 0.0], [0.0, 2.0], [0.0, 2.0], [2.0, 0.0]]),
        test_y=torch.tensor([0, 1, 0, 0]),
    )
    model = {"head.weight": torch.eye(2), "head.bias": torch.zeros(2)}
    stacked = {name: p.unsqueeze(0) for name, p in model.items()}
    (score,) = evaluate(Tasks([work]), stacked, [None])
    assert score.accuracy == 0.75
    assert score.loss == pytest.approx(0.626928, abs=ONE_IN_A_MILLION)


@pytest.mark.parametrize(("known", "tested"), [(scoring.KNOWN, 2), (0, 5)])
def test_a_model_that_is_as_it_was_is_not_tested_again(monkeypatch, known, tested):
    ops = plan(
        START_A,
        ("train", "A", [0, 1], 1),
        ("mix", "copy", {"A": 1.0}),
        ("evaluate", "A"),
        ("evaluate", "copy"),
        ("train", "A", [0, 1], 2),
        ("evaluate", "copy"),
        ("evaluate", "A"),
        ("mix", "copy", {"A": 1.0}),
        ("evaluate", "copy"),
    )
    seen = []
    monkeypatch.setattr(scoring, "KNOWN", known)
    monkeypatch.setattr(
        scoring, "evaluate", lambda *args: seen.append(args) or evaluate(*args)
    )
    record = run_plan(ops, task())
    assert len(seen) == tested
    first, then = record["loss"][0], record["loss"][3]
    assert first != then
    assert record["loss"].tolist() == [first, first, first, then, then]


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
    # A's first is not its last; B calls all four the class 0, which two are.
    assert record["answers"].tolist() == ["", "1100", "1111"]


def test_a_run_repeats_for_a_seed_and_differs_between_seeds():
    ops = plan(START_A, ("train", "A", [0, 1], 1), ("evaluate", "A"))
    first, second = run_plan(ops, task(MLP)), run_plan(ops, task(MLP))
    pd.testing.assert_frame_equal(first, second, check_exact=True)
    assert run_plan(ops, task(MLP, seed=1))["loss"][0] != first["loss"][0]


def failure(ops: pd.DataFrame, work: Task) -> str:
    with pytest.raises(RunError) as caught:
        run_plan(ops, work)
    sentence = str(caught.value)
    assert "\n" not in sentence and sentence.endswith(".")
    return sentence


def test_a_model_that_is_not_finite_is_an_error():
    endless = changed().model_copy(update={"learning_rate": 1e39})
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


def test_ending_at_chance_after_many_rounds_is_an_error():
    ops = plan(START_A, ("train", "A", [0, 1], 1), ("evaluate", "A"))
    sentence = failure(ops.assign(round=11), task(**ALL_OF_CLASS_0))
    assert "0.500" in sentence
    assert "after 11 rounds; mend training" in sentence


def test_ending_at_chance_after_few_rounds_is_a_result():
    ops = plan(START_A, ("train", "A", [0, 1], 1), ("evaluate", "A"))
    record = run_plan(ops.assign(round=10), task(**ALL_OF_CLASS_0))
    assert list(record["accuracy"]) == [0.5]


def test_chance_is_the_share_of_the_most_frequent_class():
    # Always class 0 is right for three of four, which is no learning either.
    ops = plan(START_A, ("train", "A", [0, 1], 1), ("evaluate", "A"))
    work = task(test_y=torch.tensor([0, 0, 0, 1]), **ALL_OF_CLASS_0)
    assert "0.750" in failure(ops.assign(round=11), work)


def test_a_client_without_samples_is_an_error():
    ops = plan(START_A, ("train", "A", [0, 7], 1), ("evaluate", "A"))
    sentence = failure(ops, task())
    assert "client 7" in sentence and "seed 0" in sentence


def test_a_loss_that_is_not_finite_is_an_error():
    features = torch.full((4, 3), 3e38)
    ops = plan(START_A, ("train", "A", [0, 1], 1), ("evaluate", "A"))
    assert "the loss of A is not finite" in failure(ops, task(test_x=features))


def test_a_client_of_another_region_is_an_error():
    ops = plan(
        ("mix", "region/Q", {"initial": 1.0}),
        ("train", "region/Q", [0, 1], 1),
        ("evaluate", "region/Q"),
    )
    sentence = failure(ops, task(groups={0: "region/Q", 1: "region/P"}))
    assert "client 1 trains for Q in the plan, but" in sentence and "in P" in sentence
    run_plan(ops, task(groups={0: "region/Q", 1: "region/Q"}))


def test_a_scope_that_the_model_lacks_is_an_error():
    ops = plan(
        START_A, ("train", "A", [0], 1), ("evaluate", "A"), scopes={1: "expert/3"}
    )
    assert "'expert/3'" in failure(ops, task())
