"""Who holds which samples: regions with skewed classes, clients within regions."""

import numpy as np
import pandas as pd
from pydantic import PositiveFloat, PositiveInt

from fedorbit.errors import SettingsError
from fedorbit.settings import Settings


class Partition(Settings):
    """How the training samples are dealt out."""

    region_concentration: PositiveFloat
    """Dirichlet concentration of the classes over regions; small is heterogeneous."""
    client_concentration: PositiveFloat
    """Dirichlet concentration of a region's classes over its clients."""
    min_samples: PositiveInt
    """The least number of samples that each client must hold."""


def dirichlet_groups(
    labels: np.ndarray, groups: int, concentration: float, rng: np.random.Generator
) -> list[np.ndarray]:
    """Return the indices of ``labels`` dealt out to groups of equal size.

    Each group draws its mix of classes from a Dirichlet distribution whose mean is
    the mix of all labels, and then samples by that mix without replacement; classes
    that have run out leave the mix (Hsu, Qi and Brown, arXiv 1909.06335, section 3).
    ``concentration`` is that of one class among equally frequent ones, as is usual.
    Sizes differ by at most one, and the draw ends for any concentration.
    """
    classes = np.unique(labels)
    pools = [rng.permutation(np.flatnonzero(labels == c)) for c in classes]
    prior = np.array([len(pool) for pool in pools]) / len(labels)
    left = np.array([len(pool) for pool in pools])
    sizes = [len(part) for part in np.array_split(labels, groups)]
    dealt: list[np.ndarray] = []
    for size in sizes:
        mix = rng.dirichlet(concentration * len(classes) * prior)
        taken = np.zeros_like(left)
        while taken.sum() < size:
            weights = np.where(left > taken, mix, 0.0)
            if not weights.sum() > 0:
                weights = (left - taken).astype(float)
            want = rng.multinomial(size - taken.sum(), weights / weights.sum())
            taken = np.minimum(taken + want, left)
        ends = left.copy()
        left = left - taken
        dealt.append(
            np.concatenate(
                [pool[a:b] for pool, a, b in zip(pools, left, ends, strict=True)]
            )
        )
    return dealt


def partition_samples(
    labels: np.ndarray,
    regions: list[str],
    clients_per_region: int,
    settings: Partition,
    seeds: list[int],
) -> pd.DataFrame:
    """Return who holds which sample: columns ``seed, sample, client, region``.

    Samples are dealt to regions and then, within each region, to its clients, both
    by ``dirichlet_groups``; clients are numbered through all regions in their order.
    A partition depends on its seed alone. Raises ``SettingsError`` if the samples do
    not suffice for ``min_samples`` at every client.
    """
    clients = len(regions) * clients_per_region
    if len(labels) // clients < settings.min_samples:
        raise SettingsError(
            f"partition.min_samples is {settings.min_samples}, but {len(labels)} "
            f"samples for {clients} clients leave {len(labels) // clients} for some; "
            "lower it or have fewer clients."
        )
    tables = []
    for seed in seeds:
        rng = np.random.default_rng([seed, 0])
        by_region = dirichlet_groups(
            labels, len(regions), settings.region_concentration, rng
        )
        for number, samples in enumerate(by_region):
            by_client = dirichlet_groups(
                labels[samples], clients_per_region, settings.client_concentration, rng
            )
            for offset, part in enumerate(by_client):
                tables.append(
                    pd.DataFrame(
                        {
                            "seed": seed,
                            "sample": np.sort(samples[part]),
                            "client": number * clients_per_region + offset,
                            "region": regions[number],
                        }
                    )
                )
    return pd.concat(tables, ignore_index=True)
