"""The check that every plan must pass, whatever strategy made it."""

import math
from typing import Any

import pandas as pd

from fedorbit.plans.isls import Isls
from fedorbit.plans.plan import Plan
from fedorbit.plans.scene import Scene
from fedorbit.plans.sky import NEVER

TIME_TOLERANCE_S = 1e-6
CLOCK_TOLERANCE_S = 1e-9  # to which floats tell the times of a week apart
BITS_TOLERANCE = 1e-6  # relative
WEIGHT_TOLERANCE = 1e-9


class PlanError(Exception):
    """A plan breaks causality or physics: a defect of the strategy that made it."""


def check_plan(plan: Plan, scene: Scene) -> None:
    """Raise ``PlanError`` unless the plan is valid.

    A plan is valid when operations stand in the order of their ends; a slot is
    written before it is read; weights of a mix sum to one; no client trains twice at
    once, or twice in one round; every client of a training uploads its update, or has
    uploaded its samples if the ground trains; every transfer lies within a pass of
    its satellite over its site, or while two satellites see each other, carries no
    more bits than the link can, shares no more than the whole band, and ends before
    the operation that it serves; no satellite passes on what it has not yet received;
    and a carried model is loaded before it flies and arrives with the satellite that
    carried it.
    """
    _check_operations(plan.ops)
    _check_clients(plan.ops)
    _check_transfers(plan, scene)
    _check_carries(plan, scene)


def _require(holds: bool, complaint: str) -> None:
    if not holds:
        raise PlanError(complaint)


def _check_operations(ops: pd.DataFrame) -> None:
    _require(
        ops["end_s"].is_monotonic_increasing,
        "operations are not in the order of their ends",
    )
    written_s = {"initial": 0.0}
    for row, op in enumerate(ops.itertuples(index=False)):
        here = f"operation {row} ({op.op} {op.target} at {op.end_s:.3f} s)"
        _require(op.start_s <= op.end_s, f"{here} ends before it starts")
        _require(op.op in ("train", "mix", "evaluate"), f"{here} is of no known kind")
        for source in op.sources if op.op != "evaluate" else [op.target]:
            _require(source in written_s, f"{here} reads {source}, not yet written")
            _require(
                written_s[source] <= op.start_s + TIME_TOLERANCE_S,
                f"{here} reads {source} before it is ready",
            )
        if op.op == "mix":
            _require(
                len(op.weights) == len(op.sources) > 0
                and abs(math.fsum(op.weights) - 1) < WEIGHT_TOLERANCE,
                f"{here} has weights that do not sum to one",
            )
        if op.op != "evaluate":
            written_s[op.target] = op.end_s


def _check_clients(ops: pd.DataFrame) -> None:
    training = ops[ops["op"] == "train"].explode("clients")
    for client, rounds in training.groupby("clients"):
        by_start = rounds.sort_values("start_s")
        _require(
            (
                by_start["start_s"].iloc[1:].to_numpy() + TIME_TOLERANCE_S
                >= by_start["end_s"].iloc[:-1].to_numpy()
            ).all(),
            f"client {client} trains twice at once",
        )
        _require(
            rounds["round"].is_unique, f"client {client} trains twice in one round"
        )


def _check_transfers(plan: Plan, scene: Scene) -> None:
    """Check that each transfer over a link fits into a pass, its rate and its share."""
    sky, links = scene.sky, scene.links
    site_of = {
        f"client/{client}": region
        for region in scene.regions
        for client in scene.clients(region)
    }
    site_of |= {site: site for site in [*scene.regions, *scene.stations]}
    ends_s = plan.ops["end_s"].to_numpy()
    for row, move in enumerate(plan.ledger.itertuples(index=False)):
        here = (
            f"transfer {row} ({move.link} from {move.sender} to {move.receiver} "
            f"at {move.start_s:.3f} s)"
        )
        _require(move.start_s <= move.end_s, f"{here} arrives before it is sent")
        _require(
            move.end_s <= ends_s[move.op] + TIME_TOLERANCE_S,
            f"{here} ends after the operation that it serves",
        )
        if move.link == "isl":
            _check_isl(move, here, scene.isls)
        if move.link not in ("access", "feeder"):
            continue
        down = move.sender not in site_of
        satellite, ground = (
            (move.sender, move.receiver) if down else (move.receiver, move.sender)
        )
        _require(ground in site_of, f"{here} has no end on the ground")
        link = getattr(links, f"{move.link}_{'down' if down else 'up'}")
        times_s = (move.start_s, move.end_s)
        window = sky.covering(satellite, site_of[ground], times_s)
        _require(window >= 0, f"{here} lies outside every pass")
        capacity = sky.bits_between(window, link, times_s, move.share)
        _require(
            move.bits <= capacity * (1 + BITS_TOLERANCE),
            f"{here} carries {move.bits:.6g} bits where the link can {capacity:.6g}",
        )
    _check_relays(plan.ledger)
    _check_shares(plan)


