"""Planes of satellites that learn: who is in them, and what goes around their rings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from numpy.typing import NDArray

from fedorbit.base.errors import Infeasible, SettingsError, TooShort
from fedorbit.data.homes import ORBIT
from fedorbit.plans import names
from fedorbit.plans.moves.energy import Load, Power
from fedorbit.plans.moves.rings import (
    Chunk,
    Gathered,
    all_gather,
    all_gather_in_chain,
    open_at_gap,
    scatter,
    send,
    share_heads,
    shorter_line,
)
from fedorbit.plans.plan import MODEL, TEST, PlanBuilder
from fedorbit.plans.scene import Scene
from fedorbit.plans.sky import NEVER
from fedorbit.plans.windows import Windows

SMALL_BITS = 1e6
"""Of less than this, parts cost more light time than they save: 1,000 km at 1 Gbit/s
are 3 Mbit."""


@dataclass(frozen=True)
class Sent:
    """A transfer that has not yet found its operation."""

    link: str
    sender: str
    receiver: str
    start_s: float
    end_s: float
    bits: float
    payload: str = MODEL


def add_sent(plan: PlanBuilder, op: int, sent: Sequence[Sent]) -> None:
    """Add transfers to the ledger, for one operation."""
    for one in sent:
        ends, times_s = (one.sender, one.receiver), (one.start_s, one.end_s)
        plan.transfer(op, one.link, *ends, times_s, one.bits, payload=one.payload)


def over_ring(gathered: Gathered, payload: str = MODEL) -> list[Sent]:
    """Return what went around a ring as transfers."""
    return [
        Sent("isl", h.sender, h.receiver, h.start_s, h.end_s, h.bits, payload)
        for h in gathered.hops
    ]


class Fleet:
    """The planes of a scene whose clients are satellites."""

    def __init__(self, scene: Scene) -> None:
        """Raises ``Infeasible`` if clients are not on satellites, in planes."""
        if scene.homes.kind != ORBIT or scene.aboard is None:
            raise Infeasible(
                f"clients are grouped by {scene.homes.kind}, but the strategy is for "
                "satellites that learn; choose another strategy or other homes."
            )
        if scene.participants_per_round is not None:
            raise SettingsError(
                "clients.participants_per_round is "
                f"{scene.participants_per_round}, but all satellites of a plane train; "
                "leave it out."
            )
        self.scene, self.aboard = scene, scene.aboard
        self.planes: list[str] = scene.homes.groups
        self.rings = {plane: scene.homes.nodes(plane) for plane in self.planes}
        self.clients = {plane: scene.homes.clients(plane) for plane in self.planes}
        self.plane_of = {s: plane for plane, own in self.rings.items() for s in own}
        self.free_s: dict[tuple[str, str], float] = {}
        """From when on links around rings are free, by sender and receiver."""
        self.busy_s: dict[bool, NDArray] = {}
        """Until when windows between planes are taken, of fixed neighbours or all."""
        self._windows = lru_cache(maxsize=None)(self._find_windows)

    @cached_property
    def weights(self) -> dict[str, float]:
        """Return what planes count in averages: their satellites, or the given ones."""
        if self.scene.region_weights is not None:
            return self.scene.group_weights
        sizes = {plane: len(ring) for plane, ring in self.rings.items()}
        total = sum(sizes.values())
        return {plane: size / total for plane, size in sizes.items()}

    def plane_at(self, sent: Sent) -> str:
        """Return the plane that sends something or, from a station, receives it."""
        return self.plane_of.get(sent.sender) or self.plane_of[sent.receiver]

    def samples(self) -> int:
        """Return how many samples each satellite holds; ``SettingsError`` if unsaid."""
        if self.aboard.samples is None:
            raise SettingsError(
                "satellites are to compute on all their samples, but clients.samples "
                "is not given; add it."
            )
        return self.aboard.samples

    def compute_s(self, flop: float) -> float:
        """Return how long a satellite takes for operations."""
        return flop / self.scene.compute_flop_s

    def refuse_batteries(self) -> None:
        """Raise ``SettingsError`` if satellites have batteries."""
        if self.aboard.battery is not None:
            raise SettingsError(
                "clients.battery is given, but the strategy does not know how "
                "satellites wait for charge; leave it out, or choose split or onboard."
            )

    def computed_s(self, ready_s: Mapping[str, float], flop: float) -> dict[str, float]:
        """Return when each satellite is done with operations, from ready times on.

        With batteries, a satellite without charge waits. Raises ``TooShort`` if it
        waits until the scenario ends.
        """
        seconds = self.compute_s(flop)
        if self.aboard.battery is None or not seconds:
            return {s: at_s + seconds for s, at_s in ready_s.items()}
        done_s = {}
        for satellite, at_s in ready_s.items():
            power, watts = self.powers[satellite], self.aboard.battery.compute_w
            start_s = power.earliest_start_s(at_s, seconds, watts)
            if start_s == NEVER:
                raise TooShort(
                    f"{satellite} has not enough charge to compute for {seconds:.0f} s "
                    "before the scenario ends; raise panel_w or capacity_j of "
                    "clients.battery."
                )
            done_s[satellite] = start_s + seconds
            power.add(Load(start_s, start_s + seconds, watts))
        return done_s

    @cached_property
    def powers(self) -> dict[str, Power]:
        """Return the charge of each satellite over time."""
        if self.scene.sunlight is None:
            raise ValueError("satellites have batteries in a scene without sunlight")
        battery = self.aboard.battery
        return {
            satellite: Power(battery, own["time_s"], own["share"])
            for satellite, own in self.scene.sunlight.groupby("satellite", sort=False)
            if satellite in self.plane_of
        }

    def draw(self, sent: Sequence[Sent]) -> None:
        """Take from batteries what satellites draw to send."""
        if self.aboard.battery is None:
            return
        watts = self.aboard.battery.send_w
        for one in sent:
            if one.sender in self.plane_of:
                self.powers[one.sender].add(Load(one.start_s, one.end_s, watts))

    def gather(
        self, plane: str, bits: Mapping[str, float], ready_s: Mapping[str, float]
    ) -> Gathered:
        """Return how all satellites of a plane get chunks of some, both ways around.

        Raises ``Infeasible`` if the plane has several gaps.
        """
        chain = self._chain(plane, ready_s)
        times = ready_s, self.finish_s
        if chain is not None:
            return all_gather_in_chain(chain, bits, *times, free_s=self.free_s)
        return all_gather(self.rings[plane], bits, *times, free_s=self.free_s)

    def scatter(
        self, plane: str, bits: Mapping[str, float], ready_s: Mapping[str, float]
    ) -> Gathered:
        """Return how satellites that have bits pass on to each of the plane its part.

        Raises ``Infeasible`` if the plane has several gaps.
        """
        ring, chain = self.rings[plane], self._chain(plane, ready_s)

        def line_of(origin: str, target: str) -> Sequence[str]:
            if chain is None:
                return shorter_line(ring, origin, target)
            a, b = chain.index(origin), chain.index(target)
            return chain[a : b + 1] if a <= b else chain[b : a + 1][::-1]

        times = ready_s, self.finish_s, self.free_s
        return scatter(line_of, ring, bits, *times)

    def share(self, plane: str, bits: float, ready_s: Mapping[str, float]) -> Gathered:
        """Return how all satellites of a plane get the mean of models of ``bits``."""
        ring = self.rings[plane]
        alone = bits < SMALL_BITS or len(ring) < 3
        if alone or self._chain(plane, ready_s) is not None:
            return self.gather(plane, dict.fromkeys(ring, bits), ready_s)
        return share_heads(ring, bits, ready_s, self.finish_s, free_s=self.free_s)

    def spread(
        self, plane: str, satellite: str, bits: float, from_s: float
    ) -> Gathered:
        """Return how one satellite sends bits to all of its plane.

        They go whole, or in parts that follow one another, whichever is sooner.
        """
        ready_s = dict.fromkeys(self.rings[plane], from_s)
        chain = self._chain(plane, ready_s)
        ways = _both_ways(self.rings[plane], satellite, chain)
        tried = []
        for parts in {1, 1 if bits < SMALL_BITS else len(self.rings[plane])}:
            chunks = [
                Chunk(satellite, bits / parts, way)
                for way in ways
                for _ in range(parts)
            ]
            tried.append(send(chunks, ready_s, self.finish_s, self.free_s))
        return min(tried, key=lambda one: one.end_s)

    def forget(self) -> None:
        """Take all links to be free, as at the start."""
        self.free_s.clear()
        self.busy_s.clear()

    def book(self, gathered: Gathered) -> Gathered:
        """Take the links around a ring for what is sent, and return that."""
        for hop in gathered.hops:
            pair = hop.sender, hop.receiver
            self.free_s[pair] = max(hop.end_s, self.free_s.get(pair, hop.end_s))
        return gathered

    def windows(self, bits: float | None, grid_only: bool = False) -> Windows:
        """Return the windows between planes.

        With ``bits``, what arrives at a satellite is at its plane when it has been
        spread around the ring, if nothing else is. With ``grid_only`` satellites talk
        to fixed neighbours alone, those of the +grid.
        """
        return self._windows(bits, grid_only)

    def _find_windows(self, bits: float | None, grid_only: bool) -> Windows:
        crossings = self.scene.crossings
        if crossings is None:
            raise ValueError("planes talk to one another in a scene without windows")
        if grid_only:
            crossings = crossings.of_pairs(self.scene.isls.pairs)
        delays_s = [0.0]
        if bits is not None:
            unused = Fleet(self.scene)
            for plane, ring in self.rings.items():
                delays_s.append(unused.spread(plane, ring[0], bits, 0.0).end_s)
        return crossings.between(self.plane_of, max(delays_s))

    def finish_s(
        self, sender: str, receiver: str, start_s: float, bits: float
    ) -> float:
        """Return when bits from a neighbour in the ring have arrived."""
        if self.scene.isls is None:
            raise ValueError("satellites send around a ring in a scene without links")
        return self.scene.isls.finish_s(sender, receiver, start_s, bits)

    def _chain(self, plane: str, ready_s: Mapping[str, float]) -> list[str] | None:
        at_s = max(ready_s.values())
        if at_s >= self.scene.horizon_s:
            raise TooShort(
                f"the satellites of {plane} are not ready before the scenario ends at "
                f"{self.scene.horizon_s / 3600:g} h; lengthen scenario.hours."
            )

        def sees(one: str, other: str) -> bool:
            return self.finish_s(one, other, at_s, 1.0) < NEVER

        return open_at_gap(self.rings[plane], sees)


def _both_ways(
    ring: Sequence[str], satellite: str, chain: Sequence[str] | None
) -> list[list[str]]:
    """Return the ways from a satellite to half of its ring each, or to both ends."""
    if chain is not None:
        at = chain.index(satellite)
        return [list(chain[at:]), list(chain[at::-1])]
    at, size = ring.index(satellite), len(ring)
    around = [ring[(at + n) % size] for n in range(size)]
    half = size // 2
    return [around[: half + 1], [satellite, *around[:half:-1]]]


def first_copies(fleet: Fleet, plan: PlanBuilder) -> None:
    """Give every plane, and the mean of all, the first model, and evaluate them."""
    for slot in (*fleet.planes, names.AVERAGE):
        plan.mix(slot, {names.INITIAL: 1.0}, (0.0, 0.0), 0)
        tests = TEST if slot == names.AVERAGE else fleet.scene.tests(slot)
        plan.evaluate(slot, 0.0, 0, tests)
