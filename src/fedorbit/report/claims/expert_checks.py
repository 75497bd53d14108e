"""What is claimed about assignments of experts, checked on random instances."""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from fedorbit.theory.experts.assignment import assign, assign_greedily, assign_randomly

CLUSTERS, EXPERTS = 3, 5  # at most, so that all assignments can be tried
ROUNDING = 1e-9  # of a gate mass


def _instance(rng: np.random.Generator) -> tuple[NDArray, NDArray, NDArray]:
    """Return gate masses, and the least and the most experts of each cluster."""
    clusters = int(rng.integers(1, CLUSTERS + 1))
    experts = int(rng.integers(clusters, EXPERTS + 1))
    mass = rng.dirichlet(np.ones(experts), clusters)
    least = rng.integers(0, experts // clusters + 1, clusters)
    return mass, least, rng.integers(np.maximum(least, 1), experts + 1)


def assignment_is_the_best_of_all(rng: np.random.Generator) -> bool:
    """Return whether no assignment within the capacities has more mass."""
    mass, least, most = _instance(rng)
    clusters, experts = mass.shape
    owners = np.array(list(product(range(clusters + 1), repeat=experts)))
    counts = (owners[:, :, None] == np.arange(clusters)).sum(axis=1)
    allowed = ((counts >= least) & (counts <= most)).all(axis=1)
    padded = np.vstack([mass, np.zeros(experts)])
    sums = padded[owners, np.arange(experts)].sum(axis=1)
    best = sums[allowed].max()
    return bool(abs(mass[assign(mass, least, most)].sum() - best) < ROUNDING)


def no_expert_is_in_two_clusters(rng: np.random.Generator) -> bool:
    """Return whether every expert has one cluster at most, by each rule."""
    mass, least, most = _instance(rng)
    found = (
        assign(mass, least, most),
        assign_greedily(mass, least, most),
        assign_randomly(mass, least, most, rng),
    )
    return all(bool((assigned.sum(axis=0) <= 1).all()) for assigned in found)
