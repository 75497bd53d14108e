"""What the plan of one cell tells: the pace of averages, their bits, flights, waits.

An *exchange* ends when the last region has the model that it gets from others. A
*global average* is there when what every region had learned before the first exchange
is in the models of all: after one exchange of hierarchical FL or of ring all-reduce,
and after N of FedMeld on a ring of N regions, once around it.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fedorbit.plans import names
from fedorbit.plans.plan import LINKS, Plan
from fedorbit.plans.readings.activity import flight_s, idle_share
from fedorbit.plans.scene import Scene

SENT = [link for link in LINKS if link != "carry"]
"""Links that something is sent on; what a satellite carries on board is not."""
READINGS = [
    *("exchanges", "exchanges_per_average", "hours_per_average"),
    *(f"bits_{link}_per_average" for link in SENT),
    *("flight_s", "idle_share", "exchange_end_s"),
]
NOTHING = dict.fromkeys(READINGS, np.nan) | {"exchanges": 0, "exchange_end_s": []}
"""The readings of a cell that a strategy cannot be planned in."""


def exchange_ends_s(ops: pd.DataFrame) -> pd.Series:
    """Return when each exchange ends, by its round, in order.

    That is the last mixing of another model into a region's own.
    """
    is_regions = names.are_of_kind(ops["target"], names.REGION)
    mixes = ops[(ops["op"] == "mix") & is_regions & (ops["round"] > 0)]
    return mixes.groupby("round")["end_s"].max()


def exchanges_per_average(ops: pd.DataFrame, regions: Sequence[str]) -> float:
    """Return after how many exchanges all regions have what all had learned.

    Each region is told apart by what it has learned before its first exchange. Infinite
    if the plan ends before that.
    """
    slots = {names.region(region) for region in regions}
    learned: dict[str, frozenset[str]] = {}
    rounds, complete = set(), set()
    for op in ops.itertuples(index=False):
        if op.op == "train":
            learned[op.target] = learned[op.sources[0]] | {op.target}
        elif op.op == "mix":
            found = (learned.get(source, frozenset()) for source in op.sources)
            learned[op.target] = frozenset().union(*found)
            if op.target in slots and op.round > 0:
                rounds.add(op.round)
                if learned[op.target] >= slots:
                    complete.add(op.target)
            if complete == slots:
                return len(rounds)
    return np.inf


def read_plan(plan: Plan, scene: Scene) -> dict[str, object]:
    """Return the ``READINGS`` of a plan.

    ``exchange_end_s`` is the list of their ends. Hours and bits per average are those
    of the whole scenario over its averages, and missing if there is not one.
    """
    ends_s = exchange_ends_s(plan.ops)
    needed = exchanges_per_average(plan.ops, scene.regions)
    averages = len(ends_s) / needed
    bits = plan.ledger.groupby("link")["bits"].sum()
    per_average = {
        f"bits_{link}_per_average": bits.get(link, 0.0) / averages
        if averages
        else np.nan
        for link in SENT
    }
    hours = scene.horizon_s / 3600 / averages if averages else np.nan
    return {
        "exchanges": len(ends_s),
        "exchanges_per_average": needed if averages else np.nan,
        "hours_per_average": hours,
        **per_average,
        "flight_s": flight_s(plan),
        "idle_share": idle_share(plan, scene.homes, scene.horizon_s),
        "exchange_end_s": ends_s.tolist(),
    }


def out_of_view_s(
    contacts: pd.DataFrame, regions: Sequence[str], end_s: float
) -> float:
    """Return the revisit: for how long, on average, a region sees no satellite.

    That is the mean length of the gaps between passes, over all gaps of all regions
    from 0 to ``end_s``; 0 if there are none.
    """
    gaps_s = []
    for region in regions:
        passes = contacts[contacts["site"] == region]
        seen_s = np.maximum.accumulate([0.0, *passes["set_s"]])
        gaps_s += list(np.array([*passes["rise_s"], end_s]) - seen_s)
    lasting = [gap_s for gap_s in gaps_s if gap_s > 0]
    return float(np.mean(lasting)) if lasting else 0.0
