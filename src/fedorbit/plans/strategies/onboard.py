"""Learning on board alone: satellites run the whole model, and planes average theirs.

The baseline of split fine-tuning (arXiv 2504.10403), and a hierarchy without a server:
the satellites of a plane take the mean around their ring, then the planes take theirs.
"""

from typing import Literal

from pydantic import model_validator

from fedorbit.base.settings import Rounds, Settings
from fedorbit.plans.costs import ALL
from fedorbit.plans.moves.agreement import Way
from fedorbit.plans.moves.fleet import Fleet
from fedorbit.plans.moves.learning import Preparation, plan_rounds
from fedorbit.plans.plan import Plan
from fedorbit.plans.scene import Scene
from fedorbit.plans.strategy import Needs, Strategy

SCOPES = {
    "head": ("head",),
    "embedding_head": ("embedding", "head"),
    "adapter_head": ("adapter", "head"),
    "backbone_head": ("backbone", "head"),
    "all": ALL,
}


class Onboard(Settings):
    """The settings of learning on board."""

    learns: Literal["head", "embedding_head", "adapter_head", "backbone_head", "all"]
    """What is trained."""
    cached: bool
    """Whether what is frozen before it runs once a sample, and the result is kept."""
    inter_orbit: Way
    """How planes come to the mean of their models."""
    rounds: Rounds
    """Rounds of local steps and averaging, or as many as fit."""

    @model_validator(mode="after")
    def _can_be_cached(self) -> "Onboard":
        if self.cached and self.learns in ("embedding_head", "all"):
            raise ValueError(
                f"cached is true, but with learns {self.learns!r} nothing is frozen "
                "before what learns; make it false"
            )
        return self


def plan_onboard(scene: Scene, settings: Onboard) -> Plan:
    """Return the plan of learning on board; raises ``Infeasible`` if no round fits."""
    fleet, scope = Fleet(scene), SCOPES[settings.learns]
    before = scene.card.forward_flop(scene.card.frozen_before(scope))
    each_round = scene.local_steps * scene.batch_size
    samples = [fleet.samples() if settings.cached else each_round]

    def prepare(start_s: dict[str, float]) -> Preparation:
        count = samples[0]
        if settings.cached:
            samples[0] = 0
        return Preparation(fleet.computed_s(start_s, count * before), [])

    return plan_rounds(fleet, settings.rounds, scope, prepare, settings.inter_orbit)


STRATEGY = Strategy(
    Onboard,
    plan_onboard,
    lambda settings: Needs(
        stations=settings.inter_orbit == "ground",
        isls="optical",
        crossings=settings.inter_orbit != "ground",
        features=settings.learns == "head",
    ),
)
