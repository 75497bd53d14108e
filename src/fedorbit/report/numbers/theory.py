"""What FedMeld's theory says of a study: objective, best ratios, speed of mixing.

``scmr`` is the solution of SC-MR as docs/tables.md describes it: each key has a
``value``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from fedorbit.plans.moves.topology import Topology, upstreams
from fedorbit.theory.fedmeld.bounds import RAW, Constants, Scales, objective
from fedorbit.theory.fedmeld.mixing import mixing_matrix, second_modulus
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
OF_LAW = "alpha, our law"


def best_ratios(scmr: Mapping[str, Any]) -> dict[str, float]:
    """Return the best ratios by the raw and by the fitted bound, none if infeasible."""
    if not scmr["feasible"]:
        return {}
    return {label: scmr[key]["value"] for key, label in RATIOS.items()}


def ratio_of_law(law: Mapping[str, Any]) -> dict[str, float]:
    """Return the best ratio by our law, none if no mixing fits.

    ``law`` is what ``solve_law`` has found, as docs/tables.md describes it.
    """
    return {OF_LAW: law["mixing_ratio"]["value"]} if law["feasible"] else {}


def best_objectives(
    scmr: Mapping[str, Any], local_steps: int, regions: int, deltas: Sequence[int]
) -> pd.DataFrame:
    """Return ``round_interval, label, f``: the least f over all ratios, by interval.

    One curve is for the measured constants, one for the bound fitted to pilots. There
    are no rows if the problem has no solution.
    """
    columns = ["round_interval", "label", "f"]
    if not scmr["feasible"]:
        return pd.DataFrame(columns=columns)
    constants = Constants(
        local_steps=local_steps,
        regions=regions,
        **{key: scmr[key]["value"] for key in MEASURED},
    )
    fitted = Scales(scmr["scale_noise"]["value"], scmr["scale_drift"]["value"])
    rows = []
    for label, scales in (("raw", RAW), ("fitted to pilots", fitted)):
        for delta in map(int, deltas):
            alpha, _ = mixing_ratios(constants, delta, scales)
            f = float(objective(constants, delta, alpha, scales))
            rows.append((delta, label, f))
    return pd.DataFrame(rows, columns=columns)


def second_eigenvalue(
    regions: Sequence[str],
    topology: Topology,
    grid_columns: float | None,
    mixing_ratio: float,
) -> float:
    """Return the second largest modulus of the eigenvalues of the mixing matrix.

    The nearer to 1, the slower the regions agree. Of ``grid_columns`` a grid alone
    makes use; a table may have it as ``3.0``.
    """
    columns = int(grid_columns) if topology == "grid" else None
    matrix = mixing_matrix(upstreams(regions, topology, columns), mixing_ratio)
    return second_modulus(matrix)
