import numpy as np
import pytest
import torch
from pydantic import ValidationError
from torch import nn
from torch.nn.functional import cross_entropy

from fedorbit.base.errors import SettingsError
from fedorbit.learn.model import build_network, parse_model
from fedorbit.learn.models.mlp import Perceptron
from fedorbit.learn.models.quadratic import Quadratic

SINGLE_PRECISION = 1e-6
SHAPE, CLASSES = (2, 8, 8), 3
MODELS = [
    {"name": "softmax"},
    {"name": "mlp", "hidden": 5},
    {"name": "cnn"},
    {"name": "resnet8"},
    {"name": "resnet18"},
]


def samples(network, copies: int, batch: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(copies, batch, *SHAPE, generator=generator)
    y = torch.randint(CLASSES, (copies, batch), generator=generator)
    return x if network.images else x.flatten(2), y


def stacked(copies: list[dict]) -> dict:
    return {name: torch.stack([c[name] for c in copies]) for name in copies[0]}


def layers(widths: list[int]) -> nn.Sequential:
    parts = [nn.Linear(a, b) for a, b in zip(widths, widths[1:], strict=False)]
    return nn.Sequential(
        *[m for part in parts for m in (part, nn.ReLU())][: 2 * len(parts) - 1]
    )


@pytest.mark.parametrize(
    ("model", "widths"), [(MODELS[0], [128, 3]), (MODELS[1], [128, 5, 3])]
)
def test_written_out_gradients_are_those_of_automatic_differentiation(model, widths):
    network = build_network(parse_model(model), SHAPE, CLASSES)
    torch.manual_seed(0)
    module = layers(widths)
    x, y = samples(network, 1, 7)
    loss = cross_entropy(module(x[0]), y[0])
    loss.backward()
    names = ["head"] if len(widths) == 2 else ["hidden", "head"]
    linear = [m for m in module if isinstance(m, nn.Linear)]
    params, expected = {}, {}
    for name, layer in zip(names, linear, strict=True):
        for part in ("weight", "bias"):
            params[f"{name}.{part}"] = getattr(layer, part).detach()
            expected[f"{name}.{part}"] = getattr(layer, part).grad
    found = network.gradients(stacked([params]), x, y, list(params))
    for name, gradient in found.items():
        torch.testing.assert_close(
            gradient[0], expected[name], rtol=0, atol=SINGLE_PRECISION
        )
    right, total = network.score(stacked([params]), x, y)
    assert total.item() == pytest.approx(7 * loss.item(), rel=1e-5)
    assert torch.equal(right[0], module(x[0]).argmax(-1) == y[0])


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m["name"])
def test_copies_together_have_the_gradients_of_each_alone(model):
    network = build_network(parse_model(model), SHAPE, CLASSES)
    copies = [network.init(seed) for seed in range(3)]
    x, y = samples(network, 3, 4)
    names = list(copies[0])
    together = network.gradients(stacked(copies), x, y, names)
    for row, copy in enumerate(copies):
        alone = network.gradients(stacked([copy]), x[row : row + 1], y[[row]], names)
        for name in names:
            apart = (together[name][row] - alone[name][0]).norm()
            assert apart < 1e-4 * (alone[name].norm() + 1e-3)


@pytest.mark.parametrize("copies", [1, 2])
@pytest.mark.parametrize("model", MODELS[1:], ids=lambda m: m["name"])
def test_gradients_are_those_of_the_names_asked_for(model, copies):
    network = build_network(parse_model(model), SHAPE, CLASSES)
    params = stacked([network.init(seed) for seed in range(copies)])
    x, y = samples(network, copies, 4)
    heads = [name for name in params if name.startswith("head.")]
    assert len(heads) == 2
    found = network.gradients(params, x, y, heads)
    whole = network.gradients(params, x, y, list(params))
    assert list(found) == heads
    for name in heads:
        torch.testing.assert_close(found[name], whole[name], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m["name"])
def test_the_start_depends_on_the_seed_alone(model):
    network = build_network(parse_model(model), SHAPE, CLASSES)
    first = network.init(3)
    torch.manual_seed(99)
    second, other = network.init(3), network.init(4)
    assert all(torch.equal(first[name], second[name]) for name in first)
    if model["name"] != "softmax":
        assert any(not torch.equal(first[name], other[name]) for name in first)


