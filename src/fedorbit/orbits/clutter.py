"""Shadowing and clutter loss around a terminal, by the elevation of the satellite.

The tables are those of 3GPP TR 38.811 V15.4.0, "Study on New Radio (NR) to support
non-terrestrial networks": LOS probabilities of Table 6.6.1-1; standard deviations of
shadowing and clutter losses of Tables 6.6.2-1 (dense urban), 6.6.2-2 (urban) and
6.6.2-3 (suburban and rural). They hold for terminals like handsets, low among the
houses: an aerial on a roof sees more. Clutter is lost only without line of sight.

The report tabulates every ten degrees. Between two rows the values are interpolated
linearly here, for else the rate would jump; below 10 degrees they are those at 10.
"""

import hashlib
import json
from statistics import NormalDist
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Environment = Literal["dense_urban", "urban", "suburban", "rural"]
ClutterBand = Literal["s", "ka"]

ELEVATIONS_DEG = (10, 20, 30, 40, 50, 60, 70, 80, 90)
_OPEN = (78.2, 86.9, 91.9, 92.9, 93.5, 94.0, 94.9, 95.2, 99.8)
LOS_PERCENT: dict[Environment, tuple[float, ...]] = {
    "dense_urban": (28.2, 33.1, 39.8, 46.8, 53.7, 61.2, 73.8, 82.0, 98.1),
    "urban": (24.6, 38.6, 49.3, 61.3, 72.6, 80.5, 91.9, 96.8, 99.2),
    "suburban": _OPEN,
    "rural": _OPEN,
}
"""Table 6.6.1-1: how often a satellite at an elevation is in line of sight."""


class Losses(NamedTuple):
    """One environment in one band, in dB, for each of ``ELEVATIONS_DEG``."""

    los_sigma: tuple[float, ...]
    """Standard deviation of shadowing in line of sight."""
    nlos_sigma: tuple[float, ...]
    """Standard deviation of shadowing without it."""
    clutter: tuple[float, ...]
    """Mean loss without it."""


_CITY_S = (34.3, 30.9, 29.0, 27.7, 26.8, 26.2, 25.8, 25.5, 25.5)
_CITY_KA = (44.3, 39.9, 37.5, 35.8, 34.6, 33.8, 33.3, 33.0, 32.9)
_OPEN_S = Losses(
    (1.79, 1.14, 1.14, 0.92, 1.42, 1.56, 0.85, 0.72, 0.72),
    (8.93, 9.08, 8.78, 10.25, 10.56, 10.74, 10.17, 11.52, 11.52),
    (19.52, 18.17, 18.42, 18.28, 18.63, 17.68, 16.5, 16.3, 16.3),
)
_OPEN_KA = Losses(
    (1.9, 1.6, 1.9, 2.3, 2.7, 3.1, 3.0, 3.6, 0.4),
    (10.7, 10.0, 11.2, 11.6, 11.8, 10.8, 10.8, 10.8, 10.8),
    (29.5, 24.6, 21.9, 20.0, 18.7, 17.8, 17.2, 16.9, 16.8),
)
LOSSES: dict[tuple[Environment, ClutterBand], Losses] = {
    ("dense_urban", "s"): Losses(
        (3.5, 3.4, 2.9, 3.0, 3.1, 2.7, 2.5, 2.3, 1.2),
        (15.5, 13.9, 12.4, 11.7, 10.6, 10.5, 10.1, 9.2, 9.2),
        _CITY_S,
    ),
    ("dense_urban", "ka"): Losses(
        (2.9, 2.4, 2.7, 2.4, 2.4, 2.7, 2.6, 2.8, 0.6),
        (17.1, 17.1, 15.6, 14.6, 14.2, 12.6, 12.1, 12.3, 12.3),
        _CITY_KA,
    ),
    ("urban", "s"): Losses((4.0,) * 9, (6.0,) * 9, _CITY_S),
    ("urban", "ka"): Losses((4.0,) * 9, (6.0,) * 9, _CITY_KA),
    ("suburban", "s"): _OPEN_S,
    ("suburban", "ka"): _OPEN_KA,
    ("rural", "s"): _OPEN_S,
    ("rural", "ka"): _OPEN_KA,
}
"""Tables 6.6.2-1 to 6.6.2-3."""


class Draw(NamedTuple):
    """The luck of one pass, the same for all its links, in both directions."""

    sight: float
    """From 0 to 1: a satellite is in line of sight where its probability is above."""
    shadowing: float
    """Shadowing loss in standard deviations."""


def draw_pass(seed: int, satellite: str, site: str, rise_s: float) -> Draw:
    """Return the draw of a pass, a uniform number and a normal one.

    Both come from a BLAKE2b hash of the arguments alone, hence neither other passes
    nor their order matter. The rise counts in whole seconds, so that the last digits
    of a solver hardly ever redraw a pass.
    """
    key = json.dumps([seed, satellite, site, round(rise_s)])
    digest = hashlib.blake2b(key.encode(), digest_size=16).digest()
    halves = (int.from_bytes(half) >> 12 for half in (digest[:8], digest[8:]))
    # Half a step off zero and one, where the normal number would be infinite.
    sight, quantile = ((half + 0.5) / 2**52 for half in halves)
    return Draw(sight, NormalDist().inv_cdf(quantile))


def los_probability(environment: Environment, elevation_deg: ArrayLike) -> NDArray:
    """Return the probability of line of sight at elevations, Table 6.6.1-1."""
    return _between_rows(elevation_deg, LOS_PERCENT[environment]) / 100


def sight_elevation_deg(environment: Environment, draw: Draw) -> float:
    """Return the elevation above which a pass is in line of sight.

    It is minus infinity if the pass is so everywhere, and infinity if nowhere.
    """
    percent = LOS_PERCENT[environment]
    sight = 100 * draw.sight
    return float(np.interp(sight, percent, ELEVATIONS_DEG, left=-np.inf, right=np.inf))


def loss_db(
    environment: Environment, band: ClutterBand, elevation_deg: ArrayLike, draw: Draw
) -> NDArray:
    """Return the loss by shadowing and clutter at elevations of one pass.

    In line of sight it is shadowing alone, of either sign. The line of sight follows
    the probability at each elevation, yet from one draw: a pass that has it low has
    it higher up, too, as above a skyline.
    """
    losses = LOSSES[environment, band]
    in_sight = draw.sight < los_probability(environment, elevation_deg)
    open_db = draw.shadowing * _between_rows(elevation_deg, losses.los_sigma)
    hidden_db = draw.shadowing * _between_rows(elevation_deg, losses.nlos_sigma)
    hidden_db = hidden_db + _between_rows(elevation_deg, losses.clutter)
    return np.where(in_sight, open_db, hidden_db)


def _between_rows(elevation_deg: ArrayLike, values: tuple[float, ...]) -> NDArray:
    return np.interp(elevation_deg, ELEVATIONS_DEG, values)
