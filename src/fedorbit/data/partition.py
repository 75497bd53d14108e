"""Who holds which samples: groups with skewed classes, clients within groups.

Groups are those of the clients' homes, such as regions. Keys of the settings that
name regions hold for groups of any kind.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, TypeAdapter

from fedorbit.base.errors import SettingsError
from fedorbit.base.settings import Samples, Settings, between
from fedorbit.data.by_domain import ByDomain, deal_by_domain
from fedorbit.data.homes import Homes, name_of
from fedorbit.data.sizes import (
    client_sizes,
    positions_in_groups,
    size_weights,
    whole_sizes,
)

Concentration = between(float, 1e-6, 1e9)
"""Of a Dirichlet distribution."""


class _Sized(Settings):
    """What all schemes but shards have in common."""

    min_samples: Samples
    """The least number of samples that each client must hold."""
    size_spread: between(float, 0.0, 10.0)
    """Standard deviation of the logarithm of the clients' sizes; 0 for equal sizes."""


class Iid(_Sized):
    """The same mix of classes everywhere, but for chance."""

    scheme: Literal["iid"]
    """Samples dealt at random."""


class Dirichlet(_Sized):
    """Skewed mixes of classes over regions, and over the clients of each region."""

    scheme: Literal["dirichlet"]
    """Mixes of classes drawn from Dirichlet distributions."""
    region_concentration: Concentration
    """Concentration of the classes over regions; small is heterogeneous."""
    client_concentration: Concentration
    """Concentration of a region's classes over its clients."""


class Shards(Settings):
    """Few classes at each client: shards of samples sorted by label."""

    scheme: Literal["shards"]
    """Equal shards, dealt at random."""
    min_samples: Samples
    """The least number of samples that each client must hold."""
    shards_per_client: between(int, 1, 1_000_000)
    """Shards that each client gets; about as many classes, too."""


class Geography(_Sized):
    """Classes that occur in some regions only."""

    scheme: Literal["geography"]
    """Classes tied to regions."""
    classes_per_region: between(int, 1, 100_000)
    """Consecutive classes that occur in a region; neighbours may share some."""
    client_concentration: Concentration
    """Dirichlet concentration of a region's classes over its clients."""


Scheme = Iid | Dirichlet | Shards | Geography | ByDomain
Partition = Annotated[Scheme, Field(discriminator="scheme")]
"""How the training samples are dealt out."""


def parse_partition(values: dict[str, Any]) -> Scheme:
    """Return checked values of the key ``partition`` as settings."""
    return TypeAdapter(Partition).validate_python(values)


def partition_samples(
    labels: NDArray,
    homes: Homes,
    settings: Scheme,
    seeds: list[int],
    domains: NDArray | None = None,
    held_out: NDArray | None = None,
) -> pd.DataFrame:
    """Return who holds which sample: columns ``seed, sample, client``, and the group.

    The column of the group is called by its kind, ``region`` for regions, and has its
    name. ``labels`` and the ``domains`` of samples, if they have some, have shape
    (samples,). Every sample has one client, but none of the indices ``held_out``. A
    partition depends on its seed alone. Raises ``SettingsError`` if the samples do not
    suffice for ``min_samples`` at every client, or classes or domains not for the
    scheme.
    """
    clients = len(homes)
    dealt = np.delete(np.arange(len(labels)), [] if held_out is None else held_out)
    if len(dealt) // clients < settings.min_samples:
        raise SettingsError(
            f"partition.min_samples is {settings.min_samples}, but {len(dealt)} "
            f"samples for {clients} clients leave {len(dealt) // clients} for some; "
            "lower it or have fewer clients."
        )
    by_domain = isinstance(settings, ByDomain)
    if by_domain and domains is None:
        raise SettingsError(
            "partition.scheme is 'domains', but the samples of the dataset have none; "
            "choose another scheme, or a dataset of domains."
        )
    kinds = (domains if by_domain else labels)[dealt]
    deal = SCHEMES[type(settings)]
    tables = []
    for seed in seeds:
        by_client = deal(kinds, homes.sizes, settings, seed)
        for client, samples in enumerate(by_client):
            tables.append(
                pd.DataFrame(
                    {
                        "seed": seed,
                        "sample": dealt[np.sort(samples)],
                        "client": client,
                        homes.kind: name_of(homes.group(client)),
                    }
                )
            )
    return pd.concat(tables, ignore_index=True)


def group_column(partition: pd.DataFrame) -> str:
    """Return the column of a partition that names groups, which is their kind."""
    (column,) = set(partition.columns) - {"seed", "sample", "client"}
    return column


def dirichlet_groups(
    labels: NDArray, sizes: NDArray, concentration: float, rng: np.random.Generator
) -> list[NDArray]:
    """Return the indices of ``labels`` dealt out to groups of the given sizes.

    Each group draws its mix of classes from a Dirichlet distribution whose mean is
    the mix of all labels, and then samples by that mix without replacement; classes
    that have run out leave the mix (Hsu, Qi and Brown, arXiv 1909.06335, section 3).
    ``concentration`` is that of one class among equally frequent ones, as is usual.
    The sizes must sum to the number of labels; the draw ends for any concentration.
    """
    classes = np.unique(labels)
    pools = [rng.permutation(np.flatnonzero(labels == c)) for c in classes]
    prior = np.array([len(pool) for pool in pools]) / len(labels)
    left = np.array([len(pool) for pool in pools])
    dealt: list[NDArray] = []
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


