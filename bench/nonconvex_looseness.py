"""How far the bound on gradients of docs/nonconvex.md lies above sigmoid losses.

Trains rings of sigmoid losses, of which every constant is known, with the step size,
interval and ratio of each row, and writes bench/nonconvex_looseness.md: the mean over
all steps of the squared gradient of the mean model, the bound on it, bound over
measured value, and the largest term of the bound. A bound above G^2 says nothing.

    python bench/nonconvex_looseness.py
"""

from pathlib import Path

import numpy as np
from nonconvex import gradient_bound, gradient_terms
from sigmoids import draw_sigmoids, mean_squared_gradients

from fedorbit.base.files import write_text

OUT = Path(__file__).with_suffix(".md")
SHAPE, SPREAD, STEPS, RUNS, SEED = (5, 4, 20, 5), 1.0, 4000, 10, 0
CASES = [  # delta, E, alpha
    (1, 1, 0.5),
    (1, 5, 0.5),
    (4, 5, 0.5),
    (4, 5, 0.1),
]

rows = []
for delta, local_steps, alpha in CASES:
    for step_size in (0.01, 0.1, 1.0):
        rng = np.random.default_rng(SEED)
        losses, start = draw_sigmoids(rng, SHAPE, SPREAD), np.zeros(SHAPE[-1])
        known = losses.constants(step_size, local_steps, start)
        measured = mean_squared_gradients(
            losses, known, delta, alpha, start, STEPS, RUNS, rng
        )[-1]
        bound = gradient_bound(known, delta, alpha, STEPS)
        terms = gradient_terms(known, delta, alpha, STEPS)
        rows.append(
            {
                "delta": delta,
                "E": local_steps,
                "alpha": alpha,
                "eta": step_size,
                "measured": f"{measured:.3g}",
                "bound": f"{bound:.3g}",
                "ratio": f"{bound / measured:.3g}",
                "largest term": max(terms, key=terms.get),
            }
        )

lines = ["| " + " | ".join(rows[0]) + " |", "|" + "---|" * len(rows[0])]
lines += ["| " + " | ".join(map(str, row.values())) + " |" for row in rows]
head = (
    f"Mean of the squared gradient over {STEPS} steps, by bench/nonconvex_looseness.py"
    f"; G^2 is {known.squared_gradient:.3g}"
)
text = "\n".join([head, "", *lines])
write_text(text + "\n", OUT)
print(text)
