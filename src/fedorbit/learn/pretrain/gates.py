"""Where the gate of a mixture of experts starts: at clusters, or at known domains.

Nothing but sums, products and comparisons: the square root of a tensor would round by
the processor.
"""

import math

import torch
from torch import Tensor

from fedorbit.base.errors import SettingsError
from fedorbit.learn.networks.experts import GATE
from fedorbit.learn.networks.network import Params

KMEANS_STARTS, KMEANS_ROUNDS = 50, 100
TAG_STEPS = 300
SMALLEST = 1e-12  # of a scale that something is divided by


def gate_at(centres: Tensor, features: Tensor, sharpness: float) -> Params:
    """Return a gate whose experts stand at centres (experts, width).

    Scores are minus ``sharpness`` times the squared distance from a sample's features
    to the centre, over the mean of the least of these for ``features`` (n, width). The
    square of the features themselves is the same for all experts, and left out.
    """
    least = _squared_distances(features, centres).min(1).values.mean()
    scale = sharpness / max(float(least), SMALLEST)
    return {
        f"{GATE}.weight": 2 * scale * centres,
        f"{GATE}.bias": -scale * centres.square().sum(1),
    }


def gate_of_domains(
    features: Tensor,
    domains: Tensor,
    count: int,
    experts: int,
    active: int,
    rate: float,
) -> Params:
    """Return a gate that has learned to tell domains apart, by softmax regression.

    Features have the shape (n, width), domains (n,), from 0 to ``count`` - 1; ``rate``
    is the step size. Domains have consecutive experts, as many each as far as possible,
    which score alike. Raises ``SettingsError`` if there are fewer experts than domains,
    more for a domain than the ``active`` ones that a sample passes, or a domain without
    samples.
    """
    sizes = torch.bincount(domains, minlength=count)
    most = -(-experts // count)
    if not count <= experts <= count * active:
        raise SettingsError(
            f"model.experts is {experts}, but a gate by tags needs one for each of "
            f"{count} domains, and at most model.active, {active}; now there are "
            f"up to {most}; change one of the two."
        )
    if not sizes.all():
        raise SettingsError(
            f"no sample of domain {int(sizes.argmin())} is held out, and a gate by "
            "tags needs some of each; raise held_out of the dataset."
        )
    weight = features.new_zeros(count, features.shape[1])
    bias = features.new_zeros(count)
    true = torch.eye(count)[domains]
    for _ in range(TAG_STEPS):
        error = torch.softmax(features @ weight.T + bias, 1) - true
        weight -= rate / len(features) * error.T @ features
        bias -= rate / len(features) * error.sum(0)
    own = torch.arange(experts) * count // experts
    return {f"{GATE}.weight": weight[own], f"{GATE}.bias": bias[own]}


def kmeans(points: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Return the centres (count, width) of clusters of points (n, width).

    The best of 50 starts, each with centres drawn in proportion to the squared
    distance from those before (Arthur and Vassilvitskii, SODA 2007).
    """
    best, least = points[:count], math.inf
    for _ in range(KMEANS_STARTS):
        centres = _first_centres(points, count, generator)
        for _ in range(KMEANS_ROUNDS):
            own = _squared_distances(points, centres).argmin(1)
            sums = torch.zeros_like(centres).index_add(0, own, points)
            sizes = torch.bincount(own, minlength=count).unsqueeze(1)
            moved = torch.where(sizes > 0, sums / sizes.clamp(min=1), centres)
            if torch.equal(moved, centres):
                break
            centres = moved
        spread = float(_squared_distances(points, centres).min(1).values.sum())
        if spread < least:
            best, least = centres, spread
    return best


def _first_centres(points: Tensor, count: int, generator: torch.Generator) -> Tensor:
    chosen = [int(torch.randint(len(points), (1,), generator=generator))]
    while len(chosen) < count:
        apart = _squared_distances(points, points[chosen]).min(1).values
        reached = apart.double().cumsum(0)
        drawn = torch.rand(1, generator=generator, dtype=torch.float64) * reached[-1]
        chosen.append(min(int(torch.searchsorted(reached, drawn)), len(points) - 1))
    return points[chosen]


def _squared_distances(points: Tensor, centres: Tensor) -> Tensor:
    """Return the squares of the distances, shape (points, centres)."""
    squares = points.square().sum(1, keepdim=True) + centres.square().sum(1)
    return (squares - 2 * points @ centres.mT).clamp(min=0)
