"""Satellites of a plane that gather chunks, or reduce heads, around their ring.

A ring is the satellites of a plane in the order of flight, as ``plane_members`` gives
them; each has a link to the next and to the one before. The algorithms are those of
P. Patarasuk and X. Yuan, "Bandwidth Optimal All-reduce Algorithms for Clusters of
Workstations", Journal of Parallel and Distributed Computing 69(2), 2009. They run by
events, not by steps: a satellite sends on what it has as soon as the link is free.
In one direction a link sends one chunk at a time, in order of readiness, and stays
taken until the last bit has arrived. With S satellites, R bit/s, chunks of d_s bits
and a light time l/c, all ready together, gathering in one direction takes

    from  max_s sum_(j != s) d_j / R   to   (S - 1) (max_s d_s / R + l/c),

and for equal chunks the latter. In two directions, with half of each chunk both ways,
it takes half as long but for the light time.
"""

import heapq
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from fedorbit.base.errors import Infeasible
from fedorbit.orbits.constants import EARTH_RADIUS_KM
from fedorbit.plans.sky import NEVER

Finish = Callable[[str, str, float, float], float]
"""When bits have arrived, by sender, receiver, start in s and bits; too late, or out of
sight, is infinite. ``Isls.finish_s`` is one."""
Ready = Mapping[str, float]
"""From when on, in s, each satellite of a ring has its own part."""
Free = Mapping[tuple[str, str], float]
"""From when on, in s, the links from senders to receivers are free of other things."""
Ways = Literal[1, 2]
"""Ahead only, or half of everything ahead and half back."""


@dataclass(frozen=True)
class Chunk:
    """Bits that pass from satellite to satellite."""

    owner: str
    bits: float
    way: Sequence[str]
    """All satellites that get the chunk, beginning with the one that has it."""
    sums_until: int = 0
    """How many receivers add something of their own, so that they must be ready."""


@dataclass(frozen=True)
class ChunkHop:
    """A chunk's transfer from one satellite to a neighbour."""

    sender: str
    receiver: str
    owner: str
    """Whose chunk it is; of a part of a sum, the first that it is of."""
    start_s: float
    end_s: float
    """When the last bit has arrived."""
    bits: float


@dataclass(frozen=True)
class Gathered:
    """What was sent around a ring."""

    hops: list[ChunkHop]
    """In order of their starts."""
    ready_s: dict[str, float]
    """From when on each satellite has everything that was to reach it."""

    @property
    def end_s(self) -> float:
        """Return when the last satellite has everything."""
        return max(self.ready_s.values())


def all_gather(
    ring: Sequence[str],
    bits: Mapping[str, float],
    ready_s: Ready,
    finish_s: Finish,
    ways: Ways = 2,
    free_s: Free | None = None,
) -> Gathered:
    """Return how all satellites get the chunks of all, of ``bits[satellite]`` each.

    Satellites that ``bits`` leaves out have none.
    """
    chunks = [
        Chunk(line[0], bits[line[0]] / ways, line)
        for order in _orders(ring, ways)
        for line in _lines(order, len(ring))
        if line[0] in bits
    ]
    return send(chunks, ready_s, finish_s, free_s)


def all_gather_in_chain(
    chain: Sequence[str],
    bits: Mapping[str, float],
    ready_s: Ready,
    finish_s: Finish,
    free_s: Free | None = None,
) -> Gathered:
    """Return what ``all_gather`` does, for a ring that is open at one place.

    ``chain`` is what ``open_at_gap`` returns. Every chunk goes whole to both ends.
    """
    lines = [chain[n:] for n in range(len(chain))]
    lines += [chain[n::-1] for n in range(len(chain))]
    chunks = [Chunk(line[0], bits[line[0]], line) for line in lines if line[0] in bits]
    return send(chunks, ready_s, finish_s, free_s)


