"""A mixture of low-rank experts in the last block of a frozen vision transformer."""

from collections.abc import Sequence
from typing import Literal

from fedorbit.learn.model import Model
from fedorbit.learn.models.experts import Gated
from fedorbit.learn.models.vit import Transformer, Vit, Width, check_divides


class LoraMixture(Gated, Transformer):
    """Low-rank experts beside the last perceptron, mixed by a softmax gate.

    Its parts are ``norm``, ``gate``, ``head`` and ``expert/0``, ``expert/1``, ...
    """

    name: Literal["lora_experts"]
    """Which model."""
    rank: Width
    """Rank of an expert, its bottleneck."""

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
