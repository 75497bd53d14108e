"""FedMeld with mixing ratios that each region finds on its way, by our law.

The law and its running estimates are ours and derived in docs/theory.md. The paper,
Q. Chen, X. Chen and K. Huang, "FedMeld", https://arxiv.org/abs/2412.17231, has one
ratio for all regions and mixings. The plan is that of ``fedmeld`` with an interval
around a ring, but that the clients of a region judge each model that comes. That takes
a broadcast, some batches and three numbers of each client. The ratio itself is up to
the engine, as no plan knows losses.
"""

from functools import partial

from fedorbit.base.errors import SettingsError
from fedorbit.base.settings import Rounds, Settings, Steps, between
from fedorbit.plans import names
from fedorbit.plans.moves.judging import add_judged_arrival, judged_arrivals
from fedorbit.plans.moves.mixings import Mixing
from fedorbit.plans.plan import Plan, PlanBuilder
from fedorbit.plans.scene import Scene
from fedorbit.plans.strategies.fedmeld import FedMeld, plan_fedmeld
from fedorbit.plans.strategy import Strategy
from fedorbit.theory.fedmeld.running import LEAST, MOST


class FedMeldAdaptive(Settings):
    """The settings of FedMeld with running estimates."""

    round_interval: Rounds
    """Rounds from one mixing to the next, delta."""
    first_ratio: between(float, LEAST, MOST)
    """The mixing ratio until there are estimates: of the first two mixings."""
    judging_steps: Steps
    """Batches on which each client judges a model that comes."""


def plan_fedmeld_adaptive(scene: Scene, settings: FedMeldAdaptive) -> Plan:
    """Return FedMeld's plan with mixings by the law, from what a region has seen.

    Raises ``Infeasible`` as ``plan_fedmeld`` does, and ``SettingsError`` if regions
    have weights of their own.
    """
    if scene.region_weights is not None:
        raise SettingsError(
            "clients.region_weights is given, but fedmeld_adaptive rests on a law for "
            "regions of equal weight; remove it."
        )
    meld = FedMeld(
        variant="interval",
        round_interval=settings.round_interval,
        mixing_ratio=settings.first_ratio,
    )
    steps = settings.judging_steps
    choose = partial(judged_arrivals, steps=steps)
    return plan_fedmeld(scene, meld, choose, partial(_add_mixing, steps))


def _add_mixing(steps: int, scene: Scene, plan: PlanBuilder, mixing: Mixing) -> None:
    """Add a mixing by the law, with what is sent for it."""
    region, number = mixing.region, mixing.round_number
    slot, ready_s = names.region(region), mixing.arrivals.collector.ready_s
    (carrier,) = mixing.carriers
    kept = names.kept(region, number - mixing.staleness)
    weights = {slot: 1 - mixing.ratio, carrier: mixing.ratio, kept: 0.0}
    judges = scene.participants(region, number)
    op = plan.mix(
        slot,
        weights,
        (ready_s, ready_s),
        number,
        mixing.staleness,
        judges=judges,
        steps=steps,
    )
    add_judged_arrival(
        scene, plan, op, region, mixing.trained, mixing.arrivals, judges, steps
    )


STRATEGY = Strategy(FedMeldAdaptive, plan_fedmeld_adaptive)