def all_reduce(
    ring: Sequence[str],
    bits: float,
    ready_s: Ready,
    finish_s: Finish,
    ways: Ways = 2,
    free_s: Free | None = None,
) -> Gathered:
    """Return how all satellites get the sum, or the mean, of their heads.

    A head of ``bits`` is cut into as many parts as there are satellites. A part goes
    around once and is summed up (scatter-reduce), then once more as the sum
    (all-gather): in one direction 2 (S - 1) (bits / (S R) + l/c) seconds.
    """
    size = len(ring)
    part_bits = bits / size / ways
    chunks = [
        Chunk(line[0], part_bits, line, sums_until=size - 1)
        for order in _orders(ring, ways)
        for line in _lines(order, 2 * size - 1)
    ]
    return send(chunks, ready_s, finish_s, free_s)


def share_heads(
    ring: Sequence[str],
    bits: float,
    ready_s: Ready,
    finish_s: Finish,
    ways: Ways = 2,
    free_s: Free | None = None,
) -> Gathered:
    """Return how all satellites get all heads or their sum, whichever is sooner.

    It is the all-gather for heads below ``ways`` R (l/c) / (1 - 2 / S) bits, for which
    the light time of twice as many hops outweighs what all-reduce saves.
    """
    reduced = all_reduce(ring, bits, ready_s, finish_s, ways, free_s)
    every = dict.fromkeys(ring, bits)
    gathered = all_gather(ring, every, ready_s, finish_s, ways, free_s)
    return min(gathered, reduced, key=lambda one: one.end_s)


def broadcast_in_turn(
    ring: Sequence[str], bits: Mapping[str, float], ready_s: Ready, finish_s: Finish
) -> Gathered:
    """Return how chunks go around one after the other, as a baseline.

    A satellite begins when the chunk of the one before has reached everybody.
    """
    hops: list[ChunkHop] = []
    now_s = -math.inf
    for line in _lines(ring, len(ring)):
        chunk = Chunk(line[0], bits[line[0]], line)
        start_s = {line[0]: max(now_s, ready_s[line[0]])}
        hops += send([chunk], start_s, finish_s).hops
        now_s = hops[-1].end_s if hops else now_s
    return Gathered(hops, _has_all_s(hops, ready_s))


def scatter(
    line_of: Callable[[str, str], Sequence[str]],
    ring: Sequence[str],
    bits: Mapping[str, float],
    ready_s: Ready,
    finish_s: Finish,
    free_s: Free | None = None,
) -> Gathered:
    """Return how satellites pass on to each of the ring its part of what they have.

    Of the ``bits`` of a satellite, each of the ring has an equal part; ``line_of``
    gives the way from one satellite to another. The farthest parts go first.
    """
    chunks = [
        Chunk(origin, own / len(ring), line)
        for origin, own in bits.items()
        for line in sorted((line_of(origin, to) for to in ring), key=len, reverse=True)
        if len(line) > 1
    ]
    return send(chunks, ready_s, finish_s, free_s)


def relay_to_gateway(
    ring: Sequence[str],
    gateway: str,
    bits: Mapping[str, float],
    ready_s: Ready,
    finish_s: Finish,
    ways: Ways = 2,
) -> Gathered:
    """Return how one satellite gets the chunks of all, as a baseline.

    They come to it over one link, or over both by the shorter way. Only the gateway
    has an entry in ``ready_s`` of the result.
    """
    lines = [_line(ring, satellite, gateway, ways) for satellite in ring]
    chunks = [Chunk(line[0], bits[line[0]], line) for line in lines]
    sent = send(chunks, ready_s, finish_s)
    return Gathered(sent.hops, {gateway: sent.ready_s[gateway]})


