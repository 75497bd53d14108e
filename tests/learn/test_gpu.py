"""The engine on a graphics processor: the same run each time, and that of the CPU."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from tests.learn.tasks import (
    CNN,
    MLP,
    SOFTMAX,
    StopAfter,
    Stopped,
    averaging,
    changed,
    images,
)

from fedorbit.learn.run.checkpoint import Checkpoint
from fedorbit.learn.run.engine import run_plan

pytestmark = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="PyTorch finds no GPU"
)
CLIENTS, ROUNDS = list(range(6)), 20
MODELS = {"softmax": SOFTMAX, "mlp": MLP, "cnn": CNN}


def record(model, **options) -> pd.DataFrame:
    return run_plan(averaging(CLIENTS, ROUNDS), images(model), **options)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("kernel", ["stacked", "looped"])
def test_two_runs_have_the_same_record(name, kernel):
    options = {"device": "cuda", "kernel": kernel}
    first, second = (record(MODELS[name], **options) for _ in range(2))
    pd.testing.assert_frame_equal(first, second, check_exact=True)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("kernel", ["stacked", "looped"])
def test_losses_are_those_of_the_cpu(name, kernel):
    ours = record(MODELS[name], device="cuda", kernel=kernel)
    theirs = record(MODELS[name], device="cpu", kernel="looped")
    np.testing.assert_allclose(ours["loss"], theirs["loss"], rtol=1e-3)
    # Of fifty samples, one that lies on the border may fall on either side.
    np.testing.assert_allclose(ours["accuracy"], theirs["accuracy"], atol=0.021)


def test_half_precision_learns_as_well():
    work = images(CNN)
    training = changed(batch_size=8, learning_rate=0.2, precision="bfloat16")
    half = run_plan(
        averaging(CLIENTS, ROUNDS), replace(work, training=training), device="cuda"
    )
    whole = record(CNN, device="cuda")
    assert abs(half["accuracy"].iloc[-1] - whole["accuracy"].iloc[-1]) <= 0.06


def test_a_stopped_run_goes_on_to_the_same_record(tmp_path):
    checkpoint = Checkpoint(tmp_path / "state.pt", 1, "this run")
    with pytest.raises(Stopped):
        record(CNN, device="cuda", checkpoint=checkpoint, progress=StopAfter(15))
    resumed = record(CNN, device="cuda", checkpoint=checkpoint)
    pd.testing.assert_frame_equal(resumed, record(CNN, device="cuda"), check_exact=True)
