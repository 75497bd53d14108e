import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tests.learn.tasks import (
    CNN,
    SOFTMAX,
    TRAINING,
    changed,
    drawn,
    draws_of,
    images,
    task,
)

from fedorbit.base.errors import RunError, SettingsError
from fedorbit.data.datasets import Dataset
from fedorbit.learn.run.draws import augment
from fedorbit.learn.run.task import learning_rate, make_task
from fedorbit.learn.settings import Evaluation

EVALUATION = Evaluation(interval_rounds=1, samples=3)
PARTITION = pd.DataFrame(
    {
        "seed": [0, 0, 0, 1, 1, 1],
        "sample": [0, 1, 2, 2, 0, 4],
        "client": [0, 0, 1, 0, 1, 1],
        "region": ["P", "P", "Q", "P", "Q", "Q"],
    }
)


def bytes_of_images(count: int) -> np.ndarray:
    rng = np.random.default_rng(count)
    return rng.integers(256, size=(count, 2, 4, 4)).astype(np.uint8)


def dataset() -> Dataset:
    return Dataset(
        bytes_of_images(5), np.array([0, 1, 0, 1, 0]), bytes_of_images(4), np.arange(4)
    )


def test_a_task_holds_the_samples_of_its_own_seed():
    work = make_task(dataset(), PARTITION, SOFTMAX, TRAINING, EVALUATION, 1)
    assert {c: list(own) for c, own in work.samples.items()} == {0: [2], 1: [0, 4]}
    assert work.train_y.tolist() == [0, 1, 0, 1, 0]
    assert work.test_y.tolist() == [0, 1, 2, 3]
    assert work.seed == 1


def test_models_without_convolutions_get_flat_samples():
    work = make_task(dataset(), PARTITION, SOFTMAX, TRAINING, EVALUATION, 0)
    assert work.train_x.shape == (5, 32) and work.test_x.shape == (4, 32)


def test_the_watched_samples_are_as_many_as_asked_and_those_of_the_seed():
    def watched(seed: int, samples: int) -> list[int]:
        evaluation = Evaluation(interval_rounds=1, samples=samples)
        return (
            make_task(dataset(), PARTITION, SOFTMAX, TRAINING, evaluation, seed)
            .interim_tests["test"]
            .tolist()
        )

    assert len(watched(0, 3)) == 3 and watched(0, 3) == watched(0, 3)
    assert watched(0, 100) == [0, 1, 2, 3]


def test_a_partition_without_the_seed_is_an_error():
    with pytest.raises(RunError, match="no samples for seed 7; make it anew"):
        make_task(dataset(), PARTITION, SOFTMAX, TRAINING, EVALUATION, 7)


@pytest.mark.parametrize("sample", [5, -1])
def test_a_partition_of_another_dataset_is_an_error(sample):
    other = PARTITION.replace({"sample": {4: sample}})
    with pytest.raises(RunError, match=f"sample {sample} of a dataset of 5; make both"):
        make_task(dataset(), other, SOFTMAX, TRAINING, EVALUATION, 1)


@pytest.mark.parametrize("model", [SOFTMAX, CNN], ids=["flat", "small"])
def test_augmentation_is_for_images_that_can_be_shifted(model):
    moving = changed(augmentation="shift")
    with pytest.raises(SettingsError, match="augmentation is 'shift', which is for"):
        make_task(dataset(), PARTITION, model, moving, EVALUATION, 0)


def test_batches_are_drawn_from_the_clients_own_samples():
    work = task(samples={0: np.arange(100, 140), 1: np.arange(40)})
    batches = drawn(work, 0, 1, 50)
    assert batches.shape == (50, TRAINING.batch_size)
    # A hundred draws of forty samples miss one with a chance of 0.08 and reach all
    # tens of them surely.
    assert set(batches.ravel()) <= set(range(100, 140))
    assert len(set(batches.ravel())) > 30


SEEDS = st.one_of(st.integers(0, 9), st.integers(2**32 - 9, 2**32 - 1))
KEYS = st.tuples(SEEDS, st.integers(0, 9), st.integers(1, 99))


@given(KEYS, KEYS)
def test_draws_are_keyed_by_seed_client_and_round(one, other):
    samples = {client: np.arange(1000) for client in range(10)}

    def draws(seed, client, number):
        return draws_of(task(seed=seed, samples=samples), client, number, 10).samples

    assert (draws(*one) == draws(*one)).all()
    assert (draws(*one) == draws(*other)).all() == (one == other)


def rates(schedule: dict, rounds: list[int]) -> list[float]:
    training = changed(schedule=schedule)
    return [learning_rate(training, number) for number in rounds]


