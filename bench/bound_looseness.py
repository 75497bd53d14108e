"""How far the bound of FedMeld lies above quadratics, for which it is proved.

Simulates rings of quadratic losses with the step sizes of the theorem and the interval
and ratio of each row, and writes bench/bound_looseness.md: bound over measured value
where they come closest, for the loss of the mean model, for the worst regional model
and for the disagreement of the regions; and the share of disagreement in f.

    python bench/bound_looseness.py
"""

from pathlib import Path

import numpy as np
import pandas as pd

from fedorbit.base.files import write_text
from fedorbit.theory.fedmeld.bounds import (
    chi,
    convex_bound,
    disagreement_bound,
    drift,
    least_offset,
    noise_terms,
    regional_bound,
)
from fedorbit.theory.fedmeld.quadratics import draw_quadratics, simulate
from fedorbit.theory.fedmeld.scmr import mixing_ratios

OUT = Path(__file__).with_suffix(".md")
STEP_SCALE, ROUNDS, RUNS, SEED = 12.0, 2000, 20, 0
SHAPES = {  # regions, clients, coordinates; range of curvatures; noise
    "one coordinate, mu = L = 1": ((4, 3, 1), (1.0, 1.0), 0.5),
    "three coordinates, curvatures 1 to 3": ((5, 4, 3), (1.0, 3.0), 0.5),
    "noise alone": ((4, 3, 1), (1.0, 1.0), 0.5),
}
CASES = [(1, 1, None), (1, 5, None), (4, 5, None), (4, 1, 0.5)]  # delta, E, alpha


def closest(bound: np.ndarray, measured: pd.Series) -> str:
    """Return the least bound over measured value of all rounds but the beginning."""
    return f"{np.min(bound[1:] / measured[1:].to_numpy()):.3g}"


rows = []
for name, (shape, curvature, noise) in SHAPES.items():
    for delta, local_steps, alpha in CASES:
        rng = np.random.default_rng(SEED)
        spread = 0.0 if name == "noise alone" else 1.0
        losses = draw_quadratics(rng, shape, curvature, spread, noise)
        constants = losses.constants(STEP_SCALE, local_steps, shape[1])
        alpha = alpha or mixing_ratios(constants, delta)[0]
        offset = least_offset(constants, delta, alpha)
        start = losses.centre.max(axis=(0, 1))
        table = simulate(
            losses, constants, delta, alpha, offset, start, ROUNDS, RUNS, rng
        )
        known = (constants, delta, alpha, offset)
        first, steps = table["distance"][0], table["steps"].to_numpy()
        apart = float(drift(constants, delta) * chi(constants.regions, alpha) ** 2)
        share = apart / (apart + sum(noise_terms(constants).values()))
        rows.append(
            {
                "losses": name,
                "delta": delta,
                "E": local_steps,
                "alpha": f"{alpha:.3g}",
                "mean model": closest(
                    convex_bound(*known, first, steps), table["excess"]
                ),
                "worst region": closest(
                    regional_bound(*known, first, steps), table["regional"]
                ),
                "disagreement": closest(
                    disagreement_bound(*known, steps), table["apart"]
                ),
                "its share in f": f"{100 * share:.4g} %",
            }
        )

lines = ["| " + " | ".join(rows[0]) + " |", "|" + "---|" * len(rows[0])]
lines += ["| " + " | ".join(map(str, row.values())) + " |" for row in rows]
text = "\n".join(["Bound over measured value, by bench/bound_looseness.py", "", *lines])
write_text(text + "\n", OUT)
print(text)
