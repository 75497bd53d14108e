"""The four terms of EMS-FL's convergence statement, measured where constants are known.

    python bench/terms.py

learns linear experts by local SGD and writes ``bench/terms.md``: how the mean squared
gradient falls with steps, Q, and with devices, K, how it grows with the steps between
contacts, H, and how far the gradients of the whole mixture and of the masked one are
apart at the gate mass epsilon that leaks; beside each the term of
``fedorbit.theory.experts.convergence``.

A sample x of a cluster has logits sum_m g_m W_m x, so that softmax regression on the
features (g_1 x, g_2 x, ...) is all of it: smooth, and convex. Labels are drawn from the
softmax of a teacher for each expert, of which each device has its own version, and so
gradients of samples do not vanish at the optimum. All logarithms and exponentials are
NumPy's: last digits of the report depend on the processor.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fedorbit.base.files import write_text
from fedorbit.theory.experts.convergence import (
    Constants,
    drift,
    largest_step_size,
    leakage_gap,
    noise,
    progress,
)

REPORT = Path(__file__).with_suffix(".md")
CLUSTERS, EACH, FEATURES, CLASSES = 4, 2, 8, 4  # two experts of a cluster
EXPERTS = CLUSTERS * EACH
DEVICES, SAMPLES, BATCH = 5, 200, 16
RUNS, SEED = 4, 0
LARGER = 16
ROUNDING = 1e-15  # of a squared gradient, below which it is none
TEACHER, APART = 1.5, 1.0  # sizes of teachers' weights, and of what devices differ by


@dataclass(frozen=True)
class Cluster:
    """Features z, shape (devices, samples, width), and labels as one-hot rows."""

    z: NDArray
    y: NDArray

    @property
    def width(self) -> int:
        """Return the number of features."""
        return self.z.shape[-1]


def softmax(logits: NDArray) -> NDArray:
    """Return the softmax over the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def errors(w: NDArray, z: NDArray, y: NDArray) -> NDArray:
    """Return chances less labels (..., n, classes), weights (..., classes, width)."""
    return softmax(z @ w.swapaxes(-1, -2)) - y


def gradient(w: NDArray, z: NDArray, y: NDArray) -> NDArray:
    """Return the gradients of mean losses over samples, shape of the weights."""
    return errors(w, z, y).swapaxes(-1, -2) @ z / z.shape[-2]


def loss(w: NDArray, own: Cluster) -> float:
    """Return the mean loss of one model over all devices."""
    chances = softmax(own.z @ w.T)
    return float(-np.log((chances * own.y).sum(axis=-1)).mean())


def draw(rng: np.random.Generator, apart: float, devices: int = DEVICES) -> Cluster:
    """Return a cluster whose gate has all its mass on its own two experts."""
    x = rng.standard_normal((devices, SAMPLES, FEATURES))
    first = rng.uniform(0.2, 0.8, (devices, SAMPLES, 1))
    z = np.concatenate([first * x, (1 - first) * x], axis=-1)
    w = TEACHER * rng.standard_normal((CLASSES, EACH * FEATURES))
    w = w + apart * rng.standard_normal((devices, *w.shape))
    return Cluster(z, labels(rng, z @ w.swapaxes(-1, -2)))


def labels(rng: np.random.Generator, logits: NDArray) -> NDArray:
    """Return labels drawn from the softmax of logits, as one-hot rows."""
    gumbel = -np.log(-np.log(rng.uniform(size=logits.shape)))
    return np.eye(CLASSES)[(logits + gumbel).argmax(axis=-1)]


def optimum(own: Cluster) -> NDArray:
    """Return the weights of the least loss, to a squared gradient of 1e-20."""
    w, rate = np.zeros((CLASSES, own.width)), 1 / smoothness(own)
    ahead, momentum = w, 0.95
    while np.square(step := gradient(ahead, own.z, own.y).mean(axis=0)).sum() > 1e-20:
        w, before = ahead - rate * step, w
        ahead = w + momentum * (w - before)
    return ahead


def smoothness(own: Cluster) -> float:
    """Return L: Hessians are at most half the largest mean square of features."""
    squares = own.z.swapaxes(-1, -2) @ own.z / own.z.shape[-2]
    return float(np.linalg.eigvalsh(squares).max() / 2)


