"""What every strategy plans with: the sky, the clients and the work of a round."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Self

import numpy as np
import pandas as pd
from pydantic import model_validator

from fedorbit.base.errors import SettingsError
from fedorbit.base.settings import (
    BatchSize,
    Rounds,
    Samples,
    Seed,
    Settings,
    Steps,
    between,
)
from fedorbit.data.homes import Homes
from fedorbit.orbits.links import Links
from fedorbit.orbits.settings import Hours
from fedorbit.plans import names
from fedorbit.plans.costs import ALL, Bits, Flop, FlopPerSecond, ModelCard, Part, Speeds
from fedorbit.plans.crossings import Crossings
from fedorbit.plans.isls import Isls
from fedorbit.plans.moves.energy import Battery
from fedorbit.plans.plan import TEST
from fedorbit.plans.scmr.solution import Solution
from fedorbit.plans.sky import Sky
from fedorbit.plans.splitting import Splitting

ClientCount = between(int, 1, 100_000)
"""Clients of a group."""
Antennas = between(int, 1, 10_000)
"""How many satellites a station serves at once."""
BitsPerNumber = between(int, 1, 1000)
"""Size of a number on a link."""


class Devices(Settings):
    """What clients do, wherever they live."""

    compute_flop_s: FlopPerSecond
    """Floating-point operations per second that a client sustains."""
    participants_per_round: ClientCount | None = None
    """Clients of each group that train in a round; all of them if not given."""
    participation_seed: Seed = 0
    """Sets which clients take part in which round."""
    region_weights: dict[str, between(float, 1e-12, 1e12)] | None = None
    """What each group counts where groups are averaged; the same if not given."""


class SatelliteClients(Devices):
    """Satellites that hold data and train, each of them a client of its plane."""

    home: Literal["satellites"]
    """Where clients live."""
    least_per_plane: ClientCount = 1
    """Planes with fewer satellites take no part."""
    samples: Samples | None = None
    """Samples that each satellite holds where times count, for strategies that compute
    on all of them once."""
    bits_per_number: BitsPerNumber = 32
    """Size of a number of an embedding, a feature or a gradient on a link."""
    raw_bits_per_number: BitsPerNumber = 16
    """Size of a number of a raw sample on a link."""
    battery: Battery | None = None
    """The energy budget of each satellite; energy is no matter if not given."""


class Clients(Devices):
    """The devices on the ground."""

    home: Literal["regions"] = "regions"
    """Where clients live."""
    per_region: ClientCount
    """Clients in each region."""

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

    hours: Hours
    """Simulated hours."""
    links: Links
    """Link budgets."""
    clients: Clients | SatelliteClients
    """The devices that train."""
    model_bits: Bits
    """Size of the card's model on a link."""
    flop_per_sample: Flop
    """Operations that the card's model takes to train on a sample."""
    local_steps: Steps
    """Steps of a client in a round."""
    batch_size: BatchSize
    """Samples of each step."""
    evaluation_interval: Rounds
    """Rounds from one evaluation to the next."""
    parts: dict[str, Part] = {}
    """Parts of the card's model, for strategies that send or train parts."""
    sample_numbers: between(int, 0, 10**15) = 0
    """Numbers of a raw sample of the card."""
    speeds: Speeds = Speeds()
    """How fast nodes compute that are no clients."""
    antennas_per_station: Antennas | None = None
    """How many satellites a station serves at once; any number if not given."""
    learns: list[str] = list(ALL)
    """The parts that learn; all else is frozen, and everywhere from the beginning."""


