"""FedMeld with the mixing ratio that our law finds best for a given round interval.

The law is ours and derived in docs/theory.md; the paper, Q. Chen, X. Chen and K. Huang,
"FedMeld", https://arxiv.org/abs/2412.17231, chooses the ratio by a bound, as
``fedmeld_optimal`` does. One pilot training measures what the law has to be told of a
network and its data. The plan is that of ``fedmeld`` with the ratio of the scene's
``law``.
"""

from typing import Literal, Self

from pydantic import model_validator

from fedorbit.base.settings import Rounds, Settings, between
from fedorbit.plans.moves.topology import Upstreams, upstreams
from fedorbit.plans.plan import Plan
from fedorbit.plans.scene import Scene
from fedorbit.plans.strategies.fedmeld import FedMeld, plan_fedmeld
from fedorbit.plans.strategy import Needs, Strategy

ANY_RATIO = 0.5  # times, and so the rounds that fit, are the same with all


class FedMeldLaw(Settings):
    """The settings of FedMeld with the mixing ratio of the law."""

    variant: Literal["interval"]
    """One carrier for each interval: the law is derived for models as old as that."""
    round_interval: Rounds
    """Rounds from one mixing to the next, delta."""
    topology: Literal["ring", "grid"]
    """Which regions a region takes models from. The regions of a chain end with what
    the first has learned alone, of which the law says nothing."""
    grid_columns: between(int, 1, 1000) | None
    """Regions in a row of the grid; null for a ring."""
    alone_rounds: Rounds
    """Rounds that regions learn alone at the end of the pilot. The more, the smaller
    the ratios that the law can judge."""

    @model_validator(mode="after")
    def _is_one_of_fedmeld(self) -> Self:
        self.with_ratio(ANY_RATIO)
        if self.alone_rounds < self.round_interval:
            raise ValueError(
                f"alone_rounds is {self.alone_rounds}, fewer than the round_interval "
                f"{self.round_interval}; make it at least that"
            )
        return self

    def with_ratio(self, mixing_ratio: float) -> FedMeld:
        """Return the settings of FedMeld with a mixing ratio."""
        own = self.model_dump(exclude={"alone_rounds"})
        return FedMeld(mixing_ratio=mixing_ratio, **own)

    def upstreams(self, regions: list[str]) -> Upstreams:
        """Return the regions that each region takes models from."""
        return upstreams(regions, self.topology, self.grid_columns)


def plan_fedmeld_law(scene: Scene, settings: FedMeldLaw) -> Plan:
    """Return FedMeld's plan with the ratio of ``scene.law``.

    Without a mixing that fits there is no ratio, and no plan with any ratio: raises
    ``Infeasible`` as ``plan_fedmeld`` does.
    """
    if scene.law is None:
        raise ValueError("fedmeld_law needs a scene with a solution of the law")
    found = scene.law
    ratio = ANY_RATIO if found.infeasible else found.mixing_ratio
    return plan_fedmeld(scene, settings.with_ratio(ratio))


STRATEGY = Strategy(FedMeldLaw, plan_fedmeld_law, lambda settings: Needs(law=True))
