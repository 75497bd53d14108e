"""The soonest time at which stations have the volumes of all planes, exactly.

With y[s, g, k] the part of slot k in which satellite s sends to station g:

* sum over g of y <= 1: a satellite sends to one station at a time;
* sum over s of y <= n_g: a station has n_g antennas;
* sum over the satellites of plane o, stations and slots of bits[s, g, k] y = V_o.

The rows of the first two kinds are those of a bipartite graph, so that any solution is
a sequence of associations (see ``transfers``): nothing is lost by fractions. Plain
maximum flow is not enough where rates vary, since antennas limit seconds, not bits.

Planes may hand volume on to others (see ``relays``). With z the part of a slot in which
a link is used, no more than one for all links of a terminal, h[o, k] what plane o
holds at the end of slot k, and f[o, p, k] the sum of bits z over the links from plane o
to plane p,

    h[o, k] = h[o, k - 1] + ready[o, k] + sum_p f[p, o, k - 1] - sum_p f[o, p, k]
              - what its satellites send down in slot k.

The least number of slots is found by secants and bisection. Then the last slot is
shortened as far as possible, and of all solutions that are left the one is taken in
which bits arrive soonest on average. Cells of equal worth differ by tiny amounts, so
that there is one such solution.
"""

import sys
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from fedorbit.base.errors import Infeasible
from fedorbit.plans.moves.flows.relays import Relays, no_relays
from fedorbit.plans.moves.flows.transfers import play
from fedorbit.plans.moves.flows.views import Demand, Views, least_slots

DONE = 1e-7  # of the volumes may be missing: what the solver calls equal
SLACK = 1e-6  # of the last slot that the second solution has more than the first
DEAR = 1e3  # what a missing volume costs more than a whole slot
TIE = 1e-3  # by which cells of equal worth differ at most, relative
COSTS = 1e3  # about the size of costs, so that ties are large against 1e-7


@dataclass(frozen=True)
class Optimum:
    """The plan with the least end."""

    end_s: float
    """When the last volume is at a station."""
    slots: int
    """How many slots it takes, the last of them in part."""
    transfers: pd.DataFrame
    """``satellite, station, plane, start_s, end_s, bits``, as ``play`` makes them."""
    relayed: pd.DataFrame
    """``sender, receiver, start_s, end_s, bits`` between satellites of two planes."""


def soonest(views: Views, demand: Demand, relays: Relays | None = None) -> Optimum:
    """Return the plan that ends soonest; with ``relays``, planes hand volume on.

    The planes of the relays have the same numbers as those of the demand. Raises
    ``Infeasible`` if the slots of the views are not enough.
    """
    if relays is None or not len(relays.bits):
        relays, views = no_relays(), demand.usable(views)
    else:  # a plane without a volume of its own sends that of others
        views = views.where(demand.plane[views.satellite] >= 0)
    slots = _fewest_slots(views, demand, relays)
    views = views.first(slots)
    relays = relays.first(slots - 1)
    fractions, handed, last = _Programme(views, demand, relays).best()
    begin_s, end_s = views.edges_s[-2:]
    return Optimum(
        float(begin_s + last * (end_s - begin_s)),
        slots,
        play(views, demand, fractions),
        relays.play(views.edges_s, handed),
    )


def _fewest_slots(views: Views, demand: Demand, relays: Relays) -> int:
    """Return the least number of slots in which all volumes can come down.

    What is missing falls nearly along a line, where stations are busy, or not at all
    for long, where planes are waited for. So secants and halves take turns.
    """
    slots = len(views.edges_s) - 1
    least = 1 if relays.satellites else least_slots(views, demand)
    few, enough, turn = [(0, 1.0)], None, 0  # too few slots, and what is missing then
    guess = least
    while True:
        lost = _Programme(views.first(guess), demand, relays).missing()
        if lost <= DONE:
            enough = guess
        elif guess == slots:
            raise Infeasible(
                f"{lost:.3g} of the volumes cannot be brought down before "
                f"{views.edges_s[-1]:g} s; make the scenario longer, or give it more "
                "stations or smaller volumes."
            )
        else:
            few.append((guess, lost))
        below = max(few[-1][0], least - 1)
        if enough is None:
            farthest = below + (4 * (below - few[-2][0]) if len(few) > 2 else 4)
            guess = min(max(_secant(few), below + 1), farthest, slots)
        elif enough - below == 1:
            return enough
        else:
            turn += 1
            middle = _secant(few) if turn % 2 else (below + enough) // 2
            guess = min(max(middle, below + 1), enough - 1)


