"""Orbit Mean-Elements Messages (CCSDS 502.0-B-3): what their fields mean.

CelesTrak and Space-Track publish them as JSON, CSV, XML and KVN with the same keys;
``messages`` finds the fields, and here they become element sets. What SGP4 does not
use may be missing.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from sgp4.alpha5 import from_alpha5

from fedorbit.base.files import write_table
from fedorbit.base.text import parse_number, plain_name, shown
from fedorbit.orbits.elements import ElementSet, Unusable, check_elements
from fedorbit.orbits.epochs import parse_epoch
from fedorbit.orbits.tle import NUMBER

UNITS = {
    "MEAN_MOTION": "rev/day",
    "ECCENTRICITY": "",
    "INCLINATION": "deg",
    "RA_OF_ASC_NODE": "deg",
    "ARG_OF_PERICENTER": "deg",
    "MEAN_ANOMALY": "deg",
    "BSTAR": "1/er",
    "MEAN_MOTION_DOT": "rev/day**2",
    "MEAN_MOTION_DDOT": "rev/day**3",
}
"""The numbers of a message, each with its unit."""
TEXTS = (
    "OBJECT_NAME",
    "OBJECT_ID",
    "NORAD_CAT_ID",
    "EPOCH",
    "EPHEMERIS_TYPE",
    "MEAN_ELEMENT_THEORY",
    "REF_FRAME",
    "TIME_SYSTEM",
    "CENTER_NAME",
)
KEYS = (*TEXTS, *UNITS)
"""What is read of a message."""
MEANINGS = {
    "EPHEMERIS_TYPE": ("not SGP4", ("0", "2")),
    "MEAN_ELEMENT_THEORY": ("not SGP4", ("SGP4", "SGP/SGP4", "SGP4/SDP4")),
    "REF_FRAME": ("not TEME", ("TEME", "TEMEOFDATE")),
    "TIME_SYSTEM": ("not UTC", ("UTC",)),
    "CENTER_NAME": ("not Earth", ("EARTH",)),
}
"""What says how elements are meant: the reason to leave others out, what it may be."""
LARGEST_ANGLE_DEG = 36_000.0  # a hundred turns, more than people mean


def element_set(fields: Mapping[str, Any]) -> ElementSet:
    """Return the satellite of a message, whose keys are in capitals.

    Values are texts or ``None``; angles may have whole turns too many or too few.
    Raises ``Unusable`` for a message that is not of SGP4, TEME, UTC and the Earth, or
    that lacks something or has no number in the place of one.
    """
    name = plain_name(_text(fields, "OBJECT_NAME"))
    number = _catalogue_number(_text(fields, "NORAD_CAT_ID"), name)
    name = name or (str(number) if number else "")
    for key, (reason, meanings) in MEANINGS.items():
        value = _text(fields, key).upper().replace(" ", "")
        if value and value.removesuffix(".0") not in meanings:
            raise Unusable(
                reason, f"{key} of {shown(name)} is {shown(value)}, not {meanings[0]}"
            )
    epoch = _text(fields, "EPOCH")
    if not epoch:
        raise Unusable("elements", f"EPOCH of {shown(name)} is missing")
    if not name:
        raise Unusable("elements", "OBJECT_NAME and NORAD_CAT_ID are both missing")

    def angle(key: str) -> float:
        value = _number(fields, key, name)
        if abs(value) > LARGEST_ANGLE_DEG:
            raise Unusable("elements", f"{key} of {shown(name)} is {value}, no angle")
        return value if 0 <= value <= 360 else value % 360.0

    return check_elements(
        ElementSet(
            name=name,
            number=number,
            epoch=parse_epoch(epoch),
            mean_motion_rev_day=_number(fields, "MEAN_MOTION", name),
            eccentricity=_number(fields, "ECCENTRICITY", name),
            inclination_deg=_number(fields, "INCLINATION", name),
            raan_deg=angle("RA_OF_ASC_NODE"),
            argument_of_perigee_deg=angle("ARG_OF_PERICENTER"),
            mean_anomaly_deg=angle("MEAN_ANOMALY"),
            bstar=_number(fields, "BSTAR", name),
            designator=plain_name(_text(fields, "OBJECT_ID")),
            mean_motion_dot=_unused(fields, "MEAN_MOTION_DOT"),
            mean_motion_ddot=_unused(fields, "MEAN_MOTION_DDOT"),
        )
    )


def _text(fields: Mapping[str, Any], key: str) -> str:
    """Return the text of a field, empty if it is missing or null."""
    value = fields.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unusable(
            "elements", f"{key} is {shown(str(value))}, neither number nor text"
        )
    return value.strip()


def _number(fields: Mapping[str, Any], key: str, name: str) -> float:
    text = _text(fields, key)
    if not text:
        raise Unusable("elements", f"{key} of {shown(name)} is missing")
    number = parse_number(text)
    if number is None:
        raise Unusable(
            "elements", f"{key} of {shown(name)} is {shown(text)}, which is no number"
        )
    return number


def _unused(fields: Mapping[str, Any], key: str) -> float:
    """Return a number that SGP4 does not use, so that it may be missing."""
    return parse_number(_text(fields, key)) or 0.0


def _catalogue_number(text: str, name: str) -> int:
    """Return a number in the catalogue, which may be in Alpha-5; 0 for none."""
    if not text:
        return 0
    if NUMBER.fullmatch(text):
        return from_alpha5(text)
    number = parse_number(text)
    if number is None or number != int(number):
        told = f"NORAD_CAT_ID of {shown(name)} is {shown(text)}, no catalogue number"
        raise Unusable("elements", told)
    return int(number)


def write_elements(sets: Iterable[ElementSet], path: str | Path) -> None:
    """Write satellites as a CSV table of messages, whole or not at all.

    It has the columns of CelesTrak's tables, so that other programs read it, too.
    What element sets do not hold has the values that CelesTrak gives for unknown.
    """
    rows = [
        {
            "OBJECT_NAME": s.name,
            "OBJECT_ID": s.designator,
            "EPOCH": s.epoch.strftime("%Y-%m-%dT%H:%M:%S.%f"),
            "MEAN_MOTION": s.mean_motion_rev_day,
            "ECCENTRICITY": s.eccentricity,
            "INCLINATION": s.inclination_deg,
            "RA_OF_ASC_NODE": s.raan_deg,
            "ARG_OF_PERICENTER": s.argument_of_perigee_deg,
            "MEAN_ANOMALY": s.mean_anomaly_deg,
            "EPHEMERIS_TYPE": 0,
            "CLASSIFICATION_TYPE": "U",
            "NORAD_CAT_ID": s.number,
            "ELEMENT_SET_NO": 999,
            "REV_AT_EPOCH": 0,
            "BSTAR": s.bstar,
            "MEAN_MOTION_DOT": s.mean_motion_dot,
            "MEAN_MOTION_DDOT": s.mean_motion_ddot,
        }
        for s in sets
    ]
    write_table(pd.DataFrame(rows), path)
