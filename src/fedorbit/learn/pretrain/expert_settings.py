"""Settings of central pretraining of a mixture of experts, readable without torch."""

from typing import Literal

from fedorbit.base.settings import BatchSize, Settings, between


class ExpertPretraining(Settings):
    """How a mixture of experts learns on the samples that no client holds.

    First body and head learn, then the gate is started on the body's features, and
    last experts and head learn, and with them a gate that was started plain.
    """

    gate: Literal["plain", "kmeans", "tags"]
    """How the gate starts: drawn, and then it learns; at clusters of the features; or
    taught by the samples' domains to tell these. The last two stay as they are."""
    sharpness: between(float, 1e-6, 1e6)
    """Of a gate at clusters: its scores are minus this times the squared distance to
    their centres, in units of the mean squared one to the nearest."""
    balance: between(float, 0.0, 1e3)
    """Weight of the loss that makes a plain gate use all experts alike."""
    body_steps: between(int, 0, 10**9)
    """Steps of body and head."""
    steps: between(int, 0, 10**9)
    """Steps of experts, head and a plain gate."""
    batch_size: BatchSize
    """Samples in a step, drawn uniformly with replacement."""
    learning_rate: between(float, 1e-12, 1e6)
    """Step size of all steps."""
