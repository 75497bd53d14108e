"""Claims on what a strategy takes to the target accuracy, in bits or in hours."""

from typing import Literal

from pydantic import Field

from fedorbit.base.settings import Settings
from fedorbit.report.claims.evidence import Evidence, Value, ratio_to_target
from fedorbit.report.claims.places import Place
from fedorbit.report.claims.reasons import NotTestable
from fedorbit.report.numbers.metrics import AT_TARGET
from fedorbit.report.numbers.rounds import BITS


class BitsRatio(Settings):
    """Bits to the target accuracy, as a multiple of a baseline's."""

    name: Literal["bits_ratio"]
    """The kind of metric."""
    strategy: str
    """What is tested."""
    baseline: str
    """What it is compared with, under the same seeds."""
    links: list[Literal["access", "feeder", "isl", "carry"]] = Field(min_length=1)
    """Which bits count."""
    baseline_sweep: str | None = None
    """The sweep with the runs of the baseline; the study's own values if not given."""
    baseline_where: Place = {}
    """The cell of that sweep, such as one with more hours to reach the target in."""


def bits_ratio(metric: BitsRatio, evidence: Evidence) -> Value:
    """Return the ratio, an upper bound where the baseline never reaches the target.

    Its bits at the end then stand for those to the target, which would be more, and
    the interval begins at 0. If only the strategy never reaches the target, the ratio
    is infinite.
    """
    columns = [BITS[link] for link in metric.links]
    at_target = [AT_TARGET[column] for column in columns]
    cell = (metric.baseline_sweep, metric.baseline_where)
    one, other = evidence.pair(metric.strategy, metric.baseline, *cell)
    sent = other[at_target].sum(axis=1)
    if (sent.where(other["reached"], other[columns].sum(axis=1)) == 0).any():
        links = ", ".join(metric.links)
        raise NotTestable(f"{metric.baseline} sends nothing on {links}")
    return ratio_to_target(one, other, at_target, columns)


class HoursRatio(Settings):
    """Hours to the target accuracy, as a multiple of a baseline's."""

    name: Literal["hours_ratio"]
    """The kind of metric."""
    strategy: str
    """What is tested."""
    baseline: str
    """What it is compared with, under the same seeds."""


def hours_ratio(metric: HoursRatio, evidence: Evidence) -> Value:
    """Return the ratio, an upper bound where the baseline never reaches the target.

    The hours of its end then stand for those to the target, which would be more, and
    the interval begins at 0. If only the strategy never reaches the target, the ratio
    is infinite.
    """
    one, other = evidence.pair(metric.strategy, metric.baseline, None, {})
    return ratio_to_target(one, other, ["hours_to_target"], ["hours"])
