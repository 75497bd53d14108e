"""Which instructions libraries compute with, as ``engine.numerics`` says.

Libraries choose them by the processor as they load, and round differently with some
than with others. So a choice is variables that have to be there before they load.
"""

import os

from fedorbit.base.errors import RunError
from fedorbit.base.found import found


def variables(name: str) -> dict[str, str]:
    """Return the variables of the environment that ``engine.numerics`` asks for."""
    return found("fedorbit.base.instructions", name, "VARIABLES")


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
