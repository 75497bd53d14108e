"""What a model is: its settings, and from them and the samples' shape a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fedorbit.base.found import found, names_in
from fedorbit.base.settings import Settings, by_name

if TYPE_CHECKING:
    from fedorbit.learn.networks.network import Network

PACKAGE = "fedorbit.learn.models"


@dataclass(frozen=True)
class Model:
    """One model; its module calls it ``MODEL``."""

    settings: type[Settings]
    """What a study says of it; ``name`` is the name of the model's file."""
    build: Callable[[Any, Sequence[int], int], Network]
    """From settings, the shape of a sample (channels, height, width) and the number
    of classes to the network; raises ``SettingsError`` if they do not suit."""


def model_names() -> list[str]:
    """Return the names of all models: those of the files in the package."""
    return names_in(PACKAGE)


def find_model(name: str) -> Model:
    """Return a model; raises ``KeyError`` if no file has its name."""
    return found(PACKAGE, name, "MODEL")


def _settings_of(name: str) -> type[Settings]:
    return find_model(name).settings


AnyModel = Annotated[Any, by_name(_settings_of, model_names)]
"""The settings of any model, in other settings."""


def parse_model(values: Mapping[str, Any]) -> Settings:
    """Return the settings of a model.

    Raises pydantic's ``ValidationError`` or ``KeyError`` if they are none.
    """
    return _settings_of(values["name"]).model_validate(values)


def build_network(settings: Any, shape: Sequence[int], classes: int) -> Network:
    """Return the network for samples of a shape, as (channels, height, width).

    Raises ``SettingsError`` if the model does not suit the samples.
    """
    return find_model(settings.name).build(settings, shape, classes)
