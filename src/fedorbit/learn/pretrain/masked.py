"""Pretraining without labels: a masked autoencoder (He et al., arXiv 2111.06377).

Embedding and backbone see a quarter of a tile's tokens, say, and a small decoder has to
tell the pixels of the others, each patch with a mean of 0 and a variance of 1.
"""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from fedorbit.base.errors import RunError
from fedorbit.learn.networks.network import Params
from fedorbit.learn.networks.split import Cut
from fedorbit.learn.networks.vit import Embedding, blocks, build_module, draw_places
from fedorbit.learn.pretrain.settings import Foundation, Pretraining

BETAS = (0.9, 0.95)  # of AdamW, as in the paper
LARGEST_NORM = 1.0  # of a gradient
STANDARDISED_ON = 2048  # tiles
FEATURES_AT_ONCE = 256  # tiles in one forward pass
SMALLEST = 1e-6  # of variances that something is divided by


class Decoder(nn.Module):
    """What tells the pixels of all patches from the tokens of some."""

    def __init__(self, embedding: Embedding, how: Pretraining) -> None:
        super().__init__()
        tokens, dim = embedding.pos_embed.shape[1:]
        kernel = embedding.patch_embed.proj.weight
        width = how.decoder_dim
        self.enter = nn.Linear(dim, width)
        self.mask = nn.Parameter(torch.zeros(1, 1, width))
        self.places = nn.Parameter(torch.empty(1, tokens, width))
        draw_places(self.places)
        self.blocks = blocks(how.decoder_depth, width, heads_of(width), 4.0)
        self.norm = nn.LayerNorm(width)
        self.leave = nn.Linear(width, kernel[0].numel())

    def forward(self, seen: Tensor, order: Tensor) -> Tensor:
        """Return the pixels of the masked patches, (n, masked, pixels).

        ``order`` (n, tokens) are places: first those of the tokens ``seen``, which has
        the shape (n, kept, dim), then those of the masked ones.
        """
        n, kept = seen.shape[:2]
        hidden = self.mask.expand(n, order.shape[1] - kept, -1)
        tokens = torch.cat([self.enter(seen), hidden], 1) + self.places[0, order]
        return self.leave(self.norm(self.blocks(tokens)[:, kept:]))


def heads_of(dim: int) -> int:
    """Return how many heads of about 16 numbers share a token."""
    return next(heads for heads in range(max(dim // 16, 1), 0, -1) if not dim % heads)


def pretrain(
    tiles: np.ndarray,
    settings: Foundation,
    watch: Callable[[int, float], None] = lambda step, loss: None,
) -> Params:
    """Return embedding and backbone that have learned from tiles without labels.

    ``tiles`` are float32 (n, channels, height, width). Features come out standardised
    over the tiles: mean 0 and variance 1 of each. ``watch`` is told the loss of every
    step. Raises ``RunError`` if the loss is no longer finite.
    """
    torch.set_num_threads(1)
    how = settings.pretraining
    images = torch.from_numpy(tiles)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(how.seed)
        module = build_module(settings.model, tiles.shape[1:], classes=1)
        decoder = Decoder(module.embedding, how)
    generator = torch.Generator().manual_seed(how.seed)
    learning = [p for n, p in module.named_parameters() if not n.startswith("head.")]
    learning += decoder.parameters()
    # PyTorch's square roots of tensors round by the processor; those in a fused step
    # and in ``rsqrt`` do not.
    optimiser = torch.optim.AdamW(
        learning, betas=BETAS, weight_decay=how.weight_decay, fused=True
    )
    for step in range(how.steps):
        which = torch.randint(len(images), (how.batch_size,), generator=generator)
        optimiser.param_groups[0]["lr"] = step_size(step, how)
        loss = masked_loss(module, decoder, images[which], how.masked, generator)
        if not math.isfinite(loss.item()):
            raise RunError(
                f"the loss of pretraining is not finite at step {step + 1}; lower "
                "pretraining.learning_rate."
            )
        watch(step + 1, loss.item())
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(learning, LARGEST_NORM)
        optimiser.step()
    standardise(module, images[:STANDARDISED_ON])
    return {
        name: p.detach()
        for name, p in module.named_parameters()
        if not name.startswith("head.")
    }


def step_size(step: int, how: Pretraining) -> float:
    """Return the step size of a step, counted from 0."""
    rise = max(how.steps // 20, 1)
    if step < rise:
        return how.learning_rate * (step + 1) / rise
    done = (step - rise) / max(how.steps - rise, 1)
    return how.learning_rate * (1 + math.cos(math.pi * done)) / 2


def masked_loss(
    module: Cut, decoder: Decoder, x: Tensor, masked: float, generator: torch.Generator
) -> Tensor:
    """Return the mean squared error of the pixels of the patches that are masked."""
    tokens = module.embedding(x)
    n, count, dim = tokens.shape
    kept = max(1, round(count * (1 - masked)))
    order = torch.rand(n, count, generator=generator).argsort(1)
    seen = tokens.gather(1, order[:, :kept, None].expand(-1, -1, dim))
    told = decoder(module.backbone.tokens(seen), order)
    pixels = patches(x, module.embedding)
    hidden = order[:, kept:, None].expand(-1, -1, pixels.shape[2])
    return (told - pixels.gather(1, hidden)).square().mean()


def patches(x: Tensor, embedding: Embedding) -> Tensor:
    """Return the pixels of each token, standardised: (n, tokens, pixels)."""
    size = embedding.patch_embed.patch_size[0]
    cut = x.unflatten(3, (-1, size)).unflatten(2, (-1, size))
    cut = cut.unflatten(1, (-1, embedding.bands))  # n, groups, bands, rows, size, ...
    pixels = cut.permute(0, 1, 3, 5, 2, 4, 6).flatten(4).flatten(1, 3)
    variance, mean = torch.var_mean(pixels, 2, keepdim=True)
    return (pixels - mean) * (variance + SMALLEST).rsqrt()


@torch.no_grad()
def standardise(module: Cut, images: Tensor) -> None:
    """Give each feature a mean of 0 and a variance of 1 over some images.

    The last normalisation scales and shifts every token alike, and so their mean: the
    two numbers of a feature go there, and cost nothing later.
    """
    features = torch.cat(
        [
            module.backbone(module.embedding(part))
            for part in images.split(FEATURES_AT_ONCE)
        ]
    )
    scale = (features.var(0) + SMALLEST).rsqrt()
    norm = module.backbone.norm
    norm.bias.sub_(features.mean(0)).mul_(scale)
    norm.weight.mul_(scale)
