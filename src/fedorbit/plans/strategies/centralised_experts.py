"""Centralised learning of experts: samples are uploaded once, one server has them all.

No published strategy, but a reference: ``fedorbit.plans.strategies.centralised`` for
clusters. Devices upload their samples to the satellite that brings those of their
cluster to a ground station soonest. When all are there, the server takes steps on the
summed batches of all devices: each is a training of one local step in which all take
part. Raw samples are charged, on access and feeder links and on board; the way of the
model back takes no time and is free. It is no bound: its steps begin when the last
samples have come, and are as many as the server's ``round_s`` lets it take.
"""

from fedorbit.base.errors import SettingsError, TooShort
from fedorbit.base.settings import Samples, Settings, Steps, between
from fedorbit.plans import names
from fedorbit.plans.moves.clusters.cluster import Cluster, clusters_of
from fedorbit.plans.moves.clusters.record import add_start, add_tests
from fedorbit.plans.moves.clusters.servers import add_server
from fedorbit.plans.moves.ground import Cargo, Delivery, add_delivery, to_ground
from fedorbit.plans.moves.relays import Network
from fedorbit.plans.plan import RAW, Plan, PlanBuilder
from fedorbit.plans.scene import Scene
from fedorbit.plans.strategy import Needs, Strategy
from fedorbit.theory.experts.assignment import Assigned


class CentralisedExperts(Settings):
    """The settings of centralised learning of experts."""

    samples_per_client: Samples
    """Samples that each device uploads."""
    bits_per_sample: between(int, 1, 10**15)
    """Size of a raw sample."""
    round_s: between(float, 1e-3, 1e8)
    """Seconds of a step of the server on one batch of each device."""
    round_steps: Steps
    """Steps that count as a round where evaluations are counted."""


def plan_centralised_experts(
    scene: Scene, settings: CentralisedExperts, assigned: Assigned
) -> Plan:
    """Return the plan of centralised learning, as many steps as fit.

    The server trains all experts that ``assigned``, shape (groups, experts), gives to
    anybody. Raises ``SettingsError`` if there is no station, and ``TooShort`` if the
    samples of a cluster never reach one, or no step fits before the horizon.
    """
    if not scene.stations:
        raise SettingsError(
            "centralised_experts needs a ground station; add one to scenario.stations."
        )
    clusters = clusters_of(scene, assigned)
    deliveries = _deliveries(scene, settings, clusters)
    start_s = max(delivery.done_s for delivery in deliveries)
    steps = int((scene.horizon_s - start_s) // settings.round_s)
    if steps < 1:
        raise TooShort(
            f"centralised_experts: all samples are at a station after "
            f"{start_s / 3600:.3g} h, which leaves no step; lengthen scenario.hours."
        )
    plan = PlanBuilder()
    add_start(plan, clusters)
    add_server(plan)
    everybody = list(range(len(scene.homes)))
    scope = list(dict.fromkeys(part for own in clusters for part in own.scope))
    every = scene.evaluation_interval * settings.round_steps
    for number in range(1, steps + 1):
        end_s = start_s + number * settings.round_s
        times_s = (end_s - settings.round_s, end_s)
        op = plan.train(names.GROUND, everybody, 1, times_s, number, scope=scope)
        if number == 1:
            for cluster, delivery in zip(clusters, deliveries, strict=True):
                _add_samples(scene, plan, op, cluster, delivery)
        if number % every == 0 or number == steps:
            for slot in [*(own.group for own in clusters), names.AVERAGE]:
                plan.mix(slot, {names.GROUND: 1.0}, (end_s, end_s), number)
            add_tests(plan, clusters, end_s, number)
    return plan.build()


def _deliveries(
    scene: Scene, settings: CentralisedExperts, clusters: list[Cluster]
) -> list[Delivery]:
    """Return how the samples of each cluster come to a station."""
    each_bits = float(settings.samples_per_client * settings.bits_per_sample)
    deliveries, network = [], Network(relays=False)
    for cluster in clusters:
        devices = len(cluster.clients)
        cargo = Cargo(devices, each_bits, devices * each_bits, RAW)
        delivery = to_ground(scene, cluster.site, 0.0, network, cargo)
        if delivery is None:
            raise TooShort(
                f"centralised_experts: no satellite brings the {cargo.bits:.3g} bits "
                f"of {cluster.group} to a station; lengthen scenario.hours, add a "
                "station or lower samples_per_client."
            )
        deliveries.append(delivery)
    return deliveries


def _add_samples(
    scene: Scene, plan: PlanBuilder, op: int, cluster: Cluster, delivery: Delivery
) -> None:
    """Add the uploads of raw samples and their way to the ground."""
    cargo = delivery.cargo
    for client in cluster.clients:
        ends = (names.client(client), delivery.satellite)
        sent = (delivery.uploads_s, cargo.each_bits, 1 / cargo.uploaders, cargo.payload)
        plan.transfer(op, "access", *ends, *sent)
    add_delivery(scene, plan, op, delivery)


def plan(scene: Scene, settings: CentralisedExperts) -> Plan:
    """Return the plan with all experts of the scene; errors as above."""
    return plan_centralised_experts(scene, settings, scene.experts.trained("all"))


STRATEGY = Strategy(
    CentralisedExperts, plan, lambda settings: Needs(stations=True, experts=True)
)
