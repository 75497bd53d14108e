"""The names of slots and nodes: they are made and read in this file alone.

A slot is a named model:

* ``initial``: the first model, which exists before the plan;
* ``region/Paris``, ``orbit/3``, ``cluster/0``: the model of a group of clients;
* ``client/7``: the model that client 7 has to itself;
* ``carrier/S1/Paris/4``: the model of Paris after round 4, on board S1;
* ``kept/Paris/4``: the model of Paris after round 4, as its clients keep it;
* ``relay/Quito/Paris/4``: the model of Paris after round 4, as a client in Quito keeps
  it to hand it on to another satellite;
* ``ground``: the model of a server at the ground, ``ground/Paris/4``: the update of
  Paris in round 4 as the server has it, ``reply/Paris/4``: the model sent back for it;
* ``average``: the mean of all groups' models, which nobody holds.

A node is a satellite or a site, called by its name, or a client, called ``client/7``.
The word before the first slash is the kind of a slot. All after it may have slashes,
since names of satellites and sites may.
"""

import pandas as pd

from fedorbit.data.homes import ORBIT, REGION, Homes, group_of, kind_of, name_of

INITIAL, GROUND, AVERAGE = "initial", "ground", "average"
CLIENT, CLUSTER, CARRIER, KEPT, REPLY = "client", "cluster", "carrier", "kept", "reply"
RELAY = "relay"

NO_GROUPS = frozenset({INITIAL, GROUND, AVERAGE, CLIENT, CARRIER, KEPT, REPLY, RELAY})
"""The kinds of slots that are no model of a group of clients."""


def region(name: str) -> str:
    """Return the slot of a region's model."""
    return group_of(REGION, name)


def orbit(name: object) -> str:
    """Return the slot of the model of an orbital plane."""
    return group_of(ORBIT, name)


def cluster(name: object) -> str:
    """Return the slot of the model of a cluster of clients."""
    return group_of(CLUSTER, name)


def client(number: int) -> str:
    """Return the node of a client, which is the slot of its own model, too."""
    return group_of(CLIENT, number)


def carrier(satellite: str, origin: str, round_number: int) -> str:
    """Return the slot of a model on board, by the group and round it comes from."""
    return f"{CARRIER}/{satellite}/{origin}/{round_number}"


def kept(origin: str, round_number: int) -> str:
    """Return the slot of a broadcast that the clients of a group keep."""
    return f"{KEPT}/{origin}/{round_number}"


def relay(site: str, origin: str, round_number: int) -> str:
    """Return the slot of a group's model that a client at another site hands on."""
    return f"{RELAY}/{site}/{origin}/{round_number}"


def update(origin: str, round_number: int) -> str:
    """Return the slot of a group's update at the ground."""
    return f"{GROUND}/{origin}/{round_number}"


def reply(origin: str, round_number: int) -> str:
    """Return the slot of the server's answer to a group's update."""
    return f"{REPLY}/{origin}/{round_number}"


def is_client(name: str) -> bool:
    """Return whether a node is a client, or a slot the model of a single client."""
    return kind_of(name) == CLIENT


def client_number(name: str) -> int:
    """Return the number of a client by its node or slot."""
    return int(name_of(name))


def client_nodes(homes: Homes) -> dict[str, str]:
    """Return the site or the satellite that each client is at, by the client's name."""
    return {client(number): homes.node(number) for number in range(len(homes))}


def is_carrier(slot: str) -> bool:
    """Return whether a slot is a model on board."""
    return kind_of(slot) == CARRIER


def is_on_board(slot: str, satellite: str) -> bool:
    """Return whether a slot is a model on board a certain satellite."""
    return slot.startswith(f"{CARRIER}/{satellite}/")


def is_relay(slot: str) -> bool:
    """Return whether a slot is a model that a client keeps to hand it on."""
    return kind_of(slot) == RELAY


def is_relayed_at(slot: str, site: str) -> bool:
    """Return whether a slot is a model that a client at a certain site hands on."""
    return slot.startswith(f"{RELAY}/{site}/")


def satellite_of(slot: str, origin: str, round_number: int) -> str:
    """Return the satellite of a model on board, whose origin and round are known."""
    return name_of(slot).removesuffix(f"/{origin}/{round_number}")


def are_of_kind(names: pd.Series, kind: str) -> pd.Series:
    """Return which of many slots or nodes are of a kind."""
    return names.str.startswith(f"{kind}/")


def names_of(slots: pd.Series, kind: str) -> pd.Series:
    """Return the names of many slots of one kind, without the kind."""
    return slots.str.removeprefix(f"{kind}/")
