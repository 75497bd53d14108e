"""What is asked for: the top-level settings."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from fedorbit.base.settings import Name, Seeds, Settings, all_different, parse
from fedorbit.learn.settings import Engine


class Config(Settings):
    """What to reproduce: the file ``config/config.yaml``."""

    studies: Annotated[list[Name], AfterValidator(all_different)] = Field(
        min_length=1, max_length=100
    )
    """Names of files in ``config/studies``."""
    scale: Name
    """Name of a file in ``config/scales``; its values fill what studies leave open."""
    seeds: Seeds | None = None
    """The repetitions of all studies; if not given, each study has its own."""
    engine: Engine
    """How the engine runs."""


def load_config(values: Mapping[str, Any], source: str | Path) -> Config:
    """Return the top-level settings; raises ``InputError`` if one is wrong."""
    return parse(Config, values, source)
