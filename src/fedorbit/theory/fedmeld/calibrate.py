"""Fitting the bound of FedMeld to losses measured in a pilot run.

The bound is far above what is measured (docs/theory.md), and for neural networks it is
no bound at all. What may carry over is its shape. Two factors, a on all terms that
mixing does not touch and c on the disagreement of the regions, are fitted to a few
pairs of delta and alpha; ``optimise`` takes them as ``scales``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares, nnls

from fedorbit.theory.fedmeld.bounds import (
    Constants,
    Scales,
    chi,
    drift,
    noise_terms,
    weight,
)

FEWEST_CELLS = 3  # one more than the factors, so that residuals say something
LEAST_SHARE = 1e-6  # of a term in the losses: a factor of zero has no logarithm


@dataclass(frozen=True)
class Cell:
    """A training with one round interval and one mixing ratio."""

    delta: int
    alpha: float
    excess_loss: float
    """The loss at its end less the least loss, or the loss where that is about 0."""


@dataclass(frozen=True)
class Calibration:
    """The bound as fitted to measured losses."""

    scales: Scales
    residuals: np.ndarray
    """For each cell, the logarithm of the fitted loss over the measured one."""
    drift_share: np.ndarray
    """For each cell, the share of disagreement in the fitted loss."""


def calibrate(
    constants: Constants, cells: Sequence[Cell], steps: int, offset: float
) -> Calibration:
    """Return the factors that fit (L / 2) f / (steps + offset) to measured losses.

    All cells are trained for ``steps`` local steps with eta = beta / (t + ``offset``),
    and with the measured sigma^2, G^2 and Gamma in ``constants``. The sum of squared
    residuals of the logarithms is least, with factors that leave each term within a
    millionth and a million of the losses: pilots that show no disagreement, as
    ``drift_share`` tells, make alpha* small but not zero. Raises ``ValueError`` for
    fewer than three cells, a loss that is not above 0, cells beyond m(alpha), where the
    bound is infinite, and cells that tell the two factors from each other nowhere.
    """
    if len(cells) < FEWEST_CELLS:
        raise ValueError(f"{len(cells)} cells; give at least {FEWEST_CELLS}")
    delta = np.array([cell.delta for cell in cells])
    alpha = np.array([cell.alpha for cell in cells])
    measured = np.array([cell.excess_loss for cell in cells])
    if not (measured > 0).all():
        raise ValueError(f"an excess loss is {measured.min():g}; give values above 0")
    factor = weight(constants, delta, alpha)
    if not np.isfinite(factor).all():
        worst = cells[int(np.argmax(~np.isfinite(factor)))]
        raise ValueError(
            f"delta {worst.delta} and alpha {worst.alpha:g} break S < m(alpha); "
            "leave the cell out or raise step_scale"
        )
    factor *= constants.smoothness / 2 / (steps + offset)
    noise = factor * sum(noise_terms(constants).values())
    apart = factor * drift(constants, delta) * chi(constants.regions, alpha) ** 2
    terms = np.column_stack([noise, apart])
    if np.linalg.matrix_rank(terms / terms.max(axis=0), tol=1e-9) < 2:
        raise ValueError("the cells do not tell the factors apart; vary delta or alpha")

    def residuals(logs: np.ndarray) -> np.ndarray:
        return np.log(terms @ np.exp(logs)) - np.log(measured)

    # Relative errors in place of logarithms make a linear problem: a good start.
    linear, _ = nnls(terms / measured[:, None], np.ones(len(cells)))
    floor = LEAST_SHARE * np.median(measured[:, None] / terms, axis=0)
    fit = least_squares(
        residuals,
        np.log(np.maximum(linear, 2 * floor)),
        x_scale="jac",
        bounds=(np.log(floor), np.log(floor / LEAST_SHARE**2)),
    )
    noise_scale, drift_scale = np.exp(fit.x)
    share = drift_scale * apart / (terms @ np.exp(fit.x))
    return Calibration(Scales(float(noise_scale), float(drift_scale)), fit.fun, share)
