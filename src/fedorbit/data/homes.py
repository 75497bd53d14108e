"""Who the clients are: at which node each of them is, and in which group.

Two regions of two clients each have the homes

    client  node   group
    0       Paris  region/Paris
    1       Paris  region/Paris
    2       Quito  region/Quito
    3       Quito  region/Quito

and two satellites of the plane 3, which are clients themselves, have these:

    client  node   group
    0       S1     orbit/3
    1       S2     orbit/3

A node is a site or a satellite. A group is called by its kind and its name, which is
also the slot of the group's model in a plan. Nothing but this file counts clients.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Self

import pandas as pd

from fedorbit.base.errors import InputError
from fedorbit.base.files import read_table, write_table

COLUMNS = ["client", "node", "group"]
REGION, ORBIT = "region", "orbit"


def group_of(kind: str, name: object) -> str:
    """Return what a group is called, ``region/Paris`` for a region Paris."""
    return f"{kind}/{name}"


def kind_of(group: str) -> str:
    """Return the kind of a group or slot, the word before the first slash."""
    return group.partition("/")[0]


def name_of(group: str) -> str:
    """Return the name of a group or slot, all that is after the first slash."""
    return group.partition("/")[2]


class Homes:
    """Nodes and groups of all clients, which are numbered from 0 through the groups."""

    def __init__(self, table: pd.DataFrame) -> None:
        """Take a table with the columns ``client, node, group``.

        Raises ``ValueError`` unless clients are numbered in order, the clients of a
        group stand together, and all groups are of one kind.
        """
        if list(table.columns) != COLUMNS:
            raise ValueError(f"the columns are not {', '.join(COLUMNS)}")
        if table.empty or table["client"].tolist() != list(range(len(table))):
            raise ValueError("clients are not numbered from 0 without gaps")
        for name in (*table["node"], *table["group"]):
            if not isinstance(name, str) or not name:
                raise ValueError(f"{name!r} is no name of a node or of a group")
        starts = table["group"] != table["group"].shift()
        self.groups: list[str] = table["group"][starts].tolist()
        if len(set(self.groups)) < len(self.groups):
            raise ValueError("the clients of a group do not stand together")
        if len({kind_of(group) for group in self.groups}) > 1:
            raise ValueError("groups are of several kinds")
        if not all(map(name_of, self.groups)):
            raise ValueError("a group is not called by its kind, a slash and its name")
        self._nodes: list[str] = table["node"].tolist()
        self._groups: list[str] = table["group"].tolist()
        ends = [*table.index[starts][1:], len(table)]
        self._clients = {
            group: range(first, end)
            for group, first, end in zip(
                self.groups, table.index[starts], ends, strict=True
            )
        }

    @classmethod
    def of(cls, nodes: Mapping[str, Iterable[str]]) -> Self:
        """Return homes from the nodes of each group's clients, in order.

        A node is named once for every client that is there.
        """
        rows = [(node, group) for group, own in nodes.items() for node in own]
        table = pd.DataFrame(rows, columns=["node", "group"])
        table.insert(0, "client", range(len(rows)))
        return cls(table)

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """Return the homes in a file; raises ``InputError`` if they are none."""
        table = read_table(path)
        try:
            return cls(table)
        except ValueError as error:
            raise InputError(
                f"{path}: not the homes of clients, since {error}; remove it, so that "
                "it is made anew."
            ) from None

    def write(self, path: str | Path) -> None:
        """Write the homes as a table."""
        write_table(self.table, path)

    @property
    def table(self) -> pd.DataFrame:
        """Return a row for each client, with the columns ``client, node, group``."""
        values = (range(len(self)), self._nodes, self._groups)
        return pd.DataFrame(dict(zip(COLUMNS, values, strict=True)))

    def __len__(self) -> int:
        """Return the number of clients."""
        return len(self._nodes)

    @property
    def kind(self) -> str:
        """Return what the groups are, such as ``region``."""
        return kind_of(self.groups[0])

    @property
    def names(self) -> list[str]:
        """Return the names of the groups without their kind, in order."""
        return [name_of(group) for group in self.groups]

    @property
    def sizes(self) -> list[int]:
        """Return the number of clients of each group, in order."""
        return [len(self._clients[group]) for group in self.groups]

    def clients(self, group: str) -> list[int]:
        """Return the numbers of a group's clients."""
        return list(self._clients[group])

    def group(self, client: int) -> str:
        """Return the group of a client."""
        return self._groups[client]

    def node(self, client: int) -> str:
        """Return the site or the satellite that a client is at."""
        return self._nodes[client]

    def nodes(self, group: str) -> list[str]:
        """Return the nodes of a group's clients, each once, in order."""
        return list(dict.fromkeys(self._nodes[c] for c in self._clients[group]))


def region_homes(regions: Sequence[str], clients_per_region: int) -> Homes:
    """Return equally many clients in each region, at its site."""
    return Homes.of(
        {group_of(REGION, region): [region] * clients_per_region for region in regions}
    )


def orbit_homes(planes: Mapping[object, Sequence[str]]) -> Homes:
    """Return one client on each satellite, by the names of planes and satellites.

    Planes may have different numbers of satellites. Raises ``ValueError`` if a
    satellite is in two planes.
    """
    flying = Counter(satellite for own in planes.values() for satellite in own)
    satellite, times = flying.most_common(1)[0]
    if times > 1:
        raise ValueError(f"the satellite {satellite} is in two planes")
    return Homes.of({group_of(ORBIT, name): own for name, own in planes.items()})
