"""Centralised learning: raw samples are uploaded once, and one model learns from all.

No published strategy, but a reference for what the way of learning costs. At the start
every client uploads its samples to the satellite that brings those of its region to a
ground station soonest. When all are there, a server takes steps of gradient descent on
a batch from every client's samples at once, each of ``round_s`` seconds. This is a
training of one local step in which all clients take part, since the mean of single
steps from one model, weighted by numbers of samples, is one step along the mean
gradient. With the time of a client's step it learns from as many samples in an hour as
all clients do, from when the last samples have come. Each step counts as a round, by
which the learning rate falls, too.

The ledger charges the raw samples, on access and feeder links and on board, once. The
way of the model back to the regions takes no time and is not charged: whenever models
are evaluated, all regions hold the server's. It is no bound: others learn while the
samples are on their way. Samples have no relays, which would leave them with clients of
other regions.
"""

from fedorbit.base.errors import SettingsError, TooShort
from fedorbit.base.settings import Samples, Settings, Steps, between
from fedorbit.plans import names
from fedorbit.plans.moves.ground import Cargo, Delivery, add_delivery, to_ground
from fedorbit.plans.moves.regional import (
    add_average,
    add_start,
    require_regions,
)
from fedorbit.plans.moves.relays import Network
from fedorbit.plans.plan import RAW, Plan, PlanBuilder
from fedorbit.plans.scene import Scene
from fedorbit.plans.strategy import Needs, Strategy


class Centralised(Settings):
    """The settings of centralised learning."""

    samples_per_client: Samples
    """Samples that each client uploads."""
    bits_per_sample: between(int, 1, 10**15)
    """Size of a raw sample."""
    round_s: between(float, 1e-3, 1e8)
    """Seconds of a step of the server on one batch of each client."""
    round_steps: Steps
    """Steps that count as a round where evaluations are counted."""


def plan_centralised(scene: Scene, settings: Centralised) -> Plan:
    """Return the plan of centralised learning, as many steps as fit.

    Raises ``SettingsError`` if there is no station, and ``TooShort`` if the samples
    of a region never reach one, or if no step fits before the horizon.
    """
    if not scene.stations:
        raise SettingsError(
            "centralised learning needs a ground station; add one to scenario.stations."
        )
    require_regions(scene)
    deliveries = _deliveries(scene, settings)
    there_s = max(delivery.done_s for delivery in deliveries.values())
    steps = int((scene.horizon_s - there_s) // settings.round_s)
    if steps < 1:
        raise TooShort(
            f"centralised: the samples of all regions are not at a station in time to "
            f"train within {scene.horizon_s / 3600:g} h; lengthen scenario.hours."
        )
    plan = PlanBuilder()
    add_start(scene, plan)
    plan.mix(names.GROUND, {names.INITIAL: 1.0}, (0.0, 0.0), 0)
    clients = [c for region in scene.regions for c in scene.clients(region)]
    every = scene.evaluation_interval * settings.round_steps
    for number in range(1, steps + 1):
        start_s = there_s + (number - 1) * settings.round_s
        end_s = there_s + number * settings.round_s
        op = plan.train(names.GROUND, clients, 1, (start_s, end_s), number)
        if number == 1:
            _add_samples(scene, plan, op, deliveries)
        if number % every == 0 or number == steps:
            plan.evaluate(names.GROUND, end_s, number)
            for region in scene.regions:
                slot = names.region(region)
                plan.mix(slot, {names.GROUND: 1.0}, (end_s, end_s), number)
                plan.evaluate(slot, end_s, number)
            add_average(scene, plan, end_s, number)
    return plan.build()


def _deliveries(scene: Scene, settings: Centralised) -> dict[str, Delivery]:
    """Return how the samples of each region come to a station."""
    each_bits = float(settings.samples_per_client * settings.bits_per_sample)
    deliveries: dict[str, Delivery] = {}
    network = Network(relays=False)
    for region in scene.regions:
        uploaders = len(scene.clients(region))
        cargo = Cargo(uploaders, each_bits, uploaders * each_bits, RAW)
        delivery = to_ground(scene, region, 0.0, network, cargo)
        if delivery is None:
            raise TooShort(
                f"centralised: no satellite brings the {cargo.bits:.3g} bits of region "
                f"{region!r} to a station; lengthen scenario.hours, add a station or "
                "lower samples_per_client."
            )
        deliveries[region] = delivery
    return deliveries


def _add_samples(
    scene: Scene, plan: PlanBuilder, op: int, deliveries: dict[str, Delivery]
) -> None:
    """Add the uploads of raw samples and their way to the ground."""
    for region, delivery in deliveries.items():
        cargo = delivery.cargo
        for client in scene.clients(region):
            plan.transfer(
                op,
                "access",
                names.client(client),
                delivery.satellite,
                delivery.uploads_s,
                cargo.each_bits,
                1 / cargo.uploaders,
                cargo.payload,
            )
        add_delivery(scene, plan, op, delivery)


STRATEGY = Strategy(
    Centralised, plan_centralised, lambda settings: Needs(stations=True)
)
