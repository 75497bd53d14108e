"""Plans: contacts to operations. One file per strategy, listed in ``STRATEGIES``."""

from fedorbit.plans.fedmeld import FedMeld, plan_fedmeld
from fedorbit.plans.hfl import Hfl, plan_hfl
from fedorbit.plans.ring_allreduce import RingAllreduce, plan_ring_allreduce

STRATEGIES = {
    "fedmeld": (FedMeld, plan_fedmeld),
    "hfl": (Hfl, plan_hfl),
    "ring_allreduce": (RingAllreduce, plan_ring_allreduce),
}
"""Of each strategy: its settings and the function from scene and settings to plan."""
