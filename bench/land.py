"""Places drawn at random on land, by coastlines."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike


def on_land(
    coastlines: pd.DataFrame, latitude_deg: ArrayLike, longitude_deg: ArrayLike
) -> np.ndarray:
    """Return whether places are on land, of the shape of the places.

    ``coastlines`` has the columns ``line, longitude_deg, latitude_deg``, the points of
    each line in order, and its lines together close around all land. A place is on
    land if the meridian from it to the north pole crosses an odd number of coasts.
    """
    points = coastlines[["line", "longitude_deg", "latitude_deg"]].to_numpy()
    same = points[1:, 0] == points[:-1, 0]
    west, south = points[:-1][same, 1:].T
    east, north = points[1:][same, 1:].T
    latitude, longitude = np.broadcast_arrays(
        np.asarray(latitude_deg, dtype=float)[..., None],
        np.asarray(longitude_deg, dtype=float)[..., None],
    )
    # Longitudes are counted from a coast's first point, the shorter way round.
    width, away = _wrapped(east - west), _wrapped(longitude - west)
    crosses = (away >= 0) != (away >= width)
    with np.errstate(divide="ignore", invalid="ignore"):  # of coasts along a meridian
        crossed = south + away / width * (north - south)
    return (crosses & (crossed > latitude)).sum(-1) % 2 == 1


def draw_on_land(
    coastlines: pd.DataFrame, count: int, max_latitude_deg: float, seed: int
) -> pd.DataFrame:
    """Return places on land, drawn by a seed, as a file of sites has them.

    They are uniform by area between the two latitudes, in hundredths of a degree, and
    named by whole degrees, as ``48N 2E``, or ``48N 2E (2)`` if the name is taken.
    """
    rng = np.random.default_rng(seed)
    reach = np.sin(np.radians(max_latitude_deg))
    rows: list[tuple[str, float, float, float]] = []
    while len(rows) < count:
        latitude = round(float(np.degrees(np.arcsin(rng.uniform(-reach, reach)))), 2)
        longitude = round(float(rng.uniform(-180, 180)), 2)
        if on_land(coastlines, latitude, longitude):
            rows.append((_name(latitude, longitude), latitude, longitude, 0.0))
    columns = ["name", "latitude_deg", "longitude_deg", "altitude_m"]
    places = pd.DataFrame(rows, columns=columns)
    again = places.groupby("name").cumcount() + 1
    places["name"] += [f" ({n})" if n > 1 else "" for n in again]
    return places


def _wrapped(angle_deg: np.ndarray) -> np.ndarray:
    """Return angles from -180 to 180 degrees."""
    return (angle_deg + 180) % 360 - 180


def _name(latitude_deg: float, longitude_deg: float) -> str:
    """Return a place in whole degrees, as ``48N 2E``."""
    northern = "N" if latitude_deg >= 0 else "S"
    eastern = "E" if longitude_deg >= 0 else "W"
    return f"{abs(latitude_deg):.0f}{northern} {abs(longitude_deg):.0f}{eastern}"
