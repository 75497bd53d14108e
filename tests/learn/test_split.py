"""Networks that are cut between space and ground."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.learn.tasks import SOFTMAX, final_model, images, plan
from tests.learn.vits import network, vit

from fedorbit.base.errors import SettingsError
from fedorbit.data.datasets import Dataset
from fedorbit.learn.model import build_network
from fedorbit.learn.networks.split import Cut
from fedorbit.learn.run.features import features_of

SINGLE_PRECISION = 1e-6
CLASSES = 3


def batch(copies: int, n: int = 5) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(copies, n, 2, 8, 8, generator=generator)
    return x, torch.randint(CLASSES, (copies, n), generator=generator)


def with_a_head_that_acts(params: dict) -> dict:
    """Return a model whose head is not zero, as it is at the start."""
    generator = torch.Generator().manual_seed(3)
    shape = params["head.weight"].shape
    return params | {"head.weight": torch.randn(shape, generator=generator)}


def with_adapters_that_act(params: dict) -> dict:
    """Return a model whose adapters are not zero, as they are at the start."""
    generator = torch.Generator().manual_seed(2)
    return {
        name: torch.randn(p.shape, generator=generator) if name.endswith(".b") else p
        for name, p in params.items()
    }


@pytest.mark.parametrize("rank", [None, 2])
@pytest.mark.parametrize("pooling", ["mean", "class"])
def test_gradients_through_both_cuts_are_those_of_the_whole(pooling, rank):
    net = network(pooling=pooling, adapter_rank=rank)
    params = with_a_head_that_acts(net.init(0))
    if rank:
        params |= with_adapters_that_act(
            {name: params[name] for name in net.scopes()["adapter"]}
        )
    x, y = batch(copies=1)
    one = {name: p.unsqueeze(0) for name, p in params.items()}
    whole = net.gradients(one, x, y, list(params))
    cut, crossed = net.exchange(params, x[0], y[0])
    assert list(cut) == list(whole)
    for name in params:
        assert torch.equal(cut[name], whole[name][0]), name
        assert cut[name].abs().max() > 0 or name == "embedding.cls_token"
    # Four patches of 4 x 4 pixels, and perhaps one more token.
    tokens = 4 + (pooling == "class")
    assert crossed.embedding.shape == crossed.embedding_gradient.shape == (5, tokens, 8)
    assert crossed.features.shape == crossed.feature_gradient.shape == (5, 8)


def test_gradients_of_stacked_copies_are_those_through_the_cuts():
    net = network(adapter_rank=2)
    copies = [with_a_head_that_acts(net.init(seed)) for seed in range(3)]
    x, y = batch(copies=3)
    stacked = {name: torch.stack([c[name] for c in copies]) for name in copies[0]}
    together = net.gradients(stacked, x, y, list(stacked))
    for row, params in enumerate(copies):
        cut, _ = net.exchange(params, x[row], y[row])
        for name, gradient in cut.items():
            apart = (together[name][row] - gradient).abs().max()
            assert apart < SINGLE_PRECISION


def test_parts_in_a_row_are_the_whole():
    net = network(adapter_rank=2)
    params = with_a_head_that_acts(net.init(3))
    x, y = batch(copies=1)
    logits = x[0]
    for part in ("embedding", "backbone", "head"):
        logits = net.call(part, params, logits)
    right, loss = net.score({n: p.unsqueeze(0) for n, p in params.items()}, x, y)
    assert torch.equal(right[0], logits.argmax(1) == y[0])
    expected = torch.nn.functional.cross_entropy(logits, y[0], reduction="sum")
    torch.testing.assert_close(loss[0], expected)


def test_adapters_change_nothing_at_first_and_then_the_weights_by_their_product():
    plain, adapted = network(), network(adapter_rank=2)
    params = adapted.init(0)
    own = {n: p for n, p in params.items() if not n.startswith("adapter.")}
    x = batch(copies=1)[0][0]

    def features(net, params):
        return net.call("backbone", params, net.call("embedding", params, x))

    assert torch.equal(features(adapted, params), features(plain, own))
    acting = with_adapters_that_act(params)
    assert Cut.SCALE == 2.0
    for block in range(2):
        a, b = acting[f"adapter.{block}.a"], acting[f"adapter.{block}.b"]
        assert a.shape == (2, 8) and b.shape == (24, 2)
        weight = f"backbone.blocks.{block}.attn.qkv.weight"
        own[weight] = own[weight] + 2.0 * b @ a
    changed = features(adapted, acting)
    torch.testing.assert_close(changed, features(plain, own), rtol=0, atol=1e-5)
    assert (changed - features(adapted, params)).abs().max() > 0.01


HEAD, EMBEDDING, ADAPTER = "head", "embedding", "adapter"
MODES = [[HEAD], [EMBEDDING, HEAD], [ADAPTER, HEAD]]


def finetuning(scope: list[str]):
    """Return two planes that train some parts in two rounds and average them."""
    steps = [("mix", "A", {"initial": 1.0}), ("mix", "B", {"initial": 1.0})]
    touched = []
    for number in (1, 2):
        for step in (
            ("train", "A", [0, 1, 2], number),
            ("train", "B", [3, 4, 5], number),
            ("mix", "A", {"A": 0.3, "B": 0.7}),
            ("mix", "B", {"A": 1.0}),
        ):
            touched.append(len(steps))
            steps.append(step)
    ops = plan(*steps, ("evaluate", "B"))
    for row in touched:
        ops.at[row, "scope"] = scope
    return ops


@pytest.mark.parametrize("scope", MODES, ids="-".join)
def test_what_is_frozen_keeps_its_bytes_through_a_run(scope):
    task = images(vit(adapter_rank=2))
    before = task.initial()
    after = final_model(finetuning(scope), task)
    parts = task.network.scopes()
    assert set(parts) == {"embedding", "backbone", "head", "adapter"}
    for part, own in parts.items():
        same = [before[n].numpy().tobytes() == after[n].tobytes() for n in own]
        if part in scope:
            assert not any(same), part
        else:
            assert all(same), part


def test_a_head_learns_the_same_from_features():
    task = images(vit())
    ops = finetuning([HEAD])
    arrays = (task.train_x, task.train_y, task.test_x, task.test_y)
    features = features_of(Dataset(*(a.numpy() for a in arrays)), vit())
    assert features.train_x.shape == (150, 8) and features.test_x.shape == (50, 8)
    on_features = replace(
        task,
        train_x=torch.from_numpy(features.train_x),
        test_x=torch.from_numpy(features.test_x),
        network=build_network(SOFTMAX, features.shape, features.classes),
    )
    expected, found = final_model(ops, task), final_model(ops, on_features)
    assert set(found) == {"head.weight", "head.bias"}
    for name, head in found.items():
        np.testing.assert_allclose(head, expected[name], rtol=0, atol=SINGLE_PRECISION)
        assert np.abs(head).max() > 0.01
    np.testing.assert_array_equal(features.train_y, task.train_y)


def test_features_are_of_models_that_can_be_cut():
    dataset = Dataset(np.ones((4, 3)), np.arange(4) % 2, np.ones((2, 3)), np.arange(2))
    with pytest.raises(SettingsError, match="'softmax', which has no frozen backbone"):
        features_of(dataset, SOFTMAX)
