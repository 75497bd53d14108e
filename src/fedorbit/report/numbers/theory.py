"""The theory's objective and ratios from the solution of SC-MR for a study.

``meld`` is that solution as docs/tables.md describes it: each key has a ``value``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from fedorbit.theory.fedmeld.bounds import RAW, Constants, Scales, objective
from fedorbit.theory.fedmeld.scmr import mixing_ratios

MEASURED = [
    "strong_convexity",
    "smoothness",
    "step_scale",
    "squared_gradient",
    "variance",
    "heterogeneity",
]
RATIOS = {"mixing_ratio_raw": "alpha*, raw", "mixing_ratio": "alpha*, fitted"}


def best_ratios(meld: Mapping[str, Any]) -> dict[str, float]:
    """Return the best ratios by the raw and by the fitted bound, none if infeasible."""
    if not meld["feasible"]:
        return {}
    return {label: meld[key]["value"] for key, label in RATIOS.items()}


def best_objectives(
    meld: Mapping[str, Any], local_steps: int, regions: int, deltas: Sequence[int]
) -> pd.DataFrame:
    """Return ``round_interval, label, f``: the least f over all ratios, by interval.

    One curve is for the measured constants, one for the bound fitted to pilots. There
    are no rows if the problem has no solution.
    """
    columns = ["round_interval", "label", "f"]
    if not meld["feasible"]:
        return pd.DataFrame(columns=columns)
    constants = Constants(
        local_steps=local_steps,
        regions=regions,
        **{key: meld[key]["value"] for key in MEASURED},
    )
    fitted = Scales(meld["scale_noise"]["value"], meld["scale_drift"]["value"])
    rows = []
    for label, scales in (("raw", RAW), ("fitted to pilots", fitted)):
        for delta in map(int, deltas):
            alpha, _ = mixing_ratios(constants, delta, scales)
            f = float(objective(constants, delta, alpha, scales))
            rows.append((delta, label, f))
    return pd.DataFrame(rows, columns=columns)
