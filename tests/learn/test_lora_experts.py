"""Low-rank experts in the last block of a frozen vision transformer."""

from dataclasses import replace

import pytest
import torch
from pydantic import ValidationError
from tests.learn.tasks import START_A, changed, final_model, images, plan
from tests.learn.vits import SMALL
from torch.nn.functional import cross_entropy, layer_norm

from fedorbit.learn.count import count
from fedorbit.learn.model import build_network, parse_model
from fedorbit.learn.networks.experts import expert
from fedorbit.learn.networks.lora_experts import SEED, LoraExperts
from fedorbit.learn.networks.stacked import stacked
from fedorbit.learn.networks.vit import EPSILON
from fedorbit.learn.pretrain.expert_settings import ExpertPretraining
from fedorbit.learn.pretrain.experts import pretrain_experts

SHAPE, CLASSES, BATCH, DIM = (2, 8, 8), 3, 7, SMALL["dim"]
VALUES = {name: value for name, value in SMALL.items() if name != "adapter_rank"}
VALUES |= {"name": "lora_experts", "experts": 4, "rank": 3, "active": 2}
VALUES |= {"routing": "masked"}
SINGLE_PRECISION = 1e-5


def network(**changes) -> LoraExperts:
    return build_network(parse_model(VALUES | changes), SHAPE, CLASSES)


def drawn(own: LoraExperts, copies: int) -> dict[str, torch.Tensor]:
    """Return copies of parameters, none of which is zero."""
    generator = torch.Generator().manual_seed(1)
    return {
        name: torch.randn(copies, *p.shape, generator=generator) / 2
        for name, p in own.init(0).items()
    }


def tiles(count: int) -> torch.Tensor:
    return torch.randn(count, *SHAPE, generator=torch.Generator().manual_seed(2))


def samples(own: LoraExperts, copies: int) -> tuple[torch.Tensor, torch.Tensor]:
    x = own.once(tiles(copies * BATCH)).unflatten(0, (copies, BATCH))
    generator = torch.Generator().manual_seed(0)
    return x, torch.randint(CLASSES, (copies, BATCH), generator=generator)


def logits_of(params: dict, x: torch.Tensor, routed: list[int]) -> torch.Tensor:
    """Return the logits of one copy, written as in the description."""
    seen, base = x.split(DIM, 1)
    scores = seen @ params["gate.weight"].T + params["gate.bias"]
    best = scores[:, routed].topk(2 if len(routed) > 1 else 1, 1)
    gates = torch.softmax(best.values, 1)
    rows = []
    for row, token in enumerate(base):
        for gate, place in zip(gates[row], best.indices[row], strict=True):
            part = expert(routed[place])
            low = params[f"{part}.up"] @ seen[row]
            token = token + gate * params[f"{part}.down"] @ low
        rows.append(token)
    last = (params["norm.scale"], params["norm.shift"])
    even = layer_norm(torch.stack(rows), (DIM,), *last, EPSILON)
    return even @ params["head.weight"].T + params["head.bias"]


SCOPES = {
    "one expert": (["expert/2"], [2]),
    "two experts": (["expert/0", "expert/3"], [0, 3]),
    "gate": (["gate"], [0, 1, 2, 3]),
    "norm and head": (["norm", "head"], [0, 1, 2, 3]),
    "all": (["norm", "gate", "head", *map(expert, range(4))], [0, 1, 2, 3]),
}


@pytest.mark.parametrize("routing", ["masked", "full"])
@pytest.mark.parametrize("what", SCOPES)
def test_written_out_gradients_are_those_of_automatic_differentiation(what, routing):
    own = network(routing=routing)
    params, (x, y) = drawn(own, 3), samples(own, 3)
    scope, routed = SCOPES[what]
    routed = routed if routing == "masked" else [0, 1, 2, 3]
    names = [name for part in scope for name in own.scopes()[part]]
    found = own.gradients(params, x, y, names)
    assert list(found) == names
    for row in range(3):
        one = {n: p[row].clone().requires_grad_(n in names) for n, p in params.items()}
        loss = cross_entropy(logits_of(one, x[row], routed), y[row])
        expected = torch.autograd.grad(loss, [one[name] for name in names])
        for name, gradient in zip(names, expected, strict=True):
            torch.testing.assert_close(
                found[name][row], gradient, rtol=0, atol=SINGLE_PRECISION
            )


