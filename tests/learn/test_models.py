import numpy as np
import pytest
import torch
from pydantic import ValidationError
from torch import nn

from fedorbit.learn.models import build_network
from fedorbit.learn.settings import Model

SINGLE_PRECISION = 1e-6


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_a_perceptron_computes_what_pytorch_layers_do():
    hidden, head = nn.Linear(6, 5), nn.Linear(5, 3)
    params = {
        "hidden.weight": hidden.weight.detach().T,
        "hidden.bias": hidden.bias.detach()[None],
        "head.weight": head.weight.detach().T,
        "head.bias": head.bias.detach()[None],
    }
    network = build_network(Model(name="mlp", hidden=5), 6, 3)
    x = torch.randn(7, 6, generator=generator())
    with torch.no_grad():
        expected = nn.Sequential(hidden, nn.ReLU(), head)(x)
    torch.testing.assert_close(
        network.logits(params, x), expected, rtol=0, atol=SINGLE_PRECISION
    )


def test_softmax_regression_computes_what_one_pytorch_layer_does():
    head = nn.Linear(6, 3)
    params = {"head.weight": head.weight.detach().T, "head.bias": head.bias.detach()}
    network = build_network(Model(name="softmax", hidden=0), 6, 3)
    x = torch.randn(7, 6, generator=generator())
    with torch.no_grad():
        expected = head(x)
    torch.testing.assert_close(
        network.logits(params, x), expected, rtol=0, atol=SINGLE_PRECISION
    )


@pytest.mark.parametrize(
    "model", [Model(name="softmax", hidden=0), Model(name="mlp", hidden=5)]
)
def test_copies_together_compute_what_each_does_alone(model):
    network = build_network(model, 6, 3)
    copies = [network.init(generator(seed)) for seed in range(4)]
    stacked = {name: torch.stack([c[name] for c in copies]) for name in copies[0]}
    x = torch.randn(4, 7, 6, generator=generator())
    together, alike = network.logits(stacked, x), network.logits(stacked, x[0])
    assert together.shape == alike.shape == (4, 7, 3)
    for number, copy in enumerate(copies):
        for found, features in ((together, x[number]), (alike, x[0])):
            torch.testing.assert_close(
                found[number],
                network.logits(copy, features),
                rtol=0,
                atol=SINGLE_PRECISION,
            )


def test_a_perceptron_starts_like_pytorch_layers():
    params = build_network(Model(name="mlp", hidden=400), 100, 10).init(generator())
    shapes = {name: tuple(p.shape) for name, p in params.items()}
    assert shapes == {
        "hidden.weight": (100, 400),
        "hidden.bias": (1, 400),
        "head.weight": (400, 10),
        "head.bias": (1, 10),
    }
    # Uniform within 1 / sqrt(100) = 0.1, then 1 / sqrt(400) = 0.05, of which the
    # standard deviation is 1 / sqrt(3) of the bound.
    for name, bound in (("hidden", 0.1), ("head", 0.05)):
        weight = params[f"{name}.weight"].numpy()
        assert 0.95 * bound < np.abs(weight).max() <= bound
        assert np.std(weight) == pytest.approx(bound / np.sqrt(3), rel=0.05)
        assert np.abs(params[f"{name}.bias"].numpy()).max() <= bound


def test_softmax_regression_starts_from_zero():
    params = build_network(Model(name="softmax", hidden=0), 6, 3).init(generator())
    assert {name: tuple(p.shape) for name, p in params.items()} == {
        "head.weight": (6, 3),
        "head.bias": (1, 3),
    }
    assert all((p == 0).all() for p in params.values())


def test_the_start_depends_on_the_generator_alone():
    network = build_network(Model(name="mlp", hidden=5), 6, 3)
    first, second, other = (network.init(generator(seed)) for seed in (3, 3, 4))
    for name in first:
        assert torch.equal(first[name], second[name])
        assert not torch.equal(first[name], other[name])


@pytest.mark.parametrize(("name", "hidden"), [("mlp", 0), ("softmax", 5), ("mlp", -1)])
def test_the_width_must_fit_the_model(name, hidden):
    with pytest.raises(ValidationError, match="hidden"):
        Model(name=name, hidden=hidden)