def test_drawing_a_start_leaves_other_random_numbers_alone():
    network = build_network(parse_model({"name": "cnn"}), SHAPE, CLASSES)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    network.init(0)
    assert torch.equal(torch.rand(3), expected)


def test_a_perceptron_starts_like_pytorch_layers():
    params = build_network(Perceptron(name="mlp", hidden=400), [100], 10).init(0)
    shapes = {name: tuple(p.shape) for name, p in params.items()}
    assert shapes == {
        "hidden.weight": (400, 100),
        "hidden.bias": (400,),
        "head.weight": (10, 400),
        "head.bias": (10,),
    }
    # Uniform within 1 / sqrt(100) = 0.1, then 1 / sqrt(400) = 0.05, of which the
    # standard deviation is 1 / sqrt(3) of the bound.
    for name, bound in (("hidden", 0.1), ("head", 0.05)):
        weight = params[f"{name}.weight"].numpy()
        assert 0.95 * bound < np.abs(weight).max() <= bound
        assert np.std(weight) == pytest.approx(bound / np.sqrt(3), rel=0.05)
        assert np.abs(params[f"{name}.bias"].numpy()).max() <= bound


def test_softmax_regression_starts_from_zero():
    params = build_network(parse_model({"name": "softmax"}), [6], 3).init(0)
    assert {name: tuple(p.shape) for name, p in params.items()} == {
        "head.weight": (3, 6),
        "head.bias": (3,),
    }
    assert all((p == 0).all() for p in params.values())


def test_a_quadratic_is_that_by_hand():
    settings = Quadratic(name="quadratic", strong_convexity=1.0, smoothness=100.0)
    network = build_network(settings, [3], 1)
    # A = diag(1, 10, 100). At w = (1, 1, 1) with samples (0, 0, 0) and (2, 0, 0): the
    # gradient is A (w - (1, 0, 0)) = (0, 10, 100), and both losses are
    # (1 + 10 + 100) / 2 = 55.5.
    x = torch.tensor([[0.0, 0, 0], [2.0, 0, 0]])
    point = {"head.point": torch.ones(1, 3)}
    y = torch.zeros(1, 2, dtype=torch.int64)
    gradient = network.gradients(point, x[None], y, ["head.point"])["head.point"]
    np.testing.assert_allclose(gradient, [[0, 10, 100]], rtol=1e-6)
    right, losses = network.score(point, x[None], y)
    assert losses.item() == pytest.approx(111.0)
    assert torch.isnan(right).all()
    assert network.init(0)["head.point"].tolist() == [0, 0, 0]


def test_convolutions_need_images():
    with pytest.raises(SettingsError, match="'cnn', which needs images"):
        build_network(parse_model({"name": "cnn"}), [64], 10)


@pytest.mark.parametrize("values", [{"name": "mlp", "hidden": 0}, {"name": "mlp"}])
def test_a_perceptron_needs_a_width(values):
    with pytest.raises(ValidationError, match="hidden"):
        parse_model(values)


def test_a_quadratic_is_no_smoother_than_strongly_convex():
    with pytest.raises(ValidationError, match="smoothness 1.0 is below"):
        Quadratic(name="quadratic", strong_convexity=2.0, smoothness=1.0)


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m["name"])
def test_parts_are_the_first_words_of_parameters_and_cover_all(model):
    network = build_network(parse_model(model), SHAPE, CLASSES)
    parts = network.scopes()
    before = {"softmax": set(), "mlp": {"hidden"}}.get(model["name"], {"body"})
    assert set(parts) == before | {"head"}
    names = list(network.init(0))
    for part, own in parts.items():
        assert list(own) == [name for name in names if name.startswith(f"{part}.")]
    assert sum(map(len, parts.values())) == len(names)


@pytest.mark.parametrize("model", MODELS[1:4], ids=lambda m: m["name"])
def test_gradients_are_the_same_where_copies_share_what_is_fixed(model):
    network = build_network(parse_model(model), SHAPE, CLASSES)
    first = network.init(0)
    x, y = samples(network, 3, 4)
    heads = network.scopes()["head"]
    apart = stacked([first] * 3)
    shared = {
        name: p if name in heads else first[name].expand(3, *first[name].shape)
        for name, p in apart.items()
    }
    found = network.gradients(shared, x, y, heads)
    expected = network.gradients(apart, x, y, heads)
    assert list(found) == list(expected) == list(heads)
    for name in heads:
        torch.testing.assert_close(found[name], expected[name], rtol=1e-4, atol=1e-6)
