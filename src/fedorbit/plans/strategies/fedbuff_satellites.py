"""FedBuff of satellites: a server at the stations steps whenever a few have come.

J. Nguyen, K. Malik, H. Zhan, A. Yousefpour, M. Rabbat, M. Malek and D. Huba,
"Federated Learning with Buffered Asynchronous Aggregation",
https://arxiv.org/abs/2106.06639, Algorithm 1 with the discount of its experiments, for
satellites as in G. R. Kim, F. Svoboda and N. D. Lane, "Bringing Federated Learning to
Space", https://arxiv.org/abs/2511.14889, and in its public code FLySTacK,
gkim65/federated-satellites.

A satellite that comes over a station brings its model, fetches the server's as it is
at that moment, and goes on from that. It never waits for others. The server waits for
``buffer_size`` models, and takes the mean of their changes as a step.

Adapted: the published code lets the server wait for the first satellites that it has
met (``fedBuffSat``) or, if scheduled, for the first that have come twice
(``fedBuff2Sat``), which is what an asynchronous server does anyway. Here that is the
plain way. ``scheduled`` is ours, in the manner of the others of that code: the server
hands out a model only if it would be back, by the contact table, before others fill
the buffer. Who would be too late waits until then, so that fewer updates are stale and
fewer bits are sent; who is always slow learns seldom.
"""

import heapq
from collections.abc import Iterable

from fedorbit.base.errors import TooShort
from fedorbit.base.settings import Rounds, between
from fedorbit.plans import names
from fedorbit.plans.moves.aboard import Aboard
from fedorbit.plans.moves.fleet import Fleet
from fedorbit.plans.moves.server import Server
from fedorbit.plans.moves.star import discount
from fedorbit.plans.moves.stations import Pass
from fedorbit.plans.moves.visits import Turns, Visits
from fedorbit.plans.plan import Plan
from fedorbit.plans.scene import Scene
from fedorbit.plans.strategy import Needs, Strategy


class FedBuffSatellites(Aboard):
    """The settings of FedBuff of satellites."""

    scheduled: bool
    """Whether a satellite trains only if it can be back before the next step."""
    buffer_size: between(int, 1, 10_000)
    """Updates that the server waits for, K."""
    server_rate: between(float, 1e-6, 1e6)
    """Length of the server's step along the mean change, eta_g."""
    staleness_exponent: between(float, 0.0, 100.0)
    """How fast the weight of a change falls with staleness; 0.5 in the paper."""
    rounds: Rounds
    """Steps of the server, or as many as fit."""


def plan_fedbuff_satellites(scene: Scene, settings: FedBuffSatellites) -> Plan:
    """Return the plan of FedBuff of satellites.

    Raises ``SettingsError`` without stations, ``TooShort`` if the buffer never fills.
    """
    visits = Visits(Fleet(scene), settings)
    server = Server(visits)
    buffer, turns = _Buffer(server, settings), Turns(visits)
    for satellite in visits.fleet.plane_of:
        turns.ask(satellite, "up", 0.0)
    for satellite, way, found in turns:
        buffer.take_in(found.start_s)
        if server.version == settings.rounds:
            break
        if way == "down":
            turns.take(satellite, way, found)
            buffer.expect(found)
            turns.ask(satellite, "up", found.end_s)
            continue
        back = visits.back(satellite, found.end_s)
        if back.down is None:
            continue
        if settings.scheduled:
            full_s = buffer.full_before_s(back.down.end_s, turns.due_s.values())
            if full_s is not None:
                turns.ask(satellite, "up", full_s)
                continue
        turns.take(satellite, way, found)
        server.hand_out(satellite, found, back, buffer.start(satellite))
        turns.ask(satellite, "down", back.from_s)
    buffer.take_in(scene.horizon_s)
    if server.version == 0:
        raise TooShort(
            f"fewer than buffer_size = {settings.buffer_size} satellites fetch a model "
            f"and bring theirs in {scene.horizon_s / 3600:g} h; lengthen "
            "scenario.hours, add a ground station or lower buffer_size."
        )
    server.evaluate()
    return server.plan.build()


class _Buffer:
    """Updates on their way, and those for which the server has not yet stepped."""

    def __init__(self, server: Server, settings: FedBuffSatellites) -> None:
        self._server, self._settings = server, settings
        self._sent: list[tuple[float, str, Pass]] = []
        self._waiting: list[tuple[str, str, int]] = []
        """Slots of update and base, and the base's version."""
        self._trained: dict[str, int] = {}
        """How often each satellite has trained."""
        self._base: dict[str, tuple[str, int]] = {}
        """Slot and version of the model that each satellite has."""

    def start(self, satellite: str) -> int:
        """Return the round in which a satellite trains the model of now."""
        self._trained[satellite] = self._trained.get(satellite, 0) + 1
        self._base[satellite] = self._server.slot, self._server.version
        return self._trained[satellite]

    def expect(self, down: Pass) -> None:
        """Note that an update is on its way."""
        heapq.heappush(self._sent, (down.end_s, down.satellite, down))

    def full_before_s(self, time_s: float, due_s: Iterable[float]) -> float | None:
        """Return when the buffer fills without one that comes at a time, if it does.

        ``due_s`` is when those will come that are not yet on their way.
        """
        missing = self._settings.buffer_size - len(self._waiting)
        known_s = sorted([*due_s, *(end_s for end_s, _, _ in self._sent)])
        if len(known_s) < missing or known_s[missing - 1] > time_s:
            return None
        return known_s[missing - 1]

    def take_in(self, until_s: float) -> None:
        """Add what comes until a time, and the server's steps for it."""
        rounds = self._settings.rounds
        while self._sent and self._sent[0][0] <= until_s:
            if self._server.version < rounds:
                self._add(heapq.heappop(self._sent)[2])
            else:
                self._sent.clear()

    def _add(self, down: Pass) -> None:
        server, satellite = self._server, down.satellite
        own = names.client(server.visits.client_of[satellite])
        number = self._trained[satellite]
        slot, came_s = names.update(own, number), (down.end_s, down.end_s)
        op = server.plan.mix(slot, {own: 1.0}, came_s, number)
        server.brought(op, down)
        self._waiting.append((slot, *self._base[satellite]))
        if len(self._waiting) == self._settings.buffer_size:
            self._step(down.end_s)

    def _step(self, at_s: float) -> None:
        server, weights, oldest = self._server, {names.GROUND: 1.0}, 0
        for slot, base, version in self._waiting:
            staleness = server.version - version
            part = discount(staleness, self._settings.staleness_exponent)
            part *= self._settings.server_rate / len(self._waiting)
            weights[slot] = part
            weights[base] = weights.get(base, 0.0) - part
            oldest = max(oldest, staleness)
        self._waiting.clear()
        server.change(weights, at_s, staleness=oldest)
        interval = server.visits.fleet.scene.evaluation_interval
        if server.version % interval == 0:
            server.evaluate()


STRATEGY = Strategy(
    FedBuffSatellites,
    plan_fedbuff_satellites,
    lambda settings: Needs(stations=True, features=settings.learns == "head"),
)
