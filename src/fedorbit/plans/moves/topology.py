"""Who takes models from whom: regions on a ring, on a chain or on a grid."""

from collections.abc import Sequence
from typing import Literal

from fedorbit.base.errors import Infeasible

Topology = Literal["ring", "chain", "grid"]
Upstreams = dict[str, list[str]]
"""The regions whose models a region takes, by region."""


def upstreams(
    regions: Sequence[str], topology: Topology, columns: int | None = None
) -> Upstreams:
    """Return the upstream regions of each region, in the order of the regions.

    On a ``ring`` every region has the one before it, and the first has the last. On a
    ``chain`` the first has none. On a ``grid`` regions lie in rows of ``columns``, one
    row after the other, and each has its neighbours to the left, to the right, above
    and below. Raises ``Infeasible`` if the last row of a grid is not full.
    """
    if topology == "grid":
        return _neighbours(regions, columns)
    before = {region: [regions[n - 1]] for n, region in enumerate(regions)}
    if topology == "chain":
        before[regions[0]] = []
    return before


def _neighbours(regions: Sequence[str], columns: int) -> Upstreams:
    if len(regions) % columns:
        raise Infeasible(
            f"grid_columns is {columns}, but {len(regions)} regions do not fill rows "
            f"of {columns}; choose a divisor of {len(regions)} or other regions."
        )
    at = {divmod(n, columns): region for n, region in enumerate(regions)}
    steps = ((0, -1), (0, 1), (-1, 0), (1, 0))
    return {
        region: [
            at[row + down, column + right]
            for down, right in steps
            if (row + down, column + right) in at
        ]
        for (row, column), region in at.items()
    }
