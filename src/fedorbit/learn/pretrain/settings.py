"""Settings of foundation models, the files ``config/models/<name>.yaml``."""

from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any, Self

from pydantic import Field, model_validator

from fedorbit.base.settings import BatchSize, Name, Seed, Settings, between, parse
from fedorbit.base.yaml_files import read_listed
from fedorbit.data.given import find_given
from fedorbit.learn.models.vit import Vit

MADE_IN = PurePath("data/models")
"""Where foundation models lie that are made here."""


class Pretraining(Settings):
    """How a masked autoencoder learns (He et al., arXiv 2111.06377)."""

    steps: between(int, 0, 10**9)
    """Steps; none leaves the backbone random, which is what others compare with."""
    batch_size: BatchSize
    """Tiles in a step, drawn uniformly with replacement."""
    masked: float = Field(gt=0, lt=1)
    """Share of the tokens that the embedding and the backbone do not see."""
    learning_rate: between(float, 1e-12, 1e3)
    """Largest step size of AdamW; it rises in the first twentieth of the steps and
    then falls to zero along half a cosine."""
    weight_decay: between(float, 0.0, 1e3)
    """Strength of AdamW's decay of the weights."""
    decoder_dim: between(int, 1, 100_000)
    """Numbers in a token of the decoder, which is thrown away in the end."""
    decoder_depth: between(int, 1, 1000)
    """Blocks of the decoder."""
    seed: Seed
    """Seed of the first model and of all draws."""


class Foundation(Settings):
    """A foundation model that is made here."""

    origin: str = Field(min_length=1, max_length=1000)
    """One sentence: what it is and where its numbers come from."""
    dataset: Name
    """The dataset whose training tiles it sees, without labels: no client's."""
    model: Vit
    """The model whose embedding and backbone are made."""
    pretraining: Pretraining
    """How they are made."""

    @model_validator(mode="after")
    def _can_be_masked(self) -> Self:
        model = self.model
        if model.checkpoint or model.adapter_rank or model.pooling != "mean":
            raise ValueError(
                "model has a checkpoint, adapters or a class token, which are not "
                "pretrained here; set checkpoint and adapter_rank to null and pooling "
                "to mean"
            )
        return self


def parse_foundation(values: Mapping[str, Any], source: str | Path) -> Foundation:
    """Return ``values`` as settings.

    Raises ``InputError`` that begins with ``source``, the file that they stand in.
    """
    return parse(Foundation, values, source)


def load_foundation(folder: str | Path, name: str) -> Foundation:
    """Return the settings of a foundation model; ``InputError`` if there is none."""
    path = Path(folder) / f"{name}.yaml"
    return parse_foundation(read_listed(path), path)


def checkpoint_file(name: str) -> Path:
    """Return the file of a pretrained model that a study names.

    Those in ``data/models`` are made here; others are given. Raises ``SettingsError``
    if there is no such file.
    """
    if PurePath(name).parent == MADE_IN:
        return Path(name)
    return find_given("model.checkpoint", name, "the file")
