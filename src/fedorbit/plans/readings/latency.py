"""What each leg of a round takes, by each way to fly it, from several start times.

For example, from 02:00 on the embeddings of all satellites are at the stations 240 s
later by the optimal association, and 320 s later by the nearest one.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeVar

import pandas as pd
from pydantic import Field

from fedorbit.base.errors import Infeasible
from fedorbit.base.settings import Settings, between
from fedorbit.plans.costs import ALL, FlopPerSecond
from fedorbit.plans.moves.agreement import WAYS, agree
from fedorbit.plans.moves.fleet import Fleet
from fedorbit.plans.moves.trips import Roads, bring_down, bring_up
from fedorbit.plans.scene import Scene

COLUMNS = ["start_s", "leg", "way", "seconds"]
ROADS = [
    ("both_ways", "optimal"),
    ("one_way", "optimal"),
    ("in_turn", "optimal"),
    ("both_ways", "nearest"),
    ("both_ways", "greedy"),
    ("both_ways", "random"),
    ("both_ways", "sink"),
    ("gateway", "sink"),
    ("none", "own"),
    ("both_ways", "relayed"),
]
"""How satellites gather, and who sends to which station."""
RELAY_SLOTS = 3
"""Slots in one, where planes hand on for others: the programme is far larger."""
BEST = "both_ways/optimal"
DOWN, DOWN_OF_ROUND, UP, UP_OF_ROUND = "down", "down_of_round", "up", "up_of_round"
IN_PLANE, IN_PLANE_ALL = "in_plane", "in_plane_all"
BETWEEN, BETWEEN_ALL = "between", "between_all"
LEGS = {
    DOWN: "embeddings of all samples gathered in planes, and down",
    UP: "features of all samples up after that, and around planes",
    DOWN_OF_ROUND: "embeddings of the samples of one round gathered, and down",
    UP_OF_ROUND: "features of the samples of one round up after that",
    IN_PLANE: "mean of the heads of a plane",
    BETWEEN: "mean of the heads of all planes, back at all satellites",
    IN_PLANE_ALL: "mean of the whole models of a plane",
    BETWEEN_ALL: "mean of the whole models of all planes, back at all satellites",
}
"""What is measured, from a start time at which all that it takes is ready; the way up
begins when the ground has computed."""
Row = tuple[str, str, float | None]
"""Leg, way and seconds, which are missing if the leg does not end."""
Found = TypeVar("Found")


class Latency(Settings):
    """From when on legs are measured."""

    starts_h: list[between(float, 0.0, 8784.0)] = Field(min_length=1, max_length=1000)
    """Hours from the scenario's epoch."""
    slot_s: between(float, 0.1, 3600.0)
    """Length of the slots in which satellites are associated with stations."""
    speeds_flop_s: list[FlopPerSecond] = Field(min_length=1, max_length=1000)
    """Speeds of satellites for which totals are worked out, besides their own."""


def latencies(scene: Scene, settings: Latency) -> pd.DataFrame:
    """Return what each leg takes from each start: columns ``COLUMNS``.

    ``seconds`` is missing where a leg does not end within the scenario.
    """
    fleet, rows = Fleet(scene), []
    for start_h in settings.starts_h:
        start_s = 3600 * start_h
        for leg, way, seconds in _trips(fleet, settings.slot_s, start_s):
            rows.append((start_s, leg, way, seconds))
        for leg, way, seconds in _means(fleet, start_s):
            rows.append((start_s, leg, way, seconds))
    return pd.DataFrame(rows, columns=COLUMNS)


def _trips(fleet: Fleet, slot_s: float, start_s: float) -> Iterator[Row]:
    """Yield the ways down, each followed by the way up."""
    scene, samples = fleet.scene, fleet.samples()
    for gather, association in ROADS:
        longer_s = slot_s * (RELAY_SLOTS if association == "relayed" else 1)
        roads = Roads(gather=gather, association=association, slot_s=longer_s)
        seconds = _trip(fleet, roads, samples, start_s)
        for leg, one in zip((DOWN, UP), seconds, strict=True):
            yield leg, f"{gather}/{association}", one
    roads = Roads(gather="both_ways", association="optimal", slot_s=slot_s)
    seconds = _trip(fleet, roads, scene.local_steps * scene.batch_size, start_s)
    for leg, one in zip((DOWN_OF_ROUND, UP_OF_ROUND), seconds, strict=True):
        yield leg, BEST, one


def _trip(
    fleet: Fleet, roads: Roads, samples: int, start_s: float
) -> tuple[float | None, float | None]:
    """Return the seconds of the way down and, after the ground's work, of that up."""
    scene, number_bits = fleet.scene, fleet.aboard.bits_per_number
    card = scene.card
    ready_s = dict.fromkeys(fleet.plane_of, start_s)
    bits = float(samples * number_bits * card.output_numbers("embedding"))
    down = _end(fleet, lambda: bring_down(fleet, roads, bits, ready_s, "embedding"))
    if down is None:
        return None, None
    flop = len(scene.homes) * samples * card.forward_flop(["backbone"])
    done_s = down.end_s + scene.seconds(flop, scene.stations[0])
    bits = float(samples * number_bits * card.output_numbers("backbone"))
    up = _end(fleet, lambda: bring_up(fleet, roads, bits, done_s, "feature"))
    return down.end_s - start_s, None if up is None else up.end_s - done_s


def _means(fleet: Fleet, start_s: float) -> Iterator[Row]:
    """Yield the ways to the mean of a plane and to that of all planes."""
    for within, apart, scope, ways in (
        (IN_PLANE, BETWEEN, ("head",), list(WAYS)),
        (IN_PLANE_ALL, BETWEEN_ALL, ALL, ["earliest"]),
    ):
        bits = fleet.scene.bits(scope)
        end_s = _end(fleet, partial(_in_plane, fleet, bits, start_s))
        yield within, "ring", None if end_s is None else end_s - start_s
        ready_s = dict.fromkeys(fleet.planes, start_s)
        for way in ways:
            found = _end(fleet, partial(agree, fleet, ready_s, bits, way))
            ends_s = [] if found is None else found.ready_s.values()
            yield apart, way, max(ends_s) - start_s if ends_s else None


def _in_plane(fleet: Fleet, bits: float, start_s: float) -> float:
    shared = [
        fleet.share(plane, bits, dict.fromkeys(ring, start_s))
        for plane, ring in fleet.rings.items()
    ]
    return max(one.end_s for one in shared)


def _end(fleet: Fleet, leg: Callable[[], Found]) -> Found | None:
    """Return what is found for a leg if all links are free, or nothing."""
    fleet.forget()
    try:
        return leg()
    except Infeasible:
        return None
