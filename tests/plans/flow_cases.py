"""Small cases of satellites that send the volumes of their planes to stations."""

from functools import cache
from itertools import product

import numpy as np

from fedorbit.plans.moves.flows.views import Demand, Views

SLOT_S = 10.0


def views(bits) -> Views:
    """Return views from what satellites can send, shape (slots, satellites, stations).

    A cell with 0 bits is none.
    """
    bits = np.asarray(bits, dtype=float)
    slot, satellite, station = np.nonzero(bits)
    slots, satellites, stations = bits.shape
    return Views(
        [f"S{n}" for n in range(satellites)],
        [f"G{n}" for n in range(stations)],
        SLOT_S * np.arange(slots + 1),
        satellite,
        station,
        slot,
        bits[slot, satellite, station],
    )


def demand(plane, bits, antennas, ready_s=None) -> Demand:
    """Return a demand of planes that are all ready at the start, unless told."""
    ready_s = np.zeros(len(bits)) if ready_s is None else np.array(ready_s)
    return Demand(
        [f"P{n}" for n in range(len(bits))],
        np.array(plane),
        np.array(bits, dtype=float),
        ready_s,
        np.array(antennas),
    )


def random_case(rng, constant: bool) -> tuple[Views, Demand]:
    """Return a case with up to three planes, four satellites and two stations.

    With constant rates, a satellite sends one bit in a slot and volumes are whole.
    """
    planes, stations = int(rng.integers(1, 4)), int(rng.integers(1, 3))
    satellites, slots = int(rng.integers(planes, 5)), int(rng.integers(2, 6))
    shape = (slots, satellites, stations)
    bits = (rng.random(shape) < 0.6).astype(float)
    volumes = rng.integers(1, 4, planes).astype(float)
    if not constant:
        bits *= rng.uniform(0.2, 3.0, shape)
        volumes *= rng.uniform(0.2, 1.0, planes)
    plane = [*range(planes), *rng.integers(0, planes, satellites - planes)]
    return views(bits), demand(plane, volumes, rng.integers(1, 3, stations))


def tried_slots(bits, task: Demand) -> int | None:
    """Return the least number of slots, by trying all associations of every slot."""
    slots, satellites, stations = bits.shape
    choices = [
        chosen
        for chosen in product(range(-1, stations), repeat=satellites)
        if all(chosen.count(g) <= task.antennas[g] for g in range(stations))
    ]

    @cache
    def fewest(slot: int, left: tuple[float, ...]) -> float:
        if not any(left):
            return slot
        if slot == slots:
            return np.inf
        after = set()
        for chosen in choices:
            remaining = list(left)
            for satellite, station in enumerate(chosen):
                if station >= 0 and bits[slot, satellite, station]:
                    plane = task.plane[satellite]
                    sent = bits[slot, satellite, station]
                    remaining[plane] = max(remaining[plane] - sent, 0.0)
            after.add(tuple(remaining))
        return min(fewest(slot + 1, remaining) for remaining in after)

    least = fewest(0, tuple(task.bits))
    return None if least == np.inf else int(least)


def dense(cells: Views) -> np.ndarray:
    """Return the bits of views in the shape (slots, satellites, stations)."""
    shape = (len(cells.edges_s) - 1, len(cells.satellites), len(cells.stations))
    bits = np.zeros(shape)
    bits[cells.slot, cells.satellite, cells.station] = cells.bits
    return bits


def check_playable(transfers, task: Demand, cells: Views) -> None:
    """Assert that nobody talks to more others at once than it can."""
    antennas = dict(zip(cells.stations, task.antennas, strict=True))
    for column, limits in (
        ("satellite", dict.fromkeys(cells.satellites, 1)),
        ("station", antennas),
    ):
        for node, own in transfers.groupby(column):
            starts, ends = own["start_s"].to_numpy(), own["end_s"].to_numpy()
            assert (ends > starts).all()
            at_once = [
                ((starts <= time_s + 1e-5) & (ends > time_s + 1e-5)).sum()
                for time_s in starts
            ]
            assert max(at_once) <= limits[node]
