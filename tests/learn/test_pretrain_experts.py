"""Pretraining of experts, where their gate starts, and what it leaks."""

import math

import numpy as np
import pandas as pd
import pytest
import torch
from gates import MODEL, PRETRAINING, split, turned_digits
from torch.utils._python_dispatch import TorchDispatchMode

from fedorbit.base.errors import RunError, SettingsError
from fedorbit.learn.model import build_network, parse_model
from fedorbit.learn.networks.network import Params
from fedorbit.learn.pretrain import gates
from fedorbit.learn.pretrain.expert_settings import ExpertPretraining
from fedorbit.learn.pretrain.experts import pretrain_experts
from fedorbit.learn.pretrain.gates import gate_at, gate_of_domains, kmeans
from fedorbit.learn.pretrain.leakage import (
    gate_mass,
    leakage,
    mass_table,
    recovered,
    use_table,
)
from fedorbit.learn.pretrain.recovery import GATE_ALONE, UNTRAINED, teachers


def blobs(each: int = 30) -> tuple[torch.Tensor, torch.Tensor]:
    """Return points around the corners of a square of side 10, and their corners."""
    corners = torch.tensor([[0.0, 0], [0, 10], [10, 0], [10, 10]])
    own = torch.arange(4).repeat(each)
    noise = torch.randn(4 * each, 2, generator=torch.Generator().manual_seed(0))
    return corners[own] + noise, own


def pretrained(seed: int = 0, experts: int = 8, held=slice(200), **changes) -> Params:
    data = teachers(0)
    values = MODEL | {"experts": experts}
    network = build_network(parse_model(values), data.shape, data.classes)
    x = torch.from_numpy(data.train_x)[held]
    y = torch.from_numpy(data.train_y)[held]
    domains = torch.from_numpy(data.train_domain)[held]
    quick = {"body_steps": 20, "steps": 20}
    how = ExpertPretraining(**PRETRAINING | quick | changes)
    count = len(data.domains)
    return pretrain_experts(network, x, y, domains, count, how, seed)


def test_clusters_are_found():
    points, own = blobs()
    centres = kmeans(points, 4, torch.Generator().manual_seed(3))
    means = torch.stack([points[own == corner].mean(0) for corner in range(4)])
    order = (means[:, None] - centres[None]).square().sum(2).argmin(1)
    assert sorted(order.tolist()) == [0, 1, 2, 3]
    torch.testing.assert_close(centres[order], means)


def test_fewer_different_points_than_clusters_have_centres_nevertheless():
    points = torch.tensor([[1.0, 2.0]] * 5)
    centres = kmeans(points, 3, torch.Generator().manual_seed(0))
    assert centres.tolist() == [[1.0, 2.0]] * 3


def test_a_gate_at_centres_is_a_softmax_of_squared_distances():
    points, own = blobs()
    centres = torch.stack([points[own == corner].mean(0) for corner in range(4)])
    params = gate_at(centres, points, sharpness=3.0)
    apart = (points[:, None] - centres[None]).square().sum(2)
    unit = apart.min(1).values.mean()
    expected = torch.softmax(-3.0 * apart / unit, 1)
    found = points @ params["gate.weight"].T + params["gate.bias"]
    torch.testing.assert_close(torch.softmax(found, 1), expected, rtol=0, atol=1e-4)


def test_a_gate_learns_to_tell_domains():
    points, own = blobs()
    params = gate_of_domains(points - 5, own, 4, 8, active=2, rate=0.1)
    scores = (points - 5) @ params["gate.weight"].T + params["gate.bias"]
    chosen = scores.topk(2, 1).indices.sort(1).values
    # Corner c has the experts 2 c and 2 c + 1, which score alike.
    assert torch.equal(chosen, torch.stack([2 * own, 2 * own + 1], 1))
    assert torch.equal(scores[:, ::2], scores[:, 1::2])


def test_a_gate_by_tags_has_made_steps_of_softmax_regression(monkeypatch):
    monkeypatch.setattr(gates, "TAG_STEPS", 1)
    features, domains = torch.tensor([[1.0], [3.0], [10.0]]), torch.tensor([0, 0, 1])
    params = gate_of_domains(features, domains, 2, 3, active=2, rate=0.3)
    # All chances are 1/2: of domain 0, (1 + 3 - 10) / 2 / 3 = -1 for the weight and
    # (1 + 1 - 1) / 2 / 3 = 1/6 for the bias, times the rate.
    weights, biases = params["gate.weight"].flatten(), params["gate.bias"]
    torch.testing.assert_close(weights, torch.tensor([-0.3, -0.3, 0.3]))
    torch.testing.assert_close(biases, torch.tensor([0.05, 0.05, -0.05]))


