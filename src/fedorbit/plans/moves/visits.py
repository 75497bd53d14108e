"""Satellites that come over stations to fetch a server's model and to bring their own.

A satellite fetches a model in a pass, trains on board, and brings its own in a later
one, as soon as it can. So a pass is one contact: what is trained before it ends waits
for the next, or the server would learn from those that are overhead, many times a pass.
After it has brought its model, a satellite can fetch another in the same pass.
Satellites send nothing to one another.
"""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from fedorbit.base.errors import SettingsError
from fedorbit.plans.moves.aboard import Aboard, frozen_flop, scope_of
from fedorbit.plans.moves.fleet import Fleet
from fedorbit.plans.moves.stations import Antennas, Pass
from fedorbit.plans.sky import NEVER

Way = Literal["up", "down"]
Steps = Callable[["Visits", str, float, float], int]
"""From a satellite, when it can train, and how long a step takes, to local steps."""


@dataclass(frozen=True)
class Return:
    """The local steps of a satellite, and how it brings their result."""

    steps: int
    trained_s: float
    from_s: float
    """When it has trained and a new pass has begun."""
    down: Pass | None
    """The soonest transfer from then on, as antennas are taken now."""


def steps_of_scene(
    visits: "Visits", satellite: str, from_s: float, step_s: float
) -> int:
    """Return the local steps of the study, the same for all."""
    return visits.fleet.scene.local_steps


class Visits:
    """What satellites do between two contacts with a server at the stations.

    The stations share the server, which has its models at all of them at once.
    """

    def __init__(
        self, fleet: Fleet, settings: Aboard, steps: Steps = steps_of_scene
    ) -> None:
        """Take what learns and how many local steps there are.

        Raises ``SettingsError`` without stations.
        """
        scene, self.fleet = fleet.scene, fleet
        fleet.refuse_batteries()
        if not scene.stations:
            raise SettingsError(
                "satellites are to meet a server at ground stations, but there are "
                "none; add some to scenario.stations."
            )
        self.scope = scope_of(scene, settings.learns)
        self.bits = scene.bits(self.scope)
        self.client_of = {scene.homes.node(c): c for c in range(len(scene.homes))}
        self.antennas = Antennas(scene)
        self._steps = steps
        before_flop = frozen_flop(scene, settings)
        step_flop = scene.card.step_flop(self.scope, has_inputs=True)
        self._features_s = 0.0
        if settings.cached:
            self._features_s = fleet.compute_s(fleet.samples() * before_flop)
        else:
            step_flop += before_flop
        self._step_s = fleet.compute_s(scene.batch_size * step_flop)

    def contact(self, satellite: str, way: Way, from_s: float) -> Pass | None:
        """Return the soonest transfer of a model one way; ``None`` if there is none."""
        scene = self.fleet.scene
        link = scene.links.feeder_up if way == "up" else scene.links.feeder_down
        found = self.antennas.soonest_of(satellite, link, from_s, self.bits)
        return found if found and found.end_s <= scene.horizon_s else None

    def back(self, satellite: str, fetched_s: float) -> Return:
        """Return what a satellite makes of the model that it has from a time on.

        With a cache it makes its features from the scenario's start on.
        """
        begin_s = max(fetched_s, self._features_s)
        steps = self._steps(self, satellite, begin_s, self._step_s)
        trained_s = begin_s + steps * self._step_s
        from_s = max(trained_s, self.next_rise_s(satellite, fetched_s))
        return Return(steps, trained_s, from_s, self.contact(satellite, "down", from_s))

    def next_rise_s(self, satellite: str, after_s: float) -> float:
        """Return when the next pass in which a satellite can send its model begins."""
        sky, down = self.fleet.scene.sky, self.fleet.scene.links.feeder_down
        for row in self.antennas.passes_of(satellite, after_s):
            rise_s = float(sky.rise_s[row])
            if rise_s > after_s and sky.finish_s(row, down, rise_s, self.bits) < NEVER:
                return rise_s
        return NEVER


class Turns:
    """Contacts that satellites ask for, in the order in which they start.

    Who has started keeps the antenna until the end, and nobody else waits for one that
    is free.
    """

    def __init__(self, visits: Visits) -> None:
        self._visits = visits
        self._asked: list[tuple[float, int, str, Way, float]] = []
        self.due_s: dict[str, float] = {}
        """When models on board will be down, by satellite, if nothing is in the way."""

    def ask(self, satellite: str, way: Way, from_s: float) -> None:
        """Ask for the soonest contact of a satellite from a time on, if any is left."""
        found = self._visits.contact(satellite, way, from_s)
        if way == "down":
            self.due_s.pop(satellite, None)
        if found is not None:
            number = self._visits.client_of[satellite]
            one = found.start_s, number, satellite, way, from_s
            heapq.heappush(self._asked, one)
            if way == "down":
                self.due_s[satellite] = found.end_s

    def __iter__(self) -> Iterator[tuple[str, Way, Pass]]:
        """Yield contacts; those that take place are to be booked with ``take``."""
        while self._asked:
            start_s, _, satellite, way, from_s = heapq.heappop(self._asked)
            found = self._visits.contact(satellite, way, from_s)
            if found is not None and found.start_s <= start_s:
                yield satellite, way, found
            else:
                self.ask(satellite, way, from_s)

    def take(self, satellite: str, way: Way, found: Pass) -> None:
        """Book the antenna of a contact."""
        self._visits.antennas.book(found)
        if way == "down":
            del self.due_s[satellite]
