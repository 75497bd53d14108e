"""A plan of FedMeld made with an old sky, as it is flown in a new one.

What a schedule uploaded in advance fixes is kept: which satellite carries which
regional model from where to where. Rounds inside regions are served by whoever is in
view. The assigned satellite loads and unloads in its passes of the new sky that are
closest to the planned ones. A region waits for it until ``patience_s`` after the
uploads to it were to begin; without it, the region mixes nothing in that cycle and
goes on. A model that is picked up and never delivered is not charged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from fedorbit.base.errors import Infeasible, SettingsError
from fedorbit.plans import names
from fedorbit.plans.moves.arrivals import Arrivals, Missed, pickup_end_s
from fedorbit.plans.moves.carry import Carry
from fedorbit.plans.moves.regional import Trained, collect
from fedorbit.plans.plan import Plan
from fedorbit.plans.scene import Scene
from fedorbit.plans.sky import NEVER, Sky
from fedorbit.plans.strategies.fedmeld import FedMeld, plan_fedmeld


@dataclass(frozen=True)
class Assignment:
    """Which satellite is to bring a region the model from upstream, and when."""

    satellite: str
    broadcast_s: float
    """When the region upstream has broadcast the model, which may then be loaded."""
    loaded_s: float
    arrival_s: float
    """When the satellite rises over the region or, if later, has loaded."""
    ready_s: float
    """When the clients of the region have finished the local steps of the cycle."""

    @property
    def exchange_s(self) -> float:
        """Return when the uploads to the satellite begin."""
        return max(self.arrival_s, self.ready_s)


Assignments = dict[tuple[str, int], Assignment]
"""By region and the number of the last round before the cycle."""


def refly(planned: Plan, scene: Scene, settings: FedMeld, patience_s: float) -> Plan:
    """Return a plan of FedMeld as it is flown in a scene with the new sky.

    ``planned`` is a plan of ``plan_fedmeld`` with the same settings, and a scene that
    differs in nothing but the sky. The flown plan has as many cycles or, if they take
    longer, those that fit before the horizon. With the sky of the plan it is that very
    plan. Raises ``Infeasible`` if nothing is planned or no cycle fits, and
    ``SettingsError`` unless regions mix after every interval around a ring.
    """
    if (settings.variant, settings.topology) != ("interval", "ring"):
        raise SettingsError(
            "perturbation flies the variant 'interval' of fedmeld around a ring, but "
            f"strategies.fedmeld has the variant {settings.variant!r} and the topology "
            f"{settings.topology!r}; set these two or leave perturbation out."
        )
    if planned.ops.empty:
        raise Infeasible("fedmeld itself is infeasible, so that nothing can be flown.")
    choose = partial(_as_assigned, assignments(planned, scene), patience_s)
    return plan_fedmeld(scene, settings, choose)


def assignments(plan: Plan, scene: Scene) -> Assignments:
    """Return who carries what, and when, by a plan of FedMeld around the ring."""
    ops, ledger = plan.ops, plan.ledger
    written_s = ops[ops["op"] == "mix"].groupby("target")["end_s"].first()
    carries = ledger[ledger["link"] == "carry"]
    arrival_s = dict(zip(carries["op"], carries["end_s"], strict=True))
    down = ledger[ledger["receiver"].isin(scene.regions)]
    broadcast_s = dict(zip(down["op"], down["end_s"], strict=True))
    found = {}
    for position, region in enumerate(scene.regions):
        upstream = scene.regions[position - 1]
        own = ops[ops["target"] == names.region(region)]
        train_of = {n: row for row, n in own["round"][own["op"] == "train"].items()}
        for row, op in own[own["staleness"] > 0].iterrows():
            carrier, before = op["sources"][1], op["round"] - op["staleness"]
            loaded_s = written_s[carrier]
            found[region, before] = Assignment(
                names.satellite_of(carrier, upstream, before),
                written_s[names.kept(upstream, before)],
                loaded_s,
                arrival_s.get(row, loaded_s),
                broadcast_s[train_of[op["round"]]] + scene.compute_s,
            )
    return found


def _as_assigned(
    assigned: Assignments,
    patience_s: float,
    scene: Scene,
    region: str,
    broadcast_s: Mapping[str, float],
    trained: Trained,
    last_round: int,
) -> Arrivals | Missed | None:
    """Return the carry by the assigned satellite, if it comes; a chooser of FedMeld."""
    planned = assigned.get((region, last_round))
    if planned is None:
        return None
    ((upstream, from_s),) = broadcast_s.items()
    times_s = (from_s, trained.ready_s)
    carry = carry_by(scene, planned, upstream, region, times_s, patience_s)
    if carry is None:
        return Missed(planned.exchange_s + patience_s)
    ready_s = max(carry.arrival_s, trained.ready_s)
    return Arrivals({upstream: carry}, *collect(scene, carry.unload_row, ready_s))


def carry_by(
    scene: Scene,
    planned: Assignment,
    upstream: str,
    region: str,
    times_s: tuple[float, float],
    patience_s: float,
) -> Carry | None:
    """Return the carry in the passes closest to the planned ones, if it comes in time.

    ``times_s`` are when the model may be loaded, and when the clients of ``region``
    are ready for uploads.
    """
    sky, (from_s, ready_s) = scene.sky, times_s
    load_row = _closest(sky, planned.satellite, upstream, planned.loaded_s)
    unload_row = _closest(sky, planned.satellite, region, planned.arrival_s)
    if load_row is None or unload_row is None or sky.set_s[load_row] <= from_s:
        return None
    start_s = max(from_s, sky.rise_s[load_row])
    loaded_s = pickup_end_s(scene, load_row, start_s)
    if sky.set_s[unload_row] <= loaded_s:  # also if it never has loaded
        return None
    arrival_s = max(loaded_s, sky.rise_s[unload_row])
    _, after = collect(scene, unload_row, max(arrival_s, ready_s))
    if after is None or arrival_s > planned.exchange_s + patience_s:
        return None
    return Carry(
        planned.satellite,
        load_row,
        start_s,
        loaded_s,
        unload_row,
        arrival_s,
        after.broadcast_end_s,
    )


def _closest(sky: Sky, satellite: str, site: str, time_s: float) -> int | None:
    """Return a satellite's pass over a site that is closest to a time, if any."""
    rows = sky.passes_of(satellite, site, -NEVER)

    def off_s(row: int) -> float:
        return max(sky.rise_s[row] - time_s, time_s - sky.set_s[row], 0.0)

    return min(rows, key=off_s, default=None)
