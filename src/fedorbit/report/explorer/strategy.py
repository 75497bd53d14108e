"""What one strategy of a study does, as the page plays it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from fedorbit.data.homes import Homes
from fedorbit.plans import names
from fedorbit.plans.plan import LINKS, TEST, Plan
from fedorbit.report.explorer import packing
from fedorbit.report.explorer.flights import flights, lap, shares
from fedorbit.report.explorer.sky import Nodes
from fedorbit.report.explorer.words import Names, news, story

MOST_POINTS = 600
"""Of a curve of accuracy; a longer one has every second, third or so."""
MARKS = 480
"""Even times from the start to the end at which bits are summed up."""
SENT = [link for link in LINKS if link != "carry"]


def strategy(
    plan: Plan,
    record: pd.DataFrame,
    homes: Homes,
    nodes: Nodes,
    hours: float,
    group: str,
) -> dict[str, Any]:
    """Return transfers, flights, rounds, news and curves of one strategy.

    ``record`` has its evaluations with all seeds, ``group`` is what the study calls a
    group of clients. Groups are numbered as in ``homes``, the server after them.
    """
    called = Names(group, homes.names, names.client_nodes(homes))
    sent = transfers(plan, homes)
    flown = flights(plan, homes)
    makers = flown["cargo"].map(called.maker)
    whose = list(dict.fromkeys(makers))
    said = news(plan.ops, homes.groups, called)
    sentences = list(dict.fromkeys(said["sentence"]))
    busy = rounds(plan.ops, homes)
    return {
        "transfers": {
            **_spans(sent),
            "from": packing.counts(sent["sender"].map(nodes.numbers)),
            "to": packing.counts(sent["receiver"].map(nodes.numbers)),
            "link": packing.counts(sent["link"].map(SENT.index)),
        },
        "flights": {
            **_spans(flown),
            "hand": packing.times(flown["hand_s"]),
            "used": packing.times(flown["used_s"]),
            "satellite": packing.counts(flown["satellite"].map(nodes.numbers)),
            "from": packing.counts(flown["origin"].map(nodes.numbers)),
            "to": packing.counts(flown["destination"].map(nodes.numbers)),
            "maker": packing.counts(makers.map(whose.index)),
            "makers": whose,
        },
        "rounds": {**_spans(busy), "group": packing.counts(busy["group"])},
        "news": {
            "time": packing.times(said["time_s"]),
            "sentence": packing.counts(said["sentence"].map(sentences.index)),
            "sentences": sentences,
        },
        "curves": [
            {
                "group": number,
                "time": packing.times(curve["time_s"]),
                "accuracy": packing.counts(np.rint(curve["accuracy"] * 1e4)),
            }
            for number, curve in curves(record, homes).items()
        ],
        "bits": bits(plan.ledger, hours),
        "lap": _lap(plan, flown, called),
    }


def _lap(plan: Plan, flown: pd.DataFrame, called: Names) -> dict[str, Any] | None:
    """Return the flights of a model that comes back, and what happens on them."""
    legs = lap(plan, flown)
    if not legs:
        return None
    amounts = shares(plan, flown, legs)
    return {"flights": legs, "steps": story(plan.ops, flown, legs, amounts, called)}


def transfers(plan: Plan, homes: Homes) -> pd.DataFrame:
    """Return ``sender, receiver, link, start_s, end_s`` of all that is sent.

    A client is at its site. What one node sends another over a link without a pause,
    such as the updates of a region's clients, is one row.
    """
    places = names.client_nodes(homes)
    moves = plan.ledger[plan.ledger["link"] != "carry"]
    ends = {c: moves[c].map(places).fillna(moves[c]) for c in ("sender", "receiver")}
    return merged(moves.assign(**ends), ["sender", "receiver", "link"])


def rounds(ops: pd.DataFrame, homes: Homes) -> pd.DataFrame:
    """Return ``group, start_s, end_s`` of all rounds of training, by group number.

    A round of a client that learns alone counts for its group.
    """
    of = {slot: number for number, slot in enumerate(homes.groups)}
    of |= {
        names.client(client): of[homes.group(client)] for client in range(len(homes))
    }
    trains = ops[(ops["op"] == "train") & ops["target"].isin(of)]
    return merged(trains.assign(group=trains["target"].map(of)), ["group"])


def merged(spans: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return ``start_s, end_s`` of spans of the same ``by``, without overlaps.

    Spans of which one begins as the other ends are one. They are sorted by start.
    """
    spans = spans.sort_values([*by, "start_s"], kind="stable")
    until_s = spans.groupby(by, sort=False)["end_s"].cummax()
    before_s = until_s.groupby([spans[column] for column in by], sort=False).shift()
    run = ((spans["start_s"] > before_s) | before_s.isna()).cumsum()
    whole = spans.groupby(run, sort=False).agg(
        **{column: (column, "first") for column in by},
        start_s=("start_s", "first"),
        end_s=("end_s", "max"),
    )
    return whole.sort_values("start_s", kind="stable", ignore_index=True)


