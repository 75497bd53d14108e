"""Which instructions libraries compute with: one file for each choice.

Libraries choose them by the processor as they load, and round differently with some
than with others. So a choice is variables that have to be there before they load.
"""

import os

from fedorbit.base.errors import RunError
from fedorbit.base.found import found


def variables(name: str) -> dict[str, str]:
    """Return the variables of the environment that ``engine.numerics`` asks for."""
    return found(__name__, name, "VARIABLES")


def check(name: str) -> None:
    """Raise ``RunError`` if this process lacks a variable that it should have.

    It would make other bytes; to set the variable now would be too late.
    """
    for key, value in variables(name).items():
        if os.environ.get(key) != value:
            raise RunError(
                f"engine.numerics is {name!r}, but the job was started without "
                f"{key}={value}; start it by snakemake, which sets it."
            )
