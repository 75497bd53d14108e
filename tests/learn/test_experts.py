"""A mixture of experts: its gradients, its routes and its parts."""

from dataclasses import replace

import pytest
import torch
from experts import PlainMixture
from pydantic import ValidationError
from tests.learn.tasks import START_A, changed, final_model, images, plan
from torch.func import functional_call
from torch.nn.functional import cross_entropy

from fedorbit.learn.count import count
from fedorbit.learn.model import build_network, parse_model
from fedorbit.learn.networks.experts import Experts, expert
from fedorbit.learn.networks.gating import softmax_of_largest

INPUTS, CLASSES, BATCH = 6, 3, 9
VALUES = {
    "name": "experts",
    "hidden": 8,
    "experts": 4,
    "width": 5,
    "active": 2,
    "routing": "masked",
}
SINGLE_PRECISION = 1e-5


def network(**changes) -> Experts:
    return build_network(parse_model(VALUES | changes), [INPUTS], CLASSES)


def drawn(own: Experts, copies: int) -> dict[str, torch.Tensor]:
    """Return copies of parameters, none of which is zero."""
    generator = torch.Generator().manual_seed(1)
    return {
        name: torch.randn(copies, *p.shape, generator=generator) / 2
        for name, p in own.init(0).items()
    }


def samples(copies: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(copies, BATCH, INPUTS, generator=generator)
    return x, torch.randint(CLASSES, (copies, BATCH), generator=generator)


def balance_of(own: Experts, params: dict, x: torch.Tensor) -> torch.Tensor:
    """Return M sum_m f_m P_m of one copy that may pass all experts."""
    hidden = torch.relu(x @ params["body.weight"].T + params["body.bias"])
    scores = hidden @ params["gate.weight"].T + params["gate.bias"]
    best = scores.topk(own.how.active, 1).indices
    passes = torch.bincount(best.flatten(), minlength=own.how.experts)
    return own.how.experts * (passes / passes.sum()) @ torch.softmax(scores, 1).mean(0)


def by_autograd(own, params, x, y, names, routed, balance=0.0) -> dict:
    """Return the gradients of one copy, by PyTorch."""
    module = PlainMixture(own.how, INPUTS, CLASSES, routed)
    given = {n: p.clone().requires_grad_(n in names) for n, p in params.items()}
    loss = cross_entropy(functional_call(module, given, (x,)), y)
    if balance:
        loss = loss + balance * balance_of(own, given, x)
    found = torch.autograd.grad(loss, [given[name] for name in names])
    return dict(zip(names, found, strict=True))


SCOPES = {
    "one expert": ["expert/2"],
    "two experts": ["expert/0", "expert/3"],
    "three experts and the gate": ["expert/0", "expert/1", "expert/3", "gate"],
    "two experts and the body": ["expert/1", "expert/2", "body"],
    "gate": ["gate"],
    "head": ["head"],
    "body and head": ["body", "head"],
    "all": ["body", "gate", "head", *map(expert, range(4))],
}
ROUTED = {"one expert": [2], "two experts": [0, 3], "two experts and the body": [1, 2]}
ROUTED |= {"three experts and the gate": [0, 1, 3]}


@pytest.mark.parametrize("routing", ["masked", "full"])
@pytest.mark.parametrize("what", SCOPES)
def test_written_out_gradients_are_those_of_automatic_differentiation(what, routing):
    own = network(routing=routing)
    params, (x, y) = drawn(own, 3), samples(3)
    names = [name for part in SCOPES[what] for name in own.scopes()[part]]
    routed = ROUTED.get(what, [0, 1, 2, 3]) if routing == "masked" else [0, 1, 2, 3]
    assert own.routed(names) == routed
    found = own.gradients(params, x, y, names)
    assert list(found) == names
    for row in range(3):
        one = {name: p[row] for name, p in params.items()}
        expected = by_autograd(own, one, x[row], y[row], names, routed)
        for name in names:
            torch.testing.assert_close(
                found[name][row], expected[name], rtol=0, atol=SINGLE_PRECISION
            )


def test_the_loss_of_balance_is_differentiated_too():
    own = network()
    params, (x, y) = drawn(own, 1), samples(1)
    names = list(params)
    found = own.gradients(params, x, y, names, balance=0.7)
    one = {name: p[0] for name, p in params.items()}
    expected = by_autograd(own, one, x[0], y[0], names, range(4), balance=0.7)
    for name in names:
        torch.testing.assert_close(
            found[name][0], expected[name], rtol=0, atol=SINGLE_PRECISION
        )


@pytest.mark.parametrize("what", SCOPES)
def test_a_step_goes_against_the_gradient(what):
    own = network()
    params, (x, y) = drawn(own, 2), samples(2)
    names = [name for part in SCOPES[what] for name in own.scopes()[part]]
    before = {name: p.clone() for name, p in params.items()}
    gradients = own.gradients(params, x, y, names)
    rates = torch.tensor([0.1, 0.3])
    own.step(params, x, y, names, rates)
    for name, p in params.items():
        if name not in names:
            assert torch.equal(p, before[name])
            continue
        shaped = rates.view(-1, *[1] * (p.ndim - 1))
        expected = before[name] - shaped * gradients[name]
        torch.testing.assert_close(p, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("routing", ["masked", "full"])
def test_gradients_are_the_same_where_copies_share_what_is_fixed(routing):
    own = network(routing=routing)
    one, (x, y) = drawn(own, 1), samples(3)
    names = own.scopes()["expert/1"] + own.scopes()["expert/2"]
    apart = {name: p.repeat(3, *[1] * (p.ndim - 1)) for name, p in one.items()}
    shared = {
        name: apart[name] if name in names else p.expand(3, *p.shape[1:])
        for name, p in one.items()
    }
    found = own.gradients(shared, x, y, names)
    expected = own.gradients(apart, x, y, names)
    for name in names:
        torch.testing.assert_close(found[name], expected[name], rtol=1e-5, atol=1e-7)


def test_gates_by_hand():
    # e^2 : e^1 is 0.731 : 0.269, and the third is not among the two largest.
    scores = torch.tensor([[[2.0, 0.0], [1.0, 0.0], [0.0, 1.0]]])
    found = softmax_of_largest(scores, 2)
    torch.testing.assert_close(
        found[0, :, 0], torch.tensor([0.7311, 0.2689, 0.0]), rtol=0, atol=1e-4
    )
    assert found[0, 2, 1] == pytest.approx(0.7311, abs=1e-4)
    torch.testing.assert_close(found.sum(1), torch.ones(1, 2))


def test_masked_gates_are_those_of_all_renormalised():
    """With experts 0 and 1 alone, a sample's gates are g_m / (g_0 + g_1)."""
    own = network(active=4)
    params = {name: p[0] for name, p in drawn(own, 1).items()}
    x = samples(1)[0]
    everywhere = own.gates(params, x[0])[:, :2]
    copies = {name: p.unsqueeze(0) for name, p in params.items()}
    masked = own._forward(copies, x, [0, 1]).gates[0].T
    torch.testing.assert_close(masked, everywhere / everywhere.sum(1, keepdim=True))


def test_a_test_passes_all_experts():
    own = network()
    params, (x, y) = drawn(own, 1), samples(1)
    one = {name: p[0] for name, p in params.items()}
    module = PlainMixture(own.how, INPUTS, CLASSES, range(4))
    logits = functional_call(module, one, (x[0],))
    right, loss = own.score(params, x, y)
    assert torch.equal(right[0], logits.argmax(1) == y[0])
    expected = cross_entropy(logits, y[0], reduction="sum").item()
    assert loss.item() == pytest.approx(expected, rel=1e-5)


def test_experts_change_nothing_before_they_learn():
    own = network()
    first, (x, y) = own.init(3), samples(1)
    hidden = torch.relu(x[0] @ first["body.weight"].T + first["body.bias"])
    logits = hidden @ first["head.weight"].T + first["head.bias"]
    expected = cross_entropy(logits, y[0], reduction="sum").item()
    one = {name: p.unsqueeze(0) for name, p in first.items()}
    assert own.score(one, x, y)[1].item() == pytest.approx(expected, rel=1e-5)
    again, other = own.init(3), own.init(4)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["gate.weight"], other["gate.weight"])


def test_features_of_the_body_stand_in_for_samples():
    own = network()
    params, (x, y) = drawn(own, 2), samples(2)
    params |= {name: params[name][:1].expand_as(params[name]) for name in params}
    one = {name: p[0] for name, p in params.items()}
    cached = own.on_features()
    rest = {name: p for name, p in params.items() if not name.startswith("body.")}
    assert set(cached.init(0)) == set(rest) and "body" not in cached.scopes()
    features = torch.stack([own.features(one, own_x) for own_x in x])
    names = own.scopes()["expert/0"]
    found = cached.gradients(rest, features, y, names)
    expected = own.gradients(params, x, y, names)
    for name in names:
        torch.testing.assert_close(found[name], expected[name], rtol=1e-5, atol=1e-7)


def test_parts_and_parameters_by_hand():
    own = network()
    parts = own.scopes()
    assert list(parts) == ["body", "gate", "head", *(f"expert/{m}" for m in range(4))]
    assert parts["expert/3"] == ["expert/3.up", "expert/3.down"]
    shapes = {name: tuple(p.shape) for name, p in own.init(0).items()}
    assert [name for own in parts.values() for name in own] == list(shapes)
    assert shapes["expert/3.up"] == (5, 8) and shapes["expert/3.down"] == (8, 5)
    assert shapes["gate.weight"] == (4, 8) and shapes["body.weight"] == (8, 6)
    # Body, gate, head and four experts.
    parameters = 8 * 6 + 8 + 4 * 8 + 4 + 3 * 8 + 3 + 4 * (2 * 5 * 8)
    assert count(own.how, [INPUTS], CLASSES).parameters == parameters


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_plan_trains_the_experts_of_its_scope_and_no_others(precision):
    work = images(parse_model(VALUES), clients=2)
    work = replace(work, training=changed(batch_size=8, precision=precision))
    ops = plan(START_A, ("train", "A", [0, 1], 1), ("evaluate", "A"))
    ops.at[1, "scope"] = ["expert/1", "expert/2"]
    found, start = final_model(ops, work), work.initial()
    for name, p in start.items():
        learned = name.partition(".")[0] in ("expert/1", "expert/2")
        # A gradient of ``up`` is zero at first, since ``down`` is.
        assert (abs(found[name] - p.numpy()).max() > 0) == learned


def test_more_active_experts_than_there_are_are_refused():
    with pytest.raises(ValidationError, match="active 5 is more than experts 4; lower"):
        parse_model(VALUES | {"active": 5})
