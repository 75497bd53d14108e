"""Optima of convex tasks: softmax regression with weight decay, and quadratics."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp

from fedorbit.base.errors import RunError, SettingsError

GRADIENT = 1e-8  # largest entry of the gradient at which the search ends
ENOUGH = 1e-6  # largest that rounding may leave of it, for features of order one
MOST_STEPS = 20_000


def softmax_optimum(
    x: NDArray, y: NDArray, classes: int, weight_decay: float
) -> tuple[NDArray, NDArray, float]:
    """Return where softmax regression is best: weights, bias, and the loss there.

    The loss is the mean cross-entropy plus half of ``weight_decay`` times the sum of
    the squares of all weights and biases, so it is strongly convex. ``x`` of shape
    (samples, ...) is flattened to features, ``y`` of shape (samples,) has labels
    below ``classes``. Weights have shape (classes, features), biases (classes,).
    L-BFGS in double precision from zero; the loss is above its minimum by at most
    half the squared norm of the gradient over ``weight_decay``. Raises
    ``SettingsError`` if the weight decay is not positive, since there may be no
    optimum then, and ``RunError`` if none is found.
    """
    if not weight_decay > 0:
        raise SettingsError(
            f"training.weight_decay is {weight_decay}, but the optimum of softmax "
            "regression needs one; make it positive."
        )
    flat = x.reshape(len(x), -1).astype(np.float64)
    ones = np.hstack([flat, np.ones((len(flat), 1))])
    found = minimize(
        _softmax_loss,
        np.zeros(classes * ones.shape[1]),
        args=(ones, y, classes, weight_decay),
        jac=True,
        method="L-BFGS-B",
        options={
            "gtol": GRADIENT,
            "ftol": 0,
            "maxiter": MOST_STEPS,
            "maxfun": 2 * MOST_STEPS,
            "maxcor": 20,
        },
    )
    left = np.abs(found.jac).max()
    if not left < ENOUGH:
        raise RunError(
            f"softmax regression on {len(x)} samples still has a gradient of {left:.1e}"
            f" after {found.nit} steps; scale the features to order one or raise "
            "training.weight_decay."
        )
    parameters = found.x.reshape(classes, -1)
    return parameters[:, :-1], parameters[:, -1], float(found.fun)


def _softmax_loss(
    parameters: NDArray, x: NDArray, y: NDArray, classes: int, weight_decay: float
) -> tuple[float, NDArray]:
    """Return loss and gradient; the last feature of ``x`` is 1, for the biases."""
    matrix = parameters.reshape(classes, -1)
    scores = x @ matrix.T  # (samples, classes)
    logarithms = scores - logsumexp(scores, axis=1, keepdims=True)
    rows = np.arange(len(y))
    loss = -logarithms[rows, y].mean() + weight_decay / 2 * parameters @ parameters
    errors = np.exp(logarithms)
    errors[rows, y] -= 1
    gradient = errors.T @ x / len(y) + weight_decay * matrix
    return loss, gradient.ravel()


def quadratic_optimum(x: NDArray, curvature: NDArray) -> tuple[NDArray, float]:
    """Return where a quadratic is least, shape (features,), and its value there.

    It is the mean over the samples z of (w - z)^T A (w - z) / 2 where the diagonal A
    is the ``curvature``, of shape (features,) and positive: least at the mean of the
    samples. ``x`` of shape (samples, ...) is flattened to features.
    """
    flat = x.reshape(len(x), -1).astype(np.float64)
    return flat.mean(axis=0), float(flat.var(axis=0) @ curvature / 2)
