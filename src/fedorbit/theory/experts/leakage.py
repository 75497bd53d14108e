"""How much of the gate's mass an assignment of experts leaves out.

Arrays of ``mass`` and ``assigned`` have the shape (clusters, experts), as in
``fedorbit.theory.experts.assignment``. Rows of the mass need not sum to one.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

LARGEST_LEAKAGE = 0.3
"""Beyond it EMS-FL is out of its field. It is assumed, after a prototype on digits in
four domains, whose accuracy was .934, .923 and .900 at leakages of 0, .06 and .45."""


def leakage(mass: ArrayLike, assigned: ArrayLike) -> NDArray:
    """Return the share of each cluster's gate mass outside its experts, epsilon_c.

    The shape is (clusters,). Raises ``ValueError`` for a cluster without any mass.
    """
    mass = np.asarray(mass, dtype=float)
    total = mass.sum(axis=1)
    if not (total > 0).all():
        raise ValueError("a cluster has no gate mass at all; measure it on its data")
    inside = np.where(np.asarray(assigned, dtype=bool), mass, 0.0).sum(axis=1)
    return np.clip(1 - inside / total, 0.0, 1.0)


def foreign_share(
    mass: ArrayLike, assigned: ArrayLike, weights: ArrayLike | None = None
) -> NDArray:
    """Return what share of its mass each expert has in clusters that lack it.

    It is epsilon' of the convergence statement: the gradients that an expert never
    sees. ``weights``, shape (clusters,), is what clusters count, the same if not given.
    Experts that nobody uses have 0; the shape is (experts,).
    """
    mass = np.asarray(mass, dtype=float)
    if weights is not None:
        mass = np.asarray(weights, dtype=float)[:, None] * mass
    total = mass.sum(axis=0)
    outside = np.where(np.asarray(assigned, dtype=bool), 0.0, mass).sum(axis=0)
    return np.divide(outside, total, out=np.zeros_like(total), where=total > 0)


def shares_of_use(
    mass: ArrayLike, assigned: ArrayLike, weights: ArrayLike | None = None
) -> NDArray:
    """Return what each cluster counts in the mean of an expert, by use of the gate.

    Only clusters that have the expert count; columns of experts that somebody has sum
    to one, and if nobody who has an expert uses it, all who have it count the same.
    The shape is (clusters, experts). ``weights`` is as in ``foreign_share``.
    """
    held = np.asarray(assigned, dtype=bool)
    own = np.ones(len(held)) if weights is None else np.asarray(weights, dtype=float)
    use = np.where(held, own[:, None] * np.asarray(mass, dtype=float), 0.0)
    use = np.where(use.sum(axis=0) > 0, use, held)
    total = use.sum(axis=0)
    return np.divide(use, total, out=np.zeros_like(use), where=total > 0)


def plain_shares(assigned: ArrayLike, weights: ArrayLike | None = None) -> NDArray:
    """Return what each cluster counts in the plain mean of an expert.

    All clusters that have it count by ``weights``, or the same. The shape is
    (clusters, experts).
    """
    return shares_of_use(np.ones(np.shape(assigned)), assigned, weights)