def classes_of_regions(classes: int, regions: int, each: int) -> NDArray:
    """Return which classes occur where, a boolean array of shape (regions, classes).

    Each region has ``each`` consecutive classes, the first after the last. First ones
    are spread evenly, so that every class occurs somewhere. Raises ``SettingsError``
    if there are fewer classes, or more than all regions together can have.
    """
    if each > classes:
        raise SettingsError(
            f"partition.classes_per_region is {each}, but there are {classes} classes; "
            f"lower it to at most {classes}."
        )
    if each * regions < classes:
        raise SettingsError(
            f"partition.classes_per_region is {each}, but with {regions} regions "
            f"{classes - each * regions} of {classes} classes would occur in none; "
            f"raise it to at least {-(-classes // regions)}."
        )
    first = np.arange(regions) * classes // regions
    occurs = np.zeros((regions, classes), dtype=bool)
    np.put_along_axis(
        occurs, (first[:, None] + np.arange(each)) % classes, True, axis=1
    )
    return occurs


def _deal_iid(
    labels: NDArray, groups: Sequence[int], settings: Iid, seed: int
) -> list[NDArray]:
    """Return the samples of each client, drawn from all alike."""
    sizes = _sizes(labels, groups, settings, seed)
    shuffled = np.random.default_rng([seed, 0]).permutation(len(labels))
    return np.split(shuffled, np.cumsum(sizes)[:-1])


def _deal_dirichlet(
    labels: NDArray, groups: Sequence[int], settings: Dirichlet, seed: int
) -> list[NDArray]:
    """Return the samples of each client, dealt to groups and then to clients."""
    rng = np.random.default_rng([seed, 0])
    sizes = _by_group(_sizes(labels, groups, settings, seed), groups)
    totals = np.array([own.sum() for own in sizes])
    by_group = dirichlet_groups(labels, totals, settings.region_concentration, rng)
    return [
        samples[part]
        for samples, own in zip(by_group, sizes, strict=True)
        for part in dirichlet_groups(
            labels[samples], own, settings.client_concentration, rng
        )
    ]


def _deal_shards(
    labels: NDArray, groups: Sequence[int], settings: Shards, seed: int
) -> list[NDArray]:
    """Return the samples of each client: its shards of the samples sorted by label.

    After McMahan et al., "Communication-efficient learning of deep networks from
    decentralized data" (AISTATS 2017, section 3), with shards that differ by at most
    one sample.
    """
    rng = np.random.default_rng([seed, 0])
    clients, each = sum(groups), settings.shards_per_client
    smallest = len(labels) // (clients * each)
    if each * smallest < settings.min_samples:
        raise SettingsError(
            f"partition.min_samples is {settings.min_samples}, but {each} of "
            f"{clients * each} shards of {len(labels)} samples have {each * smallest} "
            "for some; lower it or shards_per_client."
        )
    shuffled = rng.permutation(len(labels))
    by_label = shuffled[np.argsort(labels[shuffled], kind="stable")]
    shards = np.array_split(by_label, clients * each)
    hands = rng.permutation(len(shards)).reshape(clients, each)
    return [np.concatenate([shards[shard] for shard in hand]) for hand in hands]


def _deal_geography(
    labels: NDArray, groups: Sequence[int], settings: Geography, seed: int
) -> list[NDArray]:
    """Return the samples of each client, which are of its group's classes.

    How many samples a group has follows from its classes, which it shares with others
    by their weights; sizes of clients are proportional within it.
    """
    rng = np.random.default_rng([seed, 0])
    weights = _by_group(size_weights(sum(groups), settings.size_spread, seed), groups)
    totals = np.array([own.sum() for own in weights])
    classes = np.unique(labels)
    occurs = classes_of_regions(len(classes), len(groups), settings.classes_per_region)
    by_group: list[list[NDArray]] = [[] for _ in groups]
    for label, holds in zip(classes, occurs.T, strict=True):
        pool = rng.permutation(np.flatnonzero(labels == label))
        shares = holds * totals
        ends = np.cumsum(whole_sizes(len(pool) * shares / shares.sum()))
        for own, samples in zip(by_group, np.split(pool, ends[:-1]), strict=True):
            own.append(samples)
    dealt = []
    for number, samples in enumerate(map(np.concatenate, by_group)):
        if len(samples) < groups[number] * settings.min_samples:
            raise SettingsError(
                f"partition.min_samples is {settings.min_samples}, but with seed {seed}"
                f" the classes of region {number + 1} of {len(groups)} have "
                f"{len(samples)} samples for {groups[number]} clients; lower it, or "
                "raise classes_per_region."
            )
        sizes = client_sizes(weights[number], len(samples), settings.min_samples)
        parts = dirichlet_groups(
            labels[samples], sizes, settings.client_concentration, rng
        )
        dealt += [samples[part] for part in parts]
    return dealt


def _sizes(
    labels: NDArray, groups: Sequence[int], settings: Iid | Dirichlet, seed: int
) -> NDArray:
    """Return how many samples each client gets, shape (clients,)."""
    weights = size_weights(sum(groups), settings.size_spread, seed)
    positions = positions_in_groups(groups)
    return client_sizes(weights, len(labels), settings.min_samples, positions)


def _by_group(values: NDArray, groups: Sequence[int]) -> list[NDArray]:
    """Return values of clients, shape (clients,), as those of each group."""
    return np.split(values, np.cumsum(groups)[:-1])


SCHEMES: dict[type, Callable[[NDArray, Sequence[int], Any, int], list[NDArray]]] = {
    Iid: _deal_iid,
    Dirichlet: _deal_dirichlet,
    Shards: _deal_shards,
    Geography: _deal_geography,
    ByDomain: deal_by_domain,
}
"""How each scheme deals: from labels or domains, numbers of clients, settings, seed."""
