"""FedMeld without flights is gossip: worked out with numpy on quadratics."""

import numpy as np
import pytest
import torch
from tests.learn.tasks import task
from tests.learn.test_strategies import model
from tests.plans.scenes import scene

from fedorbit.learn.models.quadratic import Quadratic
from fedorbit.plans.strategies.fedmeld import FedMeld, plan_fedmeld

ALPHA, STEPS, ROUNDS = 0.3, 3, 5
CURVATURE = np.array([0.5, 1.0, 2.0])
# Two clients in each region. The second holds its sample twice, so that it counts
# twice and batches leave nothing to chance.
CENTRES = np.array(
    [
        [[1.0, 2.0, -1.0], [4.0, 0.0, 0.5]],
        [[-3.0, 1.0, 2.0], [0.0, -2.0, -4.0]],
        [[2.0, -5.0, 1.0], [-1.0, 3.0, 3.0]],
    ]
)
RING = np.array([[0.0, 1.0], [1.0, 0.0]])
ROW_OF_THREE = np.array([[0.0, 1.0, 0.0], [0.5, 0.0, 0.5], [0.0, 1.0, 0.0]])


def gossip(neighbours: np.ndarray, first_mixing: int) -> np.ndarray:
    """Return the models of all regions after the last round, one in a row."""
    centres = CENTRES[: len(neighbours)]
    now = np.zeros((len(neighbours), 3))
    for number in range(1, ROUNDS + 1):
        rate = 0.5 / (1 + (number - 1) / 4)
        own = np.repeat(now[:, None], 2, axis=1)
        for _ in range(STEPS):
            own = own - rate * CURVATURE * (own - centres)
        mean = own[:, 0] / 3 + 2 * own[:, 1] / 3
        mixed = (1 - ALPHA) * mean + ALPHA * neighbours @ now
        now = mixed if number >= first_mixing else mean
    return now


@pytest.mark.parametrize(("variant", "first"), [("interval", 1), ("pipelined", 2)])
@pytest.mark.parametrize(
    ("regions", "neighbours", "topology"),
    [
        ("AB", RING, {}),
        ("ABC", ROW_OF_THREE, {"topology": "grid", "grid_columns": 3}),
    ],
)
def test_fedmeld_without_flights_is_gossip(
    regions, neighbours, topology, variant, first
):
    passes = [("S1", region, 0, 600) for region in regions]
    world = scene(passes, regions, local_steps=STEPS)
    settings = FedMeld(
        variant=variant, round_interval=1, mixing_ratio=ALPHA, **topology
    )
    held = np.repeat(CENTRES.reshape(-1, 3), [1, 2] * 3, axis=0).astype(np.float32)
    work = task(
        Quadratic(name="quadratic", strong_convexity=0.5, smoothness=2.0),
        train_x=torch.tensor(held),
        train_y=torch.zeros(len(held), dtype=torch.int64),
        samples={
            2 * n + second: np.array([3 * n + 1, 3 * n + 2] if second else [3 * n])
            for n in range(len(regions))
            for second in (0, 1)
        },
    )
    plan = plan_fedmeld(world, settings)
    for region, expected in zip(regions, gossip(neighbours, first), strict=True):
        found = model(plan, work, f"region/{region}", ROUNDS)["head.point"]
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)
