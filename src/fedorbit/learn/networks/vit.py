"""Vision transformers of timm's layers, without buffers, as three parts in a row."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from fedorbit.base.torchvision import import_torchvision
from fedorbit.learn.models.vit import Vit
from fedorbit.learn.networks.foundation import read_foundation
from fedorbit.learn.networks.network import Params
from fedorbit.learn.networks.split import Cut

import_torchvision("models")  # before timm, which imports torchvision as it is
from timm.layers import PatchEmbed  # noqa: E402
from timm.models.vision_transformer import Block  # noqa: E402

EPSILON = 1e-6  # of normalisations, as in timm's vision transformers
DEVIATION = 0.02  # of places and class tokens at the start, as there


class Embedding(nn.Module):
    """Images to tokens that know their place."""

    def __init__(self, settings: Vit, channels: int, height: int, width: int) -> None:
        super().__init__()
        self.bands = settings.bands_per_token or channels
        self.patch_embed = PatchEmbed(
            (height, width), settings.patch_px, self.bands, settings.dim
        )
        tokens = self.patch_embed.num_patches * (channels // self.bands)
        has_class = settings.pooling == "class"
        self.pos_embed = nn.Parameter(torch.empty(1, tokens + has_class, settings.dim))
        draw_places(self.pos_embed)
        if has_class:
            self.cls_token = nn.Parameter(torch.zeros(1, 1, settings.dim))
        self._has_class = has_class

    def forward(self, x: Tensor) -> Tensor:
        """Return tokens: (n, channels, height, width) -> (n, tokens, dim)."""
        n = len(x)
        groups = x.unflatten(1, (-1, self.bands)).flatten(0, 1)
        tokens = self.patch_embed(groups).unflatten(0, (n, -1)).flatten(1, 2)
        if self._has_class:
            tokens = torch.cat([self.cls_token.expand(n, -1, -1), tokens], 1)
        return tokens + self.pos_embed


class Backbone(nn.Module):
    """Blocks of attention, a normalisation, and one token of all."""

    def __init__(self, settings: Vit) -> None:
        super().__init__()
        self.blocks = blocks(
            settings.depth, settings.dim, settings.heads, settings.mlp_ratio
        )
        self.norm = nn.LayerNorm(settings.dim, eps=EPSILON)
        self._has_class = settings.pooling == "class"

    def forward(self, tokens: Tensor) -> Tensor:
        """Return features: (n, tokens, dim) -> (n, dim)."""
        tokens = self.tokens(tokens)
        return tokens[:, 0] if self._has_class else tokens.mean(1)

    def tokens(self, tokens: Tensor) -> Tensor:
        """Return what the blocks make of tokens, (n, tokens, dim), any number."""
        return self.norm(self.blocks(tokens))


def draw_places(places: Tensor) -> None:
    """Draw what tokens are told of their places, with the deviation of timm's."""
    nn.init.trunc_normal_(places, std=DEVIATION)


def blocks(depth: int, dim: int, heads: int, mlp_ratio: float) -> nn.Sequential:
    """Return timm's blocks of attention, whose products PyTorch's counter can see."""
    made = [Block(dim, heads, mlp_ratio, qkv_bias=True) for _ in range(depth)]
    for block in made:
        block.attn.fused_attn = False  # no slower for models this small
        for norm in (block.norm1, block.norm2):
            norm.eps = EPSILON
    return nn.Sequential(*made)


def build_module(settings: Vit, shape: Sequence[int], classes: int) -> Cut:
    """Return the module for images of a shape (channels, height, width)."""
    adapted = [f"blocks.{number}.attn.qkv.weight" for number in range(settings.depth)]
    return Cut(
        Embedding(settings, *shape),
        Backbone(settings),
        nn.Linear(settings.dim, classes),
        adapted if settings.adapter_rank else (),
        settings.adapter_rank or 0,
    )


def first_parts(settings: Vit, shape: Sequence[int]) -> Params:
    """Return the embedding and the backbone of the checkpoint that the settings name.

    Raises ``InputError`` if there is none, or if it is one of another model.
    """
    with torch.device("meta"):
        module = build_module(settings, shape, classes=1)
    own = {
        name: p.shape
        for name, p in module.named_parameters()
        if name.startswith(("embedding.", "backbone."))
    }
    return read_foundation(settings.checkpoint, own)
