"""Does the bound hold, and does the loss fall at its rate? A synthetic task tells.

The task is a ring of quadratics (``fedorbit.theory.fedmeld.quadratics``), all of whose
constants are known, with the step sizes of the theorem. What is left of the loss after
t steps has two parts: noise of the gradients leaves one that falls as 1 / t, and what
clients and regions drift apart leaves one that falls as 1 / t^2. So there are two
kinds of losses: with much noise the rate of the bound, -1, shows from early on; with
little noise and regions far apart, the loss falls faster at first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fedorbit.theory.fedmeld.bounds import convex_bound, least_offset
from fedorbit.theory.fedmeld.quadratics import draw_quadratics, simulate

CLIENTS, COORDINATES, CURVATURES = 4, 3, (1.0, 3.0)
STEP_SCALE, LOCAL_STEPS = 12.0, 3
SPREAD_NOISE = {"noise": (0.1, 2.0), "drift": (1.0, 0.5)}
ROWS = 60
TAIL = 0.1


@dataclass(frozen=True)
class Case:
    """A ring and how it mixes; the names are columns of the table."""

    losses: str
    """What is most of the loss in the end: ``noise`` or ``drift``."""
    regions: int
    round_interval: int
    mixing_ratio: float
    sampled_per_region: int
    """Of four clients of each region, how many a round samples."""


CASES = [
    Case(losses, *ring)
    for losses in SPREAD_NOISE
    for ring in [(5, 1, 0.2, 4), (5, 3, 0.1, 4), (3, 3, 0.3, 4), (5, 3, 0.1, 2)]
]
KEYS = ["losses", "regions", "round_interval", "mixing_ratio", "sampled_per_region"]


def check_bound(
    seeds: Sequence[int], rounds: int, runs: int, cases: Sequence[Case] = tuple(CASES)
) -> pd.DataFrame:
    """Return measured losses and their bound over the rounds, for each case and seed.

    ``measured`` is F - F* of the mean of all models, a mean over ``runs`` trainings of
    losses that the seed draws, and ``bound`` the theorem's. Rows are some 60 of the
    ``rounds`` rounds, evenly spaced by their logarithms; ``largest_ratio`` is the
    largest measured over bound of all rounds so far, those between included.
    ``offset_steps`` is round times E plus gamma, the variable of the bound.
    """
    return pd.concat(
        [_check(case, seed, rounds, runs) for case in cases for seed in seeds],
        ignore_index=True,
    )


def _check(case: Case, seed: int, rounds: int, runs: int) -> pd.DataFrame:
    rng = np.random.default_rng([seed, *map(ord, case.losses)])
    spread, noise = SPREAD_NOISE[case.losses]
    shape = (case.regions, CLIENTS, COORDINATES)
    losses = draw_quadratics(rng, shape, CURVATURES, spread, noise)
    constants = losses.constants(STEP_SCALE, LOCAL_STEPS, case.sampled_per_region)
    mixing = (case.round_interval, case.mixing_ratio)
    offset = least_offset(constants, *mixing)
    start = losses.centre.max(axis=(0, 1))
    found = simulate(losses, constants, *mixing, offset, start, rounds, runs, rng)
    bound = convex_bound(
        constants, *mixing, offset, found["distance"][0], found["steps"]
    )
    table = pd.DataFrame(
        {
            **vars(case),
            "seed": seed,
            "round": found.index,
            "offset_steps": found["steps"] + offset,
            "measured": found["excess"],
            "bound": bound,
            "largest_ratio": (found["excess"] / bound).cummax(),
        }
    )
    return table.iloc[sorted({0, *_spaced(rounds)})]


def _spaced(rounds: int) -> Iterator[int]:
    """Yield rounds that are evenly spaced by their logarithms, the last included."""
    yield from np.geomspace(1, rounds, ROWS).round().astype(int).tolist()


def tail_slopes(table: pd.DataFrame) -> pd.DataFrame:
    """Return for each case how fast the loss falls, and how close it is to the bound.

    ``slope`` is that of the logarithm of the mean over seeds of ``measured`` against
    the logarithm of ``offset_steps``, by least squares over the last nine tenths of
    the rounds; the bound's is -1. ``largest_ratio`` is that of all rounds and seeds;
    the bound holds where it is at most 1.
    """
    rows = []
    for keys, case in table.groupby(KEYS, sort=False):
        tail = case[case["round"] >= TAIL * case["round"].max()]
        means = tail.groupby("round")[["offset_steps", "measured"]].mean()
        slope = np.polyfit(*np.log(means.to_numpy().T), 1)[0]
        rows.append((*keys, slope, case["largest_ratio"].max()))
    return pd.DataFrame(rows, columns=[*KEYS, "slope", "largest_ratio"])
