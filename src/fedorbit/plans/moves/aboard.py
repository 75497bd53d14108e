"""What learns on board satellites that run the whole model, and what runs before it."""

from typing import Literal

from pydantic import model_validator

from fedorbit.base.errors import SettingsError
from fedorbit.base.settings import Settings
from fedorbit.plans.costs import ALL
from fedorbit.plans.moves.fleet import Fleet
from fedorbit.plans.moves.learning import Preparation, Prepare
from fedorbit.plans.scene import Scene

SCOPES = {
    "head": ("head",),
    "embedding_head": ("embedding", "head"),
    "adapter_head": ("adapter", "head"),
    "backbone_head": ("backbone", "head"),
    "all": ALL,
}


class Aboard(Settings):
    """What learns on board a satellite that runs the whole model."""

    learns: Literal[
        *("head", "embedding_head", "adapter_head", "backbone_head", "experts", "all")
    ]
    """What is trained; ``experts`` are those of a pretrained mixture."""
    cached: bool
    """Whether what is frozen before it runs once a sample, and the result is kept."""

    @model_validator(mode="after")
    def _can_be_cached(self) -> "Aboard":
        if self.cached and self.learns in ("embedding_head", "all"):
            raise ValueError(
                f"cached is true, but with learns {self.learns!r} nothing is frozen "
                "before what learns; make it false"
            )
        return self


def scope_of(scene: Scene, learns: str) -> tuple[str, ...]:
    """Return the parts that learn; ``SettingsError`` for experts that there are not."""
    if learns != "experts":
        return SCOPES[learns]
    if scene.learns == ALL:
        raise SettingsError(
            "experts are to learn, but the model is no pretrained mixture; choose the "
            "model 'experts' or let another part learn."
        )
    return scene.learns


def frozen_flop(scene: Scene, settings: Aboard) -> float:
    """Return the operations of a forward pass through what a sample passes first."""
    scope, card = scope_of(scene, settings.learns), scene.card
    return 0.0 if scope == ALL else card.forward_flop(card.frozen_before(scope))


def features_on_board(fleet: Fleet, settings: Aboard) -> Prepare:
    """Return how satellites run what is frozen: before each round, or once."""
    scene = fleet.scene
    before = frozen_flop(scene, settings)
    each_round = scene.local_steps * scene.batch_size
    samples = [fleet.samples() if settings.cached else each_round]

    def prepare(start_s: dict[str, float]) -> Preparation:
        count = samples[0]
        if settings.cached:
            samples[0] = 0
        return Preparation(fleet.computed_s(start_s, count * before), [])

    return prepare
