"""When clients of a region receive, train and upload, read from a plan."""

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from fedorbit.data.homes import Homes
from fedorbit.plans import names
from fedorbit.plans.plan import Plan


def local_work(ledger: pd.DataFrame, trains: pd.DataFrame) -> pd.DataFrame:
    """Return ``region, start_s, end_s`` of the local steps of each round.

    They begin with the end of the broadcast. A step takes the same time everywhere,
    which is the shortest that any region lets pass for it before it uploads.
    """
    access = ledger[(ledger["link"] == "access") & ledger["op"].isin(trains.index)]
    down = ~names.are_of_kind(access["sender"], names.CLIENT)
    work = pd.DataFrame(
        {
            "start_s": access[down].groupby("op")["end_s"].max(),
            "upload_s": access[~down].groupby("op")["start_s"].min(),
        }
    ).dropna()
    steps = trains["steps"].loc[work.index]
    times = steps / steps.min()  # as many steps as in the shortest round
    shortest_s = ((work["upload_s"] - work["start_s"]) / times).min()
    regions = names.names_of(trains["target"].loc[work.index], names.REGION)
    return pd.DataFrame(
        {
            "region": regions,
            "start_s": work["start_s"],
            "end_s": work["start_s"] + shortest_s * times,
        }
    )


def round_s(plan: Plan) -> float:
    """Return the median time of a round without waits: down, local steps and up.

    NaN if no region trains.
    """
    trains = regional_trainings(plan.ops)
    access = plan.ledger[plan.ledger["op"].isin(trains.index)]
    access = access[access["link"] == "access"]
    up = names.are_of_kind(access["sender"], names.CLIENT)
    spans = access.groupby(["op", up]).agg({"start_s": "min", "end_s": "max"})
    sent_s = (spans["end_s"] - spans["start_s"]).groupby("op").sum()
    work = local_work(plan.ledger, trains)
    return float((sent_s + (work["end_s"] - work["start_s"])).median())


def flight_s(plan: Plan) -> float:
    """Return the mean time that a model is on board on its way, NaN without any."""
    carries = plan.ledger[plan.ledger["link"] == "carry"]
    return float((carries["end_s"] - carries["start_s"]).mean())


def handovers(plan: Plan) -> int:
    """Return how often a region's clients upload to another satellite than they heard.

    That is, in how many of its rounds the satellite that collects is not the one that
    broadcast.
    """
    access = plan.ledger[plan.ledger["link"] == "access"]
    access = access[access["op"].isin(regional_trainings(plan.ops).index)]
    up = names.are_of_kind(access["sender"], names.CLIENT)
    heard = access[~up].groupby("op")["sender"].first()
    collects = access[up].groupby("op")["receiver"].first()
    both = pd.concat([heard, collects], axis=1, join="inner")
    return int((both["sender"] != both["receiver"]).sum())


def exchange_s(plan: Plan) -> float:
    """Return the mean time from the last round of a region to the model it gets back.

    That is, to the end of a mix that brings in another slot than its own. FedMeld
    mixes as its last round ends, hierarchical FL flies to the ground and back first.
    NaN without any.
    """
    trained_s: dict[str, float] = {}
    waits_s = []
    ops = plan.ops[names.are_of_kind(plan.ops["target"], names.REGION)]
    for op in ops.itertuples():
        if op.op == "train":
            trained_s[op.target] = op.end_s
        elif op.op == "mix" and not {*op.sources} <= {op.target, names.INITIAL}:
            waits_s.append(op.end_s - trained_s.get(op.target, 0.0))
    return float(np.mean(waits_s)) if waits_s else float("nan")


def regional_trainings(ops: pd.DataFrame) -> pd.DataFrame:
    """Return the operations in which a region trains."""
    trains = ops[ops["op"] == "train"]
    return trains[names.are_of_kind(trains["target"], names.REGION)]


def busy(plan: Plan, sites: Mapping[str, str]) -> pd.DataFrame:
    """Return ``region, start_s, end_s`` of all that clients do; rows may overlap."""
    access = plan.ledger[plan.ledger["link"] == "access"]
    regions = access["sender"].map(sites).fillna(access["receiver"])
    moves = access[["start_s", "end_s"]].assign(region=regions)
    work = local_work(plan.ledger, regional_trainings(plan.ops))
    return pd.concat([moves, work], ignore_index=True)


def idle_share(plan: Plan, homes: Homes, horizon_s: float) -> float:
    """Return the share of time in which no client of a region has anything to do.

    That is to receive, train or upload; the mean over regions, from the start to the
    horizon. NaN if groups are no regions.
    """
    if homes.kind != names.REGION:
        return float("nan")
    work = busy(plan, names.client_nodes(homes))
    busy_s = [_union_s(work[work["region"] == region]) for region in homes.names]
    return 1 - float(np.mean(busy_s)) / horizon_s


def _union_s(spans: pd.DataFrame) -> float:
    """Return how long at least one of the spans lasts."""
    spans = spans.sort_values("start_s")
    covered_s = spans["end_s"].cummax().shift(fill_value=-np.inf)
    fresh_s = spans["end_s"] - np.maximum(spans["start_s"], covered_s)
    return float(fresh_s.clip(lower=0).sum())


def satellites_used(ledger: pd.DataFrame, satellites: Collection[str]) -> int:
    """Return how many of the satellites send, receive or carry anything."""
    return len({*ledger["sender"], *ledger["receiver"]} & {*satellites})


def plan_metrics(plan: Plan, homes: Homes, horizon_s: float) -> dict[str, float]:
    """Return all that a plan tells without learning, by the name of its column."""
    return {
        "idle_share": idle_share(plan, homes, horizon_s),
        "staleness": mean_staleness(plan),
        "round_s": round_s(plan),
        "flight_s": flight_s(plan),
        "exchange_s": exchange_s(plan),
        "handovers": handovers(plan),
    }


def mean_staleness(plan: Plan) -> float:
    """Return the mean staleness of mixes of two models or more, NaN if there are none.

    Copies do not count, nor the average of all regions that nobody holds. FedMeld and
    hierarchical FL count in rounds, servers in versions of their model.
    """
    mixes = plan.ops[(plan.ops["op"] == "mix") & (plan.ops["target"] != names.AVERAGE)]
    return float(mixes["staleness"][mixes["sources"].str.len() > 1].mean())
