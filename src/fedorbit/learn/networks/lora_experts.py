"""Low-rank experts in the last block of a frozen vision transformer.

All but the last perceptron runs once for each sample. With z the one token that the
head is for, n its normalisation and MLP the frozen perceptron, the head sees

    LN(z + MLP(n(z)) + sum over experts m of g_m B_m A_m n(z)),

where the gates g look at n(z) (Hu et al., arXiv 2106.09685, as experts). With a class
token as z this is the whole transformer, to the last digit, as a perceptron and a
normalisation see each token alone. A transformer that averages its tokens does so
here before the last perceptron, not after it. A sample is the row of n(z) and of
z + MLP(n(z)).
"""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from fedorbit.learn.models.lora_experts import LoraMixture
from fedorbit.learn.networks.experts import Experts
from fedorbit.learn.networks.network import Params, scopes_by_first_word
from fedorbit.learn.networks.split import Split
from fedorbit.learn.networks.vit import EPSILON, build_module, first_parts

NORM = "norm"
SCALE, SHIFT = f"{NORM}.scale", f"{NORM}.shift"
SEED = 0  # of a transformer without a checkpoint, the same one for all
AT_ONCE = 500  # samples in one forward pass


class LoraExperts(Experts):
    """A gate, low-rank experts, a normalisation and a linear head."""

    def __init__(self, how: LoraMixture, shape: Sequence[int], classes: int) -> None:
        """``shape`` is that of an image, (channels, height, width)."""
        self.how, self._classes = how, classes
        self.wide, self.narrow = how.dim, how.rank
        self._layers = {}
        self._add_gate_and_head()
        frozen = how.frozen()
        start = first_parts(frozen, shape) if how.checkpoint else {}
        split = Split(lambda: build_module(frozen, shape, classes=1), start)
        self._frozen = build_module(frozen, shape, classes=1).requires_grad_(False)
        self._frozen.load_state_dict(split.init(SEED))

    def init(self, seed: int) -> Params:
        """Return parameters as those of ``Experts``, and the frozen normalisation."""
        last = self._frozen.backbone.norm
        own = {SCALE: last.weight.clone(), SHIFT: last.bias.clone()}
        return own | super().init(seed)

    def scopes(self) -> dict[str, list[str]]:
        """Return ``norm``, ``gate``, ``head`` and each expert."""
        return scopes_by_first_word([SCALE, SHIFT]) | super().scopes()

    @torch.no_grad()
    def once(self, x: Tensor) -> Tensor:
        """Return (n, 2 dim) of images (n, channels, height, width): see above."""
        return torch.cat([self._rows(part) for part in x.split(AT_ONCE)])

    def _rows(self, x: Tensor) -> Tensor:
        backbone = self._frozen.backbone
        *before, last = backbone.blocks
        tokens = self._frozen.embedding(x)
        for block in before:
            tokens = block(tokens)
        tokens = tokens + last.attn(last.norm1(tokens))
        token = tokens[:, 0] if self.how.pooling == "class" else tokens.mean(1)
        seen = last.norm2(token)
        return torch.cat([seen, token + last.mlp(seen)], 1)

    def _seen(self, params: Params, x: Tensor) -> tuple[Tensor, Tensor]:
        seen, base = x.mT.split(self.wide, 1)
        return seen, base

    def _units(self, before: Tensor) -> Tensor:
        return before

    def _through_units(self, error: Tensor, inner: Tensor) -> Tensor:
        return error

    def _leave(self, params: Params, mixed: Tensor) -> Tensor:
        even, _ = _even(mixed)
        return even * params[SCALE].unsqueeze(2) + params[SHIFT].unsqueeze(2)

    def _back(self, params: Params, mixed: Tensor, error: Tensor) -> Tensor:
        even, per_deviation = _even(mixed)
        error = error * params[SCALE].unsqueeze(2)
        along = (error * even).mean(1, keepdim=True)
        return (error - error.mean(1, keepdim=True) - even * along) * per_deviation

    def _of_leaving(
        self, names: set[str], mixed: Tensor, error: Tensor
    ) -> Iterator[tuple[str, Tensor, Tensor | None]]:
        if SCALE in names:
            yield SCALE, error * _even(mixed)[0], None
        if SHIFT in names:
            yield SHIFT, error, None


def _even(mixed: Tensor) -> tuple[Tensor, Tensor]:
    """Return tokens (copies, dim, n) with mean 0 and variance 1, and 1 / deviation."""
    away = mixed - mixed.mean(1, keepdim=True)
    # The square root of a tensor would round by the processor.
    per_deviation = (away.square().mean(1, keepdim=True) + EPSILON).rsqrt()
    return away * per_deviation, per_deviation
