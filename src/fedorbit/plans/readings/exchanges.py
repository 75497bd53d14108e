"""What became of each planned exchange between regions, in numbers."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fedorbit.plans import names
from fedorbit.plans.moves.refly import Assignment, assignments, carry_by
from fedorbit.plans.plan import Plan
from fedorbit.plans.scene import Scene

ON_TIME, EARLY, LATE, LOST = "on time", "early", "late", "lost"
NOT_FLOWN = "not flown"
"""Of a cycle that the flown plan does not reach before the horizon."""
WITHIN_S = 1.0
EXCHANGES = [
    "region",
    "cycle",
    "satellite",
    "planned_arrival_s",
    "flown_arrival_s",
    "difference_s",
    "status",
    "alone",
    "planned_flight_s",
    "flown_flight_s",
    "planned_rounds_s",
    "flown_rounds_s",
    "planned_idle_s",
    "flown_idle_s",
    "stays_s",
]


@dataclass(frozen=True)
class _Cycle:
    """What the rounds of one region between two mixings took."""

    rounds_s: float
    idle_s: float


def exchanges(
    planned: Plan,
    flown: Plan,
    scene: Scene,
    round_interval: int,
    patience_s: float,
) -> pd.DataFrame:
    """Return a row for each exchange of a plan of FedMeld, columns ``EXCHANGES``.

    ``flown`` is what ``refly`` makes of ``planned`` in ``scene``. ``difference_s`` is
    the flown arrival less the planned one. ``alone`` is the status that the exchange
    would have if its two regions were as far as planned, whatever came before it. A
    flight lasts from the broadcast upstream to the arrival, ``rounds_s`` are delta
    rounds without waiting for a carrier, and ``idle_s`` is that waiting. ``stays_s`` is
    for how long the carrier is in view of the region upstream after the flown pick-up.
    """
    by_plan, by_flight = (assignments(plan, scene) for plan in (planned, flown))
    cycles = [_cycles(plan, scene, round_interval) for plan in (planned, flown)]
    rows = []
    for (region, last_round), expected in by_plan.items():
        upstream = scene.regions[scene.regions.index(region) - 1]
        times_s = (expected.broadcast_s, expected.ready_s)
        alone = carry_by(scene, expected, upstream, region, times_s, patience_s)
        carry = by_flight.get((region, last_round))
        old, new = (own.get((region, last_round)) for own in cycles)
        arrival_s = np.nan if carry is None else carry.arrival_s
        status = _status(expected, carry and carry.arrival_s)
        rows.append(
            (
                region,
                last_round // round_interval + 1,
                expected.satellite,
                expected.arrival_s,
                arrival_s,
                arrival_s - expected.arrival_s,
                NOT_FLOWN if new is None else status,
                _status(expected, alone and alone.arrival_s),
                expected.arrival_s - expected.broadcast_s,
                np.nan if carry is None else arrival_s - carry.broadcast_s,
                old.rounds_s,
                np.nan if new is None else new.rounds_s,
                old.idle_s,
                np.nan if new is None else new.idle_s,
                np.nan if carry is None else _stays_s(scene, carry, upstream),
            )
        )
    table = pd.DataFrame(rows, columns=EXCHANGES)
    return table.sort_values(["cycle", "region"], kind="stable", ignore_index=True)


def summarise_exchanges(table: pd.DataFrame) -> dict[str, float]:
    """Return what the exchanges of one plan add up to.

    Percentages are of the exchanges in cycles that were flown, those of ``lost_alone``
    of all, and those of flights longer than the rounds of their cycle of the flights
    that arrive. Shifts of flight times, and how long carriers stay, are percentiles
    over the flights that arrive.
    """
    reached = table[table["status"] != NOT_FLOWN]
    arrived = reached[reached["status"] != LOST]
    shift_s = arrived["flown_flight_s"] - arrived["planned_flight_s"]
    return {
        "exchanges": len(table),
        "not_flown": len(table) - len(reached),
        **{
            f"{status.replace(' ', '_')}_percent": _percent(reached["status"] == status)
            for status in (ON_TIME, EARLY, LATE, LOST)
        },
        "lost_alone_percent": _percent(table["alone"] == LOST),
        "planned_flight_mean_s": table["planned_flight_s"].mean(),
        "flown_flight_mean_s": arrived["flown_flight_s"].mean(),
        "flown_flight_max_s": arrived["flown_flight_s"].max(),
        **{f"shift_p{p}_s": shift_s.quantile(p / 100) for p in (5, 50, 95)},
        **{f"stays_p{p}_s": arrived["stays_s"].quantile(p / 100) for p in (5, 50, 95)},
        "idle_added_mean_s": (
            reached["flown_idle_s"] - reached["planned_idle_s"]
        ).mean(),
        "planned_above_rounds_percent": _percent(
            table["planned_flight_s"] > table["planned_rounds_s"]
        ),
        "flown_above_rounds_percent": _percent(
            arrived["flown_flight_s"] > arrived["flown_rounds_s"]
        ),
    }


def _stays_s(scene: Scene, carry: Assignment, upstream: str) -> float:
    """Return for how long a carrier is in view of a region after its pick-up there."""
    loaded_s = (carry.loaded_s, carry.loaded_s)
    row = scene.sky.covering(carry.satellite, upstream, loaded_s)
    return float(scene.sky.set_s[row]) - carry.loaded_s


def _percent(which: pd.Series) -> float:
    return 100 * float(which.mean()) if len(which) else np.nan


def _status(expected: Assignment, arrival_s: float | None) -> str:
    if arrival_s is None:
        return LOST
    late_s = arrival_s - expected.arrival_s
    if abs(late_s) <= WITHIN_S:
        return ON_TIME
    return LATE if late_s > 0 else EARLY


def _cycles(
    plan: Plan, scene: Scene, round_interval: int
) -> dict[tuple[str, int], _Cycle]:
    """Return each region's cycles by the number of the last round before them."""
    moves = plan.ledger
    down = moves[moves["receiver"].isin(scene.regions)]
    broadcast_s = dict(zip(down["op"], down["end_s"], strict=True))
    up = moves[moves["link"] == "access"].drop(down.index)
    upload_s = dict(zip(up["op"], up["start_s"], strict=True))
    found = {}
    for region in scene.regions:
        ops = plan.ops[plan.ops["target"] == names.region(region)]
        trains = ops[ops["op"] == "train"]
        for first in range(0, len(trains), round_interval):
            rounds = trains.iloc[first : first + round_interval]
            last = rounds.index[-1]
            idle_s = upload_s[last] - broadcast_s[last] - scene.compute_s
            took_s = rounds["end_s"].iloc[-1] - rounds["start_s"].iloc[0]
            found[region, first] = _Cycle(took_s - idle_s, idle_s)
    return found
