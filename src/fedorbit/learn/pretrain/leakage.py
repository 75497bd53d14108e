"""What the gate of a mixture of experts sends where, and what of it is lost."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from fedorbit.learn.networks.experts import Experts, expert
from fedorbit.learn.networks.network import Params


def gate_mass(
    network: Experts, params: Params, x: Tensor, held: Mapping[str, NDArray]
) -> pd.DataFrame:
    """Return the mean gate of each expert over the samples of each cluster.

    ``held`` are indices into ``x`` (n, inputs) by cluster. Rows are clusters, columns
    the parts ``expert/0``, ``expert/1``, ...; each row sums to 1. Gates are
    those that samples pass, 0 but for the best few experts.
    """
    gates = network.gates(params, x).double().numpy()
    rows = {cluster: gates[own].mean(axis=0) for cluster, own in held.items()}
    columns = [expert(number) for number in range(network.how.experts)]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return table.rename_axis("cluster")


def mass_table(
    network: Experts, params: Params, x: Tensor, held: Mapping[str, NDArray]
) -> pd.DataFrame:
    """Return a ``gate_mass`` as rows ``cluster, expert, mass``, experts as numbers."""
    wide = gate_mass(network, params, x, held)
    wide.columns = range(len(wide.columns))
    long = wide.reset_index().melt("cluster", var_name="expert", value_name="mass")
    return long.astype({"expert": "int64"})


def use_table(
    network: Experts,
    params: Params,
    x: Tensor,
    held: Mapping[str, NDArray],
    assigned: Mapping[str, Sequence[int]],
) -> pd.DataFrame:
    """Return what clusters use of experts once they train their own.

    ``assigned`` are the experts of each cluster, as numbers; the other arguments and
    the rows ``cluster, expert, mass`` are those of ``mass_table``. With masked routing
    a sample passes its cluster's experts alone.
    """
    if network.how.routing == "full":
        return mass_table(network, params, x, held)
    rows = []
    for cluster, own in held.items():
        use = np.zeros(network.how.experts)
        experts = list(assigned[cluster])
        gates = network.gates(params, x[torch.from_numpy(own)], experts)
        use[experts] = gates.double().numpy().mean(axis=0)
        rows += [(cluster, number, mass) for number, mass in enumerate(use)]
    return pd.DataFrame(rows, columns=["cluster", "expert", "mass"])


def leakage(mass: pd.DataFrame, assigned: Mapping[str, Sequence[str]]) -> pd.Series:
    """Return the gate mass of each cluster that is outside of its own experts.

    ``mass`` is that of ``gate_mass``, ``assigned`` the experts of each cluster.
    """
    own = {c: mass.loc[c, list(experts)].sum() for c, experts in assigned.items()}
    return (1 - pd.Series(own)).clip(lower=0).rename("leakage").rename_axis("cluster")


def recovered(
    by_domain: pd.DataFrame,
    assigned: Mapping[str, Sequence[str]],
    homes: Mapping[str, str],
) -> bool:
    """Return whether experts went where the domains that they serve are at home.

    ``by_domain`` is a ``gate_mass`` of domains in place of clusters; an expert serves
    the domain that gives it most. ``homes`` is the cluster of each domain. Each
    cluster must have experts for all its domains, and for no other.
    """
    served = by_domain.idxmax()
    domains: dict[str, set[str]] = {cluster: set() for cluster in assigned}
    for domain, cluster in homes.items():
        domains[cluster].add(domain)
    return all(set(served[list(own)]) == domains[c] for c, own in assigned.items())
