"""The first models of clusters, the whole model of which nobody holds all, and tests.

A cluster's model is tested on samples like those of its devices, by the experts that
it trains, and the whole model on all test samples, by all experts.
The slot ``average`` is the mixture with every expert as its cluster, or the server, has
it. All nodes have the rest of the model, which does not change, from the beginning.
"""

from collections.abc import Iterable, Sequence

from fedorbit.plans import names
from fedorbit.plans.moves.clusters.cluster import Cluster
from fedorbit.plans.plan import PlanBuilder
from fedorbit.plans.scene import Scene

NOW = (0.0, 0.0)


def add_start(plan: PlanBuilder, clusters: Sequence[Cluster]) -> None:
    """Give every cluster, and the whole, the initial model, and evaluate them."""
    slots = [*(cluster.group for cluster in clusters), names.AVERAGE]
    for slot in slots:
        plan.mix(slot, {names.INITIAL: 1.0}, NOW, 0)
    add_tests(plan, clusters, 0.0, 0)


def add_tests(
    plan: PlanBuilder, clusters: Iterable[Cluster], time_s: float, number: int
) -> None:
    """Evaluate all clusters and the whole at once."""
    for cluster in clusters:
        add_test(plan, cluster, cluster.group, time_s, number)
    plan.evaluate(names.AVERAGE, time_s, number)


def add_test(
    plan: PlanBuilder, cluster: Cluster, slot: str, time_s: float, number: int
) -> None:
    """Evaluate a model as the devices of a cluster use it."""
    plan.evaluate(slot, time_s, number, cluster.group, cluster.scope)


def add_evaluations(
    scene: Scene,
    plan: PlanBuilder,
    clusters: Sequence[Cluster],
    news_s: Iterable[float],
) -> None:
    """Evaluate all clusters and the whole as they are when there has been enough news.

    ``news_s`` are the times at which the model of a cluster has changed. Evaluations
    count them as rounds; one is due when there has been as much news as there are
    clusters, ``evaluation_interval`` times, and in the end. They are to be added last.
    """
    times_s = sorted(news_s)
    every = scene.evaluation_interval * len(clusters)
    for count, time_s in enumerate(times_s, start=1):
        if count % every == 0 or count == len(times_s):
            add_tests(plan, clusters, time_s, count)
