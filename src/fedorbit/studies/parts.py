"""Parts that the settings of a kind of study are composed of.

For example, a study that learns on the ground is described, happens in a scenario with
regions, has strategies that are planned, and a model that learns:

    class LearningStudy(Learned, Planned, OnGround, Described): ...
"""

from typing import Annotated, Any

from pydantic import Field, field_validator

from fedorbit.base.complaints import told
from fedorbit.base.settings import Name, Seeds, Settings, between, by_key
from fedorbit.data.partition import Partition
from fedorbit.learn.model import AnyModel
from fedorbit.learn.settings import Evaluation, Intervals, Training, Work
from fedorbit.orbits.links import Links
from fedorbit.orbits.settings import OrbitScenario, Scenario, Sight, Sites
from fedorbit.plans.costs import Speeds
from fedorbit.plans.scene import Antennas, Clients, SatelliteClients
from fedorbit.plans.strategy import find_strategy, strategy_names
from fedorbit.studies.axes import Sweeps


class Described(Settings):
    """What every study says of itself."""

    kind: Name
    """Which kind of study it is: a file of ``fedorbit.studies.kinds``."""
    description: Annotated[str, Field(max_length=1000)]
    """One sentence on what is studied."""
    method: Annotated[str, Field(max_length=1000)] | None = None
    """What the method that is studied does, for those who do not know it."""
    answer: Name | None = None
    """The figure that the study's page begins with; the first one if not given."""
    provenance: dict[str, str]
    """Where the numbers come from: dotted key, then status and source."""


class GroundScenario(OrbitScenario):
    """When and where: the satellites, the regions, the ground stations."""

    stations: Sites | None = None
    """Ground stations, for the strategies that need them."""


class OpenScenario(Scenario):
    """When and where, for studies whose clients need not be on the ground."""

    regions: Sites | None = None
    """Regions, if satellites are to pass over any."""
    stations: Sites | None = None
    """Ground stations, for the strategies that need them."""
    antennas_per_station: Antennas | None = None
    """How many satellites a station serves at once; any number if not given."""
    crossings: Sight | None = None
    """When satellites of different planes see each other, for strategies that need
    it."""


class OnGround(Settings):
    """Clients that live in regions."""

    scenario: GroundScenario
    """When and where."""
    clients: Clients
    """The devices that train."""


class Aboard(Settings):
    """Clients that live on satellites."""

    scenario: OpenScenario
    """When, which satellites, and where on the ground, if anywhere."""
    clients: SatelliteClients
    """The satellites that train."""


class Planned(Settings):
    """Strategies that compile contacts into plans."""

    links: Links
    """Link budgets."""
    speeds: Speeds = Speeds()
    """How fast nodes compute that are no clients, for strategies that let them."""
    card: Name
    """Model card, a file in ``config/cards``, whose bits and FLOPs set the times."""
    training: Work
    """What a round asks of a client."""
    evaluation: Intervals
    """When models are evaluated."""
    strategies: Annotated[
        dict[str, dict[str, Any]],
        by_key(lambda name: find_strategy(name).settings, strategy_names),
    ] = Field(min_length=1)
    """Settings of each strategy that takes part."""
    sweeps: Sweeps = {}
    """Values that vary, by name of the sweep; a scale may leave one out with null."""
    figures: Annotated[dict[Name, dict[str, Any]], Field(max_length=1000)] = {}
    """Figures of sweeps, by name of the figure."""


class Learned(Settings):
    """A model that learns from data that clients hold."""

    dataset: Name
    """What is learned, a file in ``config/datasets``."""
    partition: Partition
    """Who holds which samples."""
    model: AnyModel
    """The model that learns."""
    training: Training
    """Local training."""
    evaluation: Evaluation
    """When and on what models are evaluated."""
    seeds: Seeds
    """Repetitions, unless ``config.yaml`` names those of all studies."""
    target_accuracy: between(float, 0.001, 0.999)
    """From 0 to 1: what times and bits to a target refer to."""
    claims: Name | None = None
    """The claims of a paper to be judged, a file in ``config/claims``."""

    @field_validator("model")
    @classmethod
    def _has_classes(cls, model: Any) -> Any:
        if model.name == "quadratic":
            raise told(
                "model.name is 'quadratic', which has no accuracy to compare "
                "strategies by; choose a model that classifies.",
                ("name",),
            )
        return model
