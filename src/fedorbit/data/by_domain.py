"""Samples dealt by their domains to groups of clients that have domains of their own.

With C groups and an overlap omega, a group's share omega of the samples comes from
the domains of other groups, evenly. At 0 groups have nothing in common, at 1 - 1 / C
all are alike: omega' = omega / (1 - 1 / C) goes from 0 to 1.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fedorbit.base.errors import SettingsError
from fedorbit.base.settings import Samples, Settings, between
from fedorbit.data.sizes import client_sizes, size_weights, whole_sizes

ROUNDING = 1e-9  # of an overlap


class ByDomain(Settings):
    """Domains that are each at home in one group of clients, more or less."""

    scheme: Literal["domains"]
    """Domains tied to groups."""
    min_samples: Samples
    """The least number of samples that each client must hold."""
    size_spread: between(float, 0.0, 10.0)
    """Standard deviation of the logarithm of the clients' sizes; 0 for equal sizes."""
    overlap: between(float, 0.0, 1.0)
    """Share of a group's samples from domains of other groups, omega: from 0 to one
    less one over the number of groups."""


def normalised_overlap(overlap: float, groups: int) -> float:
    """Return omega' = omega / (1 - 1 / C), from 0 (clustered) to 1 (fully mixed).

    A single group has nothing to mix with, and 0. Raises ``SettingsError`` for more
    than fully mixed.
    """
    most = 1 - 1 / groups
    if overlap > most + ROUNDING:
        raise SettingsError(
            f"partition.overlap is {overlap:g}, but {groups} groups are fully mixed at "
            f"{most:g}; lower it to that or less."
        )
    return min(overlap / most, 1.0) if groups > 1 else 0.0


def homes_of_domains(domains: int, groups: int) -> NDArray:
    """Return the group in which each domain is at home, shape (domains,).

    Groups have consecutive domains, as many each as far as possible. Raises
    ``SettingsError`` if some group would have none.
    """
    if domains < groups:
        raise SettingsError(
            f"the dataset has {domains} domains, too few for {groups} groups of "
            "clients; give each group one of its own."
        )
    return np.arange(domains) * groups // domains


def deal_by_domain(
    domains: NDArray, groups: Sequence[int], settings: ByDomain, seed: int
) -> list[NDArray]:
    """Return the samples of each client, shuffled within its group.

    ``domains`` are those of the samples, shape (samples,), ``groups`` the numbers of
    clients. A share of each domain stays at home, and the rest goes to all other
    groups evenly. Sizes of clients are proportional within a group. Raises
    ``SettingsError`` if samples, domains or the overlap do not suit the groups.
    """
    normalised_overlap(settings.overlap, len(groups))
    rng = np.random.default_rng([seed, 0])
    kinds = np.unique(domains)
    home = homes_of_domains(len(kinds), len(groups))
    away = settings.overlap / (len(groups) - 1) if len(groups) > 1 else 0.0
    by_group: list[list[NDArray]] = [[] for _ in groups]
    for kind, own_group in zip(kinds, home, strict=True):
        pool = rng.permutation(np.flatnonzero(domains == kind))
        shares = np.full(len(groups), away)
        shares[own_group] = 1 - away * (len(groups) - 1)
        ends = np.cumsum(whole_sizes(len(pool) * shares))
        for own, samples in zip(by_group, np.split(pool, ends[:-1]), strict=True):
            own.append(samples)
    weights = size_weights(sum(groups), settings.size_spread, seed)
    weights = np.split(weights, np.cumsum(groups)[:-1])
    dealt = []
    for number, samples in enumerate(map(np.concatenate, by_group)):
        if len(samples) < groups[number] * settings.min_samples:
            raise SettingsError(
                f"partition.min_samples is {settings.min_samples}, but the domains of "
                f"group {number + 1} of {len(groups)} have {len(samples)} samples for "
                f"{groups[number]} clients; lower it."
            )
        sizes = client_sizes(weights[number], len(samples), settings.min_samples)
        dealt += np.split(rng.permutation(samples), np.cumsum(sizes)[:-1])
    return dealt
