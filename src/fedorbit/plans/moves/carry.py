"""Store-carry-forward: which satellite brings a model to another site soonest."""

from collections.abc import Callable
from dataclasses import dataclass

from fedorbit.plans.plan import MODEL, PlanBuilder
from fedorbit.plans.sky import NEVER, Sky

Work = Callable[[int, float], float]
"""From a pass and a start in it to the end of the work, infinite if it is too long."""


@dataclass(frozen=True)
class Carry:
    """A model on board one satellite, from a pass over one site to one over another."""

    satellite: str
    load_row: int
    load_start_s: float
    load_end_s: float
    unload_row: int
    arrival_s: float
    """When the satellite rises over the destination or, if later, has loaded."""
    done_s: float


def soonest_carry(
    sky: Sky,
    origin: str,
    from_s: float,
    load: Work,
    destination: str,
    unload: Work,
    before_s: float = NEVER,
) -> Carry | None:
    """Return the carry that ends soonest among all satellites, or ``None``.

    It ends before ``before_s``; carries that do not are not looked for.

    A satellite loads during a pass over ``origin`` that ends after ``from_s``, flies,
    and unloads during its first pass over ``destination`` that is long enough for it;
    both passes may overlap, and then there is no flight.
    """
    best = None
    for row in sky.passes(origin, from_s):
        start_s = max(from_s, sky.rise_s[row])
        if start_s >= before_s:
            break
        loaded_s = load(row, start_s)
        if loaded_s == NEVER:
            continue
        satellite = sky.satellite[row]
        for there in sky.passes_of(satellite, destination, loaded_s):
            arrival_s = max(loaded_s, sky.rise_s[there])
            if arrival_s >= before_s:
                break
            done_s = unload(there, arrival_s)
            if done_s < NEVER:
                if done_s < before_s:
                    best = Carry(
                        satellite, row, start_s, loaded_s, there, arrival_s, done_s
                    )
                    before_s = done_s
                break
    return best


def add_carry(
    plan: PlanBuilder, op: int, carry: Carry, bits: float, payload: str = MODEL
) -> None:
    """Add the flight to the ledger, unless both sites see the satellite at once."""
    if carry.arrival_s > carry.load_end_s:
        times_s = (carry.load_end_s, carry.arrival_s)
        ends = (carry.satellite, carry.satellite)
        plan.transfer(op, "carry", *ends, times_s, bits, payload=payload)
