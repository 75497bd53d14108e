"""What a device pays for learning experts: what it trains, computes and sends.

Sizes are those of the model card that sets bits and times. A sample passes the few
experts of the gate's choice, or all of a cluster's if these are fewer, so that a step
costs the same whoever has the other experts.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from fedorbit.plans import names
from fedorbit.plans.plan import MODEL, SCORES

DEVICES = [
    "parameters",  # that a device trains, at most
    "flop_per_sample",  # of a local step
    "uploads",  # of experts, by all devices
    "least_bits",  # of an upload
    "most_bits",
    "score_bits",  # of all scores that a device sends
]


def device_costs(
    ops: pd.DataFrame, ledger: pd.DataFrame, card: Mapping[str, Any]
) -> tuple[float, ...]:
    """Return what a plan asks of a device, in the order of ``DEVICES``.

    ``card`` is a model card with parts ``expert/0`` and so on, and the number of
    experts that a sample passes as ``active`` of its model. A device that trains
    nothing has 0 of each; an upload counts once, over however many passes.
    """
    trains = ops[(ops["op"] == "train") & (ops["target"] != names.GROUND)]
    costs = {_of_scope(scope, card) for scope in map(tuple, trains["scope"])}
    parameters, flop = max(costs, default=(0, 0.0))
    sent = ledger[names.are_of_kind(ledger["sender"], names.CLIENT)]
    models = sent[sent["payload"] == MODEL].groupby(["op", "sender"])["bits"].sum()
    scores = sent[sent["payload"] == SCORES].groupby("sender")["bits"].sum()
    bits = (models.min(), models.max()) if len(models) else (0.0, 0.0)
    return (parameters, flop, len(models), *bits, max(scores, default=0.0))


def _of_scope(scope: tuple[str, ...], card: Mapping[str, Any]) -> tuple[int, float]:
    """Return the parameters of some experts, and the operations of a sample in all."""
    parts = [card["parts"][name] for name in scope]
    each = max(part["training_flop_per_sample"] for part in parts)
    missing = max(card["model"]["active"] - len(parts), 0)
    parameters = sum(part["parameters"] for part in parts)
    return parameters, card["training_flop_per_sample"] - missing * each
