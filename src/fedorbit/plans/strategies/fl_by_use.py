"""Federated learning of experts whose mean of an expert counts clusters by its use.

A variant of ``fl_experts`` under a name of its own, so that a study has both.
"""

from typing import Literal

from fedorbit.plans.strategies.fl_experts import FlExperts, plan
from fedorbit.plans.strategy import Strategy


class FlByUse(FlExperts):
    """The settings, of which one is given by the name."""

    average: Literal["by_use"] = "by_use"
    """Clusters count in the mean of an expert by how much their gates use it."""


STRATEGY = Strategy(FlByUse, plan, FlByUse.needs)