def test_a_step_goes_against_the_gradient():
    own = network()
    params, (x, y) = drawn(own, 2), samples(own, 2)
    names, rates = list(params), torch.tensor([0.1, 0.2])
    found = own.gradients(params, x, y, names)
    moved = {name: p.clone() for name, p in params.items()}
    own.step(moved, x, y, names, rates)
    for name in names:
        rate = rates.view(-1, *[1] * (params[name].ndim - 1))
        expected = params[name] - rate * found[name]
        torch.testing.assert_close(moved[name], expected, rtol=0, atol=1e-6)


def loss(net, params, x, y) -> float:
    """Return the sum of losses of one model."""
    return net.score(stacked(params), x[None], y[None])[1].item()


def test_with_a_class_token_it_is_the_whole_transformer_before_experts_learn():
    own = network(pooling="class")
    whole = build_network(own.how.frozen(), SHAPE, CLASSES)
    params, x = own.init(3), tiles(BATCH)
    y = torch.zeros(BATCH, dtype=torch.int64)
    same = whole.init(SEED)
    same |= {f"head.{p}": params[f"head.{p}"] for p in ("weight", "bias")}
    expected = loss(whole, same, x, y)
    assert loss(own, params, own.once(x), y) == pytest.approx(expected)


def test_parts_and_parameters_by_hand():
    own = network()
    parts = own.scopes()
    assert list(parts) == ["norm", "gate", "head", *(f"expert/{m}" for m in range(4))]
    shapes = {name: tuple(p.shape) for name, p in own.init(0).items()}
    assert sorted(name for of in parts.values() for name in of) == sorted(shapes)
    assert shapes["expert/3.up"] == (3, 8) and shapes["expert/3.down"] == (8, 3)
    # The normalisation, gate, head and four experts; the transformer is no part.
    counts = count(own.how, SHAPE, CLASSES)
    assert counts.parameters == 2 * 8 + (4 * 8 + 4) + (3 * 8 + 3) + 4 * (2 * 3 * 8)
    assert counts.parts["expert/0"].parameters == 48


@pytest.mark.parametrize("gate", ["plain", "kmeans", "tags"])
def test_it_is_pretrained_as_other_mixtures_are(gate):
    own = network()
    x = own.once(tiles(60))
    y = (tiles(60)[:, 0].mean((1, 2)) > 0).long()
    how = ExpertPretraining(
        gate=gate,
        sharpness=5.0,
        balance=0.01,
        body_steps=50,
        steps=100,
        batch_size=16,
        learning_rate=0.1,
    )
    params = pretrain_experts(own, x, y, torch.arange(60) % 2, 2, how, seed=0)
    assert loss(own, params, x, y) < 0.7 * loss(own, own.init(0), x, y)
    first = own.init(0)
    assert all(torch.equal(params[n], first[n]) for n in own.scopes()["norm"])
    moved = torch.stack([params[f"{expert(m)}.down"].abs().sum() for m in range(4)])
    assert (moved > 0).any()


def test_a_plan_trains_the_experts_of_its_scope_and_no_others():
    work = images(parse_model(VALUES), clients=2)
    work = replace(work, training=changed(batch_size=8))
    ops = plan(START_A, ("train", "A", [0, 1], 1), ("evaluate", "A"))
    ops.at[1, "scope"] = ["expert/1", "expert/2"]
    found, start = final_model(ops, work), work.initial()
    for name, p in start.items():
        learned = name.partition(".")[0] in ("expert/1", "expert/2")
        assert (abs(found[name] - p.numpy()).max() > 0) == learned


def test_settings_that_do_not_suit_are_refused():
    with pytest.raises(ValidationError, match="active 5 is more than experts 4; lower"):
        parse_model(VALUES | {"active": 5})
    with pytest.raises(ValidationError, match="dim 8 is no multiple of heads 3"):
        parse_model(VALUES | {"heads": 3})
