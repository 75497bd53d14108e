"""FedMeld on sigmoid losses, which are smooth but not convex, with known constants.

Client k has F_k(w), the mean over its samples a of 1 / (1 + exp(a w)): the smooth
count of samples on the wrong side, for features times labels a. The sigmoid's second
derivative is at most 1 / (6 sqrt 3) and its first at most 1/4, hence L and G.
"""

from dataclasses import dataclass

import numpy as np
from nonconvex import SmoothConstants
from scipy.special import expit

from fedorbit.theory.fedmeld.ring import walk

STEEPEST, MOST_BENT = 1 / 4, 1 / (6 * np.sqrt(3))


@dataclass(frozen=True)
class Sigmoids:
    """The samples of all clients, shape (regions, clients, samples, coordinates)."""

    samples: np.ndarray

    def loss(self, model: np.ndarray) -> float:
        """Return F of one model, shape (coordinates,)."""
        return float(expit(-self.samples @ model).mean())

    def squared_gradient(self, models: np.ndarray) -> np.ndarray:
        """Return |grad F|^2 for models of shape (runs, coordinates)."""
        flat = self.samples.reshape(-1, models.shape[-1])
        wrong = expit(-models @ flat.T)  # (runs, samples)
        return ((-wrong * (1 - wrong) @ flat / len(flat)) ** 2).sum(axis=-1)

    def constants(
        self, step_size: float, local_steps: int, start: np.ndarray
    ) -> SmoothConstants:
        """Return the constants of the bound for single samples drawn uniformly.

        The lower bound of F is 0, and the variance of a gradient is taken to be its
        mean square at most.
        """
        regions, clients, count, _ = self.samples.shape
        moments = self.samples.swapaxes(-1, -2) @ self.samples / count
        squares = STEEPEST**2 * np.trace(moments, axis1=-2, axis2=-1)
        return SmoothConstants(
            smoothness=float(MOST_BENT * np.linalg.eigvalsh(moments).max()),
            step_size=step_size,
            local_steps=local_steps,
            regions=regions,
            squared_gradient=float(squares.max()),
            variance=float(squares.mean() / (regions * clients)),
            excess=self.loss(start),
        )


def draw_sigmoids(
    rng: np.random.Generator, shape: tuple[int, int, int, int], spread: float
) -> Sigmoids:
    """Return losses whose samples lie around a centre of each region.

    ``shape`` is (regions, clients, samples, coordinates), ``spread`` the standard
    deviation of the centres; that of samples around them is 1.
    """
    centres = rng.normal(0, spread, (shape[0], 1, 1, shape[3]))
    return Sigmoids(centres + rng.normal(0, 1, shape))


def mean_squared_gradients(
    losses: Sigmoids,
    constants: SmoothConstants,
    delta: int,
    alpha: float,
    start: np.ndarray,
    steps: int,
    runs: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return the mean of |grad F(w_t)|^2 over t < T, for T from 1 to ``steps``.

    w_t is the mean of all clients' models; a step of a client takes one of its samples.
    Values are means over ``runs`` trainings from ``start``, shape (coordinates,).
    """
    regions, clients, count, coordinates = losses.samples.shape
    shape = (runs, regions, clients, coordinates)
    region, client = np.ogrid[:regions, :clients]

    def gradient(models: np.ndarray) -> np.ndarray:
        drawn = rng.integers(count, size=shape[:3])
        own = losses.samples[region, client, drawn]
        wrong = expit(-(own * models).sum(axis=-1, keepdims=True))
        return -wrong * (1 - wrong) * own

    etas = [constants.step_size] * (steps - 1)
    ring = walk(
        gradient,
        np.broadcast_to(start, shape),
        etas,
        constants.local_steps,
        delta,
        alpha,
        lambda models: models.mean(axis=2),
    )
    squares = [
        losses.squared_gradient(models.mean(axis=(1, 2))).mean() for models in ring
    ]
    return np.cumsum(squares) / np.arange(1, steps + 1)
