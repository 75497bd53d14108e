"""FedMeld with the round interval and the mixing ratio that minimise its bound.

Q. Chen, X. Chen and K. Huang, "FedMeld", https://arxiv.org/abs/2412.17231, choose both
by their problem SC-MR. docs/theory.md derives a bound and its solution, and tells how
short pilot trainings fit the bound to a network. The plan is that of ``fedmeld`` with
the two values of the scene's ``scmr``.
"""

from typing import Literal, Self

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from fedorbit.base.errors import Infeasible
from fedorbit.base.settings import Settings
from fedorbit.plans.plan import Plan
from fedorbit.plans.scene import Scene
from fedorbit.plans.strategies.fedmeld import FedMeld, plan_fedmeld
from fedorbit.plans.strategy import Needs, Strategy


class PilotCell(Settings):
    """One pilot training."""

    round_interval: PositiveInt
    """Rounds from one mixing to the next, delta."""
    mixing_ratio: float = Field(gt=0, lt=1)
    """Weight of the carried model in a mixing, alpha."""


class Pilot(Settings):
    """The short trainings to which the bound is fitted."""

    rounds: PositiveInt
    """Rounds of each; a multiple of every interval, so that all end with a mixing."""
    cells: list[PilotCell] = Field(min_length=3)
    """Their intervals and ratios, which have to differ."""

    @model_validator(mode="after")
    def _ends_with_a_mixing(self) -> Self:
        for cell in self.cells:
            if self.rounds % cell.round_interval:
                raise ValueError(
                    f"rounds is {self.rounds}, no multiple of the round_interval "
                    f"{cell.round_interval} of a cell; make it one"
                )
        return self


class FedMeldOptimal(Settings):
    """The settings of FedMeld with the solution of SC-MR."""

    variant: Literal["interval"]
    """One carrier for each interval: the staleness is the interval itself."""
    rounds: PositiveInt | None
    """Rounds R to do before the horizon; as many as there is time for if null."""
    strong_convexity: PositiveFloat
    """mu of the bound, an assumption for networks."""
    smoothness: PositiveFloat
    """L of the bound, an assumption for networks."""
    pilot: Pilot
    """The short trainings to which the bound is fitted."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.smoothness < self.strong_convexity:
            raise ValueError("smoothness is below strong_convexity; raise it")
        return self


def plan_fedmeld_optimal(scene: Scene, settings: FedMeldOptimal) -> Plan:
    """Return FedMeld's plan with the values of ``scene.scmr``.

    Raises ``Infeasible`` if they are a report that SC-MR has no solution, and as
    ``plan_fedmeld`` does.
    """
    solution = scene.scmr
    if solution is None:
        raise ValueError("fedmeld_optimal needs a scene with a solution of SC-MR")
    if solution.infeasible:
        raise Infeasible(
            f"fedmeld_optimal: SC-MR has no solution, since {solution.infeasible}."
        )
    found = FedMeld(
        variant=settings.variant,
        round_interval=solution.round_interval,
        mixing_ratio=solution.mixing_ratio,
    )
    return plan_fedmeld(scene, found)


STRATEGY = Strategy(
    FedMeldOptimal, plan_fedmeld_optimal, lambda settings: Needs(scmr=True)
)
