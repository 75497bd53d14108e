import pandas as pd
import pytest
import torch

from fedorbit.base.errors import InputError
from fedorbit.learn.model import build_network, parse_model
from fedorbit.learn.pretrain.models import load_models, numbered, save_models

SIZES = {"hidden": 5, "experts": 4, "width": 3, "active": 2, "routing": "masked"}
MODEL = parse_model({"name": "experts"} | SIZES)


def test_models_of_all_seeds_are_kept_in_a_file(tmp_path):
    network = build_network(MODEL, [4], 3)
    models = {seed: network.init(seed) for seed in (3, 11)}
    path = tmp_path / "models.safetensors"
    save_models(models, path)
    found = load_models(path)
    assert list(found) == [3, 11]
    for seed, params in models.items():
        assert set(found[seed]) == set(params)
        assert all(torch.equal(found[seed][name], p) for name, p in params.items())
    path.write_bytes(b"nothing")
    with pytest.raises(InputError, match="no models of several seeds"):
        load_models(path)


def test_a_mixture_with_other_numbers_is_the_same_function():
    network = build_network(MODEL, [4], 3)
    params = network.init(0)
    generator = torch.Generator().manual_seed(1)
    params |= {
        name: torch.randn(p.shape, generator=generator)
        for name, p in params.items()
        if name.endswith(".down")
    }
    order = list(range(MODEL.experts))[::-1]
    table = pd.DataFrame({"seed": 0, "number": range(len(order)), "expert": order})
    moved = numbered({0: params}, table)[0]
    last = f"expert/{MODEL.experts - 1}"
    assert torch.equal(moved["expert/0.up"], params[f"{last}.up"])
    x = torch.randn(50, 4, generator=generator)
    before, after = (network.gates(p, x) for p in (params, moved))
    assert torch.allclose(before, after.flip(1))
    y = torch.zeros(50, dtype=torch.int64)
    one, other = (
        network.score({n: q.unsqueeze(0) for n, q in p.items()}, x[None], y[None])
        for p in (params, moved)
    )
    assert torch.equal(one[0], other[0]) and torch.allclose(one[1], other[1])
