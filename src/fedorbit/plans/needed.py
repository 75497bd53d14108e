"""What a plan that cannot be made would need: more hours, and for which flight."""

from collections.abc import Callable
from decimal import ROUND_CEILING, Decimal

from fedorbit.base.errors import Infeasible
from fedorbit.data.homes import Homes
from fedorbit.plans.plan import Plan
from fedorbit.plans.readings.carries import destination, origin

MOST_HOURS = 96.0
"""Longer scenarios are not tried."""
TO = 0.01
"""How exactly hours are found, as a part of them."""


def needed(plan_within: Callable[[float], Plan], hours: float, homes: Homes) -> str:
    """Return a sentence on what a plan needs that does not fit into some hours.

    It begins with a blank. For example, after "... fits into 3 h.": " It would fit into
    5.2 h; its last flight, from Sao Paulo to Nairobi, arrives at 5.1 h."
    """
    if hours >= MOST_HOURS:
        return ""
    found = hours_needed(plan_within, hours)
    if found is None:
        return f" It would not fit into {MOST_HOURS:g} h either."
    enough, plan = found
    sentence = f" It would fit into {at_least(enough)} h"
    flight = last_flight(plan, homes)
    if flight is None:
        return f"{sentence}."
    start, end, arrival_h = flight
    return (
        f"{sentence}; its last flight, from {start} to {end}, arrives at "
        f"{at_least(arrival_h)} h."
    )


def at_least(hours: float) -> str:
    """Return hours with two digits, rounded up, so that what needs them fits."""
    step = Decimal(1).scaleb(Decimal(hours).adjusted() - 1)
    return f"{float((Decimal(hours) / step).to_integral_value(ROUND_CEILING) * step):g}"


def hours_needed(
    plan_within: Callable[[float], Plan], hours: float
) -> tuple[float, Plan] | None:
    """Return the least hours that a plan fits into, and the plan.

    ``plan_within`` plans for a scenario of other hours than those that are too few.
    The hours are doubled up to ``MOST_HOURS``, then halved to within the part ``TO``;
    ``None`` means that even the most are too few.
    """
    low = high = hours
    found = None
    while found is None and high < MOST_HOURS:
        low, high = high, min(2 * high, MOST_HOURS)
        found = _within(plan_within, high)
    if found is None:
        return None
    while high - low > TO * high:
        middle = (low + high) / 2
        shorter = _within(plan_within, middle)
        if shorter is None:
            low = middle
        else:
            high, found = middle, shorter
    return high, found


def _within(plan_within: Callable[[float], Plan], hours: float) -> Plan | None:
    try:
        return plan_within(hours)
    except Infeasible:
        return None


def last_flight(plan: Plan, homes: Homes) -> tuple[str, str, float] | None:
    """Return from where to where the last flight of a plan goes, and its arrival in h.

    ``None`` for a plan without flights.
    """
    flights = plan.ledger[plan.ledger["link"] == "carry"]
    if flights.empty:
        return None
    flight = flights.loc[flights["end_s"].idxmax()]
    ends = origin(plan, flight, homes), destination(plan, flight)
    return *ends, float(flight["end_s"] / 3600)
