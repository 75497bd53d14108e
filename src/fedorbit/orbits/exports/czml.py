"""Satellites, places and passes as CZML, which Cesium plays.

A document is a list of packets (the CZML guide of AnalyticalGraphicsInc/czml-writer):
the first sets the clock, each other is one thing with its graphics. Positions are in
metres, in the Earth-fixed frame, as samples of seconds since an epoch.
"""

import json
import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from fedorbit.orbits.elements import ElementSet
from fedorbit.orbits.propagate import Propagator, positions

STEP_S = 120.0  # from one sample to the next; Cesium joins them by polynomials
DEGREE = 7  # of these; at 550 km they stay within a metre of SGP4 inside a path
SPEED = 60  # of the clock: a minute is a second on the screen
SATELLITE_RGBA = [230, 159, 0, 255]  # orange and blue of Okabe and Ito's palette
SITE_RGBA = [0, 114, 178, 255]
LINK_RGBA = [86, 180, 233, 255]
Packet = dict[str, Any]


def czml(
    contacts: pd.DataFrame,
    sites: pd.DataFrame,
    element_sets: Sequence[ElementSet],
    start: datetime,
    hours: float,
    propagator: str | Propagator = "sgp4",
) -> str:
    """Return a CZML document of all places, satellites with passes, and their passes.

    ``contacts`` is what ``find_contacts`` returns for the other values. A line joins
    a satellite and a place while a pass lasts.
    """
    duration_s = hours * 3600
    span = f"{_utc(start, 0)}/{_utc(start, duration_s)}"
    seen = set(contacts["satellite"])
    flying = [elements for elements in element_sets if elements.name in seen]
    packets: list[Packet] = [_document(start, span)]
    packets += [_site(row) for row in sites.itertuples()]
    packets += _satellites(flying, start, duration_s, span, propagator)
    by_pair = contacts.groupby(["satellite", "site"], sort=False)
    packets += [
        _link(pair, passes, start, duration_s, span) for pair, passes in by_pair
    ]
    return json.dumps(packets, separators=(",", ":"), allow_nan=False) + "\n"


def _utc(start: datetime, seconds: float) -> str:
    """Return a time in ISO 8601, in UTC."""
    moment = start.astimezone(UTC) + timedelta(seconds=seconds)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _document(start: datetime, span: str) -> Packet:
    return {
        "id": "document",
        "name": "fedorbit contacts",
        "version": "1.0",
        "clock": {
            "interval": span,
            "currentTime": _utc(start, 0),
            "multiplier": SPEED,
            "range": "LOOP_STOP",
            "step": "SYSTEM_CLOCK_MULTIPLIER",
        },
    }


def _site(site: Any) -> Packet:
    place = [site.longitude_deg, site.latitude_deg, site.altitude_m]
    return {
        "id": f"site/{site.name}",
        "name": site.name,
        "position": {"cartographicDegrees": place},
        **_marked(site.name, SITE_RGBA),
    }


def _marked(name: str, rgba: list[int]) -> Packet:
    """Return a point with a name beside it."""
    color = {"rgba": rgba}
    label = {"text": name, "font": "11px sans-serif", "fillColor": color}
    beside = {"horizontalOrigin": "LEFT", "pixelOffset": {"cartesian2": [8, 0]}}
    return {"point": {"pixelSize": 6, "color": color}, "label": label | beside}


def _satellites(
    element_sets: Sequence[ElementSet],
    start: datetime,
    duration_s: float,
    span: str,
    propagator: str | Propagator,
) -> Iterator[Packet]:
    """Yield a packet for each satellite, with a position at each sample it flies."""
    samples = max(2, math.ceil(duration_s / STEP_S) + 1)
    seconds = np.linspace(0.0, duration_s, samples)
    for elements in element_sets:
        r_km, _ = positions([elements.satrec()], start, seconds, propagator)
        flies = np.isfinite(r_km[0]).all(axis=1)
        metres = np.column_stack([seconds, 1e3 * r_km[0]])[flies].round(1)
        yield {
            "id": f"satellite/{elements.name}",
            "name": elements.name,
            "availability": span,
            "position": {
                "epoch": _utc(start, 0),
                "referenceFrame": "FIXED",
                "interpolationAlgorithm": "LAGRANGE",
                "interpolationDegree": DEGREE,
                "cartesian": metres.ravel().tolist(),
            },
            **_marked(elements.name, SATELLITE_RGBA),
        }


def _link(
    pair: tuple[str, str],
    passes: pd.DataFrame,
    start: datetime,
    duration_s: float,
    span: str,
) -> Packet:
    """Return a line between a satellite and a site, shown while a pass lasts."""
    satellite, site = pair
    ends = (f"satellite/{satellite}", f"site/{site}")
    turns_s = [0.0, *passes[["rise_s", "set_s"]].to_numpy().ravel(), duration_s]
    shown = [
        {"interval": f"{_utc(start, a)}/{_utc(start, b)}", "boolean": bool(n % 2)}
        for n, (a, b) in enumerate(pairwise(turns_s))
        if a < b
    ]
    return {
        "id": f"pass/{satellite}/{site}",
        "name": f"{satellite} over {site}",
        "availability": span,
        "polyline": {
            "show": shown,
            "positions": {"references": [_position_of(end) for end in ends]},
            "width": 1,
            "arcType": "NONE",
            "material": {"solidColor": {"color": {"rgba": LINK_RGBA}}},
        },
    }


def _position_of(identifier: str) -> str:
    """Return a reference to a packet's position; a # in its name would end the name."""
    plain = identifier.replace("\\", "\\\\").replace("#", "\\#")
    return f"{plain}#position"
