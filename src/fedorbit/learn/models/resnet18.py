"""A residual network of 18 layers, with groups (He et al., arXiv 1512.03385)."""

from collections.abc import Sequence
from typing import Literal

from fedorbit.base.settings import Settings
from fedorbit.learn.model import Model


class ResNet18(Settings):
    """A residual network of 18 layers, with groups (He et al., arXiv 1512.03385)."""

    name: Literal["resnet18"]
    """Which model."""


def build(settings: ResNet18, shape: Sequence[int], classes: int):
    """Return the network; raises ``SettingsError`` for samples that are no images."""
    from fedorbit.learn.networks.convolutions import resnet18
    from fedorbit.learn.networks.modular import Modular

    return Modular.of_images(resnet18, settings.name, shape, classes)


MODEL = Model(ResNet18, build)
