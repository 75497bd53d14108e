"""Contact plans of ION, the DTN implementation of JPL, which uD3TN reads, too.

The commands are those of ionrc(5): ``a contact`` for a period of transmission from one
node to another, and ``a range`` for their distance in whole light seconds.
"""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pandas as pd

from fedorbit.orbits.constants import SPEED_OF_LIGHT_M_S

LIGHT_KM_S = SPEED_OF_LIGHT_M_S / 1e3
NODE = "# node {number} {name}"


def contact_plan(
    contacts: pd.DataFrame,
    sites: Sequence[str],
    satellites: Sequence[str],
    start: datetime,
    rate_bytes_s: float,
) -> str:
    """Return the contact plan of passes, with the number of each node as a comment.

    Sites have the first numbers, from 1 on, satellites the next ones, each in the order
    given. A pass is a contact in either direction at ``rate_bytes_s``, and a range,
    which ION takes to hold in both. Times are UTC in whole seconds within the pass; one
    of less than a second is left out. The distance is rounded up, to 1 up to 299,792
    km: a bundle that is awaited too early would be taken for lost.
    """
    numbers = {name: n for n, name in enumerate([*sites, *satellites], start=1)}
    lines = [NODE.format(number=n, name=name) for name, n in numbers.items()]
    whole = start.astimezone(UTC).replace(microsecond=0)
    past_s = (start - whole).total_seconds()
    for row in contacts.itertuples():
        begin = _moment(whole, math.ceil(row.rise_s + past_s))
        end = _moment(whole, math.floor(row.set_s + past_s))
        if begin >= end:
            continue
        site, satellite = numbers[row.site], numbers[row.satellite]
        furthest_km = max(row.range_rise_km, row.range_set_km)
        light_s = math.ceil(furthest_km / LIGHT_KM_S)
        rate = f"{rate_bytes_s:.0f}"
        lines += [
            f"a contact {begin} {end} {site} {satellite} {rate}",
            f"a contact {begin} {end} {satellite} {site} {rate}",
            f"a range {begin} {end} {site} {satellite} {light_s}",
        ]
    return "\n".join(lines) + "\n"


def _moment(whole: datetime, seconds: int) -> str:
    """Return a time some seconds after a whole one as ION writes it."""
    return f"{whole + timedelta(seconds=seconds):%Y/%m/%d-%H:%M:%S}"
