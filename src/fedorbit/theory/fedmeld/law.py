"""A law for FedMeld's mixing ratio, from two curves that one pilot training measures.

Ours, and derived in docs/theory.md; nothing of the kind is in the paper on FedMeld
(https://arxiv.org/abs/2412.17231). In short, for mixing ratio alpha and delta rounds
from one mixing to the next:

* The mean of all regional models learns in R rounds what it would have learned in
  (1 - alpha) R rounds, had all regions been averaged after every delta rounds.
* The regional models are as far apart as regions that part from one model and learn
  alone for some rounds. Mixing matrix and alpha say for how many.

So the loss of the regional models is the sum of two measured losses, one read at each
of these numbers of rounds. No constant is fitted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from fedorbit.theory.fedmeld.mixing import mixing_matrix

Upstreams = Mapping[str, Sequence[str]]

RATIOS = np.arange(1, 100) / 100
"""The mixing ratios that are tried: hundredths."""


@dataclass(frozen=True)
class Curves:
    """What a pilot training has measured; losses are those on all training samples."""

    rounds: Sequence[int]
    """Rounds after which all regions were averaged, from 0 on."""
    mean_loss: Sequence[float]
    """F, the loss of the average after these rounds."""
    alone_rounds: Sequence[int]
    """Rounds that regions then learned alone, from 0 on."""
    gap: Sequence[float]
    """g, the mean loss of the regional models less the loss of their mean, after
    these rounds alone; 0 at first."""


def pace(alpha: ArrayLike, period: int, age: int) -> np.ndarray:
    """Return by which factor mixing slows the mean of all regional models.

    Regions mix after every ``period`` rounds, with models that are ``age`` rounds old
    by then. Fresh models slow nothing; with models of the last mixing, ``age`` equal to
    ``period``, the factor is 1 - alpha. ``alpha`` may be an array, below 1.
    """
    own = (1 - np.asarray(alpha, dtype=float)) * period
    return own / (own + np.asarray(alpha) * age)


def response(
    upstreams: Upstreams, alpha: float, delta: int, mixings: int
) -> np.ndarray:
    """Return how many rounds of each region's learning are in each region's model.

    Shape (regions, regions), just after some mixings with the models of the mixings
    before: S' = W S + (1 - alpha) delta I, from S = 0 on.
    """
    matrix = mixing_matrix(upstreams, alpha)
    own = (1 - alpha) * delta * np.eye(len(matrix))
    found = np.zeros_like(matrix)
    for _ in range(mixings):
        found = matrix @ found + own
    return found


def rounds_apart(upstreams: Upstreams, alpha: float, delta: int, mixings: int) -> float:
    """Return for how many rounds alone regions would be as far apart as they are.

    Distances are root mean squares over the regions. What regions learn in a round
    differs from region to region independently, and equally from round to round.
    """
    found = response(upstreams, alpha, delta, mixings)
    away = found - found.mean(axis=0)
    return float(np.sqrt((away**2).sum() / (len(found) - 1)))


def spread(upstreams: Upstreams) -> float:
    """Return c, with which rounds apart tend to sqrt(c) delta (1 - alpha) / alpha.

    It is (N + 1) / 12 for a ring of N regions. Each region has to be reached, over some
    others, by each region that it takes models from.
    """
    still = np.eye(len(upstreams)) - mixing_matrix(upstreams, 1.0)
    size = len(still)
    centred = np.eye(size) - 1 / size
    # Of the models with S = U S + I on what sums to zero, the one that does so, too.
    away, *_ = np.linalg.lstsq(
        np.vstack([centred @ still, np.ones(size)]),
        np.vstack([centred, np.zeros(size)]),
    )
    return float((away**2).sum() / (size - 1))


def _gap(curves: Curves, delta: int, apart: float) -> float:
    """Return what it costs to be some rounds apart.

    Up to one interval, mixing has shrunk what regions did in an interval, and the cost
    falls as the square. Beyond, it is what regions that go on alone show.
    """
    at = max(apart, float(delta))
    cost = float(np.interp(at, curves.alone_rounds, curves.gap))
    return cost * (apart / at) ** 2


def predict(
    curves: Curves,
    upstreams: Upstreams,
    delta: int,
    rounds: int,
    ratios: ArrayLike = RATIOS,
) -> pd.DataFrame:
    """Return what the law says of a training of some rounds, a row for each ratio.

    Columns ``mixing_ratio, progress_rounds, apart_rounds, mean_loss, gap, loss``; the
    loss is the sum of the two before. ``curves`` reach at least ``delta`` rounds alone,
    and ``rounds`` is a multiple of ``delta``. Ratios that leave regions further apart
    than the pilot's regions have come are left out, as their loss is not known.
    """
    rows = []
    for alpha in np.asarray(ratios, dtype=float):
        progress = float(pace(alpha, delta, delta)) * rounds
        apart = rounds_apart(upstreams, alpha, delta, rounds // delta)
        if apart <= curves.alone_rounds[-1]:
            mean_loss = float(np.interp(progress, curves.rounds, curves.mean_loss))
            gap = _gap(curves, delta, apart)
            rows.append((alpha, progress, apart, mean_loss, gap, mean_loss + gap))
    columns = ["mixing_ratio", "progress_rounds", "apart_rounds"]
    return pd.DataFrame(rows, columns=[*columns, "mean_loss", "gap", "loss"])
