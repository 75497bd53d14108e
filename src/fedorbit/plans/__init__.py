"""Plans: contacts to operations. One file per strategy, listed in ``STRATEGIES``."""

from fedorbit.plans.fedmeld import FedMeld, plan_fedmeld
from fedorbit.plans.hfl import Hfl, plan_hfl

STRATEGIES = {
    "fedmeld": (FedMeld, plan_fedmeld),
    "hfl": (Hfl, plan_hfl),
}
"""Of each strategy: its settings and the function from scene and settings to plan."""