@dataclass(frozen=True)
class Scene:
    """What every strategy plans with: the sky, the clients and the work of a round."""

    sky: Sky
    links: Links
    homes: Homes
    """Who the clients are. Where groups are regions, they are in the ring's order."""
    stations: list[str]
    horizon_s: float
    card: ModelCard
    """What the model costs that sets bits and times."""
    compute_flop_s: float
    """Floating-point operations per second that a client sustains."""
    local_steps: int
    batch_size: int
    """Samples of each local step."""
    evaluation_interval: int
    """Rounds from one evaluation of the regional models to the next; besides, they
    are evaluated before and after every exchange between regions."""
    participants_per_round: int | None = None
    """Clients of a region that train in a round, all if ``None``."""
    participation_seed: int = 0
    region_weights: Mapping[str, float] | None = None
    """What groups count in averages, in any unit; the same if ``None``."""
    speeds: Speeds = Speeds()
    isls: Isls | None = None
    """Links between satellites, for the strategies that need them."""
    crossings: Crossings | None = None
    """Windows between satellites of different planes, for strategies that need them."""
    scmr: Solution | None = None
    """The solution of SC-MR, for the strategy that needs it."""
    law: Solution | None = None
    """The mixing ratio of our law, for the strategy that needs it."""
    experts: Splitting | None = None
    """Which experts clusters have, for strategies that need it."""
    antennas_per_station: int | None = None
    """How many satellites a station serves at once, any number if ``None``."""
    sunlight: pd.DataFrame | None = None
    """Columns ``satellite, time_s, share``: how much of the Sun each one sees."""
    aboard: SatelliteClients | None = None
    """What clients on satellites have on board, ``None`` for clients on the ground."""
    proximal: float = 0.0
    """The ``proximal`` of trainings, which a strategy may set."""
    learns: tuple[str, ...] = ALL
    """What learns and is sent where a strategy does not say which parts: of a mixture
    the experts, else the whole model."""

    @classmethod
    def of(
        cls,
        contacts: pd.DataFrame,
        homes: Homes,
        stations: list[str],
        settings: SceneSettings,
        isls: Isls | None = None,
        crossings: Crossings | None = None,
        scmr: Solution | None = None,
        law: Solution | None = None,
        experts: Splitting | None = None,
        sunlight: pd.DataFrame | None = None,
    ) -> Self:
        """Return the scene of a study.

        With ``isls``, only satellites that have links to others take part. Raises
        ``SettingsError`` if the weights are not those of the groups, or if a group has
        fewer clients than are to take part.
        """
        clients = settings.clients
        _check_groups(clients, homes)
        return cls(
            sky=Sky(contacts if isls is None else isls.linked(contacts)),
            links=settings.links,
            homes=homes,
            stations=stations,
            horizon_s=3600 * settings.hours,
            card=ModelCard(
                settings.model_bits,
                settings.flop_per_sample,
                settings.parts,
                settings.sample_numbers,
            ),
            compute_flop_s=clients.compute_flop_s,
            local_steps=settings.local_steps,
            batch_size=settings.batch_size,
            evaluation_interval=settings.evaluation_interval,
            participants_per_round=clients.participants_per_round,
            participation_seed=clients.participation_seed,
            region_weights=clients.region_weights,
            speeds=settings.speeds,
            isls=isls,
            crossings=crossings,
            scmr=scmr,
            law=law,
            experts=experts,
            sunlight=sunlight,
            antennas_per_station=settings.antennas_per_station,
            aboard=clients if isinstance(clients, SatelliteClients) else None,
            learns=tuple(settings.learns),
        )

    @cached_property
    def regions(self) -> list[str]:
        """Return the names of the regions, in the order of the ring, if there are."""
        return self.homes.names if self.homes.kind == names.REGION else []

    @cached_property
    def satellites(self) -> frozenset[str]:
        """Return all satellites that have passes or links to others."""
        linked = [] if self.isls is None else self.isls.satellites
        return frozenset([*self.sky.satellite, *linked])

    def bits(self, scope: Sequence[str] = ALL) -> float:
        """Return the size of the model, or of some of its parts, on a link."""
        return self.card.bits_of(scope)

    def work(self, scope: Sequence[str] = ALL) -> float:
        """Return the operations of a client's local steps on the model or on parts."""
        samples = self.local_steps * self.batch_size
        return samples * self.card.flop_per_sample_of(scope)

    def seconds(self, work: float, node: str) -> float:
        """Return how long a client, a satellite or a station takes for operations.

        Clients have their own speed, on satellites, too. Raises ``SettingsError`` if
        the study does not say how fast a satellite or a station computes.
        """
        if names.is_client(node):
            return work / self.compute_flop_s
        kind = "station" if node in self.stations else "satellite"
        flop_s = getattr(self.speeds, f"{kind}_flop_s")
        if flop_s is None:
            raise SettingsError(
                f"the {kind} {node!r} is to compute, but speeds.{kind}_flop_s is not "
                "given; add it."
            )
        return work / flop_s

    @cached_property
    def model_bits(self) -> float:
        """Return the size of what learns on a link."""
        return self.bits(self.learns)

    @cached_property
    def compute_s(self) -> float:
        """Return the time that a client needs for the local steps of one round."""
        return self.work() / self.compute_flop_s

    @property
    def weights(self) -> dict[str, float]:
        """Return the weight of each group in an average by name; they sum to one."""
        given = self.region_weights or dict.fromkeys(self.homes.names, 1.0)
        total = math.fsum(given.values())
        return {name: given[name] / total for name in self.homes.names}

    @property
    def group_weights(self) -> dict[str, float]:
        """Return the weights by the slots of the groups' models."""
        return dict(zip(self.homes.groups, self.weights.values(), strict=True))

    def node(self, name: str) -> str:
        """Return the site or satellite that a client is at, or the node itself."""
        return self._client_nodes.get(name, name)

    @cached_property
    def _client_nodes(self) -> dict[str, str]:
        return names.client_nodes(self.homes)

    def sender(self, name: str) -> str:
        """Return the satellite of a client that is on one, or the node itself.

        Clients on the ground send under their own names, those on satellites as these.
        """
        return self._clients_on_board.get(name, name)

    @cached_property
    def _clients_on_board(self) -> dict[str, str]:
        satellites = self.satellites
        return {c: at for c, at in self._client_nodes.items() if at in satellites}

    def tests(self, group: str) -> str:
        """Return the test samples that the model of a group, a slot, is evaluated on.

        Those for whom a mixture of experts learns have data of their own kinds, and so
        tests of the same kinds.
        """
        return TEST if self.learns == ALL else group

    def clients(self, region: str) -> list[int]:
        """Return the numbers of a region's clients."""
        return self.homes.clients(names.region(region))

    def uploaders(self, region: str) -> int:
        """Return how many clients of a region train and upload in a round."""
        return self.participants_per_round or len(self.clients(region))

    def participants(self, region: str, round_number: int) -> list[int]:
        """Return the clients of a region that train in a round, in order.

        They are drawn without replacement by the seed, the region and the round, so
        that all strategies draw the same.
        """
        clients = self.clients(region)
        if self.uploaders(region) == len(clients):
            return clients
        position = self.regions.index(region)
        key = [(self.participation_seed << 32) + position, round_number]
        rng = np.random.Generator(np.random.Philox(key=key))
        drawn = rng.choice(clients, self.uploaders(region), replace=False)
        return sorted(int(client) for client in drawn)


def _check_groups(clients: Devices, homes: Homes) -> None:
    """Raise ``SettingsError`` unless weights and participants suit the groups."""
    weights, kind = clients.region_weights, homes.kind
    if weights is not None and set(weights) != set(homes.names):
        raise SettingsError(
            f"clients.region_weights names {', '.join(weights)}, but the {kind}s "
            f"are {', '.join(homes.names)}; give each {kind} one weight."
        )
    wanted = clients.participants_per_round
    if wanted is not None and wanted > min(homes.sizes):
        raise SettingsError(
            f"clients.participants_per_round is {wanted}, but a {kind} has "
            f"{min(homes.sizes)} clients; lower it."
        )
