"""Transfers from satellites to stations: how fractions of slots become a plan.

In a slot, a satellite can have some of its time with one station and the rest with
another. Such fractions, no more than one for a satellite and no more than n for a
station with n antennas, are the sum of associations that last for parts of the slot
(Birkhoff and von Neumann for square matrices; T. Gonzalez and S. Sahni, "Open shop
scheduling to minimize finish time", J. ACM 23, 1976). Played one after the other, they
give every pair its time.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from fedorbit.orbits.links import Link
from fedorbit.plans.moves.flows.views import Demand, Views
from fedorbit.plans.sky import Sky

TICKS = 2**20  # of a slot: fractions are rounded to these, so that sums are exact
TRANSFERS = ["satellite", "station", "plane", "start_s", "end_s", "bits"]
SAME_S = 1e-6  # two transfers no farther apart are one


def matchings(
    ticks: NDArray, antennas: NDArray
) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Yield associations, each with its length, whose sum is a matrix.

    ``ticks`` has whole numbers, a row for each satellite and a column for each station;
    an association is a list of such pairs, in which a satellite occurs once at most and
    a station as often as it has antennas. All lengths together are the least possible:
    the greatest sum of a row, or of a column over its antennas, rounded up.
    """
    per_antenna = -(-ticks.sum(axis=0) // antennas)
    length = int(max(ticks.sum(axis=1).max(), per_antenna.max()))
    shares, station = _by_antenna(ticks, antennas, length)
    rows, columns = shares.shape
    left = np.block(
        [
            [shares, np.diag(length - shares.sum(axis=1))],
            [np.diag(length - shares.sum(axis=0)), shares.T],
        ]
    )  # each row and column of this matrix sums to the length
    while length:
        partner = maximum_bipartite_matching(csr_array(left), perm_type="column")
        entries = np.arange(len(left)), partner
        step = int(left[entries].min())
        left[entries] -= step
        length -= step
        pairs = [
            (row, int(station[partner[row]]))
            for row in range(rows)
            if partner[row] < columns
        ]
        yield step, pairs


def _by_antenna(
    ticks: NDArray, antennas: NDArray, length: int
) -> tuple[NDArray, NDArray]:
    """Return a matrix with a column for each antenna, and the station of each.

    The entries of a station fill its antennas one after the other.
    """
    station = np.repeat(np.arange(len(antennas)), antennas)
    nth = np.arange(len(station)) - np.repeat(np.cumsum(antennas) - antennas, antennas)
    filled = np.vstack([np.zeros_like(ticks[:1]), np.cumsum(ticks, axis=0)])[:, station]
    poured = np.clip(filled, nth * length, (nth + 1) * length)
    return np.diff(poured, axis=0), station


def play(views: Views, demand: Demand, fractions: NDArray) -> pd.DataFrame:
    """Return the transfers that give each cell its fraction of the slot.

    Their ``bits`` are the fractions of what the slots carry. Transfers of a pair that
    follow one another without a break are one. What a slot does not need is left at
    its end.
    """
    ticks = np.rint(fractions * TICKS).astype(np.int64)
    rows = []
    for cells in by_slot(views.slot, ticks > 0):
        ends = (views.satellite[cells], views.station[cells])
        times_s = views.edges_s[views.slot[cells[0]] :][:2]
        for n, *times in slot_transfers(*ends, ticks[cells], demand.antennas, times_s):
            cell = cells[n]
            part = (times[1] - times[0]) / (times_s[1] - times_s[0])
            pair = (views.satellite[cell], views.station[cell])
            rows.append((*pair, *times, part * views.bits[cell]))
    return table(views, demand, rows)


def slot_transfers(
    sender: NDArray,
    receiver: NDArray,
    ticks: NDArray,
    antennas: NDArray,
    times_s: NDArray,
) -> Iterator[tuple[int, float, float]]:
    """Yield number, start and end of transfers that give each pair its ticks.

    ``antennas`` are those of all receivers; senders have one. ``times_s`` are the
    start and the end of the slot.
    """
    senders, row = np.unique(sender, return_inverse=True)
    receivers, column = np.unique(receiver, return_inverse=True)
    number = np.zeros((len(senders), len(receivers)), dtype=int)
    wanted = np.zeros_like(number)
    number[row, column] = np.arange(len(row))
    wanted[row, column] = ticks
    begin_s, end_s = times_s
    tick_s = (end_s - begin_s) / TICKS
    done = 0
    for step, pairs in matchings(wanted, antennas[receivers]):
        start_s = begin_s + tick_s * done
        done += step
        until_s = min(begin_s + tick_s * done, end_s)
        for pair in pairs:
            yield int(number[pair]), start_s, until_s


def table(views: Views, demand: Demand, rows: list[tuple]) -> pd.DataFrame:
    """Return transfers as a table, with those merged that follow without a break.

    Rows are ``(satellite, station, start_s, end_s, bits)`` with numbers of the views.
    """
    columns = ["satellite", "station", "start_s", "end_s", "bits"]
    frame = merged(pd.DataFrame(rows, columns=columns))
    satellite = frame["satellite"].to_numpy(dtype=int)
    station = frame["station"].to_numpy(dtype=int)
    # By start and then by names, of which there are few.
    ends = (_rank(views.stations)[station], _rank(views.satellites)[satellite])
    order = np.lexsort([*ends, frame["start_s"].to_numpy(dtype=float)])
    satellite, station = satellite[order], station[order]
    named = {
        "satellite": np.array(views.satellites, dtype=object)[satellite],
        "station": np.array(views.stations, dtype=object)[station],
        "plane": np.array(demand.planes, dtype=object)[demand.plane[satellite]],
    }
    numbers = {name: frame[name].to_numpy()[order] for name in TRANSFERS[3:]}
    return pd.DataFrame(named | numbers)


def _rank(names: list[str]) -> NDArray:
    """Return the place of each name among all in their order."""
    return np.unique(np.array(names, dtype=object), return_inverse=True)[1]


def merged(transfers: pd.DataFrame) -> pd.DataFrame:
    """Return transfers with those of a pair made one that follow without a break.

    The first two columns are the pair, and rows come in order of pairs and times.
    """
    pair = list(transfers.columns[:2])
    keys = [transfers[name].to_numpy() for name in ("start_s", *pair[::-1])]
    ordered = transfers.iloc[np.lexsort(keys)].reset_index(drop=True)
    start_s, end_s = ordered["start_s"].to_numpy(), ordered["end_s"].to_numpy()
    ends = ordered[pair].to_numpy()
    follows = (ends[1:] == ends[:-1]).all(axis=1) & (start_s[1:] - end_s[:-1] <= SAME_S)
    first = np.flatnonzero(np.concatenate([[True], ~follows])[: len(ordered)])
    table = ordered.iloc[first].reset_index(drop=True)
    if len(first):
        table["end_s"] = end_s[np.append(first[1:], len(ordered)) - 1]
        table["bits"] = np.add.reduceat(ordered["bits"].to_numpy(), first)
    return table


def replay(sky: Sky, link: Link, transfers: pd.DataFrame) -> dict[str, float]:
    """Return the bits that transfers of each plane carry, with the true rates.

    Raises ``ValueError`` if a satellite and a station do not see each other during a
    transfer.
    """
    carried: dict[str, float] = {}
    for sent in transfers.itertuples():
        times_s = (sent.start_s, sent.end_s)
        row = sky.covering(sent.satellite, sent.station, times_s)
        if row < 0:
            raise ValueError(f"no pass covers the transfer {sent}")
        bits = sky.bits_between(row, link, times_s)
        carried[sent.plane] = carried.get(sent.plane, 0.0) + bits
    return carried


def by_slot(slot: NDArray, kept: NDArray) -> Iterator[NDArray]:
    """Yield where a mask holds, slot by slot; slots are in order."""
    cells = np.flatnonzero(kept)
    if len(cells):
        yield from np.split(cells, np.flatnonzero(np.diff(slot[cells])) + 1)
