"""What each leg of a round takes, by each way to fly it, from several start times.

For example, from 02:00 on the embeddings of all satellites are at the stations 240 s
later by the optimal association, and 320 s later by the nearest one.
"""

from collections.abc import Callable, Iterator
from functools import partial

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
    UP: "features of all samples up, and around planes",
    DOWN_OF_ROUND: "embeddings of the samples of one round gathered, and down",
    UP_OF_ROUND: "features of the samples of one round up, and around planes",
    IN_PLANE: "mean of the heads of a plane",
    BETWEEN: "mean of the heads of all planes, back at all satellites",
    IN_PLANE_ALL: "mean of the whole models of a plane",
    BETWEEN_ALL: "mean of the whole models of all planes, back at all satellites",
}
"""What is measured, from a start time at which all that it takes is ready."""


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
        for leg, way, end_s in _legs(fleet, settings.slot_s, start_s):
            rows.append((start_s, leg, way, _seconds(fleet, end_s, start_s)))
    return pd.DataFrame(rows, columns=COLUMNS)


def _seconds(fleet: Fleet, end_s: Callable[[], float], start_s: float) -> float | None:
    fleet.forget()
    try:
        return end_s() - start_s
    except Infeasible:
        return None


def _legs(
    fleet: Fleet, slot_s: float, start_s: float
) -> Iterator[tuple[str, str, Callable[[], float]]]:
    """Yield legs and ways, and functions that return when the leg ends."""
    scene, number_bits = fleet.scene, fleet.aboard.bits_per_number
    of_round = scene.local_steps * scene.batch_size
    embedding = number_bits * scene.card.output_numbers("embedding")
    features = number_bits * scene.card.output_numbers("backbone")
    optimal = Roads(gather="both_ways", association="optimal", slot_s=slot_s)
    for gather, association in ROADS:
        longer_s = slot_s * (RELAY_SLOTS if association == "relayed" else 1)
        roads = Roads(gather=gather, association=association, slot_s=longer_s)
        bits = fleet.samples() * embedding
        way = f"{gather}/{association}"
        yield DOWN, way, partial(_down, fleet, roads, bits, start_s)
    bits = fleet.samples() * features
    yield UP, BEST, partial(_up, fleet, optimal, bits, start_s)
    yield (
        DOWN_OF_ROUND,
        BEST,
        partial(_down, fleet, optimal, of_round * embedding, start_s),
    )
    yield UP_OF_ROUND, BEST, partial(_up, fleet, optimal, of_round * features, start_s)
    for within, apart, scope, ways in (
        (IN_PLANE, BETWEEN, ("head",), list(WAYS)),
        (IN_PLANE_ALL, BETWEEN_ALL, ALL, ["earliest"]),
    ):
        bits = scene.bits(scope)
        yield within, "ring", partial(_in_plane, fleet, bits, start_s)
        for way in ways:
            yield apart, way, partial(_between, fleet, bits, way, start_s)


def _down(fleet: Fleet, roads: Roads, bits: float, start_s: float) -> float:
    ready_s = dict.fromkeys(fleet.plane_of, start_s)
    return bring_down(fleet, roads, bits, ready_s, "embedding").end_s


def _up(fleet: Fleet, roads: Roads, bits: float, start_s: float) -> float:
    return bring_up(fleet, roads, bits, start_s, "feature").end_s


def _in_plane(fleet: Fleet, bits: float, start_s: float) -> float:
    shared = [
        fleet.share(plane, bits, dict.fromkeys(ring, start_s))
        for plane, ring in fleet.rings.items()
    ]
    return max(one.end_s for one in shared)


def _between(fleet: Fleet, bits: float, way: str, start_s: float) -> float:
    ready_s = dict.fromkeys(fleet.planes, start_s)
    return max(agree(fleet, ready_s, bits, way).ready_s.values())
