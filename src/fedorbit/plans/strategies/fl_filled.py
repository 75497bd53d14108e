"""Federated learning of experts whose devices fill idle time with steps, E = H.

A variant of ``fl_experts`` under a name of its own, so that a study has both.
"""

from typing import Literal

from fedorbit.plans.strategies.fl_experts import FlExperts, plan
from fedorbit.plans.strategy import Strategy


class FlFilled(FlExperts):
    """The settings, of which one is given by the name."""

    local_work: Literal["filled"] = "filled"
    """Devices take steps as long as they would be idle."""


STRATEGY = Strategy(FlFilled, plan, FlFilled.needs)
