"""A mixture of low-rank experts in the last block of a frozen vision transformer."""

from collections.abc import Sequence
from typing import Literal, Self

from pydantic import model_validator

from fedorbit.base.settings import between
from fedorbit.learn.model import Model
from fedorbit.learn.models.vit import Transformer, Vit, Width, check_divides


class LoraMixture(Transformer):
    """Low-rank experts beside the last perceptron, mixed by a softmax gate.

    Its parts are ``norm``, ``gate``, ``head`` and ``expert/0``, ``expert/1``, ...
    """

    name: Literal["lora_experts"]
    """Which model."""
    experts: between(int, 1, 10_000)
    """Number of experts, M."""
    rank: Width
    """Rank of an expert, its bottleneck."""
    active: between(int, 1, 10_000)
    """Experts that a sample passes, k: those with the largest scores of the gate."""
    routing: Literal["masked", "full"]
    """Where some experts learn, samples pass only these, or any as in a test."""

    @model_validator(mode="after")
    def _has_the_active_experts(self) -> Self:
        if self.active > self.experts:
            raise ValueError(
                f"active {self.active} is more than experts {self.experts}; lower it"
            )
        return self

    def frozen(self) -> Vit:
        """Return the settings of the transformer without experts."""
        sizes = {name: getattr(self, name) for name in Transformer.model_fields}
        return Vit(name="vit", adapter_rank=None, **sizes)


def build(settings: LoraMixture, shape: Sequence[int], classes: int):
    """Return the network.

    Raises ``SettingsError`` for samples that patches and bands do not divide.
    """
    from fedorbit.learn.networks.lora_experts import LoraExperts

    check_divides(settings, shape)
    return LoraExperts(settings, shape, classes)


MODEL = Model(LoraMixture, build)
