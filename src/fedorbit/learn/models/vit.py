"""A vision transformer in three parts, which can be cut between space and ground."""

from collections.abc import Sequence
from typing import Literal, Self

from pydantic import model_validator

from fedorbit.base.errors import SettingsError
from fedorbit.base.settings import GivenPath, Settings, between
from fedorbit.learn.model import Model

Width = between(int, 1, 100_000)
"""Numbers in a token, and the like."""


class Transformer(Settings):
    """Sizes of a vision transformer (Dosovitskiy et al., arXiv 2010.11929)."""

    patch_px: between(int, 1, 4096)
    """Height and width of a patch."""
    bands_per_token: Width | None
    """Channels of a token, as in SpectralGPT (arXiv 2311.07113); none is all."""
    dim: Width
    """Numbers in a token."""
    depth: between(int, 1, 1000)
    """Blocks of the backbone."""
    heads: Width
    """Heads of the attention."""
    mlp_ratio: between(float, 0.01, 100.0)
    """Hidden units of a block's perceptron, in numbers of a token."""
    pooling: Literal["mean", "class"]
    """What the head sees: the mean of all tokens, or one more, the class token."""
    checkpoint: GivenPath | None
    """File of a pretrained embedding and backbone; none draws them by the seed."""

    @model_validator(mode="after")
    def _heads_divide_tokens(self) -> Self:
        if self.dim % self.heads:
            raise ValueError(
                f"dim {self.dim} is no multiple of heads {self.heads}; change one"
            )
        return self


class Vit(Transformer):
    """A vision transformer.

    Its parts are ``embedding``, ``backbone`` and ``head``, and perhaps ``adapter``.
    """

    name: Literal["vit"]
    """Which model."""
    adapter_rank: Width | None
    """Rank of the low-rank adapters beside the frozen attention, if there are any."""


def check_divides(settings: Transformer, shape: Sequence[int]) -> None:
    """Raise ``SettingsError`` for samples that patches and bands do not divide."""
    step = settings.bands_per_token or 1
    height, width = (*shape, 0, 0)[1:3]
    patch = settings.patch_px
    whole = len(shape) == 3 and not (shape[0] % step or height % patch or width % patch)
    if not whole:
        raise SettingsError(
            f"model.patch_px is {patch} and model.bands_per_token is "
            f"{settings.bands_per_token}, which do not divide samples of the shape "
            f"{tuple(shape)}; choose patches and bands that do."
        )


def build(settings: Vit, shape: Sequence[int], classes: int):
    """Return the network.

    Raises ``SettingsError`` for samples that patches and bands do not divide.
    """
    from fedorbit.learn.networks.split import Split
    from fedorbit.learn.networks.vit import build_module, first_parts

    check_divides(settings, shape)
    start = first_parts(settings, shape) if settings.checkpoint else {}
    return Split(lambda: build_module(settings, shape, classes), start)


MODEL = Model(Vit, build)
