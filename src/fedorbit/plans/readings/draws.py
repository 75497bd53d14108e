"""Plans on drawn skies: the same scenario at other times, with other ground stations.

A study has one phasing of its shell and one set of stations. With others, hierarchical
FL may have eleven averages in twelve hours rather than nine. A drawn start turns the
Earth below the planes and moves the satellites along them, so that it draws a phasing,
too. Plans alone are made, nothing is trained.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from fedorbit.base.settings import Name, Seed, Settings, between
from fedorbit.data.homes import Homes
from fedorbit.plans.plan import Plan
from fedorbit.plans.readings.activity import plan_metrics
from fedorbit.plans.readings.starvation import starvation

DAY_S = 86_400
STATIONS = "stations"
"""How many ground stations a drawn plan has, 0 if its strategy needs none."""
KEY = ["draw", "start", "strategy", STATIONS, "names"]


class Draws(Settings):
    """Which skies are drawn, and what is planned on them."""

    seed: Seed
    """Sets all draws."""
    skies: between(int, 2, 1000)
    """How many starts are drawn, and as many sets of stations."""
    strategies: list[Name]
    """Strategies of the study that plan with passes and stations alone."""
    stations: list[between(int, 1, 1000)]
    """Of how many stations networks are; a larger one has those of a smaller one."""


@dataclass(frozen=True)
class Draw:
    """One sky."""

    number: int
    start: datetime
    """Any second of the day that begins with the scenario."""
    stations: list[str]
    """As many as the largest network has, in the order in which networks take them."""


def drawn(settings: Draws, start: datetime, candidates: Sequence[str]) -> list[Draw]:
    """Return the skies of a study, each with another start and other stations.

    Stations are drawn without replacement, and each draw by its own number, so that
    more skies leave the first ones as they are. Raises ``ValueError`` if there are
    fewer candidates than the largest network has stations.
    """
    most = max(settings.stations, default=0)
    if most > len(candidates):
        raise ValueError(f"{most} stations of {len(candidates)} candidates")
    found = []
    for number in range(settings.skies):
        rng = np.random.default_rng([settings.seed, number])
        later = timedelta(seconds=int(rng.integers(DAY_S)))
        order = rng.permutation(len(candidates))[:most]
        stations = [candidates[which] for which in order]
        found.append(Draw(number, start + later, stations))
    return found


def plan_row(plan: Plan, homes: Homes, horizon_s: float) -> dict[str, float]:
    """Return what a plan tells of itself, by the names of its columns.

    ``exchanges`` is how often a group gets something from elsewhere, the mean over
    groups. Bits on links are all but those carried on board. The numbers of an empty
    plan are 0, or NaN where there is nothing to measure.
    """
    sent = plan.ledger["bits"][plan.ledger["link"] != "carry"].sum()
    rounds = int(plan.ops["round"].max()) if len(plan.ops) else 0
    return {
        "rounds": rounds,
        "exchanges": starvation(plan.ops, homes, horizon_s)["exchanges"].mean(),
        "bits_sent": float(sent),
        "bits_per_round": sent / rounds if rounds else float("nan"),
    } | plan_metrics(plan, homes, horizon_s)
