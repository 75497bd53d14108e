"""The small sky of ``scenes`` for clusters of devices that train experts."""

from dataclasses import replace

import numpy as np
from tests.plans.scenes import scene

from fedorbit.data.homes import Homes
from fedorbit.plans.costs import ModelCard, Part
from fedorbit.plans.strategies.ems import Ems

BLOCK_BITS = 10e6  # of a cluster's two experts: 10 s up for each of two, 10 s down
STEP_S = 6.0
OWN = np.array([[1, 1, 0, 0], [0, 0, 1, 1]], dtype=bool)
ALL = np.ones((2, 4), dtype=bool)
EMS = Ems(
    step_cap=8,
    short_windows="round_robin",
    band="shared",
    is_synchronous=False,
    trains_when_disconnected=True,
    profiled="before",
)


def cluster_scene(
    passes, stations=(), devices=2, expert_bits=BLOCK_BITS / 2, homes=None, **more
):
    """Return a scene with four experts and clusters at A and B, or at A alone."""
    sites = [site for site in "AB" if any(site == one[1] for one in passes)]
    nodes = {f"cluster/{n}": [site] * devices for n, site in enumerate(sites)}
    world = scene(passes, [], stations, homes=homes or Homes.of(nodes), **more)
    part = Part(bits=expert_bits, flop_per_sample=1e-3)
    parts = {f"expert/{number}": part for number in range(4)}
    card = ModelCard(world.card.bits, world.card.flop_per_sample, parts)
    return replace(world, card=card)


def changed(settings, **values):
    """Return settings with other values."""
    return type(settings)(**settings.model_dump() | values)


def upload_bits(plan):
    """Return the bits of models that each client uploads, by operation and client."""
    up = plan.ledger[plan.ledger["sender"].str.startswith("client/")]
    up = up[up["payload"] == "model"]
    return up.groupby(["op", "sender"])["bits"].sum()
