"""Do experts find the clusters that they suit, and how much does a gate leak?

    python bench/gates.py

pretrains mixtures of experts on what is held out of synthetic teachers, and of digits
and MNIST in four domains, with gates that start in different ways. It assigns experts
to clusters by the mass of the gate, and writes ``bench/gates.md``: how often this is
the true assignment, and which share of a cluster's gate mass goes to experts of others.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from scipy.optimize import linear_sum_assignment

from fedorbit.data.by_domain import ByDomain, homes_of_domains
from fedorbit.data.datasets import DomainDataset
from fedorbit.data.domain_settings import Domains, Teachers
from fedorbit.data.homes import Homes
from fedorbit.data.partition import partition_samples
from fedorbit.data.prepare import prepare_dataset
from fedorbit.data.teachers import draw_teachers
from fedorbit.learn.model import build_network, parse_model
from fedorbit.learn.pretrain.expert_settings import ExpertPretraining
from fedorbit.learn.pretrain.experts import pretrain_experts
from fedorbit.learn.pretrain.leakage import gate_mass, leakage, recovered

ROOT = Path(__file__).parents[1]
REPORT = Path(__file__).with_suffix(".md")
CLUSTERS, DEVICES, EACH = 4, 5, 2  # experts of a cluster
SAMPLES = 200  # of a device
HELD_OUT = 0.05
IMAGES = 8000  # of MNIST
TURNS = ["upright", "left", "upright_inverted", "left_inverted"]
HOMES = Homes.of({f"cluster/{c}": [f"place {c}"] * DEVICES for c in range(CLUSTERS)})
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


def teachers(seed: int, **changes) -> DomainDataset:
    """Return points of eight teachers, two for each cluster."""
    values = {
        "origin": "drawn for a test",
        "source": "teachers",
        "teachers": CLUSTERS * EACH,
        "classes": 4,
        "features": 8,
        "hidden": 0,
        "train_samples": round(CLUSTERS * DEVICES * SAMPLES / (1 - HELD_OUT)),
        "test_samples": 400,
        "separation": 4.0,
        "held_out": HELD_OUT,
        "seed": seed,
    }
    return draw_teachers(Teachers(**values | changes))


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


def assigned_by(mass: pd.DataFrame) -> dict[str, list[str]]:
    """Return ``EACH`` experts of each cluster, none twice, with the most mass."""
    scores = np.repeat(mass.to_numpy(), EACH, axis=0)
    rows, columns = linear_sum_assignment(scores, maximize=True)
    own: dict[str, list[str]] = {cluster: [] for cluster in mass.index}
    for row, column in zip(rows, columns, strict=True):
        own[mass.index[row // EACH]].append(mass.columns[column])
    return own


def split(
    data: DomainDataset, seed: int, overlap: float, **changes
) -> tuple[bool, float]:
    """Return whether the assignment is the true one, and the mean leakage."""
    network = build_network(parse_model(MODEL), data.shape, data.classes)
    x = torch.from_numpy(np.ascontiguousarray(data.features()[0])).flatten(1)
    y, domains = map(torch.from_numpy, (data.train_y, data.train_domain))
    held = torch.from_numpy(data.held_out)
    how = ExpertPretraining(**PRETRAINING | changes)
    params = pretrain_experts(network, x[held], y[held], domains[held], how, seed)
    dealt = ByDomain(scheme="domains", min_samples=1, size_spread=0.0, overlap=overlap)
    partition = partition_samples(
        data.train_y, HOMES, dealt, [seed], data.train_domain, data.held_out
    )
    by_cluster = {c: g["sample"].to_numpy() for c, g in partition.groupby("cluster")}
    mass = gate_mass(network, params, x, by_cluster)
    assigned = assigned_by(mass)
    of_domain = {
        name: data.held_out[data.train_domain[data.held_out] == number]
        for number, name in enumerate(data.domains)
    }
    by_domain = gate_mass(network, params, x, of_domain)
    homes = homes_of_domains(len(data.domains), CLUSTERS)
    right = {d: HOMES.names[g] for d, g in zip(data.domains, homes, strict=True)}
    found = recovered(by_domain, assigned, right)
    return found, float(leakage(mass, assigned).mean())


def rows_of(kind: str, overlap: float, draws: int) -> list[str]:
    """Return a row of the table for each start of the gate."""
    rows = []
    make = {"teachers": teachers, "digits": turned_digits, "MNIST": turned_mnist}[kind]
    starts = {
        "random": {"gate": "plain", "body_steps": 0, "steps": 0},
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
