"""What a strategy is: settings, needs, and the function from a scene to a plan."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from fedorbit.base.found import found, names_in
from fedorbit.base.settings import Settings
from fedorbit.plans.plan import Plan
from fedorbit.plans.scene import Scene

PACKAGE = "fedorbit.plans.strategies"


@dataclass(frozen=True)
class Needs:
    """What a strategy plans with, besides satellites, clients and their links."""

    stations: bool = False
    """Ground stations."""
    isls: Literal["radio", "optical"] | None = None
    """Links between satellites, with the one or the other budget of ``links``."""
    crossings: bool = False
    """Windows between satellites of different planes, by the radio of ``links``."""
    pretrained: bool = False
    """A pretrained mixture, from which learning starts: the study's, whatever the
    strategy."""
    features: bool = False
    """Features of a frozen backbone: nothing but the head learns."""
    scmr: bool = False
    """The solution of SC-MR, for which pilots of the model are trained."""
    law: bool = False
    """The mixing ratio of our law, for which a pilot of the model is trained."""
    experts: bool = False
    """Which experts of a pretrained mixture each cluster has."""


@dataclass(frozen=True)
class Strategy:
    """One strategy; its module calls it ``STRATEGY``."""

    settings: type[Settings]
    """What a study says of it."""
    plan: Callable[[Scene, Any], Plan]
    """From scene and settings to the plan; ``Infeasible`` if there is none."""
    needs: Callable[[Any], Needs] = lambda settings: Needs()
    """From settings to what it needs."""


def strategy_names() -> list[str]:
    """Return the names of all strategies: those of the files in the package."""
    return names_in(PACKAGE)


def find_strategy(name: str) -> Strategy:
    """Return a strategy; raises ``KeyError`` if no file has its name."""
    return found(PACKAGE, name, "STRATEGY")