def _check_isl(move: Any, here: str, isls: Isls | None) -> None:
    """Check that two satellites see each other for as long as a transfer must take."""
    _require(isls is not None, f"{here} is in a scene without such links")
    soonest_s = isls.finish_s(move.sender, move.receiver, move.start_s, move.bits)
    _require(soonest_s < NEVER, f"{here} is out of sight")
    _require(
        soonest_s - move.start_s
        <= (move.end_s - move.start_s) * (1 + BITS_TOLERANCE) + CLOCK_TOLERANCE_S,
        f"{here} carries {move.bits:.6g} bits faster than the link and light can",
    )


def _check_relays(ledger: pd.DataFrame) -> None:
    """Check that satellites pass nothing on that they have not yet received.

    Until a transfer from the ground has given a satellite something of its own, its
    n-th transfer to another satellite may not start before the n-th to it has ended.
    """
    ground = ledger[ledger["link"].isin(["access", "feeder"])]
    own_s = ground.groupby("receiver")["end_s"].min()
    hops = ledger[ledger["link"] == "isl"]
    arrivals_s = hops.groupby("receiver")["end_s"].agg(sorted)
    for sender, sent in hops.groupby("sender")["start_s"]:
        relayed_s = sorted(sent[sent < own_s.get(sender, NEVER)])
        came_s = arrivals_s.get(sender, [])
        _require(
            len(relayed_s) <= len(came_s)
            and all(came <= s for came, s in zip(came_s, relayed_s, strict=False)),
            f"{sender} sends another satellite what it has not yet received",
        )


def _check_shares(plan: Plan) -> None:
    """Check that uploads of one operation share a band, and that beams are not."""
    beams = plan.ledger[plan.ledger["link"].isin(["feeder", "isl"])]
    beams = beams.sort_values("start_s")
    for (sender, receiver), moves in beams.groupby(["sender", "receiver"]):
        waits_s = moves["start_s"].to_numpy()[1:] - moves["end_s"].to_numpy()[:-1]
        _require(
            (waits_s > -TIME_TOLERANCE_S).all(),
            f"transfers from {sender} to {receiver} overlap on one beam",
        )
    up = plan.ledger[plan.ledger["sender"].str.startswith("client/")]
    groups = up.groupby(["op", "receiver", "start_s"])["share"].sum()
    _require((groups <= 1 + WEIGHT_TOLERANCE).all(), "uploads share more than the band")
    trains = plan.ops[plan.ops["op"] == "train"]
    uploads = up.groupby("op")["sender"].agg(set)
    given: set[str] = set()
    for row, target, clients in trains[["target", "clients"]].itertuples():
        training = {f"client/{client}" for client in clients}
        own = uploads.get(row, set())
        given |= own if target == "ground" else set()
        _require(
            training <= given if target == "ground" else training == own,
            f"operation {row} trains other clients than those that upload",
        )


def _check_carries(plan: Plan, scene: Scene) -> None:
    """Check that carried models are loaded, fly and arrive with one satellite."""
    ledger = plan.ledger
    loads = ledger[ledger["link"] != "carry"].groupby("receiver")["end_s"].agg(set)
    for carry in ledger[ledger["link"] == "carry"].itertuples(index=False):
        here = f"the carry by {carry.sender} from {carry.start_s:.3f} s"
        op = plan.ops.iloc[carry.op]
        _require(carry.sender == carry.receiver, f"{here} changes satellites")
        _require(
            carry.start_s in loads.get(carry.sender, set()),
            f"{here} starts with no model loaded",
        )
        carriers = [s for s in op.sources if s.startswith("carrier/")]
        own = f"carrier/{carry.sender}/"  # names of satellites may have slashes
        _require(
            not carriers or any(s.startswith(own) for s in carriers),
            f"{here} is not the satellite that operation {carry.op} mixes from",
        )
        sites = (
            scene.stations
            if op.target.split("/")[0] == "ground"
            else [op.target.removeprefix("region/")]
        )
        at_s = (carry.end_s, carry.end_s)
        _require(
            any(scene.sky.covering(carry.sender, site, at_s) >= 0 for site in sites),
            f"{here} does not arrive over {' or '.join(sites)}",
        )
