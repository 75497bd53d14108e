"""FedMeld on quadratic losses, where every constant of the bound is known exactly.

Client k of a region has F_k(w) = 1/2 sum_j h_kj (w_j - c_kj)^2, and noise e adds to its
gradient, each coordinate uniform in [-b, b]. While steps are at most 1 / L, a step
leads to a point between w_j and c_kj - e_j / h_kj; averages and mixings stay in
between, too. So models never leave a box that is known beforehand, and G^2 with it.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fedorbit.theory.fedmeld.bounds import Constants
from fedorbit.theory.fedmeld.ring import walk

AT_ONCE = 100  # rounds whose losses are computed at once


@dataclass(frozen=True)
class Quadratics:
    """The losses of all clients, shapes (regions, clients, coordinates)."""

    curvature: np.ndarray
    centre: np.ndarray
    noise: float
    """b, half the width of the noise in each coordinate of a gradient."""

    @property
    def optimum(self) -> np.ndarray:
        """Return the minimiser of the mean of all losses, shape (coordinates,)."""
        weighted = (self.curvature * self.centre).mean(axis=(0, 1))
        return weighted / self.curvature.mean(axis=(0, 1))

    def loss(self, models: np.ndarray) -> np.ndarray:
        """Return the mean of all losses for models of shape (..., coordinates)."""
        away = models[..., None, None, :] - self.centre
        return (self.curvature * away**2).sum(axis=-1).mean(axis=(-1, -2)) / 2

    def constants(self, step_scale: float, local_steps: int, sampled: int) -> Constants:
        """Return the constants of the bound for models that begin in the box."""
        regions, clients, coordinates = self.centre.shape
        reach = self.noise / self.curvature
        low = (self.centre - reach).min(axis=(0, 1))
        high = (self.centre + reach).max(axis=(0, 1))
        squares = (self.curvature**2 * (high - low) ** 2).sum(axis=-1)
        return Constants(
            strong_convexity=float(self.curvature.min()),
            smoothness=float(self.curvature.max()),
            step_scale=step_scale,
            local_steps=local_steps,
            regions=regions,
            squared_gradient=float(squares.max()),
            variance=coordinates * self.noise**2 / 3 / (regions * clients),
            heterogeneity=float(self.loss(self.optimum)),
            clients_per_region=clients,
            sampled_per_region=sampled,
        )


def draw_quadratics(
    rng: np.random.Generator,
    shape: tuple[int, int, int],
    curvature: tuple[float, float],
    spread: float,
    noise: float,
) -> Quadratics:
    """Return losses with curvatures in a range, around normally distributed centres.

    ``shape`` is (regions, clients, coordinates). ``spread`` is the standard deviation
    of a region's centres; those of its clients lie around it with half of that.
    """
    regions, clients, coordinates = shape
    own = rng.normal(0, spread, (regions, 1, coordinates))
    centre = own + rng.normal(0, spread / 2, shape)
    return Quadratics(rng.uniform(*curvature, shape), centre, noise)


def simulate(
    losses: Quadratics,
    constants: Constants,
    delta: int,
    alpha: float,
    offset: float,
    start: np.ndarray,
    rounds: int,
    runs: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return a row for each round, the last step of which is in column ``steps``.

    All are means over ``runs``: ``distance`` is the squared distance of the mean of all
    models to the optimum, ``excess`` its loss less the least, ``regional`` that of the
    worst regional model, and ``apart`` the disagreement of the regions, the mean
    squared distance of their models to the mean. Every model begins at ``start``,
    shape (coordinates,); row 0 is the beginning. Raises ``ValueError`` if the first
    step is longer than 1 / L.
    """
    if constants.step_scale * constants.smoothness > offset:
        raise ValueError(f"offset is {offset:g}: the first step is above 1 / L")
    shape = (runs, *losses.centre.shape)

    def gradient(models: np.ndarray) -> np.ndarray:
        error = rng.uniform(-losses.noise, losses.noise, shape)
        return losses.curvature * (models - losses.centre) + error

    def average(models: np.ndarray) -> np.ndarray:
        return _average(models, constants.sampled_per_region, rng)

    local_steps = constants.local_steps
    etas = constants.step_scale / (np.arange(rounds * local_steps) + offset)
    models = np.broadcast_to(start, shape)
    ring = walk(gradient, models, etas, local_steps, delta, alpha, average)
    regional = np.stack(
        [m[:, :, 0] for step, m in enumerate(ring) if step % local_steps == 0]
    )
    some = [regional[n : n + AT_ONCE] for n in range(0, len(regional), AT_ONCE)]
    table = pd.concat([_rows(losses, own) for own in some], ignore_index=True)
    table.insert(0, "steps", table.index * local_steps)
    return table


def _average(models: np.ndarray, sampled: int, rng: np.random.Generator) -> np.ndarray:
    """Return the mean of the sampled clients of each region."""
    clients = models.shape[2]
    if sampled == clients:
        return models.mean(axis=2)
    order = rng.random(models.shape[:3]).argsort(axis=2)[:, :, :sampled, None]
    return np.take_along_axis(models, order, axis=2).mean(axis=2)


def _rows(losses: Quadratics, regional: np.ndarray) -> pd.DataFrame:
    """Return what ``simulate`` tells of models (rounds, runs, regions, coordinates)."""
    mean, optimum = regional.mean(axis=2), losses.optimum
    least = losses.loss(optimum)
    apart = ((regional - mean[:, :, None]) ** 2).sum(axis=-1)
    return pd.DataFrame(
        {
            "distance": ((mean - optimum) ** 2).sum(axis=-1).mean(axis=1),
            "excess": losses.loss(mean).mean(axis=1) - least,
            "regional": (losses.loss(regional).mean(axis=1) - least).max(axis=1),
            "apart": apart.mean(axis=(1, 2)),
        }
    )