def test_step_sizes_are_those_by_hand():
    # 0.5 / (1 + (n - 1) / 4): 0.5 / 1, 0.5 / 1.25, 0.5 / 2, 0.5 / 3.
    inverse = rates({"name": "inverse", "half_life_rounds": 4}, [1, 2, 5, 9])
    assert inverse == pytest.approx([0.5, 0.4, 0.25, 0.5 / 3], rel=1e-12)
    assert rates({"name": "constant"}, [1, 2, 500]) == [0.5, 0.5, 0.5]
    # 0.5 (1 + cos(pi (n - 1) / 4)) / 2; cos is 1, root of a half, 0, and -1 at last.
    cosine = rates({"name": "cosine", "rounds": 4}, [1, 2, 3, 5, 9])
    quarter = 0.25 * (1 + 0.5**0.5)
    assert cosine == pytest.approx([0.5, quarter, 0.25, 0, 0], abs=1e-12)


def test_a_shift_moves_an_image_and_leaves_zeros():
    image = torch.arange(1.0, 10).view(1, 1, 3, 3)
    # One down and one to the left.
    moved = augment(image, torch.tensor([[1, -1, 0]]))
    assert moved[0, 0].tolist() == [[0, 0, 0], [2, 3, 0], [5, 6, 0]]


def test_a_mirrored_image_is_shifted_after_it_was_mirrored():
    image = torch.arange(1.0, 10).view(1, 1, 3, 3)
    moved = augment(image, torch.tensor([[0, 1, 1]]))
    assert moved[0, 0].tolist() == [[0, 3, 2], [0, 6, 5], [0, 9, 8]]


def test_every_image_has_its_own_augmentation():
    pair = torch.arange(1.0, 9).view(2, 1, 2, 2)
    moved = augment(pair, torch.tensor([[0, 0, 0], [0, 0, 1]]))
    assert moved.flatten(1).tolist() == [[1, 2, 3, 4], [6, 5, 8, 7]]


@pytest.mark.parametrize(("name", "mirrors"), [("shift", {0}), ("shift_flip", {0, 1})])
def test_augmentation_is_keyed_and_within_an_eighth(name, mirrors):
    work = images(training=changed(augmentation=name, batch_size=50))
    shifts = draws_of(work, 0, 1, 4).shifts
    assert shifts.shape == (4, 1, 50, 3)
    # Images of 8 pixels move by at most one.
    assert set(shifts[..., :2].ravel()) == {-1, 0, 1}
    assert set(shifts[..., 2].ravel()) == mirrors
    np.testing.assert_array_equal(draws_of(work, 0, 1, 4).shifts, shifts)
    assert (draws_of(work, 1, 1, 4).shifts != shifts).any()
    plain = images(training=changed(batch_size=50))
    assert draws_of(plain, 0, 1, 4).shifts is None
    np.testing.assert_array_equal(
        draws_of(plain, 0, 1, 4).samples, draws_of(work, 0, 1, 4).samples
    )


def made(**more):
    return make_task(dataset(), PARTITION, SOFTMAX, TRAINING, EVALUATION, 0, **more)


def test_groups_are_called_by_the_column_of_the_partition():
    assert made().groups == {0: "region/P", 1: "region/Q"}
    planes = PARTITION.rename(columns={"region": "orbit"}).replace({"P": "3", "Q": "4"})
    work = make_task(dataset(), planes, SOFTMAX, TRAINING, EVALUATION, 0)
    assert work.groups == {0: "orbit/3", 1: "orbit/4"}


def test_named_parts_of_the_test_samples_are_drawn_as_all_of_them_are():
    """At most three samples before the last evaluation; parts are of four."""
    work = made(test_parts={"pair": np.array([0, 2]), "all": np.arange(4)})
    assert work.tests("pair", is_last=True).tolist() == [0, 2]
    assert work.tests("pair", is_last=False).tolist() == [0, 2]
    assert work.tests("test", is_last=True) is None
    drawn = work.tests("test", is_last=False).tolist()
    assert len(drawn) == 3
    assert work.tests("all", is_last=False).tolist() == drawn


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"test": [0]}, "is called 'test', as all test samples are"),
        ({"rare": []}, "'rare' is empty"),
        ({"rare": [4]}, "indices outside of the 4 test samples"),
        ({"rare": [-1]}, "indices outside of the 4 test samples"),
    ],
)
def test_parts_that_are_no_test_samples_are_an_error(parts, words):
    parts = {name: np.array(own, dtype=int) for name, own in parts.items()}
    with pytest.raises(RunError, match=words):
        made(test_parts=parts)


def test_a_task_starts_from_the_model_it_is_given_or_one_of_its_seed():
    drawn = made().initial()
    given = {name: p + 1 for name, p in drawn.items()}
    assert made(first_model=given).initial() is given
    assert torch.equal(made().initial()["head.bias"], drawn["head.bias"])


def test_a_first_model_of_another_network_is_an_error():
    with pytest.raises(RunError, match="make it with the same model"):
        made(first_model={"head.weight": torch.zeros(2, 3)})
