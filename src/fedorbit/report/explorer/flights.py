"""Models on board, and the flights that bring one model back to where it was made."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from fedorbit.data.homes import Homes
from fedorbit.plans import names
from fedorbit.plans.plan import Plan, slots_read
from fedorbit.plans.readings.carries import destination, origin
from fedorbit.report.explorer.words import cargo

FLIGHTS = [
    *("satellite", "origin", "destination"),
    *("hand_s", "start_s", "end_s", "used_s", "op", "cargo", "round"),
]


def flights(plan: Plan, homes: Homes) -> pd.DataFrame:
    """Return a row for each carry of a plan, columns ``FLIGHTS``, by their start.

    What was handed over from ``hand_s`` to ``start_s`` is on board until ``end_s``, and
    the operation ``op`` uses it by ``used_s``. ``round`` is the one that its model
    comes from, or 0 where nothing that learned is on board.
    """
    rows = []
    for carry in plan.ledger[plan.ledger["link"] == "carry"].itertuples():
        what, round_number = cargo(plan.ops, carry)
        rows.append(
            {
                "satellite": carry.sender,
                "origin": origin(plan, carry, homes),
                "destination": destination(plan, carry),
                "hand_s": _handed_s(plan.ledger, carry),
                "start_s": carry.start_s,
                "end_s": carry.end_s,
                "used_s": plan.ops["end_s"].iloc[carry.op],
                "op": carry.op,
                "cargo": what,
                "round": round_number,
            }
        )
    table = pd.DataFrame(rows, columns=FLIGHTS)
    return table.sort_values("start_s", kind="stable", ignore_index=True)


def _handed_s(ledger: pd.DataFrame, carry: Any) -> float:
    """Return when what a row carries began to be sent to the satellite."""
    loads = (ledger["receiver"] == carry.sender) & (ledger["end_s"] == carry.start_s)
    return float(ledger["start_s"][loads & (ledger["link"] != "carry")].min())


def lap(plan: Plan, table: pd.DataFrame) -> list[int]:
    """Return the flights by which a model comes back to where it set out, in order.

    They are rows of ``flights``. The first has learned on board; each next one is the
    first from where the last arrived that has what the last brought on board, mixed
    into whatever it is by then. Without any such flights the list is empty.
    """
    for first in table.index[table["round"] > 0]:
        home, legs = table["origin"][first], [int(first)]
        while table["destination"][legs[-1]] != home and len(legs) <= len(table):
            onward = _onward(plan, table, table.loc[legs[-1]])
            if onward is None:
                break
            legs.append(onward)
        if table["destination"][legs[-1]] == home:
            return legs
    return []


def _onward(plan: Plan, table: pd.DataFrame, leg: pd.Series) -> int | None:
    """Return the next flight that has what a flight brought on board, or ``None``."""
    leaving = table[table["origin"] == leg["destination"]]
    by_op = {op: int(row) for row, op in leaving["op"].items()}
    holding = {plan.ops["target"].iloc[leg["op"]]}
    for op in plan.ops.iloc[leg["op"] + 1 :].itertuples():
        if op.op == "evaluate":
            continue
        has = not holding.isdisjoint(slots_read(op))
        row = by_op.get(op.Index)
        if has and row is not None and _brings(op, table.loc[row], holding):
            return row
        holding = holding | {op.target} if has else holding - {op.target}
    return None


def _brings(op: Any, flight: pd.Series, holding: set[str]) -> bool:
    """Return whether a flight has a slot on board that is among those held."""
    return any(
        slot in holding and names.is_on_board(slot, flight["satellite"])
        for slot in op.sources
    )


def shares(
    plan: Plan, table: pd.DataFrame, legs: Sequence[int]
) -> list[tuple[float, float]]:
    """Return how much of a model goes back to what the first of some flights carried.

    There is a pair for each flight: of the model on board, and of what is made of it.
    A mix adds up the shares of its sources by their weights; training changes none.
    """
    first, last = (table.loc[legs[k]] for k in (0, -1))
    op_of = {table["op"][row]: table.loc[row] for row in legs}
    held = dict.fromkeys(_on_board(plan, first), 1.0)
    found = []
    for op in plan.ops.iloc[first["op"] : last["op"] + 1].itertuples():
        if op.op == "mix":
            pairs = zip(op.sources, op.weights, strict=True)
            made = sum(weight * held.get(slot, 0.0) for slot, weight in pairs)
            if op.Index in op_of:
                aboard = _on_board(plan, op_of[op.Index])
                found.append((max(held.get(slot, 0.0) for slot in aboard), made))
            held[op.target] = made
    return found


def _on_board(plan: Plan, flight: pd.Series) -> list[str]:
    """Return the slots on board a flight that the operation uses."""
    sources = plan.ops["sources"].iloc[flight["op"]]
    return [s for s in sources if names.is_on_board(s, flight["satellite"])]