def constants(own: Cluster, starts: list[NDArray], rate: float) -> Constants:
    """Return what the bound knows, the largest of what is seen at some weights."""
    spreads, aparts, squares = [], [], []
    for w in starts:
        each = np.einsum("kni,knj->knij", errors(w, own.z, own.y), own.z)
        means = each.mean(axis=1)
        spreads.append(np.square(each - means[:, None]).sum(axis=(2, 3)).mean(axis=1))
        off = np.square(means - means.mean(axis=0)).sum(axis=(1, 2))
        aparts.append(off.mean())
        squares.append(np.square(each).sum(axis=(2, 3)).max())
    best = optimum(own)
    return Constants(
        smoothness=smoothness(own),
        step_size=rate,
        initial_excess=max(loss(starts[0], own) - loss(best, own), 0.0),
        variance=float(np.max(spreads)) / BATCH,
        dissimilarity=float(np.max(aparts)),
        squared_gradient=float(np.max(squares)),
    )


def walk(
    own: Cluster, start: NDArray, steps: int, gap: int, rate: float, batch: int | None
) -> NDArray:
    """Return |grad F|^2 at the mean of the devices' models, by step, over runs.

    Devices average every ``gap`` steps; without a batch, gradients are exact. The
    gradient is looked at in every eighth step at most.
    """
    rng = np.random.default_rng(SEED)
    devices, many = own.z.shape[:2]
    runs = RUNS if batch else 1
    w = np.broadcast_to(start, (runs, devices, *start.shape)).copy()
    rows, every, seen = np.arange(devices)[:, None], max(steps // 2048, 1), []
    for number in range(steps):
        if number % every == 0:
            mean = w.mean(axis=1)[:, None]
            whole_gradient = gradient(mean, own.z, own.y).mean(axis=1)
            seen.append(np.square(whole_gradient).sum(axis=(1, 2)).mean())
        if batch:
            drawn = rng.integers(many, size=(runs, devices, batch))
            z, y = own.z[rows, drawn], own.y[rows, drawn]
        else:
            z, y = own.z, own.y
        w -= rate * gradient(w, z, y)
        if (number + 1) % gap == 0:
            w[:] = w.mean(axis=1, keepdims=True)
    return np.array(seen)


def slope(x: list[float], y: list[float]) -> float:
    """Return the slope of y over x, both as logarithms, where y is not nothing."""
    seen = [(a, b) for a, b in zip(x, y, strict=True) if b > ROUNDING]
    return float(np.polyfit(*np.log(seen).T, 1)[0])


def by_steps() -> tuple[list[str], list[tuple]]:
    """Measure the mean over the first Q steps, from zero weights."""
    own, gap = draw(np.random.default_rng(SEED), 0.0), 4
    rate = float(largest_step_size(smoothness(own), gap))
    zero = np.zeros((CLASSES, own.width))
    known = constants(own, [zero, optimum(own)], rate)
    most = 2**16
    seen = walk(own, zero, most, gap, rate, BATCH)
    rows = []
    for steps in 2 ** np.arange(8, 17, 2):
        found = seen[: max(int(len(seen) * steps / most), 1)].mean()
        rows.append((int(steps), found, float(progress(known, steps))))
    return ["Q", "measured", "4 (F_0 - F*) / (eta Q)"], rows


def by_devices() -> tuple[list[str], list[tuple]]:
    """Measure the mean over steps from the optimum, of devices with the same data."""
    one = draw(np.random.default_rng(SEED), 0.0, 1)
    best, rows = optimum(one), []
    rate = float(largest_step_size(smoothness(one), 1))
    known = constants(one, [best], rate)
    for count in (1, 2, 4, 8, 16, 32):
        own = Cluster(*(np.repeat(part, count, axis=0) for part in (one.z, one.y)))
        found = walk(own, best, 4096, 1, rate, BATCH)[1024:].mean()
        rows.append((count, found, float(noise(known, count))))
    return ["K", "measured", "2 eta L sigma^2 / K"], rows


def by_gaps() -> tuple[list[str], list[tuple]]:
    """Measure from the optimum, with batches and with exact gradients, by H.

    Step sizes are those that the bound allows for H = 64, and ``LARGER`` times these.
    """
    own = draw(np.random.default_rng(SEED), APART)
    best = optimum(own)
    rate = float(largest_step_size(smoothness(own), 64))
    known, rows = constants(own, [best], rate), []
    ways = ((rate, BATCH), (LARGER * rate, BATCH), (rate, None))
    for gap in (1, 4, 16, 64, 256):
        walks = [walk(own, best, 8192, gap, *way) for way in ways]
        noisy, larger, exact = (one[len(one) // 4 :].mean() for one in walks)
        base = rows[0] if rows else (gap, noisy, 1.0, larger)
        ratios = (noisy / base[1], larger, larger / base[3])
        rows.append((gap, noisy, *ratios, exact, float(drift(known, gap))))
    names = ["H", "measured", "over H = 1", f"steps {LARGER} times as large"]
    names += ["over H = 1", "measured with exact gradients"]
    return [*names, "16 eta^2 L^2 H (sigma^2 + H zeta^2)"], rows


def by_leakage() -> tuple[list[str], list[tuple]]:
    """Measure how far the two gradients are apart where the masked loss is least."""
    rows = []
    for leak in (0.02, 0.05, 0.1, 0.2, 0.4):
        rng = np.random.default_rng(SEED)
        size = (CLUSTERS, DEVICES * SAMPLES)
        x = rng.standard_normal((*size, FEATURES))
        first = rng.uniform(0.2, 0.8, size)
        teachers = TEACHER * rng.standard_normal((EXPERTS, CLASSES, FEATURES))
        gates = np.full((*size, EXPERTS), leak / (EXPERTS - EACH))
        for c in range(CLUSTERS):
            gates[c, :, EACH * c] = (1 - leak) * first[c]
            gates[c, :, EACH * c + 1] = (1 - leak) * (1 - first[c])
        y = labels(rng, np.einsum("cnm,mij,cnj->cni", gates, teachers, x))
        rows.append((leak, *_gap(x, gates, y, leak)))
    return ["epsilon", "measured", "G^2 (epsilon'^2 + epsilon^2)"], rows


def _gap(x: NDArray, gates: NDArray, y: NDArray, leak: float) -> tuple[float, float]:
    """Return the mean over experts of the squared difference, and its term."""
    w = np.zeros((EXPERTS, CLASSES, FEATURES))
    masked, largest = np.zeros_like(w), 0.0
    for c in range(CLUSTERS):
        owns = slice(EACH * c, EACH * (c + 1))
        g = gates[c, :, owns] / gates[c, :, owns].sum(axis=1, keepdims=True)
        z = (g[:, :, None] * x[c][:, None]).reshape(len(g), -1)
        own = Cluster(z[None], y[c][None])
        w[owns] = optimum(own).reshape(CLASSES, EACH, FEATURES).swapaxes(0, 1)
    for c in range(CLUSTERS):
        z = (gates[c][:, :, None] * x[c][:, None]).reshape(len(x[c]), -1)
        flat = w.swapaxes(0, 1).reshape(CLASSES, -1)
        found = gradient(flat, z, y[c]) / CLUSTERS
        masked += found.reshape(CLASSES, EXPERTS, FEATURES).swapaxes(0, 1)
        off = np.square(errors(flat, z, y[c])).sum(axis=1)
        largest = max(largest, float((off * np.square(x[c]).sum(axis=1)).max()))
    # The masked gradient is zero there, so that the whole one is the difference.
    known = Constants(
        smoothness=1.0,
        step_size=1.0,
        initial_excess=0.0,
        variance=0.0,
        dissimilarity=0.0,
        squared_gradient=largest,
    )
    gap = float(np.square(masked).sum(axis=(1, 2)).mean())
    return gap, float(leakage_gap(known, leak, leak))


def table(names: list[str], rows: list[tuple]) -> list[str]:
    """Return rows of a table, with the slope of each column but the first."""
    columns = [[row[n] for row in rows] for n in range(1, len(names))]
    lines = ["| " + " | ".join(names) + " |", "|" + " --- |" * len(names)]
    lines += [f"| {' | '.join(f'{v:.3g}' for v in row)} |" for row in rows]
    x = [row[0] for row in rows]
    slopes = [f"{slope(x, column):.2f}" for column in columns]
    return [*lines, f"| *slope* | {' | '.join(slopes)} |", ""]


def main() -> None:
    """Measure, and write the report."""
    parts = {
        "Progress, by local steps": by_steps(),
        "Noise, by devices": by_devices(),
        "Drift, by steps between contacts": by_gaps(),
        "Leakage, by gate mass outside": by_leakage(),
    }
    lines = ["# The terms of EMS-FL's convergence statement, measured", ""]
    lines += ["Made by `python bench/terms.py`. All columns but the first are squared"]
    lines += ["gradients or ratios of them; slopes are of logarithms.", ""]
    for title, found in parts.items():
        lines += [f"## {title}", "", *table(*found)]
    write_text("\n".join(lines).rstrip() + "\n", REPORT)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
