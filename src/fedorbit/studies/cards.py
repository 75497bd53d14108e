"""Model cards: what a full-size model costs to send and to train."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from fedorbit.base.settings import Label, Settings, between, parse
from fedorbit.base.yaml_files import read_listed
from fedorbit.learn.model import AnyModel
from fedorbit.plans.costs import Flop

Parameters = between(int, 1, 10**15)
"""A number of trainable parameters."""
PartName = Annotated[str, Field(pattern=r"^[a-z]+(/[0-9]+)?$", max_length=100)]
"""Such as ``head``, or ``expert/3``."""


class CardPart(Settings):
    """What a part of the model costs."""

    parameters: Parameters
    """Number of trainable parameters of the part."""
    training_flop_per_sample: Flop
    """Operations of training the part on one sample."""
    forward_flop_per_sample: Flop | None = None
    """Operations of a forward pass, of a model that can be cut."""
    passing_flop_per_sample: Flop | None = None
    """Operations of a forward pass and the gradient of the input, with the part
    frozen; none for the first part, of whose input nobody asks a gradient."""
    output: Annotated[list[between(int, 1, 100_000)], Field(max_length=4)] = []
    """Shape of what crosses the cut behind the part for one sample, such as tokens and
    their numbers, and of its gradient."""


class Card(Settings):
    """What a full-size model costs to send and to train."""

    name: Label
    """The name that figures show."""
    model: AnyModel
    """The model that was counted."""
    shape: list[between(int, 1, 100_000)] = Field(min_length=1, max_length=4)
    """Shape of a sample: channels, height, width."""
    classes: between(int, 1, 1_000_000)
    """Number of classes."""
    parameters: Parameters
    """Number of trainable parameters."""
    bits_per_parameter: between(int, 1, 1000)
    """Bits that each takes on a link."""
    training_flop_per_sample: Flop
    """Operations of a forward and a backward pass of one sample."""
    parts: dict[PartName, CardPart] = {}
    """Parts of the model, for strategies that send or train parts of it."""

    @model_validator(mode="after")
    def _holds_its_parts(self) -> Self:
        together = sum(part.parameters for part in self.parts.values())
        if together > self.parameters:
            raise ValueError(
                f"parts have {together} parameters together, more than the model's "
                f"{self.parameters}; correct them"
            )
        return self

    @property
    def bits(self) -> float:
        """Return the size of the model on a link."""
        return float(self.parameters * self.bits_per_parameter)


def load_card(folder: str | Path, name: str) -> Card:
    """Return a model card; raises ``InputError`` if there is none of this name."""
    path = Path(folder) / f"{name}.yaml"
    return parse(Card, read_listed(path), path)
