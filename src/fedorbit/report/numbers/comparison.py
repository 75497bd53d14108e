"""The passes and flights of one case, a theory or an age, against the reference."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import numpy as np
import pandas as pd

from fedorbit.orbits.ageing import Pair
from fedorbit.orbits.elements import ElementSet
from fedorbit.orbits.ladder import REFERENCE, ladder, passes_around
from fedorbit.orbits.matching import COLUMNS, match_passes
from fedorbit.orbits.settings import Comparison
from fedorbit.plans.sky import Sky
from fedorbit.report.numbers.flights import FLIGHTS, compare_flights

Case = tuple[pd.DataFrame, pd.DataFrame]


def compare_rungs(
    element_sets: Sequence[ElementSet],
    sites: pd.DataFrame,
    start: datetime,
    hours: float,
    settings: Comparison,
) -> Iterator[Case]:
    """Yield matched passes and flights by each theory of motion, against SGP4."""
    area = (sites, start, hours, _margin_s(settings))
    reference = passes_around(element_sets, *area)
    for rung, propagator in ladder(start).items():
        passes = passes_around(element_sets, *area, propagator)
        matches, flights = _compare(rung, reference, passes, sites, hours, settings)
        yield (matches[:0] if rung == REFERENCE else matches), flights


def compare_ages(
    pairs: Iterable[Pair], sites: pd.DataFrame, hours: float, settings: Comparison
) -> Iterator[Case]:
    """Yield matched passes and flights by old elements, against those by new ones."""
    for pair in pairs:
        area = (sites, pair.newer.epoch, hours, _margin_s(settings))
        new, old = (passes_around(s, *area) for s in (pair.new_sets, pair.old_sets))
        yield _compare(pair.name, new, old, sites, hours, settings)


def joined(cases: Iterable[Case]) -> Case:
    """Return the tables of all cases, matched passes and flights, each as one."""
    empty = (pd.DataFrame(columns=["case", *COLUMNS]), pd.DataFrame(columns=FLIGHTS))
    both = [[t for t in tables if len(t)] for tables in zip(*cases, strict=True)]
    if not both:
        return empty
    windows, flights = (
        pd.concat(tables, ignore_index=True) if tables else none
        for tables, none in zip(both, empty, strict=True)
    )
    return windows, flights


def _margin_s(settings: Comparison) -> float:
    """Return how far passes must be known beyond the scenario."""
    return max(settings.match_within_s, settings.give_up_s)


def _compare(
    case: str,
    reference: pd.DataFrame,
    passes: pd.DataFrame,
    sites: pd.DataFrame,
    hours: float,
    settings: Comparison,
) -> Case:
    end_s = hours * 3600
    matches = match_passes(reference, passes, settings.match_within_s, end_s)
    matches.insert(0, "case", case)
    ready_s = np.arange(0, end_s, settings.ready_every_s)
    regions = list(sites["name"])
    flights = compare_flights(
        case, Sky(passes), Sky(reference), regions, ready_s, settings.give_up_s
    )
    return matches, flights
