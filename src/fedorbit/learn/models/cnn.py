"""Two convolutions with about 60 thousand parameters."""

from collections.abc import Sequence
from typing import Literal

from fedorbit.base.settings import Settings
from fedorbit.learn.model import Model


class SmallCnn(Settings):
    """Two convolutions with about 60 thousand parameters."""

    name: Literal["cnn"]
    """Which model."""


def build(settings: SmallCnn, shape: Sequence[int], classes: int):
    """Return the network; raises ``SettingsError`` for samples that are no images."""
    from fedorbit.learn.networks.convolutions import small_cnn
    from fedorbit.learn.networks.modular import Modular

    return Modular.of_images(small_cnn, settings.name, shape, classes)


MODEL = Model(SmallCnn, build)
