"""Satellites send one thing after the other, and only what they have on board."""

import pandas as pd

from fedorbit.plans import names
from fedorbit.plans.check.copies import is_copy
from fedorbit.plans.check.operations import TIME_TOLERANCE_S, require
from fedorbit.plans.plan import RAW, Plan
from fedorbit.plans.scene import Scene
from fedorbit.plans.sky import NEVER

MADE_ELSEWHERE = "feature"  # what a server makes of the embeddings of clients


def check_turns(ledger: pd.DataFrame, scene: Scene) -> None:
    """Raise ``PlanError`` if two transfers from one node to another overlap."""
    beams = on_nodes(ledger[ledger["link"].isin(["feeder", "isl"])], scene)
    beams = beams.sort_values("start_s")
    for (sender, receiver), moves in beams.groupby(["sender", "receiver"]):
        waits_s = moves["start_s"].to_numpy()[1:] - moves["end_s"].to_numpy()[:-1]
        require(
            (waits_s > -TIME_TOLERANCE_S).all(),
            f"transfers from {sender} to {receiver} overlap on one beam",
        )


def check_relays(plan: Plan, scene: Scene) -> None:
    """Raise ``PlanError`` if a satellite passes on what it has not yet received.

    A satellite has something of its own from its first transfer from the ground on,
    or, if clients are on it, from the start of their training; raw samples of its
    clients it has always. Until then its n-th transfer of a payload to a satellite or
    a station may not start before the n-th of that payload from a satellite has ended.
    Copies of a model on its way may be many; ``check_copies`` follows each of them.
    """
    moves = on_nodes(plan.ledger, scene)
    from_ground = moves[moves["link"].isin(["access", "feeder"])]
    loaded_s = from_ground.groupby(["receiver", "payload"])["end_s"].min().to_dict()
    hops = moves[moves["link"] == "isl"]
    arrivals_s = hops.groupby(["receiver", "payload"])["end_s"].agg(sorted).to_dict()
    down = moves[(moves["link"] == "feeder") & ~moves["sender"].isin(scene.stations)]
    training_s = training_since_s(plan.ops, scene)
    copies = [n for n, op in enumerate(plan.ops.itertuples(index=False)) if is_copy(op)]
    sends = pd.concat([hops, down])
    sends = sends[~sends["op"].isin(copies)].groupby(["sender", "payload"])["start_s"]
    for (sender, payload), sent in sends:
        own_s = loaded_s.get((sender, payload), NEVER)
        if sender in training_s and payload != MADE_ELSEWHERE:
            own_s = min(own_s, 0.0 if payload == RAW else training_s[sender])
        relayed_s = sorted(sent[sent < own_s])
        came_s = arrivals_s.get((sender, payload), [])
        require(
            len(relayed_s) <= len(came_s)
            and all(came <= s for came, s in zip(came_s, relayed_s, strict=False)),
            f"{sender} passes on what it has not yet received: {payload}",
        )


def training_since_s(ops: pd.DataFrame, scene: Scene) -> dict[str, float]:
    """Return from when on the clients on each satellite train, by satellite."""
    trains = ops[ops["op"] == "train"][["start_s", "clients"]].explode("clients")
    since_s = trains.groupby("clients")["start_s"].min()
    found: dict[str, float] = {}
    for client, start_s in since_s.items():
        node = scene.homes.node(int(client))
        if node in scene.satellites:
            found[node] = min(found.get(node, NEVER), start_s)
    return found


def on_nodes(ledger: pd.DataFrame, scene: Scene) -> pd.DataFrame:
    """Return the ledger with the satellites of clients that are on one."""
    return ledger.assign(
        sender=ledger["sender"].map(scene.sender),
        receiver=ledger["receiver"].map(scene.sender),
    )


def check_carries(plan: Plan, scene: Scene) -> None:
    """Raise ``PlanError`` unless what is carried was loaded and arrives over a site."""
    ledger = on_nodes(plan.ledger, scene)
    loads = ledger[ledger["link"] != "carry"].groupby("receiver")["end_s"].agg(set)
    training_s = training_since_s(plan.ops, scene)
    for carry in ledger[ledger["link"] == "carry"].itertuples(index=False):
        here = f"the carry by {carry.sender} from {carry.start_s:.3f} s"
        op = plan.ops.iloc[carry.op]
        require(carry.sender == carry.receiver, f"{here} changes satellites")
        require(
            carry.start_s in loads.get(carry.sender, set())
            or carry.start_s >= training_s.get(carry.sender, NEVER),
            f"{here} starts with no model loaded",
        )
        require(
            not any(map(names.is_carrier, op.sources))
            or any(names.is_on_board(slot, carry.sender) for slot in op.sources),
            f"{here} is not the satellite that operation {carry.op} mixes from",
        )
        sites = _sites(op.target, scene)
        at_s = (carry.end_s, carry.end_s)
        require(
            any(scene.sky.covering(carry.sender, site, at_s) >= 0 for site in sites),
            f"{here} does not arrive over {' or '.join(sites) or 'any site'}",
        )


def _sites(target: str, scene: Scene) -> list[str]:
    """Return the sites at which a model may arrive that goes into a slot."""
    if names.kind_of(target) == names.GROUND:
        return scene.stations
    if names.is_client(target):
        return [scene.node(target)]
    if names.is_relay(target):
        return [s for s in scene.regions if names.is_relayed_at(target, s)]
    return scene.homes.nodes(target) if target in scene.homes.groups else []
