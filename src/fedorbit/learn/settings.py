"""Settings of training and evaluation, readable without importing torch."""

from typing import Annotated, Literal

from pydantic import Field

from fedorbit.base.settings import BatchSize, Rounds, Samples, Settings, Steps, between


class Constant(Settings):
    """The same step size in all rounds."""

    name: Literal["constant"]
    """Which schedule."""


class Inverse(Settings):
    """The step size falls as one over the rounds, the theory's beta / (t + gamma)."""

    name: Literal["inverse"]
    """Which schedule."""
    half_life_rounds: between(float, 1e-3, 1e9)
    """Rounds after which it is half the first: it is that of the first round divided
    by 1 + (round - 1) / half_life_rounds."""


class Cosine(Settings):
    """The step size falls to zero along half a cosine (arXiv 1608.03983)."""

    name: Literal["cosine"]
    """Which schedule."""
    rounds: Rounds
    """Rounds until it is zero, and stays so."""


Schedule = Annotated[Constant | Inverse | Cosine, Field(discriminator="name")]
"""How the step size changes from round to round."""


class Work(Settings):
    """What a round asks of a client."""

    local_steps: Steps
    """Steps in a round, E."""
    batch_size: BatchSize
    """Samples in a step, drawn uniformly with replacement from the client's own."""


class Training(Work):
    """Stochastic gradient descent at each client."""

    learning_rate: between(float, 1e-12, 1e6)
    """Step size of the first round."""
    schedule: Schedule
    """Step sizes of the later rounds."""
    momentum: float = Field(ge=0, lt=1)
    """Share of the last step that is added to the next; zero at a round's start."""
    weight_decay: between(float, 0.0, 1e6)
    """Strength mu of the penalty mu / 2 times the squared norm of all parameters."""
    augmentation: Literal["none", "shift", "shift_flip"]
    """Images are shifted by up to an eighth of their width, or also mirrored."""
    precision: Literal["float32", "bfloat16"]
    """Number format of the matrix products; parameters are always float32."""


class Intervals(Settings):
    """When models are evaluated."""

    interval_rounds: Rounds
    """Rounds from one evaluation to the next, besides those at every exchange."""


class Evaluation(Intervals):
    """When and on what models are evaluated."""

    samples: Samples
    """At most so many test samples, the same ones each time; the last evaluation of
    each model takes all."""


class Engine(Settings):
    """How jobs run; ``checkpoint_operations`` touches no result."""

    device: Literal["auto", "cpu", "cuda"]
    """Where to learn; auto takes a GPU if there is one."""
    numerics: Literal["portable", "fast"]
    """Whether all jobs make the same bytes on every x86-64 processor, or are fast."""
    checkpoint_operations: between(int, 1, 10**9)
    """Operations from one checkpoint to the next."""