def test_experts_or_samples_that_do_not_suit_domains_are_refused():
    features = torch.zeros(3, 1)
    for experts in (2, 7):
        words = f"experts is {experts}, but a gate by tags needs one for each of 3"
        with pytest.raises(SettingsError, match=words):
            gate_of_domains(features, torch.arange(3), 3, experts, active=2, rate=0.1)
    for domain, held in enumerate(([1, 2, 2], [0, 2, 2], [0, 1, 1])):
        with pytest.raises(SettingsError, match=f"no sample of domain {domain} is"):
            gate_of_domains(features, torch.tensor(held), 3, 6, active=2, rate=0.1)
    with pytest.raises(SettingsError, match="no sample is held out"):
        pretrained(held=slice(0))


def test_body_and_head_learn_and_then_experts_and_head():
    network = build_network(parse_model(MODEL), (8,), 4)
    first = network.init(0)
    bodies = pretrained(steps=0)
    assert not torch.equal(bodies["body.weight"], first["body.weight"])
    assert torch.equal(bodies["expert/0.up"], first["expert/0.up"])
    both = pretrained()
    assert torch.equal(both["body.weight"], bodies["body.weight"])
    assert torch.equal(both["gate.weight"], bodies["gate.weight"])
    assert not torch.equal(both["head.weight"], bodies["head.weight"])
    # Of the experts, those learn that some sample passes.
    assert any(both[f"expert/{m}.down"].abs().max() > 0 for m in range(8))
    plain = pretrained(gate="plain")
    assert not torch.equal(plain["gate.weight"], first["gate.weight"])
    assert torch.equal(plain["body.weight"], bodies["body.weight"])


def test_a_plain_gate_is_started_as_it_was_drawn():
    first = build_network(parse_model(MODEL), (8,), 4).init(0)
    found = pretrained(gate="plain", steps=0)
    assert torch.equal(found["gate.weight"], first["gate.weight"])


def test_pretraining_helps_what_it_has_not_seen():
    data = turned_digits(0)
    network = build_network(parse_model(MODEL), data.shape, data.classes)
    x, test_x = (torch.from_numpy(part.copy()).flatten(1) for part in data.features())
    y, domains = map(torch.from_numpy, (data.train_y, data.train_domain))
    held, how = torch.from_numpy(data.held_out), ExpertPretraining(**PRETRAINING)
    given = (x[held], y[held], domains[held], len(data.domains))
    params = pretrain_experts(network, *given, how, 0)
    one = {name: p.unsqueeze(0) for name, p in params.items()}
    right, _ = network.score(one, test_x[None], torch.from_numpy(data.test_y)[None])
    assert right.float().mean() > 0.5  # chance is 0.1, of 67 samples


def test_a_seed_makes_the_same_model():
    first, again, other = pretrained(), pretrained(), pretrained(seed=1)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["body.weight"], other["body.weight"])


