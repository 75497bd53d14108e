"""Transfers fit into passes, and take as long as links and light need."""

from typing import Any

import numpy as np
import pandas as pd

from fedorbit.plans import names
from fedorbit.plans.check.operations import (
    TIME_TOLERANCE_S,
    WEIGHT_TOLERANCE,
    PlanError,
    require,
)
from fedorbit.plans.plan import LINKS, PAYLOADS, RAW, Plan
from fedorbit.plans.scene import Scene
from fedorbit.plans.sky import NEVER

CLOCK_TOLERANCE_S = 1e-9  # to which floats tell the times of a week apart
BITS_TOLERANCE = 1e-6  # relative


def check_transfers(plan: Plan, scene: Scene) -> None:
    """Raise ``PlanError`` unless each transfer fits into its pass, rate and share."""
    ends_s = plan.ops["end_s"].to_numpy()
    for row, move in enumerate(plan.ledger.itertuples(index=False)):
        here = (
            f"transfer {row} ({move.link} from {move.sender} to {move.receiver} "
            f"at {move.start_s:.3f} s)"
        )
        require(move.link in LINKS, f"{here} is over no known link")
        require(move.payload in PAYLOADS, f"{here} has the payload {move.payload!r}")
        require(move.start_s <= move.end_s, f"{here} arrives before it is sent")
        require(
            move.end_s <= ends_s[move.op] + TIME_TOLERANCE_S,
            f"{here} ends after the operation that it serves",
        )
        ends = scene.node(move.sender), scene.node(move.receiver)
        if move.link == "isl":
            _check_isl(move, ends, here, scene)
        elif move.link in ("access", "feeder"):
            _check_pass(move, ends, here, scene)


def _check_pass(move: Any, ends: tuple[str, str], here: str, scene: Scene) -> None:
    """Check that a transfer to or from the ground lies in a pass and fits into it."""
    down = ends[0] in scene.satellites
    satellite, site = ends if down else reversed(ends)
    require(
        (site in scene.stations) == (move.link == "feeder")
        and site not in scene.satellites,
        f"{here} does not end at a {'station' if move.link == 'feeder' else 'client'}",
    )
    link = getattr(scene.links, f"{move.link}_{'down' if down else 'up'}")
    times_s = (move.start_s, move.end_s)
    window = scene.sky.covering(satellite, site, times_s)
    require(window >= 0, f"{here} lies outside every pass")
    capacity = scene.sky.bits_between(window, link, times_s, move.share)
    require(
        move.bits <= capacity * (1 + BITS_TOLERANCE),
        f"{here} carries {move.bits:.6g} bits where the link can {capacity:.6g}",
    )


def _check_isl(move: Any, ends: tuple[str, str], here: str, scene: Scene) -> None:
    """Check that two satellites see each other for as long as a transfer must take."""
    crosses = scene.crossings is not None and frozenset(ends) in scene.crossings.pairs
    links = scene.crossings if crosses else scene.isls
    require(links is not None, f"{here} is in a scene without such links")
    soonest_s = links.finish_s(*ends, move.start_s, move.bits)
    require(soonest_s < NEVER, f"{here} is out of sight")
    require(
        soonest_s - move.start_s
        <= (move.end_s - move.start_s) * (1 + BITS_TOLERANCE) + CLOCK_TOLERANCE_S,
        f"{here} carries {move.bits:.6g} bits faster than the link and light can",
    )


def check_shares(ledger: pd.DataFrame, scene: Scene) -> None:
    """Raise ``PlanError`` if uploads of one operation share more than the band.

    A satellite that is over two regions at once has a beam for each.
    """
    up = ledger[names.are_of_kind(ledger["sender"], names.CLIENT)]
    up = up[up["link"] == "access"]
    up = up.assign(site=up["sender"].map(scene.node))
    groups = up.groupby(["op", "site", "receiver", "start_s"])["share"].sum()
    require((groups <= 1 + WEIGHT_TOLERANCE).all(), "uploads share more than the band")


def check_antennas(ledger: pd.DataFrame, scene: Scene) -> None:
    """Raise ``PlanError`` if a station serves more satellites than it has antennas."""
    if scene.antennas_per_station is None:
        return
    feeder = ledger[ledger["link"] == "feeder"]
    down = ~feeder["sender"].isin(scene.stations)
    station = feeder["receiver"].where(down, feeder["sender"])
    for name, moves in feeder.groupby(station):
        edges = [(at_s - TIME_TOLERANCE_S, -1) for at_s in moves["end_s"]]
        edges += [(at_s, 1) for at_s in moves["start_s"]]
        busy = np.cumsum([step for _, step in sorted(edges)])
        require(
            busy.max() <= scene.antennas_per_station,
            f"{name} serves {busy.max()} satellites at once, more than it has antennas",
        )


def check_no_raw_data(ledger: pd.DataFrame) -> None:
    """Raise ``PlanError`` if raw samples are on any link; no part of ``check_plan``."""
    raw = ledger[ledger["payload"] == RAW]
    if len(raw):
        first = raw.iloc[0]
        raise PlanError(
            f"{len(raw)} transfers are of raw samples, the first over {first['link']} "
            f"from {first['sender']} to {first['receiver']} at {first['start_s']:.3f} s"
        )
