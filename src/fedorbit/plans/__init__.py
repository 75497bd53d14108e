"""Plans: contacts to operations. One file per strategy, listed in ``STRATEGIES``."""

from fedorbit.plans.centralised import Centralised, plan_centralised
from fedorbit.plans.fedasync import FedAsync, plan_fedasync
from fedorbit.plans.fedavg_ground import FedAvgGround, plan_fedavg_ground
from fedorbit.plans.fedbuff import FedBuff, plan_fedbuff
from fedorbit.plans.fedmeld import FedMeld, plan_fedmeld
from fedorbit.plans.fedmeld_optimal import FedMeldOptimal, plan_fedmeld_optimal
from fedorbit.plans.fedprox import FedProx, plan_fedprox
from fedorbit.plans.hfl import Hfl, plan_hfl
from fedorbit.plans.oracle_sync import OracleSync, plan_oracle_sync
from fedorbit.plans.pfl import Pfl, plan_pfl
from fedorbit.plans.ring_allreduce import RingAllreduce, plan_ring_allreduce

STRATEGIES = {
    "fedmeld": (FedMeld, plan_fedmeld),
    "fedmeld_optimal": (FedMeldOptimal, plan_fedmeld_optimal),
    "hfl": (Hfl, plan_hfl),
    "ring_allreduce": (RingAllreduce, plan_ring_allreduce),
    "pfl": (Pfl, plan_pfl),
    "oracle_sync": (OracleSync, plan_oracle_sync),
    "centralised": (Centralised, plan_centralised),
    "fedavg_ground": (FedAvgGround, plan_fedavg_ground),
    "fedprox": (FedProx, plan_fedprox),
    "fedasync": (FedAsync, plan_fedasync),
    "fedbuff": (FedBuff, plan_fedbuff),
}
"""Of each strategy: its settings and the function from scene and settings to plan."""