class Watched(TorchDispatchMode):
    """Keeps the names of all operations."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.seen.add(func.__name__.partition(".")[0])
        return func(*args, **(kwargs or {}))


def test_no_square_root_of_tensors_rounds_by_the_processor():
    with Watched() as operations:
        pretrained()
    assert "baddbmm" in operations.seen
    assert not {name for name in operations.seen if "sqrt" in name or "norm" in name}


def test_parameters_that_are_no_numbers_end_the_run():
    with pytest.raises(RunError, match="are not finite after pretraining; lower"):
        pretrained(learning_rate=1e6)


def test_mass_and_leakage_by_hand():
    # Features are the samples, and expert m has the score 9 for feature m: e^9 : 1.
    values = MODEL | {"hidden": 3, "experts": 3, "active": 1}
    network = build_network(parse_model(values), (3,), 2).on_features()
    params = network.init(0) | {
        "gate.weight": 9 * torch.eye(3),
        "gate.bias": torch.zeros(3),
    }
    x = torch.eye(3)[[0, 0, 0, 1, 2, 2]]
    held = {"A": np.array([0, 1, 2, 3]), "B": np.array([4, 5])}
    mass = gate_mass(network, params, x, held)
    assert mass.columns.tolist() == ["expert/0", "expert/1", "expert/2"]
    assert mass.loc["A"].tolist() == [0.75, 0.25, 0.0]
    assert mass.loc["B"].tolist() == [0.0, 0.0, 1.0]
    found = leakage(mass, {"A": ["expert/0"], "B": ["expert/1", "expert/2"]})
    assert found.to_dict() == {"A": 0.25, "B": 0.0}
    assert leakage(mass, {"A": ["expert/1"], "B": []}).tolist() == [0.75, 1.0]


def test_use_of_own_experts_by_hand():
    # As above, but shares of 4, 2 and 1 for feature 0, and of 1, 2 and 4 for feature 1.
    values = MODEL | {"hidden": 2, "experts": 3, "active": 2, "routing": "masked"}
    network = build_network(parse_model(values), (2,), 2).on_features()
    two = math.log(2)
    params = network.init(0) | {
        "gate.weight": two * torch.tensor([[2.0, 0], [1, 1], [0, 2]]),
        "gate.bias": torch.zeros(3),
    }
    x = torch.eye(2)[[0, 0, 1]]
    held = {"A": np.array([0, 1, 2]), "B": np.array([2])}
    use = use_table(network, params, x, held, {"A": [0, 2], "B": [1]})
    wide = use.pivot(index="cluster", columns="expert", values="mass").loc[["A", "B"]]
    # Of A, two samples at 4 : 1 and one at 1 : 4; a single expert takes all.
    expected = [[(2 * 0.8 + 0.2) / 3, 0, (2 * 0.2 + 0.8) / 3], [0, 1, 0]]
    np.testing.assert_allclose(wide, expected, rtol=1e-6)
    # Of three own experts the best two: 4 : 2 and 2 : 4.
    use = use_table(network, params, x, held, {"A": [0, 1, 2], "B": [0, 1, 2]})
    wide = use.pivot(index="cluster", columns="expert", values="mass").loc[["A", "B"]]
    expected = [[2 * 2 / 9, 1 / 3, 2 / 9], [0, 1 / 3, 2 / 3]]
    np.testing.assert_allclose(wide, expected, rtol=1e-6)


def test_use_of_own_experts_is_what_samples_pass_in_training():
    values = MODEL | {"experts": 6, "active": 2, "routing": "masked"}
    network = build_network(parse_model(values), (5,), 2)
    params, x = network.init(3), torch.randn(9, 5, generator=torch.Generator())
    own = [1, 2, 5]
    use = use_table(network, params, x, {"A": np.arange(9)}, {"A": own})
    stacked = {name: p.unsqueeze(0) for name, p in params.items()}
    passed = network._forward(stacked, x.unsqueeze(0), own)
    np.testing.assert_allclose(use["mass"][own], passed.gates[0].mean(1), rtol=1e-5)
    assert use["mass"].drop(own).eq(0).all()


def test_use_of_own_experts_that_are_far_below_the_best():
    # Of scores 0, 400 and 800 the first two are 0 in float32 beside the third.
    values = MODEL | {"hidden": 2, "experts": 3, "active": 2, "routing": "masked"}
    network = build_network(parse_model(values), (2,), 2).on_features()
    params = network.init(0) | {
        "gate.weight": torch.tensor([[0.0, 0], [0, 0], [800, 0]]),
        "gate.bias": torch.zeros(3),
    }
    use = use_table(network, params, torch.eye(2), {"A": np.array([0])}, {"A": [0, 1]})
    assert use["mass"].tolist() == [0.5, 0.5, 0]


def test_with_full_routing_use_stays_as_it_was():
    values = MODEL | {"experts": 6, "active": 2, "routing": "full"}
    network = build_network(parse_model(values), (5,), 2)
    params, x = network.init(3), torch.randn(9, 5, generator=torch.Generator())
    held = {"A": np.arange(9)}
    use = use_table(network, params, x, held, {"A": [0]})
    assert use.equals(mass_table(network, params, x, held))


def test_what_is_a_right_assignment():
    columns = ["expert/0", "expert/1", "expert/2"]
    by_domain = pd.DataFrame(
        [[0.6, 0.4, 0.0], [0.1, 0.2, 0.7]], index=["up", "down"], columns=columns
    )
    homes = {"up": "A", "down": "B"}
    right = {"A": ["expert/0", "expert/1"], "B": ["expert/2"]}
    assert recovered(by_domain, right, homes)
    crossed = {"A": ["expert/0", "expert/2"], "B": ["expert/1"]}
    assert not recovered(by_domain, crossed, homes)
    # B has nobody for its domain.
    assert not recovered(by_domain, {"A": ["expert/0"], "B": []}, homes)


@pytest.mark.parametrize(("gate", "overlap"), [("kmeans", 0.4), ("tags", 0.4)])
def test_experts_find_the_clusters_of_their_teachers(gate, overlap):
    few = {"gate": gate} | GATE_ALONE
    assert all(split(teachers(s), s, overlap, **few)[0] for s in range(20))


def test_experts_of_a_random_gate_do_not():
    found = [split(teachers(s), s, 0.0, **UNTRAINED)[0] for s in range(20)]
    assert sum(found) <= 1


def test_clusters_leak_less_of_a_gate_that_knows_of_them():
    """Digits in four domains; the prototype has 0.45, 0.06 and 0 for the same."""
    leaks = {}
    for gate in ("plain", "kmeans", "tags"):
        _, leaks[gate] = split(turned_digits(0), 0, 0.0, gate=gate)
    assert leaks["plain"] > 0.3 > 0.15 > leaks["kmeans"] > leaks["tags"]
    assert leaks["tags"] < 0.02
