"""Which experts of a mixture each cluster of clients trains.

A cluster gets the experts that its data use most, and no expert goes to two clusters,
so that clusters never have to be synchronised (A. Xu, Z. Zhang, Z. Liu and S. Cui,
"EMS-FL", https://arxiv.org/abs/2602.19485, whose abstract says that much; the problem
below is our reconstruction of it). With r the gate mass and a the assignment,

    max sum_cm r_cm a_cm    so that    sum_c a_cm <= 1,    L_c <= sum_m a_cm <= U_c.

``mass`` has shape (clusters, experts) and no negative numbers: the mean probability
that the gate gives each expert on the data of each cluster. Assignments are arrays of
truth values of the same shape. An expert that nobody gets stays as it is. The least
and the most experts of a cluster, L and U, are whole numbers, for all clusters or one
for each, shape (clusters,).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fedorbit.base.errors import SettingsError

Assigned = NDArray[np.bool_]


def assign(mass: ArrayLike, least: ArrayLike, most: ArrayLike) -> Assigned:
    """Return the assignment of the greatest mass, which is exact.

    A cluster stands for ``most`` rows of a linear assignment, the first ``least`` of
    which have a bonus above all mass, so that they are never left out. Beyond
    ``least``, no cluster gets an expert that it never uses. Raises ``SettingsError``
    if capacities do not suit one another or the experts.
    """
    # Only who assigns needs SciPy, which takes long to load.
    from scipy.optimize import linear_sum_assignment

    mass, low, high = _checked(mass, least, most)
    cluster = np.repeat(np.arange(len(mass)), high)
    place = np.concatenate([np.arange(count) for count in high])
    bonus = np.where(place < low[cluster], 1.0 + mass.sum(), 0.0)
    rows, experts = linear_sum_assignment(mass[cluster] + bonus[:, None], maximize=True)
    assigned = np.zeros(mass.shape, dtype=bool)
    assigned[cluster[rows], experts] = True
    return _without_idle(assigned, mass, low)


def assign_greedily(mass: ArrayLike, least: ArrayLike, most: ArrayLike) -> Assigned:
    """Return the assignment that takes the pair of most mass first, and so on.

    A pair is left out if the experts that are then left do not suffice for ``least``
    of all clusters. Arguments and errors are those of ``assign``.
    """
    mass, low, high = _checked(mass, least, most)
    assigned = np.zeros(mass.shape, dtype=bool)
    for pair in np.argsort(-mass, axis=None, kind="stable"):
        cluster, expert = np.unravel_index(pair, mass.shape)
        counts = assigned.sum(axis=1)
        if assigned[:, expert].any() or counts[cluster] == high[cluster]:
            continue
        counts[cluster] += 1
        if np.maximum(low - counts, 0).sum() <= mass.shape[1] - counts.sum():
            assigned[cluster, expert] = True
    return _without_idle(assigned, mass, low)


def assign_randomly(
    mass: ArrayLike, least: ArrayLike, most: ArrayLike, rng: np.random.Generator
) -> Assigned:
    """Return a random assignment of as many experts as clusters can have.

    All experts are equally likely for a cluster. Arguments and errors are those of
    ``assign``; of ``mass`` only the shape counts.
    """
    mass, low, high = _checked(mass, least, most)
    clusters = np.arange(len(mass))
    more = rng.permutation(np.repeat(clusters, high - low))
    places = np.concatenate([np.repeat(clusters, low), more])[: mass.shape[1]]
    assigned = np.zeros(mass.shape, dtype=bool)
    assigned[places, rng.permutation(mass.shape[1])[: len(places)]] = True
    return assigned


def assign_overlapping(mass: ArrayLike, most: ArrayLike) -> Assigned:
    """Return the experts that each cluster uses most, whoever else has them, too.

    Of equals the first are taken. Raises ``SettingsError`` as ``assign`` does.
    """
    mass, _, high = _checked(mass, 0, most)
    rank = np.argsort(np.argsort(-mass, axis=1, kind="stable"), axis=1)
    return rank < high[:, None]


def _without_idle(assigned: Assigned, mass: NDArray, low: NDArray) -> Assigned:
    """Return the assignment less what clusters never use, as long as they have low."""
    kept = assigned.copy()
    for cluster, experts in enumerate(assigned):
        idle = np.flatnonzero(experts & (mass[cluster] == 0))
        spare = max(int(experts.sum() - low[cluster]), 0)
        kept[cluster, idle[::-1][:spare]] = False
    return kept


def _checked(
    mass: ArrayLike, least: ArrayLike, most: ArrayLike
) -> tuple[NDArray, NDArray, NDArray]:
    """Return mass as floats and capacities as whole numbers of each cluster."""
    mass = np.asarray(mass, dtype=float)
    if mass.ndim != 2 or not mass.size or not (np.isfinite(mass) & (mass >= 0)).all():
        raise SettingsError(
            f"the gate mass has the shape {mass.shape} or numbers below 0; give one "
            "number from 0 on for each cluster and expert."
        )
    clusters, experts = mass.shape
    low, high = (np.broadcast_to(np.asarray(n), clusters) for n in (least, most))
    if (low < 0).any() or (high < low).any() or (high > experts).any():
        raise SettingsError(
            f"clusters should have from {low.tolist()} to {high.tolist()} of {experts} "
            "experts; the least must be from 0 to the most, and the most at most all."
        )
    if low.sum() > experts:
        raise SettingsError(
            f"clusters should have at least {low.sum()} experts together, but the "
            f"model has {experts}; lower the least of a cluster."
        )
    return mass, low, high