def send(
    chunks: Sequence[Chunk],
    ready_s: Ready,
    finish_s: Finish,
    free_s: Free | None = None,
) -> Gathered:
    """Return the hops of chunks on their ways, store and forward.

    A chunk is at the first satellite of its way from ``ready_s`` on. Raises
    ``Infeasible`` if a hop never ends.
    """
    hops: list[ChunkHop] = []
    free_s = dict(free_s or {})
    # By the time at which a chunk can be sent on; those with few hops behind go first.
    waiting = [(ready_s[c.way[0]], 0, n) for n, c in enumerate(chunks)]
    heapq.heapify(waiting)
    while waiting:
        has_s, done, number = heapq.heappop(waiting)
        chunk = chunks[number]
        if done + 1 == len(chunk.way):
            continue
        sender, receiver = ends = chunk.way[done], chunk.way[done + 1]
        start_s = max(has_s, free_s.get(ends, has_s))
        end_s = finish_s(*ends, start_s, chunk.bits)
        if end_s == NEVER:
            raise Infeasible(_broken(sender, receiver, start_s))
        free_s[ends] = end_s
        hops.append(ChunkHop(sender, receiver, chunk.owner, start_s, end_s, chunk.bits))
        adds = done < chunk.sums_until
        next_s = max(end_s, ready_s[receiver]) if adds else end_s
        heapq.heappush(waiting, (next_s, done + 1, number))
    hops.sort(key=lambda hop: (hop.start_s, hop.end_s))
    return Gathered(hops, _has_all_s(hops, ready_s))


def open_at_gap(
    ring: Sequence[str], sees: Callable[[str, str], bool]
) -> list[str] | None:
    """Return a ring as a chain that begins behind its only gap, ``None`` without gaps.

    ``sees`` says whether two neighbours see each other. Raises ``Infeasible`` for a
    ring with several gaps, some of whose satellites no chunk can reach.
    """
    ahead = zip(ring, [*ring[1:], ring[0]], strict=True)
    gaps = [n for n, pair in enumerate(ahead) if not sees(*pair)]
    if len(ring) < 3 or not gaps:
        return None
    if len(gaps) > 1:
        raise Infeasible(
            f"the plane of {ring[0]} has {len(ring)} satellites and {len(gaps)} gaps "
            "across which neighbours do not see each other; choose planes with more "
            "satellites."
        )
    return [*ring[gaps[0] + 1 :], *ring[: gaps[0] + 1]]


def least_in_ring(altitude_km: float, grazing_km: float) -> int:
    """Return how many evenly spaced satellites a ring needs to see their neighbours.

    The line between two of S must clear the equatorial radius and ``grazing_km``:
    cos(pi / S) (radius + altitude) >= radius + grazing. At 550 km it takes 9.
    """
    if not 0 <= grazing_km < altitude_km:
        raise ValueError(f"no ring at {altitude_km:g} km is above {grazing_km:g} km")
    cosine = (EARTH_RADIUS_KM + grazing_km) / (EARTH_RADIUS_KM + altitude_km)
    return math.ceil(math.pi / math.acos(cosine) - 1e-9)


def _orders(ring: Sequence[str], ways: Ways) -> list[Sequence[str]]:
    """Return the ring in the order of flight, and for two ways against it, too."""
    return [ring, ring[::-1]][:ways]


def _lines(order: Sequence[str], length: int) -> Iterator[list[str]]:
    """Yield, from each satellite, those that come next around the ring."""
    size = len(order)
    for first in range(size):
        yield [order[(first + n) % size] for n in range(length)]


def shorter_line(ring: Sequence[str], origin: str, target: str) -> list[str]:
    """Return the way from one satellite of a ring to another by the shorter side."""
    return _line(ring, origin, target, ways=2)


def _line(ring: Sequence[str], origin: str, target: str, ways: Ways) -> list[str]:
    """Return the way to a satellite, ahead or by the shorter side."""
    lines = []
    for order in _orders(ring, ways):
        start = order.index(origin)
        around = [*order[start:], *order[:start]]
        lines.append(around[: around.index(target) + 1])
    return min(lines, key=len)


def _has_all_s(hops: Sequence[ChunkHop], ready_s: Ready) -> dict[str, float]:
    """Return when each satellite has its own part and all that it receives."""
    has_s = dict(ready_s)
    for hop in hops:
        has_s[hop.receiver] = max(has_s.get(hop.receiver, -math.inf), hop.end_s)
    return has_s


def _broken(sender: str, receiver: str, start_s: float) -> str:
    return (
        f"{sender} cannot send to {receiver} from {start_s:.0f} s on, since the two do "
        "not see each other or the scenario ends; choose planes with more satellites, "
        "at 550 km at least 9 evenly spaced ones, or lengthen scenario.hours."
    )