def _secant(few: list[tuple[int, float]]) -> int:
    """Return at how many slots a line through the last two leaves nothing missing."""
    (before, more), (after, less) = few[-2:]
    if not less < more:
        return sys.maxsize
    return after + int(np.ceil(less * (after - before) / (more - less)))


@dataclass
class _Rows:
    """Rows of a sparse matrix, put together from triples."""

    row: list[NDArray] = field(default_factory=list)
    column: list[NDArray] = field(default_factory=list)
    value: list[NDArray] = field(default_factory=list)
    count: int = 0

    def add(self, row: NDArray, column: NDArray, value: NDArray | float) -> None:
        """Add entries at rows and columns."""
        self.row.append(row)
        self.column.append(column)
        self.value.append(np.broadcast_to(value, np.shape(row)))
        self.count = max(self.count, int(row.max(initial=-1)) + 1)

    def matrix(self, columns: int) -> csr_array:
        """Return the matrix with a number of columns."""
        parts = (np.concatenate(p) for p in (self.value, self.row, self.column))
        value, row, column = parts
        shape = (self.count, columns)
        return csr_array(coo_array((value, (row, column)), shape=shape))


class _Programme:
    """The linear programme of some slots.

    Its variables are the fractions y and z, the holds h and the length of the last
    slot. Bits are in units of the mean volume.
    """

    def __init__(self, views: Views, demand: Demand, relays: Relays) -> None:
        self.views, self.demand = views, demand
        self.slots = len(views.edges_s) - 1
        self.unit_bits = demand.bits.mean() or 1.0
        # What is handed on in the last slot would come too late.
        self.relays = relays.first(self.slots - 1)
        # Without relays all slots are one period: nobody asks when a plane holds what.
        self.periods = self.slots if relays.satellites else 1
        self.cells, self.planes = len(views.bits), len(demand.planes)
        self.holds = self.cells + len(self.relays.bits)
        self.last = self.holds + self.planes * self.periods
        self.limits, self.limit = self._limits()
        self.balance, self.supply = self._balance()
        ends = np.arange(1, self.planes + 1) * self.periods - 1
        self.finals = self.holds + ends

    def missing(self) -> float:
        """Return which part of the volumes cannot be brought down in these slots."""
        upper = self._upper()
        cost = np.zeros(self.last + 1)
        cost[self.finals] = 1.0
        not_ready = self.demand.bits.sum() / self.unit_bits - self.supply.sum()
        return float(cost @ self._solve(cost, upper) + not_ready) / self.planes

    def best(self) -> tuple[NDArray, NDArray, float]:
        """Return fractions of cells and of links, and the part of the last slot."""
        upper = self._upper()
        shortest = np.zeros(self.last + 1)
        shortest[self.last] = 1.0
        shortest[self.finals] = DEAR
        found = self._solve(shortest, upper)
        upper[self.finals] = found[self.finals] + DONE
        upper[self.last] = min(found[self.last] + SLACK, 1.0)
        found = self._solve(self._lateness(), upper)
        *fractions, _ = np.split(found, [self.cells, self.holds])
        return *fractions, float(found[self.last])

    def _lateness(self) -> NDArray:
        """Return the costs of variables: bits times when they arrive, and tiny ties."""
        views = self.views
        since_s = views.edges_s - views.edges_s[0]
        late = (since_s[:-1] + since_s[1:])[views.slot] / (2 * since_s[-1])
        cost = np.zeros(self.last + 1)
        cost[: self.cells] = late * views.bits / self.unit_bits
        cost[self.cells : self.holds] = TIE * self.relays.bits / self.unit_bits
        ties = np.random.Generator(np.random.Philox(0)).random(self.holds)
        cost[: self.holds] *= COSTS * (1 + TIE * ties)
        return cost

    def _limits(self) -> tuple[csr_array, NDArray]:
        """Return the rows of satellites, stations and terminals, and upper bounds.

        In the last slot, the bound is a multiple of that slot's length.
        """
        views, relays = self.views, self.relays
        cell, link = np.arange(self.cells), np.arange(self.cells, self.holds)
        rows, bounds = _Rows(), []
        for node, slot, variable, antennas in (
            (views.satellite, views.slot, cell, None),
            (views.station, views.slot, cell, self.demand.antennas),
            (relays.sending, relays.slot, link, None),
            (relays.receiving, relays.slot, link, None),
        ):
            key = slot * (int(node.max(initial=0)) + 1) + node
            _, first, row, count = np.unique(
                key, return_index=True, return_inverse=True, return_counts=True
            )
            room = np.ones(len(first)) if antennas is None else antennas[node[first]]
            is_last = slot[first] == self.slots - 1
            # The bounds of the variables do for the others.
            needed = (count > room) | is_last
            number = np.cumsum(needed) - 1 + rows.count
            kept = needed[row]
            rows.add(number[row[kept]], variable[kept], 1.0)
            end = np.full(int(is_last.sum()), self.last)
            rows.add(number[is_last], end, -room[is_last].astype(float))
            bounds.append(np.where(is_last, 0.0, room)[needed])
        return rows.matrix(self.last + 1), np.concatenate(bounds)

    def _balance(self) -> tuple[csr_array, NDArray]:
        """Return the rows of what planes hold, by plane and period, and what is new."""
        views, relays, periods = self.views, self.relays, self.periods
        rows, cell = _Rows(), np.arange(self.cells)
        here = np.minimum(views.slot, periods - 1)
        plane = self.demand.plane[views.satellite]
        down = views.bits / self.unit_bits
        rows.add(plane * periods + here, cell, down)
        link, handed = np.arange(self.cells, self.holds), relays.bits / self.unit_bits
        gives, takes = relays.plane[relays.sender], relays.plane[relays.receiver]
        rows.add(gives * periods + relays.slot, link, handed)
        rows.add(takes * periods + relays.slot + 1, link, -handed)
        hold = np.arange(self.planes * periods)
        rows.add(hold, self.holds + hold, 1.0)
        later = hold[hold % periods > 0]
        rows.add(later, self.holds + later - 1, -1.0)
        supply = np.zeros((self.planes, periods))
        ready = np.searchsorted(views.edges_s[:-1], self.demand.ready_s)
        new = np.where(ready < self.slots, self.demand.bits / self.unit_bits, 0.0)
        supply[np.arange(self.planes), np.minimum(ready, periods - 1)] = new
        return rows.matrix(self.last + 1), supply.ravel()

    def _upper(self) -> NDArray:
        """Return the upper bounds of the variables."""
        upper = np.ones(self.last + 1)
        upper[self.holds : self.last] = np.inf
        return upper

    def _solve(self, cost: NDArray, upper: NDArray) -> NDArray:
        """Return the variables with the least cost."""
        # Only these plans need SciPy's optimisers, which take long to load.
        from scipy.optimize import linprog

        found = linprog(
            cost,
            A_ub=self.limits,
            b_ub=self.limit,
            A_eq=self.balance,
            b_eq=self.supply,
            bounds=np.column_stack([np.zeros_like(upper), upper]),
            method="highs-ipm",
        )
        if found.status != 0:
            raise RuntimeError(f"HiGHS found no solution: {found.message}")
        return found.x.clip(0.0, upper)
