"""What every strategy plans with: the sky, the clients and the work of a round."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from fedorbit.base.errors import SettingsError
from fedorbit.base.settings import Settings
from fedorbit.orbits.links import Links
from fedorbit.plans.isls import Isls
from fedorbit.plans.scmr.solution import Meld
from fedorbit.plans.sky import Sky


class Clients(Settings):
    """The devices on the ground."""

    per_region: PositiveInt
    """Clients in each region."""
    compute_flop_s: PositiveFloat
    """Floating-point operations per second that a client sustains."""
    participants_per_round: PositiveInt | None = None
    """Clients of each region that train in a round; all of them if not given."""
    participation_seed: NonNegativeInt = Field(default=0, lt=2**32)
    """Sets which clients take part in which round."""
    region_weights: dict[str, PositiveFloat] | None = None
    """What each region counts where regions are averaged; the same if not given."""

    @model_validator(mode="after")
    def _can_take_part(self) -> Self:
        wanted = self.participants_per_round
        if wanted is not None and wanted > self.per_region:
            raise ValueError(
                f"participants_per_round is {wanted}, but a region has "
                f"{self.per_region} clients; lower it or raise per_region"
            )
        return self


class SceneSettings(Settings):
    """What a scene takes from a study and its model card."""

    hours: PositiveFloat
    """Simulated hours."""
    links: Links
    """Link budgets."""
    clients: Clients
    """The devices that train."""
    model_bits: PositiveFloat
    """Size of the card's model on a link."""
    flop_per_sample: PositiveFloat
    """Operations that the card's model takes to train on a sample."""
    local_steps: PositiveInt
    """Steps of a client in a round."""
    batch_size: PositiveInt
    """Samples of each step."""
    evaluation_interval: PositiveInt
    """Rounds from one evaluation to the next."""


@dataclass(frozen=True)
class Scene:
    """What every strategy plans with: the sky, the clients and the work of a round."""

    sky: Sky
    links: Links
    regions: list[str]
    """In the order of the ring."""
    stations: list[str]
    clients_per_region: int
    horizon_s: float
    model_bits: float
    compute_s: float
    """Time that a client needs for the local steps of one round."""
    local_steps: int
    evaluation_interval: int
    """Rounds from one evaluation of the regional models to the next; besides, they
    are evaluated after every exchange between regions."""
    participants_per_round: int | None = None
    """Clients of a region that train in a round, all if ``None``."""
    participation_seed: int = 0
    region_weights: Mapping[str, float] | None = None
    """What regions count in averages, in any unit; the same if ``None``."""
    isls: Isls | None = None
    """Links between satellites, for the strategies that need them."""
    meld: Meld | None = None
    """The solution of SC-MR, for the strategy that needs it."""
    proximal: float = 0.0
    """The ``proximal`` of trainings, which a strategy may set."""

    @classmethod
    def of(
        cls,
        contacts: pd.DataFrame,
        regions: list[str],
        stations: list[str],
        settings: SceneSettings,
        isls: Isls | None = None,
        meld: Meld | None = None,
    ) -> Self:
        """Return the scene of a study.

        With ``isls``, only satellites that have links to others take part. Raises
        ``SettingsError`` if the weights are not those of the regions.
        """
        clients = settings.clients
        weights = clients.region_weights
        if weights is not None and set(weights) != set(regions):
            raise SettingsError(
                f"clients.region_weights names {', '.join(weights)}, but the regions "
                f"are {', '.join(regions)}; give each region one weight."
            )
        samples = settings.local_steps * settings.batch_size
        return cls(
            sky=Sky(contacts if isls is None else isls.linked(contacts)),
            links=settings.links,
            regions=regions,
            stations=stations,
            clients_per_region=clients.per_region,
            horizon_s=3600 * settings.hours,
            model_bits=settings.model_bits,
            compute_s=samples * settings.flop_per_sample / clients.compute_flop_s,
            local_steps=settings.local_steps,
            evaluation_interval=settings.evaluation_interval,
            participants_per_round=clients.participants_per_round,
            participation_seed=clients.participation_seed,
            region_weights=weights,
            isls=isls,
            meld=meld,
        )

    @property
    def uploaders(self) -> int:
        """Return how many clients of a region train and upload in a round."""
        return self.participants_per_round or self.clients_per_region

    @property
    def weights(self) -> dict[str, float]:
        """Return the weight of each region in an average; they sum to one."""
        given = self.region_weights or dict.fromkeys(self.regions, 1.0)
        total = math.fsum(given.values())
        return {region: given[region] / total for region in self.regions}

    def clients(self, region: str) -> list[int]:
        """Return the numbers of a region's clients."""
        first = self.regions.index(region) * self.clients_per_region
        return list(range(first, first + self.clients_per_region))

    def participants(self, region: str, number: int) -> list[int]:
        """Return the clients of a region that train in a round, in order.

        They are drawn without replacement by the seed, the region and the round, so
        that all strategies draw the same.
        """
        clients = self.clients(region)
        if self.uploaders == len(clients):
            return clients
        key = [(self.participation_seed << 32) + self.regions.index(region), number]
        rng = np.random.Generator(np.random.Philox(key=key))
        drawn = rng.choice(clients, self.uploaders, replace=False)
        return sorted(int(client) for client in drawn)
