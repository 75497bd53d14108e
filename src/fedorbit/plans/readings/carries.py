"""Between which sites a model is on board a satellite, read from a plan."""

from typing import Any

from fedorbit.data.homes import Homes
from fedorbit.plans import names
from fedorbit.plans.plan import Plan


def origin(plan: Plan, carry: Any, homes: Homes) -> str:
    """Return the site at which what a row of the ledger carries was loaded."""
    ledger = plan.ledger
    loads = (ledger["receiver"] == carry.sender) & (ledger["end_s"] == carry.start_s)
    sender = ledger["sender"][loads & (ledger["link"] != "carry")].iloc[0]
    return names.client_nodes(homes).get(sender, sender)


def destination(plan: Plan, carry: Any) -> str:
    """Return the site at which what a row of the ledger carries arrives.

    It is the group that mixes it in or, if the ground does, the station. What a client
    hands on arrives at its site.
    """
    target = plan.ops["target"].iloc[carry.op]
    if names.kind_of(target) not in names.NO_GROUPS:
        return names.name_of(target)
    ledger = plan.ledger
    sent = (ledger["op"] == carry.op) & (ledger["sender"] == carry.sender)
    return ledger["receiver"][sent & (ledger["link"] != "carry")].iloc[0]
