"""When clients of a region receive, train and upload, read from a plan."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from fedorbit.plans.plan import Plan

REGION = "region/"
CLIENT = "client/"


def homes(regions: Sequence[str], clients_per_region: int) -> dict[str, str]:
    """Return the region of each client, as ledgers call clients."""
    return {
        f"{CLIENT}{number * clients_per_region + client}": region
        for number, region in enumerate(regions)
        for client in range(clients_per_region)
    }


def local_work(ledger: pd.DataFrame, trains: pd.DataFrame) -> pd.DataFrame:
    """Return ``region, start_s, end_s`` of the local steps of each round.

    They begin with the end of the broadcast. All take the same time, which is the
    shortest that any region lets pass before it uploads.
    """
    access = ledger[(ledger["link"] == "access") & ledger["op"].isin(trains.index)]
    down = ~access["sender"].str.startswith(CLIENT)
    work = pd.DataFrame(
        {
            "start_s": access[down].groupby("op")["end_s"].max(),
            "upload_s": access[~down].groupby("op")["start_s"].min(),
        }
    ).dropna()
    longest_s = (work["upload_s"] - work["start_s"]).min()
    regions = trains["target"].loc[work.index].str.removeprefix(REGION)
    return pd.DataFrame(
        {
            "region": regions,
            "start_s": work["start_s"],
            "end_s": work["start_s"] + longest_s,
        }
    )


def busy(plan: Plan, home: Mapping[str, str]) -> pd.DataFrame:
    """Return ``region, start_s, end_s`` of all that clients do; rows may overlap."""
    access = plan.ledger[plan.ledger["link"] == "access"]
    regions = access["sender"].map(home).fillna(access["receiver"])
    moves = access[["start_s", "end_s"]].assign(region=regions)
    trains = plan.ops[plan.ops["op"] == "train"]
    trains = trains[trains["target"].str.startswith(REGION)]
    return pd.concat([moves, local_work(plan.ledger, trains)], ignore_index=True)


def idle_share(
    plan: Plan, regions: Sequence[str], clients_per_region: int, horizon_s: float
) -> float:
    """Return the share of time in which no client of a region has anything to do.

    That is to receive, train or upload; the mean over regions, from the start to the
    horizon.
    """
    work = busy(plan, homes(regions, clients_per_region))
    busy_s = [_union_s(work[work["region"] == region]) for region in regions]
    return 1 - float(np.mean(busy_s)) / horizon_s


def _union_s(spans: pd.DataFrame) -> float:
    """Return how long at least one of the spans lasts."""
    spans = spans.sort_values("start_s")
    covered_s = spans["end_s"].cummax().shift(fill_value=-np.inf)
    fresh_s = spans["end_s"] - np.maximum(spans["start_s"], covered_s)
    return float(fresh_s.clip(lower=0).sum())


def mean_staleness(plan: Plan) -> float:
    """Return the mean staleness of mixes of two models or more, NaN if there are none.

    Copies do not count, nor the average of all regions that nobody holds. FedMeld and
    hierarchical FL count in rounds, servers in versions of their model.
    """
    mixes = plan.ops[(plan.ops["op"] == "mix") & (plan.ops["target"] != "average")]
    return float(mixes["staleness"][mixes["sources"].str.len() > 1].mean())
