"""FedMeld's round interval and mixing ratio, by SC-MR or by our law, from a file."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from fedorbit.base.errors import InputError


@dataclass(frozen=True)
class Solution:
    """How often and by how much regions mix, or why nothing is best."""

    round_interval: int
    """Rounds from one mixing to the next, delta; 0 if there is no solution."""
    mixing_ratio: float
    """Weight of the carried model, alpha; 0 if there is no solution."""
    infeasible: str | None = None
    """Why there is no solution, and what to do about it."""

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """Return what ``solve_scmr`` or ``solve_law`` found, as docs/tables.md has it.

        Raises ``InputError`` if the file is none of its.
        """
        try:
            values = json.loads(Path(path).read_text(encoding="utf-8"))
            if not values["feasible"]:
                return cls(0, 0.0, values["explanation"])
            return cls(
                values["round_interval"]["value"], values["mixing_ratio"]["value"]
            )
        except (ValueError, LookupError, TypeError):
            raise InputError(
                f"{path}: not a solution of FedMeld's interval and ratio; remove it, "
                "so that it is made anew."
            ) from None
