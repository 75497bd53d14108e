"""Central pretraining of a mixture of experts.

Plain stochastic gradients and sums alone: no square root of a tensor, whose rounding
depends on the processor.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from fedorbit.base.errors import RunError, SettingsError
from fedorbit.learn.networks.experts import BODY, GATE, HEAD, Experts, expert
from fedorbit.learn.networks.network import Params
from fedorbit.learn.pretrain.expert_settings import ExpertPretraining
from fedorbit.learn.pretrain.gates import gate_at, gate_of_domains, kmeans


def pretrain_experts(
    network: Experts,
    x: Tensor,
    y: Tensor,
    domains: Tensor,
    domain_count: int,
    how: ExpertPretraining,
    seed: int,
) -> Params:
    """Return all parameters after central learning on held-out samples.

    ``x`` are samples that have gone through ``network.once``, (n, ...); their labels
    ``y`` and ``domains`` (n,), of which the dataset has ``domain_count``. Draws depend
    on the seed alone. Raises ``SettingsError`` if there are no samples, or for a gate
    by tags if domains do not suit samples or experts, and ``RunError`` if parameters
    are no longer finite.
    """
    if not len(x):
        raise SettingsError(
            "no sample is held out, and experts need some for pretraining; raise "
            "held_out of the dataset."
        )
    torch.set_num_threads(1)
    params = network.init(seed)
    generator = torch.Generator().manual_seed(seed)
    experts = [expert(number) for number in range(network.how.experts)]
    first = [part for part in (BODY, HEAD) if part in network.scopes()]
    _learn(network, params, first, x, y, how, how.body_steps, generator)
    features, many = network.features(params, x), len(experts)
    if how.gate == "kmeans":
        centres = kmeans(features, many, generator)
        params |= gate_at(centres, features, how.sharpness)
    elif how.gate == "tags":
        active, rate = network.how.active, how.learning_rate
        params |= gate_of_domains(features, domains, domain_count, many, active, rate)
    scope = (*experts, HEAD, *([GATE] if how.gate == "plain" else []))
    _learn(network, params, scope, x, y, how, how.steps, generator)
    return params


def _learn(
    network: Experts,
    params: Params,
    scope: Sequence[str],
    x: Tensor,
    y: Tensor,
    how: ExpertPretraining,
    steps: int,
    generator: torch.Generator,
) -> None:
    """Move the parameters of some parts by some steps, in place."""
    parts = network.scopes()
    names = [name for part in scope for name in parts[part]]
    copies = {name: p.unsqueeze(0) for name, p in params.items()}
    balance = how.balance if GATE in scope else 0.0
    for _ in range(steps):
        drawn = torch.randint(len(x), (1, how.batch_size), generator=generator)
        found = network.gradients(copies, x[drawn], y[drawn], names, balance)
        for name, gradient in found.items():
            copies[name].sub_(gradient, alpha=how.learning_rate)
    if not all(math.isfinite(params[name].sum()) for name in names):
        raise RunError(
            f"parameters of {', '.join(scope)} are not finite after pretraining; lower "
            "its learning_rate."
        )
