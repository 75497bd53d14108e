"""Do experts get to the clusters whose data they suit? Where the truth is known.

Points of teachers lie in clouds, two clouds for each of four clusters, each with a
teacher of its own. The gate knows nothing of this: it is pretrained on points that no
device holds. The assignment is right if every cluster gets the experts that serve its
own clouds.
"""

import numpy as np
import torch
from pandas import DataFrame

from fedorbit.data.by_domain import ByDomain, homes_of_domains
from fedorbit.data.datasets import DomainDataset
from fedorbit.data.domain_settings import Teachers
from fedorbit.data.homes import Homes
from fedorbit.data.partition import partition_samples
from fedorbit.data.teachers import draw_teachers
from fedorbit.learn.model import AnyModel, build_network
from fedorbit.learn.pretrain.expert_settings import ExpertPretraining
from fedorbit.learn.pretrain.experts import pretrain_experts
from fedorbit.learn.pretrain.leakage import gate_mass, leakage, recovered
from fedorbit.plans import names
from fedorbit.theory.experts.assignment import assign

CLUSTERS, DEVICES = 4, 5
SAMPLES = 200  # of a device
HELD_OUT = 0.05
HOMES = Homes.of({names.cluster(c): [f"place {c}"] * DEVICES for c in range(CLUSTERS)})
TEACHERS = {
    "origin": "drawn for a check",
    "source": "teachers",
    "teachers": 2 * CLUSTERS,
    "classes": 4,
    "features": 8,
    "hidden": 0,
    "train_samples": round(CLUSTERS * DEVICES * SAMPLES / (1 - HELD_OUT)),
    "test_samples": 400,
    "separation": 4.0,
    "held_out": HELD_OUT,
}
UNTRAINED = {"gate": "plain", "body_steps": 0, "steps": 0}
"""Settings of pretraining with which the gate stays as it was drawn."""
GATE_ALONE = {"steps": 1}
"""Those with which a gate is as pretraining leaves it, and experts hardly learn."""


def teachers(seed: int, **changes) -> DomainDataset:
    """Return points of eight teachers, with some settings of them changed."""
    return draw_teachers(Teachers(**TEACHERS | {"seed": seed} | changes))


def split(
    data: DomainDataset,
    model: AnyModel,
    how: ExpertPretraining,
    overlap: float,
    seed: int,
) -> tuple[bool, float]:
    """Return whether experts go where their domains are at home, and mean leakage.

    All experts are assigned, as many to each of ``CLUSTERS`` clusters. Draws depend on
    the seed. Raises ``SettingsError`` as ``pretrain_experts`` and ``assign`` do.
    """
    network = build_network(model, data.shape, data.classes)
    x = torch.from_numpy(np.ascontiguousarray(data.features()[0])).flatten(1)
    y, domains = map(torch.from_numpy, (data.train_y, data.train_domain))
    held = torch.from_numpy(data.held_out)
    count = len(data.domains)
    params = pretrain_experts(
        network, x[held], y[held], domains[held], count, how, seed
    )
    dealt = ByDomain(scheme="domains", min_samples=1, size_spread=0.0, overlap=overlap)
    partition = partition_samples(
        data.train_y, HOMES, dealt, [seed], data.train_domain, data.held_out
    )
    by_cluster = {c: g["sample"].to_numpy() for c, g in partition.groupby("cluster")}
    mass = gate_mass(network, params, x, by_cluster)
    assigned = _assigned(mass)
    of_domain = {
        name: data.held_out[data.train_domain[data.held_out] == number]
        for number, name in enumerate(data.domains)
    }
    by_domain = gate_mass(network, params, x, of_domain)
    homes = homes_of_domains(count, CLUSTERS)
    right = {d: HOMES.names[g] for d, g in zip(data.domains, homes, strict=True)}
    found = recovered(by_domain, assigned, right)
    return found, float(leakage(mass, assigned).mean())


def _assigned(mass: DataFrame) -> dict[str, list[str]]:
    """Return the experts of each cluster, as many for each, with the most mass."""
    each = mass.shape[1] // CLUSTERS
    owns = assign(mass.to_numpy(), each, each)
    return {c: list(mass.columns[own]) for c, own in zip(mass.index, owns, strict=True)}
