"""Model cards: what a full-size model costs to send and to train."""

from pathlib import Path

from pydantic import PositiveFloat, PositiveInt

from fedorbit.base.settings import Settings, parse, read_listed
from fedorbit.learn.model import AnyModel


class Card(Settings):
    """What a full-size model costs to send and to train."""

    name: str
    """The name that figures show."""
    model: AnyModel
    """The model that was counted."""
    shape: list[PositiveInt]
    """Shape of a sample: channels, height, width."""
    classes: PositiveInt
    """Number of classes."""
    parameters: PositiveInt
    """Number of trainable parameters."""
    bits_per_parameter: PositiveInt
    """Bits that each takes on a link."""
    training_flop_per_sample: PositiveFloat
    """Operations of a forward and a backward pass of one sample."""

    @property
    def bits(self) -> float:
        """Return the size of the model on a link."""
        return float(self.parameters * self.bits_per_parameter)


def load_card(folder: str | Path, name: str) -> Card:
    """Return a model card; raises ``InputError`` if there is none of this name."""
    path = Path(folder) / f"{name}.yaml"
    return parse(Card, read_listed(path), path)
