"""All that the page of a study shows, from its tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from fedorbit.data.homes import Homes
from fedorbit.orbits.elements import ElementSet
from fedorbit.plans.plan import Plan
from fedorbit.report.explorer.packing import TICK_S
from fedorbit.report.explorer.sky import Nodes, drawn, land, sky
from fedorbit.report.explorer.strategy import (
    MARKS,
    SENT,
    of_groups,
    strategy,
    used_nodes,
)

PLACE = ["name", "latitude_deg", "longitude_deg"]


@dataclass(frozen=True)
class Study:
    """What the page says of a study besides its tables."""

    name: str
    description: str
    start: str
    """When the scenario begins, in ISO 8601 with its time zone."""
    hours: float
    group: str
    """What a group of clients is called, such as ``region``."""
    looks: Mapping[str, Mapping[str, Any]]
    """``label``, ``color`` and ``is_front`` by strategy, in the order of legends."""
    does: Mapping[str, str]
    """A sentence on what each strategy does."""


def gather(
    study: Study,
    plans: Mapping[str, Plan],
    records: Mapping[str, pd.DataFrame],
    sets: Sequence[ElementSet],
    contacts: pd.DataFrame,
    homes: Homes,
    sites: Mapping[str, pd.DataFrame],
    coastlines: pd.DataFrame,
) -> dict[str, Any]:
    """Return the data of the page: plain values, with columns of numbers packed.

    ``plans`` and ``records`` are those of the strategies, the latter with all seeds;
    ``sites`` has tables of sites by what they are, such as ``station``. Stations that
    no plan uses are left out. A strategy that cannot be planned has an empty plan, and
    no more than its name on the page.
    """
    used = used_nodes([plan.ledger for plan in plans.values()], homes)
    shown = drawn(sets, used, study.hours)
    places = _places(sites, used)
    nodes = Nodes([s.name for s in shown], [place["name"] for place in places])
    seen = contacts[contacts["site"].isin(set(nodes.sites))]
    start = datetime.fromisoformat(study.start)
    return {
        "study": study.name,
        "description": study.description,
        "start": study.start,
        "hours": study.hours,
        "group": study.group,
        "tick_s": TICK_S,
        "marks": MARKS,
        "links": SENT,
        "land": land(coastlines),
        "sites": places,
        **sky(shown, start, study.hours, seen, nodes),
        "left_out": len(sets) - len(shown),
        "groups": of_groups(homes, nodes),
        "strategies": [
            _looks(study, name)
            | _plays(plans[name], records[name], homes, nodes, study)
            for name in study.looks
        ],
    }


def _places(sites: Mapping[str, pd.DataFrame], used: set[str]) -> list[dict[str, Any]]:
    """Return name, kind and place of the sites that are drawn."""
    return [
        {"kind": kind, **dict(zip(PLACE, row, strict=True))}
        for kind, table in sites.items()
        for row in table[PLACE].itertuples(index=False)
        if kind != "station" or row.name in used
    ]


def _looks(study: Study, name: str) -> dict[str, Any]:
    look = study.looks[name]
    return {
        "name": name,
        "label": look["label"],
        "color": look["color"],
        "front": look["is_front"],
        "does": study.does[name],
    }


def _plays(
    plan: Plan, record: pd.DataFrame, homes: Homes, nodes: Nodes, study: Study
) -> dict[str, Any]:
    if plan.ops.empty:
        return {"infeasible": True}
    return strategy(plan, record, homes, nodes, study.hours, study.group)
