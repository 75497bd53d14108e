"""What the gate of a mixture leaks between clusters, known before any training."""

from collections.abc import Sequence

import pandas as pd

from fedorbit.theory.experts.leakage import LARGEST_LEAKAGE, foreign_share, leakage

LEAKAGE = ["seed", "cluster", "leakage", "foreign", "out_of_field"]


def leakage_table(experts: pd.DataFrame, clusters: Sequence[str]) -> pd.DataFrame:
    """Return the leakage of each cluster and seed, columns ``LEAKAGE``.

    ``experts`` has the columns ``seed, cluster, number, mass, assigned``. ``leakage``
    is the share of a cluster's gate mass outside of its experts, ``foreign`` the mean
    over its experts of their mass in clusters that lack them. ``out_of_field`` says
    that the mean leakage of the seed's clusters is above the largest for EMS-FL.
    """
    rows = []
    for seed, own in experts.groupby("seed"):
        wide = own.pivot(index="cluster", columns="number").loc[list(clusters)]
        mass = wide["mass"].to_numpy(float)
        assigned = wide["assigned"].to_numpy(bool)
        leaked, foreign = leakage(mass, assigned), foreign_share(mass, assigned)
        beyond = bool(leaked.mean() > LARGEST_LEAKAGE)
        for cluster, value, mine in zip(clusters, leaked, assigned, strict=True):
            rows.append((seed, cluster, value, foreign[mine].mean(), beyond))
    return pd.DataFrame(rows, columns=LEAKAGE)
