"""Test samples like those of a group's clients: with their mix of domains."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fedorbit.data.datasets import Dataset, DomainDataset
from fedorbit.data.homes import group_of
from fedorbit.data.partition import group_column


def parts_of_groups(dataset: Dataset, partition: pd.DataFrame) -> dict[str, NDArray]:
    """Return indices of test samples by the name of a group, such as ``region/Paris``.

    Domains have the same shares as among the training samples of the group's clients,
    to within a sample; they are as many as the scarcest domain allows, evenly spread
    over those of a domain. ``partition`` is that of one seed. A dataset without domains
    has no such parts.
    """
    if not isinstance(dataset, DomainDataset):
        return {}
    kind = group_column(partition)
    domains = range(len(dataset.domains))
    tests = [np.flatnonzero(dataset.test_domain == domain) for domain in domains]
    there = np.array([len(own) for own in tests])
    parts = {}
    for group, own in partition.groupby(kind, sort=False):
        held = dataset.train_domain[own["sample"]]
        shares = np.bincount(held, minlength=len(tests)) / len(held)
        most = min(there[shares > 0] / shares[shares > 0])
        sizes = np.rint(most * shares).astype(int)
        spread = [
            own_tests[np.arange(size) * len(own_tests) // max(size, 1)]
            for own_tests, size in zip(tests, sizes, strict=True)
        ]
        parts[group_of(kind, group)] = np.concatenate(spread)
    return parts
