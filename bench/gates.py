"""Do experts find the clusters that they suit, and how much does a gate leak?

    python bench/gates.py

pretrains mixtures of experts on what is held out of synthetic teachers, and of digits
and MNIST in four domains, with gates that start in different ways. It assigns experts
to clusters by the mass of the gate, and writes ``bench/gates.md``: how often this is
the true assignment, and which share of a cluster's gate mass goes to experts of others.
"""

from pathlib import Path

import numpy as np

from fedorbit.data.datasets import DomainDataset
from fedorbit.data.domain_settings import Domains
from fedorbit.data.prepare import prepare_dataset
from fedorbit.learn.model import parse_model
from fedorbit.learn.pretrain import recovery
from fedorbit.learn.pretrain.expert_settings import ExpertPretraining
from fedorbit.learn.pretrain.recovery import (
    CLUSTERS,
    DEVICES,
    HELD_OUT,
    SAMPLES,
    UNTRAINED,
    teachers,
)

ROOT = Path(__file__).parents[1]
REPORT = Path(__file__).with_suffix(".md")
EACH = 2  # experts of a cluster
IMAGES = 8000  # of MNIST
TURNS = ["upright", "left", "upright_inverted", "left_inverted"]
MODEL = {
    "name": "experts",
    "hidden": 64,
    "experts": CLUSTERS * EACH,
    "width": 32,
    "active": 2,
    "routing": "masked",
}
PRETRAINING = {
    "gate": "kmeans",
    "sharpness": 5.0,
    "balance": 0.01,
    "body_steps": 100,
    "steps": 1000,
    "batch_size": 16,
    "learning_rate": 0.1,
}


def turned_digits(seed: int) -> DomainDataset:
    """Return the digits of scikit-learn in four domains."""
    return _turned("digits", None, seed)


def turned_mnist(seed: int) -> DomainDataset:
    """Return some images of MNIST in four domains."""
    return _turned("mnist", IMAGES, seed)


def _turned(images: str, samples: int | None, seed: int) -> DomainDataset:
    settings = Domains(
        origin="see config/datasets",
        source="domains",
        images=images,
        train_samples=samples,
        domains=TURNS,
        held_out=HELD_OUT,
        seed=seed,
    )
    return prepare_dataset(settings, ROOT / "data" / "raw")


def split(
    data: DomainDataset, seed: int, overlap: float, **changes
) -> tuple[bool, float]:
    """Return whether the assignment is the true one, and the mean leakage."""
    how = ExpertPretraining(**PRETRAINING | changes)
    return recovery.split(data, parse_model(MODEL), how, overlap, seed)


def rows_of(kind: str, overlap: float, draws: int) -> list[str]:
    """Return a row of the table for each start of the gate."""
    rows = []
    make = {"teachers": teachers, "digits": turned_digits, "MNIST": turned_mnist}[kind]
    starts = {
        "random": UNTRAINED,
        "plain": {"gate": "plain"},
        "k-means": {"gate": "kmeans"},
        "tags": {"gate": "tags"},
    }
    for start, changes in starts.items():
        found = [split(make(s), s, overlap, **changes) for s in range(draws)]
        right, leaks = zip(*found, strict=True)
        numbers = f"{sum(right)} of {draws} | {np.mean(leaks):.3f} | {max(leaks):.3f}"
        rows.append(f"| {kind} | {overlap:g} | {start} | {numbers} |")
        print(rows[-1], flush=True)
    return rows


def main() -> None:
    """Measure, and write the table."""
    rows = [r for overlap in (0.0, 0.2, 0.4) for r in rows_of("teachers", overlap, 20)]
    rows += rows_of("digits", 0.0, 10) + rows_of("MNIST", 0.0, 3)
    text = f"""# Gates of experts before federated learning

Made by `python bench/gates.py`: {CLUSTERS} clusters of {DEVICES} devices, {EACH} of
{CLUSTERS * EACH} experts each, top-2, {HELD_OUT:.0%} of the samples for pretraining. \
Teachers have {SAMPLES} samples a device,
8 features and separation 4. Leakage is the mean over clusters; of all gate mass of a
cluster, its overlap alone leaks about as much. A random gate has not learned. Images
are digits, and {IMAGES:,} of MNIST. There k-means may give three experts to one domain
and one to another: then no assignment of {EACH} each is the true one.

| data | overlap | gate | assignment is the true one | leakage, mean | largest |
| --- | --- | --- | --- | --- | --- |
"""
    REPORT.write_text(text + "\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