def curves(record: pd.DataFrame, homes: Homes) -> dict[int, pd.DataFrame]:
    """Return ``time_s, accuracy`` of the models of groups and the server, by number.

    Accuracies are means over seeds, and over clients where they learn alone: on all
    test samples, or on those like the group's own if it has such.
    """
    kind = homes.kind
    numbers = {slot: number for number, slot in enumerate(homes.groups)}
    numbers[names.GROUND] = len(numbers)
    alone = record["group"] == names.CLIENT
    model = record["model"].where(~alone, record["part"])
    tested = (record["part"] == TEST) | names.are_of_kind(record["part"], kind)
    own = record.assign(number=model.map(numbers))[tested & model.isin(numbers)]
    means = own.groupby(["number", "time_s", "round"])["accuracy"].mean().reset_index()
    return {int(number): thinned(curve) for number, curve in means.groupby("number")}


def thinned(curve: pd.DataFrame) -> pd.DataFrame:
    """Return at most ``MOST_POINTS`` rows, evenly, with the first and the last."""
    if len(curve) <= MOST_POINTS:
        return curve
    return curve.iloc[np.linspace(0, len(curve) - 1, MOST_POINTS).round().astype(int)]


def bits(ledger: pd.DataFrame, hours: float) -> dict[str, Any]:
    """Return the bits that have been sent by each of ``MARKS`` times, by link.

    A transfer counts when it has ended, as in the tidy rounds of a study.
    """
    marks_s = np.linspace(0.0, hours * 3600, MARKS + 1)
    found = {}
    for link in LINKS:
        moves = ledger[ledger["link"] == link].sort_values("end_s", kind="stable")
        if len(moves):
            total = np.concatenate([[0.0], moves["bits"].cumsum()])
            done = np.searchsorted(moves["end_s"], marks_s, side="right")
            found[link] = packing.floats(total[done])
    return found


def of_groups(homes: Homes, nodes: Nodes) -> list[dict[str, Any]]:
    """Return the name of each group of clients and the nodes where they are."""
    return [
        {
            "name": name,
            "nodes": [nodes.numbers[node] for node in homes.nodes(group)],
        }
        for name, group in zip(homes.names, homes.groups, strict=True)
    ]


def used_nodes(ledgers: Sequence[pd.DataFrame], homes: Homes) -> set[str]:
    """Return all nodes that a plan uses, and those where clients are."""
    places: Mapping[str, str] = names.client_nodes(homes)
    found = set(places.values())
    for ledger in ledgers:
        for column in ("sender", "receiver"):
            found |= {places.get(name, name) for name in ledger[column].unique()}
    return found


def _spans(table: pd.DataFrame) -> dict[str, Any]:
    return {
        "start": packing.times(table["start_s"]),
        "end": packing.times(table["end_s"]),
    }
