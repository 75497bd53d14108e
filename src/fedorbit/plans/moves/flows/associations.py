"""Plans without a programme: in each slot a satellite sends to one station or to none.

``associate`` takes any rule that chooses who sends to whom, with the demand as it is or
with ``each_for_itself`` (every satellite brings down its own share, as where planes
have no rings). ``one_sink`` has one satellite bring the volume of its plane down, as
FedLEO does (M. Elmahallawy and T. Luo, arXiv 2302.13447).
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fedorbit.base.errors import Infeasible
from fedorbit.plans.moves.flows.transfers import table
from fedorbit.plans.moves.flows.views import Demand, Views

Choose = Callable[[Views, NDArray], NDArray]
"""From the cells of one slot, and the antennas of stations, to the cells that send."""


def associate(views: Views, demand: Demand, choose: Choose) -> pd.DataFrame:
    """Return the transfers of an association for each slot, with the true volumes.

    A plane sends until it is done, which may be before the end of a slot. Raises
    ``Infeasible`` if a plane is not done in the last slot.
    """
    usable = demand.usable(views)
    starts = np.searchsorted(usable.slot, np.arange(len(views.edges_s)))
    left = demand.bits.copy()
    plane = demand.plane[usable.satellite]
    rows = []
    for slot, (begin_s, end_s) in enumerate(
        zip(views.edges_s[:-1], views.edges_s[1:], strict=True)
    ):
        if not left.any():
            break
        cells = np.arange(starts[slot], starts[slot + 1])
        cells = cells[left[plane[cells]] > 0]
        if not len(cells):
            continue
        cells = cells[choose(usable.where(cells), demand.antennas)]
        carried = np.bincount(plane[cells], usable.bits[cells], minlength=len(left))
        part = np.divide(left, carried, out=np.ones_like(left), where=carried > left)
        left = np.where(part < 1, 0.0, left - carried)
        for cell in cells:
            share = part[plane[cell]]
            until_s = begin_s + share * (end_s - begin_s) if share < 1 else end_s
            pair = (usable.satellite[cell], usable.station[cell])
            rows.append((*pair, begin_s, until_s, share * usable.bits[cell]))
    if left.any():
        raise Infeasible(
            f"plane {demand.planes[int(np.argmax(left))]} is not done before "
            f"{views.edges_s[-1]:g} s; make the scenario longer, or give it more "
            "stations or smaller volumes."
        )
    return table(views, demand, rows)


def nearest(cells: Views, antennas: NDArray) -> NDArray:
    """Return each satellite's best station, if that has an antenna for it.

    The best is the one with the highest rate, which over clear links is the nearest.
    A station takes the best of those that want it, and the others wait.
    """
    order = np.argsort(-cells.bits, kind="stable")
    _, first = np.unique(cells.satellite[order], return_index=True)
    return _in_order(cells, order[np.sort(first)], antennas)


def greedy(cells: Views, antennas: NDArray) -> NDArray:
    """Return pairs by falling rates, as long as both have nobody else."""
    return _in_order(cells, np.argsort(-cells.bits, kind="stable"), antennas)


def best_sum(cells: Views, antennas: NDArray) -> NDArray:
    """Return the pairs that carry most bits together (the Hungarian method)."""
    # Only this choice needs SciPy's optimisers, which take long to load.
    from scipy.optimize import linear_sum_assignment

    satellites, row = np.unique(cells.satellite, return_inverse=True)
    station = np.repeat(np.arange(len(antennas)), antennas)
    cell = np.full((len(satellites), len(antennas)), -1)
    cell[row, cells.station] = np.arange(len(row))
    bits = np.where(cell >= 0, cells.bits[cell], 0.0)
    rows, columns = linear_sum_assignment(bits[:, station], maximize=True)
    chosen = cell[rows, station[columns]]
    return chosen[chosen >= 0]


def at_random(seed: int) -> Choose:
    """Return a choice of pairs in random order, as long as both have nobody else."""
    rng = np.random.Generator(np.random.Philox(seed))

    def choose(cells: Views, antennas: NDArray) -> NDArray:
        return _in_order(cells, rng.permutation(len(cells.bits)), antennas)

    return choose


def one_sink(views: Views, demand: Demand) -> pd.DataFrame:
    """Return the transfers if one satellite of each plane sends the whole volume.

    Planes choose one after the other, in their order: each takes the satellite that is
    done soonest with the antennas that the planes before it have left, and in each
    slot the station with the highest rate. Raises ``Infeasible`` if there is none.
    """
    usable = demand.usable(views)
    # Of a satellite and a slot the cell with the highest rate comes first.
    order = np.lexsort([-usable.bits, usable.slot, usable.satellite])
    starts = np.searchsorted(
        usable.satellite[order], np.arange(len(views.satellites) + 1)
    )
    free = np.tile(demand.antennas, (len(views.edges_s) - 1, 1))
    rows = []
    for plane, bits in enumerate(demand.bits):
        soonest: list[tuple] = []
        for satellite in np.flatnonzero(demand.plane == plane):
            cells = order[starts[satellite] : starts[satellite + 1]]
            cells = cells[free[usable.slot[cells], usable.station[cells]] > 0]
            cells = cells[np.unique(usable.slot[cells], return_index=True)[1]]
            sent = _until_done(usable, cells, bits)
            if sent and (not soonest or sent[-1][3] < soonest[-1][3]):
                soonest, booked = sent, cells[: len(sent)]
        if not soonest and bits > 0:
            raise Infeasible(
                f"no satellite of plane {demand.planes[plane]} can bring the plane's "
                f"{bits:.4g} bits down alone before {views.edges_s[-1]:g} s; make the "
                "scenario longer, or give it more stations or smaller volumes."
            )
        if soonest:
            free[usable.slot[booked], usable.station[booked]] -= 1
            rows += soonest
    return table(views, demand, rows)


def _until_done(views: Views, cells: NDArray, bits: float) -> list[tuple]:
    """Return what a satellite sends in cells until its bits are gone, if they go."""
    carried = np.cumsum(views.bits[cells])
    if not len(cells) or carried[-1] < bits:
        return []
    cells = cells[: int(np.searchsorted(carried, bits)) + 1]
    begin_s, end_s = (views.edges_s[views.slot[cells] + n] for n in (0, 1))
    part = np.ones(len(cells))
    part[-1] -= (carried[len(cells) - 1] - bits) / views.bits[cells[-1]]
    end_s[-1] = begin_s[-1] + part[-1] * (end_s[-1] - begin_s[-1])
    columns = (views.satellite[cells], views.station[cells], begin_s, end_s)
    return list(zip(*columns, part * views.bits[cells], strict=True))


def each_for_itself(views: Views, demand: Demand) -> Demand:
    """Return the demand in which each satellite has its share of its plane's volume."""
    members = np.flatnonzero(demand.plane >= 0)
    plane = demand.plane[members]
    number = np.full(len(demand.plane), -1)
    number[members] = np.arange(len(members))
    return replace(
        demand,
        planes=[views.satellites[member] for member in members],
        plane=number,
        bits=demand.bits[plane] / np.bincount(plane)[plane],
        ready_s=demand.ready_s[plane],
    )


def _in_order(cells: Views, order: NDArray, antennas: NDArray) -> NDArray:
    """Return the cells of an order whose satellite and station are still free."""
    free, sending, chosen = antennas.copy(), set(), []
    for cell in order:
        satellite, station = int(cells.satellite[cell]), cells.station[cell]
        if free[station] and satellite not in sending:
            free[station] -= 1
            sending.add(satellite)
            chosen.append(cell)
    return np.array(chosen, dtype=int)
