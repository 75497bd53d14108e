"""A cluster of devices at one place, with its experts and its windows.

A *window* is a time in which at least one satellite is over the cluster: passes that
overlap are one window. Between windows the cluster is disconnected.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fedorbit.base.errors import SettingsError
from fedorbit.data.homes import name_of
from fedorbit.plans.scene import Scene
from fedorbit.plans.sky import Sky
from fedorbit.theory.experts.assignment import Assigned

EXPERT = "expert"
"""Expert 3 is the part ``expert/3`` of a model and of its card."""


def expert_part(number: int) -> str:
    """Return the part of the model that is an expert."""
    return f"{EXPERT}/{number}"


@dataclass(frozen=True)
class Window:
    """A time in which one satellite or several in turn are over a site."""

    rise_s: float
    set_s: float
    rows: tuple[int, ...]
    """Its passes in the contact table, by rise."""


@dataclass(frozen=True)
class Cluster:
    """A group of clients at one site, and the experts that they train."""

    group: str
    """Its name, which is the slot of its model, such as ``cluster/0``."""
    site: str
    clients: tuple[int, ...]
    experts: tuple[int, ...]
    """The numbers of its experts."""
    bits: float
    """Size of all of them on a link."""
    sky: Sky

    @property
    def name(self) -> str:
        """Return the name of the group without its kind."""
        return name_of(self.group)

    @property
    def scope(self) -> list[str]:
        """Return the parts of the model that the cluster trains and sends."""
        return [expert_part(number) for number in self.experts]

    @cached_property
    def windows(self) -> list[Window]:
        """Return all windows of the contact table, in order."""
        found: list[Window] = []
        for row in self.sky.passes(self.site, -np.inf):
            rise_s, set_s = float(self.sky.rise_s[row]), float(self.sky.set_s[row])
            if found and rise_s <= found[-1].set_s:
                last = found.pop()
                rise_s, set_s = last.rise_s, max(last.set_s, set_s)
                found.append(Window(rise_s, set_s, (*last.rows, row)))
            else:
                found.append(Window(rise_s, set_s, (row,)))
        return found

    @cached_property
    def _sets_s(self) -> list[float]:
        return [window.set_s for window in self.windows]

    def windows_after(self, time_s: float) -> Iterator[Window]:
        """Yield the windows that end after a time, in order."""
        first = int(np.searchsorted(self._sets_s, time_s, side="right"))
        yield from self.windows[first:]


def clusters_of(scene: Scene, assigned: Assigned) -> list[Cluster]:
    """Return the groups of clients as clusters, with the experts of each.

    ``assigned`` has the shape (groups, experts). Bits are those of the card's parts
    ``expert/0`` and so on. Raises ``SettingsError`` if there is not a row for every
    group, if a group has no expert or no single site, if the card lacks an expert, or
    if not all clients of a group are to take part in a round.
    """
    groups = scene.homes.groups
    if len(assigned) != len(groups):
        raise SettingsError(
            f"the assignment of experts has {len(assigned)} rows, but there are "
            f"{len(groups)} groups of clients; make both from the same study."
        )
    if scene.participants_per_round is not None:
        raise SettingsError(
            f"clients.participants_per_round is {scene.participants_per_round}, but "
            "all devices of a cluster train its experts; leave it out."
        )
    return [
        _cluster(scene, group, np.flatnonzero(own).tolist())
        for group, own in zip(groups, assigned, strict=True)
    ]


def _cluster(scene: Scene, group: str, experts: Sequence[int]) -> Cluster:
    nodes = scene.homes.nodes(group)
    if len(nodes) > 1:
        raise SettingsError(
            f"the clients of {group} are at {', '.join(nodes)}; put those of a cluster "
            "at one site."
        )
    if not experts:
        raise SettingsError(
            f"{group} has no expert to train; raise the least number of experts of a "
            "cluster."
        )
    bits = scene.bits([expert_part(number) for number in experts])
    clients = tuple(scene.homes.clients(group))
    return Cluster(group, nodes[0], clients, tuple(experts), bits, scene.sky)


def step_s(scene: Scene) -> float:
    """Return the time of a local step, which the number of experts does not change.

    A token passes the same few experts whoever has the others.
    """
    return scene.compute_s / scene.local_steps
